//! Ending a daemon, and what is done with its files.

use std::time::Duration;

use super::failure::Failure;
use super::{Ending, Force, KILL_TIMEOUT, millis};
use crate::model::config::Daemon;
use crate::model::record::{Identity, Phase};
use crate::model::status::Alive;
use crate::os::process::{Gone, Handle};
use crate::os::{pid_file, private_file, process, run_record};

/// Ends a process that is known to be the daemon.
pub(super) fn end(
    daemon: &Daemon,
    alive: &Alive,
    timeout: Duration,
    force: Force,
) -> Result<Ending, Failure> {
    let pid = alive.identity.pid;
    let failed = |source| Failure::Process { pid, source };
    let Ok(handle) = Handle::open(&alive.identity).map_err(failed)? else {
        return Ok(Ending::ByItself);
    };
    // Before the signal: whoever looks at the process when it is gone must find that
    // it was asked to go.
    let phase = announce_stop(daemon, &alive.identity, timeout)?;
    tracing::debug!("sends SIGTERM to pid {pid}, and waits {timeout:?}");
    if handle.terminate().map_err(failed)? == Err(Gone) {
        return Ok(Ending::ByItself);
    }
    if handle.wait(timeout).map_err(failed)? {
        return Ok(Ending::Terminated);
    }
    let killed = force == Force::Kill;
    if killed {
        tracing::debug!("sends SIGKILL to pid {pid} and its process group");
        let Ok(group) = handle.kill_group().map_err(failed)? else {
            return Ok(Ending::Terminated);
        };
        if handle.wait(KILL_TIMEOUT).map_err(failed)? {
            return Ok(Ending::Killed { group });
        }
    }
    if let Some(phase) = phase {
        set_phase(daemon, &alive.identity, phase)?;
    }
    Err(Failure::StillRunning {
        pid,
        waited: timeout,
        killed,
    })
}

/// Notes in the record that a stop was asked for; returns the phase before.
fn announce_stop(
    daemon: &Daemon,
    identity: &Identity,
    timeout: Duration,
) -> Result<Option<Phase>, Failure> {
    let deadline = process::boot_clock() + timeout + KILL_TIMEOUT;
    set_phase(
        daemon,
        identity,
        Phase::Stopping {
            deadline_ms: millis(deadline),
        },
    )
}

fn set_phase(daemon: &Daemon, identity: &Identity, phase: Phase) -> Result<Option<Phase>, Failure> {
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
    private_file::remove(&daemon.record_file())?;
    Ok(gone)
}
