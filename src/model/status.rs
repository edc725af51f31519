//! What is concluded from a look: the one judge behind the command line and the tray.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::command_line;
use super::observation::{Health, Observation, PidFileSeen, Probe, ProcessFacts, ProcessSeen};
use super::record::{Exit, Identity, Phase, RunRecord};
use super::words;

/// How many health failures in a row make a daemon unhealthy: one bad answer is not
/// a state.
pub const FAILURES_THAT_COUNT: u32 = 3;

/// The state of a daemon. Each variant holds only what is true in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It does not run, and is not meant to.
    Stopped(Rest),
    /// It is alive, and within its start grace.
    Starting(Alive),
    /// It is alive.
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
    /// The PID file names a live process that cannot be shown to be the daemon.
    Foreign(Foreign),
    /// It could not be found out.
    Unknown {
        /// Why not.
        reason: String,
        /// The way out.
        hint: String,
    },
}

/// Why a daemon rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// No command is configured.
    NotConfigured,
    /// It was stopped, or never started.
    NotRunning,
    /// It ended by itself with exit code 0.
    Finished {
        /// When.
        at: DateTime<FixedOffset>,
    },
}

/// A daemon that is alive.
#[derive(Debug, Clone, PartialEq)]
pub struct Alive {
    /// The process.
    pub identity: Identity,
    /// When it was started, by the wall clock.
    pub started_at: DateTime<FixedOffset>,
    /// How long it has been alive; never negative, and deaf to wall-clock steps.
    pub uptime: Duration,
    /// Resident memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Processor time used since the start.
    pub cpu_time: Option<Duration>,
    /// What is odd about its files, if anything is.
    pub note: Option<String>,
}

impl Alive {
    /// Processor use since the start in percent of one processor, as `ps(1)` counts.
    pub fn cpu_percent(&self) -> Option<f64> {
        let used = self.cpu_time?.as_secs_f64();
        let lived = self.uptime.as_secs_f64();
        (lived > 0.0).then(|| (used / lived * 1000.0).round() / 10.0)
    }
}

/// A daemon that is gone against its manager's will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    /// Its last PID.
    pub pid: i32,
    /// How it ended, where whoever started it could see that.
    pub exit: Option<Exit>,
    /// When, where that is known.
    pub at: Option<DateTime<FixedOffset>>,
}

/// A live process under the daemon's PID that is not shown to be the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
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
pub enum State {
    NotConfigured,
    Stopped,
    Starting,
    Running,
    Unhealthy,
    Stopping,
    Crashed,
    Foreign,
    Unknown,
}

impl State {
    /// Every state, in the order of the enum.
    pub const ALL: [State; 9] = [
        State::NotConfigured,
        State::Stopped,
        State::Starting,
        State::Running,
        State::Unhealthy,
        State::Stopping,
        State::Crashed,
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
            State::Unhealthy => "unhealthy",
            State::Stopping => "stopping",
            State::Crashed => "crashed",
            State::Foreign => "foreign",
            State::Unknown => "unknown",
        }
    }
}

impl Status {
    /// The state without its particulars.
    pub fn state(&self) -> State {
        match self {
            Status::Stopped(Rest::NotConfigured) => State::NotConfigured,
            Status::Stopped(Rest::NotRunning | Rest::Finished { .. }) => State::Stopped,
            Status::Starting(_) => State::Starting,
            Status::Running(_) => State::Running,
            Status::Unhealthy { .. } => State::Unhealthy,
            Status::Stopping(_) => State::Stopping,
            Status::Crashed(_) => State::Crashed,
            Status::Foreign(_) => State::Foreign,
            Status::Unknown { .. } => State::Unknown,
        }
    }

    /// The process, where there is one that is the daemon.
    pub fn alive(&self) -> Option<&Alive> {
        match self {
            Status::Starting(alive)
            | Status::Running(alive)
            | Status::Unhealthy { alive, .. }
            | Status::Stopping(alive) => Some(alive),
            Status::Stopped(_)
            | Status::Crashed(_)
            | Status::Foreign(_)
            | Status::Unknown { .. } => None,
        }
    }

    /// Why it is so, in a few words; nothing for a state that needs no reason.
    pub fn reason(&self) -> Option<String> {
        match self {
            Status::Stopped(Rest::NotConfigured) => Some("no command is configured".into()),
            Status::Stopped(Rest::Finished { .. }) => {
                Some("ended by itself with exit code 0".into())
            }
            Status::Stopped(Rest::NotRunning) => None,
            Status::Starting(alive) | Status::Running(alive) | Status::Stopping(alive) => {
                alive.note.clone()
            }
            Status::Unhealthy { reason, .. } | Status::Unknown { reason, .. } => {
                Some(reason.clone())
            }
            Status::Crashed(crash) => Some(match crash.exit {
                Some(exit @ Exit::Code(_)) => format!("ended with {}", words::exit(exit)),
                Some(exit @ Exit::Signal(_)) => format!("ended by {}", words::exit(exit)),
                None => format!("pid {} is gone and left its PID file", crash.pid),
            }),
            Status::Foreign(foreign) => Some(foreign.sentence()),
        }
    }
}

impl Foreign {
    /// Which process it is, and why it is not taken for the daemon.
    pub fn sentence(&self) -> String {
        let command = match self.command_line.as_slice() {
            [] => "a command line that is not shown".to_owned(),
            line => format!("'{}'", words::command(line)),
        };
        format!("pid {} runs {command}: {}", self.pid, self.reason)
    }
}

/// Concludes the status from a look.
pub fn judge(seen: &Observation) -> Status {
    if let Some(status) = judge_record(seen) {
        return status;
    }
    match &seen.pid_file {
        PidFileSeen::Absent => Status::Stopped(rest(seen)),
        PidFileSeen::Bad { message, hint } => Status::Unknown {
            reason: message.clone(),
            hint: hint.clone(),
        },
        PidFileSeen::Pid { pid, written } => judge_named(seen, *pid, *written),
    }
}

/// The record says who the daemon is, whatever became of the PID file.
fn judge_record(seen: &Observation) -> Option<Status> {
    let record = seen.record.as_ref()?;
    match &seen.recorded {
        ProcessSeen::Alive(facts) if facts.identity == record.identity => {
            Some(judge_alive(seen, record, facts))
        }
        ProcessSeen::Hidden(why) if record.identity.boot_id == seen.boot_id => {
            Some(Status::Unknown {
                reason: format!("cannot look at pid {}: {why}", record.identity.pid),
                hint: "try again as the user who started the daemon".into(),
            })
        }
        ProcessSeen::Alive(_) | ProcessSeen::Hidden(_) | ProcessSeen::Gone => {
            judge_ended(seen, record)
        }
    }
}

fn judge_alive(seen: &Observation, record: &RunRecord, facts: &ProcessFacts) -> Status {
    let uptime = seen
        .now
        .clock
        .saturating_sub(Duration::from_millis(record.started_ms));
    let alive = Alive {
        identity: record.identity.clone(),
        started_at: record.started_at,
        uptime,
        memory_bytes: facts.memory_bytes,
        cpu_time: facts.cpu_time,
        note: odd_pid_file(seen, record.identity.pid),
    };
    let within = |deadline_ms| seen.now.clock < Duration::from_millis(deadline_ms);
    match record.phase {
        Phase::Starting { deadline_ms } if within(deadline_ms) => Status::Starting(Alive {
            // Not published yet: that the PID file is not there is as it should be.
            note: None,
            ..alive
        }),
        Phase::Stopping { deadline_ms } if within(deadline_ms) => Status::Stopping(alive),
        Phase::Starting { .. } | Phase::Running | Phase::Stopping { .. } | Phase::Ended { .. } => {
            judge_health(seen, alive)
        }
    }
}

fn judge_health(seen: &Observation, alive: Alive) -> Status {
    match &seen.health {
        Some(Health {
            failures,
            last: Probe::Bad(reason),
        }) if *failures >= FAILURES_THAT_COUNT => Status::Unhealthy {
            alive,
            reason: reason.clone(),
        },
        Some(_) | None => Status::Running(alive),
    }
}

/// What to say of a PID file that does not name the recorded daemon, which is alive.
fn odd_pid_file(seen: &Observation, pid: i32) -> Option<String> {
    match &seen.pid_file {
        PidFileSeen::Pid { pid: named, .. } if *named == pid => None,
        PidFileSeen::Pid { pid: named, .. } => {
            Some(format!("the PID file names pid {named} instead"))
        }
        PidFileSeen::Absent => Some("its PID file is missing".into()),
        PidFileSeen::Bad { message, .. } => Some(message.clone()),
    }
}

/// The recorded process is gone. Nothing is concluded where the PID file tells of
/// another one.
fn judge_ended(seen: &Observation, record: &RunRecord) -> Option<Status> {
    let pid = record.identity.pid;
    let named_in_file = match &seen.pid_file {
        PidFileSeen::Pid { pid: named, .. } if *named == pid => true,
        PidFileSeen::Pid { .. } | PidFileSeen::Bad { .. } => return None,
        PidFileSeen::Absent => false,
    };
    if named_in_file && let ProcessSeen::Alive(facts) = &seen.recorded {
        // Another process has the PID now: the general rule speaks of it.
        return Some(judge_reused(seen, record, facts));
    }
    let crash = |exit, at| Some(Status::Crashed(Crash { pid, exit, at }));
    match record.phase {
        Phase::Ended {
            exit: Exit::Code(0),
            at,
        } => Some(Status::Stopped(Rest::Finished { at })),
        Phase::Ended { exit, at } => crash(Some(exit), Some(at)),
        Phase::Stopping { .. } => Some(Status::Stopped(rest(seen))),
        Phase::Running if named_in_file => crash(None, None),
        // A start that was cut short before it published anything, or a daemon that
        // took its own PID file away as it went.
        Phase::Starting { .. } if !named_in_file => Some(Status::Stopped(rest(seen))),
        Phase::Running => Some(Status::Stopped(rest(seen))),
        Phase::Starting { .. } => crash(None, None),
    }
}

/// The recorded daemon is gone and its PID was given to another process.
fn judge_reused(seen: &Observation, record: &RunRecord, facts: &ProcessFacts) -> Status {
    let reason = if record.identity.boot_id == seen.boot_id {
        "it was started later than the daemon whose PID it now has"
    } else {
        "the computer was restarted since the daemon ran under this PID"
    };
    Status::Foreign(Foreign {
        pid: facts.identity.pid,
        command_line: facts.command_line.clone(),
        reason: reason.into(),
        certain: true,
    })
}

/// A PID file without a matching record: written by the daemon itself or by
/// another tool, and believed only where nothing speaks against it.
fn judge_named(seen: &Observation, pid: i32, written: DateTime<FixedOffset>) -> Status {
    let facts = match &seen.named {
        ProcessSeen::Gone => {
            return Status::Crashed(Crash {
                pid,
                exit: None,
                at: None,
            });
        }
        ProcessSeen::Hidden(why) => {
            return Status::Unknown {
                reason: format!("cannot look at pid {pid}: {why}"),
                hint: "try again as the user who started the daemon".into(),
            };
        }
        ProcessSeen::Alive(facts) => facts,
    };
    let started_at = started_at(seen, facts);
    let fits = command_line::fits(&seen.command, &facts.command_line);
    // The kernel counts start times in hundredths, file systems some in seconds.
    let younger = started_at > written + TimeDelta::seconds(2);
    let foreign = |reason: &str, certain| {
        Status::Foreign(Foreign {
            pid,
            command_line: facts.command_line.clone(),
            reason: reason.into(),
            certain,
        })
    };
    if facts.uid != seen.our_uid {
        return foreign("it belongs to another user", true);
    }
    match (fits, younger) {
        (true, false) => judge_health(
            seen,
            Alive {
                identity: facts.identity.clone(),
                started_at,
                uptime: facts.age,
                memory_bytes: facts.memory_bytes,
                cpu_time: facts.cpu_time,
                note: None,
            },
        ),
        (true, true) => foreign("it was started after the PID file was written", false),
        (false, true) => foreign("it was started after the PID file was written", true),
        (false, false) if !seen.configured => foreign("no command is configured to compare", false),
        (false, false) => foreign("that is not the configured command", false),
    }
}

fn started_at(seen: &Observation, facts: &ProcessFacts) -> DateTime<FixedOffset> {
    TimeDelta::from_std(facts.age)
        .ok()
        .and_then(|age| seen.now.wall.checked_sub_signed(age))
        .unwrap_or(seen.now.wall)
}

fn rest(seen: &Observation) -> Rest {
    if seen.configured {
        Rest::NotRunning
    } else {
        Rest::NotConfigured
    }
}
