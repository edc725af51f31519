//! Orphans in a container, which its first process must reap.

use std::io;
use std::thread;
use std::time::Duration;

use crate::os::process;

/// A dead child that is there for longer is one that nobody waits for.
const PAUSE: Duration = Duration::from_millis(500);

/// Reaps what ends and has no parent but this process, as long as it lives, on a thread of its
/// own. Where the system gives no orphans to this process, nothing is done.
pub fn reap_orphans() -> io::Result<()> {
    if !process::adopts_orphans() {
        return Ok(());
    }
    tracing::debug!("this process inherits orphans, and reaps them");
    let thread = thread::Builder::new().name("orphans".into());
    thread
        .spawn(|| {
            loop {
                process::wait_for_a_dead_child();
                let before = process::dead_orphans();
                // Whoever of this process waits for a child of its own is faster.
                thread::sleep(PAUSE);
                let dead = process::dead_orphans().into_iter();
                dead.filter(|pid| before.contains(pid))
                    .for_each(process::reap_orphan);
            }
        })
        .map(drop)
}
