//! Processes that a daemon started and that outlive it.

use std::io;
use std::time::{Duration, Instant};

use super::KILL_TIMEOUT;
use super::failure::Failure;
use crate::model::life::observation::{Observation, ProcessFacts, ProcessSeen};
use crate::model::life::record::Identity;
use crate::model::words;
use crate::os::process;

/// How long what a daemon started may take to end after it: the last command of a
/// script, a worker whose pipe is closed.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// A process of the daemon's group that outlived it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// Its PID.
    pub pid: i32,
    /// Its command line, program first.
    pub command_line: Vec<String>,
}

impl Left {
    /// That they are alive, of one or more: `2 processes that it started are still
    /// alive: pid 813 (sleep 300), pid 814 (sleep 300)`.
    pub fn sentence(left: &[Left], starter: &str) -> String {
        let names = Left::names(left);
        match left.len() {
            1 => format!("1 process that {starter} started is still alive: {names}"),
            count => format!("{count} processes that {starter} started are still alive: {names}"),
        }
    }

    /// How to end them, as long as their daemon's record is there.
    pub fn way_out(left: &[Left]) -> String {
        let them = if left.len() == 1 { "it" } else { "them" };
        format!("`inneros daemon stop --force` ends {them}")
    }

    /// A few of them, and how many more there are.
    pub fn names(left: &[Left]) -> String {
        const MOST: usize = 3;
        let named: Vec<String> = left
            .iter()
            .take(MOST)
            .map(|Left { pid, command_line }| match command_line.as_slice() {
                [] => format!("pid {pid}"),
                line => format!("pid {pid} ({})", words::command(line)),
            })
            .collect();
        match left.len().saturating_sub(MOST) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    }
}

impl From<ProcessFacts> for Left {
    fn from(facts: ProcessFacts) -> Self {
        Self {
            pid: facts.identity.pid,
            command_line: facts.command_line,
        }
    }
}

/// The recorded daemon, if it is gone, and what it has left.
pub(super) fn left_by_recorded(
    seen: &Observation,
) -> Result<Option<(&Identity, Vec<Left>)>, Failure> {
    match &seen.record {
        Some(record) if seen.recorded == ProcessSeen::Gone => {
            let left = left_by(&record.identity, LINGER)?;
            Ok((!left.is_empty()).then_some((&record.identity, left)))
        }
        Some(_) | None => Ok(None),
    }
}

/// What a daemon that is gone has left once `time` is over, or nothing as soon as
/// nothing is left.
pub(super) fn left_by(daemon: &Identity, time: Duration) -> Result<Vec<Left>, Failure> {
    let left = process::wait_for_left_behind(daemon, time).map_err(failed(daemon.pid))?;
    let left: Vec<Left> = left.into_iter().map(Left::from).collect();
    if !left.is_empty() {
        tracing::warn!("pid {} has left {}", daemon.pid, Left::names(&left));
    }
    Ok(left)
}

/// Kills what a daemon that is gone has left, and returns what that was.
pub(super) fn kill_left_by(daemon: &Identity) -> Result<Vec<Left>, Failure> {
    // One that made another just before its end leaves that one.
    const AGAIN: Duration = Duration::from_millis(100);
    let deadline = Instant::now() + KILL_TIMEOUT;
    let mut killed = Vec::<Left>::new();
    loop {
        let left = process::left_behind(daemon);
        let Some(first) = left.first() else {
            return Ok(killed);
        };
        let pid = first.identity.pid;
        if Instant::now() >= deadline {
            return Err(failed(pid)(io::Error::other("it does not end at SIGKILL")));
        }
        for facts in left {
            let pid = facts.identity.pid;
            tracing::debug!("sends SIGKILL to pid {pid}, which the daemon left");
            let there = process::kill_left_behind(daemon, &facts.identity).map_err(failed(pid))?;
            if there && killed.iter().all(|earlier| earlier.pid != pid) {
                killed.push(facts.into());
            }
        }
        left_by(daemon, AGAIN)?;
    }
}

fn failed(pid: i32) -> impl FnOnce(io::Error) -> Failure {
    move |source| Failure::Process { pid, source }
}
