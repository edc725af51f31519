//! One look at a daemon. It changes nothing on disk and signals nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, Local, Timelike};

use super::logs;
use crate::model::config::{Config, Daemon, HealthCheck};
use crate::model::judge::{FAILURES_THAT_COUNT, judge};
use crate::model::log_filter::{Filter, Grouping};
use crate::model::log_line::{self, Level};
use crate::model::log_time::When;
use crate::model::observation::{Health, Now, Observation, PidFileSeen, Probe, ProcessSeen};
use crate::model::record::RunRecord;
use crate::model::status::Status;
use crate::model::{self, port, words};
use crate::os::{health, log_files, pid_file, process, run_record};

/// A line that a daemon wrote is cut behind this many characters.
const LONGEST_LINE: usize = 500;

/// Looks at a daemon without asking its health.
pub fn look(daemon: &Daemon) -> Observation {
    // Files and processes are read one after the other while somebody else may be
    // starting or stopping the daemon. A look that finds nothing alive is made again
    // until two in a row read the same files.
    const MOST: usize = 8;
    let boot_id = process::boot_id().ok();
    let mut files = read_files(daemon);
    for _ in 0..MOST {
        let seen = observe(daemon, files.clone(), boot_id.as_deref());
        if judge(&seen).alive().is_some() {
            trace(&seen);
            return seen;
        }
        let again = read_files(daemon);
        if again == files {
            trace(&seen);
            return seen;
        }
        files = again;
    }
    observe(daemon, files, boot_id.as_deref())
}

/// Looks at a daemon that may have ended this very moment. The reaper writes down how a
/// child of this process ended before it takes it out of the process table: as long as
/// it is in there, its exit is still to come, and is waited for.
pub fn look_at_end(daemon: &Daemon) -> Observation {
    const PATIENCE: Duration = Duration::from_secs(2);
    let begin = Instant::now();
    loop {
        let seen = look(daemon);
        let to_come = match judge(&seen) {
            Status::Crashed(crash) => crash.exit.is_none() && process::is_our_child(crash.pid),
            Status::CrashLooping { .. }
            | Status::Stopped(_)
            | Status::Starting(_)
            | Status::Running(_)
            | Status::Unhealthy { .. }
            | Status::Stopping(_)
            | Status::Foreign(_)
            | Status::Unknown { .. } => false,
        };
        if !to_come || begin.elapsed() > PATIENCE {
            return seen;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Looks at a daemon, at what it uses and, where it is alive and has a health URL, asks
/// that up to three times in a row: one bad answer is not a state.
pub fn look_with_health(config: &Config) -> Observation {
    let mut seen = look(&config.daemon);
    look_at_usage(&mut seen);
    if let Some(check) = &config.health
        && judge(&seen).alive().is_some()
    {
        seen.health = Some(ask(check));
    }
    seen
}

/// Looks at what a daemon uses, too, if it is alive.
pub fn look_at_usage(seen: &mut Observation) {
    let pid = judge(seen).alive().map(|alive| alive.identity.pid);
    seen.usage = pid.map(process::usage);
}

/// Concludes the status from a look, with what went wrong last; of a crash also why, where
/// that can be found out. `explained` is what was found out of the last crash.
pub fn conclude(
    config: &Config,
    seen: &mut Observation,
    explained: &mut Option<(i32, Option<String>)>,
) -> (Status, Option<String>) {
    let status = judge(seen);
    let last_error = last_error(&config.daemon, seen, &status);
    let Some(crash) = status.crash() else {
        *explained = None;
        return (status, last_error);
    };
    if explained.as_ref().is_none_or(|(of, _)| *of != crash.pid) {
        *explained = Some((crash.pid, cause(config, last_error.as_slice())));
    }
    seen.cause = explained.as_ref().and_then(|(_, cause)| cause.clone());
    (judge(seen), last_error)
}

/// What the last words of a daemon say of why it ended.
pub fn cause(config: &Config, words: &[String]) -> Option<String> {
    let url = config.health.as_ref().map(|check| check.url.as_str());
    let usual = url.and_then(model::health::port);
    let mut ports = words
        .iter()
        .rev()
        .filter_map(|line| port::taken(line, usual));
    let port = ports.next()?;
    let holder = process::listener(port);
    let holder = holder
        .as_ref()
        .map(|holder| (holder.pid, holder.name.as_str()));
    Some(port::sentence(port, holder))
}

/// What went wrong last since the daemon started: of a crashed one the last line of its
/// captured output, else the last error that it logged.
pub fn last_error(daemon: &Daemon, seen: &Observation, status: &Status) -> Option<String> {
    let since = match status {
        Status::Crashed(crash) | Status::CrashLooping { crash, .. } => {
            let record = seen.record.as_ref();
            let record = record.filter(|record| record.identity.pid == crash.pid)?;
            let said = last_output(&record.output, record.output_start).pop();
            if said.is_some() {
                return said;
            }
            record.started_at
        }
        Status::Starting(alive)
        | Status::Running(alive)
        | Status::Unhealthy { alive, .. }
        | Status::Stopping(alive) => alive.started_at,
        Status::Stopped(_) | Status::Foreign(_) | Status::Unknown { .. } => return None,
    };
    last_logged_error(&daemon.logs_dir, since, seen.now.wall)
}

/// The last lines that the recorded daemon wrote, at most five.
pub fn last_words(daemon: &Daemon) -> Vec<String> {
    run_record::read(&daemon.record_file())
        .map(|record| last_output(&record.output, record.output_start))
        .unwrap_or_default()
}

/// The last lines of the capture file that say something, at most five, none of them
/// from before the offset `start`.
pub fn last_output(path: &Path, start: u64) -> Vec<String> {
    let text = log_files::tail_from(path, start, 20).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    lines[lines.len().saturating_sub(5)..]
        .iter()
        .map(|line| cut(line))
        .collect()
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The last entry of an error in the logs that were written since then: when, who and what,
/// on one line. Only the end of the newest few is read: this is asked at each look.
fn last_logged_error(
    folder: &Path,
    since: DateTime<FixedOffset>,
    now: DateTime<FixedOffset>,
) -> Option<String> {
    const FILES: usize = 4;
    const END: u64 = 64 * 1024;
    // Logs have whole seconds.
    let since = since.with_nanosecond(0)?;
    let filter = Filter {
        level: Some(Level::Error),
        since: Some(logs::moment(When::Exact(since))),
        ..Filter::default()
    };
    let newest = log_files::newest_since(folder, since.into(), FILES).ok()?;
    newest
        .iter()
        .filter_map(|path| {
            let text = log_files::end(path, END).ok()?;
            let entry = filter.matching(&text, Grouping::Entries).last()?;
            let line = log_line::parse(log_line::split_line(&text[entry]).0)?;
            Some((line.time()?.wall(*now.offset()), words::logged(&line, now)))
        })
        .max_by_key(|(time, _)| *time)
        .map(|(_, said)| said)
}

fn ask(check: &HealthCheck) -> Health {
    let mut failures = 0;
    loop {
        let last = health::probe(check);
        match last {
            Probe::Good => return Health { failures: 0, last },
            Probe::Bad(_) => failures += 1,
        }
        if failures == FAILURES_THAT_COUNT {
            return Health { failures, last };
        }
    }
}

/// The present moment by both clocks.
pub fn now() -> Now {
    Now {
        wall: Local::now().fixed_offset(),
        clock: process::boot_clock(),
    }
}

/// For whoever asks for each step.
fn trace(seen: &Observation) {
    tracing::debug!("PID file: {:?}", seen.pid_file);
    tracing::debug!("record: {:?}", seen.record);
    tracing::debug!("recorded process: {:?}", seen.recorded);
    tracing::debug!("named process: {:?}", seen.named);
}

fn read_files(daemon: &Daemon) -> (Option<RunRecord>, PidFileSeen) {
    // A start writes the record first and the PID file after it: read in this order,
    // a PID file that is new never stands without its record for long.
    (
        run_record::read(&daemon.record_file()),
        pid_file::read(&daemon.pid_file),
    )
}

fn observe(
    daemon: &Daemon,
    (record, pid_file): (Option<RunRecord>, PidFileSeen),
    boot_id: Option<&str>,
) -> Observation {
    let look = |pid| match boot_id {
        Some(boot_id) => process::look(pid, boot_id),
        None => ProcessSeen::Hidden("this boot cannot be told from others".into()),
    };
    let recorded = record
        .as_ref()
        .map_or(ProcessSeen::Gone, |record| look(record.identity.pid));
    let supervisor = record
        .as_ref()
        .and_then(|record| record.supervisor.as_ref())
        .map_or(ProcessSeen::Gone, |supervisor| {
            look(supervisor.identity.pid)
        });
    let named = match (&pid_file, &record) {
        (PidFileSeen::Pid { pid, .. }, Some(record)) if *pid == record.identity.pid => {
            recorded.clone()
        }
        (PidFileSeen::Pid { pid, .. }, Some(_) | None) => look(*pid),
        (PidFileSeen::Absent | PidFileSeen::Bad { .. }, Some(_) | None) => ProcessSeen::Gone,
    };
    // A boot that cannot be told is not for that another one.
    let recorded_boot = record
        .as_ref()
        .map(|record| record.identity.boot_id.clone());
    let boot_id = boot_id.map(str::to_owned).or(recorded_boot);
    Observation {
        now: now(),
        configured: daemon.is_configured(),
        command: daemon.command.clone(),
        pid_file,
        record,
        recorded,
        supervisor,
        named,
        usage: None,
        our_uid: process::our_uid(),
        boot_id: boot_id.unwrap_or_default(),
        health: None,
        cause: None,
        dashboard: None,
    }
}
