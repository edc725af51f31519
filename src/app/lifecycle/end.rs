//! Ending a daemon, and what is done with its files.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::left::{LINGER, kill_left_by, left_by, left_by_recorded};
use super::{Ending, Force, KILL_TIMEOUT, Stopped, millis};
use crate::model::config::{Daemon, PidFileOwner};
use crate::model::life::observation::Observation;
use crate::model::life::record::{Exit, Identity, Phase, RunRecord};
use crate::model::life::status::{Alive, Crash};
use crate::model::words;
use crate::os::private_file::FileError;
use crate::os::process::{Gone, Handle, Signal};
use crate::os::{pid_file, private_file, process, run_record};

/// Stops a process that is known to be the daemon. What it has left of its group is told
/// of, or killed with `force`, where the daemon is the recorded one.
pub(super) fn stop_alive(
    daemon: &Daemon,
    alive: &Alive,
    recorded: bool,
    timeout: Duration,
    force: Force,
    signal: Signal,
) -> Result<Stopped, Failure> {
    let begin = Instant::now();
    let how = end(daemon, alive, timeout, force, signal)?;
    let identity = &alive.identity;
    let mut stopped = Stopped {
        pid: identity.pid,
        how,
        left: Vec::new(),
        killed: Vec::new(),
    };
    pid_file::remove(&daemon.pid_file, identity.pid)?;
    if recorded {
        match force {
            Force::No => stopped.left = left_by(identity, LINGER)?,
            Force::Kill => {
                let time = timeout.saturating_sub(begin.elapsed()).max(LINGER);
                left_by(identity, time)?;
                stopped.killed = kill_left_by(identity)?;
            }
        }
    }
    if stopped.left.is_empty() {
        run_record::remove(&daemon.record_file(), identity.pid)?;
    }
    // Else the record stays, by which a later stop finds what is left.
    Ok(stopped)
}

/// A stop where the daemon does not run: what it has left is told of, or killed with
/// `force`. A crash whose PID file may be there yet, or that a supervisor was about to
/// answer, is over with it.
pub(super) fn stop_gone(
    daemon: &Daemon,
    seen: &Observation,
    crash: Option<&Crash>,
    force: Force,
) -> Result<Stopped, Failure> {
    let supervised = crash.filter(|crash| crash.supervised.is_some());
    let mut killed = Vec::new();
    if let Some((identity, left)) = left_by_recorded(seen)? {
        match force {
            // The files stay: by the record a later stop finds what is left.
            Force::No => {
                if let (Some(crash), Some(record)) = (supervised, &seen.record) {
                    leave_be(daemon, record, crash)?;
                    return Ok(Stopped {
                        pid: crash.pid,
                        how: Ending::BeforeRestart,
                        left,
                        killed,
                    });
                }
                return Err(Failure::NotRunning {
                    tidied: false,
                    left,
                });
            }
            Force::Kill => killed = kill_left_by(identity)?,
        }
    }
    let there = fs::symlink_metadata(&daemon.pid_file).is_ok();
    // Whoever stopped it may not have lived to remove its PID file.
    let pid = crash
        .map(|crash| crash.pid)
        .or_else(|| seen.record.as_ref().map(|record| record.identity.pid));
    let gone = pid.map(|pid| tidy(daemon, pid)).transpose()?;
    if pid.is_none() {
        // One that cannot be read.
        private_file::remove(&daemon.record_file())?;
    }
    if let Some(crash) = supervised {
        return Ok(Stopped {
            pid: crash.pid,
            how: Ending::BeforeRestart,
            left: Vec::new(),
            killed,
        });
    }
    match &seen.record {
        Some(record) if !killed.is_empty() => Ok(Stopped {
            pid: record.identity.pid,
            how: Ending::Earlier,
            left: Vec::new(),
            killed,
        }),
        Some(_) | None => Err(Failure::NotRunning {
            tidied: crash.is_some() && there && gone == Some(true),
            left: Vec::new(),
        }),
    }
}

/// Takes the record of a crashed daemon out of its supervisor's hands.
fn leave_be(daemon: &Daemon, record: &RunRecord, crash: &Crash) -> Result<(), Failure> {
    let left_alone = RunRecord {
        supervisor: None,
        phase: Phase::Ended {
            exit: crash.exit,
            at: crash.at.unwrap_or(record.started_at),
        },
        ..record.clone()
    };
    run_record::write(&daemon.record_file(), &left_alone)?;
    Ok(())
}

/// Ends a process that is known to be the daemon, by `signal` where it obeys.
fn end(
    daemon: &Daemon,
    alive: &Alive,
    timeout: Duration,
    force: Force,
    signal: Signal,
) -> Result<Ending, Failure> {
    let pid = alive.identity.pid;
    let failed = |source| Failure::Process { pid, source };
    let Ok(handle) = Handle::open(&alive.identity).map_err(failed)? else {
        return Ok(Ending::ByItself);
    };
    // Before the signal: whoever looks at the process when it is gone must find that
    // it was asked to go.
    let noted = announce_stop(daemon, &alive.identity, timeout)?;
    tracing::debug!(
        "sends {} to pid {pid}, and waits {timeout:?}",
        words::exit(Exit::Signal(signal.as_raw()))
    );
    let lives_on = || {
        if let Err(error) = take_back(daemon, &alive.identity, noted) {
            tracing::warn!("cannot take back that a stop was asked for: {error}");
        }
    };
    match handle.ask_to_end(signal) {
        Ok(Ok(())) => {}
        Ok(Err(Gone)) => return Ok(Ending::ByItself),
        Err(error) => {
            lives_on();
            return Err(failed(error));
        }
    }
    // From here on it may end at any moment, and was asked to: where it cannot be watched
    // the note stays, until its time is over.
    if let Some(how) = see_it_end(&handle, pid, timeout, force).map_err(failed)? {
        return Ok(how);
    }
    lives_on();
    Err(Failure::StillRunning {
        pid,
        waited: timeout,
        killed: force == Force::Kill,
    })
}

/// Waits for the end of a process that was asked to end; nothing is returned where it lives
/// on.
fn see_it_end(
    handle: &Handle,
    pid: i32,
    timeout: Duration,
    force: Force,
) -> io::Result<Option<Ending>> {
    if wait_for(handle, timeout)? {
        return Ok(Some(Ending::Terminated));
    }
    if force == Force::No {
        return Ok(None);
    }
    tracing::debug!("sends SIGKILL to pid {pid} and its process group");
    let Ok(group) = handle.kill_group()? else {
        return Ok(Some(Ending::Terminated));
    };
    Ok(wait_for(handle, KILL_TIMEOUT)?.then_some(Ending::Killed { group }))
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
    /// In the record, in the place of this phase.
    Record(Phase),
    /// By removing the PID file.
    Removal,
    /// Not at all: there is no record, or the PID file is the daemon's own to remove.
    Not,
}

/// Notes that a stop was asked for. A disk that is full does not keep a daemon from being
/// stopped: a record without a PID file tells of a stop, too.
fn announce_stop(
    daemon: &Daemon,
    identity: &Identity,
    timeout: Duration,
) -> Result<Noted, Failure> {
    let deadline = process::boot_clock() + timeout + KILL_TIMEOUT;
    let stopping = Phase::Stopping {
        deadline_ms: millis(deadline),
    };
    match set_phase(daemon, identity, stopping) {
        Ok(before) => Ok(before.map_or(Noted::Not, Noted::Record)),
        Err(error) if error.is_no_room() => {
            tracing::warn!("cannot note that a stop was asked for: {}", error.source);
            let removed = daemon.pid_file_owner == PidFileOwner::Manager
                && pid_file::remove(&daemon.pid_file, identity.pid)?;
            Ok(if removed { Noted::Removal } else { Noted::Not })
        }
        Err(error) => Err(error.into()),
    }
}

fn take_back(daemon: &Daemon, identity: &Identity, noted: Noted) -> Result<(), FileError> {
    match noted {
        Noted::Record(phase) => set_phase(daemon, identity, phase).map(|_| ()),
        Noted::Removal => pid_file::write(&daemon.pid_file, identity.pid),
        Noted::Not => Ok(()),
    }
}

fn set_phase(
    daemon: &Daemon,
    identity: &Identity,
    phase: Phase,
) -> Result<Option<Phase>, FileError> {
    let path = daemon.record_file();
    let Some(mut record) = run_record::read(&path).filter(|r| r.identity == *identity) else {
        return Ok(None);
    };
    let before = std::mem::replace(&mut record.phase, phase);
    run_record::write(&path, &record)?;
    Ok(Some(before))
}

/// Removes what a daemon that is gone has left: the PID file first, for a record
/// without one tells of a daemon that was stopped, and not of one that crashed.
pub(super) fn tidy(daemon: &Daemon, pid: i32) -> Result<bool, Failure> {
    let gone = pid_file::remove(&daemon.pid_file, pid)?;
    run_record::remove(&daemon.record_file(), pid)?;
    Ok(gone)
}
