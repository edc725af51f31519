//! One look at a daemon. It changes nothing on disk and signals nothing.

use std::time::{Duration, Instant};

use chrono::Local;

use crate::model::config::{Daemon, HealthCheck, Managed};
use crate::model::life::judge::{FAILURES_THAT_COUNT, judge};
use crate::model::life::observation::{
    Health, Now, Observation, PidFileSeen, Probe, ProcessSeen, Said,
};
use crate::model::life::record::RunRecord;
use crate::os::{health, pid_file, process, run_record};

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
        let untold = match judge(&seen).crash() {
            Some(crash) if crash.exit.is_none() && begin.elapsed() < PATIENCE => crash.pid,
            Some(_) | None => return seen,
        };
        if !process::is_our_child(untold) {
            // If it was one, its end was written down, perhaps since that look.
            return look(daemon);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Looks at a daemon, at what it uses and, where it is alive and has a health URL, asks
/// that up to three times in a row: one bad answer is not a state.
pub fn look_with_health(managed: &Managed) -> Observation {
    let mut seen = look(&managed.daemon);
    look_at_usage(&mut seen);
    if let Some(check) = &managed.health
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
        lived: None,
        usage: None,
        our_uid: process::our_uid(),
        boot_id: boot_id.unwrap_or_default(),
        health: None,
        said: Said::default(),
        cause: None,
        dashboard: None,
    }
}
