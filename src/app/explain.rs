//! Why the daemon is in its state: what it said about the cause, and what follows from that.

use std::path::Path;

use chrono::{DateTime, FixedOffset};

use super::errors::LoggedErrors;
use crate::model::config::{Daemon, Managed};
use crate::model::life::command_line;
use crate::model::life::last_words;
use crate::model::life::observation::{Observation, Said, Search};
use crate::model::life::other_copy;
use crate::model::life::port;
use crate::model::life::record::RunRecord;
use crate::model::life::status::{Crash, Status};
use crate::model::{text, url};
use crate::os::{log_files, process, run_record};

/// The PID that it had, and when it ended, if that is known: a PID may be given anew.
type Ended = (i32, Option<DateTime<FixedOffset>>);

/// Explains one look after the other: what was found out once is remembered.
#[derive(Debug, Default)]
pub struct Explainer {
    errors: LoggedErrors,
    /// Which end was explained last, and how.
    crash: Option<(Ended, Option<String>)>,
}

impl Explainer {
    /// What the daemon said of what went wrong; of a crash also its cause, if that can be
    /// found out.
    pub fn explain(
        &mut self,
        managed: &Managed,
        seen: &Observation,
        status: &Status,
    ) -> (Said, Option<String>) {
        let said = self.said(managed, seen, status);
        let Some(crash) = status.crash() else {
            self.crash = None;
            return (said, None);
        };
        let ended = (crash.pid, crash.at);
        if self.crash.as_ref().is_none_or(|(of, _)| *of != ended) {
            let logged = said.logged.as_ref().map(|entry| entry.message.clone());
            let words: Vec<String> = logged.into_iter().chain(said.last_line.clone()).collect();
            let cause = cause(managed, &words);
            self.crash = Some((ended, cause.map(|cause| cause.sentence().to_owned())));
        }
        let cause = self.crash.as_ref().and_then(|(_, cause)| cause.clone());
        (said, cause)
    }

    fn said(&mut self, managed: &Managed, seen: &Observation, status: &Status) -> Said {
        const LONGEST: usize = 500;
        let daemon = &managed.daemon;
        let (since, last_line) = match status {
            Status::Crashed(crash) | Status::CrashLooping { crash, .. } => {
                let Some(record) = recorded(seen, crash) else {
                    return Said::default();
                };
                let output = told(managed, &record.output, record.output_start).pop();
                (
                    seen.started_at(record),
                    output.map(|line| text::shortened(&line, LONGEST)),
                )
            }
            Status::Starting(alive)
            | Status::Running(alive)
            | Status::Unhealthy { alive, .. }
            | Status::Stopping(alive) => (alive.started_at, None),
            Status::Stopped(_) | Status::Foreign(_) | Status::Unknown { .. } => {
                return Said::default();
            }
        };
        let (logged, unrecognised, activity) = self.errors.last(daemon, since, seen.now.wall);
        Said {
            logged,
            last_line,
            unrecognised,
            // Of one that has crashed the end is what matters.
            activity: status.alive().map(|_| activity).unwrap_or_default(),
        }
    }
}

/// The record of the start that led to a crash.
fn recorded<'a>(seen: &'a Observation, crash: &Crash) -> Option<&'a RunRecord> {
    let record = seen.record.as_ref();
    record.filter(|record| record.identity.pid == crash.pid)
}

/// What the last words of a daemon say of why it ended, and the way out.
pub fn cause(managed: &Managed, words: &[String]) -> Option<Cause> {
    let url = managed.health.as_ref().map(|check| check.url.as_str());
    let usual = url.and_then(url::port);
    let words = || words.iter().rev();
    if let Some(port) = words().find_map(|line| port::taken(line, usual)) {
        let holder = process::listener(port);
        let holder = holder
            .as_ref()
            .map(|holder| (holder.pid, holder.name.as_str()));
        return Some(Cause::Port(port::sentence(port, holder)));
    }
    let pid = words().find_map(|line| other_copy::named(line))?;
    let boot_id = process::boot_id().ok()?;
    let seen = process::see(pid, &boot_id);
    let command = &managed.daemon.command;
    Some(Cause::Copy(other_copy::sentence(pid, &seen, command)))
}

/// What hinders a daemon of which its last words say nothing: that it runs already, started
/// elsewhere.
pub fn copy(daemon: &Daemon) -> Option<Cause> {
    let pid = *copies(daemon).first()?;
    let sentence = format!(
        "pid {pid} runs the same command, started elsewhere; the whole output is in '{}'",
        daemon.output_file().display()
    );
    Some(Cause::Copy(sentence))
}

/// The processes of this user that run the configured command in its working folder, or in
/// none: the same command elsewhere may be another daemon.
pub fn copies(daemon: &Daemon) -> Vec<i32> {
    let command = &daemon.command;
    if command.is_empty() {
        return Vec::new();
    }
    match process::search(|line| command_line::fits(command, line)) {
        Search::Found(found) => {
            let home = daemon.working_dir.canonicalize().ok();
            let is_there = |pid: &i32| {
                process::working_dir(*pid)
                    .is_none_or(|dir| Some(&dir) == home.as_ref() || dir == Path::new("/"))
            };
            let pids = found.iter().map(|facts| facts.identity.pid);
            pids.filter(is_there).collect()
        }
        Search::Incomplete(_) => Vec::new(),
    }
}

/// Why a daemon ended, as far as its last words say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Another process has its port.
    Port(String),
    /// It found itself running already.
    Copy(String),
}

impl Cause {
    /// What is in its way.
    pub fn sentence(&self) -> &str {
        match self {
            Cause::Port(sentence) | Cause::Copy(sentence) => sentence,
        }
    }

    /// The same where it says more than the daemon's own words.
    pub fn in_few_words(&self) -> Option<&str> {
        match self {
            Cause::Port(sentence) => Some(sentence),
            Cause::Copy(_) => None,
        }
    }

    /// What to do about it.
    pub fn way_out(&self) -> String {
        match self {
            Cause::Port(sentence) => {
                format!("{sentence}: stop that program, or give the daemon another port")
            }
            Cause::Copy(sentence) => sentence.clone(),
        }
    }
}

/// The last lines that the recorded daemon wrote and that tell why it ended, at most five.
pub fn last_words(managed: &Managed) -> Vec<String> {
    run_record::read(&managed.daemon.record_file())
        .map(|record| last_output(managed, &record.output, record.output_start))
        .unwrap_or_default()
}

/// The lines at the end of the capture file that tell why the daemon ended, at most five, none
/// of them from before the offset `start`.
pub fn last_output(managed: &Managed, path: &Path, start: u64) -> Vec<String> {
    const LONGEST: usize = 500;
    let told = told(managed, path, start);
    last_words::of_failure(&told)
        .iter()
        .map(|line| text::shortened(line, LONGEST))
        .collect()
}

/// The last line that stands in a capture file from the offset `start` on and says something.
pub fn last_line(path: &Path, start: u64) -> Option<String> {
    told_in(path, start, 40, None).pop()
}

fn told_in(path: &Path, start: u64, lines: usize, asked: Option<&str>) -> Vec<String> {
    let text = log_files::tail_from(path, start, lines).unwrap_or_default();
    last_words::told(String::from_utf8_lossy(&text).lines(), asked)
}

/// The last lines of the capture file that say something. Our own questions may have filled
/// the end of it.
fn told(managed: &Managed, path: &Path, start: u64) -> Vec<String> {
    let url = managed.health.as_ref().map(|check| check.url.as_str());
    let asked = url.and_then(url::path);
    let read = |lines| told_in(path, start, lines, asked.as_deref());
    let few = read(40);
    if few.len() < 5 { read(4000) } else { few }
}
