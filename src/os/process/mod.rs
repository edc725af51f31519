//! Processes: looking at one, holding on to one, making one.

mod child;
mod family;
mod kinfo_proc;
mod listener;
mod orphans;
mod process_arguments;
mod program;
mod search;
mod spawn;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as platform;

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use polling::Poller;
use rustix::process::{Pid, WaitId, WaitIdOptions};

use crate::model::life::host::Host;
use crate::model::life::observation::{ProcessOrigin, ProcessSeen, Usage};
use crate::model::life::record::{Exit, Identity};

pub use child::Child;
pub use family::{Family, MARK, Met, made_session, new_mark};
pub use listener::{Listener, listener};
pub use orphans::{adopts_orphans, dead_orphans, reap_orphan, wait_for_a_dead_child};
pub use program::{
    ProgramError, check_working_dir, named as programs_named, resolve as resolve_program,
};
pub use rustix::process::Signal;
pub use search::search;
pub use spawn::{Spawn, SpawnError, spawn};

/// The largest PID that the platform can give.
pub const PID_MAX: i32 = platform::PID_MAX;

/// This process.
pub fn ourselves() -> io::Result<Identity> {
    static OURSELVES: OnceLock<Identity> = OnceLock::new();
    once(&OURSELVES, find_ourselves)
}

fn find_ourselves() -> io::Result<Identity> {
    let pid = rustix::process::getpid().as_raw_nonzero().get();
    match see(pid, &boot_id()?) {
        ProcessSeen::Alive(facts) => Ok(facts.identity),
        ProcessSeen::Gone => Err(io::Error::other("this process cannot be seen")),
        ProcessSeen::Hidden(why) => Err(io::Error::other(why)),
    }
}

/// The effective user ID of this process.
pub fn our_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// A name for the present boot, another after each restart of the computer.
pub fn boot_id() -> io::Result<String> {
    static BOOT_ID: OnceLock<String> = OnceLock::new();
    once(&BOOT_ID, platform::boot_id)
}

/// What does not change as long as this process lives. A failure is not for good.
fn once<T: Clone>(known: &OnceLock<T>, find: fn() -> io::Result<T>) -> io::Result<T> {
    match known.get() {
        Some(known) => Ok(known.clone()),
        None => find().map(|found| known.get_or_init(|| found).clone()),
    }
}

/// Where this process runs.
pub fn here() -> &'static Host {
    static HERE: OnceLock<Host> = OnceLock::new();
    HERE.get_or_init(|| {
        let name = rustix::system::uname();
        let (pid_namespace, time_namespace) = platform::namespaces();
        Host {
            name: name.nodename().to_string_lossy().into_owned(),
            machine: platform::machine_id(),
            pid_namespace,
            time_namespace,
        }
    })
}

/// Time since boot, sleep included. It never goes backwards.
pub fn boot_clock() -> Duration {
    platform::boot_clock()
}

/// Time since boot in which the computer was awake.
pub fn awake_clock() -> Duration {
    platform::awake_clock()
}

/// Looks at whatever has this PID. A zombie is gone: `kill(pid, 0)`, which answers
/// for zombies, is not a test of life. No process has the number 0 or one below it, and none is
/// asked for: macOS answers for 0, its kernel, that it may not be looked at.
pub fn see(pid: i32, boot_id: &str) -> ProcessSeen {
    match pid_of(pid) {
        Some(_) => platform::see(pid, boot_id),
        None => ProcessSeen::Gone,
    }
}

/// Whether a process is suspended, as by Ctrl-Z.
pub fn is_suspended(pid: i32) -> bool {
    platform::is_suspended(pid)
}

/// The folder that a process is in, where the system shows that.
pub fn working_dir(pid: i32) -> Option<std::path::PathBuf> {
    platform::working_dir(pid)
}

/// What a process uses, together with those below it. They come and go meanwhile: what
/// is gone is not counted.
pub fn usage(pid: i32) -> Usage {
    // Many more than a daemon has; a bound against a tree that grows while it is walked.
    const MOST: usize = 1000;
    // The kernel of macOS has the number 0.
    let mut pids: Vec<i32> = pid_of(pid).map(|_| pid).into_iter().collect();
    let mut known = 0;
    let mut used: Option<Usage> = None;
    while known < pids.len().min(MOST) {
        let pid = pids[known];
        known += 1;
        let Some(one) = platform::usage(pid) else {
            continue;
        };
        used = Some(match used {
            None => one,
            Some(before) => before.and(one),
        });
        for child in platform::children(pid) {
            if !pids.contains(&child) {
                pids.push(child);
            }
        }
    }
    used.unwrap_or_default()
}

/// The process that made another, or that has adopted it.
fn parent(pid: i32) -> Option<i32> {
    platform::parent(pid)
}

/// Whether a PID is one that must never be signalled: 0, 1, negative, this process or
/// one that it descends from.
pub fn is_forbidden(pid: i32) -> bool {
    if pid <= 1 || pid == rustix::process::getpid().as_raw_nonzero().get() {
        return true;
    }
    let mut ancestor = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    // No chain is longer; the bound only guards against one that changes while it is
    // walked.
    for _ in 0..PID_MAX {
        match ancestor {
            Some(parent) if parent == pid => return true,
            Some(parent) if parent > 1 => ancestor = platform::parent(parent),
            Some(_) | None => return false,
        }
    }
    false
}

/// Where a process comes from; nothing if that is not shown. `folder` is where the daemon is
/// configured to run.
pub fn origin(pid: i32, folder: &Path) -> Option<ProcessOrigin> {
    platform::origin(pid, folder)
}

/// Whether a process descends from another, or is in the session that that one leads.
pub fn comes_from(pid: i32, other: i32) -> bool {
    if pid_of(pid).is_none() || pid_of(other).is_none() {
        return false;
    }
    // Not by rustix, which does not expect the 0 that stands for a session of another PID
    // namespace.
    let session = nix::unistd::getsid(Some(nix::unistd::Pid::from_raw(pid)));
    session == Ok(nix::unistd::Pid::from_raw(other))
        || std::iter::successors(platform::parent(pid), |parent| platform::parent(*parent))
            // As above, a bound on a chain that may change while it is walked.
            .take(64)
            .any(|ancestor| ancestor == other)
}

/// A number as a PID, if it can be one: zero and those below it stand for groups.
fn pid_of(number: i32) -> Option<Pid> {
    // Not left to rustix, which takes it for a mistake of ours to ask.
    (number > 0).then(|| Pid::from_raw(number)).flatten()
}

/// Whether this is a child that this process has made, alive or not yet reaped. An orphan that
/// it was given is none.
pub fn is_our_child(pid: i32) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let is_there = |pid| rustix::process::waitid(WaitId::Pid(pid), options).is_ok();
    child::was_made_here(pid) && pid_of(pid).is_some_and(is_there)
}

/// Kills what is left of the process group that a child of ours led. As long as the
/// child is not reaped, its PID, and so the group's number, can be nobody else's.
pub fn kill_group_of_child(pid: i32) -> io::Result<()> {
    let Some(group) = pid_of(pid).filter(|_| pid > 1 && is_our_child(pid)) else {
        return Ok(());
    };
    match rustix::process::kill_process_group(group, Signal::KILL) {
        // Nobody is left, or (on macOS) nobody but the dead leader.
        Ok(()) | Err(rustix::io::Errno::SRCH | rustix::io::Errno::PERM) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes the dispositions of two signals what a program that starts daemons needs,
/// whatever it inherited. With SIGCHLD ignored it would never learn how its children end
/// (`wait(2)`), and with it blocked not when; without SIGXFSZ ignored, a limit on the size of
/// files would end it in the middle of a write, which is to fail instead (`setrlimit(2)`).
pub fn prepare_signals() {
    spawn::prepare_signals();
}

/// The signal of a name, with or without `SIG`; SIGTERM for one that is not known.
pub fn signal_named(name: &str) -> Signal {
    match name.strip_prefix("SIG").unwrap_or(name) {
        "ABRT" => Signal::ABORT,
        "ALRM" => Signal::ALARM,
        "BUS" => Signal::BUS,
        "CHLD" => Signal::CHILD,
        "CONT" => Signal::CONT,
        "FPE" => Signal::FPE,
        "HUP" => Signal::HUP,
        "ILL" => Signal::ILL,
        "INT" => Signal::INT,
        "PIPE" => Signal::PIPE,
        "PROF" => Signal::PROF,
        "QUIT" => Signal::QUIT,
        "SEGV" => Signal::SEGV,
        "SYS" => Signal::SYS,
        "TRAP" => Signal::TRAP,
        "TSTP" => Signal::TSTP,
        "TTIN" => Signal::TTIN,
        "TTOU" => Signal::TTOU,
        "URG" => Signal::URG,
        "USR1" => Signal::USR1,
        "USR2" => Signal::USR2,
        "VTALRM" => Signal::VTALARM,
        "WINCH" => Signal::WINCH,
        "XCPU" => Signal::XCPU,
        _ => Signal::TERM,
    }
}

/// Whether this process ignores a signal: before it asks for signals itself, by the wish of
/// whoever called it.
pub fn is_ignored(signal: Signal) -> bool {
    spawn::is_ignored(signal.as_raw())
}

/// A hold on one process, verified: what goes through it can reach no other.
#[derive(Debug)]
pub struct Handle {
    identity: Identity,
    hold: platform::Hold,
}

/// The process is not there any more, or another one has its PID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

impl Handle {
    /// Takes hold of the process, if it is still this one: the handle is opened first
    /// and the identity looked at afterwards, so that it is the handle's.
    pub fn open(identity: &Identity) -> io::Result<Result<Self, Gone>> {
        let Some(hold) = platform::Hold::open(identity.pid)? else {
            return Ok(Err(Gone));
        };
        let handle = Self {
            identity: identity.clone(),
            hold,
        };
        Ok(if handle.is_alive()? {
            Ok(handle)
        } else {
            Err(Gone)
        })
    }

    /// Whether it is alive: there, not a zombie, and still the same.
    pub fn is_alive(&self) -> io::Result<bool> {
        match see(self.identity.pid, &self.identity.boot_id) {
            ProcessSeen::Alive(facts) => Ok(facts.identity == self.identity),
            ProcessSeen::Gone => Ok(false),
            ProcessSeen::Hidden(why) => Err(io::Error::other(why)),
        }
    }

    /// Asks it to end: this signal, mostly SIGTERM, then SIGCONT, for a suspended
    /// process must be able to act on the first.
    pub fn ask_to_end(&self, signal: Signal) -> io::Result<Result<(), Gone>> {
        if self.signal(signal)?.is_err() {
            return Ok(Err(Gone));
        }
        // It may have gone at the first signal: then it needs no second. Nor does a failure
        // here undo the first.
        if let Err(error) = self.signal(Signal::CONT) {
            tracing::warn!("cannot let pid {} go on: {error}", self.identity.pid);
        }
        Ok(Ok(()))
    }

    /// Ends it and its process group, if it leads one: SIGKILL.
    ///
    /// Returns whether the whole group was killed.
    pub fn kill_group(&self) -> io::Result<Result<bool, Gone>> {
        self.signal_group(Signal::KILL)
    }

    /// Sends a signal to it and to its process group, if it leads one; returns whether it does.
    pub fn signal_group(&self, signal: Signal) -> io::Result<Result<bool, Gone>> {
        self.check_allowed()?;
        if !self.is_alive()? {
            return Ok(Err(Gone));
        }
        let pid = self.pid()?;
        // Not by rustix, which takes a group from outside of our PID namespace, 0, for
        // impossible.
        let number = nix::unistd::Pid::from_raw(self.identity.pid);
        let leads = nix::unistd::getpgid(Some(number)).is_ok_and(|group| group == number);
        if !leads {
            return Ok(self.signal(signal)?.map(|()| false));
        }
        match self.hold.signal_group(pid, signal) {
            Ok(()) => {}
            Err(rustix::io::Errno::SRCH) => return Ok(Err(Gone)),
            Err(error) => return Err(error.into()),
        }
        if signal == Signal::KILL {
            // It may have left the group since; mostly it is gone by now.
            let _ = self.signal(signal)?;
        }
        Ok(Ok(true))
    }

    /// Waits until it is gone, for at most `timeout`; returns whether it is.
    pub fn wait(&self, timeout: Duration) -> io::Result<bool> {
        let deadline = Instant::now() + timeout;
        while self.is_alive()? {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            self.hold.wait(self.identity.pid, left)?;
        }
        Ok(true)
    }

    /// How it ended, once it has and where that is known.
    pub fn exit(&self) -> Option<Exit> {
        self.hold.exit(&self.identity)
    }

    /// Makes `poller` wake up when it is gone, until the returned value is dropped.
    /// Nothing is returned where the platform cannot, or where it is gone already.
    pub fn watch(self, poller: &Arc<Poller>) -> io::Result<Option<Watch>> {
        let watch = self.hold.watch(poller, self.identity.pid)?;
        Ok(watch.map(|watch| Watch {
            _registration: watch,
            hold: self.hold,
            identity: self.identity,
        }))
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> io::Result<Result<(), Gone>> {
        self.check_allowed()?;
        if !self.is_alive()? {
            return Ok(Err(Gone));
        }
        match self.hold.signal(self.pid()?, signal) {
            Ok(()) => Ok(Ok(())),
            // Not on macOS, if one that is on its way out takes no signals any more, and is
            // gone when it has closed its files.
            Err(rustix::io::Errno::SRCH) if matches!(self.is_alive(), Ok(true)) => Ok(Ok(())),
            Err(rustix::io::Errno::SRCH) => Ok(Err(Gone)),
            Err(error) => Err(error.into()),
        }
    }

    fn check_allowed(&self) -> io::Result<()> {
        if is_forbidden(self.identity.pid) {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("pid {} is never signalled", self.identity.pid),
            ));
        }
        Ok(())
    }

    fn pid(&self) -> io::Result<Pid> {
        pid_of(self.identity.pid)
            .filter(|_| self.identity.pid > 1)
            .ok_or_else(|| io::Error::other("not a PID"))
    }
}

/// As long as it lives, the poller it was made for wakes up at the process's end.
#[derive(Debug)]
pub struct Watch {
    // Dropped in this order: the registration goes before what it is about.
    _registration: platform::Registration,
    hold: platform::Hold,
    identity: Identity,
}

impl Watch {
    /// As [`Handle::exit`].
    pub fn exit(&self) -> Option<Exit> {
        self.hold.exit(&self.identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Identity {
        let boot = boot_id().unwrap();
        match see(i32::try_from(std::process::id()).unwrap(), &boot) {
            ProcessSeen::Alive(facts) => facts.identity,
            ProcessSeen::Gone | ProcessSeen::Hidden(_) => panic!("this process should be alive"),
        }
    }

    #[test]
    fn this_process_is_alive_and_its_age_is_sane() {
        let boot = boot_id().unwrap();

        let ProcessSeen::Alive(facts) = see(me().pid, &boot) else {
            panic!("this process should be alive");
        };

        assert_eq!(facts.uid, our_uid());
        assert!(facts.age < Duration::from_secs(3600));
        assert!(!facts.command_line.is_empty());
    }

    #[test]
    fn what_a_process_uses_counts_those_below_it() {
        let before = usage(me().pid);
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();

        let with_child = usage(me().pid);
        child.kill().unwrap();
        child.wait().unwrap();

        assert!(before.memory_bytes.unwrap() > 100_000);
        assert!(before.threads.unwrap() >= 1);
        assert!(before.open_files.unwrap() >= 3);
        assert!(before.cpu_time.is_some());
        // Other tests make processes, too.
        assert!(with_child.processes >= 2, "{with_child:?}");
        assert!(usage(child.id().try_into().unwrap()).processes == 0);
    }

    #[test]
    fn our_own_and_our_parents_are_never_signalled() {
        let parent = rustix::process::getppid().unwrap().as_raw_nonzero().get();

        for pid in [i32::MIN, -1, 0, 1, me().pid, parent] {
            assert!(is_forbidden(pid), "{pid}");
        }
        let handle = Handle::open(&me()).unwrap().unwrap();
        for refused in [
            handle.ask_to_end(Signal::TERM).unwrap_err(),
            handle.kill_group().unwrap_err(),
        ] {
            assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        }
    }

    #[test]
    fn no_number_that_is_no_pid_is_taken_for_one() {
        for pid in [i32::MIN, -1, 0, i32::MAX] {
            let nobody = Identity { pid, ..me() };

            assert_eq!(see(pid, &nobody.boot_id), ProcessSeen::Gone, "{pid}");
            assert!(Handle::open(&nobody).unwrap().is_err(), "{pid}");
            assert!(!is_our_child(pid), "{pid}");
            assert!(!comes_from(me().pid, pid) && !comes_from(pid, me().pid));
            assert!(Family::led_by(&nobody).members().is_empty(), "{pid}");
            kill_group_of_child(pid).unwrap();
            assert_eq!(usage(pid), Usage::default(), "{pid}");
        }
    }

    #[test]
    fn another_start_time_is_another_process() {
        let mut other = me();
        other.start_token += 1;

        assert!(Handle::open(&other).unwrap().is_err());
    }

    #[test]
    fn the_boot_clock_runs() {
        let before = boot_clock();

        assert!(boot_clock() >= before);
        assert!(before > Duration::ZERO);
    }
}
