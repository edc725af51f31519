//! The run record: which process a start made, so that a reused PID is never
//! taken for it.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::model::life::clock::Now;
use crate::model::life::host::Host;

/// The version of the format.
const SCHEMA: u32 = 1;

/// A process, told apart from every other that ever had its PID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Process ID.
    pub pid: i32,
    /// The kernel's start time of the process, in the platform's own unit: clock
    /// ticks since boot on Linux (`proc_pid_stat(5)`, field 22), microseconds
    /// since the epoch on macOS (`sysctl(3)`). Compared, never calculated with.
    pub start_token: u64,
    /// The boot in which it ran; PIDs and start times start again with each.
    pub boot_id: String,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It ended by itself with this code, 0..=255.
    Code(i32),
    /// A signal of this number ended it.
    Signal(i32),
}

/// When something must be over, by the boot clock (see [`crate::model::life::clock::Now`]),
/// to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Deadline(u64);

impl Deadline {
    /// At this time of the boot clock.
    pub fn at(clock: Duration) -> Self {
        Self(millis(clock))
    }

    /// Whether it is still ahead: the only place where one is compared.
    pub fn is_ahead(self, clock: Duration) -> bool {
        clock <= Duration::from_millis(self.0)
    }
}

/// Where in its life the recorded process is, as far as whoever manages it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It exists, and may or may not have come to run the command yet.
    Starting {
        /// When starting must be over.
        #[serde(rename = "deadline_ms")]
        deadline: Deadline,
    },
    /// It stayed alive for the grace time.
    Running,
    /// A stop was asked for.
    Stopping {
        /// When stopping must be over.
        #[serde(rename = "deadline_ms")]
        deadline: Deadline,
    },
    /// It is gone, and this is how.
    Ended {
        /// Exit code or signal, where whoever wrote this could see it.
        exit: Option<Exit>,
        /// Wall-clock time of the end.
        at: DateTime<FixedOffset>,
    },
    /// It is gone, and its supervisor is about to start it again.
    Backoff {
        /// As in `Ended`.
        exit: Option<Exit>,
        /// As in `Ended`.
        at: DateTime<FixedOffset>,
        /// When the next start is due.
        due_ms: u64,
        /// The same by the wall clock.
        due: DateTime<FixedOffset>,
    },
    /// It is gone, and its supervisor has given it up.
    CrashLooping {
        /// As in `Ended`.
        exit: Option<Exit>,
        /// As in `Ended`.
        at: DateTime<FixedOffset>,
        /// How many starts there were.
        starts: u32,
        /// Within this time.
        window_ms: u64,
    },
}

/// Who starts the daemon again when it has crashed (`inneros daemon run`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervisor {
    /// Its process. A supervisor that is gone supervises nothing.
    #[serde(flatten)]
    pub identity: Identity,
    /// How many starts in a row there were since the daemon was last stable, this one
    /// included: 1 if it is the first.
    pub attempt: u32,
}

/// The process that a start made, where the daemon is one that came after it, which its own
/// PID file names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forerunner {
    /// Its PID, and the number of the session that it was given.
    pub pid: i32,
    /// As in [`Identity`].
    pub start_token: u64,
    /// The session in which the daemon is, where neither of the two leads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<i32>,
}

/// What a start wrote down about the process that it made (`daemon.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of this format; 1.
    pub schema: u32,
    /// The process.
    #[serde(flatten)]
    pub identity: Identity,
    /// Where it runs; records of older versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// What it has put itself into the background from, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forerunner: Option<Forerunner>,
    /// What its environment has, and nobody else's but of those that it started; records of older
    /// versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Wall-clock time of the start.
    pub started_at: DateTime<FixedOffset>,
    /// Boot-clock time of the start in milliseconds: uptime follows this one.
    pub started_ms: u64,
    /// The file that takes its standard output and standard error.
    pub output: PathBuf,
    /// Where in that file its output begins, in bytes.
    pub output_start: u64,
    /// Who starts it again, if anybody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervisor: Option<Supervisor>,
    /// How far it has come.
    pub phase: Phase,
}

impl RunRecord {
    /// Takes a record's text apart; nothing if it is damaged, of another version, or names
    /// what no process of ours can be.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let record: Self = serde_json::from_slice(text).ok()?;
        let supervisor = record.supervisor.as_ref();
        let before = record.forerunner.as_ref();
        let are_processes = record.identity.pid > 1
            // The first process of a container may be one, and is never signalled.
            && supervisor.is_none_or(|supervisor| supervisor.identity.pid >= 1)
            && before.is_none_or(|it| it.pid > 1 && it.session.is_none_or(|it| it > 1));
        // A shorter one may be somebody else's.
        let is_hex = |mark: &String| mark.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_marked = record.mark.as_ref();
        let is_marked = is_marked.is_none_or(|mark| mark.len() == 32 && is_hex(mark));
        (record.schema == SCHEMA && are_processes && is_marked).then_some(record)
    }

    /// Whether a text is the record of a version to come, which may mean something else by it.
    pub fn is_newer(text: &[u8]) -> bool {
        is_newer(text, SCHEMA)
    }

    /// The text that [`RunRecord::parse`] takes apart. A path that is not UTF-8 has none.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// A start has made this process, and is to be over within this time.
    pub fn begun(
        identity: Identity,
        command: Vec<String>,
        at: Now,
        within: Duration,
        output: PathBuf,
        output_start: u64,
        supervisor: Option<Supervisor>,
    ) -> Self {
        Self {
            schema: SCHEMA,
            identity,
            host: None,
            forerunner: None,
            mark: None,
            command,
            started_at: at.wall,
            started_ms: millis(at.clock),
            output,
            output_start,
            supervisor,
            phase: Phase::Starting {
                deadline: Deadline::at(at.clock + within),
            },
        }
    }

    /// It runs there, with this mark.
    #[must_use]
    pub fn running_on(self, host: Host, mark: String) -> Self {
        Self {
            host: Some(host),
            mark: Some(mark),
            ..self
        }
    }

    /// Another process continues as the daemon, in place of the one that was made; `session` is
    /// the one in which it is, where neither of them leads it.
    #[must_use]
    pub fn inherited_by(self, identity: Identity, session: Option<i32>) -> Self {
        Self {
            forerunner: Some(Forerunner {
                pid: self.identity.pid,
                start_token: self.identity.start_token,
                session,
            }),
            identity,
            ..self
        }
    }

    /// The start is over: the daemon runs.
    #[must_use]
    pub fn started(self) -> Self {
        self.in_phase(Phase::Running)
    }

    /// A stop was asked for, and is to be over by then.
    #[must_use]
    pub fn stopping(self, deadline: Deadline) -> Self {
        self.in_phase(Phase::Stopping { deadline })
    }

    /// The daemon has outlived the stop, and is what it was before.
    #[must_use]
    pub fn stop_taken_back(self, before: Phase) -> Self {
        self.in_phase(before)
    }

    /// It is gone.
    #[must_use]
    pub fn ended(self, exit: Option<Exit>, at: DateTime<FixedOffset>) -> Self {
        self.in_phase(Phase::Ended { exit, at })
    }

    /// It is gone, and its supervisor starts it again after this time.
    #[must_use]
    pub fn backing_off(
        self,
        exit: Option<Exit>,
        at: DateTime<FixedOffset>,
        now: Now,
        delay: Duration,
    ) -> Self {
        self.in_phase(Phase::Backoff {
            exit,
            at,
            due_ms: millis(now.clock + delay),
            due: now.wall + TimeDelta::from_std(delay).unwrap_or_default(),
        })
    }

    /// It is gone, and its supervisor no longer starts it: it had so many starts within the window.
    #[must_use]
    pub fn given_up(
        self,
        exit: Option<Exit>,
        at: DateTime<FixedOffset>,
        starts: u32,
        window: Duration,
    ) -> Self {
        self.left_alone().in_phase(Phase::CrashLooping {
            exit,
            at,
            starts,
            window_ms: millis(window),
        })
    }

    /// Nobody starts it again.
    #[must_use]
    pub fn left_alone(self) -> Self {
        Self {
            supervisor: None,
            ..self
        }
    }

    /// This one starts it again.
    #[must_use]
    pub fn supervised_by(self, supervisor: Supervisor) -> Self {
        Self {
            supervisor: Some(supervisor),
            ..self
        }
    }

    /// The file that takes its output was rotated.
    #[must_use]
    pub fn output_emptied(self) -> Self {
        Self {
            output_start: 0,
            ..self
        }
    }

    fn in_phase(self, phase: Phase) -> Self {
        Self { phase, ..self }
    }
}

/// Whether a text says that it is of a later version than this one.
pub fn is_newer(text: &[u8], known: u32) -> bool {
    let record: serde_json::Value = serde_json::from_slice(text).unwrap_or_default();
    let schema = record["schema"].as_u64();
    schema.is_some_and(|schema| schema > known.into())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
