//! What is concluded from a look: the one judge behind the command line and the tray. What is
//! found out after it stands in [`crate::model::life::report`].

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use crate::model::life::command_line;
use crate::model::life::observation::{Observation, PidFileSeen, ProcessFacts, ProcessSeen, Usage};
use crate::model::life::record::{Deadline, Exit, Phase, RunRecord};
use crate::model::life::status::{Alive, Crash, Foreign, Rest, Status, Supervised};

/// How many health failures in a row make a daemon unhealthy: one bad answer is not
/// a state.
pub const FAILURES_THAT_COUNT: u32 = 3;

/// Concludes the status from a look. Health, usage and the cause of a crash are found out once
/// it is known.
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
            Some(judge_alive(seen, record))
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

fn judge_alive(seen: &Observation, record: &RunRecord) -> Status {
    let uptime = seen
        .now
        .clock
        .saturating_sub(Duration::from_millis(record.started_ms));
    let alive = Alive {
        identity: record.identity.clone(),
        started_at: record.started_at,
        uptime,
        usage: Usage::default(),
        supervisor: seen.supervisor().map(|supervisor| supervisor.identity.pid),
        note: odd_pid_file(seen, record.identity.pid),
        failing: Vec::new(),
    };
    let clock = seen.now.clock;
    match record.phase {
        Phase::Starting { deadline } if deadline.is_ahead(clock) => Status::Starting(Alive {
            // Not published yet: that the PID file is not there is as it should be.
            note: None,
            ..alive
        }),
        Phase::Stopping { deadline } if deadline.is_ahead(clock) => Status::Stopping(alive),
        Phase::Starting { .. }
        | Phase::Running
        | Phase::Stopping { .. }
        | Phase::Ended { .. }
        | Phase::Backoff { .. }
        | Phase::CrashLooping { .. } => Status::Running(alive),
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
    let crash_due = |exit, at, due| Crash {
        pid,
        exit,
        at,
        cause: None,
        supervised: seen.supervisor().map(|supervisor| Supervised {
            attempt: supervisor.attempt,
            due,
        }),
    };
    let crash = |exit, at| Some(Status::Crashed(crash_due(exit, at, None)));
    match record.phase {
        Phase::Ended {
            exit: Some(Exit::Code(0)),
            at,
        } => Some(Status::Stopped(Rest::Finished { at })),
        Phase::Ended { exit, at } => crash(exit, Some(at)),
        Phase::Backoff { exit, at, due, .. } => {
            Some(Status::Crashed(crash_due(exit, Some(at), Some(due))))
        }
        Phase::CrashLooping {
            exit,
            at,
            starts,
            window_ms,
        } => Some(Status::CrashLooping {
            crash: crash_due(exit, Some(at), None),
            starts,
            window: Duration::from_millis(window_ms),
        }),
        // Whoever asked for the stop is gone, or has given up: it ended later, by itself.
        Phase::Stopping { deadline } if outlived(seen, record, deadline) => crash(None, None),
        Phase::Stopping { .. } => Some(Status::Stopped(rest(seen))),
        Phase::Running if named_in_file => crash(None, None),
        // A start that was cut short before it published anything, or a daemon that
        // took its own PID file away as it went.
        Phase::Starting { .. } if !named_in_file => Some(Status::Stopped(rest(seen))),
        Phase::Running => Some(Status::Stopped(rest(seen))),
        Phase::Starting { .. } => crash(None, None),
    }
}

/// Whether the recorded daemon is known to have lived past the end of a stop.
fn outlived(seen: &Observation, record: &RunRecord, deadline: Deadline) -> bool {
    seen.lived
        .as_ref()
        .is_some_and(|(who, last)| *who == record.identity && !deadline.is_ahead(*last))
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
                cause: None,
                supervised: None,
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
        (true, false) => Status::Running(Alive {
            identity: facts.identity.clone(),
            started_at,
            uptime: facts.age,
            usage: Usage::default(),
            supervisor: None,
            note: None,
            failing: Vec::new(),
        }),
        (true, true) => foreign("it was started after the PID file was written", false),
        (false, true) => foreign("it was started after the PID file was written", true),
        (false, false) if seen.command.is_empty() => {
            foreign("no command is configured to compare", false)
        }
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
    if seen.command.is_empty() {
        Rest::NotConfigured
    } else {
        Rest::NotRunning
    }
}
