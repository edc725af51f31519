//! One look at a daemon. It changes nothing on disk and signals nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::Local;

use crate::model::config::{Config, Daemon, HealthCheck};
use crate::model::judge::{FAILURES_THAT_COUNT, judge};
use crate::model::log_line::{self, Level};
use crate::model::observation::{Health, Now, Observation, PidFileSeen, Probe, ProcessSeen};
use crate::model::record::RunRecord;
use crate::model::status::Status;
use crate::os::{health, log_files, pid_file, process, run_record};

/// Looks at a daemon without asking its health.
pub fn look(daemon: &Daemon) -> Observation {
    // Files and processes are read one after the other while somebody else may be
    // starting or stopping the daemon. A look that finds nothing alive is made again
    // until two in a row read the same files.
    const MOST: usize = 8;
    let boot_id = process::boot_id().unwrap_or_default();
    let mut files = read_files(daemon);
    for _ in 0..MOST {
        let seen = observe(daemon, files.clone(), &boot_id);
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
    observe(daemon, files, &boot_id)
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
            Status::Stopped(_)
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

/// Looks at a daemon and, where it is alive and has a health URL, asks that up to
/// three times in a row: one bad answer is not a state.
pub fn look_with_health(config: &Config) -> Observation {
    let mut seen = look(&config.daemon);
    if let Some(check) = &config.health
        && judge(&seen).alive().is_some()
    {
        seen.health = Some(ask(check));
    }
    seen
}

/// The last thing a crashed daemon said: the last line of its captured output, else
/// its last logged error.
pub fn last_error(daemon: &Daemon, seen: &Observation, status: &Status) -> Option<String> {
    let Status::Crashed(crash) = status else {
        return None;
    };
    let record = seen
        .record
        .as_ref()
        .filter(|record| record.identity.pid == crash.pid);
    record
        .and_then(|record| last_output(&record.output, record.output_start).pop())
        .or_else(|| last_logged_error(&daemon.logs_dir))
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
        .map(|line| (*line).to_owned())
        .collect()
}

fn last_logged_error(logs_dir: &Path) -> Option<String> {
    let newest = log_files::newest(logs_dir).ok()??;
    let text = log_files::tail(&newest, 200).ok()?;
    String::from_utf8_lossy(&text)
        .lines()
        .rev()
        .filter_map(log_line::parse)
        .find(|line| line.level >= Level::Error)
        .map(|line| line.message.to_owned())
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
    boot_id: &str,
) -> Observation {
    let recorded = record.as_ref().map_or(ProcessSeen::Gone, |record| {
        process::look(record.identity.pid, boot_id)
    });
    let named = match (&pid_file, &record) {
        (PidFileSeen::Pid { pid, .. }, Some(record)) if *pid == record.identity.pid => {
            recorded.clone()
        }
        (PidFileSeen::Pid { pid, .. }, Some(_) | None) => process::look(*pid, boot_id),
        (PidFileSeen::Absent | PidFileSeen::Bad { .. }, Some(_) | None) => ProcessSeen::Gone,
    };
    Observation {
        now: now(),
        configured: daemon.is_configured(),
        command: daemon.command.clone(),
        pid_file,
        record,
        recorded,
        named,
        our_uid: process::our_uid(),
        boot_id: boot_id.to_owned(),
        health: None,
    }
}
