//! Signals that ask this process to end: handled on a separate thread, or waited for.

use std::io;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use signal_hook::iterator::Signals;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

use super::process::{self, Signal};

/// These would end this process without a word.
const DEAF: [Signal; 3] = [Signal::USR1, Signal::USR2, Signal::ALARM];

/// Calls `ask` with the number of each SIGTERM, SIGINT, SIGQUIT or SIGHUP, which do nothing
/// else from now on. SIGUSR1, SIGUSR2 and SIGALRM, which would end this process without a word,
/// do nothing at all.
///
/// Those that a terminal sends are left ignored where the caller has them ignored, as
/// `nohup` does (`nohup(1)`), and a shell without job control for what it runs in the
/// background. SIGTERM is meant for this process, whoever called it.
pub fn on_end(ask: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new(wanted().chain(DEAF).map(Signal::as_raw))?;
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            signals
                .forever()
                .filter(|signal| asks(*signal))
                .for_each(ask);
        })?;
    Ok(())
}

/// The same signals, for whoever waits for them and for children that end, and for nothing else:
/// without a thread.
#[derive(Debug)]
pub struct Heard(SignalDelivery<UnixStream, SignalOnly>);

impl Heard {
    /// Hears them from now on, as [`on_end`] does.
    pub fn new() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        let signals = wanted().chain(DEAF).chain([Signal::CHILD]);
        let signals = signals.map(Signal::as_raw);
        SignalDelivery::with_pipe(read, write, SignalOnly, signals).map(Self)
    }

    /// Waits until one has come, or a child of ours may have ended, for at most so long. Gives
    /// the numbers of those that ask this process to end.
    pub fn wait(&mut self, most: Duration) -> io::Result<Vec<i32>> {
        let most = Timespec::try_from(most).ok();
        let mut read = [PollFd::new(self.0.get_read(), PollFlags::IN)];
        match rustix::event::poll(&mut read, most.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(self.0.pending().filter(|signal| asks(*signal)).collect())
    }
}

/// Those that ask this process to end.
fn wanted() -> impl Iterator<Item = Signal> {
    let of_terminal = [Signal::INT, Signal::QUIT, Signal::HUP].into_iter();
    let heard = of_terminal.filter(|signal| !process::is_ignored(*signal));
    heard.chain([Signal::TERM])
}

fn asks(signal: i32) -> bool {
    signal != Signal::CHILD.as_raw() && !DEAF.iter().any(|deaf| deaf.as_raw() == signal)
}
