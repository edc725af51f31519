//! What a run does next: one turn after another, each read from the files under the lock.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset};

use super::{Ended, LOOK, Progress};
use crate::app::lifecycle::{self, Failure, Launching};
use crate::app::{history, look};
use crate::model::config::Managed;
use crate::model::life::judge::judge;
use crate::model::life::plan::{self, Facts, Step};
use crate::model::life::record::{Exit, Identity, RunRecord, Supervisor};
use crate::model::life::restart::{Decision, History, Restart};
use crate::model::words;
use crate::os::lock::{Lock, LockError};
use crate::os::process::{self, Handle, Signal};
use crate::os::run_record;

/// Whether there is anything to supervise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begun {
    Yes,
    /// The run was asked to end before the daemon was up.
    GivenUp,
}

/// What is to be done now.
pub(super) enum Turn {
    /// Wait for the end of this process.
    Watch(Identity),
    /// Wait for this time, and look again.
    Wait(Duration),
    /// Nothing: the run is over.
    Over(Ended),
}

pub(super) struct Supervision<'a, T> {
    managed: &'a Managed,
    us: Identity,
    /// Whether this run was asked to end.
    asked: Arc<AtomicBool>,
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

impl<'a, T: FnMut(&Progress)> Supervision<'a, T> {
    /// By this process, which tells what happens.
    pub(super) fn new(managed: &'a Managed, us: Identity, asked: Arc<AtomicBool>, tell: T) -> Self {
        Self {
            managed,
            us,
            asked,
            restarts: managed.daemon.restart.restart != Restart::Never,
            history: History::default(),
            known: None,
            due: None,
            failed: None,
            hung_up: None,
            tell,
        }
    }

    pub(super) fn begin(&mut self) -> Result<Begun, Failure> {
        let Some(lock) = self.lock()? else {
            return Ok(Begun::GivenUp);
        };
        match self.start(&lock) {
            Err(Failure::GivenUp { .. }) => {
                drop(lock);
                self.stop(Signal::TERM.as_raw()).map(|_| Begun::GivenUp)
            }
            Err(failure) if self.restarts && ended_at_start(&failure) => {
                self.failed = Some(failure);
                Ok(Begun::Yes)
            }
            result => result.map(|()| Begun::Yes),
        }
    }

    /// Waits for whoever starts or stops the daemon just now, unless that one is suspended;
    /// nothing is returned where the run is asked to end meanwhile.
    fn lock(&mut self) -> Result<Option<Lock>, Failure> {
        let patience = lifecycle::patience(self.managed);
        let begin = Instant::now();
        let mut is_told = false;
        loop {
            let (path, holder) = match lifecycle::lock_within(self.managed, LOOK) {
                Err(Failure::Busy(LockError::Held { path, holder })) => (path, holder),
                lock => return lock.map(Some),
            };
            if self.is_asked() {
                return Ok(None);
            }
            let is_suspended = holder.as_ref().is_some_and(|holder| holder.is_suspended);
            if is_suspended || begin.elapsed() >= patience {
                return Err(Failure::Busy(LockError::Held { path, holder }));
            }
            if !std::mem::replace(&mut is_told, true) {
                (self.tell)(&Progress::Waiting { holder });
            }
        }
    }

    fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    fn start(&mut self, lock: &Lock) -> Result<(), Failure> {
        self.history.started(process::boot_clock());
        let supervisor = Supervisor {
            identity: self.us.clone(),
            attempt: self.history.attempt(),
        };
        let asked = Arc::clone(&self.asked);
        let give_up = || asked.load(Ordering::Relaxed);
        let how = Launching {
            supervisor: self.restarts.then_some(&supervisor),
            give_up: Some(&give_up),
            ..Launching::default()
        };
        self.known = None;
        let started =
            lifecycle::start_locked(self.managed, how, self.managed.daemon.force(), lock)?;
        self.failed = None;
        self.known = alive_now(self.managed);
        (self.tell)(&Progress::Running { pid: started.pid });
        Ok(())
    }

    /// What comes next, read off the files.
    pub(super) fn turn(&mut self) -> Result<Turn, Failure> {
        let daemon = &self.managed.daemon;
        // Before the lock is taken, which the reaper needs to write down how it ended.
        let status = judge(&look::look_at_end(daemon));
        if plan::hung_up(&status, self.hung_up.as_ref(), Signal::HUP.as_raw()) {
            return self.stop(Signal::TERM.as_raw()).map(Turn::Over);
        }
        if !self.restarts {
            let step = plan::unsupervised(&status, self.known.as_ref());
            return self.take(step, None);
        }
        let lock = match lifecycle::lock_within(self.managed, LOOK) {
            Err(Failure::Busy(_)) => return Ok(Turn::Wait(Duration::ZERO)),
            lock => lock?,
        };
        let seen = look::observe(daemon);
        let is_our_child = |record: &RunRecord| process::is_our_child(record.identity.pid);
        let step = plan::turn(Facts {
            seen: &seen,
            status: &judge(&seen),
            us: &self.us,
            due: self.due.as_ref(),
            is_our_child: seen.record.as_ref().is_some_and(is_our_child),
        });
        self.take(step, Some(lock))
    }

    fn take(&mut self, step: Step, lock: Option<Lock>) -> Result<Turn, Failure> {
        Ok(match (step, lock) {
            (Step::Watch(identity), _) => {
                self.meet(&identity);
                Turn::Watch(identity)
            }
            (Step::Start(record), Some(lock)) => return self.start_again(&record, lock),
            (Step::Ended { record, exit, at }, Some(lock)) => {
                return self.ended(&record, exit, at, &lock);
            }
            (Step::Wait(time), _) => Turn::Wait(time),
            (Step::Over(exit), _) => Turn::Over(Ended::ByItself(exit)),
            (Step::Stopped | Step::Start(_) | Step::Ended { .. }, _) => Turn::Over(Ended::Stopped),
        })
    }

    fn start_again(&mut self, record: &RunRecord, lock: Lock) -> Result<Turn, Failure> {
        match self.start(&lock) {
            Ok(()) => Ok(Turn::Wait(Duration::ZERO)),
            Err(Failure::GivenUp { .. }) => {
                drop(lock);
                self.stop(Signal::TERM.as_raw()).map(Turn::Over)
            }
            Err(failure) => {
                let has_run = ended_at_start(&failure);
                self.failed = Some(failure);
                if has_run {
                    return Ok(Turn::Wait(Duration::ZERO));
                }
                self.ended(record, None, look::now().wall, &lock)
            }
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
        record: &RunRecord,
        exit: Option<Exit>,
        at: DateTime<FixedOffset>,
        held: &Lock,
    ) -> Result<Turn, Failure> {
        let policy = &self.managed.daemon.restart;
        let now = look::now();
        let after = record.clone();
        let daemon = &self.managed.daemon;
        if exit.is_none() {
            // Whoever knows how has told it.
            history::ended(daemon, record, None, at);
        }
        match self.history.ended(policy, exit, now.clock, chance()) {
            Decision::Restart(delay) => {
                self.due = Some((record.identity.clone(), now.clock + delay));
                self.write(record, &after.backing_off(exit, at, now, delay), held);
                (self.tell)(&Progress::Restarting {
                    exit,
                    failure: self.failed.take(),
                    delay,
                });
                Ok(Turn::Wait(delay))
            }
            Decision::GiveUp { starts } => {
                let window = policy.window;
                let why = words::starts(starts, window);
                history::given_up(daemon, &record.identity, why);
                self.write(record, &after.given_up(exit, at, starts, window), held);
                Ok(Turn::Over(Ended::GivenUp {
                    exit,
                    starts,
                    window,
                    failure: self.failed.take(),
                }))
            }
            Decision::Leave => {
                if let Some(failure) = self.failed.take() {
                    let path = self.managed.daemon.record_file();
                    run_record::change(&path, held, Some(record), None)?;
                    return Err(failure);
                }
                self.write(record, &after.left_alone(), held);
                Ok(Turn::Over(Ended::ByItself(exit)))
            }
        }
    }

    /// Tells others what comes next. What comes next does not hang on it: a crash may
    /// have been for want of room on the disk.
    fn write(&self, before: &RunRecord, after: &RunRecord, held: &Lock) {
        let path = self.managed.daemon.record_file();
        if let Err(error) = run_record::change(&path, held, Some(before), Some(after)) {
            tracing::warn!("{error}: {}", error.source);
        }
    }

    /// Hands a SIGHUP on.
    pub(super) fn hang_up(&mut self) -> Result<(), Failure> {
        let Some(identity) = alive_now(self.managed) else {
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

    /// Ends the daemon, as this run was asked to end.
    pub(super) fn stop(&self, signal: i32) -> Result<Ended, Failure> {
        // SIGTERM means an end, whatever the daemon takes for one; the others are handed on.
        let signal = match Signal::from_named_raw(signal) {
            Some(signal) if signal != Signal::TERM => signal,
            Some(_) | None => process::signal_named(&self.managed.daemon.stop_signal),
        };
        match lifecycle::stop_by(self.managed, signal) {
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

fn alive_now(managed: &Managed) -> Option<Identity> {
    let status = judge(&look::observe(&managed.daemon));
    status.alive().map(|alive| alive.identity.clone())
}

/// A number from 0 to 1, another one each time.
fn chance() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(random >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}
