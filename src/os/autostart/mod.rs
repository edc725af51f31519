//! What the system starts at login: the entries, and the tools that switch them.

mod error;
mod jobs;
mod tool;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as platform;

#[cfg(target_os = "macos")]
mod login_item;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as platform;

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use self::error::AutostartError;
pub use self::jobs::{
    JobEntry, MANAGER_OF_JOBS, disable_job, enable_job, job_manager, job_manager_is_there_for,
    look_at_job,
};
use super::paths;
use super::private_file::{self, FileError};
use crate::model::autostart::login_item::{Refusal, Request};
use crate::model::autostart::program::{Program, Unsteady};
use crate::model::autostart::{AtLogin, EntryReading, Found, Named, SystemSwitch, Way};

/// This program.
pub fn this_program() -> io::Result<Program> {
    let called = platform::called()?;
    // One that was removed has no other name any more.
    let file = fs::canonicalize(&called).unwrap_or_else(|_| called.clone());
    Ok(Program { called, file })
}

/// Where the item's program is, beside this one. If it is nowhere, the last of the places
/// is returned as the error.
pub fn program_of(item: AtLogin, program: &Program) -> Result<PathBuf, PathBuf> {
    let places = program.beside(item.program());
    let found = places.iter().find(|place| place.is_file());
    match (found, places.last()) {
        (Some(found), _) => Ok(found.clone()),
        (None, last) => Err(last.cloned().unwrap_or_default()),
    }
}

/// Why the program will not be found again at the next login, if that is so.
pub fn unsteady(program: &Path) -> Option<Unsteady> {
    platform::unsteady(program)
}

/// What became of the program that an entry names.
pub fn named(registered: &Path, expected: &Path) -> Named {
    if registered == expected {
        let there = expected.exists();
        return if there { Named::Ours } else { Named::Gone };
    }
    match (fs::canonicalize(registered), fs::canonicalize(expected)) {
        (Ok(registered), Ok(expected)) if registered == expected => Named::Ours,
        (Ok(_), _) => Named::Other,
        (Err(_), _) => Named::Gone,
    }
}

/// Goes on as the program in the bundle where this one was called by a link into it, and
/// does not come back then.
pub fn enter_bundle() -> Result<(), AutostartError> {
    // Who cannot find out where it is will say so when it matters.
    let Ok(program) = this_program() else {
        return Ok(());
    };
    let Some(inside) = program.inside_bundle() else {
        return Ok(());
    };
    let source = Command::new(inside)
        .args(std::env::args_os().skip(1))
        .exec();
    Err(AutostartError::Run {
        command: inside.display().to_string(),
        source,
    })
}

/// What the system says of the app's login item to this process, which must be the app's own
/// program.
pub fn ask_login_item(request: Request) -> Result<SystemSwitch, Refusal> {
    platform::ask_login_item(request)
}

/// Where what the daemon's supervisor says is kept, where the system does not keep it by itself.
pub fn said_file() -> Option<PathBuf> {
    platform::said_file()
}

/// How the item would be registered by this program.
pub fn way(item: AtLogin, program: &Program) -> Way {
    platform::way(item, program)
}

/// What is registered for the item. Looking changes nothing.
pub fn registered(item: AtLogin, program: &Program) -> Result<Found, AutostartError> {
    platform::registered(item, program)
}

/// Registers the item: `text` is the entry, where the way has one. It counts from the
/// next login on. What comes back is whether the user has to approve it first, who is
/// shown where.
pub fn enable(
    item: AtLogin,
    program: &Program,
    found: &Found,
    text: &str,
) -> Result<SystemSwitch, AutostartError> {
    platform::enable(item, program, found, text)
}

/// Removes everything that registers the item. What is running keeps running.
pub fn disable(item: AtLogin, program: &Program, found: &Found) -> Result<(), AutostartError> {
    platform::disable(item, program, found)
}

/// The user's home folder.
fn user_home() -> Result<PathBuf, AutostartError> {
    Ok(paths::user_home(&paths::variable)?)
}

/// Reads an entry, if there is one.
fn read(way: Way, path: &Path) -> Result<Option<EntryReading>, FileError> {
    let failed = |error| FileError::at("read", path)(error);
    let linked = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.is_symlink(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let content = if is_file {
        private_file::read_small(path).map_err(failed)?
    } else {
        // A folder, or a link to nothing or to /dev/null, which masks a unit.
        Vec::new()
    };
    let reading = EntryReading::of(way, &content).map(|reading| EntryReading {
        // What a link leads to is kept by somebody else.
        intact: reading.intact && !linked,
        ..reading
    });
    Ok(reading)
}

/// Writes an entry, and does what makes it count; if that fails, what was there before
/// is put back.
fn replace<T>(
    path: &Path,
    text: &str,
    then: impl FnOnce() -> Result<T, AutostartError>,
) -> Result<T, AutostartError> {
    let before = private_file::read_small(path).ok();
    private_file::write(path, text.as_bytes())?;
    let result = then();
    if result.is_err() {
        let undone = match before {
            Some(before) => private_file::write(path, &before),
            None => private_file::remove(path),
        };
        if let Err(error) = undone {
            tracing::warn!("{error}: {}", error.source);
        }
    }
    result
}
