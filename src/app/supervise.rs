//! A run in the foreground, for launchd and systemd: as long as the daemon lives, so
//! does whoever called.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::lifecycle::{self, Failure, Force, Launching, Started};
use super::look;
use crate::model::config::Config;
use crate::model::judge::judge;
use crate::model::record::{Exit, Identity};
use crate::model::status::{Crash, Rest, Status};
use crate::os::process::Handle;

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The run was asked to end by this signal, and the daemon was stopped.
    Asked(i32),
    /// Somebody else stopped the daemon.
    Stopped,
    /// The daemon ended by itself; how, where that could be seen.
    ByItself(Option<Exit>),
}

enum Event {
    Asked(i32),
    Gone,
}

/// Asks a run to end.
#[derive(Debug, Clone)]
pub struct Asker(Sender<Event>);

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Event::Asked(signal) => write!(f, "Asked({signal})"),
            Event::Gone => f.write_str("Gone"),
        }
    }
}

impl Asker {
    /// Asks, because of this signal.
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

    /// Starts the daemon, tells so, and comes back when it has ended.
    pub fn run(self, config: &Config, tell: impl FnOnce(&Started)) -> Result<Ended, Failure> {
        let started = lifecycle::start(config, Launching::default())?;
        tell(&started);
        let seen = look::look(&config.daemon);
        let Some(alive) = judge(&seen).alive().cloned() else {
            return Ok(how_it_ended(config));
        };
        self.notice_the_end_of(alive.identity)?;
        match self.receiver.recv() {
            Ok(Event::Asked(signal)) => match lifecycle::stop(config, None, Force::Kill) {
                // It was faster than the stop.
                Ok(_) | Err(Failure::NotRunning { .. }) => Ok(Ended::Asked(signal)),
                Err(failure) => Err(failure),
            },
            Ok(Event::Gone) | Err(_) => Ok(how_it_ended(config)),
        }
    }

    fn notice_the_end_of(&self, identity: Identity) -> Result<(), Failure> {
        let pid = identity.pid;
        let failed = |source| Failure::Process { pid, source };
        let sender = self.sender.clone();
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

fn how_it_ended(config: &Config) -> Ended {
    match judge(&look::look_at_end(&config.daemon)) {
        Status::Crashed(Crash { exit, .. }) => Ended::ByItself(exit),
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
