//! Orphans: PID 1 of a container, and a child subreaper, inherits the children of processes that
//! are gone, and only it can reap them.

use rustix::process::{WaitId, WaitIdOptions};

use super::{child, pid_of, platform};

/// Whether this process is given orphans.
pub fn adopts_orphans() -> bool {
    rustix::process::getpid().is_init() || platform::is_subreaper()
}

/// Waits until a child of this process is dead, whoever has made it, and leaves it to be reaped;
/// returns at once where there is no child.
pub fn wait_for_a_dead_child() {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    // Interrupted or without a child, there is nothing to wait for now.
    let _ = rustix::process::waitid(WaitId::All, options);
}

/// The dead children of this process that it has not made.
pub fn dead_orphans() -> Vec<i32> {
    let mut dead = platform::dead_children(rustix::process::getpid().as_raw_nonzero().get());
    dead.retain(|pid| !child::was_made_here(*pid));
    dead
}

/// Takes a dead child out of the process table.
pub fn reap_orphan(pid: i32) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    if let Some(pid) = pid_of(pid)
        && let Err(error) = rustix::process::waitid(WaitId::Pid(pid), options)
    {
        tracing::debug!("cannot reap pid {}: {error}", pid.as_raw_nonzero());
    }
}
