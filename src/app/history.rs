//! What has happened is written down by whoever does it or sees it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, Local, TimeZone};

use super::errors::LoggedErrors;
use super::jobs::load::Configured;
use super::settings::Source;
use super::{explain, look};
use crate::model::config::{self, Config, Daemon};
use crate::model::history::{self, Event, EventKind};
use crate::model::life::judge::judge;
use crate::model::life::observation::Observation;
use crate::model::life::record::{Exit, Identity, RunRecord};
use crate::model::life::status::{RestCause, Status};
use crate::model::logs::time::When;
use crate::model::text;
use crate::os::config_file::{FileStamp, stamp};
use crate::os::history_file;
use crate::os::lock::Lock;
use crate::os::log_files::Growing;
use crate::os::private_file::FileError;

/// Writes an event down. Nothing else hangs on it: where it cannot be, that is said to whoever
/// asks for each step.
pub fn note(file: &Path, event: &Event) {
    match history_file::append(file, event) {
        Ok(true) => {
            let name = text::printable(event.of.name());
            tracing::debug!("writes down: {name} {}", event.sentence());
        }
        Ok(false) => {}
        Err(error) => tracing::warn!("{error}: {}", error.source),
    }
}

fn of(daemon: &Daemon, kind: EventKind, identity: &Identity) -> Event {
    Event::of_daemon(&daemon.name, kind, look::now().wall, identity)
}

/// The daemon was started.
pub fn started(daemon: &Daemon, held: &Lock, record: &RunRecord) {
    let event = Event {
        at: record.started_at,
        ..of(daemon, EventKind::Started, &record.identity)
    };
    note(&daemon.history_file, &event.by(held.doer()));
}

/// The daemon has ended, as it was asked to; by whom, if that is known.
pub fn stopped(daemon: &Daemon, identity: &Identity, by: Option<String>) {
    let event = of(daemon, EventKind::Stopped, identity);
    note(&daemon.history_file, &event.by(by));
}

/// The daemon came to run, but not to stay: under a supervisor that is a crash like any other.
pub fn failed(daemon: &Daemon, record: &RunRecord, exit: Option<Exit>, why: Option<String>) {
    let kind = match record.supervisor {
        Some(_) => EventKind::Crashed,
        None => EventKind::Failed,
    };
    let event = of(daemon, kind, &record.identity);
    note(&daemon.history_file, &event.ended(exit).because(why));
}

/// The daemon is given up after so many starts, which is said in `why`.
pub fn given_up(daemon: &Daemon, identity: &Identity, why: String) {
    let event = of(daemon, EventKind::GivenUp, identity);
    note(&daemon.history_file, &event.because(Some(why)));
}

/// The recorded daemon has ended then, and nobody asked it to.
pub fn ended(daemon: &Daemon, record: &RunRecord, exit: Option<Exit>, at: DateTime<FixedOffset>) {
    let event = if exit == Some(Exit::Code(0)) {
        of(daemon, EventKind::Stopped, &record.identity).by("itself".to_owned())
    } else {
        of(daemon, EventKind::Crashed, &record.identity).because(last_error(daemon, record))
    };
    let event = Event { at, ..event };
    note(&daemon.history_file, &event.ended(exit));
}

/// The end of an earlier daemon, which somebody finds who has not seen it.
pub fn found(daemon: &Daemon, seen: &Observation, status: &Status) {
    if let Some(event) = end_found(daemon, seen, status) {
        note(&daemon.history_file, &event);
    }
}

fn end_found(daemon: &Daemon, seen: &Observation, status: &Status) -> Option<Event> {
    let record = seen.record.as_ref()?;
    match status {
        Status::Crashed(crash) | Status::CrashLooping { crash, .. } => {
            let event = of(daemon, EventKind::Crashed, &record.identity)
                .ended(crash.exit)
                .because(last_error(daemon, record));
            let at = crash.at.unwrap_or(event.at);
            (crash.pid == record.identity.pid).then_some(Event { at, ..event })
        }
        Status::Stopped(rest) if rest.cause != RestCause::NotRunning => Some(Event::of_rest(
            &daemon.name,
            &record.identity,
            rest.cause,
            seen.now,
        )),
        Status::Stopped(_)
        | Status::Starting(_)
        | Status::Running(_)
        | Status::Unhealthy { .. }
        | Status::Stopping(_)
        | Status::Foreign(_)
        | Status::Unknown { .. } => None,
    }
}

/// The last error that a daemon which is gone has logged, or else its last line.
fn last_error(daemon: &Daemon, record: &RunRecord) -> Option<String> {
    let now = look::now().wall;
    let (logged, ..) = LoggedErrors::default().last(daemon, record.started_at, now);
    let line = || explain::last_line(&record.output, record.output_start);
    logged.map(|entry| entry.message).or_else(line)
}

/// How often a daemon crashed in the last day: the history is read where it has changed.
#[derive(Debug, Default)]
pub struct LateCrashes {
    stamp: Option<FileStamp>,
    at: Vec<DateTime<FixedOffset>>,
}

impl LateCrashes {
    /// As far as its history tells.
    pub fn of(&mut self, daemon: &Daemon, now: DateTime<FixedOffset>) -> usize {
        let path = &daemon.history_file;
        let stamp = stamp(path);
        if self.stamp != stamp {
            self.stamp = stamp;
            let read = || history_file::late_crashes(path, &daemon.name, now);
            self.at = stamp.map(|_| read()).unwrap_or_default();
        }
        self.at.retain(|at| *at > now - history::LATELY);
        self.at.len()
    }
}

/// What has happened, as far as it is written down, and what a look finds besides.
pub struct Happened {
    /// In the order of time.
    pub events: Vec<Event>,
    file: PathBuf,
    growing: Option<Growing>,
}

impl Happened {
    /// Reads the history. That a daemon has crashed which nobody has seen yet is told, too, and
    /// written down by whoever does something with it next: looking changes nothing.
    pub fn read(config: &Config) -> Result<Self, FileError> {
        let file = config::history_file(&config.home);
        // Before it is read: what comes in between is told.
        let growing = Growing::open(&file).ok().flatten();
        let text = history_file::read(&file)?;
        let mut events = history::events(&text);
        for managed in &config.daemons {
            let seen = look::observe(&managed.daemon);
            let end = end_found(&managed.daemon, &seen, &judge(&seen));
            events.extend(end.filter(|end| !history::is_told(&text, end)));
        }
        events.sort_by_key(|event| event.at);
        let mut happened = Self {
            events,
            file,
            growing,
        };
        happened.skip_told(&text);
        Ok(happened)
    }

    /// What is in the file stands in `text` already, or is new.
    fn skip_told(&mut self, text: &[u8]) {
        let told: Vec<Event> = history::events(text);
        let new = self.added();
        self.events
            .extend(new.into_iter().filter(|event| !told.contains(event)));
    }

    /// What was written since the last time.
    pub fn added(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            if self.growing.is_none() {
                self.growing = Growing::open(&self.file).ok().flatten();
            }
            let Some(growing) = &mut self.growing else {
                return events;
            };
            let is_replaced = growing.is_replaced() || growing.is_gone();
            let read = growing.read(&mut |line| events.extend(Event::parse(line.trim_ascii_end())));
            if read.is_ok() && !is_replaced {
                return events;
            }
            self.growing = None;
            if read.is_err() || !self.file.exists() {
                return events;
            }
        }
    }

    /// Everybody who has a history, and who may have one.
    pub fn names(&self, config: &Config, source: &Source) -> Vec<String> {
        let daemons = config.daemons.iter();
        let mut names: Vec<String> = daemons.map(|managed| managed.daemon.name.clone()).collect();
        let jobs = Configured::load(source).map(|configured| configured.jobs);
        names.extend(jobs.into_iter().flatten().map(|found| found.name));
        names.extend(self.events.iter().map(|event| event.of.name().to_owned()));
        names.sort();
        names.dedup();
        names
    }
}

/// The time that a person means.
pub fn moment(when: When) -> DateTime<FixedOffset> {
    match when {
        When::Exact(at) => at,
        When::Wall(wall) => {
            let local = Local.from_local_datetime(&wall);
            // An hour that the clocks leave out begins when it would have.
            let local = local
                .earliest()
                .unwrap_or_else(|| Local.from_utc_datetime(&wall));
            local.fixed_offset()
        }
    }
}
