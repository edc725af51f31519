//! One run of a job: locked, from a clean start, recorded from its first moment to its end.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset};

use super::moment_in;
use crate::app::capture::CAP;
use crate::app::environment;
use crate::model::jobs::record::{How, JobRecord, RunEnd};
use crate::model::life::last_words;
use crate::model::life::observation::ProcessSeen;
use crate::model::life::record::{Exit, Identity};
use crate::model::text;
use crate::os::job_files::JobFiles;
use crate::os::lock::{self, Lock, LockError};
use crate::os::output::{self, Output};
use crate::os::private_file::{self, FileError};
use crate::os::process::{self, Child, Handle, ProgramError, Signal, Spawn, SpawnError};
use crate::os::{log_files, signals};

/// How long a job may go on after SIGTERM before its group is killed.
const KILL_AFTER: Duration = Duration::from_secs(10);

/// How often the output is looked at, whether it has grown too long.
const LOOK: Duration = Duration::from_secs(2);

/// Of output that has grown too long, this much is kept in the predecessor, in bytes.
const MOST: u64 = 16 * CAP;

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
    /// What stands on its standard input; nothing, where nothing is said.
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
    /// Its process, where one was made.
    pub pid: Option<i32>,
    /// How long it took.
    pub took: Duration,
    /// The file with what it wrote.
    pub output: PathBuf,
    /// Where in it this run begins, in bytes.
    pub output_start: u64,
    /// Whether its group had to be killed.
    pub killed: bool,
    /// Why this is not written down, where it is not.
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
    /// The lock.
    #[error(transparent)]
    File(#[from] FileError),
    /// The system tells nothing of this process or this boot.
    #[error("cannot tell processes apart")]
    Blind(#[source] io::Error),
    /// No thread or no signal handler could be made.
    #[error("cannot wait for a process")]
    Wait(#[source] io::Error),
}

enum Event {
    Ended(io::Result<Exit>),
    Asked(i32),
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
    let before = files.read_record().ok().flatten();
    if let Some(process) = before.as_ref().and_then(running) {
        let pid = Some(process.pid);
        return Err(NoRun::Running { pid });
    }
    let (events, heard) = channel();
    let asked = events.clone();
    // Nobody listens once the run is over.
    signals::on_end(move |signal| drop(asked.send(Event::Asked(signal)))).map_err(NoRun::Wait)?;

    // Where it cannot be kept, the job runs all the same.
    let output = Output::open(&files.output(), CAP).or_else(|error| {
        tracing::warn!("{error}: {}", error.source);
        Output::nowhere()
    })?;
    let record = JobRecord {
        schema: 1,
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
        files,
        record,
        start: Instant::now(),
        killed: false,
        unrecorded: None,
    };
    let spawned = run.spawn(task, &output, &held)?;
    let how = match spawned {
        Ok(child) => run.wait(child, task.timeout, &events, &heard)?,
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

/// A run between its first and its last moment.
struct Run {
    files: JobFiles,
    record: JobRecord,
    start: Instant,
    killed: bool,
    unrecorded: Option<FileError>,
}

impl Run {
    /// Makes the process, recorded before it runs. Why it cannot be made is for the record, too.
    fn spawn(
        &mut self,
        task: &Task,
        output: &Output,
        held: &Lock,
    ) -> Result<Result<Child, How>, NoRun> {
        let environment = match environment::of(&task.env, &task.working_dir) {
            Ok(environment) => environment,
            Err(why) => return Ok(Err(not_started(126, why))),
        };
        let path = environment.iter().find(|(key, _)| key == "PATH");
        let path = path.map_or_else(|| "/usr/bin:/bin".into(), |(_, path)| path.clone());
        if let Err(error) = process::check_working_dir(&task.working_dir) {
            let folder = task.working_dir.display();
            return Ok(Err(not_started(
                126,
                format!("cannot enter '{folder}': {error}"),
            )));
        }
        let program = task.command.first().map_or("", String::as_str);
        let program = match process::resolve_program(program, &task.working_dir, &path) {
            Ok(program) => program,
            Err(error) => {
                let missing = matches!(
                    error,
                    ProgramError::Missing { .. } | ProgramError::NotInPath { .. }
                );
                return Ok(Err(not_started(
                    if missing { 127 } else { 126 },
                    in_words(&error),
                )));
            }
        };
        let what = Spawn {
            program: &program,
            arguments: &task.command,
            environment: &environment,
            working_dir: &task.working_dir,
            input: task.input.as_ref().map(AsFd::as_fd),
            output: output.as_fd(),
        };
        let boot_id = self.record.began.boot_id.clone();
        let spawned = process::spawn(&what, |pid| -> Result<(), NoRun> {
            held.still_counts()?;
            let ProcessSeen::Alive(facts) = process::see(pid, &boot_id) else {
                let gone = io::Error::other("the new process cannot be looked at");
                return Err(NoRun::Blind(gone));
            };
            self.record.process = Some(facts.identity);
            self.write();
            Ok(())
        });
        match spawned {
            Ok(child) => Ok(Ok(child)),
            Err(SpawnError::Publish(error)) => Err(error),
            Err(error) => {
                self.record.process = None;
                Ok(Err(not_started(126, in_words(&error))))
            }
        }
    }

    /// Waits for the end, and writes it down before the process is taken out of the table.
    fn wait(
        &mut self,
        child: Child,
        timeout: Option<Duration>,
        events: &Sender<Event>,
        heard: &Receiver<Event>,
    ) -> Result<How, NoRun> {
        let process = self.record.process.clone();
        let handle = process
            .as_ref()
            .and_then(|process| Handle::open(process).ok()?.ok());
        let how = thread::scope(|scope| {
            let tell = events.clone();
            let waiting = &child;
            thread::Builder::new()
                .name("waiter".into())
                .spawn_scoped(scope, move || drop(tell.send(Event::Ended(waiting.wait()))))
                .map_err(NoRun::Wait)?;
            self.listen(timeout, heard, handle.as_ref())
        })?;
        if let (How::TimedOut(_), Some(process)) = (&how, &process) {
            // Its number is its group's as long as it is not reaped.
            let _ = process::kill_group_of_child(process.pid);
        }
        self.end(&how);
        child.reap();
        Ok(how)
    }

    fn listen(
        &mut self,
        timeout: Option<Duration>,
        heard: &Receiver<Event>,
        handle: Option<&Handle>,
    ) -> Result<How, NoRun> {
        let mut deadline = timeout.map(|timeout| self.start + timeout);
        let mut timed_out = false;
        loop {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            match heard.recv_timeout(left.unwrap_or(LOOK).min(LOOK)) {
                Ok(Event::Ended(exit)) => {
                    let exit = exit.map_err(NoRun::Wait)?;
                    return Ok(if timed_out {
                        How::TimedOut(exit)
                    } else {
                        How::Exit(exit)
                    });
                }
                Ok(Event::Asked(signal)) => {
                    if let Some(signal) = Signal::from_named_raw(signal) {
                        pass_on(handle, signal);
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if deadline.is_some_and(|at| at <= Instant::now()) {
                if timed_out {
                    pass_on(handle, Signal::KILL);
                    self.killed = true;
                } else {
                    pass_on(handle, Signal::TERM);
                    pass_on(handle, Signal::CONT);
                }
                deadline = Some(Instant::now() + KILL_AFTER);
                timed_out = true;
            }
            self.keep_short();
        }
    }

    fn keep_short(&mut self) {
        let path = &self.record.output;
        if !output::is_longer(path, CAP) {
            return;
        }
        match private_file::copy_and_empty(path, MOST) {
            Ok(()) => {
                self.record.output_start = 0;
                self.write();
            }
            Err(error) => tracing::warn!("{error}: {}", error.source),
        }
    }

    fn end(&mut self, how: &How) {
        // The boot is still the same.
        let at = moment_in(self.record.began.boot_id.clone());
        if how.is_good() {
            self.record.succeeded_at = Some(at.wall);
        }
        let how = how.clone();
        self.record.end = Some(RunEnd { at, how });
        self.write();
    }

    /// Writes the record. Where it cannot, the job runs all the same; what an earlier run left
    /// is not to be taken for this one's.
    fn write(&mut self) {
        self.unrecorded = match self.files.write_record(&self.record) {
            Ok(()) => None,
            Err(error) => {
                if self.record.end.is_none() {
                    let _ = private_file::remove(&self.files.record());
                }
                Some(error)
            }
        };
    }
}

fn pass_on(handle: Option<&Handle>, signal: Signal) {
    let sent = handle.map(|handle| handle.signal_group(signal));
    if let Some(Err(error)) = sent {
        tracing::warn!("cannot signal the job: {error}");
    }
}

/// An error with its causes.
fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let said: Vec<String> = causes.map(ToString::to_string).collect();
    said.join(": ")
}

fn not_started(code: u8, why: String) -> How {
    How::NotStarted { why, code }
}
