//! One look at a daemon. It changes nothing on disk and signals nothing.

use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, Local};

use crate::model::config::{Daemon, PidFileOwner};
use crate::model::life::clock::Now;
use crate::model::life::command_line;
use crate::model::life::observation::{Observation, PidFileSeen, ProcessSeen};
use crate::model::life::record::RunRecord;
use crate::model::words;
use crate::os::{pid_file, process, run_record};

/// Looks at a daemon's files and processes.
pub fn observe(daemon: &Daemon) -> Observation {
    let mut seen = look_at_files(daemon);
    let begin = Instant::now();
    while is_being_written(&seen) && begin.elapsed() < YOUNG {
        thread::sleep(YOUNG / 10);
        seen = look_at_files(daemon);
    }
    if seen.is_to_be_searched() {
        let command = &daemon.command;
        seen.search = Some(process::search(|line| command_line::fits(command, line)));
    }
    trace(&seen);
    seen
}

/// A PID file that holds no PID, and is younger than this, may be about to get one.
const YOUNG: Duration = Duration::from_millis(200);

fn is_being_written(seen: &Observation) -> bool {
    let PidFileSeen::Damaged { written, .. } = &seen.pid_file else {
        return false;
    };
    let age = (seen.now.wall - written).to_std();
    !seen.recorded_lives() && age.is_ok_and(|age| age < YOUNG)
}

fn look_at_files(daemon: &Daemon) -> Observation {
    // Files and processes are read one after the other while somebody else may be
    // starting or stopping the daemon. A look that does not find the recorded process is
    // made again until two in a row read the same files.
    const MOST: usize = 8;
    let boot_id = process::boot_id().ok();
    let mut files = read_files(daemon);
    for _ in 0..MOST {
        let seen = assembled(daemon, files.clone(), boot_id.as_deref());
        if seen.recorded_lives() {
            return seen;
        }
        let again = read_files(daemon);
        if again == files {
            return seen;
        }
        files = again;
    }
    assembled(daemon, files, boot_id.as_deref())
}

/// Looks at a daemon that may have ended this very moment. The reaper records how a
/// child of this process ended before it takes it out of the process table: as long as
/// it is in there, its exit is still to come, and is waited for.
pub fn look_at_end(daemon: &Daemon) -> Observation {
    const PATIENCE: Duration = Duration::from_secs(2);
    let begin = Instant::now();
    loop {
        let seen = observe(daemon);
        let Some(untold) = seen.end_untold().filter(|_| begin.elapsed() < PATIENCE) else {
            return seen;
        };
        if !process::is_our_child(untold) {
            // If it was one, its end was recorded, perhaps since that look.
            return observe(daemon);
        }
        thread::sleep(Duration::from_millis(2));
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
    match &seen.pid_file {
        PidFileSeen::Absent => tracing::debug!("there is no PID file"),
        PidFileSeen::Pid { pid, written } => {
            tracing::debug!("the PID file, written {}, names pid {pid}", moment(written));
        }
        PidFileSeen::Damaged { message, .. } | PidFileSeen::Bad { message, .. } => {
            tracing::debug!("{message}");
        }
    }
    match &seen.record {
        None => tracing::debug!("there is no run record that can be read"),
        Some(record) => {
            let (pid, started) = (record.identity.pid, moment(&record.started_at));
            tracing::debug!("the run record names pid {pid}, started {started}");
            trace_process("the recorded process", &seen.recorded);
        }
    }
    if seen.named != seen.recorded {
        trace_process("the process of the PID file", &seen.named);
    }
}

fn trace_process(which: &str, seen: &ProcessSeen) {
    match seen {
        ProcessSeen::Gone => tracing::debug!("{which} is gone"),
        ProcessSeen::Hidden(why) => tracing::debug!("{which} cannot be looked at: {why}"),
        ProcessSeen::Alive(facts) => tracing::debug!(
            "{which} is alive: pid {}, user {}, for {}, {}",
            facts.identity.pid,
            facts.uid,
            words::uptime(facts.age),
            words::command(&facts.command_line),
        ),
    }
}

fn moment(at: &DateTime<FixedOffset>) -> impl std::fmt::Display {
    at.format("%Y-%m-%d %H:%M:%S")
}

fn read_files(daemon: &Daemon) -> (Option<RunRecord>, PidFileSeen) {
    // A start writes the record first and the PID file after it: read in this order,
    // a PID file that is new never stands without its record for long.
    (
        run_record::read(&daemon.record_file()),
        pid_file::read(&daemon.pid_file),
    )
}

fn assembled(
    daemon: &Daemon,
    (record, pid_file): (Option<RunRecord>, PidFileSeen),
    boot_id: Option<&str>,
) -> Observation {
    let see = |pid| match boot_id {
        Some(boot_id) => process::see(pid, boot_id),
        None => ProcessSeen::Hidden("this boot cannot be told from others".into()),
    };
    let recorded = record
        .as_ref()
        .map_or(ProcessSeen::Gone, |record| see(record.identity.pid));
    let supervisor = record
        .as_ref()
        .and_then(|record| record.supervisor.as_ref())
        .map_or(ProcessSeen::Gone, |supervisor| see(supervisor.identity.pid));
    let named = match (&pid_file, &record) {
        (PidFileSeen::Pid { pid, .. }, Some(record)) if *pid == record.identity.pid => {
            recorded.clone()
        }
        (PidFileSeen::Pid { pid, .. }, Some(_) | None) => see(*pid),
        (
            PidFileSeen::Absent | PidFileSeen::Damaged { .. } | PidFileSeen::Bad { .. },
            Some(_) | None,
        ) => ProcessSeen::Gone,
    };
    let origin = match &named {
        ProcessSeen::Alive(facts) if facts.uid == process::our_uid() && named != recorded => {
            process::origin(facts.identity.pid, &daemon.working_dir)
        }
        ProcessSeen::Alive(_) | ProcessSeen::Gone | ProcessSeen::Hidden(_) => None,
    };
    let record_file = daemon.record_file();
    let record_newer = record.is_none() && run_record::is_newer(&record_file);
    let record_damaged = !record_newer
        && record.is_none()
        && pid_file == PidFileSeen::Absent
        && run_record::is_damaged(&record_file);
    let there = record.as_ref().and_then(|record| record.host.as_ref());
    let here = there.map(|_| process::here().clone());
    // A boot that cannot be told is not for that another one.
    let recorded_boot = record
        .as_ref()
        .map(|record| record.identity.boot_id.clone());
    let boot_id = boot_id.map(str::to_owned).or(recorded_boot);
    Observation {
        now: now(),
        command: daemon.command.clone(),
        pid_file,
        record_file,
        record_damaged,
        record_newer,
        search: None,
        writes_pid_file: daemon.pid_file_owner == PidFileOwner::Daemon,
        origin,
        ended: None,
        record,
        recorded,
        supervisor,
        named,
        lived: None,
        our_uid: process::our_uid(),
        boot_id: boot_id.unwrap_or_default(),
        here,
    }
}
