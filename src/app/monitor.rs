//! The monitor: a thread that looks at the daemon, tells, and waits.
//!
//! It waits for the poll interval or, sooner, for the daemon's exit or a nudge. A
//! crash is told in milliseconds; an idle monitor wakes once an interval.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use polling::{Events, Poller};

use super::look;
use crate::model::config::{Config, HealthCheck};
use crate::model::judge::judge;
use crate::model::observation::{Health, Observation, Probe, ProcessSeen};
use crate::model::record::Identity;
use crate::model::status::Status;
use crate::os::health;
use crate::os::process::{self, Handle, Watch};

/// A running monitor. It ends when it is dropped.
#[derive(Debug)]
pub struct Monitor {
    poller: Arc<Poller>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Monitor {
    /// Begins to look. `tell` gets each look, with the last thing that the daemon said
    /// where that explains it.
    pub fn start(
        config: Config,
        tell: impl Fn(Observation, Option<String>) + Send + 'static,
    ) -> io::Result<Self> {
        let poller = Arc::new(Poller::new()?);
        let ended = Arc::new(AtomicBool::new(false));
        let watcher = Watcher {
            prober: config
                .health
                .clone()
                .map(|check| Prober::start(check, Arc::clone(&poller)))
                .transpose()?,
            config,
            poller: Arc::clone(&poller),
            ended: Arc::clone(&ended),
            watched: None,
        };
        let thread = thread::Builder::new()
            .name("monitor".into())
            .spawn(move || watcher.run(tell))?;
        Ok(Self {
            poller,
            ended,
            thread: Some(thread),
        })
    }

    /// Makes it look now.
    pub fn nudge(&self) {
        if let Err(error) = self.poller.notify() {
            tracing::warn!("cannot wake the monitor: {error}");
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.nudge();
        if let Some(thread) = self.thread.take() {
            // It ends with its look; a panic in it was already told.
            let _ = thread.join();
        }
    }
}

struct Watcher {
    config: Config,
    poller: Arc<Poller>,
    ended: Arc<AtomicBool>,
    watched: Option<(Identity, Option<Watch>)>,
    prober: Option<Prober>,
}

impl Watcher {
    fn run(mut self, tell: impl Fn(Observation, Option<String>)) {
        let mut events = Events::new();
        while !self.ended.load(Ordering::Relaxed) {
            let (seen, status) = self.look();
            let last_error = look::last_error(&self.config.daemon, &seen, &status);
            tell(seen, last_error);
            let gone = self.follow(&status);
            events.clear();
            let time = if gone {
                Duration::ZERO
            } else {
                self.config.tray.poll_interval
            };
            if let Err(error) = self.poller.wait(&mut events, Some(time)) {
                tracing::error!("cannot wait: {error}");
                thread::sleep(self.config.tray.poll_interval);
            }
            if !events.is_empty() {
                self.see_it_out();
            }
        }
    }

    /// The exit was told. macOS tells it while the process is on its way out, when a
    /// look may still find it.
    fn see_it_out(&mut self) {
        let Some((identity, _)) = self.watched.take() else {
            return;
        };
        let deadline = Instant::now() + Duration::from_millis(500);
        let is_there = || match process::look(identity.pid, &identity.boot_id) {
            ProcessSeen::Alive(facts) => facts.identity == identity,
            ProcessSeen::Gone | ProcessSeen::Hidden(_) => false,
        };
        while is_there() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn look(&self) -> (Observation, Status) {
        let mut seen = look::look_at_end(&self.config.daemon);
        let status = judge(&seen);
        if let (Some(prober), Some(alive)) = (&self.prober, status.alive()) {
            seen.health = prober.ask(&alive.identity);
            let status = judge(&seen);
            return (seen, status);
        }
        (seen, status)
    }

    /// Watches the exit of whatever is the daemon now. Returns whether it has gone
    /// since the look.
    fn follow(&mut self, status: &Status) -> bool {
        let Some(alive) = status.alive() else {
            self.watched = None;
            return false;
        };
        if self
            .watched
            .as_ref()
            .is_some_and(|(identity, _)| *identity == alive.identity)
        {
            return false;
        }
        self.watched = None;
        match Handle::open(&alive.identity) {
            Ok(Err(_)) => true,
            Ok(Ok(handle)) => {
                let watch = handle.watch(&self.poller).unwrap_or_else(|error| {
                    tracing::warn!("the daemon's exit is polled for: {error}");
                    None
                });
                self.watched = Some((alive.identity.clone(), watch));
                false
            }
            Err(error) => {
                tracing::warn!("the daemon's exit is polled for: {error}");
                false
            }
        }
    }
}

/// Asks the health URL on a thread of its own, so that a slow answer never delays a
/// look.
struct Prober {
    ask: SyncSender<Identity>,
    known: Arc<Mutex<Option<(Identity, Health)>>>,
}

impl Prober {
    fn start(check: HealthCheck, poller: Arc<Poller>) -> io::Result<Self> {
        let (ask, asked) = sync_channel::<Identity>(1);
        let known = Arc::new(Mutex::new(None::<(Identity, Health)>));
        let shared = Arc::clone(&known);
        thread::Builder::new()
            .name("health".into())
            .spawn(move || {
                for identity in asked {
                    let last = health::probe(&check);
                    let mut known = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    let before = known.take().filter(|(of, _)| *of == identity);
                    let (failures, changed) = match (&last, &before) {
                        (Probe::Good, Some((_, health))) => (0, health.last != last),
                        (Probe::Good, None) => (0, true),
                        (Probe::Bad(_), Some((_, health))) => (health.failures + 1, true),
                        (Probe::Bad(_), None) => (1, true),
                    };
                    *known = Some((identity, Health { failures, last }));
                    drop(known);
                    if changed && poller.notify().is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self { ask, known })
    }

    /// What is known of this process's health; asks anew where no question is under
    /// way.
    fn ask(&self, identity: &Identity) -> Option<Health> {
        // Full: the last question is still under way.
        let _ = self.ask.try_send(identity.clone());
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .as_ref()
            .filter(|(of, _)| of == identity)
            .map(|(_, health)| health.clone())
    }
}
