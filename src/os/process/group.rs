//! What is left of the process group of a leader that is gone.
//!
//! A daemon leads a session and a process group of its own, both numbered by its PID. No
//! new process is given that number while a process of either lives (POSIX, `fork()`).

use std::io;
use std::time::{Duration, Instant};

use nix::unistd::{self, Pid};
use rustix::process::Signal;

use super::{Gone, Handle, boot_id, is_forbidden, look, our_uid, platform};
use crate::model::life::observation::{ProcessFacts, ProcessSeen};
use crate::model::life::record::Identity;

/// The live processes of the group that `leader` led, which must be gone itself: of this
/// boot and this user, in the session that it made, and not older than it. This process and
/// those that it descends from are not among them.
///
/// Every process of the computer is looked at only where the group has a member.
pub fn left_behind(leader: &Identity) -> Vec<ProcessFacts> {
    let same_boot = || boot_id().is_ok_and(|boot| boot == leader.boot_id);
    if !has_members(leader.pid) || !same_boot() {
        return Vec::new();
    }
    platform::pids_of_group(leader.pid)
        .into_iter()
        .filter_map(|pid| match look(pid, &leader.boot_id) {
            ProcessSeen::Alive(facts) => Some(facts),
            // A zombie holds nothing any more.
            ProcessSeen::Gone | ProcessSeen::Hidden(_) => None,
        })
        .filter(|facts| {
            facts.uid == our_uid()
                && facts.identity.pid != leader.pid
                && !is_forbidden(facts.identity.pid)
                && facts.identity.start_token >= leader.start_token
                && is_of(facts.identity.pid, leader.pid)
        })
        .collect()
}

/// Kills one of them: SIGKILL, through a handle that is known to be on a process of the
/// group. Returns whether it was there.
pub fn kill_left_behind(leader: &Identity, member: &Identity) -> io::Result<bool> {
    let Ok(handle) = Handle::open(member)? else {
        return Ok(false);
    };
    // The handle is open: a process that took the PID since then would not be reached.
    if !is_of(member.pid, leader.pid) {
        return Ok(false);
    }
    Ok(handle.signal(Signal::KILL)? != Err(Gone))
}

/// Waits until the group has no member that [`left_behind`] would give, for at most
/// `timeout`; returns who is still there.
pub fn wait_for_left_behind(leader: &Identity, timeout: Duration) -> io::Result<Vec<ProcessFacts>> {
    let deadline = Instant::now() + timeout;
    loop {
        let left = left_behind(leader);
        if left.is_empty() || Instant::now() >= deadline {
            return Ok(left);
        }
        for facts in left {
            if let Ok(handle) = Handle::open(&facts.identity)? {
                handle.wait(deadline.saturating_duration_since(Instant::now()))?;
            }
        }
    }
}

/// Whether a group has a member, be it a zombie: asked with signal 0, which does nothing.
fn has_members(group: i32) -> bool {
    super::pid_of(group)
        .filter(|_| group > 1)
        .is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
}

/// Whether a process is in the group and in the session of this number.
fn is_of(pid: i32, group: i32) -> bool {
    let pid = Some(Pid::from_raw(pid));
    let group = Ok(Pid::from_raw(group));
    unistd::getpgid(pid) == group && unistd::getsid(pid) == group
}
