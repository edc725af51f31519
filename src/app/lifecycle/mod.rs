//! Start, stop and restart.
//!
//! From any number of command lines and trays at once, these are serialised by the
//! lock beside the PID file.

mod end;
mod failure;
mod launch;

use std::fs;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use self::end::{end, tidy};
pub use self::failure::Failure;
use self::launch::Launch;
use super::look::look;
use crate::model::config::Config;
use crate::model::judge::judge;
use crate::model::status::Status;
use crate::os::lock::{Lock, LockError};
use crate::os::{lock, private_file};

/// How long a process may take to go after SIGKILL: as long as the kernel needs.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// A start that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The daemon's PID.
    pub pid: i32,
    /// When it was started.
    pub started_at: DateTime<FixedOffset>,
    /// What a stop before it did, if this was a restart of a running daemon.
    pub stopped: Option<Stopped>,
}

/// A stop that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The PID it had.
    pub pid: i32,
    /// How it went.
    pub how: Ending,
}

/// How a stopped daemon went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It ended after SIGTERM.
    Terminated,
    /// It was killed, after it had not ended in time.
    Killed {
        /// Whether its whole process group was killed with it.
        group: bool,
    },
    /// It ended by itself before it was signalled.
    ByItself,
}

/// What is special about a start.
#[derive(Clone, Copy, Default)]
pub struct Launching<'a> {
    /// In the place of the configured grace time, or of the time limit for readiness
    /// where readiness is asked for.
    pub wait: Option<Duration>,
    /// Called with the PID of the process before it runs the command.
    pub before_run: Option<&'a dyn Fn(i32)>,
}

/// How far a stop goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// SIGTERM, and no further.
    No,
    /// SIGKILL for the process group once the time limit is over.
    Kill,
}

/// Starts the daemon.
pub fn start(config: &Config, how: Launching<'_>) -> Result<Started, Failure> {
    let lock = lock(config)?;
    start_locked(config, how, &lock)
}

/// Stops the daemon. `timeout` takes the place of the configured one.
pub fn stop(config: &Config, timeout: Option<Duration>, force: Force) -> Result<Stopped, Failure> {
    let lock = lock(config)?;
    stop_locked(config, timeout, force, &lock)
}

/// Stops the daemon, if it runs, and starts it once it is confirmed to be gone.
pub fn restart(config: &Config, how: Launching<'_>) -> Result<Started, Failure> {
    let lock = lock(config)?;
    let stopped = match stop_locked(config, None, Force::No, &lock) {
        Ok(stopped) => Some(stopped),
        Err(Failure::NotRunning { .. }) => None,
        // A start may pass over a process that is certainly not the daemon.
        Err(Failure::Foreign { foreign, .. }) if foreign.certain => None,
        Err(failure) => return Err(failure),
    };
    let started = start_locked(config, how, &lock)?;
    Ok(Started { stopped, ..started })
}

fn lock(config: &Config) -> Result<Lock, Failure> {
    let daemon = &config.daemon;
    // As long as the slowest restart of another may take.
    let patience = daemon.stop_timeout
        + KILL_TIMEOUT
        + daemon.start_grace
        + daemon.ready_timeout
        + Duration::from_secs(5);
    lock::take(&daemon.lock_file(), patience).map_err(|error| match error {
        LockError::File(error) => Failure::File(error),
        held @ LockError::Held { .. } => Failure::Busy(held),
    })
}

fn start_locked(config: &Config, how: Launching<'_>, _held: &Lock) -> Result<Started, Failure> {
    let daemon = &config.daemon;
    let seen = look(daemon);
    let status = judge(&seen);
    if let Some(alive) = status.alive() {
        return Err(Failure::AlreadyRunning {
            pid: alive.identity.pid,
        });
    }
    if !daemon.is_configured() {
        return Err(Failure::NotConfigured {
            config_file: config.config_file.clone(),
        });
    }
    let gone = match status {
        Status::Foreign(foreign) if !foreign.certain => {
            return Err(Failure::Foreign {
                action: "not started",
                foreign,
                pid_file: daemon.pid_file.clone(),
            });
        }
        Status::Unknown { reason, hint } => return Err(Failure::Unknown { reason, hint }),
        Status::Crashed(crash) => Some(crash.pid),
        Status::Foreign(foreign) => Some(foreign.pid),
        // Whoever stopped it may not have lived to remove its PID file.
        Status::Stopped(_) => seen.record.map(|record| record.identity.pid),
        Status::Starting(_)
        | Status::Running(_)
        | Status::Unhealthy { .. }
        | Status::Stopping(_) => None,
    };

    let mut launch = Launch::begin(config, how, gone)?;
    match launch.settle(config) {
        Ok(()) => Ok(Started {
            pid: launch.record.identity.pid,
            started_at: launch.record.started_at,
            stopped: None,
        }),
        Err(failure) => {
            launch.undo(daemon)?;
            Err(failure)
        }
    }
}

fn stop_locked(
    config: &Config,
    timeout: Option<Duration>,
    force: Force,
    _held: &Lock,
) -> Result<Stopped, Failure> {
    let daemon = &config.daemon;
    let alive = match judge(&look(daemon)) {
        Status::Starting(alive)
        | Status::Running(alive)
        | Status::Unhealthy { alive, .. }
        | Status::Stopping(alive) => alive,
        Status::Stopped(_) => {
            private_file::remove(&daemon.record_file())?;
            return Err(Failure::NotRunning { tidied: false });
        }
        Status::Crashed(crash) => {
            let there = fs::symlink_metadata(&daemon.pid_file).is_ok();
            let gone = tidy(daemon, crash.pid)?;
            return Err(Failure::NotRunning {
                tidied: there && gone,
            });
        }
        Status::Foreign(foreign) => {
            return Err(Failure::Foreign {
                action: "not stopped",
                foreign,
                pid_file: daemon.pid_file.clone(),
            });
        }
        Status::Unknown { reason, hint } => return Err(Failure::Unknown { reason, hint }),
    };
    let timeout = timeout.unwrap_or(daemon.stop_timeout);
    let how = end(daemon, &alive, timeout, force)?;
    let pid = alive.identity.pid;
    tidy(daemon, pid)?;
    Ok(Stopped { pid, how })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
