//! Processes that a daemon started and that outlive it.

use std::collections::HashSet;
use std::io;
use std::time::{Duration, Instant};

use super::KILL_TIMEOUT;
use crate::model::life::observation::{Observation, ProcessFacts, ProcessSeen};
use crate::model::life::plan::Farewell;
use crate::model::words;
use crate::os::process::{self, Family, Handle, Signal};

/// How long what a daemon started may take to end after it: the last command of a
/// script, a worker whose pipe is closed.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// A process of the daemon's session that outlived it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// Its PID.
    pub pid: i32,
    /// Its command line, program first.
    pub command_line: Vec<String>,
    /// Whether it is another user's, and so never signalled.
    pub of_another_user: bool,
}

impl Left {
    /// That they are alive, of one or more: `2 processes that it started are still
    /// alive: pid 813 (sleep 300), pid 814 (sleep 300)`.
    pub fn sentence(left: &[Left], starter: &str) -> String {
        let alive = Left::still_alive(left);
        match left.len() {
            1 => format!("1 process that {starter} started is {alive}"),
            count => format!("{count} processes that {starter} started are {alive}"),
        }
    }

    /// That they are, in few words: `still alive: pid 813 (sleep 300)`.
    pub fn still_alive(left: &[Left]) -> String {
        format!("still alive: {}", Left::names(left))
    }

    /// How to end them, as long as their daemon's record is there.
    pub fn way_out(left: &[Left]) -> String {
        let them = if left.len() == 1 { "it" } else { "them" };
        if left.iter().any(|left| !left.of_another_user) {
            format!("`inneros daemon stop --force` ends {them}")
        } else {
            format!("end {them} as the user whose process it is")
        }
    }

    /// A few of them, and how many more there are.
    pub fn names(left: &[Left]) -> String {
        const MOST: usize = 3;
        let named: Vec<String> = left.iter().take(MOST).map(Left::name).collect();
        match left.len().saturating_sub(MOST) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    }

    fn name(&self) -> String {
        let pid = self.pid;
        let whose = if self.of_another_user {
            " of another user"
        } else {
            ""
        };
        match self.command_line.as_slice() {
            [] => format!("pid {pid}{whose}"),
            line => format!("pid {pid} ({}){whose}", words::command(line)),
        }
    }
}

impl From<ProcessFacts> for Left {
    fn from(facts: ProcessFacts) -> Self {
        Self {
            pid: facts.identity.pid,
            command_line: facts.command_line,
            of_another_user: facts.uid != process::our_uid(),
        }
    }
}

/// By what is found what the recorded daemon has left, if it is gone.
pub(super) fn family_of_gone(seen: &Observation) -> Option<Family> {
    let record = seen.record.as_ref()?;
    (seen.recorded == ProcessSeen::Gone).then(|| Family::recorded(record))
}

/// What became of what a daemon has left.
#[derive(Debug, Default)]
pub(super) struct SeenOff {
    /// What is still alive.
    pub(super) left: Vec<Left>,
    /// What was killed.
    pub(super) killed: Vec<Left>,
}

/// What does not end, or cannot be signalled.
#[derive(Debug)]
pub(super) struct NotKilled {
    pub(super) pid: i32,
    pub(super) source: io::Error,
}

/// Sees off what a daemon that is gone has left, which has `time` to end. It is over sooner
/// where `give_up` says so.
pub(super) fn see_off(
    family: &Family,
    farewell: Farewell,
    time: Duration,
    give_up: &dyn Fn() -> bool,
) -> Result<SeenOff, NotKilled> {
    let asks = farewell != Farewell::Name;
    let time = if asks { time } else { LINGER };
    let left = wait_for(family, asks, time.max(LINGER), give_up);
    if farewell == Farewell::Kill && !left.is_empty() && !give_up() {
        return kill(family);
    }
    let left: Vec<Left> = left.into_iter().map(Left::from).collect();
    if !left.is_empty() {
        tracing::warn!("it has left {}", Left::names(&left));
    }
    Ok(SeenOff {
        left,
        killed: Vec::new(),
    })
}

/// Waits until nothing is left, for at most `time`, and asks each to end where `asks` says
/// so, those that come meanwhile, too. Returns who is still there.
fn wait_for(
    family: &Family,
    asks: bool,
    time: Duration,
    give_up: &dyn Fn() -> bool,
) -> Vec<ProcessFacts> {
    const PAUSE: Duration = Duration::from_millis(20);
    let deadline = Instant::now() + time;
    let mut asked = HashSet::new();
    loop {
        let left = family.members();
        for member in left.iter().filter(|_| asks) {
            let identity = &member.identity;
            if asked.insert((identity.pid, identity.start_token)) {
                tracing::debug!("asks pid {} to end, which the daemon left", identity.pid);
                if let Err(error) = family.signal(member, Signal::TERM) {
                    tracing::warn!("cannot signal pid {}: {error}", identity.pid);
                }
            }
        }
        let rest = deadline.saturating_duration_since(Instant::now());
        let Some(first) = left.first().filter(|_| !rest.is_zero() && !give_up()) else {
            return left;
        };
        match Handle::open(&first.identity) {
            Ok(Ok(handle)) if handle.wait(PAUSE.min(rest)).is_ok() => {}
            Ok(Err(process::Gone)) => {}
            Ok(Ok(_)) | Err(_) => std::thread::sleep(PAUSE.min(rest)),
        }
    }
}

/// Kills what a daemon that is gone has left.
pub(super) fn kill(family: &Family) -> Result<SeenOff, NotKilled> {
    // One that made another just before its end leaves that one.
    const AGAIN: Duration = Duration::from_millis(100);
    /// For thousands of them; who makes others faster than that is not waited for.
    const LONGEST: Duration = Duration::from_secs(60);
    let over = Instant::now() + LONGEST;
    let mut deadline = Instant::now() + KILL_TIMEOUT;
    let mut fewest = usize::MAX;
    let mut killed = Vec::<Left>::new();
    let mut known = HashSet::new();
    loop {
        let (ours, others): (Vec<_>, Vec<_>) = family
            .members()
            .into_iter()
            .partition(|member| member.uid == process::our_uid());
        let Some(first) = ours.first() else {
            let left = others.into_iter().map(Left::from).collect();
            return Ok(SeenOff { left, killed });
        };
        let pid = first.identity.pid;
        let failed = |source| NotKilled { pid, source };
        // On a computer that is busy thousands of them need their time to go.
        if ours.len() < fewest {
            fewest = ours.len();
            deadline = Instant::now() + KILL_TIMEOUT;
        }
        if Instant::now() >= deadline.min(over) {
            let why = if deadline > over {
                "new processes come faster than they can be killed"
            } else {
                "it does not end at SIGKILL"
            };
            return Err(failed(io::Error::other(why)));
        }
        let before = known.len();
        for member in ours {
            let pid = member.identity.pid;
            tracing::debug!("sends SIGKILL to pid {pid}, which the daemon left");
            let there = family.signal(&member, Signal::KILL).map_err(failed)?;
            if there && known.insert((pid, member.identity.start_token)) {
                killed.push(member.into());
            }
        }
        if known.len() > before {
            deadline = Instant::now() + KILL_TIMEOUT;
        }
        wait_for(family, false, AGAIN, &|| false);
    }
}
