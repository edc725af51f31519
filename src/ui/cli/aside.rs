//! Messages written by a separate thread, so that nobody waits for a terminal that was halted
//! (Ctrl-S), a pipe that nobody reads, or a service manager that does not listen.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// So much waits to be written at most, in pieces; what comes after is lost.
const MOST: usize = 1000;

/// A handle on the thread.
#[derive(Debug, Clone)]
pub struct Aside(Arc<Mutex<Option<Thread>>>);

#[derive(Debug)]
struct Thread {
    pieces: SyncSender<Vec<u8>>,
    /// Ends with the thread.
    over: Receiver<()>,
}

impl Aside {
    /// Makes the thread, which says each piece by this.
    pub fn start(mut say: impl FnMut(&[u8]) + Send + 'static) -> io::Result<Self> {
        let (pieces, said) = sync_channel::<Vec<u8>>(MOST);
        let (ended, over) = channel();
        thread::Builder::new().name("aside".into()).spawn(move || {
            let _ended = ended;
            for piece in said {
                say(&piece);
            }
        })?;
        Ok(Self(Arc::new(Mutex::new(Some(Thread { pieces, over })))))
    }

    /// One that writes to standard error.
    pub fn to_stderr() -> io::Result<Self> {
        // Nobody can be told that nobody can be told.
        Self::start(|piece| drop(io::stderr().write_all(piece)))
    }

    /// Waits until everything is written, but no longer than this. What is said after it is
    /// lost.
    pub fn finish(&self, most: Duration) {
        if let Some(Thread { pieces, over }) = self.thread().take() {
            drop(pieces);
            let _ = over.recv_timeout(most);
        }
    }

    fn thread(&self) -> std::sync::MutexGuard<'_, Option<Thread>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Aside {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if let Some(thread) = &*self.thread() {
            // Full: nobody reads.
            let _ = thread.pieces.try_send(piece.to_owned());
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Does it on a thread, and gives it up after this time: then nothing is returned.
pub fn within<T: Send + 'static>(
    most: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, done) = channel();
    let started = thread::Builder::new()
        .name("answer".into())
        .spawn(move || drop(sender.send(work())));
    started.ok().and_then(|_| done.recv_timeout(most).ok())
}
