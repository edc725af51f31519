//! What belongs to a daemon besides its own process: the processes of its session, and those that
//! left it.
//!
//! A daemon leads its own session and process group, both numbered by its PID. No new process is
//! given that number while a process of either is alive (POSIX, `fork()`).
//!
//! A process that leaves the session is recognised by its environment: each start gives the daemon
//! a unique mark, which its descendants inherit unless it is removed.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;

use nix::unistd::{self, Pid};

use super::{Gone, Handle, Signal, boot_id, is_forbidden, our_uid, platform, see};
use crate::model::life::observation::{ProcessFacts, ProcessSeen};
use crate::model::life::record::{Identity, RunRecord};

/// The variable of the environment by which what a daemon started is known.
pub const MARK: &str = "INNEROS_RUN";

/// A mark that nobody else has.
pub fn new_mark() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// By what the processes of a daemon are found.
#[derive(Debug)]
pub struct Family {
    daemon: Identity,
    /// The numbers of the sessions that were made by the daemon, or by those before it.
    sessions: Vec<i32>,
    /// The number of its process group, where it leads no session.
    group: Option<i32>,
    /// The entry of the environment that each of them has inherited, where it was given one.
    mark: Option<String>,
    /// None of them was started before this (see [`Identity::start_token`]).
    since: u64,
}

impl Family {
    /// Of a daemon that we have started, alive or gone.
    pub fn recorded(record: &RunRecord) -> Self {
        let daemon = record.identity.clone();
        let before = record.forerunner.as_ref();
        let sessions = before.map(|before| [Some(before.pid), before.session]);
        Self {
            since: before.map_or(daemon.start_token, |before| before.start_token),
            sessions: [Some(daemon.pid)]
                .into_iter()
                .chain(sessions.into_iter().flatten())
                .flatten()
                .collect(),
            group: None,
            mark: record.mark.as_ref().map(|mark| format!("{MARK}={mark}")),
            daemon,
        }
    }

    /// Of a living daemon that somebody else has started: what it leads is its own.
    pub fn led_by(daemon: &Identity) -> Self {
        let pid = Pid::from_raw(daemon.pid);
        let leads = |led: nix::Result<Pid>| (led == Ok(pid)).then_some(daemon.pid);
        let sessions = Vec::from_iter(leads(unistd::getsid(Some(pid))));
        Self {
            group: leads(unistd::getpgid(Some(pid))).filter(|_| sessions.is_empty()),
            sessions,
            // What it has may be that of a daemon that started it.
            mark: None,
            since: daemon.start_token,
            daemon: daemon.clone(),
        }
    }

    /// Those that are alive besides the daemon: of this boot, and not older than it. This process
    /// and those that it descends from are not among them; those of other users are.
    pub fn members(&self) -> Vec<ProcessFacts> {
        /// Whoever forks and ends meanwhile has a child that the list made before does not have:
        /// those that have come are looked at, too, up to so many times.
        const PASSES: usize = 8;
        if boot_id().is_ok_and(|boot| boot != self.daemon.boot_id) {
            return Vec::new();
        }
        let ours = |number: &i32| *number > 1 && self.is_no_strangers(*number);
        let sessions: Vec<i32> = self.sessions.iter().copied().filter(ours).collect();
        let group = self.group.filter(ours);
        let is_member = |pid: &i32| is_of(*pid, &sessions, group) || self.is_marked(*pid);
        let mut listed = HashSet::new();
        let mut members = Vec::new();
        for _ in 0..PASSES {
            let mut new = platform::pids();
            new.retain(|pid| listed.insert(*pid));
            if new.is_empty() {
                break;
            }
            members.extend(
                new.into_iter()
                    .filter(is_member)
                    .filter_map(|pid| self.living(pid)),
            );
        }
        members
    }

    /// What is seen of a process that may be one of them.
    fn living(&self, pid: i32) -> Option<ProcessFacts> {
        let facts = match see(pid, &self.daemon.boot_id) {
            ProcessSeen::Alive(facts) => facts,
            // A zombie holds nothing any more.
            ProcessSeen::Gone | ProcessSeen::Hidden(_) => return None,
        };
        let start = facts.identity.start_token;
        (facts.identity != self.daemon
            && !is_forbidden(pid)
            && is_no_older(start, self.since, platform::STARTS_ARE_ORDERED))
        .then_some(facts)
    }

    /// Signals one of them, through a handle that is known to be on one; SIGCONT follows, for a
    /// suspended process must be able to act on it. Whether it was there. Nobody signals a
    /// process of another user.
    pub fn signal(&self, member: &ProcessFacts, signal: Signal) -> io::Result<bool> {
        if member.uid != our_uid() {
            return Ok(false);
        }
        let identity = &member.identity;
        let Ok(handle) = Handle::open(identity)? else {
            return Ok(false);
        };
        // The handle is open: a process that took the PID since then would not be reached.
        if !is_of(identity.pid, &self.sessions, self.group) && !self.is_marked(identity.pid) {
            return Ok(false);
        }
        Ok(handle.ask_to_end(signal)? != Err(Gone))
    }

    /// Whether a process has the daemon's mark.
    fn is_marked(&self, pid: i32) -> bool {
        let mark = self.mark.as_ref();
        mark.is_some_and(|mark| platform::was_given(pid, mark, self.since))
    }

    /// Whether a process that has this number as its PID now is one of those that made the
    /// family; if there is another, the number was given anew.
    fn is_no_strangers(&self, number: i32) -> bool {
        match see(number, &self.daemon.boot_id) {
            ProcessSeen::Gone => true,
            ProcessSeen::Alive(facts) => {
                facts.identity == self.daemon || facts.identity.start_token == self.since
            }
            ProcessSeen::Hidden(_) => false,
        }
    }
}

/// The session in which a process is that made none itself, where it was made for it: by a
/// process that is gone by now, and that led the process group, too.
pub fn made_session(pid: i32) -> Option<i32> {
    let number = Some(Pid::from_raw(pid));
    let session = unistd::getsid(number).ok()?;
    let led = unistd::getpgid(number) == Ok(session);
    let gone = see(session.as_raw(), "") == ProcessSeen::Gone;
    (led && gone && session.as_raw() != pid).then_some(session.as_raw())
}

fn is_of(pid: i32, sessions: &[i32], group: Option<i32>) -> bool {
    let number = Some(Pid::from_raw(pid));
    unistd::getsid(number).is_ok_and(|session| sessions.contains(&session.as_raw()))
        || group.is_some_and(|group| unistd::getpgid(number) == Ok(Pid::from_raw(group)))
        || platform::group_at_its_end(pid)
            .is_some_and(|own| sessions.contains(&own) || group == Some(own))
}

/// Whether a process was not started before the daemon. Where start times follow the wall clock,
/// one that was set back makes what the daemon started look older: there they tell nothing.
fn is_no_older(start: u64, daemon: u64, starts_are_ordered: bool) -> bool {
    !starts_are_ordered || start >= daemon
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_hides_nobody() {
        assert!(is_no_older(7, 7, true) && is_no_older(8, 7, true));
        assert!(!is_no_older(6, 7, true));
        assert!(is_no_older(6, 7, false));
    }
}
