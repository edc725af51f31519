//! macOS: an app bundle, a signature, the permission to notify.

use std::path::Path;
use std::process::Command;

use mac_usernotifications::{AuthorizationStatus, blocking};

use super::{Event, Need};

/// Console follows a log, and TextEdit does not.
#[allow(clippy::unnecessary_wraps)] // The same shape as on Linux.
pub fn log_viewer(_log: &Path) -> Option<Vec<String>> {
    Some(["/usr/bin/open", "-a", "Console"].map(String::from).into())
}

pub fn needs() -> Vec<Need> {
    let bundle = std::env::current_exe()
        .map_err(|error| error.to_string())
        .and_then(|program| {
            program
                .ancestors()
                .find(|folder| folder.extension().is_some_and(|name| name == "app"))
                .map(|folder| folder.display().to_string())
                .ok_or_else(|| "this program is not in an app bundle".to_owned())
        });
    let mut needs = vec![Need {
        name: "app bundle",
        found: bundle.clone(),
        hint: "make it with bundle/run.sh; macOS 26 shows no icon and no notifications without",
    }];
    if let Ok(bundle) = bundle {
        needs.push(Need {
            name: "signature",
            found: signature(&bundle),
            hint: "sign the bundle again: codesign --force --deep --sign - <bundle>",
        });
        needs.push(Need {
            name: "notifications",
            found: permission(),
            hint: "allow them in System Settings, Notifications, InnerOS",
        });
    }
    needs
}

/// launchd ends the process group of a job (`launchd.plist(5)`, `AbandonProcessGroup`);
/// a daemon has a session, and so a group, of its own.
pub fn leave_unit(_pid: i32) {}

/// The system sees to it that an app is opened once, and ends it with the session.
#[allow(clippy::unnecessary_wraps)] // The same shape as on Linux.
pub fn take_part(_id: &str, _tell: impl Fn(Event) + Send + 'static) -> Result<(), String> {
    Ok(())
}

/// The menu opens with either button.
pub fn left_click_activates() -> bool {
    false
}

/// There are no themes.
pub fn has_icon(_name: &str) -> bool {
    false
}

/// Who opens the app again reaches the one that runs.
#[allow(clippy::unnecessary_wraps)] // The same shape as on Linux.
pub fn activate(_id: &str) -> Result<(), String> {
    Ok(())
}

/// A user has one session.
#[allow(clippy::unnecessary_wraps)] // The same shape as on Linux.
pub fn is_here(_id: &str, _pid: i32) -> Result<bool, String> {
    Ok(true)
}

fn signature(bundle: &str) -> Result<String, String> {
    let output = Command::new("/usr/bin/codesign")
        .args(["--verify", "--strict", bundle])
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok("valid".into())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

fn permission() -> Result<String, String> {
    let settings = blocking::get_notification_settings().map_err(|error| error.to_string())?;
    match settings.authorization_status {
        AuthorizationStatus::Authorized
        | AuthorizationStatus::Provisional
        | AuthorizationStatus::Ephemeral => Ok("allowed".into()),
        AuthorizationStatus::NotDetermined => Ok("asked for at the first need".into()),
        AuthorizationStatus::Denied => Err("denied".into()),
        AuthorizationStatus::Unknown => Err("unknown".into()),
    }
}
