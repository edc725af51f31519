//! One run of a job: locked, from a clean start, recorded from beginning to end.

mod going;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset};

use self::going::Run;
use super::moment_in;
use crate::app::capture::CAP;
use crate::model::config::history_file;
use crate::model::jobs::record::{How, JobRecord, SCHEMA};
use crate::model::life::last_words;
use crate::model::life::record::Identity;
use crate::model::text;
use crate::os::job_files::{JobFiles, NoRecord};
use crate::os::lock::{self, LockError};
use crate::os::log_files;
use crate::os::output::Output;
use crate::os::private_file::FileError;
use crate::os::process::{self, Handle};
use crate::os::signals::Heard;

/// What to run.
#[derive(Debug)]
pub struct Task {
    /// The job's name.
    pub name: String,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Where it runs.
    pub working_dir: PathBuf,
    /// Added to the environment that it inherits.
    pub env: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// What stands on its standard input; nothing, if nothing is said.
    pub input: Option<OwnedFd>,
    /// Whether it runs although it is held back.
    pub force: bool,
}

/// What became of it.
#[derive(Debug)]
pub enum Outcome {
    /// It is held back until then, or for good, and has not run.
    HeldBack(Option<DateTime<FixedOffset>>),
    /// It ran, or could not be made to.
    Ended(EndedRun),
}

/// A run that has ended.
#[derive(Debug)]
pub struct EndedRun {
    /// How.
    pub how: How,
    /// Its process, if one was made.
    pub pid: Option<i32>,
    /// How long it took.
    pub took: Duration,
    /// The file with what it wrote.
    pub output: PathBuf,
    /// Where in it this run begins, in bytes.
    pub output_start: u64,
    /// Whether its group had to be killed.
    pub killed: bool,
    /// Why this is not written down, if it is not.
    pub unrecorded: Option<FileError>,
}

impl EndedRun {
    /// The lines at the end of what it wrote that tell why it failed, at most five.
    pub fn last_words(&self) -> Vec<String> {
        last_words(&self.output, self.output_start)
    }
}

/// The lines at the end of what a run wrote that tell why it failed, at most five.
pub fn last_words(output: &Path, start: u64) -> Vec<String> {
    const LONGEST: usize = 500;
    let text = log_files::tail_from(output, start, 40).unwrap_or_default();
    let told = last_words::told(String::from_utf8_lossy(&text).lines(), None);
    last_words::of_failure(&told)
        .iter()
        .map(|line| text::shortened(line, LONGEST))
        .collect()
}

/// Why there was no run.
#[derive(Debug, thiserror::Error)]
pub enum NoRun {
    /// One goes on.
    #[error("already running{}", pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    Running {
        /// Its process, or that which waits for it.
        pid: Option<i32>,
    },
    /// A version to come has run it, and may do so now.
    #[error("the record of its last run, '{}', was written by a newer version", .0.display())]
    Newer(PathBuf),
    /// The lock.
    #[error(transparent)]
    File(#[from] FileError),
    /// The system tells nothing of this process or this boot.
    #[error("cannot tell processes apart")]
    Blind(#[source] io::Error),
    /// No signal handler could be made.
    #[error("cannot wait for a process")]
    Wait(#[source] io::Error),
}

/// Runs a job to its end.
pub fn run(home: &Path, task: &Task) -> Result<Outcome, NoRun> {
    let files = JobFiles::new(home, &task.name);
    let held = lock::take(&files.lock(), Duration::ZERO).map_err(|error| match error {
        LockError::Held { holder, .. } => NoRun::Running {
            pid: holder.map(|holder| holder.pid),
        },
        LockError::File(error) => NoRun::File(error),
    })?;
    let began = moment_in(process::boot_id().map_err(NoRun::Blind)?);
    if !task.force
        && let Some(until) = files.read_switch().holds_back(began.wall)
    {
        return Ok(Outcome::HeldBack(until));
    }
    // One whose wrapper was killed goes on without a lock.
    let before = match files.read_record() {
        // What it says may keep this one out.
        Err(NoRecord::Newer) => return Err(NoRun::Newer(files.record())),
        Err(NoRecord::Damaged | NoRecord::Unreadable(_)) => None,
        Ok(before) => before,
    };
    if let Some(process) = before.as_ref().and_then(running) {
        let pid = Some(process.pid);
        return Err(NoRun::Running { pid });
    }
    let mut heard = Heard::new().map_err(NoRun::Wait)?;

    // If it cannot be kept, the job runs all the same.
    let output = Output::open(&files.output(), CAP).or_else(|error| {
        tracing::warn!("{error}: {}", error.source);
        Output::nowhere()
    })?;
    let record = JobRecord {
        schema: SCHEMA,
        command: task.command.clone(),
        began,
        process: None,
        wrapper: process::ourselves().map_err(NoRun::Blind)?,
        output: files.output(),
        output_start: output.start(),
        end: None,
        succeeded_at: before.and_then(|before| before.succeeded_at),
    };
    let mut run = Run {
        name: task.name.clone(),
        history: history_file(home),
        files,
        record,
        start: Instant::now(),
        killed: false,
        unrecorded: None,
    };
    let spawned = run.spawn(task, &output, &held)?;
    let how = match spawned {
        Ok(child) => run.wait(child, task.timeout, &mut heard)?,
        Err(how) => {
            run.end(&how);
            how
        }
    };
    Ok(Outcome::Ended(EndedRun {
        how,
        pid: run.record.process.map(|process| process.pid),
        took: run.start.elapsed(),
        output: run.record.output,
        output_start: run.record.output_start,
        killed: run.killed,
        unrecorded: run.unrecorded,
    }))
}

/// The process of a run that has not ended, as far as its record says.
fn running(record: &JobRecord) -> Option<&Identity> {
    let process = record.process.as_ref().filter(|_| record.end.is_none())?;
    // What cannot be seen is taken for alive: no two go at once.
    let lives = Handle::open(process).map_or(true, |handle| handle.is_ok());
    lives.then_some(process)
}
