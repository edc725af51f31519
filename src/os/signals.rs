//! Signals that ask this process to end, as calls on a thread of their own.

use std::io;
use std::thread;

use signal_hook::iterator::Signals;

use super::process::{self, Signal};

/// Calls `ask` with the number of each SIGTERM, SIGINT or SIGHUP, which do nothing
/// else from now on.
///
/// The two that a terminal sends are left ignored where the caller has them ignored, as
/// `nohup` does (`nohup(1)`), and a shell without job control for what it runs in the
/// background. SIGTERM is meant for this process, whoever called it.
pub fn on_end(ask: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    let of_terminal = [Signal::INT, Signal::HUP].into_iter();
    let heard = of_terminal.filter(|signal| !process::is_ignored(*signal));
    let mut signals = Signals::new(heard.chain([Signal::TERM]).map(Signal::as_raw))?;
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || signals.forever().for_each(ask))?;
    Ok(())
}
