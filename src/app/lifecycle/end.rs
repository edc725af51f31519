//! Ending a daemon, and what happens to its files.

use std::io;
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::left::{LINGER, Left, SeenOff, family_of_gone, kill, see_off};
use super::{Ending, Force, KILL_TIMEOUT, Stopped};
use crate::app::history;
use crate::model::config::{Daemon, PidFileOwner};
use crate::model::life::observation::Observation;
use crate::model::life::plan::{self, Farewell, OnceGone};
use crate::model::life::record::{Deadline, Exit, Identity, Phase, RunRecord};
use crate::model::life::status::Crash;
use crate::model::words;
use crate::os::lock::Lock;
use crate::os::private_file::FileError;
use crate::os::process::{self, Family, Handle, Signal};
use crate::os::{pid_file, run_record};

/// Stops a process that is known to be the daemon.
pub(super) struct Stopper<'a> {
    pub(super) daemon: &'a Daemon,
    pub(super) identity: &'a Identity,
    pub(super) timeout: Duration,
    pub(super) force: Force,
    /// Which it is asked to end by.
    pub(super) signal: Signal,
    pub(super) held: &'a Lock,
}

impl Stopper<'_> {
    /// Ends it and all that belongs to it; what does not end is told of, or killed with force.
    pub(super) fn stop(&self, record: Option<&RunRecord>) -> Result<Stopped, Failure> {
        let begin = Instant::now();
        let Self { daemon, held, .. } = *self;
        let pid = self.identity.pid;
        let family = record.map_or_else(|| Family::led_by(self.identity), Family::recorded);
        let how = self.end(&family)?;
        // Before anything can keep it from being told.
        history::stopped(daemon, self.identity, Some(held.doer()));
        pid_file::remove(&daemon.pid_file, pid)?;
        let farewell = plan::on_left(daemon.leave, self.force);
        let rest = self.timeout.saturating_sub(begin.elapsed());
        let SeenOff {
            left,
            killed,
            ended,
        } = see_off(&family, farewell, rest, &|| false)?;
        if left.is_empty() {
            forget(daemon, pid, held)?;
        }
        // Else the record stays, by which a later stop finds what is left.
        Ok(Stopped {
            pid,
            how,
            left,
            killed,
            ended,
        })
    }

    /// Ends the process itself, by its signal where it obeys.
    fn end(&self, family: &Family) -> Result<Ending, Failure> {
        let pid = self.identity.pid;
        let failed = |source| Failure::Process { pid, source };
        let Ok(handle) = Handle::open(self.identity).map_err(failed)? else {
            return Ok(Ending::ByItself);
        };
        // Before the signal: whoever looks at the process when it is gone must find that
        // it was asked to go.
        let noted = self.announce()?;
        tracing::debug!(
            "sends {} to pid {pid}, and waits {:?}",
            words::exit(Exit::Signal(self.signal.as_raw())),
            self.timeout
        );
        let lives_on = || {
            if let Err(error) = self.take_back(noted) {
                tracing::warn!("cannot take back that a stop was asked for: {error}");
            }
        };
        // Looked for while it is there, and signalled after it: who makes another one goes first.
        let group = if self.daemon.stop_group {
            family.members()
        } else {
            Vec::new()
        };
        match handle.ask_to_end(self.signal) {
            Ok(Ok(())) => {}
            Ok(Err(process::Gone)) => return Ok(Ending::ByItself),
            Err(error) => {
                lives_on();
                return Err(failed(error));
            }
        }
        for member in group {
            if let Err(error) = family.signal(&member, self.signal) {
                tracing::warn!("cannot signal pid {}: {error}", member.identity.pid);
            }
        }
        // From here on it may end at any moment, and was asked to: where it cannot be watched
        // the note stays, until its time is over.
        if let Some(how) = self.see_it_end(&handle).map_err(failed)? {
            return Ok(how);
        }
        lives_on();
        Err(Failure::StillRunning {
            pid,
            waited: self.timeout,
            signal: words::signal(self.signal.as_raw()),
            killed: self.force == Force::Kill,
        })
    }

    /// Waits for the end of a process that was asked to end; nothing is returned where it lives
    /// on.
    fn see_it_end(&self, handle: &Handle) -> io::Result<Option<Ending>> {
        if wait_for(handle, self.timeout)? {
            return Ok(Some(Ending::Terminated));
        }
        if self.force == Force::No {
            return Ok(None);
        }
        let pid = self.identity.pid;
        tracing::debug!("sends SIGKILL to pid {pid} and its process group");
        let Ok(group) = handle.kill_group()? else {
            return Ok(Some(Ending::Terminated));
        };
        Ok(wait_for(handle, KILL_TIMEOUT)?.then_some(Ending::Killed { group }))
    }

    /// Notes that a stop was asked for. A disk that is full does not keep a daemon from being
    /// stopped: a record without a PID file tells of a stop, too.
    fn announce(&self) -> Result<Noted, Failure> {
        let Self { daemon, held, .. } = *self;
        let deadline = Deadline::at(process::boot_clock() + self.timeout + KILL_TIMEOUT);
        let Some(record) = record_of(daemon, self.identity) else {
            return Ok(Noted::Not);
        };
        let before = record.phase;
        match change(daemon, held, &record, |record| record.stopping(deadline)) {
            Ok(()) => Ok(Noted::Record(before)),
            Err(error) if error.is_no_room() => {
                tracing::warn!("cannot note that a stop was asked for: {}", error.source);
                let removed = daemon.pid_file_owner == PidFileOwner::Manager
                    && pid_file::remove(&daemon.pid_file, self.identity.pid)?;
                Ok(if removed { Noted::Removal } else { Noted::Not })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn take_back(&self, noted: Noted) -> Result<(), FileError> {
        let Self { daemon, held, .. } = *self;
        match noted {
            Noted::Record(phase) => record_of(daemon, self.identity).map_or(Ok(()), |record| {
                change(daemon, held, &record, |record| {
                    record.stop_taken_back(phase)
                })
            }),
            Noted::Removal => pid_file::write(&daemon.pid_file, self.identity.pid),
            Noted::Not => Ok(()),
        }
    }
}

/// A stop where the daemon does not run: what it has left is told of, or killed with
/// `force`. A crash whose PID file may be there yet, or that a supervisor was about to
/// answer, is over with it.
pub(super) fn stop_gone(
    daemon: &Daemon,
    seen: &Observation,
    crash: Option<&Crash>,
    force: Force,
    held: &Lock,
) -> Result<Stopped, Failure> {
    let record = seen.record.as_ref();
    let family = family_of_gone(seen);
    let seen_off = family
        .as_ref()
        .map(|family| see_off(family, Farewell::Name, LINGER, &|| false));
    let SeenOff { left, .. } = seen_off.transpose()?.unwrap_or_default();
    let stopped = |pid, how, left, killed| Stopped {
        pid,
        how,
        left,
        killed,
        ended: Vec::new(),
    };
    let supervised = crash.filter(|crash| crash.supervised.is_some());
    let pid = match (
        plan::on_gone(crash, record, !left.is_empty(), force),
        supervised,
    ) {
        (OnceGone::LeaveAlone(alone), Some(crash)) => {
            run_record::change(&daemon.record_file(), held, record, Some(&alone))?;
            return Ok(stopped(crash.pid, Ending::BeforeRestart, left, Vec::new()));
        }
        (OnceGone::Name | OnceGone::LeaveAlone(_), _) => {
            return Err(Failure::NotRunning {
                tidied: false,
                left,
            });
        }
        (OnceGone::Clear { pid }, _) => pid,
    };
    let killed = match &family {
        Some(family) if !left.is_empty() => kill_left(family)?,
        Some(_) | None => Vec::new(),
    };
    let tidied = clear(daemon, record, pid, crash.is_some(), held)?;
    match (supervised, record) {
        (Some(crash), _) => Ok(stopped(
            crash.pid,
            Ending::BeforeRestart,
            Vec::new(),
            killed,
        )),
        (None, Some(record)) if !killed.is_empty() => Ok(stopped(
            record.identity.pid,
            Ending::Earlier,
            Vec::new(),
            killed,
        )),
        (None, Some(_) | None) => Err(Failure::NotRunning {
            tidied,
            left: Vec::new(),
        }),
    }
}

/// Kills what a daemon has left, and gives whom.
fn kill_left(family: &Family) -> Result<Vec<Left>, Failure> {
    let seen_off = kill(family)?;
    if seen_off.left.is_empty() {
        return Ok(seen_off.killed);
    }
    // Somebody else's: by the record it is still found.
    Err(Failure::NotRunning {
        tidied: false,
        left: seen_off.left,
    })
}

/// Removes the record and the PID file of a daemon that is gone; one that cannot be read goes, too.
/// Whether there was a PID file that told of nobody.
fn clear(
    daemon: &Daemon,
    record: Option<&RunRecord>,
    pid: Option<i32>,
    has_crashed: bool,
    held: &Lock,
) -> Result<bool, Failure> {
    let there = pid_file::is_there(&daemon.pid_file);
    let gone = match pid {
        Some(pid) => pid_file::remove(&daemon.pid_file, pid)?,
        None => false,
    };
    let damaged = pid_file::remove_damaged(&daemon.pid_file)?;
    run_record::change(&daemon.record_file(), held, record, None)?;
    Ok(damaged || (has_crashed && there && gone))
}

/// Waits until it is gone, for at most `timeout`. A look that fails, for want of a descriptor
/// or of memory, is made again.
fn wait_for(handle: &Handle, timeout: Duration) -> io::Result<bool> {
    const PAUSE: Duration = Duration::from_millis(20);
    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match handle.wait(left) {
            Err(error) if left.is_zero() => return Err(error),
            Err(_) => std::thread::sleep(PAUSE.min(left)),
            waited => return waited,
        }
    }
}

/// How it was noted that a stop was asked for.
#[derive(Clone, Copy)]
enum Noted {
    /// In the record, which was in this phase before.
    Record(Phase),
    /// By removing the PID file.
    Removal,
    /// Not at all: there is no record, or the PID file is the daemon's own to remove.
    Not,
}

fn record_of(daemon: &Daemon, identity: &Identity) -> Option<RunRecord> {
    run_record::read(&daemon.record_file()).filter(|record| record.identity == *identity)
}

fn change(
    daemon: &Daemon,
    held: &Lock,
    before: &RunRecord,
    transition: impl FnOnce(RunRecord) -> RunRecord,
) -> Result<(), FileError> {
    let after = transition(before.clone());
    run_record::change(&daemon.record_file(), held, Some(before), Some(&after))
}

/// Removes what a daemon that is gone has left: the PID file first, for a record
/// without one tells of a daemon that was stopped, and not of one that crashed.
pub(super) fn tidy(daemon: &Daemon, pid: i32, held: &Lock) -> Result<bool, Failure> {
    let gone = pid_file::remove(&daemon.pid_file, pid)?;
    forget(daemon, pid, held)?;
    Ok(gone)
}

/// Removes the record, unless it tells of another process.
fn forget(daemon: &Daemon, pid: i32, held: &Lock) -> Result<(), FileError> {
    let path = daemon.record_file();
    let record = run_record::read(&path).filter(|record| record.identity.pid == pid);
    run_record::change(&path, held, record.as_ref(), None)
}
