//! A run in the foreground, for launchd and systemd: it starts the daemon, starts it
//! again after a crash where the configuration says so, and lives as long as that.
//!
//! What comes next is read off the files each time, under the lock of every start and
//! stop: whoever stops the daemon from elsewhere ends the supervision with it, and one
//! that somebody else has started again is supervised on.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::capture::Keeper;
use super::lifecycle::{self, Failure, Launching};
use super::look;
use crate::model::config::Config;
use crate::model::judge::judge;
use crate::model::observation::PidFileSeen;
use crate::model::record::{Exit, Identity, Phase, RunRecord, Supervisor};
use crate::model::restart::{Decision, History, Restart};
use crate::model::status::{Crash, Rest, Status};
use crate::os::lock::Lock;
use crate::os::process::{self, Handle, Signal};
use crate::os::{private_file, run_record};

/// How long it takes at most until a run that waits for the next start notices that the
/// daemon was started or stopped by somebody else.
const LOOK: Duration = Duration::from_millis(250);

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The run was asked to end by a signal, and the daemon was stopped.
    Asked,
    /// Somebody else stopped the daemon.
    Stopped,
    /// The daemon ended by itself; how, where that could be seen.
    ByItself(Option<Exit>),
    /// It crashed too often.
    GivenUp {
        /// How it ended at last.
        exit: Option<Exit>,
        /// How many starts there were.
        starts: u32,
        /// Within this time.
        window: Duration,
    },
}

/// What a run tells while it goes on.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress {
    /// The daemon runs.
    Running {
        /// Its PID.
        pid: i32,
    },
    /// It has ended, and is started again.
    Restarting {
        /// How it ended, where that could be seen.
        exit: Option<Exit>,
        /// Why it did not come to run, where it did not.
        failure: Option<Failure>,
        /// After this time.
        delay: Duration,
    },
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Asked(i32),
    Gone,
}

/// Asks a run to end.
#[derive(Debug, Clone)]
pub struct Asker(Sender<Event>);

impl Asker {
    /// Hands a signal on: SIGTERM and SIGINT stop the daemon and end the run; SIGHUP,
    /// by which many daemons read their configuration again, ends it only where it ends
    /// the daemon.
    pub fn ask(&self, signal: i32) {
        // A run that has ended needs no asking.
        let _ = self.0.send(Event::Asked(signal));
    }
}

/// A run that can begin.
#[derive(Debug)]
pub struct Run {
    sender: Sender<Event>,
    receiver: Receiver<Event>,
}

impl Default for Run {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self { sender, receiver }
    }
}

impl Run {
    /// What ends this run from outside.
    pub fn asker(&self) -> Asker {
        Asker(self.sender.clone())
    }

    /// Starts the daemon, tells so, and comes back when it has ended for good.
    pub fn run(self, config: &Config, tell: impl FnMut(&Progress)) -> Result<Ended, Failure> {
        let us = process::ourselves().map_err(|source| Failure::Unknown {
            reason: format!("cannot tell this process from others: {source}"),
            hint: "the system's process information must be readable".into(),
        })?;
        let mut supervision = Supervision {
            config,
            us,
            restarts: config.daemon.restart.restart != Restart::Never,
            history: History::default(),
            known: None,
            due: None,
            failed: None,
            hung_up: None,
            tell,
        };
        let mut watched = None;
        supervision.begin()?;
        let _kept_short = Keeper::start(&config.daemon).map_err(|source| Failure::Process {
            pid: supervision.us.pid,
            source,
        })?;
        loop {
            let event = match supervision.turn()? {
                Turn::Watch(identity) => {
                    if watched.as_ref() != Some(&identity) {
                        self.notice_the_end_of(&identity)?;
                        watched = Some(identity);
                    }
                    self.receiver.recv().ok()
                }
                Turn::Wait(time) => self.receiver.recv_timeout(time.min(LOOK)).ok(),
                Turn::Over(ended) => return Ok(ended),
            };
            match event {
                Some(Event::Asked(signal)) if signal == Signal::HUP.as_raw() => {
                    supervision.hang_up()?;
                }
                Some(Event::Asked(signal)) => return supervision.stop(signal),
                Some(Event::Gone) | None => {}
            }
        }
    }

    fn notice_the_end_of(&self, identity: &Identity) -> Result<(), Failure> {
        let pid = identity.pid;
        let failed = |source| Failure::Process { pid, source };
        let (sender, identity) = (self.sender.clone(), identity.clone());
        let waiter = thread::Builder::new().name("waiter".into());
        waiter
            .spawn(move || {
                wait_for_end(&identity);
                // Nobody listens once the run was asked to end.
                let _ = sender.send(Event::Gone);
            })
            .map_err(failed)?;
        Ok(())
    }
}

/// What is to be done now.
enum Turn {
    /// Wait for the end of this process.
    Watch(Identity),
    /// Wait for this time, and look again.
    Wait(Duration),
    /// Nothing: the run is over.
    Over(Ended),
}

struct Supervision<'a, T> {
    config: &'a Config,
    us: Identity,
    /// Whether the daemon is ever started again.
    restarts: bool,
    history: History,
    /// The process that the last start in the history made, while it is not known to
    /// have ended.
    known: Option<Identity>,
    /// After the end of this process, the next start is due at this time of the boot clock.
    due: Option<(Identity, Duration)>,
    /// Why the last start failed.
    failed: Option<Failure>,
    /// The process that a SIGHUP was handed on to.
    hung_up: Option<Identity>,
    tell: T,
}

impl<T: FnMut(&Progress)> Supervision<'_, T> {
    fn begin(&mut self) -> Result<(), Failure> {
        let lock = lifecycle::lock(self.config)?;
        match self.start(&lock) {
            Err(failure) if self.restarts && ended_at_start(&failure) => {
                self.failed = Some(failure);
                Ok(())
            }
            result => result,
        }
    }

    fn start(&mut self, lock: &Lock) -> Result<(), Failure> {
        self.history.started(process::boot_clock());
        let supervisor = Supervisor {
            identity: self.us.clone(),
            attempt: self.history.attempt(),
        };
        let how = Launching {
            supervisor: self.restarts.then_some(&supervisor),
            ..Launching::default()
        };
        self.known = None;
        let started = lifecycle::start_locked(self.config, how, lock)?;
        self.failed = None;
        self.known = alive_now(self.config);
        (self.tell)(&Progress::Running { pid: started.pid });
        Ok(())
    }

    fn turn(&mut self) -> Result<Turn, Failure> {
        let daemon = &self.config.daemon;
        // Before the lock is taken, which the reaper needs to write down how it ended.
        let status = judge(&look::look_at_end(daemon));
        if let Status::Crashed(crash) = &status
            && self.hung_up.as_ref().is_some_and(|of| of.pid == crash.pid)
            && crash.exit == Some(Exit::Signal(Signal::HUP.as_raw()))
        {
            return self.stop(Signal::TERM.as_raw()).map(Turn::Over);
        }
        if !self.restarts {
            return Ok(match status.alive() {
                Some(alive) if self.known.as_ref() == Some(&alive.identity) => {
                    Turn::Watch(alive.identity.clone())
                }
                Some(_) | None => Turn::Over(how_it_ended(&status)),
            });
        }

        let lock = match lifecycle::lock(self.config) {
            Err(Failure::Busy(_)) => return Ok(Turn::Wait(LOOK)),
            lock => lock?,
        };
        let seen = look::look(daemon);
        let ours = |record: &RunRecord| {
            let supervisor = record.supervisor.as_ref();
            supervisor.is_some_and(|supervisor| supervisor.identity == self.us)
        };
        let Some(record) = seen.record.clone().filter(ours) else {
            return Ok(Turn::Over(Ended::Stopped));
        };
        if let Some(alive) = judge(&seen).alive() {
            self.meet(&alive.identity);
            return Ok(Turn::Watch(alive.identity.clone()));
        }
        if let Some((of, due)) = &self.due
            && *of == record.identity
        {
            let left = due.saturating_sub(seen.now.clock);
            if !left.is_zero() {
                return Ok(Turn::Wait(left));
            }
            return match self.start(&lock) {
                Ok(()) => Ok(Turn::Wait(Duration::ZERO)),
                Err(failure) if ended_at_start(&failure) => {
                    self.failed = Some(failure);
                    Ok(Turn::Wait(Duration::ZERO))
                }
                Err(failure) => {
                    self.failed = Some(failure);
                    self.ended(record, None, seen.now.wall)
                }
            };
        }
        match record.phase {
            // Whoever stopped it did not live to clear up.
            Phase::Stopping { .. } => Ok(Turn::Over(Ended::Stopped)),
            Phase::Ended { exit, at }
            | Phase::Backoff { exit, at, .. }
            | Phase::CrashLooping { exit, at, .. } => self.ended(record, exit, at),
            // The reaper is about to write down how it ended.
            Phase::Running | Phase::Starting { .. }
                if process::is_our_child(record.identity.pid) =>
            {
                Ok(Turn::Wait(Duration::from_millis(2)))
            }
            // It was not our child, so nobody has written down how it ended. One that took
            // its own PID file away went in good order.
            Phase::Running if seen.pid_file == PidFileSeen::Absent => {
                self.ended(record, Some(Exit::Code(0)), seen.now.wall)
            }
            Phase::Running | Phase::Starting { .. } => self.ended(record, None, seen.now.wall),
        }
    }

    /// Notes a start that somebody else made: it counts as the first.
    fn meet(&mut self, identity: &Identity) {
        if self.known.as_ref() == Some(identity) {
            return;
        }
        self.known = Some(identity.clone());
        self.failed = None;
        self.history = History::default();
        self.history.started(process::boot_clock());
        (self.tell)(&Progress::Running { pid: identity.pid });
    }

    fn ended(
        &mut self,
        record: RunRecord,
        exit: Option<Exit>,
        at: DateTime<FixedOffset>,
    ) -> Result<Turn, Failure> {
        let policy = &self.config.daemon.restart;
        let now = look::now();
        match self.history.ended(policy, exit, now.clock, chance()) {
            Decision::Restart(delay) => {
                let due = now.clock + delay;
                self.due = Some((record.identity.clone(), due));
                let wall = TimeDelta::from_std(delay).unwrap_or_default();
                self.write(&RunRecord {
                    phase: Phase::Backoff {
                        exit,
                        at,
                        due_ms: lifecycle::millis(due),
                        due: now.wall + wall,
                    },
                    ..record
                });
                (self.tell)(&Progress::Restarting {
                    exit,
                    failure: self.failed.take(),
                    delay,
                });
                Ok(Turn::Wait(delay))
            }
            Decision::GiveUp { starts } => {
                self.write(&RunRecord {
                    supervisor: None,
                    phase: Phase::CrashLooping {
                        exit,
                        at,
                        starts,
                        window_ms: lifecycle::millis(policy.window),
                    },
                    ..record
                });
                Ok(Turn::Over(Ended::GivenUp {
                    exit,
                    starts,
                    window: policy.window,
                }))
            }
            Decision::Leave => {
                if let Some(failure) = self.failed.take() {
                    private_file::remove(&self.config.daemon.record_file())?;
                    return Err(failure);
                }
                self.write(&RunRecord {
                    supervisor: None,
                    ..record
                });
                Ok(Turn::Over(Ended::ByItself(exit)))
            }
        }
    }

    /// Tells others what comes next. What comes next does not hang on it: a crash may
    /// have been for want of room on the disk.
    fn write(&self, record: &RunRecord) {
        if let Err(error) = run_record::write(&self.config.daemon.record_file(), record) {
            tracing::warn!("{error}: {}", error.source);
        }
    }

    fn hang_up(&mut self) -> Result<(), Failure> {
        let Some(identity) = alive_now(self.config) else {
            return Ok(());
        };
        let pid = identity.pid;
        let failed = |source| Failure::Process { pid, source };
        if let Ok(handle) = Handle::open(&identity).map_err(failed)? {
            // One that has gone meanwhile needs no signal.
            let _ = handle.signal(Signal::HUP).map_err(failed)?;
        }
        self.hung_up = Some(identity);
        Ok(())
    }

    fn stop(&self, signal: i32) -> Result<Ended, Failure> {
        let signal = Signal::from_named_raw(signal).unwrap_or(Signal::TERM);
        match lifecycle::stop_by(self.config, signal) {
            // It was faster than the stop.
            Ok(_) | Err(Failure::NotRunning { .. }) => Ok(Ended::Asked),
            Err(failure) => Err(failure),
        }
    }
}

/// Whether the daemon came to run, but not to stay.
fn ended_at_start(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::EndedAtStart { .. } | Failure::NotReady { .. }
    )
}

fn alive_now(config: &Config) -> Option<Identity> {
    let status = judge(&look::look(&config.daemon));
    status.alive().map(|alive| alive.identity.clone())
}

/// A number from 0 to 1, another one each time.
fn chance() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(random >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

fn wait_for_end(identity: &Identity) {
    const LONG: Duration = Duration::from_secs(3600);
    loop {
        let waited = match Handle::open(identity) {
            Ok(Ok(handle)) => handle.wait(LONG),
            Ok(Err(_)) => return,
            Err(error) => Err(error),
        };
        match waited {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!("cannot watch pid {}: {error}", identity.pid);
                thread::sleep(Duration::from_secs(1));
            }
        }
    }
}

fn how_it_ended(status: &Status) -> Ended {
    match status {
        Status::Crashed(Crash { exit, .. })
        | Status::CrashLooping {
            crash: Crash { exit, .. },
            ..
        } => Ended::ByItself(*exit),
        Status::Stopped(Rest::Finished { .. }) => Ended::ByItself(Some(Exit::Code(0))),
        // Whatever is there now is another one.
        Status::Stopped(_)
        | Status::Starting(_)
        | Status::Running(_)
        | Status::Unhealthy { .. }
        | Status::Stopping(_)
        | Status::Foreign(_)
        | Status::Unknown { .. } => Ended::Stopped,
    }
}
