//! Login items on macOS 13 and newer: `SMAppService` of the Service Management framework. The
//! status is asked for every time, because the user changes it in System Settings.
#![allow(unsafe_code)] // The framework has no safe binding.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use objc2::rc::autoreleasepool;
use objc2_foundation::{NSBundle, NSString, NSURL};
use objc2_service_management::{SMAppService, SMAppServiceStatus, kSMErrorJobNotFound};

use super::AutostartError;
use crate::model::autostart::login_item::{self, Refusal, Request};
use crate::model::autostart::{AtLogin, SystemSwitch};

/// Whether the app starts at login.
pub fn status(bundle: &Path) -> SystemSwitch {
    ask(bundle, Request::Status).unwrap_or_else(|error| {
        tracing::debug!("{error}");
        SystemSwitch::Off
    })
}

/// Makes the app start at login. Where the user must approve it, the settings are opened
/// at the right place.
pub fn register(bundle: &Path) -> Result<SystemSwitch, AutostartError> {
    let switch = ask(bundle, Request::Register)?;
    if switch == SystemSwitch::NeedsApproval {
        open_settings();
    }
    Ok(switch)
}

/// Makes the app not start at login; it runs on now.
pub fn unregister(bundle: &Path) -> Result<(), AutostartError> {
    ask(bundle, Request::Unregister).map(drop)
}

/// Asks the system, in the name of the app: the app's own program must do that.
fn ask(bundle: &Path, request: Request) -> Result<SystemSwitch, AutostartError> {
    let refused = |(code, said)| AutostartError::LoginItem {
        doing: request.verb(),
        code,
        said,
    };
    let ours = std::env::current_exe().ok();
    if ours.is_some_and(|program| program.ends_with(AtLogin::Tray.program())) {
        return if is_main(bundle) {
            answer(request).map_err(refused)
        } else {
            Err(not_of(bundle))
        };
    }
    let program = bundle.join("Contents/MacOS").join(AtLogin::Tray.program());
    let output = Command::new(&program)
        .args(["--login-item", request.word()])
        .stdin(Stdio::null())
        .output()
        .map_err(|source| AutostartError::Run {
            command: program.display().to_string(),
            source,
        })?;
    match login_item::read(&String::from_utf8_lossy(&output.stdout)) {
        Some(answer) => answer.map_err(refused),
        None => Err(not_of(bundle)),
    }
}

/// What the system says to this process, which must be the app's own program.
pub fn answer(request: Request) -> Result<SystemSwitch, Refusal> {
    autoreleasepool(|_| {
        // SAFETY: a plain message to the class.
        let service = unsafe { SMAppService::mainAppService() };
        let before = switch_of(&service);
        let done = match (request, before) {
            (Request::Status, _)
            | (Request::Register, SystemSwitch::On | SystemSwitch::NeedsApproval)
            | (Request::Unregister, SystemSwitch::Off) => return Ok(before),
            // SAFETY: plain messages to a valid object; the error comes back retained.
            (Request::Register, SystemSwitch::Off) => unsafe { service.registerAndReturnError() },
            (Request::Unregister, SystemSwitch::On | SystemSwitch::NeedsApproval) => unsafe {
                service.unregisterAndReturnError()
            },
        };
        match (request, switch_of(&service), done) {
            // A refusal may mean that the user has to approve it.
            (Request::Register, SystemSwitch::NeedsApproval, _) => Ok(SystemSwitch::NeedsApproval),
            (Request::Register, _, Ok(())) => Ok(SystemSwitch::On),
            // Somebody was faster.
            (Request::Unregister, after, Err(error)) if error.code() == NOT_REGISTERED => Ok(after),
            (_, after, Ok(())) => Ok(after),
            (_, _, Err(error)) => Err((error.code(), error.localizedDescription().to_string())),
        }
    })
}

/// Whether the user lets a launch agent start.
pub fn legacy_status(property_list: &Path) -> SystemSwitch {
    autoreleasepool(|_| {
        let path = NSString::from_str(&property_list.to_string_lossy());
        let url = NSURL::fileURLWithPath(&path);
        // SAFETY: a plain message to the class with a valid object.
        switch(unsafe { SMAppService::statusForLegacyURL(&url) })
    })
}

/// Shows the user where login items are approved.
pub fn open_settings() {
    // SAFETY: a plain message to the class.
    autoreleasepool(|_| unsafe { SMAppService::openSystemSettingsLoginItems() });
}

#[allow(clippy::cast_possible_wrap)] // It is 6.
const NOT_REGISTERED: isize = kSMErrorJobNotFound as isize;

/// Whether this process is a part of that app to the system.
fn is_main(bundle: &Path) -> bool {
    let main = NSBundle::mainBundle().bundlePath().to_string();
    match (fs::canonicalize(&main), fs::canonicalize(bundle)) {
        (Ok(main), Ok(bundle)) => main == bundle,
        (_, _) => false,
    }
}

fn not_of(bundle: &Path) -> AutostartError {
    AutostartError::NotOfBundle {
        bundle: bundle.to_owned(),
    }
}

fn switch_of(service: &SMAppService) -> SystemSwitch {
    // SAFETY: a plain message to a valid object.
    switch(unsafe { service.status() })
}

fn switch(status: SMAppServiceStatus) -> SystemSwitch {
    match status {
        SMAppServiceStatus::Enabled => SystemSwitch::On,
        SMAppServiceStatus::RequiresApproval => SystemSwitch::NeedsApproval,
        // `NotRegistered`; or `NotFound`, which an app has that was never registered.
        _ => SystemSwitch::Off,
    }
}
