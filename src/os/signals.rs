//! Signals that ask this process to end, as calls on a thread of their own.

use std::io;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Calls `ask` with the number of each SIGTERM, SIGINT or SIGHUP, which do nothing
/// else from now on.
pub fn on_end(ask: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || signals.forever().for_each(ask))?;
    Ok(())
}
