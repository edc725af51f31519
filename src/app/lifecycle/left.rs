//! Processes that a daemon started and that outlive it.

use std::collections::HashSet;
use std::io;
use std::time::{Duration, Instant};

use super::KILL_TIMEOUT;
use crate::model::life::observation::{Observation, ProcessFacts, ProcessSeen};
use crate::model::life::plan::Farewell;
use crate::model::words;
use crate::os::process::{self, Family, Handle, Met, Signal};

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

    /// The same of some place.
    pub fn still_there(left: &[Left]) -> String {
        let alive = Left::still_alive(left);
        match left.len() {
            1 => format!("1 process is {alive}"),
            count => format!("{count} processes are {alive}"),
        }
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
    /// What has ended when it was asked to, and had left the daemon's session: a program that
    /// somebody may still use.
    pub(super) ended: Vec<Left>,
}

impl SeenOff {
    /// By PID: they were met the youngest first.
    fn in_order(mut self) -> Self {
        for shown in [&mut self.left, &mut self.killed, &mut self.ended] {
            shown.sort_by_key(|left| left.pid);
        }
        self
    }
}

/// What does not end, or cannot be signalled.
#[derive(Debug)]
pub(super) struct NotKilled {
    pub(super) pid: i32,
    pub(super) source: io::Error,
}

impl NotKilled {
    /// Who is gone before it can be looked at, and has left another.
    fn elusive(pid: i32) -> Self {
        let why = "new processes come faster than they can be ended";
        Self {
            pid,
            source: io::Error::other(why),
        }
    }
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
    let mut asked = Asked::default();
    let left = wait_for(
        family,
        asks.then_some(&mut asked),
        time.max(LINGER),
        give_up,
    );
    let is_left = !matches!(&left, Ok(left) if left.is_empty());
    let mut seen_off = if farewell == Farewell::Kill && is_left && !give_up() {
        kill(family)?
    } else {
        let left = left?.into_iter().map(Left::from).collect();
        SeenOff {
            left,
            ..SeenOff::default()
        }
    };
    if !seen_off.left.is_empty() {
        tracing::warn!("it has left {}", Left::names(&seen_off.left));
    }
    let others = || seen_off.left.iter().chain(&seen_off.killed);
    asked
        .away
        .retain(|it| others().all(|other| other.pid != it.pid));
    seen_off.ended = asked.away;
    Ok(seen_off.in_order())
}

/// Who was asked to end.
#[derive(Debug, Default)]
struct Asked {
    known: HashSet<(i32, u64)>,
    /// Those of them who had left the session.
    away: Vec<Left>,
}

impl Asked {
    fn ask(&mut self, family: &Family, member: &ProcessFacts) {
        let identity = &member.identity;
        if !self.known.insert((identity.pid, identity.start_token)) {
            return;
        }
        tracing::debug!("asks pid {} to end, which the daemon left", identity.pid);
        let is_away = family.is_away(member);
        match family.signal(member, Signal::TERM) {
            Ok(true) if is_away => self.away.push(member.clone().into()),
            Ok(_) => {}
            Err(error) => tracing::warn!("cannot signal pid {}: {error}", identity.pid),
        }
    }
}

/// Waits until nothing is left, for at most `time`, and asks each to end where somebody is to
/// be, those that come meanwhile, too. Returns who is still there.
fn wait_for(
    family: &Family,
    mut asked: Option<&mut Asked>,
    time: Duration,
    give_up: &dyn Fn() -> bool,
) -> Result<Vec<ProcessFacts>, NotKilled> {
    const PAUSE: Duration = Duration::from_millis(20);
    let deadline = Instant::now() + time;
    loop {
        let mut left = Vec::new();
        let met = family.meet(|member| {
            if let Some(asked) = &mut asked {
                asked.ask(family, &member);
            }
            left.push(member);
        });
        let rest = deadline.saturating_duration_since(Instant::now());
        let goes_on = !rest.is_zero() && !give_up();
        match (met, left.first()) {
            (Met::NotAll { .. }, None) if goes_on => {}
            (Met::NotAll { group }, None) => return Err(NotKilled::elusive(group)),
            (Met::All, None) => return Ok(left),
            (Met::All | Met::NotAll { .. }, Some(first)) if goes_on => {
                match Handle::open(&first.identity) {
                    Ok(Ok(handle)) if handle.wait(PAUSE.min(rest)).is_ok() => {}
                    Ok(Err(process::Gone)) => {}
                    Ok(Ok(_)) | Err(_) => std::thread::sleep(PAUSE.min(rest)),
                }
            }
            (Met::All | Met::NotAll { .. }, Some(_)) => return Ok(still_there(left)),
        }
    }
}

/// Of those who were met, who is there yet: one at least, for who is gone has left another.
fn still_there(mut met: Vec<ProcessFacts>) -> Vec<ProcessFacts> {
    let is_there = |member: &ProcessFacts| !matches!(Handle::open(&member.identity), Ok(Err(_)));
    let last = met.last().cloned();
    met.retain(is_there);
    if met.is_empty() {
        met.extend(last);
    }
    met
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
        let before = known.len();
        let (mut count, mut others, mut failed) = (0, Vec::new(), None);
        // Each at once: it may make another and be gone before the others are met.
        let met = family.meet(|member| {
            if member.uid != process::our_uid() {
                others.push(Left::from(member));
                return;
            }
            count += 1;
            let pid = member.identity.pid;
            tracing::debug!("sends SIGKILL to pid {pid}, which the daemon left");
            match family.signal(&member, Signal::KILL) {
                Ok(true) if known.insert((pid, member.identity.start_token)) => {
                    killed.push(member.into());
                }
                Ok(_) => {}
                Err(source) => failed = Some(NotKilled { pid, source }),
            }
        });
        if let Some(failed) = failed {
            return Err(failed);
        }
        if count == 0 && met == Met::All {
            let seen_off = SeenOff {
                left: others,
                killed,
                ..SeenOff::default()
            };
            return Ok(seen_off.in_order());
        }
        // On a computer that is busy thousands of them need their time to go.
        if count < fewest || known.len() > before {
            fewest = fewest.min(count);
            deadline = Instant::now() + KILL_TIMEOUT;
        }
        if Instant::now() >= deadline.min(over) {
            let pid = killed.last().map_or(0, |left| left.pid);
            return Err(match met {
                Met::NotAll { group } => NotKilled::elusive(group),
                Met::All if deadline > over => NotKilled::elusive(pid),
                Met::All => NotKilled {
                    pid,
                    source: io::Error::other("it does not end at SIGKILL"),
                },
            });
        }
        let _ = wait_for(family, None, AGAIN, &|| false);
    }
}
