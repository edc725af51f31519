//! A start, from beginning to end.

use std::io;
use std::os::fd::AsFd;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::end::tidy;
use super::failure::Failure;
use super::left;
use super::prepared::Prepared;
use super::{KILL_TIMEOUT, Launching};
use crate::app::reaper::Reaper;
use crate::app::{capture, explain, look};
use crate::model::config::{Daemon, Managed, PidFileOwner, Ready};
use crate::model::life::health::Probe;
use crate::model::life::observation::{PidFileSeen, ProcessSeen};
use crate::model::life::plan::Start;
use crate::model::life::record::{Exit, Identity, RunRecord};
use crate::model::words;
use crate::os::lock::Lock;
use crate::os::output::{self, Output};
use crate::os::private_file::FileError;
use crate::os::process::{Child, Family, Handle, Signal, Spawn, SpawnError};
use crate::os::{dashboard, health, pid_file, process, run_record};

/// A daemon between its first and its last moment of starting.
pub(super) struct Launch<'a> {
    managed: &'a Managed,
    held: &'a Lock,
    pub(super) record: RunRecord,
    /// The process that was made; the daemon may be another one by now.
    leader: Identity,
    exit: Receiver<Exit>,
    /// The process that took the place of the one that was started, which its own PID
    /// file names.
    heir: Option<Handle>,
    /// How it ended, once that is known.
    ended_with: Option<Exit>,
    wait: Duration,
    /// Whether the start is to be given up.
    give_up: &'a dyn Fn() -> bool,
}

impl<'a> Launch<'a> {
    /// Makes the process, recorded before it runs, in the place of the record `before`, and
    /// its PID file after.
    pub(super) fn begin(
        managed: &'a Managed,
        how: Launching<'a>,
        prepared: &Prepared,
        start: &Start,
        before: Option<&RunRecord>,
        held: &'a Lock,
    ) -> Result<Self, Failure> {
        let daemon = &managed.daemon;
        let wait = how.wait.unwrap_or_else(|| usual_wait(daemon));
        let reaper = Reaper::new(daemon).map_err(|error| {
            let source = SpawnError::Fork(error);
            not_spawned(daemon, source)
        })?;
        let making = Making {
            daemon,
            prepared,
            start,
            before,
            held,
        };
        let (child, record) = making.make(wait, how.before_run)?;
        let launch = Self {
            managed,
            held,
            exit: reaper.reap(child, &record.identity),
            heir: None,
            ended_with: None,
            leader: record.identity.clone(),
            record,
            wait,
            give_up: how.give_up.unwrap_or(&|| false),
        };
        if daemon.pid_file_owner == PidFileOwner::Manager
            && let Err(error) = pid_file::write(&daemon.pid_file, launch.record.identity.pid)
        {
            launch.undo()?;
            return Err(error.into());
        }
        Ok(launch)
    }

    /// Waits until the daemon has stayed alive for the grace time and whatever else
    /// was asked for is true.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        let Managed { daemon, health, .. } = self.managed;
        let begin = Instant::now();
        let grace = match &daemon.ready {
            Ready::Alive if daemon.pid_file_owner == PidFileOwner::Manager => self.wait,
            Ready::Alive | Ready::Health | Ready::Port(_) | Ready::Line(_) => {
                daemon.start_grace.min(self.wait)
            }
        };
        tracing::debug!("it must stay alive for {grace:?}");
        self.stay_alive(grace)?;
        if daemon.pid_file_owner == PidFileOwner::Daemon {
            self.wait_until(begin, |launch| {
                Ok((!launch.adopt()?).then(|| launch.odd_pid_file()))
            })?;
        }
        if daemon.ready == Ready::Health {
            let check = health.as_ref().ok_or(Failure::NoHealthUrl)?;
            self.wait_until(begin, |_| {
                Ok(match health::probe(check).probe {
                    Probe::Good => None,
                    Probe::Bad(why) => Some(format!("its health URL did not answer well: {why}")),
                })
            })?;
        }
        match &daemon.ready {
            Ready::Alive | Ready::Health => {}
            Ready::Port(port) => {
                let address = format!("http://localhost:{port}/");
                self.wait_until(begin, |_| {
                    let listens = dashboard::listens(&address) == Some(true);
                    Ok((!listens).then(|| format!("nothing listens at port {port}")))
                })?;
            }
            Ready::Line(text) => self.wait_for_line(begin, text)?,
        }
        match self.record(RunRecord::started) {
            // It is recorded, and past its deadline a start is over without that note.
            Err(error) if error.is_no_room() => {
                tracing::warn!("cannot note that the start is over: {}", error.source);
                Ok(())
            }
            written => Ok(written?),
        }
    }

    /// Waits until it has written a line with the text in it.
    fn wait_for_line(&mut self, begin: Instant, text: &str) -> Result<(), Failure> {
        let path = self.managed.daemon.output_file();
        let mut from = self.record.output_start;
        self.wait_until(begin, |_| {
            let new = output::since(&path, from);
            if new.windows(text.len()).any(|part| part == text.as_bytes()) {
                return Ok(None);
            }
            // Its beginning may be there already.
            from += (new.len() + 1).saturating_sub(text.len()) as u64;
            Ok(Some(format!("it has written no line with {text:?} in it")))
        })
    }

    /// Takes the record through a transition.
    fn record(&mut self, transition: impl FnOnce(RunRecord) -> RunRecord) -> Result<(), FileError> {
        let after = transition(self.record.clone());
        let before = std::mem::replace(&mut self.record, after);
        let path = self.managed.daemon.record_file();
        run_record::change(&path, self.held, Some(&before), Some(&self.record))
    }

    /// Waits until nothing is missing.
    fn wait_until(
        &mut self,
        begin: Instant,
        mut missing: impl FnMut(&mut Self) -> Result<Option<String>, Failure>,
    ) -> Result<(), Failure> {
        while let Some(reason) = missing(self)? {
            if begin.elapsed() >= self.wait {
                return Err(self.not_ready(reason));
            }
            self.stay_alive(Duration::from_millis(50))?;
        }
        Ok(())
    }

    fn not_ready(&self, reason: String) -> Failure {
        let output_file = self.managed.daemon.output_file();
        let output_start = self.record.output_start;
        Failure::NotReady {
            pid: self.record.identity.pid,
            waited: self.wait,
            reason,
            output: explain::last_output(self.managed, &output_file, output_start),
        }
    }

    /// What is wrong with the PID file that the daemon should have written.
    fn odd_pid_file(&self) -> String {
        self.damaged_pid_file()
            .unwrap_or_else(|| "it wrote no PID file".into())
    }

    fn damaged_pid_file(&self) -> Option<String> {
        match pid_file::read(&self.managed.daemon.pid_file) {
            PidFileSeen::Damaged { message, .. } => Some(message),
            PidFileSeen::Absent | PidFileSeen::Pid { .. } | PidFileSeen::Bad { .. } => None,
        }
    }

    /// Waits for `time`, or fails as soon as the daemon ends or the start is given up.
    fn stay_alive(&mut self, time: Duration) -> Result<(), Failure> {
        const SLICE: Duration = Duration::from_millis(100);
        let deadline = Instant::now() + time;
        loop {
            if (self.give_up)() {
                return Err(Failure::GivenUp {
                    pid: self.record.identity.pid,
                });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            self.stay_alive_for(left.min(SLICE))?;
            if left <= SLICE {
                return Ok(());
            }
        }
    }

    fn stay_alive_for(&mut self, time: Duration) -> Result<(), Failure> {
        let deadline = Instant::now() + time;
        if self.heir.is_none() {
            let Ok(exit) = self.exit.recv_timeout(time) else {
                return Ok(());
            };
            self.ended_with = Some(exit);
            // A daemon with a PID file of its own may put itself in the background: the
            // process that was started ends well, and another one goes on.
            let owner = self.managed.daemon.pid_file_owner;
            let may_go_on = exit == Exit::Code(0) && owner == PidFileOwner::Daemon;
            if !may_go_on || !self.find_heir()? {
                let damaged = self.damaged_pid_file().filter(|_| may_go_on);
                return Err(
                    damaged.map_or_else(|| self.ended(Some(exit)), |reason| self.not_ready(reason))
                );
            }
        }
        let Some(heir) = &self.heir else {
            return Ok(());
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let pid = self.record.identity.pid;
        match heir.wait(left) {
            Ok(false) => Ok(()),
            Ok(true) => Err(self.ended(None)),
            Err(source) => Err(Failure::Process { pid, source }),
        }
    }

    /// Waits for the PID file of a daemon that has put itself in the background.
    fn find_heir(&mut self) -> Result<bool, Failure> {
        let begin = Instant::now();
        while !(self.adopt()? && self.heir.is_some()) {
            if begin.elapsed() >= self.wait || (self.give_up)() {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(true)
    }

    fn ended(&self, exit: Option<Exit>) -> Failure {
        let output_file = self.managed.daemon.output_file();
        Failure::EndedAtStart {
            exit,
            output: explain::last_output(self.managed, &output_file, self.record.output_start),
            output_file,
            left: Vec::new(),
            cause: None,
        }
    }

    /// Takes the process that the daemon's own PID file names for the daemon, if it
    /// is the one that was started or one that came after it.
    fn adopt(&mut self) -> Result<bool, Failure> {
        let PidFileSeen::Pid { pid, .. } = pid_file::read(&self.managed.daemon.pid_file) else {
            return Ok(false);
        };
        if pid == self.record.identity.pid {
            return Ok(true);
        }
        let ProcessSeen::Alive(facts) = process::see(pid, &self.record.identity.boot_id) else {
            return Ok(false);
        };
        let failed = |source| Failure::Process { pid, source };
        let ours = facts.uid == process::our_uid()
            && facts.identity.start_token >= self.record.identity.start_token;
        // While the one that was started lives, the daemon is that one or comes from it.
        let leader = &self.record.identity;
        let strange =
            Handle::open(leader).map_err(failed)?.is_ok() && !process::comes_from(pid, leader.pid);
        if !ours || strange {
            return Ok(false);
        }
        let Ok(heir) = Handle::open(&facts.identity).map_err(failed)? else {
            return Ok(false);
        };
        self.heir = Some(heir);
        let session = process::made_session(pid);
        self.record(|record| record.inherited_by(facts.identity, session))?;
        Ok(true)
    }

    /// Leaves nothing behind: no process, no PID file, and no record unless a supervisor
    /// is to go on from it.
    pub(super) fn undo(&self) -> Result<(), Failure> {
        let daemon = &self.managed.daemon;
        let identity = &self.record.identity;
        // Who would make another one goes first.
        end_now(&self.leader, daemon)?;
        if *identity != self.leader {
            end_now(identity, daemon)?;
        }
        // What it has left in the background goes, too.
        left::kill(&Family::recorded(&self.record))?;
        if self.record.supervisor.is_none() {
            tidy(daemon, identity.pid, self.held)?;
            return Ok(());
        }
        let ended = self.record.clone();
        let ended = ended.ended(self.ended_with, look::now().wall);
        let path = daemon.record_file();
        run_record::change(&path, self.held, Some(&self.record), Some(&ended))?;
        pid_file::remove(&daemon.pid_file, identity.pid)?;
        Ok(())
    }
}

/// How long a start may take where nobody says so: the grace time, or the time limit for
/// readiness.
fn usual_wait(daemon: &Daemon) -> Duration {
    match (&daemon.ready, daemon.pid_file_owner) {
        (Ready::Alive, PidFileOwner::Manager) => daemon.start_grace,
        (Ready::Alive | Ready::Health | Ready::Port(_) | Ready::Line(_), _) => {
            daemon.ready_timeout.max(daemon.start_grace)
        }
    }
}

/// What a process is made of, and recorded in the place of.
struct Making<'a> {
    daemon: &'a Daemon,
    prepared: &'a Prepared,
    start: &'a Start,
    before: Option<&'a RunRecord>,
    held: &'a Lock,
}

impl Making<'_> {
    /// Makes the process, recorded before it runs its program, which must be over its start
    /// after about `wait`.
    fn make(
        &self,
        wait: Duration,
        before_run: Option<&dyn Fn(i32)>,
    ) -> Result<(Child, RunRecord), Failure> {
        let Self { daemon, held, .. } = *self;
        let output_file = daemon.output_file();
        let output = Output::open(&output_file, capture::CAP)?;
        let boot_id = process::boot_id().map_err(|source| Failure::Unknown {
            reason: format!("cannot tell this boot from others: {source}"),
            hint: "the system's process information must be readable".into(),
        })?;
        let mut written = None;
        let mark = process::new_mark();
        let spawned = self.spawn(&mark, &output, |pid| {
            let record = RunRecord::begun(
                identity_of(pid, &boot_id, daemon)?,
                daemon.command.clone(),
                look::now(),
                wait + Duration::from_secs(2),
                output_file,
                output.start(),
                self.start.supervisor.clone(),
            )
            .running_on(process::here().clone(), mark.clone());
            self.publish(&record, &mut written)?;
            if let Some(before_run) = before_run {
                before_run(pid);
            }
            Ok(())
        });
        match (spawned, written) {
            (Ok(child), Some(record)) => Ok((child, record)),
            (Ok(_), None) => Err(Failure::Unknown {
                reason: "the process was made but not recorded".into(),
                hint: "report this as a bug".into(),
            }),
            (Err(source), written) => {
                if written.is_some() {
                    run_record::change(&daemon.record_file(), held, written.as_ref(), None)?;
                }
                Err(not_spawned(daemon, source))
            }
        }
    }

    fn spawn(
        &self,
        mark: &str,
        output: &Output,
        publish: impl FnOnce(i32) -> Result<(), FileError>,
    ) -> Result<Child, SpawnError<FileError>> {
        let (program, working_dir) = (&self.prepared.program, &self.daemon.working_dir);
        let mut environment = self.prepared.environment.clone();
        environment.push((process::MARK.into(), mark.into()));
        tracing::debug!("runs {} in {}", program.display(), working_dir.display());
        let what = Spawn {
            input: None,
            program,
            arguments: &self.daemon.command,
            environment: &environment,
            working_dir,
            output: output.as_fd(),
        };
        process::spawn(&what, publish)
    }

    /// Writes the record of a process that does not run its program yet.
    fn publish(
        &self,
        record: &RunRecord,
        written: &mut Option<RunRecord>,
    ) -> Result<(), FileError> {
        let path = self.daemon.record_file();
        run_record::change(&path, self.held, self.before, Some(record))?;
        *written = Some(record.clone());
        // Whoever has another lock from now on finds the record.
        self.held.still_counts()?;
        // A daemon that writes its own PID file refuses to start over a stale one.
        if let Some(pid) = self.start.gone {
            pid_file::remove(&self.daemon.pid_file, pid)?;
        }
        if self.start.damaged {
            pid_file::remove_damaged(&self.daemon.pid_file)?;
        }
        let pid = record.identity.pid;
        tracing::debug!("made pid {pid}, recorded in {}", path.display());
        Ok(())
    }
}

fn not_spawned(daemon: &Daemon, source: SpawnError<FileError>) -> Failure {
    Failure::Spawn {
        command: words::command(&daemon.command),
        source,
    }
}

/// Ends a process of a start that has failed: SIGTERM, and SIGKILL for its group in the end.
fn end_now(identity: &Identity, daemon: &Daemon) -> Result<(), Failure> {
    let failed = |source| Failure::Process {
        pid: identity.pid,
        source,
    };
    if let Ok(handle) = Handle::open(identity).map_err(failed)? {
        let terminated = handle.ask_to_end(Signal::TERM).map_err(failed)?;
        if terminated.is_ok() && !handle.wait(daemon.stop_timeout).map_err(failed)? {
            let _ = handle.kill_group().map_err(failed)?;
            handle.wait(KILL_TIMEOUT).map_err(failed)?;
        }
    }
    Ok(())
}

fn identity_of(pid: i32, boot_id: &str, daemon: &Daemon) -> Result<Identity, FileError> {
    let ProcessSeen::Alive(facts) = process::see(pid, boot_id) else {
        let gone = io::Error::other("the new process cannot be inspected");
        return Err(FileError::at("record", &daemon.record_file())(gone));
    };
    Ok(facts.identity)
}
