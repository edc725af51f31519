//! A run in progress.

use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{NoRun, Task};
use crate::app::capture::CAP;
use crate::app::jobs::moment_in;
use crate::app::{environment, history};
use crate::model::history::{self as model, EventKind};
use crate::model::jobs::record::{How, JobRecord, RunEnd};
use crate::model::life::observation::ProcessSeen;
use crate::os::job_files::JobFiles;
use crate::os::lock::Lock;
use crate::os::output::{self, Output};
use crate::os::private_file::{self, FileError};
use crate::os::process::{self, Child, Handle, ProgramError, Signal, Spawn, SpawnError};
use crate::os::signals::Heard;

/// How long a job may go on after SIGTERM before its group is killed.
const KILL_AFTER: Duration = Duration::from_secs(10);

/// How often the output is looked at, whether it has grown too long.
const LOOK: Duration = Duration::from_secs(2);

/// Of output that has grown too long, this much is kept in the predecessor, in bytes.
const MOST: u64 = 16 * CAP;

/// A run between its first and its last moment.
pub(super) struct Run {
    pub name: String,
    pub history: PathBuf,
    pub files: JobFiles,
    pub record: JobRecord,
    pub start: Instant,
    pub killed: bool,
    pub unrecorded: Option<FileError>,
}

impl Run {
    /// Makes the process, recorded before it runs. Why it cannot be made is for the record, too.
    pub fn spawn(
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
                let gone = io::Error::other("the new process cannot be inspected");
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
    pub fn wait(
        &mut self,
        child: Child,
        timeout: Option<Duration>,
        heard: &mut Heard,
    ) -> Result<How, NoRun> {
        let process = self.record.process.clone();
        let how = self.listen(&child, timeout, heard)?;
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
        child: &Child,
        timeout: Option<Duration>,
        heard: &mut Heard,
    ) -> Result<How, NoRun> {
        let mut deadline = timeout.map(|timeout| self.start + timeout);
        let mut timed_out = false;
        loop {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let asked = heard.wait(left.unwrap_or(LOOK).min(LOOK));
            for signal in asked.map_err(NoRun::Wait)? {
                if let Some(signal) = Signal::from_named_raw(signal) {
                    self.pass_on(signal);
                }
            }
            if let Some(exit) = child.ended().map_err(NoRun::Wait)? {
                return Ok(if timed_out {
                    How::TimedOut(exit)
                } else {
                    How::Exit(exit)
                });
            }
            if deadline.is_some_and(|at| at <= Instant::now()) {
                if timed_out {
                    self.pass_on(Signal::KILL);
                    self.killed = true;
                } else {
                    self.pass_on(Signal::TERM);
                    self.pass_on(Signal::CONT);
                }
                deadline = Some(Instant::now() + KILL_AFTER);
                timed_out = true;
            }
            self.keep_short();
        }
    }

    /// Signals the group of the job, which is not reaped yet.
    fn pass_on(&self, signal: Signal) {
        let Some(process) = &self.record.process else {
            return;
        };
        let sent = Handle::open(process).and_then(|handle| match handle {
            Ok(handle) => handle.signal_group(signal).map(drop),
            Err(_gone) => Ok(()),
        });
        if let Err(error) = sent {
            tracing::warn!("cannot signal the job: {error}");
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

    pub fn end(&mut self, how: &How) {
        // The boot is still the same.
        let at = moment_in(self.record.began.boot_id.clone());
        if how.is_good() {
            self.record.succeeded_at = Some(at.wall);
        }
        let how = how.clone();
        let end = RunEnd { at, how };
        let event = model::Event::of_run(&self.name, &self.record, &end);
        self.record.end = Some(end);
        self.write();
        let last = || super::last_words(&self.record.output, self.record.output_start).pop();
        let why = event.reason.clone();
        let why = why.or_else(|| (event.kind == EventKind::Failed).then(last).flatten());
        history::note(&self.history, &event.because(why));
    }

    /// Writes the record. If it cannot, the job runs all the same; what an earlier run left
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

/// An error with its causes.
fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let said: Vec<String> = causes.map(ToString::to_string).collect();
    said.join(": ")
}

fn not_started(code: u8, why: String) -> How {
    How::NotStarted { why, code }
}
