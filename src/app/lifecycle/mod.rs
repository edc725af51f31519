//! Start, stop and restart.
//!
//! From any number of command lines and trays at once, these are serialised by the
//! lock beside the PID file.

mod end;
mod failure;
mod forget;
mod launch;
mod left;
pub(super) mod prepared;

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use self::end::{stop_alive, stop_gone};
pub use self::failure::Failure;
pub use self::forget::forget;
use self::launch::Launch;
pub use self::left::Left;
use self::left::left_by_recorded;
use self::prepared::Prepared;
use super::explain;
use super::look::{self, look};
use crate::model::config::Managed;
use crate::model::life::judge::judge;
pub use crate::model::life::plan::Force;
use crate::model::life::plan::{self, AfterStop, Refusal, Stop};
use crate::model::life::record::{RunRecord, Supervisor};
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
    /// Whether a PID file that held no PID was replaced.
    pub replaced_damaged: bool,
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
    let kept = plan::kept_supervisor(&seen);
    let how = Launching {
        supervisor: how.supervisor.or(kept.as_ref()),
        ..how
    };
    let stopped = match stop_locked(managed, None, Force::No, Signal::TERM, &lock) {
        Err(failure) if !plan::on_restart(after_stop(&failure)) => return Err(failure),
        stopped => stopped.ok(),
    };
    start_locked(managed, how, &lock)
        .map(|started| Started { stopped, ..started })
        .or_else(|failure| {
            let path = managed.daemon.record_file();
            let there = run_record::read(&path);
            let now = look::now().wall;
            let goes_on = plan::still_supervised(seen.record, kept, there.as_ref(), now);
            if goes_on.is_some() {
                run_record::change(&path, &lock, None, goes_on.as_ref())?;
            }
            Err(failure)
        })
}

fn after_stop(failure: &Failure) -> AfterStop {
    if let Failure::NotRunning { .. } = failure {
        AfterStop::NotRunning
    } else if let Failure::Foreign { foreign, .. } = failure {
        AfterStop::Foreign {
            certain: foreign.certain,
        }
    } else {
        AfterStop::Failed
    }
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
    let start = plan::on_start(&seen, judge(&seen), how.supervisor)
        .map_err(|refusal| refused(managed, "not started", refusal))?;
    let left = left_by_recorded(&seen)?.map(|(_, left)| left);
    match launch(managed, how, &start, seen.record.as_ref(), held) {
        Ok(launch) => Ok(Started {
            pid: launch.record.identity.pid,
            started_at: launch.record.started_at,
            stopped: None,
            left: left.unwrap_or_default(),
            replaced_damaged: start.damaged,
        }),
        Err(mut failure) => {
            let path = daemon.record_file();
            let (before, there) = (seen.record.as_ref(), run_record::read(&path));
            let back = plan::on_failed_start(&start, before, there.as_ref(), left.is_some());
            if back.is_some() {
                run_record::change(&path, held, there.as_ref(), back)?;
            }
            if let (Failure::EndedAtStart { left: blamed, .. }, Some(left)) = (&mut failure, left) {
                *blamed = left;
            }
            Err(failure)
        }
    }
}

fn refused(managed: &Managed, action: &'static str, refusal: Refusal) -> Failure {
    match refusal {
        Refusal::AlreadyRunning(pid) => Failure::AlreadyRunning { pid },
        Refusal::NotConfigured => Failure::NotConfigured {
            config_file: managed.configured_in.clone(),
        },
        Refusal::Foreign(foreign) => Failure::Foreign {
            action,
            foreign,
            pid_file: managed.daemon.pid_file.clone(),
        },
        Refusal::Unknown { reason, hint } => Failure::Unknown { reason, hint },
    }
}

/// A start that leaves nothing behind if it fails.
fn launch<'a>(
    managed: &'a Managed,
    how: Launching<'a>,
    start: &plan::Start,
    before: Option<&RunRecord>,
    held: &'a Lock,
) -> Result<Launch<'a>, Failure> {
    let mut launch = Launch::begin(managed, how, start, before, held)?;
    if let Err(mut failure) = launch.settle() {
        launch.undo()?;
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
    held: &Lock,
) -> Result<Stopped, Failure> {
    let daemon = &managed.daemon;
    let seen = look(daemon);
    let stop = plan::on_stop(&seen, judge(&seen))
        .map_err(|refusal| refused(managed, "not stopped", refusal))?;
    match stop {
        Stop::End { alive, recorded } => {
            let timeout = timeout.unwrap_or(daemon.stop_timeout);
            stop_alive(daemon, &alive, recorded, timeout, force, signal, held)
        }
        Stop::Clear(crash) => stop_gone(daemon, &seen, crash.as_ref(), force, held),
    }
}
