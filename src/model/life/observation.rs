//! What one look at the daemon saw, before any conclusion.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta};

use crate::model::life::clock::Now;
use crate::model::life::host::Host;
use crate::model::life::record::{Exit, Identity, Phase, RunRecord, Supervisor};
use crate::model::logs::line::LogLine;
use crate::model::text;

/// One look at a daemon. Looking changes nothing on disk.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Observation {
    /// When.
    pub now: Now,
    /// The configured command, to be compared with a live process; empty if there is none.
    pub command: Vec<String>,
    /// Whether the daemon writes its PID file itself.
    pub writes_pid_file: bool,
    /// What the PID file holds.
    pub pid_file: PidFileSeen,
    /// Where the run record is, or would be.
    pub record_file: PathBuf,
    /// The run record, if there is a readable one.
    pub record: Option<RunRecord>,
    /// Whether there is a run record that cannot be read. It is asked where there is no PID
    /// file that could tell who the daemon is.
    pub record_damaged: bool,
    /// Whether a version to come has written the record, so that it cannot be read.
    pub record_newer: bool,
    /// Who runs the configured command, if no file tells who the daemon is, and files are
    /// damaged.
    pub search: Option<Search>,
    /// The process that has the recorded PID now.
    pub recorded: ProcessSeen,
    /// The process that has the recorded supervisor's PID now.
    pub supervisor: ProcessSeen,
    /// The process that has the PID file's PID now.
    pub named: ProcessSeen,
    /// Where that one comes from, if no record tells, and the system shows it.
    pub origin: Option<ProcessOrigin>,
    /// Which process an earlier look found to be the daemon and alive, and when that was
    /// last, by the boot clock.
    pub lived: Option<(Identity, Duration)>,
    /// How a process that was the daemon ended, as whoever looks has seen it, and when.
    pub ended: Option<(Identity, Exit, DateTime<FixedOffset>)>,
    /// The user on whose behalf the look is made (numeric user ID).
    pub our_uid: u32,
    /// The present boot.
    pub boot_id: String,
    /// Where the look is made, where the record says where the daemon runs.
    pub here: Option<Host>,
}

impl Observation {
    /// Whether the recorded process is there.
    pub fn recorded_lives(&self) -> bool {
        let record = self.record.as_ref();
        record.is_some_and(|record| self.recorded.is(&record.identity))
    }

    /// The PID of the recorded process, if it is gone and nobody has recorded how.
    pub fn end_untold(&self) -> Option<i32> {
        let record = self.record.as_ref()?;
        let untold = match record.phase {
            Phase::Starting { .. } | Phase::Running | Phase::Stopping { .. } => true,
            Phase::Ended { .. } | Phase::Backoff { .. } | Phase::CrashLooping { .. } => false,
        };
        (untold && !self.recorded_lives() && self.elsewhere().is_none())
            .then_some(record.identity.pid)
    }

    /// Whether files that should tell who the daemon is are damaged, so that only the processes
    /// themselves can tell.
    pub fn is_to_be_searched(&self) -> bool {
        let hidden = matches!(self.recorded, ProcessSeen::Hidden(_));
        let damaged = match &self.pid_file {
            PidFileSeen::Damaged { .. } => true,
            PidFileSeen::Absent => self.record_damaged,
            PidFileSeen::Pid { .. } | PidFileSeen::Bad { .. } => false,
        };
        damaged
            && !self.command.is_empty()
            && !hidden
            && !self.recorded_lives()
            && self.elsewhere().is_none()
    }

    /// When the recorded daemon was started, by the present wall clock: that may have been set
    /// since. A small step is none: it would make each look tell another time.
    pub fn started_at(&self, record: &RunRecord) -> DateTime<FixedOffset> {
        const SMALL: TimeDelta = TimeDelta::minutes(1);
        let started = Duration::from_millis(record.started_ms);
        let lived = self.now.clock.checked_sub(started);
        lived
            .filter(|_| record.identity.boot_id == self.boot_id)
            .and_then(|lived| TimeDelta::from_std(lived).ok())
            .and_then(|lived| self.now.wall.checked_sub_signed(lived))
            .filter(|started_at| (*started_at - record.started_at).abs() > SMALL)
            .unwrap_or(record.started_at)
    }

    /// Where else the recorded daemon runs, or ran, if it is not here.
    pub fn elsewhere(&self) -> Option<String> {
        let record = self.record.as_ref()?;
        let there = record.host.as_ref()?;
        there.seen_from(self.here.as_ref()?, record.identity.boot_id == self.boot_id)
    }

    /// The recorded supervisor, if that process is still there.
    pub fn supervisor(&self) -> Option<&Supervisor> {
        let supervisor = self.record.as_ref()?.supervisor.as_ref()?;
        self.supervisor
            .is(&supervisor.identity)
            .then_some(supervisor)
    }
}

/// What a daemon said itself of what went wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The last error that it has logged since it was started.
    pub logged: Option<Logged>,
    /// The last line that it wrote to its standard output or standard error, if it has
    /// crashed.
    pub last_line: Option<String>,
    /// The newest of its logs, if none of them has a level that is known: what it logged of
    /// errors is not recognised.
    pub unrecognised: Option<PathBuf>,
    /// When each of its components has logged something last, the latest first.
    pub activity: Vec<Activity>,
}

/// When a component of a daemon has logged something last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its whole name.
    pub component: String,
    /// When, in the user's time zone.
    pub at: NaiveDateTime,
}

/// An entry of a log, without what is below its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// When, in the user's time zone.
    pub at: NaiveDateTime,
    /// Who.
    pub component: Option<String>,
    /// What, cut where it is long.
    pub message: String,
}

impl Logged {
    /// Of an entry's first line, written at that time.
    pub fn of(line: &LogLine<'_>, at: NaiveDateTime) -> Self {
        const LONGEST: usize = 200;
        let message = String::from_utf8_lossy(&line.message);
        let first = message.lines().next().unwrap_or_default();
        Self {
            at,
            component: line
                .component
                .as_deref()
                .map(|name| text::shortened(name, LONGEST)),
            message: text::shortened(first.trim(), LONGEST),
        }
    }
}

/// What is at the PID file's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PidFileSeen {
    /// Nothing.
    Absent,
    /// A PID.
    Pid {
        /// The PID, 2 or above.
        pid: i32,
        /// When the file was last written, by the wall clock.
        written: DateTime<FixedOffset>,
    },
    /// A file of this user that holds no PID.
    Damaged {
        /// The whole message, with the path and what was found.
        message: String,
        /// When the file was last written, by the wall clock.
        written: DateTime<FixedOffset>,
    },
    /// Something that is not to be believed, or could not be read.
    Bad {
        /// The whole message, with the path and what was found.
        message: String,
        /// What to do about it.
        hint: String,
    },
}

/// What has a PID.
#[derive(Debug, Clone, PartialEq)]
pub enum ProcessSeen {
    /// Nothing, or a zombie: not alive.
    Gone,
    /// A live process.
    Alive(ProcessFacts),
    /// It could not be looked at, and why.
    Hidden(String),
}

impl ProcessSeen {
    /// Whether it is this process, alive.
    pub fn is(&self, identity: &Identity) -> bool {
        match self {
            ProcessSeen::Alive(facts) => facts.identity == *identity,
            ProcessSeen::Gone | ProcessSeen::Hidden(_) => false,
        }
    }
}

/// Where a process comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessOrigin {
    /// The program that it runs, whatever it calls itself.
    pub program: PathBuf,
    /// Whether its folder is the daemon's, or the root, to which many daemons change.
    pub in_folder: bool,
}

/// Which processes of this user run the configured command.
#[derive(Debug, Clone, PartialEq)]
pub enum Search {
    /// These, and no others.
    Found(Vec<ProcessFacts>),
    /// It could not be found out, and why.
    Incomplete(String),
}

/// A live process, as the kernel tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessFacts {
    /// PID, start time and boot.
    pub identity: Identity,
    /// Effective user ID.
    pub uid: u32,
    /// Command line, program first; empty where the kernel does not show it.
    pub command_line: Vec<String>,
    /// Time since it was started.
    pub age: Duration,
}

/// What a process uses, together with those that it made and that are still below it.
/// What the kernel does not show is nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// How many processes they are; 1 if it has made none.
    pub processes: u32,
    /// Resident memory in bytes. What they share is counted for each.
    pub memory_bytes: Option<u64>,
    /// Processor time used since the start, all threads together, with that of processes
    /// that have ended and were waited for.
    pub cpu_time: Option<Duration>,
    /// Threads.
    pub threads: Option<u32>,
    /// Open file descriptors.
    pub open_files: Option<u32>,
}

impl Usage {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        fn sum<T: std::ops::Add<Output = T>>(one: Option<T>, other: Option<T>) -> Option<T> {
            Some(one? + other?)
        }
        Self {
            processes: self.processes + other.processes,
            memory_bytes: sum(self.memory_bytes, other.memory_bytes),
            cpu_time: sum(self.cpu_time, other.cpu_time),
            threads: sum(self.threads, other.threads),
            open_files: sum(self.open_files, other.open_files),
        }
    }
}
