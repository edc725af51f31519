//! Whoever starts a daemon reaps it, and writes down how it ended.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use crate::model::config::Daemon;
use crate::model::record::{Exit, Identity, Phase};
use crate::os::process::Child;
use crate::os::{lock, pid_file, private_file, run_record};

use super::look;

/// How long a finished daemon stays a zombie at most, waiting to be written down. It
/// counts as gone all the while.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for the end of a daemon that was just started, on a thread of its own that
/// does nothing else. The end comes through the returned channel as well.
///
/// It is written down before the process is reaped: whoever sees that the process is
/// gone from the table finds in the record how it went.
pub fn reap(child: Child, daemon: &Daemon, identity: &Identity) -> Receiver<Exit> {
    let (sender, receiver) = sync_channel(1);
    let (daemon, identity) = (daemon.clone(), identity.clone());
    let waiter = thread::Builder::new().name("reaper".into());
    let started = waiter.spawn(move || {
        if let Ok(exit) = child.wait() {
            // Nobody listens once the start is over.
            let _ = sender.send(exit);
            write_down(&daemon, &identity, exit);
        }
        child.reap();
    });
    if let Err(error) = started {
        tracing::warn!("cannot wait for the daemon's end: {error}");
    }
    receiver
}

fn write_down(daemon: &Daemon, identity: &Identity, exit: Exit) {
    // Held by a start or a stop, the lock says that somebody else tidies up.
    let Ok(_lock) = lock::take(&daemon.lock_file(), PATIENCE) else {
        return;
    };
    let record_file = daemon.record_file();
    let Some(mut record) = run_record::read(&record_file) else {
        return;
    };
    if record.identity != *identity {
        return;
    }
    let tidy = match (record.phase, exit) {
        // A stop was asked for, and whoever asked did not live to see it.
        (Phase::Stopping { .. }, _) => pid_file::remove(&daemon.pid_file, identity.pid)
            .and_then(|_| private_file::remove(&record_file)),
        (Phase::Starting { .. } | Phase::Running | Phase::Ended { .. }, exit) => {
            record.phase = Phase::Ended {
                exit,
                at: look::now().wall,
            };
            run_record::write(&record_file, &record).and_then(|()| match exit {
                Exit::Code(0) => pid_file::remove(&daemon.pid_file, identity.pid).map(|_| ()),
                Exit::Code(_) | Exit::Signal(_) => Ok(()),
            })
        }
    };
    if let Err(error) = tidy {
        tracing::warn!("cannot write down the daemon's end: {error}");
    }
}
