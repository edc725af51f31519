//! Why the daemon is as it is: what it said itself of what went wrong, and what follows
//! from that.

use std::path::Path;

use super::errors::LoggedErrors;
use crate::model::config::{Daemon, Managed};
use crate::model::life::health;
use crate::model::life::observation::{Observation, Said};
use crate::model::life::port;
use crate::model::life::record::RunRecord;
use crate::model::life::status::{Crash, Status};
use crate::model::text;
use crate::os::{log_files, process, run_record};

/// Explains one look after the other: what was found out once is remembered.
#[derive(Debug, Default)]
pub struct Explainer {
    errors: LoggedErrors,
    /// Of which process the end was explained last, and how.
    crash: Option<(i32, Option<String>)>,
}

impl Explainer {
    /// What the daemon said of what went wrong; of a crash also its cause, where that can be
    /// found out.
    pub fn explain(
        &mut self,
        managed: &Managed,
        seen: &Observation,
        status: &Status,
    ) -> (Said, Option<String>) {
        let said = self.said(&managed.daemon, seen, status);
        let Some(crash) = status.crash() else {
            self.crash = None;
            return (said, None);
        };
        if self.crash.as_ref().is_none_or(|(of, _)| *of != crash.pid) {
            let logged = said.logged.as_ref().map(|entry| entry.message.clone());
            let words: Vec<String> = logged.into_iter().chain(said.last_line.clone()).collect();
            self.crash = Some((crash.pid, cause(managed, &words)));
        }
        let cause = self.crash.as_ref().and_then(|(_, cause)| cause.clone());
        (said, cause)
    }

    fn said(&mut self, daemon: &Daemon, seen: &Observation, status: &Status) -> Said {
        let (since, last_line) = match status {
            Status::Crashed(crash) | Status::CrashLooping { crash, .. } => {
                let Some(record) = recorded(seen, crash) else {
                    return Said::default();
                };
                let output = last_output(&record.output, record.output_start).pop();
                (record.started_at, output)
            }
            Status::Starting(alive)
            | Status::Running(alive)
            | Status::Unhealthy { alive, .. }
            | Status::Stopping(alive) => (alive.started_at, None),
            Status::Stopped(_) | Status::Foreign(_) | Status::Unknown { .. } => {
                return Said::default();
            }
        };
        let (logged, unrecognised) = self.errors.last(daemon, since, seen.now.wall);
        Said {
            logged,
            last_line,
            unrecognised,
        }
    }
}

/// The record of the start that led to a crash.
fn recorded<'a>(seen: &'a Observation, crash: &Crash) -> Option<&'a RunRecord> {
    let record = seen.record.as_ref();
    record.filter(|record| record.identity.pid == crash.pid)
}

/// What the last words of a daemon say of why it ended.
pub fn cause(managed: &Managed, words: &[String]) -> Option<String> {
    let url = managed.health.as_ref().map(|check| check.url.as_str());
    let usual = url.and_then(health::port);
    let mut ports = words
        .iter()
        .rev()
        .filter_map(|line| port::taken(line, usual));
    let port = ports.next()?;
    let holder = process::listener(port);
    let holder = holder
        .as_ref()
        .map(|holder| (holder.pid, holder.name.as_str()));
    Some(port::sentence(port, holder))
}

/// The last lines that the recorded daemon wrote, at most five.
pub fn last_words(daemon: &Daemon) -> Vec<String> {
    run_record::read(&daemon.record_file())
        .map(|record| last_output(&record.output, record.output_start))
        .unwrap_or_default()
}

/// The last lines of the capture file that say something, at most five, none of them
/// from before the offset `start`.
pub fn last_output(path: &Path, start: u64) -> Vec<String> {
    const LONGEST: usize = 500;
    let text = log_files::tail_from(path, start, 20).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    lines[lines.len().saturating_sub(5)..]
        .iter()
        .map(|line| text::shortened(line, LONGEST))
        .collect()
}
