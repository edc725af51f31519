//! Signals that ask this process to end, as calls on a thread of their own.

use std::io;
use std::thread;

use signal_hook::iterator::Signals;

use super::process::{self, Signal};

/// Calls `ask` with the number of each SIGTERM, SIGINT, SIGQUIT or SIGHUP, which do nothing
/// else from now on. SIGUSR1, SIGUSR2 and SIGALRM, which would end this process without a word,
/// do nothing at all.
///
/// Those that a terminal sends are left ignored where the caller has them ignored, as
/// `nohup` does (`nohup(1)`), and a shell without job control for what it runs in the
/// background. SIGTERM is meant for this process, whoever called it.
pub fn on_end(ask: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    let of_terminal = [Signal::INT, Signal::QUIT, Signal::HUP].into_iter();
    let heard = of_terminal.filter(|signal| !process::is_ignored(*signal));
    let deaf = [Signal::USR1, Signal::USR2, Signal::ALARM].map(Signal::as_raw);
    let mut signals = Signals::new(heard.chain([Signal::TERM]).map(Signal::as_raw).chain(deaf))?;
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let asked = signals.forever().filter(|signal| !deaf.contains(signal));
            asked.for_each(ask);
        })?;
    Ok(())
}
