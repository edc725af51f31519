//! macOS: an app bundle, a signature, the permission to notify.

#![allow(unsafe_code)] // A completion handler of the framework's.

use std::path::Path;
use std::process::Command;
use std::ptr::NonNull;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use block2::RcBlock;
use objc2_foundation::{NSBundle, NSString, NSUserDefaults};
use objc2_user_notifications::{UNNotificationSettings, UNUserNotificationCenter};

use super::{Event, Need};
use crate::model::screen::hidden_icon::{self, Hidden};
use crate::model::screen::permission as words;

/// Console follows a log, and TextEdit does not.
#[allow(clippy::unnecessary_wraps)] // The same shape as on Linux.
pub fn log_viewer(_log: &Path) -> Option<Vec<String>> {
    Some(["/usr/bin/open", "-a", "Console"].map(String::from).into())
}

/// The default text editor, whatever the file's name: a `.toml` that no app has claimed is not
/// opened at all (`kLSApplicationNotFoundErr`, -10814; `open(1)`).
#[allow(clippy::unnecessary_wraps)] // The same shape as on Linux.
pub fn text_editor() -> Option<Vec<String>> {
    Some(["/usr/bin/open", "-t"].map(String::from).into())
}

/// Not `codesign --force --deep --sign -`: it puts an ad-hoc signature in place of one that
/// Apple has notarized.
const SIGN_ANEW: &str = "reinstall the app from its disk image; if you built it yourself, \
                         run bundle/run.sh";

/// Of the app whose bundle this program is in (`NSUserDefaults`).
pub fn setting(name: &str) -> Option<bool> {
    let settings = NSUserDefaults::standardUserDefaults();
    let name = NSString::from_str(name);
    settings
        .objectForKey(&name)
        .map(|_| settings.boolForKey(&name))
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
            hint: SIGN_ANEW,
        });
        needs.push(Need {
            name: "notifications",
            found: permission(),
            hint: "allow them in System Settings, Notifications, InnerOS",
        });
        needs.push(Need {
            name: "menu bar",
            found: hidden_icon::of_setting(setting(hidden_icon::SETTING))
                .map(str::to_owned)
                .map_err(str::to_owned),
            hint: Hidden::Switched.way_out(),
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

/// It answers on a queue of its own; in a session over SSH, or where `usernotificationsd` is ill,
/// never.
fn permission() -> Result<String, String> {
    const PATIENCE: Duration = Duration::from_secs(5);
    if NSBundle::mainBundle().bundleIdentifier().is_none() {
        return Err("macOS does not see this program as a part of the app".into());
    }
    let (sender, receiver) = sync_channel(1);
    let told = RcBlock::new(move |settings: NonNull<UNNotificationSettings>| {
        // SAFETY: the settings live for as long as the handler is called.
        let status = unsafe { settings.as_ref() }.authorizationStatus().0;
        // Nobody waits any longer, if it is late.
        let _ = sender.try_send(status);
    });
    UNUserNotificationCenter::currentNotificationCenter()
        .getNotificationSettingsWithCompletionHandler(&told);
    let status = receiver.recv_timeout(PATIENCE).ok();
    words::of_status(status).map(str::to_owned)
}
