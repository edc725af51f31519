//! What a program inherits from whoever calls it, made unusual.
#![allow(unsafe_code)] // Between fork and exec: only calls that are allowed there.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// The program starts with SIGTERM blocked.
pub fn with_term_blocked(command: &mut Command) -> &mut Command {
    // SAFETY: the set is a local, and the calls are async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGTERM);
            match libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        })
    }
}

/// The program starts with SIGCHLD ignored: its children would vanish unseen.
pub fn with_children_ignored(command: &mut Command) -> &mut Command {
    // SAFETY: the call is async-signal-safe, and the disposition calls no code.
    unsafe {
        command.pre_exec(|| match libc::signal(libc::SIGCHLD, libc::SIG_IGN) {
            libc::SIG_ERR => Err(std::io::Error::last_os_error()),
            _ => Ok(()),
        })
    }
}

/// Whatever the program leaves behind becomes its child, instead of going to the
/// first process of the system, which reaps.
#[cfg(target_os = "linux")]
pub fn adopting_orphans(command: &mut Command) -> &mut Command {
    // SAFETY: one prctl(2), which is async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            let ourselves = rustix::process::getpid();
            rustix::process::set_child_subreaper(Some(ourselves))?;
            Ok(())
        })
    }
}
