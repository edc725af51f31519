//! The login items of macOS 13 and newer: `SMAppService` of the Service Management
//! framework. The status is asked for each time: the user changes it in System Settings.
#![allow(unsafe_code)] // The framework has no safe binding.

use std::fs;
use std::path::Path;

use objc2::rc::{Retained, autoreleasepool};
use objc2_foundation::{NSBundle, NSError, NSString, NSURL};
use objc2_service_management::{SMAppService, SMAppServiceStatus, kSMErrorJobNotFound};

use super::AutostartError;
use crate::model::autostart::SystemSwitch;

/// Whether the app starts at login.
pub fn status(bundle: &Path) -> SystemSwitch {
    autoreleasepool(|_| match main_app(bundle) {
        Ok(service) => switch_of(&service),
        // Not our own app: what would be asked for is another item.
        Err(_) => SystemSwitch::Off,
    })
}

/// Makes the app start at login. Where the user must approve it, the settings are opened
/// at the right place.
pub fn register(bundle: &Path) -> Result<SystemSwitch, AutostartError> {
    autoreleasepool(|_| {
        let service = main_app(bundle)?;
        let result = match switch_of(&service) {
            SystemSwitch::On | SystemSwitch::NeedsApproval => Ok(()),
            SystemSwitch::Off => {
                // SAFETY: a plain message to a valid object; the error comes back retained.
                unsafe { service.registerAndReturnError() }
            }
        };
        // A refusal may mean that the user has to approve it.
        match (switch_of(&service), result) {
            (SystemSwitch::On, _) | (SystemSwitch::Off, Ok(())) => Ok(SystemSwitch::On),
            (SystemSwitch::NeedsApproval, _) => {
                open_settings();
                Ok(SystemSwitch::NeedsApproval)
            }
            (SystemSwitch::Off, Err(error)) => Err(failed("register", &error)),
        }
    })
}

/// Makes the app not start at login; it runs on now.
pub fn unregister(bundle: &Path) -> Result<(), AutostartError> {
    autoreleasepool(|_| {
        let service = main_app(bundle)?;
        if switch_of(&service) == SystemSwitch::Off {
            return Ok(());
        }
        // SAFETY: a plain message to a valid object; the error comes back retained.
        match unsafe { service.unregisterAndReturnError() } {
            Err(error) if error.code() != NOT_REGISTERED => Err(failed("remove", &error)),
            // Somebody was faster.
            Ok(()) | Err(_) => Ok(()),
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

/// The service of the app that this process is a part of, which must be this one.
fn main_app(bundle: &Path) -> Result<Retained<SMAppService>, AutostartError> {
    let main = NSBundle::mainBundle().bundlePath().to_string();
    let is_same = match (fs::canonicalize(&main), fs::canonicalize(bundle)) {
        (Ok(main), Ok(bundle)) => main == bundle,
        (_, _) => false,
    };
    if !is_same {
        return Err(AutostartError::NotOfBundle {
            bundle: bundle.to_owned(),
        });
    }
    // SAFETY: a plain message to the class.
    Ok(unsafe { SMAppService::mainAppService() })
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

fn failed(doing: &'static str, error: &NSError) -> AutostartError {
    AutostartError::LoginItem {
        doing,
        code: error.code(),
        said: error.localizedDescription().to_string(),
    }
}
