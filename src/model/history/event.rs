//! An event, and how it is written down.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde::{Deserialize, Serialize};

use super::LATELY;
use crate::model::jobs::missed::Missed;
use crate::model::jobs::record::{How, JobRecord, RunEnd};
use crate::model::life::clock::Now;
use crate::model::life::record::{Exit, Identity};
use crate::model::life::status::RestCause;
use crate::model::{text, words};

/// A text in an event is no longer than this, in characters: a line is written in one step.
const LONGEST: usize = 500;

/// Whom an event is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A daemon, by its name.
    Daemon(String),
    /// A job, by its name.
    Job(String),
}

impl Subject {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Subject::Daemon(name) | Subject::Job(name) => name,
        }
    }
}

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A daemon was started.
    Started,
    /// It was stopped, or ended by itself and well.
    Stopped,
    /// It ended, and nobody asked it to.
    Crashed,
    /// Its health probe failed three times in a row.
    Unhealthy,
    /// It answers well again.
    Recovered,
    /// It crashed so often that it is not started again.
    GivenUp,
    /// A job ran, and all went well.
    Ran,
    /// A job failed, or a daemon did not come to run.
    Failed,
    /// A job did not run when it was due.
    Missed,
}

/// Kinds of which one process, or one run, has one at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Start,
    End,
    Health,
    GivenUp,
    Missed,
}

impl EventKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 9] = [
        Self::Started,
        Self::Stopped,
        Self::Crashed,
        Self::Unhealthy,
        Self::Recovered,
        Self::GivenUp,
        Self::Ran,
        Self::Failed,
        Self::Missed,
    ];

    pub(super) const fn class(self) -> Class {
        match self {
            Self::Started => Class::Start,
            Self::Stopped | Self::Crashed | Self::Ran | Self::Failed => Class::End,
            Self::Unhealthy | Self::Recovered => Class::Health,
            Self::GivenUp => Class::GivenUp,
            Self::Missed => Class::Missed,
        }
    }

    /// Whether something went wrong.
    pub const fn is_bad(self) -> bool {
        match self {
            Self::Crashed | Self::Unhealthy | Self::GivenUp | Self::Failed | Self::Missed => true,
            Self::Started | Self::Stopped | Self::Recovered | Self::Ran => false,
        }
    }

    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Crashed => "crashed",
            Self::Unhealthy => "unhealthy",
            Self::Recovered => "recovered",
            Self::GivenUp => "given-up",
            Self::Ran => "ran",
            Self::Failed => "failed",
            Self::Missed => "missed",
        }
    }
}

/// Something that has happened to a daemon or a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Version of this format; 1.
    pub schema: u32,
    /// When.
    #[serde(rename = "time")]
    pub at: DateTime<FixedOffset>,
    /// To whom.
    #[serde(flatten)]
    pub of: Subject,
    /// What.
    #[serde(rename = "event")]
    pub kind: EventKind,
    /// What tells it from others of its kind, whoever has seen it: the process, or the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i32>,
    /// The exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, or the last error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long a run took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
}

impl Event {
    fn new(of: Subject, kind: EventKind, at: DateTime<FixedOffset>) -> Self {
        Self {
            schema: 1,
            at,
            of,
            kind,
            id: None,
            pid: None,
            exit_code: None,
            signal: None,
            by: None,
            reason: None,
            took_ms: None,
        }
    }

    /// Something that has happened to this process of a daemon.
    pub fn of_daemon(
        name: &str,
        kind: EventKind,
        at: DateTime<FixedOffset>,
        process: &Identity,
    ) -> Self {
        let Identity {
            pid,
            start_token,
            boot_id,
        } = process;
        Self {
            id: Some(format!("{pid}-{start_token}-{boot_id}")),
            pid: Some(*pid),
            ..Self::new(Subject::Daemon(name.to_owned()), kind, at)
        }
    }

    /// The end of this process of a daemon that rests.
    pub fn of_rest(name: &str, process: &Identity, cause: RestCause, now: Now) -> Self {
        let (at, by) = match cause {
            RestCause::Finished { at } => (at, Some("itself")),
            RestCause::Restarted => {
                let since_boot = TimeDelta::from_std(now.clock).unwrap_or_default();
                (now.wall - since_boot, Some("a restart of the computer"))
            }
            RestCause::NotConfigured | RestCause::NotRunning => (now.wall, None),
        };
        Self::of_daemon(name, EventKind::Stopped, at, process).by(by.map(str::to_owned))
    }

    /// The end of a job's run.
    pub fn of_run(name: &str, record: &JobRecord, end: &RunEnd) -> Self {
        let kind = if end.how.is_good() {
            EventKind::Ran
        } else {
            EventKind::Failed
        };
        let (exit, reason) = match &end.how {
            How::Exit(exit) => (Some(*exit), None),
            How::TimedOut(exit) => (Some(*exit), Some("timed out".to_owned())),
            How::NotStarted { why, .. } => (None, Some(format!("not started: {why}"))),
        };
        let began = &record.began;
        let took = end.at.boot_ms.saturating_sub(began.boot_ms);
        let at = end.at.wall;
        Self {
            id: Some(format!(
                "{}-{}-{}",
                record.wrapper.pid, began.boot_ms, began.boot_id
            )),
            pid: record.process.as_ref().map(|process| process.pid),
            took_ms: Some(took),
            ..Self::new(Subject::Job(name.to_owned()), kind, at)
        }
        .ended(exit)
        .because(reason)
    }

    /// A job has not run when it was due.
    pub fn of_missed(name: &str, missed: Missed, at: DateTime<FixedOffset>) -> Self {
        let due = missed.due.to_rfc3339();
        Self {
            reason: Some(format!("due at {due}")),
            id: Some(due),
            ..Self::new(Subject::Job(name.to_owned()), EventKind::Missed, at)
        }
    }

    /// The same with how the process ended.
    #[must_use]
    pub fn ended(self, exit: Option<Exit>) -> Self {
        let (exit_code, signal) = match exit {
            Some(Exit::Code(code)) => (Some(code), None),
            Some(Exit::Signal(signal)) => (None, Some(signal)),
            None => (None, None),
        };
        Self {
            exit_code,
            signal,
            ..self
        }
    }

    /// The same with who did it.
    #[must_use]
    pub fn by(self, by: impl Into<Option<String>>) -> Self {
        let by = by.into();
        Self { by, ..self }
    }

    /// The same with why, in a line that is not too long.
    #[must_use]
    pub fn because(self, reason: Option<String>) -> Self {
        let line = |reason: String| text::shortened(reason.trim(), LONGEST);
        let reason = reason.map(line).filter(|reason| !reason.is_empty());
        Self { reason, ..self }
    }

    /// Takes a line apart; nothing where it is damaged or of another version.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let event: Self = serde_json::from_slice(line).ok()?;
        (event.schema == 1).then_some(event)
    }

    /// How the process ended, where that is known.
    pub fn exit(&self) -> Option<Exit> {
        let code = self.exit_code.map(Exit::Code);
        code.or(self.signal.map(Exit::Signal))
    }

    /// What happened, in words: `crashed: exit code 1: no database`.
    pub fn sentence(&self) -> String {
        let by = self.by.as_deref().filter(|_| self.kind != EventKind::Ran);
        let mut said = match self.kind {
            EventKind::GivenUp => "given up".to_owned(),
            EventKind::Failed if matches!(self.of, Subject::Daemon(_)) => "did not start".into(),
            EventKind::Started
            | EventKind::Stopped
            | EventKind::Crashed
            | EventKind::Unhealthy
            | EventKind::Recovered
            | EventKind::Ran
            | EventKind::Failed
            | EventKind::Missed => self.kind.word().to_owned(),
        };
        if let Some(by) = by {
            said += &format!(" by {by}");
        }
        let took = self
            .took_ms
            .map(|took| format!("took {}", words::uptime(Duration::from_millis(took))));
        let exit = self.exit().filter(|exit| *exit != Exit::Code(0));
        let more = exit.map(words::exit).into_iter().chain(self.reason.clone());
        for part in more {
            said += &format!(": {}", text::printable(&part));
        }
        match took {
            Some(took) => format!("{said}, {took}"),
            None => said,
        }
    }

    /// Whether it counts as a crash of that daemon, and is not older than a day.
    pub(super) fn is_late_crash_of(&self, daemon: &str, now: DateTime<FixedOffset>) -> bool {
        self.kind == EventKind::Crashed
            && matches!(&self.of, Subject::Daemon(name) if name == daemon)
            && self.at > now - LATELY
    }
}
