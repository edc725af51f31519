//! Start, stop and restart.
//!
//! Calls from any number of command lines and trays at once are serialised by the lock beside
//! the PID file.

mod end;
mod failure;
mod forget;
mod launch;
mod left;
mod prepared;

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use self::end::{Stopper, stop_gone};
pub use self::failure::Failure;
pub use self::forget::forget;
use self::launch::Launch;
pub use self::left::Left;
use self::left::{LINGER, SeenOff, family_of_gone, see_off};
use self::prepared::Prepared;
use super::look::{self, observe};
use super::{explain, history};
use crate::model::config::{Daemon, Managed};
use crate::model::life::holder::Doing;
pub use crate::model::life::holder::Holder;
use crate::model::life::judge::judge;
use crate::model::life::observation::Observation;
pub use crate::model::life::plan::Force;
use crate::model::life::plan::{self, AfterStop, Farewell, PlanRefusal, Stop};
use crate::model::life::record::{RunRecord, Supervisor};
use crate::model::life::status::Status;
use crate::os::lock::{Lock, LockError};
use crate::os::process::{self, Family, Signal};
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
    /// What the daemon before this one started and had left its session, and was ended.
    pub ended: Vec<Left>,
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
    /// What it started and had left its session, and has ended with it.
    pub ended: Vec<Left>,
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
    /// Told once who is waited for, where that takes longer than half a second.
    pub waiting: Option<Waiting<'a>>,
}

/// Told who holds the lock that is waited for, as far as that is known.
pub type Waiting<'a> = &'a dyn Fn(Option<&Holder>);

/// What is special about a stop, alone or in a restart.
#[derive(Clone, Copy, Default)]
#[allow(missing_debug_implementations)] // It holds a call.
#[non_exhaustive]
pub struct Stopping<'a> {
    /// In the place of the configured `stop_timeout`.
    pub timeout: Option<Duration>,
    /// How far it goes; it never goes less far than is configured.
    pub force: Force,
    /// As in [`Launching::waiting`].
    pub waiting: Option<Waiting<'a>>,
}

/// Starts the daemon.
pub fn start(managed: &Managed, how: Launching<'_>) -> Result<Started, Failure> {
    let lock = lock(managed, Doing::Start, how.waiting)?;
    start_locked(managed, how, managed.daemon.force(), &lock)
}

/// Stops the daemon.
pub fn stop(managed: &Managed, how: Stopping<'_>) -> Result<Stopped, Failure> {
    let lock = lock(managed, Doing::Stop, how.waiting)?;
    stop_locked(managed, how, None, &lock)
}

/// Ends a run: stops the daemon by this signal, and by SIGKILL once its time is over.
pub(super) fn stop_by(managed: &Managed, signal: Signal) -> Result<Stopped, Failure> {
    let lock = lock(managed, Doing::Run, None)?;
    let how = Stopping {
        force: Force::Kill,
        ..Stopping::default()
    };
    stop_locked(managed, how, Some(signal), &lock)
}

/// Stops the daemon, if it runs, and starts it once it is confirmed to be gone, with all that
/// belongs to it.
pub fn restart(
    managed: &Managed,
    how: Launching<'_>,
    stopping: Stopping<'_>,
) -> Result<Started, Failure> {
    let lock = lock(managed, Doing::Restart, how.waiting)?;
    // What cannot be started is not stopped.
    Prepared::new(managed)?;
    let seen = observe(&managed.daemon);
    // A stop ends the supervision, a restart does not.
    let kept = plan::kept_supervisor(&seen);
    let how = Launching {
        supervisor: how.supervisor.or(kept.as_ref()),
        ..how
    };
    let stopped = stop_locked(managed, stopping, None, &lock);
    if !plan::on_restart(after_stop(managed, &stopped)) {
        let stopped = stopped?;
        let (path, now) = (managed.daemon.record_file(), look::now().wall);
        let there = run_record::read(&path);
        let goes_on = plan::still_supervised(there.clone(), kept, None, now);
        if goes_on.is_some() {
            run_record::change(&path, &lock, there.as_ref(), goes_on.as_ref())?;
        }
        return Err(Failure::NotRestarted {
            pid: stopped.pid,
            failure: Box::new(Failure::Left { left: stopped.left }),
        });
    }
    let stopped = stopped.ok();
    let force = managed.daemon.force().max(stopping.force);
    start_locked(managed, how, force, &lock)
        .map(|mut started| {
            if let Some(stopped) = &stopped {
                started.ended.extend_from_slice(&stopped.ended);
            }
            Started {
                stopped: stopped.clone(),
                ..started
            }
        })
        .or_else(|failure| {
            let path = managed.daemon.record_file();
            let there = run_record::read(&path);
            let now = look::now().wall;
            let goes_on = plan::still_supervised(seen.record, kept, there.as_ref(), now);
            if goes_on.is_some() {
                run_record::change(&path, &lock, None, goes_on.as_ref())?;
            }
            Err(match stopped {
                Some(Stopped { pid, .. }) => Failure::NotRestarted {
                    pid,
                    failure: Box::new(failure),
                },
                None => failure,
            })
        })
}

fn after_stop(managed: &Managed, stopped: &Result<Stopped, Failure>) -> AfterStop {
    match stopped {
        Ok(stopped) => AfterStop::Stopped {
            left: !stopped.left.is_empty() && !managed.daemon.leave,
        },
        Err(Failure::NotRunning { .. }) => AfterStop::NotRunning,
        Err(Failure::Foreign { foreign, .. }) => AfterStop::Foreign {
            certain: foreign.certain,
        },
        Err(_) => AfterStop::Failed,
    }
}

fn lock(
    managed: &Managed,
    doing: Doing,
    mut waiting: Option<Waiting<'_>>,
) -> Result<Lock, Failure> {
    /// So long everybody waits for another in silence.
    const SILENT: Duration = Duration::from_millis(500);
    lock_while(managed, doing, patience(managed), &mut |waited, holder| {
        let goes_on = !holder.is_some_and(|holder| holder.is_suspended);
        if goes_on
            && waited >= SILENT
            && let Some(tell) = waiting.take()
        {
            tell(holder);
        }
        goes_on
    })
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

/// Takes the lock for a turn of a run.
pub(super) fn lock_within(managed: &Managed, time: Duration) -> Result<Lock, Failure> {
    lock_while(managed, Doing::Run, time, &mut |_, _| true)
}

fn lock_while(
    managed: &Managed,
    doing: Doing,
    patience: Duration,
    go_on: &mut dyn FnMut(Duration, Option<&Holder>) -> bool,
) -> Result<Lock, Failure> {
    let path = managed.daemon.lock_file();
    lock::take_while(&path, Some(doing), patience, go_on).map_err(|error| match error {
        LockError::File(error) => Failure::NoLock(error),
        held @ LockError::Held { .. } => Failure::Busy(held),
    })
}

pub(super) fn start_locked(
    managed: &Managed,
    how: Launching<'_>,
    force: Force,
    held: &Lock,
) -> Result<Started, Failure> {
    let daemon = &managed.daemon;
    let seen = observe(daemon);
    let status = judge(&seen);
    let start = plan::on_start(&seen, status.clone(), how.supervisor)
        .map_err(|refusal| refused(managed, "not started", refusal))?;
    check_unrecorded(daemon, &seen, &status)?;
    // What cannot be started needs no room.
    let prepared = Prepared::new(managed)?;
    history::found(daemon, &seen, &status);
    let (left, ended) = make_room(daemon, &seen, force, how.give_up)?;
    match launch(managed, how, &prepared, &start, seen.record.as_ref(), held) {
        Ok(launch) => {
            history::started(daemon, held, &launch.record);
            Ok(Started {
                pid: launch.record.identity.pid,
                started_at: launch.record.started_at,
                stopped: None,
                left,
                ended,
                replaced_damaged: start.damaged,
            })
        }
        Err(mut failure) => {
            let path = daemon.record_file();
            let (before, there) = (seen.record.as_ref(), run_record::read(&path));
            let back = plan::on_failed_start(&start, before, there.as_ref(), !left.is_empty());
            if back.is_some() {
                run_record::change(&path, held, there.as_ref(), back)?;
            }
            if let Failure::EndedAtStart { left: blamed, .. } = &mut failure {
                *blamed = left;
            }
            Err(failure)
        }
    }
}

/// Of a daemon that somebody else had started, and that crashed, the PID file alone tells. Whoever
/// is alive in the session or the group of that number may be its own, which nothing proves: it is
/// named, and neither signalled nor is anything started beside it.
fn check_unrecorded(daemon: &Daemon, seen: &Observation, status: &Status) -> Result<(), Failure> {
    let (Status::Crashed(crash), None, false) = (status, &seen.record, daemon.leave) else {
        return Ok(());
    };
    let family = Family::once_led(crash.pid, &seen.boot_id);
    let SeenOff { left, .. } = see_off(&family, Farewell::Name, LINGER, &|| false)?;
    if left.is_empty() {
        return Ok(());
    }
    Err(Failure::LeftUnrecorded {
        pid: crash.pid,
        left,
        pid_file: daemon.pid_file.clone(),
    })
}

/// Sees off what the daemon before has left: nothing starts beside it, unless it is left
/// deliberately. That is returned, with what had left the session and was ended.
fn make_room(
    daemon: &Daemon,
    seen: &Observation,
    force: Force,
    give_up: Option<&dyn Fn() -> bool>,
) -> Result<(Vec<Left>, Vec<Left>), Failure> {
    let Some(family) = family_of_gone(seen) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let give_up = give_up.unwrap_or(&|| false);
    let farewell = plan::on_left(daemon.leave, force);
    let SeenOff { left, ended, .. } = see_off(&family, farewell, daemon.stop_timeout, give_up)?;
    if left.is_empty() || daemon.leave {
        return Ok((left, ended));
    }
    if give_up() {
        let pid = seen.record.as_ref().map_or(0, |record| record.identity.pid);
        return Err(Failure::GivenUp { pid });
    }
    Err(Failure::Left { left })
}

fn refused(managed: &Managed, action: &'static str, refusal: PlanRefusal) -> Failure {
    match refusal {
        PlanRefusal::AlreadyRunning(pid) => Failure::AlreadyRunning { pid },
        PlanRefusal::NotConfigured => Failure::unconfigured(managed),
        PlanRefusal::Foreign(foreign) => Failure::Foreign {
            action,
            foreign,
            pid_file: managed.daemon.pid_file.clone(),
        },
        PlanRefusal::Unknown { reason, hint } => Failure::Unknown { reason, hint },
    }
}

/// A start that leaves nothing behind if it fails.
fn launch<'a>(
    managed: &'a Managed,
    how: Launching<'a>,
    prepared: &Prepared,
    start: &plan::Start,
    before: Option<&RunRecord>,
    held: &'a Lock,
) -> Result<Launch<'a>, Failure> {
    let mut launch = Launch::begin(managed, how, prepared, start, before, held)?;
    if let Err(mut failure) = launch.settle() {
        launch.undo()?;
        if let Failure::EndedAtStart { output, cause, .. } = &mut failure {
            *cause = explain::cause(managed, output).or_else(|| explain::copy(&managed.daemon));
        }
        if let Failure::EndedAtStart { exit, output, .. } = &failure {
            history::failed(
                &managed.daemon,
                &launch.record,
                *exit,
                output.last().cloned(),
            );
        }
        return Err(failure);
    }
    Ok(launch)
}

fn stop_locked(
    managed: &Managed,
    how: Stopping<'_>,
    signal: Option<Signal>,
    held: &Lock,
) -> Result<Stopped, Failure> {
    let daemon = &managed.daemon;
    let force = daemon.force().max(how.force);
    let seen = observe(daemon);
    let status = judge(&seen);
    let stop = plan::on_stop(&seen, status.clone())
        .map_err(|refusal| refused(managed, "not stopped", refusal))?;
    check_unrecorded(daemon, &seen, &status)?;
    match stop {
        // It would end this command with it, halfway.
        Stop::End { alive, .. } if process::is_forbidden(alive.identity.pid) => {
            Err(Failure::FromWithin {
                pid: alive.identity.pid,
            })
        }
        Stop::End { alive, record } => Stopper {
            daemon,
            identity: &alive.identity,
            timeout: how.timeout.unwrap_or(daemon.stop_timeout),
            force,
            signal: signal.unwrap_or_else(|| process::signal_named(&daemon.stop_signal)),
            held,
        }
        .stop(record.as_deref()),
        Stop::Clear(crash) => {
            let stopped = stop_gone(daemon, &seen, crash.as_ref(), force, held);
            // Where something is left nothing is touched, and whoever comes next finds it.
            if !matches!(&stopped, Err(Failure::NotRunning { left, .. }) if !left.is_empty()) {
                history::found(daemon, &seen, &status);
            }
            stopped
        }
    }
}
