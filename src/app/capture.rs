//! The capture file: what the daemon writes to standard output and standard error.
//!
//! The daemon writes to it directly, so that it can outlive whoever started it. Nobody can take
//! that descriptor away, so whoever looks regularly copies and truncates the file, under the lock
//! that every start and stop takes.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::model::config::Daemon;
use crate::os::autostart;
use crate::os::lock::{self, LockError};
use crate::os::output;
use crate::os::private_file::{self, FileError};
use crate::os::run_record;

/// The capture file is rotated above this size, in bytes; one old copy is kept.
pub const CAP: u64 = 1024 * 1024;

/// Of a file that nobody kept short, this much is copied.
const MOST: u64 = 16 * CAP;

/// Shortens the capture file where it has grown past [`CAP`]; returns whether it did. While
/// a start or stop is under way it is left for the next time.
pub fn keep_short(daemon: &Daemon) -> Result<bool, FileError> {
    let path = daemon.output_file();
    let is_long = || output::is_longer(&path, CAP);
    if !is_long() {
        return Ok(false);
    }
    let held = match lock::take(&daemon.lock_file(), Duration::ZERO) {
        Ok(held) => held,
        Err(LockError::Held { .. }) => return Ok(false),
        Err(LockError::File(error)) => return Err(error),
    };
    if !is_long() {
        return Ok(false);
    }
    private_file::copy_and_empty(&path, MOST)?;
    // What was written since the start begins at the beginning now.
    let record_file = daemon.record_file();
    if let Some(record) = run_record::read(&record_file) {
        let after = record.clone().output_emptied();
        run_record::change(&record_file, &held, Some(&record), Some(&after))?;
    }
    Ok(true)
}

/// Shortens what the supervisor said where that is kept and has grown past [`CAP`]. launchd
/// appends to it, and nobody else does: called before the supervisor says anything.
pub fn keep_said_short() -> Result<(), FileError> {
    match autostart::said_file() {
        Some(path) if output::is_longer(&path, CAP) => private_file::copy_and_empty(&path, MOST),
        Some(_) | None => Ok(()),
    }
}

/// Keeps the capture file short until it is dropped.
#[derive(Debug)]
pub struct Keeper {
    _end: Sender<()>,
}

impl Keeper {
    /// Looks at it every two seconds.
    pub fn start(daemon: &Daemon) -> std::io::Result<Self> {
        const INTERVAL: Duration = Duration::from_secs(2);
        let (end, ended) = channel::<()>();
        let daemon = daemon.clone();
        thread::Builder::new()
            .name("capture".into())
            .spawn(move || {
                while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    if let Err(error) = keep_short(&daemon) {
                        tracing::warn!("{error}: {}", error.source);
                    }
                }
            })?;
        Ok(Self { _end: end })
    }
}
