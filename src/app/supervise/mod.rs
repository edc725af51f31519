//! A run in the foreground, for launchd and systemd: it starts the daemon, restarts it after a
//! crash if the configuration says so, and lives as long as that.
//!
//! Each next step is read from the files, under the lock of every start and stop: whoever stops
//! the daemon from elsewhere also ends the supervision, and a daemon that somebody else has
//! started again is supervised from then on.

mod orphans;
mod supervision;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

pub use self::orphans::reap_orphans;
use self::supervision::{Begun, Supervision, Turn};
use super::capture::Keeper;
use super::lifecycle::{Failure, Holder};
use crate::app::reaper;
use crate::model::config::{Daemon, Managed};
use crate::model::life::record::{Exit, Identity};
use crate::os::process::{self, Handle, Signal};

/// How long it takes at most until a run that waits for the next start notices that the
/// daemon was started or stopped by somebody else.
const LOOK: Duration = Duration::from_millis(250);

/// How a run came to its end.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ended {
    /// The run was asked to end by a signal, and the daemon was stopped.
    Asked,
    /// Somebody else stopped the daemon.
    Stopped,
    /// The daemon ended by itself; how, if that could be seen.
    ByItself(Option<Exit>),
    /// It crashed too often.
    GivenUp {
        /// How it ended at last.
        exit: Option<Exit>,
        /// How many starts there were.
        starts: u32,
        /// Within this time.
        window: Duration,
        /// Why the last start failed, if it did.
        failure: Option<Failure>,
    },
}

/// What a run tells while it lasts.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress {
    /// It waits for whoever starts or stops the daemon just now.
    Waiting {
        /// Who, if that is known.
        holder: Option<Holder>,
    },
    /// The daemon runs.
    Running {
        /// Its PID.
        pid: i32,
    },
    /// It has ended, and is started again.
    Restarting {
        /// How it ended, if that could be seen.
        exit: Option<Exit>,
        /// Why it did not come to run, if it did not.
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
pub struct Asker {
    sender: Sender<Event>,
    asked: Arc<AtomicBool>,
}

impl Asker {
    /// Hands a signal on: SIGTERM and SIGINT stop the daemon and end the run; SIGHUP,
    /// by which many daemons read their configuration again, ends it only if it ends
    /// the daemon.
    pub fn ask(&self, signal: i32) {
        if signal != Signal::HUP.as_raw() {
            self.asked.store(true, Ordering::Relaxed);
        }
        // A run that has ended needs no asking.
        let _ = self.sender.send(Event::Asked(signal));
    }
}

/// A run that can begin.
#[derive(Debug)]
pub struct Run {
    sender: Sender<Event>,
    receiver: Receiver<Event>,
    /// Whether it was asked to end: what waits for something else looks here.
    asked: Arc<AtomicBool>,
}

impl Default for Run {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self {
            sender,
            receiver,
            asked: Arc::default(),
        }
    }
}

impl Run {
    /// What ends this run from outside.
    pub fn asker(&self) -> Asker {
        Asker {
            sender: self.sender.clone(),
            asked: Arc::clone(&self.asked),
        }
    }

    /// Starts the daemon, tells so, and comes back when it has ended for good.
    pub fn run(self, managed: &Managed, tell: impl FnMut(&Progress)) -> Result<Ended, Failure> {
        let us = process::ourselves().map_err(|source| Failure::Unknown {
            reason: format!("cannot tell this process from others: {source}"),
            hint: "the system's process information must be readable".into(),
        })?;
        let pid = us.pid;
        let mut supervision = Supervision::new(managed, us, Arc::clone(&self.asked), tell);
        let mut watched = None;
        if supervision.begin()? == Begun::GivenUp {
            return Ok(Ended::Asked);
        }
        let _kept_short =
            Keeper::start(&managed.daemon).map_err(|source| Failure::Process { pid, source })?;
        loop {
            let event = match supervision.turn()? {
                Turn::Watch(identity) => {
                    if watched.as_ref() != Some(&identity) {
                        self.notice_the_end_of(&identity, &managed.daemon)?;
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

    fn notice_the_end_of(&self, identity: &Identity, daemon: &Daemon) -> Result<(), Failure> {
        let pid = identity.pid;
        let failed = |source| Failure::Process { pid, source };
        let (sender, identity, daemon) = (self.sender.clone(), identity.clone(), daemon.clone());
        let waiter = thread::Builder::new().name("waiter".into());
        waiter
            .spawn(move || {
                let exit = wait_for_end(&identity);
                // Of a child its reaper tells.
                if let Some(exit) = exit.filter(|_| !process::is_our_child(identity.pid)) {
                    reaper::write_down(&daemon, &identity, exit);
                }
                // Nobody listens once the run was asked to end.
                let _ = sender.send(Event::Gone);
            })
            .map_err(failed)?;
        Ok(())
    }
}

/// Returns how it ended, if that is known.
fn wait_for_end(identity: &Identity) -> Option<Exit> {
    const LONG: Duration = Duration::from_secs(3600);
    loop {
        let handle = match Handle::open(identity) {
            Ok(Ok(handle)) => Ok(handle),
            Ok(Err(_)) => return None,
            Err(error) => Err(error),
        };
        match handle.and_then(|handle| Ok(handle.wait(LONG)?.then(|| handle.exit()))) {
            Ok(Some(exit)) => return exit,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!("cannot watch pid {}: {error}", identity.pid);
                thread::sleep(Duration::from_secs(1));
            }
        }
    }
}
