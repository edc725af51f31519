//! Whoever reads standard output.

use std::io;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Waits for a while, or until nobody reads standard output any more; returns whether
/// that is so.
pub fn is_gone_within(time: Duration) -> bool {
    let stdout = io::stdout();
    // Asked for nothing, poll(2) tells only of an end or an error.
    let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
    let time_limit = Timespec::try_from(time).ok();
    if poll(&mut watched, time_limit.as_ref()).is_err() {
        return false;
    }
    let seen = watched[0].revents();
    if seen.contains(PollFlags::NVAL) {
        // Not to be watched, as terminals on some versions of macOS.
        thread::sleep(time);
    }
    seen.intersects(PollFlags::ERR | PollFlags::HUP)
}
