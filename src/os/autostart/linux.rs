//! An XDG autostart entry for the tray, a systemd user unit for the daemon.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{AutostartError, read, replace, tool, user_home};
use crate::model::autostart::login_item::{Refusal, Request};
use crate::model::autostart::program::{Program, Unsteady};
use crate::model::autostart::{AtLogin, Found, SystemSwitch, Way, desktop_entry, systemd_unit};
use crate::os::paths;
use crate::os::private_file::{self, FileError};

pub fn called() -> io::Result<PathBuf> {
    let path = std::env::current_exe()?;
    // What `/proc/self/exe` says once the file was removed or replaced: proc_pid_exe(5).
    let replaced = path
        .to_str()
        .and_then(|path| path.strip_suffix(" (deleted)"))
        .map(PathBuf::from);
    Ok(match replaced {
        Some(replaced) if !path.exists() => replaced,
        Some(_) | None => path,
    })
}

pub fn unsteady(_program: &Path) -> Option<Unsteady> {
    None
}

/// The journal has it.
pub fn said_file() -> Option<PathBuf> {
    None
}

/// There are none, whatever is asked.
#[allow(clippy::unnecessary_wraps)] // The same shape as on macOS.
pub fn ask_login_item(_: Request) -> Result<SystemSwitch, Refusal> {
    Ok(SystemSwitch::Off)
}

pub fn way(item: AtLogin, _program: &Program) -> Way {
    match item {
        AtLogin::Tray => Way::DesktopEntry,
        AtLogin::Daemon => Way::SystemdUnit,
    }
}

pub fn registered(item: AtLogin, program: &Program) -> Result<Found, AutostartError> {
    let folder = config_folder()?;
    let way = way(item, program);
    let (path, links) = match item {
        AtLogin::Tray => (
            folder.join("autostart").join(desktop_entry::FILE_NAME),
            Vec::new(),
        ),
        AtLogin::Daemon => {
            let units = folder.join("systemd/user");
            (units.join(systemd_unit::NAME), links(&units)?)
        }
    };
    let entry = read(way, &path)?;
    let switch = match item {
        _ if !links.is_empty() => SystemSwitch::On,
        AtLogin::Tray if entry.is_some() => SystemSwitch::On,
        // Links may be in other places, which systemd knows.
        AtLogin::Daemon if entry.is_some() && systemctl(&systemd_unit::IS_ENABLED).is_ok() => {
            SystemSwitch::On
        }
        AtLogin::Tray | AtLogin::Daemon => SystemSwitch::Off,
    };
    Ok(Found {
        way,
        path,
        entry,
        switch,
        login_item: SystemSwitch::Off,
    })
}

pub fn enable(
    item: AtLogin,
    _program: &Program,
    found: &Found,
    text: &str,
) -> Result<SystemSwitch, AutostartError> {
    replace(&found.path, text, || match item {
        AtLogin::Tray => Ok(SystemSwitch::On),
        AtLogin::Daemon => {
            systemctl(&systemd_unit::RELOAD)?;
            systemctl(&systemd_unit::ENABLE)?;
            Ok(SystemSwitch::On)
        }
    })
}

pub fn disable(item: AtLogin, _program: &Program, found: &Found) -> Result<(), AutostartError> {
    match item {
        AtLogin::Tray => private_file::remove(&found.path)?,
        AtLogin::Daemon => {
            // Where systemd does not answer, the files alone decide about the next login.
            let unheard = |error| tracing::warn!("{error}");
            if found.entry.is_some() {
                let _ = systemctl(&systemd_unit::DISABLE).map_err(unheard);
            }
            let units = config_folder()?.join("systemd/user");
            for link in links(&units)? {
                private_file::remove(&link)?;
            }
            private_file::remove(&found.path)?;
            let _ = systemctl(&systemd_unit::RELOAD).map_err(unheard);
        }
    }
    Ok(())
}

/// XDG Base Directory Specification: a relative path is to be ignored.
pub fn config_folder() -> Result<PathBuf, AutostartError> {
    let named = paths::variable("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    match named {
        Some(folder) => Ok(folder),
        None => Ok(user_home()?.join(".config")),
    }
}

/// The links that make systemd start the unit, whatever target they hang on.
fn links(units: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = match fs::read_dir(units) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::at("read folder", units)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let folder = entry.map_err(FileError::at("read folder", units))?.path();
        let wants = folder
            .extension()
            .is_some_and(|extension| extension == "wants" || extension == "requires");
        let link = folder.join(systemd_unit::NAME);
        if wants && fs::symlink_metadata(&link).is_ok() {
            found.push(link);
        }
    }
    Ok(found)
}

fn systemctl(arguments: &[&str]) -> Result<String, AutostartError> {
    tool::run("systemctl", arguments)
}
