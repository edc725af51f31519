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
use std::time::{Duration, Instant};

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

/// Whether all were met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// They were, or those who were not are gone.
    All,
    /// This process group has members, and they come and go too fast to be met.
    NotAll {
        /// Its number.
        group: i32,
    },
}

/// By what the processes of a daemon are found.
#[derive(Debug)]
pub struct Family {
    daemon: Identity,
    /// The numbers of the sessions that were made by the daemon, or by those before it.
    sessions: Vec<i32>,
    /// The number of its process group, if it leads no session.
    group: Option<i32>,
    /// The entry of the environment that each of them has inherited, if it was given one.
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

    /// Of a process of this boot that is gone, and of which nothing is known but its number.
    pub fn once_led(pid: i32, boot_id: &str) -> Self {
        Self {
            daemon: Identity {
                pid,
                start_token: 0,
                boot_id: boot_id.to_owned(),
            },
            sessions: vec![pid],
            group: Some(pid),
            mark: None,
            since: 0,
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

    /// Those that are alive besides the daemon (see [`Family::meet`]).
    pub fn members(&self) -> Vec<ProcessFacts> {
        let mut members = Vec::new();
        self.meet(|member| members.push(member));
        members
    }

    /// Meets those that are alive besides the daemon, the youngest first: of this boot, and not older
    /// than it. This process and those that it descends from are not among them; those of other users
    /// are.
    ///
    /// A process that forks and ends at once, as its children do, may be gone before it is met. So
    /// what has come meanwhile is looked at, too, until nothing has come and gone unseen; what cannot
    /// be met that way, in its time, is known to be there all the same while the group is.
    pub fn meet(&self, mut met: impl FnMut(ProcessFacts)) -> Met {
        /// On a busy computer there may always be somebody else who comes and goes.
        const LONGEST: Duration = Duration::from_secs(1);
        if boot_id().is_ok_and(|boot| boot != self.daemon.boot_id) {
            return Met::All;
        }
        let ours = |number: &i32| *number > 1 && self.is_no_strangers(*number);
        let sessions: Vec<i32> = self.sessions.iter().copied().filter(ours).collect();
        let group = self.group.filter(ours);
        let is_in_group = |pid| {
            let led = unistd::getpgid(Some(Pid::from_raw(pid))).map(Pid::as_raw);
            led.is_ok_and(|led| sessions.contains(&led) || group == Some(led))
        };
        let mut listed = HashSet::new();
        // What keeps the group there and is known.
        let (mut met_any, mut is_explained) = (false, false);
        let begin = Instant::now();
        loop {
            let mut new = platform::pids();
            new.retain(|pid| listed.insert(*pid));
            let mut missed = false;
            for pid in new.into_iter().rev() {
                let is_here = is_of(pid, &sessions, group);
                match self.is_marked(pid) {
                    None if !is_here => missed = true,
                    // It may be in the group, and in another session.
                    Some(false) if !is_here => is_explained |= is_in_group(pid),
                    Some(_) | None => match see(pid, &self.daemon.boot_id) {
                        ProcessSeen::Alive(facts) if self.has(&facts) => {
                            met_any = true;
                            met(facts);
                        }
                        ProcessSeen::Alive(_) | ProcessSeen::Hidden(_) => is_explained |= is_here,
                        // A zombie holds nothing any more.
                        ProcessSeen::Gone => {
                            missed = true;
                            is_explained |= is_of(pid, &sessions, group);
                        }
                    },
                }
            }
            if !missed {
                return Met::All;
            }
            if begin.elapsed() >= LONGEST {
                let mut groups = sessions.iter().chain(&group).copied();
                let elusive = groups.find(|group| is_there(*group));
                return match elusive.filter(|_| !met_any && !is_explained) {
                    Some(group) => Met::NotAll { group },
                    None => Met::All,
                };
            }
        }
    }

    /// Whether a process that is of the session, or marked, is of the family.
    fn has(&self, facts: &ProcessFacts) -> bool {
        let start = facts.identity.start_token;
        facts.identity != self.daemon
            && !is_forbidden(facts.identity.pid)
            && is_no_older(start, self.since, platform::STARTS_ARE_ORDERED)
    }

    /// Whether one of them has left the daemon's session and group, and is known by the mark alone.
    pub fn is_away(&self, member: &ProcessFacts) -> bool {
        !is_of(member.identity.pid, &self.sessions, self.group)
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
        if !is_of(identity.pid, &self.sessions, self.group)
            && self.is_marked(identity.pid) != Some(true)
        {
            return Ok(false);
        }
        Ok(handle.ask_to_end(signal)? != Err(Gone))
    }

    /// Whether a process has the daemon's mark; nothing if it is dead.
    fn is_marked(&self, pid: i32) -> Option<bool> {
        match &self.mark {
            Some(mark) => platform::was_given(pid, mark, self.since),
            None => unistd::getsid(Some(Pid::from_raw(pid))).ok().map(|_| false),
        }
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

/// The session in which a process is that made none itself, if it was made for it: by a
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

/// Whether a process group has a member; nothing is signalled.
fn is_there(group: i32) -> bool {
    let seen = rustix::process::Pid::from_raw(group).map(rustix::process::test_kill_process_group);
    seen.is_some_and(|seen| seen != Err(rustix::io::Errno::SRCH))
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
