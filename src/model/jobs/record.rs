//! What is recorded about a run (`jobs/NAME.json`), and what that means.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::model::life::record::{self, Exit, Identity};

/// The version of the format.
pub const SCHEMA: u32 = 1;

/// A moment by every clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// The wall clock, which can be set.
    pub wall: DateTime<FixedOffset>,
    /// In which boot.
    pub boot_id: String,
    /// Milliseconds since then, sleep included.
    pub boot_ms: u64,
    /// Milliseconds since then in which the computer was awake.
    pub awake_ms: u64,
}

/// A run of a job: written when it begins, before its process runs anything, and again when
/// it has ended. One that says no end and whose processes are gone has ended, and how is not
/// known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    /// Version of this format; 1.
    pub schema: u32,
    /// The command line, program first.
    pub command: Vec<String>,
    /// When it began.
    pub began: Clocks,
    /// Its process, which leads a session; none if it could not be made.
    pub process: Option<Identity>,
    /// The `inneros job run` that waits for it.
    pub wrapper: Identity,
    /// The file that takes its standard output and standard error.
    pub output: PathBuf,
    /// Where in that file its output begins, in bytes.
    pub output_start: u64,
    /// How it ended, once that is so.
    pub end: Option<RunEnd>,
    /// When it last ended well, this run or an earlier one.
    pub succeeded_at: Option<DateTime<FixedOffset>>,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnd {
    /// When.
    pub at: Clocks,
    /// How.
    pub how: How,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// By itself.
    Exit(Exit),
    /// It took longer than it may, and was ended.
    TimedOut(Exit),
    /// Its process could not be made.
    NotStarted {
        /// Why.
        why: String,
        /// The exit code that a shell gives for that: 127 where there is no such program, else
        /// 126.
        code: u8,
    },
}

impl How {
    /// Whether all went well.
    pub fn is_good(&self) -> bool {
        *self == How::Exit(Exit::Code(0))
    }

    /// The exit code that tells it on, as `sh` and `timeout(1)` give it.
    pub fn code(&self) -> u8 {
        let code = match self {
            How::Exit(Exit::Code(code)) => *code,
            How::Exit(Exit::Signal(signal)) => 128 + signal,
            How::TimedOut(_) => 124,
            How::NotStarted { code, .. } => i32::from(*code),
        };
        code.try_into().unwrap_or(1)
    }
}

impl JobRecord {
    /// Takes a record's text apart; nothing if it is damaged or of another version.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let record: Self = serde_json::from_slice(text).ok()?;
        let are_processes = record.wrapper.pid > 1
            && record
                .process
                .as_ref()
                .is_none_or(|process| process.pid > 1);
        (record.schema == SCHEMA && are_processes).then_some(record)
    }

    /// Whether a text is the record of a version to come, which may mean something else by it.
    pub fn is_newer(text: &[u8]) -> bool {
        record::is_newer(text, SCHEMA)
    }

    /// The text that [`JobRecord::parse`] takes apart. A path that is not UTF-8 has none.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// What became of the last run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Last {
    /// Nobody has recorded one.
    Never,
    /// It is still running.
    Running(JobRecord),
    /// It has ended, and this is how.
    Ended(JobRecord, RunEnd),
    /// It has ended, and how is not known.
    Lost(JobRecord),
    /// There is a record, and it cannot be read; why.
    Unreadable(&'static str),
}

impl Last {
    /// Concludes from a record; `lives` is whether one of its two processes does.
    pub fn of(record: JobRecord, lives: bool) -> Self {
        match record.end.clone() {
            Some(end) => Self::Ended(record, end),
            None if lives => Self::Running(record),
            None => Self::Lost(record),
        }
    }

    /// The record, if there is one.
    pub fn record(&self) -> Option<&JobRecord> {
        match self {
            Last::Running(record) | Last::Ended(record, _) | Last::Lost(record) => Some(record),
            Last::Never | Last::Unreadable(_) => None,
        }
    }

    /// How long the run took, or takes by now.
    pub fn took(&self, now: &Clocks) -> Option<Duration> {
        let (record, until) = match self {
            Last::Running(record) => (record, now),
            Last::Ended(record, end) => (record, &end.at),
            Last::Lost(_) | Last::Never | Last::Unreadable(_) => return None,
        };
        let same_boot = record.began.boot_id == until.boot_id;
        same_boot.then(|| Duration::from_millis(until.boot_ms.saturating_sub(record.began.boot_ms)))
    }

    /// Until when no other run can have been due: no two go at once.
    pub fn covers(&self, now: &Clocks) -> Option<DateTime<FixedOffset>> {
        match self {
            Last::Running(_) => Some(now.wall),
            Last::Ended(_, end) => Some(end.at.wall_by(now)),
            Last::Lost(record) => Some(record.began.wall_by(now)),
            Last::Never | Last::Unreadable(_) => None,
        }
    }
}

impl Clocks {
    /// A moment by its clocks.
    pub fn new(
        boot_id: String,
        wall: DateTime<FixedOffset>,
        since_boot: Duration,
        awake: Duration,
    ) -> Self {
        let milliseconds = |span: Duration| span.as_millis().try_into().unwrap_or(u64::MAX);
        Self {
            wall,
            boot_id,
            boot_ms: milliseconds(since_boot),
            awake_ms: milliseconds(awake),
        }
    }

    /// When this was, by the wall clock of now: it may have been set since. What would be in
    /// the future was now at the latest.
    pub fn wall_by(&self, now: &Self) -> DateTime<FixedOffset> {
        if self.boot_id != now.boot_id {
            return self.wall.min(now.wall);
        }
        let ago = now.boot_ms.saturating_sub(self.boot_ms);
        now.wall - TimeDelta::milliseconds(i64::try_from(ago).unwrap_or(i64::MAX / 2))
    }
}
