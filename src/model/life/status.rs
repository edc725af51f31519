//! The state of a daemon, in types and in words.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use crate::model::life::health::part::{self, Part};
use crate::model::life::observation::Usage;
use crate::model::life::record::{Exit, Identity};
use crate::model::words;

/// The state of a daemon. Each variant holds only what is true in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Status {
    /// It does not run, and is not meant to.
    Stopped(Rest),
    /// It is alive, and within its start grace.
    Starting(Alive),
    /// It is alive. Where parts of it say that they fail, it is degraded.
    Running(Alive),
    /// It is alive, but its health probe failed three times in a row.
    Unhealthy {
        /// The process.
        alive: Alive,
        /// What the last probe said.
        reason: String,
    },
    /// It is alive, and a stop was asked for.
    Stopping(Alive),
    /// It is gone, and nobody asked it to go.
    Crashed(Crash),
    /// It crashed so often that its supervisor has given it up.
    CrashLooping {
        /// The last crash.
        crash: Crash,
        /// How many starts there were.
        starts: u32,
        /// Within this time.
        window: Duration,
    },
    /// The PID file names a live process that cannot be shown to be the daemon.
    Foreign(Foreign),
    /// It could not be found out.
    Unknown {
        /// Why not.
        reason: String,
        /// What to do about it.
        hint: String,
    },
}

/// A daemon that does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rest {
    /// Why.
    pub cause: RestCause,
    /// What is odd about its files, if anything is.
    pub note: Option<String>,
}

/// Why a daemon rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestCause {
    /// No command is configured.
    NotConfigured,
    /// It was stopped, or never started.
    NotRunning,
    /// It ended by itself with exit code 0.
    Finished {
        /// When.
        at: DateTime<FixedOffset>,
    },
    /// It ended with the computer, which was restarted since.
    Restarted,
}

impl Rest {
    fn reason(&self) -> Option<String> {
        let cause = match self.cause {
            RestCause::NotConfigured => Some("no command is configured"),
            RestCause::Finished { .. } => Some("ended by itself with exit code 0"),
            RestCause::Restarted => Some("the computer was restarted"),
            RestCause::NotRunning => None,
        };
        let parts: Vec<&str> = cause.into_iter().chain(self.note.as_deref()).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// A daemon that is alive.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Alive {
    /// The process.
    pub identity: Identity,
    /// When it was started, by the wall clock.
    pub started_at: DateTime<FixedOffset>,
    /// How long it has been alive; never negative, and deaf to wall-clock steps.
    pub uptime: Duration,
    /// What it uses.
    pub usage: Usage,
    /// The PID of who starts it again when it crashes, if anybody does.
    pub supervisor: Option<i32>,
    /// What is odd about its files, if anything is.
    pub note: Option<String>,
    /// The parts of it that say that they fail, while it answers well as a whole.
    pub failing: Vec<Part>,
}

impl Alive {
    /// Processor use since the start in percent of one processor, as `ps(1)` counts.
    pub fn cpu_percent(&self) -> Option<f64> {
        let used = self.usage.cpu_time?.as_secs_f64();
        let lived = self.uptime.as_secs_f64();
        (lived > 0.0).then(|| (used / lived * 1000.0).round() / 10.0)
    }
}

/// A daemon that is gone against its manager's will.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Crash {
    /// Its last PID.
    pub pid: i32,
    /// How it ended, where whoever started it could see that.
    pub exit: Option<Exit>,
    /// When, if that is known.
    pub at: Option<DateTime<FixedOffset>>,
    /// Why, if its last words say so.
    pub cause: Option<String>,
    /// Its supervisor's next step, if it has one.
    pub supervised: Option<Supervised>,
    /// What has its PID by now, if anything has.
    pub note: Option<String>,
}

/// A crash that a supervisor answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Supervised {
    /// How many starts in a row there were since the daemon was last stable.
    pub attempt: u32,
    /// When it is started again, once that is decided.
    pub due: Option<DateTime<FixedOffset>>,
}

/// A live process under the daemon's PID that is not shown to be the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Foreign {
    /// The PID.
    pub pid: i32,
    /// Its command line.
    pub command_line: Vec<String>,
    /// What speaks against it.
    pub reason: String,
    /// Whether it is certain that this is not the daemon (the PID was reused), so
    /// that a start may pass over it.
    pub certain: bool,
}

/// The variants of [`Status`] without what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Each is explained at its twin in `Status`.
#[non_exhaustive]
pub enum State {
    NotConfigured,
    Stopped,
    Starting,
    Running,
    /// Running, with parts that say that they fail.
    Degraded,
    Unhealthy,
    Stopping,
    Crashed,
    CrashLooping,
    Foreign,
    Unknown,
}

impl State {
    /// Every state, in the order of the enum.
    pub const ALL: [State; 11] = [
        State::NotConfigured,
        State::Stopped,
        State::Starting,
        State::Running,
        State::Degraded,
        State::Unhealthy,
        State::Stopping,
        State::Crashed,
        State::CrashLooping,
        State::Foreign,
        State::Unknown,
    ];

    /// The word for it: in `--json`, in lower case; in a sentence, after the name.
    pub fn word(self) -> &'static str {
        match self {
            State::NotConfigured => "not configured",
            State::Stopped => "stopped",
            State::Starting => "starting",
            State::Running => "running",
            State::Degraded => "degraded",
            State::Unhealthy => "unhealthy",
            State::Stopping => "stopping",
            State::Crashed => "crashed",
            State::CrashLooping => "crash-looping",
            State::Foreign => "foreign",
            State::Unknown => "unknown",
        }
    }
}

impl Status {
    /// The state without its particulars.
    pub fn state(&self) -> State {
        match self {
            Status::Stopped(Rest {
                cause: RestCause::NotConfigured,
                ..
            }) => State::NotConfigured,
            Status::Stopped(_) => State::Stopped,
            Status::Starting(_) => State::Starting,
            Status::Running(alive) if !alive.failing.is_empty() => State::Degraded,
            Status::Running(_) => State::Running,
            Status::Unhealthy { .. } => State::Unhealthy,
            Status::Stopping(_) => State::Stopping,
            Status::Crashed(_) => State::Crashed,
            Status::CrashLooping { .. } => State::CrashLooping,
            Status::Foreign(_) => State::Foreign,
            Status::Unknown { .. } => State::Unknown,
        }
    }

    /// The process, if there is one that is the daemon.
    pub fn alive(&self) -> Option<&Alive> {
        match self {
            Status::Starting(alive)
            | Status::Running(alive)
            | Status::Unhealthy { alive, .. }
            | Status::Stopping(alive) => Some(alive),
            Status::Stopped(_)
            | Status::Crashed(_)
            | Status::CrashLooping { .. }
            | Status::Foreign(_)
            | Status::Unknown { .. } => None,
        }
    }

    /// The crash that it lies in, if it does.
    pub fn crash(&self) -> Option<&Crash> {
        match self {
            Status::Crashed(crash) | Status::CrashLooping { crash, .. } => Some(crash),
            Status::Stopped(_)
            | Status::Starting(_)
            | Status::Running(_)
            | Status::Unhealthy { .. }
            | Status::Stopping(_)
            | Status::Foreign(_)
            | Status::Unknown { .. } => None,
        }
    }

    /// Why it is so, in a few words; nothing for a state that needs no reason.
    pub fn reason(&self) -> Option<String> {
        match self {
            Status::Stopped(rest) => rest.reason(),
            Status::Starting(alive) | Status::Running(alive) | Status::Stopping(alive) => {
                let failing = (!alive.failing.is_empty()).then(|| part::sentence(&alive.failing));
                let said: Vec<String> = failing.into_iter().chain(alive.note.clone()).collect();
                (!said.is_empty()).then(|| said.join("; "))
            }
            Status::Unhealthy { reason, .. } | Status::Unknown { reason, .. } => {
                Some(reason.clone())
            }
            Status::Crashed(crash) => Some(crash.sentence()),
            Status::CrashLooping {
                crash,
                starts,
                window,
            } => Some(format!(
                "{}, the last one {}; it is not started again",
                words::starts(*starts, *window),
                crash.how()
            )),
            Status::Foreign(foreign) => Some(foreign.sentence()),
        }
    }
}

impl Crash {
    /// How it ended, and what follows.
    fn sentence(&self) -> String {
        let due = self.supervised.and_then(|supervised| supervised.due);
        let due = due.map(|due| format!("starts again at {}", due.format("%H:%M:%S")));
        let parts: Vec<String> = [self.how()]
            .into_iter()
            .chain(due)
            .chain(self.note.clone())
            .collect();
        parts.join("; ")
    }

    fn how(&self) -> String {
        let ended = match self.exit {
            Some(exit @ Exit::Code(_)) => format!("ended with {}", words::exit(exit)),
            Some(exit @ Exit::Signal(_)) => format!("ended by {}", words::exit(exit)),
            None if self.cause.is_some() => format!("pid {} is gone", self.pid),
            None => format!("pid {} is gone; how it ended is not known", self.pid),
        };
        match &self.cause {
            Some(cause) => format!("{ended}: {cause}"),
            None => ended,
        }
    }
}

impl Foreign {
    /// Which process it is, and why it is not taken for the daemon.
    pub fn sentence(&self) -> String {
        let command = words::process(&self.command_line);
        format!("pid {} runs {command}: {}", self.pid, self.reason)
    }
}
