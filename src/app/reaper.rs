//! Reaps a daemon that this process started, and records how it ended.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::model::config::Daemon;
use crate::model::life::plan::{self, End};
use crate::model::life::record::{Exit, Identity};
use crate::os::lock::LockError;
use crate::os::process::{Child, Family};
use crate::os::{lock, pid_file, run_record};

use super::{history, look};

/// How long a finished daemon stays a zombie at most, waiting to be written down. It
/// counts as gone all the while.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at whether there is something to write down.
const PAUSE: Duration = Duration::from_millis(10);

/// A thread that waits for the end of a daemon, and does nothing else. It is there before
/// the daemon is: once there is one, there is somebody to reap it.
pub struct Reaper {
    hand_over: SyncSender<(Child, Identity)>,
    exit: Receiver<Exit>,
}

impl Reaper {
    /// Makes the thread. It ends with this value, if no daemon is made.
    pub fn new(daemon: &Daemon) -> io::Result<Self> {
        let (hand_over, handed_over) = sync_channel(1);
        let (sender, exit) = sync_channel(1);
        let daemon = daemon.clone();
        thread::Builder::new()
            .name("reaper".into())
            .spawn(move || {
                if let Ok((child, identity)) = handed_over.recv() {
                    reap(child, &daemon, &identity, &sender);
                }
            })?;
        Ok(Self { hand_over, exit })
    }

    /// Hands a daemon over that was just started. Its end comes through the returned
    /// channel as well.
    pub fn reap(self, child: Child, identity: &Identity) -> Receiver<Exit> {
        // The thread waits for nothing else.
        let _ = self.hand_over.send((child, identity.clone()));
        self.exit
    }
}

/// The end is written down before the process is reaped: whoever sees that the process
/// is gone from the table finds in the record how it went.
fn reap(child: Child, daemon: &Daemon, identity: &Identity, sender: &SyncSender<Exit>) {
    if let Ok(exit) = child.wait() {
        // Nobody listens once the start is over.
        let _ = sender.send(exit);
        write_down(daemon, identity, exit);
    }
    child.reap();
}

/// Writes down how a daemon ended that is not our child, as its reaper would, on a thread of its
/// own: whoever changes the daemon just now is waited for.
pub fn note_end(daemon: &Daemon, identity: &Identity, exit: Exit) {
    let (daemon, identity) = (daemon.clone(), identity.clone());
    let started = thread::Builder::new()
        .name("reaper".into())
        .spawn(move || write_down(&daemon, &identity, exit));
    if let Err(error) = started {
        tracing::warn!("cannot write down the daemon's end: {error}");
    }
}

pub fn write_down(daemon: &Daemon, identity: &Identity, exit: Exit) {
    let record_file = daemon.record_file();
    let ours = || run_record::read(&record_file).filter(|record| record.identity == *identity);
    let deadline = Instant::now() + PATIENCE;
    let lock = loop {
        // Whoever stopped it holds the lock and removes the record: then nothing is left
        // to write down, and somebody else may have the lock already.
        if ours().is_none() {
            return;
        }
        match lock::take(&daemon.lock_file(), PAUSE) {
            Ok(lock) => break lock,
            Err(LockError::Held { .. }) if Instant::now() < deadline => {}
            Err(_) => return,
        }
    };
    let Some(record) = ours() else {
        return;
    };
    let change = |after| run_record::change(&record_file, &lock, Some(&record), after);
    let remove_pid_file = || pid_file::remove(&daemon.pid_file, identity.pid).map(drop);
    let now = look::now();
    let end = plan::on_end(record.clone(), exit, now);
    // First: who sees the record as it is then may be at its end before this thread.
    match &end {
        End::Nothing => {}
        End::Clear => history::stopped(daemon, identity, None),
        End::Note { record, .. } => history::ended(daemon, record, Some(exit), now.wall),
    }
    let written = match end {
        End::Nothing => Ok(()),
        // By the record a later stop finds what the daemon has left.
        End::Clear if !Family::recorded(&record).members().is_empty() => remove_pid_file(),
        End::Clear => remove_pid_file().and_then(|()| change(None)),
        End::Note { record, well } => {
            change(Some(&record)).and_then(|()| if well { remove_pid_file() } else { Ok(()) })
        }
    };
    if let Err(error) = written {
        tracing::warn!("cannot write down the daemon's end: {error}");
    }
}
