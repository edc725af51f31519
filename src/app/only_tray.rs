//! One tray per home folder: the lock, and who holds it.
//!
//! A second tray makes the first one show itself. A tray that is not part of this session has no
//! icon in it, and is asked to end: it was left over from an earlier session, or belongs to
//! another one of the same user.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::model::config::Config;
use crate::model::life::observation::ProcessSeen;
use crate::os::desktop;
use crate::os::lock::{self, Lock, LockError};
use crate::os::process::{self, Handle, Signal};

/// From its lock to its place in the session a tray needs no longer.
const JOINS: Duration = Duration::from_secs(2);

/// It leaves its daemon alone, so that it need not wait for anything.
const ENDS: Duration = Duration::from_secs(5);

/// Why this is not the tray of its home.
#[derive(Debug, thiserror::Error)]
pub enum NotTheOne {
    /// Another one is, in this session.
    #[error("the tray is already running{}: look for its icon in the panel", named(*.0))]
    Shown(Option<i32>),
    /// Another one is, elsewhere, and stays.
    #[error("the tray is already running{}, outside this session, and does not end: end it yourself", named(Some(*.0)))]
    Stays(i32),
    /// It cannot be known.
    #[error(transparent)]
    Lock(#[from] LockError),
}

fn named(pid: Option<i32>) -> String {
    pid.map_or(String::new(), |pid| format!(" (pid {pid})"))
}

/// Takes the place of the tray for as long as the lock is kept.
pub fn take_place(config: &Config) -> Result<Lock, NotTheOne> {
    let path = config.tray_lock_file();
    let holder = match lock::take(&path, Duration::ZERO) {
        Err(LockError::Held { holder, .. }) => holder.map(|holder| holder.pid),
        result => return Ok(result?),
    };
    if let Some(pid) = holder
        && is_elsewhere(config, pid)
    {
        tracing::info!("takes over from pid {pid}, which is not in this session");
        if ask_to_end(&path, pid) {
            return lock::take(&path, ENDS).map_err(|error| match error {
                LockError::Held { .. } => NotTheOne::Stays(pid),
                error @ LockError::File(_) => error.into(),
            });
        }
    }
    if let Err(error) = desktop::activate(&config.tray_id()) {
        tracing::debug!("the tray cannot be asked to show itself: {error}");
    }
    Err(NotTheOne::Shown(holder))
}

/// Whether a tray that runs takes no part in this session: it is known to, and stays so.
pub fn is_elsewhere(config: &Config, pid: i32) -> bool {
    let until = Instant::now() + JOINS;
    while desktop::is_here(&config.tray_id(), pid) == Ok(false) {
        if Instant::now() >= until {
            return true;
        }
        thread::sleep(Duration::from_millis(100));
    }
    false
}

/// Only the process that the kernel names as the lock's holder is asked.
fn ask_to_end(path: &Path, pid: i32) -> bool {
    let Ok(boot) = process::boot_id() else {
        return false;
    };
    let ProcessSeen::Alive(facts) = process::see(pid, &boot) else {
        return false;
    };
    if !lock::is_held_by(path, pid) {
        return false;
    }
    // The handle is of the process that was looked at, before the kernel named it.
    let asked = Handle::open(&facts.identity).and_then(|found| match found {
        Ok(handle) => handle.ask_to_end(Signal::TERM),
        Err(gone) => Ok(Err(gone)),
    });
    match asked {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!("cannot ask pid {pid} to end: {error}");
            false
        }
    }
}
