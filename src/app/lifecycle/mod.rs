//! Start, stop and restart.
//!
//! From any number of command lines and trays at once, these are serialised by the
//! lock beside the PID file.

mod end;
mod failure;
mod launch;
mod left;
mod prepared;

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use self::end::{stop_alive, stop_gone};
pub use self::failure::Failure;
use self::launch::Launch;
pub use self::left::Left;
use self::left::left_by_recorded;
use self::prepared::Prepared;
use super::explain;
use super::look::{self, look};
use crate::model::config::Managed;
use crate::model::life::judge::judge;
use crate::model::life::observation::Observation;
use crate::model::life::record::{Phase, RunRecord, Supervisor};
use crate::model::life::status::Status;
use crate::os::lock::{Lock, LockError};
use crate::os::process::Signal;
use crate::os::{lock, run_record};

/// How long a process may take to go after SIGKILL: as long as the kernel needs.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// A start that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Started {
    /// The daemon's PID.
    pub pid: i32,
    /// When it was started.
    pub started_at: DateTime<FixedOffset>,
    /// What a stop before it did, if this was a restart of a running daemon.
    pub stopped: Option<Stopped>,
    /// What the daemon before this one started and is still alive.
    pub left: Vec<Left>,
}

/// A stop that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// The PID it had.
    pub pid: i32,
    /// How it went.
    pub how: Ending,
    /// What it started and is still alive.
    pub left: Vec<Left>,
    /// What it started and was killed after its end.
    pub killed: Vec<Left>,
}

/// How a stopped daemon went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
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
    /// It had crashed, and its supervisor was about to start it again.
    BeforeRestart,
    /// It did not run; what it had left was killed.
    Earlier,
}

/// What is special about a start.
#[derive(Clone, Copy, Default)]
#[allow(missing_debug_implementations)] // It holds a call.
#[non_exhaustive]
pub struct Launching<'a> {
    /// In the place of the configured grace time, or of the time limit for readiness
    /// where readiness is asked for.
    pub wait: Option<Duration>,
    /// Called with the PID of the process before it runs the command.
    pub before_run: Option<&'a dyn Fn(i32)>,
    /// Who starts it again when it ends. Without, one that is still there goes on.
    pub supervisor: Option<&'a Supervisor>,
    /// Asked again and again while the start waits: once it says so, the start is given up,
    /// and nothing is left of it.
    pub give_up: Option<&'a dyn Fn() -> bool>,
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
pub fn start(managed: &Managed, how: Launching<'_>) -> Result<Started, Failure> {
    let lock = lock(managed)?;
    start_locked(managed, how, &lock)
}

/// Stops the daemon. `timeout` takes the place of the configured one.
pub fn stop(
    managed: &Managed,
    timeout: Option<Duration>,
    force: Force,
) -> Result<Stopped, Failure> {
    let lock = lock(managed)?;
    stop_locked(managed, timeout, force, Signal::TERM, &lock)
}

/// Stops the daemon by another signal than SIGTERM, and by SIGKILL once its time is over.
pub(super) fn stop_by(managed: &Managed, signal: Signal) -> Result<Stopped, Failure> {
    let lock = lock(managed)?;
    stop_locked(managed, None, Force::Kill, signal, &lock)
}

/// Stops the daemon, if it runs, and starts it once it is confirmed to be gone.
pub fn restart(managed: &Managed, how: Launching<'_>) -> Result<Started, Failure> {
    let lock = lock(managed)?;
    // What cannot be started is not stopped.
    Prepared::new(managed)?;
    let seen = look(&managed.daemon);
    // A stop ends the supervision, a restart does not.
    let kept = kept_supervisor(&seen);
    let how = Launching {
        supervisor: how.supervisor.or(kept.as_ref()),
        ..how
    };
    let stopped = match stop_locked(managed, None, Force::No, Signal::TERM, &lock) {
        Ok(stopped) => Some(stopped),
        Err(Failure::NotRunning { .. }) => None,
        // A start may pass over a process that is certainly not the daemon.
        Err(Failure::Foreign { foreign, .. }) if foreign.certain => None,
        Err(failure) => return Err(failure),
    };
    match start_locked(managed, how, &lock) {
        Ok(started) => Ok(Started { stopped, ..started }),
        Err(failure) => {
            if let (Some(supervisor), Some(record)) = (kept, seen.record) {
                keep_supervised(managed, record, supervisor)?;
            }
            Err(failure)
        }
    }
}

/// After a restart that has stopped the daemon and could not start another, its supervisor
/// goes on, and tries again.
fn keep_supervised(
    managed: &Managed,
    record: RunRecord,
    supervisor: Supervisor,
) -> Result<(), Failure> {
    let path = managed.daemon.record_file();
    if run_record::read(&path).is_some() {
        return Ok(());
    }
    let ended = RunRecord {
        supervisor: Some(supervisor),
        phase: Phase::Ended {
            exit: None,
            at: look::now().wall,
        },
        ..record
    };
    Ok(run_record::write(&path, &ended)?)
}

/// The supervisor that the record names, if it is still there. A start that it did not
/// make itself clears what it remembers.
fn kept_supervisor(seen: &Observation) -> Option<Supervisor> {
    let supervisor = seen.supervisor()?;
    Some(Supervisor {
        identity: supervisor.identity.clone(),
        attempt: 1,
    })
}

fn lock(managed: &Managed) -> Result<Lock, Failure> {
    lock_within(managed, patience(managed))
}

/// As long as the slowest restart of another may take.
pub(super) fn patience(managed: &Managed) -> Duration {
    let daemon = &managed.daemon;
    daemon.stop_timeout
        + KILL_TIMEOUT
        + daemon.start_grace
        + daemon.ready_timeout
        + Duration::from_secs(5)
}

pub(super) fn lock_within(managed: &Managed, time: Duration) -> Result<Lock, Failure> {
    lock::take(&managed.daemon.lock_file(), time).map_err(|error| match error {
        LockError::File(error) => Failure::NoLock(error),
        held @ LockError::Held { .. } => Failure::Busy(held),
    })
}

pub(super) fn start_locked(
    managed: &Managed,
    how: Launching<'_>,
    held: &Lock,
) -> Result<Started, Failure> {
    let daemon = &managed.daemon;
    let seen = look(daemon);
    let status = judge(&seen);
    if let Some(alive) = status.alive() {
        return Err(Failure::AlreadyRunning {
            pid: alive.identity.pid,
        });
    }
    if !daemon.is_configured() {
        return Err(Failure::NotConfigured {
            config_file: managed.configured_in.clone(),
        });
    }
    let kept = kept_supervisor(&seen);
    let how = Launching {
        supervisor: how.supervisor.or(kept.as_ref()),
        ..how
    };
    let gone = match status {
        Status::Foreign(foreign) if !foreign.certain => {
            return Err(Failure::Foreign {
                action: "not started",
                foreign,
                pid_file: daemon.pid_file.clone(),
            });
        }
        Status::Unknown { reason, hint } => return Err(Failure::Unknown { reason, hint }),
        Status::Crashed(crash) | Status::CrashLooping { crash, .. } => Some(crash.pid),
        Status::Foreign(foreign) => Some(foreign.pid),
        // Whoever stopped it may not have lived to remove its PID file.
        Status::Stopped(_) => seen.record.as_ref().map(|record| record.identity.pid),
        Status::Starting(_)
        | Status::Running(_)
        | Status::Unhealthy { .. }
        | Status::Stopping(_) => None,
    };

    let left = left_by_recorded(&seen)?;
    match launch(managed, how, gone, held) {
        Ok(launch) => Ok(Started {
            pid: launch.record.identity.pid,
            started_at: launch.record.started_at,
            stopped: None,
            left: left.map(|(_, left)| left).unwrap_or_default(),
        }),
        Err(mut failure) => {
            let path = daemon.record_file();
            // Its supervisor goes on as if nobody had tried.
            if let (Some(_), Some(record)) = (&kept, &seen.record)
                && run_record::read(&path).is_none()
            {
                run_record::write(&path, record)?;
            }
            // By the record a stop can still find what the daemon before has left; but a
            // supervisor goes on from the record of the start that failed.
            if let (Some((_, left)), Some(record)) = (left, &seen.record) {
                if how.supervisor.is_none() {
                    run_record::write(&path, record)?;
                }
                if let Failure::EndedAtStart { left: blamed, .. } = &mut failure {
                    *blamed = left;
                }
            }
            Err(failure)
        }
    }
}

/// A start that leaves nothing behind if it fails.
fn launch<'a>(
    managed: &Managed,
    how: Launching<'a>,
    gone: Option<i32>,
    held: &Lock,
) -> Result<Launch<'a>, Failure> {
    let mut launch = Launch::begin(managed, how, gone, held)?;
    if let Err(mut failure) = launch.settle(managed) {
        launch.undo(&managed.daemon)?;
        if let Failure::EndedAtStart { output, cause, .. } = &mut failure {
            *cause = explain::cause(managed, output);
        }
        return Err(failure);
    }
    Ok(launch)
}

fn stop_locked(
    managed: &Managed,
    timeout: Option<Duration>,
    force: Force,
    signal: Signal,
    _held: &Lock,
) -> Result<Stopped, Failure> {
    let daemon = &managed.daemon;
    let seen = look(daemon);
    let alive = match judge(&seen) {
        Status::Starting(alive)
        | Status::Running(alive)
        | Status::Unhealthy { alive, .. }
        | Status::Stopping(alive) => alive,
        Status::Stopped(_) => return stop_gone(daemon, &seen, None, force),
        Status::Crashed(crash) | Status::CrashLooping { crash, .. } => {
            return stop_gone(daemon, &seen, Some(&crash), force);
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
    let recorded = seen.record.is_some_and(|r| r.identity == alive.identity);
    let timeout = timeout.unwrap_or(daemon.stop_timeout);
    stop_alive(daemon, &alive, recorded, timeout, force, signal)
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
