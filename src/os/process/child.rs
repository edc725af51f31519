//! A child of ours: waiting for its end, and reaping it.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, WaitId, WaitIdOptions, WaitIdStatus};

use super::platform::Hold;
use crate::model::life::record::Exit;

/// The PIDs of the children that were made here and are not reaped yet: whoever reaps orphans
/// leaves them to those who wait for them.
static MADE: Mutex<Vec<i32>> = Mutex::new(Vec::new());

fn made() -> MutexGuard<'static, Vec<i32>> {
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this process has made it, and nobody has reaped it yet.
pub(super) fn was_made_here(pid: i32) -> bool {
    made().contains(&pid)
}

/// A child of ours.
#[derive(Debug)]
pub struct Child(Pid);

impl Child {
    /// Of what `fork(2)` gave; nothing if that is no PID.
    pub(super) fn new(pid: i32) -> Option<Self> {
        let child = super::pid_of(pid)?;
        made().push(pid);
        Some(Self(child))
    }

    /// Waits until it has ended and says how, leaving it to be reaped: its PID stays
    /// its own meanwhile.
    pub fn wait(&self) -> io::Result<Exit> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        self.wait_by(|| rustix::process::waitid(WaitId::Pid(self.0), options))
    }

    /// How it has ended, if it has; it is left to be reaped.
    pub fn ended(&self) -> io::Result<Option<Exit>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match rustix::process::waitid(WaitId::Pid(self.0), options) {
            Ok(status) => Ok(status.as_ref().and_then(exit_of)),
            Err(rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes it out of the process table, when it has ended.
    pub fn reap(self) {
        // Without a wait before it, a stop could be taken for the end: see `ended`.
        if self.wait().is_err() {
            return;
        }
        while let Err(rustix::io::Errno::INTR) =
            rustix::process::waitid(WaitId::Pid(self.0), WaitIdOptions::EXITED)
        {}
        let pid = self.0.as_raw_nonzero().get();
        made().retain(|made| *made != pid);
    }

    fn wait_by(
        &self,
        mut ask: impl FnMut() -> rustix::io::Result<Option<WaitIdStatus>>,
    ) -> io::Result<Exit> {
        loop {
            match ask() {
                Ok(Some(status)) => match exit_of(&status) {
                    Some(exit) => return Ok(exit),
                    None => self.wait_otherwise(),
                },
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits for the exit itself: `waitid` would answer at once for as long as the stop lasts
    /// that it has just told of.
    fn wait_otherwise(&self) {
        const LONG: Duration = Duration::from_secs(60 * 60);
        const PAUSE: Duration = Duration::from_millis(20);
        let pid = self.0.as_raw_nonzero().get();
        let waited = match Hold::open(pid) {
            Ok(Some(hold)) => hold.wait(pid, LONG),
            // It has ended.
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if waited.is_err() {
            // For want of a descriptor, mostly.
            thread::sleep(PAUSE);
        }
    }
}

fn exit_of(status: &WaitIdStatus) -> Option<Exit> {
    let number = status.exit_status().or(status.terminating_signal())?;
    ended(status.raw_code(), number)
}

/// How a child ended, by what `waitid(2)` says of it; nothing if it has not. macOS tells of
/// a stopped child, too, where only ends are asked for: in its kernel `WSTOPPED` is 0177, which
/// has the bit of `WEXITED` (xnu, `bsd/kern/kern_exit.c` and `bsd/sys/wait.h`; seen on macOS 26
/// in swiftlang/swift-subprocess#371).
///
/// Of a code, the low eight bits count, as `WEXITSTATUS` has it: macOS hands out the whole
/// argument of `exit(3)` (`p_xhighbits` in the same file), Linux at most that.
fn ended(si_code: i32, si_status: i32) -> Option<Exit> {
    match si_code {
        libc::CLD_EXITED => Some(Exit::Code(si_status & 0xff)),
        libc::CLD_KILLED | libc::CLD_DUMPED => Some(Exit::Signal(si_status & 0x7f)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_from_a_stop() {
        for (si_code, si_status, exit) in [
            (libc::CLD_EXITED, 0, Some(Exit::Code(0))),
            (libc::CLD_EXITED, 3, Some(Exit::Code(3))),
            (libc::CLD_KILLED, libc::SIGKILL, Some(Exit::Signal(9))),
            (libc::CLD_DUMPED, libc::SIGABRT, Some(Exit::Signal(6))),
            (libc::CLD_STOPPED, libc::SIGSTOP, None),
            (libc::CLD_CONTINUED, libc::SIGCONT, None),
            (libc::CLD_TRAPPED, libc::SIGTRAP, None),
            (0, 0, None),
        ] {
            assert_eq!(ended(si_code, si_status), exit, "{si_code} {si_status}");
        }
    }

    #[test]
    fn of_a_code_the_low_eight_bits_count() {
        for (given, code) in [(-1, 255), (256, 0), (257, 1), (0x0123_4567, 0x67)] {
            assert_eq!(ended(libc::CLD_EXITED, given), Some(Exit::Code(code)));
        }
        let high = 0x0100_0000;
        assert_eq!(ended(libc::CLD_KILLED, high | 9), Some(Exit::Signal(9)));
    }

    /// As macOS has it: a stop is told, again and again while it lasts.
    #[test]
    fn a_stop_that_is_told_is_not_taken_for_the_end() {
        let mut shell = std::process::Command::new("sh")
            .args(["-c", "kill -STOP $$; exit 3"])
            .spawn()
            .unwrap();
        let pid = Pid::from_child(&shell);
        let child = Child(pid);
        let options = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
        let mut told = Vec::new();

        let exit = child.wait_by(|| {
            let status = rustix::process::waitid(WaitId::Pid(pid), options)?;
            told.push(status.as_ref().is_some_and(WaitIdStatus::stopped));
            if told == [true] {
                rustix::process::kill_process(pid, super::super::Signal::CONT)?;
            }
            Ok(status)
        });

        assert_eq!(exit.unwrap(), Exit::Code(3));
        assert_eq!(told, [true, false], "it is asked again when it has ended");
        child.reap();
        assert!(!super::super::is_our_child(pid.as_raw_nonzero().get()));
        assert!(shell.try_wait().is_err(), "it was reaped");
    }
}
