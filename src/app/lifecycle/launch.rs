//! A start, from its first to its last moment.

use std::io;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::end::tidy;
use super::failure::Failure;
use super::prepared::Prepared;
use super::{KILL_TIMEOUT, Launching, millis};
use crate::app::reaper::Reaper;
use crate::app::{capture, explain, look};
use crate::model::config::{Daemon, Managed, PidFileOwner, Ready};
use crate::model::life::observation::{PidFileSeen, Probe, ProcessSeen};
use crate::model::life::record::{Exit, Identity, Phase, RunRecord};
use crate::model::words;
use crate::os::lock::Lock;
use crate::os::private_file::FileError;
use crate::os::process::{Handle, Signal, Spawn, SpawnError};
use crate::os::{health, pid_file, private_file, process, run_record};

/// A daemon between its first and its last moment of starting.
pub(super) struct Launch<'a> {
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
    /// Makes the process, recorded before it runs, and its PID file after. `gone` is
    /// the process that the PID file may still name although the daemon is gone.
    pub(super) fn begin(
        managed: &Managed,
        how: Launching<'a>,
        gone: Option<i32>,
        held: &Lock,
    ) -> Result<Self, Failure> {
        let daemon = &managed.daemon;
        let Prepared {
            program,
            environment,
        } = Prepared::new(managed)?;
        let wait = how
            .wait
            .unwrap_or(match (daemon.ready, daemon.pid_file_owner) {
                (Ready::Alive, PidFileOwner::Manager) => daemon.start_grace,
                (Ready::Alive | Ready::Health, _) => daemon.ready_timeout.max(daemon.start_grace),
            });
        tracing::debug!(
            "runs {} in {}",
            program.display(),
            daemon.working_dir.display()
        );
        let output_file = daemon.output_file();
        private_file::rotate(&output_file, capture::CAP)?;
        let output = private_file::append(&output_file)?;
        let output_start = output
            .metadata()
            .map_err(FileError::at("read", &output_file))?
            .len();

        let command = words::command(&daemon.command);
        let reaper = Reaper::new(daemon).map_err(|error| Failure::Spawn {
            command: command.clone(),
            source: SpawnError::Fork(error),
        })?;
        let mut written = None;
        let boot_id = process::boot_id().map_err(|source| Failure::Unknown {
            reason: format!("cannot tell this boot from others: {source}"),
            hint: "the system's process information must be readable".into(),
        })?;
        let spawned = process::spawn(
            &Spawn {
                program: &program,
                arguments: &daemon.command,
                environment: &environment,
                working_dir: &daemon.working_dir,
                output: &output,
            },
            |pid| {
                let record = RunRecord {
                    supervisor: how.supervisor.cloned(),
                    ..new_record(daemon, pid, &boot_id, wait, output_start)?
                };
                run_record::write(&daemon.record_file(), &record)?;
                written = Some(record);
                // Whoever has another lock from now on finds the record.
                held.still_counts()?;
                if let Some(pid) = gone {
                    // A daemon that writes its own PID file refuses to start over a stale one.
                    pid_file::remove(&daemon.pid_file, pid)?;
                }
                tracing::debug!(
                    "made pid {pid}, recorded in {}",
                    daemon.record_file().display()
                );
                if let Some(before_run) = how.before_run {
                    before_run(pid);
                }
                Ok(())
            },
        );
        let child = match spawned {
            Ok(child) => child,
            Err(source) => {
                if let Some(record) = written {
                    run_record::remove(&daemon.record_file(), record.identity.pid)?;
                }
                return Err(Failure::Spawn { command, source });
            }
        };
        let record = written.ok_or_else(|| Failure::Unknown {
            reason: "the process was made but not recorded".into(),
            hint: "report this as a bug".into(),
        })?;
        let launch = Self {
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
            launch.undo(daemon)?;
            return Err(error.into());
        }
        Ok(launch)
    }

    /// Waits until the daemon has stayed alive for the grace time and whatever else
    /// was asked for is true.
    pub(super) fn settle(&mut self, managed: &Managed) -> Result<(), Failure> {
        let daemon = &managed.daemon;
        let begin = Instant::now();
        let grace = match daemon.ready {
            Ready::Alive if daemon.pid_file_owner == PidFileOwner::Manager => self.wait,
            Ready::Alive | Ready::Health => daemon.start_grace.min(self.wait),
        };
        tracing::debug!("it must stay alive for {grace:?}");
        self.stay_alive(daemon, grace)?;
        if daemon.pid_file_owner == PidFileOwner::Daemon {
            self.wait_until(daemon, begin, "it wrote no PID file", |launch| {
                launch.adopt(daemon)
            })?;
        }
        if daemon.ready == Ready::Health {
            let check = managed.health.as_ref().ok_or(Failure::NoHealthUrl)?;
            self.wait_until(daemon, begin, "its health URL did not answer well", |_| {
                Ok(health::probe(check) == Probe::Good)
            })?;
        }
        self.record.phase = Phase::Running;
        match run_record::write(&daemon.record_file(), &self.record) {
            // It is recorded, and past its deadline a start is over without that note.
            Err(error) if error.is_no_room() => {
                tracing::warn!("cannot note that the start is over: {}", error.source);
                Ok(())
            }
            written => Ok(written?),
        }
    }

    fn wait_until(
        &mut self,
        daemon: &Daemon,
        begin: Instant,
        missing: &str,
        mut holds: impl FnMut(&mut Self) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        while !holds(self)? {
            if begin.elapsed() >= self.wait {
                return Err(Failure::NotReady {
                    pid: self.record.identity.pid,
                    waited: self.wait,
                    reason: missing.into(),
                });
            }
            self.stay_alive(daemon, Duration::from_millis(50))?;
        }
        Ok(())
    }

    /// Waits for `time`, or fails as soon as the daemon ends or the start is given up.
    fn stay_alive(&mut self, daemon: &Daemon, time: Duration) -> Result<(), Failure> {
        const SLICE: Duration = Duration::from_millis(100);
        let deadline = Instant::now() + time;
        loop {
            if (self.give_up)() {
                return Err(Failure::GivenUp {
                    pid: self.record.identity.pid,
                });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            self.stay_alive_for(daemon, left.min(SLICE))?;
            if left <= SLICE {
                return Ok(());
            }
        }
    }

    fn stay_alive_for(&mut self, daemon: &Daemon, time: Duration) -> Result<(), Failure> {
        let deadline = Instant::now() + time;
        if self.heir.is_none() {
            let Ok(exit) = self.exit.recv_timeout(time) else {
                return Ok(());
            };
            self.ended_with = Some(exit);
            // A daemon with a PID file of its own may put itself in the background: the
            // process that was started ends well, and another one goes on.
            let may_go_on = exit == Exit::Code(0) && daemon.pid_file_owner == PidFileOwner::Daemon;
            if !may_go_on || !self.find_heir(daemon)? {
                return Err(self.ended(daemon, Some(exit)));
            }
        }
        let Some(heir) = &self.heir else {
            return Ok(());
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let pid = self.record.identity.pid;
        match heir.wait(left) {
            Ok(false) => Ok(()),
            Ok(true) => Err(self.ended(daemon, None)),
            Err(source) => Err(Failure::Process { pid, source }),
        }
    }

    /// Waits for the PID file of a daemon that has put itself in the background.
    fn find_heir(&mut self, daemon: &Daemon) -> Result<bool, Failure> {
        let begin = Instant::now();
        while !(self.adopt(daemon)? && self.heir.is_some()) {
            if begin.elapsed() >= self.wait || (self.give_up)() {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(true)
    }

    fn ended(&self, daemon: &Daemon, exit: Option<Exit>) -> Failure {
        let output_file = daemon.output_file();
        Failure::EndedAtStart {
            exit,
            output: explain::last_output(&output_file, self.record.output_start),
            output_file,
            left: Vec::new(),
            cause: None,
        }
    }

    /// Takes the process that the daemon's own PID file names for the daemon, if it
    /// is the one that was started or one that came after it.
    fn adopt(&mut self, daemon: &Daemon) -> Result<bool, Failure> {
        let PidFileSeen::Pid { pid, .. } = pid_file::read(&daemon.pid_file) else {
            return Ok(false);
        };
        if pid == self.record.identity.pid {
            return Ok(true);
        }
        let ProcessSeen::Alive(facts) = process::look(pid, &self.record.identity.boot_id) else {
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
        self.record.identity = facts.identity;
        run_record::write(&daemon.record_file(), &self.record)?;
        Ok(true)
    }

    /// Leaves nothing behind: no process, no PID file, and no record unless a supervisor
    /// is to go on from it.
    pub(super) fn undo(&self, daemon: &Daemon) -> Result<(), Failure> {
        let identity = &self.record.identity;
        // Who would make another one goes first.
        end_now(&self.leader, daemon)?;
        if *identity != self.leader {
            end_now(identity, daemon)?;
        }
        // What it has left in the background goes, too. The reaper waits for the lock that
        // this start holds: the dead leader still has its PID.
        let pid = self.leader.pid;
        process::kill_group_of_child(pid).map_err(|source| Failure::Process { pid, source })?;
        if self.record.supervisor.is_none() {
            tidy(daemon, identity.pid)?;
            return Ok(());
        }
        let ended = RunRecord {
            phase: Phase::Ended {
                exit: self.ended_with,
                at: look::now().wall,
            },
            ..self.record.clone()
        };
        run_record::write(&daemon.record_file(), &ended)?;
        pid_file::remove(&daemon.pid_file, identity.pid)?;
        Ok(())
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

fn new_record(
    daemon: &Daemon,
    pid: i32,
    boot_id: &str,
    wait: Duration,
    output_start: u64,
) -> Result<RunRecord, FileError> {
    let ProcessSeen::Alive(facts) = process::look(pid, boot_id) else {
        let gone = io::Error::other("the new process cannot be looked at");
        return Err(FileError::at("record", &daemon.record_file())(gone));
    };
    let now = look::now();
    Ok(RunRecord {
        schema: 1,
        identity: facts.identity,
        command: daemon.command.clone(),
        started_at: now.wall,
        started_ms: millis(now.clock),
        output: daemon.output_file(),
        output_start,
        supervisor: None,
        phase: Phase::Starting {
            deadline_ms: millis(now.clock + wait + Duration::from_secs(2)),
        },
    })
}
