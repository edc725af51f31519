//! What a look means: the one judge behind the command line and the tray. What is found out
//! afterwards is in `model::life::report`.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use crate::model::life::command_line;
use crate::model::life::observation::{
    Observation, PidFileSeen, ProcessFacts, ProcessSeen, Search, Usage,
};
use crate::model::life::record::{Deadline, Exit, Phase, RunRecord};
use crate::model::life::status::{Alive, Crash, Foreign, Rest, RestCause, Status, Supervised};
use crate::model::words;

/// After this time since the boot, what starts at login should have been started.
pub const TIME_TO_LOG_IN: Duration = Duration::from_secs(120);

/// The kernel counts start times in hundredths, file systems some in seconds.
const FILE_TIMES: TimeDelta = TimeDelta::seconds(2);

/// Concludes the status from a look. Health, usage and the cause of a crash are found out once
/// it is known.
pub fn judge(seen: &Observation) -> Status {
    let Some(record) = &seen.record else {
        if seen.record_newer {
            let file = seen.record_file.display();
            return Status::Unknown {
                reason: format!("its run record '{file}' was written by a newer version"),
                hint: "use that version; this one leaves the daemon and the record alone".into(),
            };
        }
        return judge_pid_file(seen);
    };
    if let Some(place) = seen.elsewhere() {
        return Status::Unknown {
            reason: format!("it runs, or ran, {place}"),
            hint: format!(
                "stop it there; if that place is gone for good, remove '{}'",
                seen.record_file.display()
            ),
        };
    }
    let identity = &record.identity;
    match &seen.recorded {
        recorded if recorded.is(identity) => judge_alive(seen, record),
        ProcessSeen::Hidden(why) if identity.boot_id == seen.boot_id => hidden(identity.pid, why),
        ProcessSeen::Alive(_) | ProcessSeen::Hidden(_) | ProcessSeen::Gone => {
            judge_gone(seen, record)
        }
    }
}

/// The PID file alone says who the daemon is.
fn judge_pid_file(seen: &Observation) -> Status {
    match &seen.pid_file {
        PidFileSeen::Absent if seen.record_damaged => {
            let note = format!("its run record '{}' is damaged", seen.record_file.display());
            someone_else(seen, &note)
                .unwrap_or_else(|| stopped(RestCause::NotRunning, seen, Some(note)))
        }
        PidFileSeen::Absent => stopped(RestCause::NotRunning, seen, None),
        PidFileSeen::Damaged { message, .. } => someone_else(seen, message)
            .unwrap_or_else(|| stopped(RestCause::NotRunning, seen, Some(message.clone()))),
        PidFileSeen::Bad { message, hint } => Status::Unknown {
            reason: message.clone(),
            hint: hint.clone(),
        },
        PidFileSeen::Pid { pid, written } => judge_named(seen, *pid, *written),
    }
}

/// Files are damaged: whether, for all that is known, the daemon may run without them.
fn someone_else(seen: &Observation, damage: &str) -> Option<Status> {
    let unknown = |why: Option<&str>| Status::Unknown {
        reason: match why {
            Some(why) => format!("{damage}; cannot look for the daemon: {why}"),
            None => damage.to_owned(),
        },
        hint:
            "nothing was signalled; make sure that the daemon is not running, then remove the file"
                .into(),
    };
    match &seen.search {
        Some(Search::Found(found)) => {
            let first = found.first()?;
            let more = match found.len() - 1 {
                0 => String::new(),
                1 => ", as does 1 more".to_owned(),
                more => format!(", as do {more} more"),
            };
            Some(Status::Foreign(Foreign {
                pid: first.identity.pid,
                command_line: first.command_line.clone(),
                reason: format!("that is the configured command{more}, and {damage}"),
                certain: false,
            }))
        }
        Some(Search::Incomplete(why)) => Some(unknown(Some(why))),
        None => Some(unknown(None)),
    }
}

fn hidden(pid: i32, why: &str) -> Status {
    Status::Unknown {
        reason: format!("cannot look at pid {pid}: {why}"),
        hint: "try again as the user who started the daemon".into(),
    }
}

fn judge_alive(seen: &Observation, record: &RunRecord) -> Status {
    let uptime = seen
        .now
        .clock
        .saturating_sub(Duration::from_millis(record.started_ms));
    let alive = Alive {
        identity: record.identity.clone(),
        started_at: seen.started_at(record),
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
        PidFileSeen::Damaged { message, .. } | PidFileSeen::Bad { message, .. } => {
            Some(message.clone())
        }
    }
}

/// The recorded process is gone. Where the PID file tells of another one, that decides.
fn judge_gone(seen: &Observation, record: &RunRecord) -> Status {
    let pid = record.identity.pid;
    match &seen.pid_file {
        PidFileSeen::Pid { pid: named, .. } if *named != pid => return judge_pid_file(seen),
        PidFileSeen::Bad { .. } => return judge_pid_file(seen),
        PidFileSeen::Damaged { message, .. } => {
            if let Some(status) = someone_else(seen, message) {
                return status;
            }
        }
        PidFileSeen::Pid { .. } | PidFileSeen::Absent => {}
    }
    let has_pid_file = matches!(seen.pid_file, PidFileSeen::Pid { .. });
    let mut note = match &seen.pid_file {
        PidFileSeen::Damaged { message, .. } => Some(message.clone()),
        PidFileSeen::Pid { .. } => stranger(seen),
        PidFileSeen::Absent | PidFileSeen::Bad { .. } => None,
    };
    if record.identity.boot_id == seen.boot_id {
        judge_ended(seen, record, has_pid_file, note.as_deref())
    } else {
        let unsupervised = record.supervisor.is_some() && seen.now.clock > TIME_TO_LOG_IN;
        if unsupervised && note.is_none() {
            note = Some("`inneros daemon run`, which had started it, has not come back".into());
        }
        stopped(RestCause::Restarted, seen, note)
    }
}

/// Which process has the recorded PID by now.
fn stranger(seen: &Observation) -> Option<String> {
    match &seen.recorded {
        ProcessSeen::Alive(facts) => Some(format!(
            "pid {} is another process now ({}), which is left alone",
            facts.identity.pid,
            words::process(&facts.command_line)
        )),
        ProcessSeen::Gone | ProcessSeen::Hidden(_) => None,
    }
}

/// The recorded process is gone since the computer was started.
fn judge_ended(
    seen: &Observation,
    record: &RunRecord,
    has_pid_file: bool,
    note: Option<&str>,
) -> Status {
    let crash = |exit, at, due| Crash {
        pid: record.identity.pid,
        exit,
        at,
        cause: None,
        supervised: seen.supervisor().map(|supervisor| Supervised {
            attempt: supervisor.attempt,
            due,
        }),
        note: note.map(str::to_owned),
    };
    let rest = |cause| stopped(cause, seen, note.map(str::to_owned));
    let seen_end = seen
        .ended
        .as_ref()
        .filter(|(of, ..)| *of == record.identity);
    let (exit, at) = seen_end.map_or((None, None), |(_, exit, at)| (Some(*exit), Some(*at)));
    let untold = || match at {
        Some(at) if exit == Some(Exit::Code(0)) => rest(RestCause::Finished { at }),
        at => Status::Crashed(crash(exit, at, None)),
    };
    match record.phase {
        Phase::Ended {
            exit: Some(Exit::Code(0)),
            at,
        } => rest(RestCause::Finished { at }),
        Phase::Ended { exit, at } => Status::Crashed(crash(exit, Some(at), None)),
        Phase::Backoff { exit, at, due, .. } => Status::Crashed(crash(exit, Some(at), Some(due))),
        Phase::CrashLooping {
            exit,
            at,
            starts,
            window_ms,
        } => Status::CrashLooping {
            crash: crash(exit, Some(at), None),
            starts,
            window: Duration::from_millis(window_ms),
        },
        // Whoever asked for the stop is gone, or has given up: it ended later, by itself.
        Phase::Stopping { deadline } if outlived(seen, record, deadline) => untold(),
        Phase::Stopping { .. } => rest(RestCause::NotRunning),
        Phase::Starting { .. } | Phase::Running if has_pid_file || exit.is_some() => untold(),
        // A start that was cut short before it published anything, or a daemon that
        // took its own PID file away as it went.
        Phase::Starting { .. } | Phase::Running => rest(RestCause::NotRunning),
    }
}

/// Whether the recorded daemon is known to have lived past the end of a stop.
fn outlived(seen: &Observation, record: &RunRecord, deadline: Deadline) -> bool {
    seen.lived
        .as_ref()
        .is_some_and(|(who, last)| *who == record.identity && !deadline.is_ahead(*last))
}

/// A PID file without a matching record: written by the daemon itself or by
/// another tool, and believed only where nothing speaks against it.
fn judge_named(seen: &Observation, pid: i32, written: DateTime<FixedOffset>) -> Status {
    let facts = match &seen.named {
        ProcessSeen::Gone if is_before_boot(seen, written) => {
            return stopped(RestCause::Restarted, seen, None);
        }
        ProcessSeen::Gone => {
            let seen_end = seen.ended.as_ref().filter(|(of, ..)| of.pid == pid);
            return Status::Crashed(Crash {
                pid,
                exit: seen_end.map(|(_, exit, _)| *exit),
                at: seen_end.map(|(_, _, at)| *at),
                cause: None,
                supervised: None,
                note: None,
            });
        }
        ProcessSeen::Hidden(why) => return hidden(pid, why),
        ProcessSeen::Alive(facts) => facts,
    };
    let started_at = started_at(seen, facts);
    let origin = seen.origin.as_ref().filter(|origin| origin.in_folder);
    let fits = command_line::fits(&seen.command, &facts.command_line)
        || origin.is_some_and(|origin| {
            let program = origin.program.to_string_lossy();
            command_line::fits_with_title(&seen.command, &facts.command_line, &program)
        });
    // A file that the daemon wrote before the clock was set proves nothing by its time: then its
    // folder must speak for the process.
    let unset = seen.writes_pid_file && is_before_boot(seen, written) && origin.is_some();
    let younger = started_at > written + FILE_TIMES && !unset;
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

/// Whether a file was written before the computer was started, as far as the wall clock tells.
fn is_before_boot(seen: &Observation, written: DateTime<FixedOffset>) -> bool {
    TimeDelta::from_std(seen.now.clock)
        .ok()
        .and_then(|clock| seen.now.wall.checked_sub_signed(clock))
        .is_some_and(|boot| written + FILE_TIMES < boot)
}

fn stopped(cause: RestCause, seen: &Observation, note: Option<String>) -> Status {
    let cause = if seen.command.is_empty() {
        RestCause::NotConfigured
    } else {
        cause
    };
    Status::Stopped(Rest { cause, note })
}
