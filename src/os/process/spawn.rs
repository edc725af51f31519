//! Creating a daemon: fork, a clean slate, exec.
//!
//! The child waits between fork and exec until its record is written. Its parent may be killed at
//! any moment: before the record, the child exits, too; after it, the child can be found and
//! stopped.
#![allow(unsafe_code)] // fork(2), and what may be done between it and execve(2).

use std::ffi::{CString, OsString};
use std::fs::{self, File};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use nix::errno::Errno;
use nix::unistd::ForkResult;

use super::{Child, platform};

/// What to run.
#[derive(Debug)]
pub struct Spawn<'a> {
    /// Absolute path of the program.
    pub program: &'a Path,
    /// The arguments, the program's name first.
    pub arguments: &'a [String],
    /// The whole environment.
    pub environment: &'a [(OsString, OsString)],
    /// Where to run it.
    pub working_dir: &'a Path,
    /// What is on standard input; nothing, if nothing is said.
    pub input: Option<BorrowedFd<'a>>,
    /// What takes standard output and standard error.
    pub output: BorrowedFd<'a>,
}

/// Why there is no daemon.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError<E> {
    /// An argument, a path or a variable holds a NUL character.
    #[error("a command line or an environment with a NUL character cannot be run")]
    Nul,
    /// No process could be made.
    #[error("cannot make a process")]
    Fork(#[source] io::Error),
    /// The folder cannot be entered.
    #[error("cannot enter the working folder")]
    WorkingDir(#[source] io::Error),
    /// The program cannot be executed.
    #[error("cannot execute the program")]
    Exec(#[source] io::Error),
    /// What had to be done before it may run could not be done.
    #[error("cannot record the process")]
    Publish(#[source] E),
}

/// Runs a command as a daemon: in a session of its own, with signal mask and
/// dispositions as a program expects them, nothing on standard input, and no other
/// descriptor of ours.
///
/// `publish` is called with the PID while the child still waits; if it fails, the
/// child never runs the program. Returns once the program runs.
pub fn spawn<E>(
    spawn: &Spawn<'_>,
    publish: impl FnOnce(i32) -> Result<(), E>,
) -> Result<Child, SpawnError<E>> {
    let image = Image::new(spawn).ok_or(SpawnError::Nul)?;
    let null = File::open("/dev/null").map_err(SpawnError::Fork)?;
    let (go_reader, go_writer) = io::pipe().map_err(SpawnError::Fork)?;
    let (status_reader, status_writer) = io::pipe().map_err(SpawnError::Fork)?;
    let slate = Slate {
        go: go_reader.as_raw_fd(),
        // The child holds a copy of our end: while it does, it would wait for itself.
        go_writer: go_writer.as_raw_fd(),
        status: status_writer.as_raw_fd(),
        input: spawn.input.unwrap_or(null.as_fd()).as_raw_fd(),
        output: spawn.output.as_raw_fd(),
        last: highest_descriptor(),
    };

    // SAFETY: the child calls only what is safe after a fork of a threaded process
    // (`signal-safety(7)`) and never returns.
    let pid = match unsafe { nix::unistd::fork() } {
        Ok(ForkResult::Child) => image.run(&slate),
        Ok(ForkResult::Parent { child }) => child.as_raw(),
        Err(errno) => return Err(SpawnError::Fork(errno.into())),
    };
    drop((go_reader, status_writer, null));
    let child = Child::new(pid).ok_or(SpawnError::Fork(io::ErrorKind::Other.into()))?;

    if let Err(error) = publish(pid) {
        // Our end of the pipe closes: the child ends without having run anything.
        drop(go_writer);
        child.reap();
        return Err(SpawnError::Publish(error));
    }
    match release(go_writer, status_reader) {
        Ok(None) => Ok(child),
        Ok(Some((stage, error))) => {
            child.reap();
            Err(match stage {
                Stage::WorkingDir => SpawnError::WorkingDir(error),
                Stage::Exec => SpawnError::Exec(error),
            })
        }
        Err(error) => {
            child.reap();
            Err(SpawnError::Fork(error))
        }
    }
}

/// Puts the default disposition of SIGCHLD back and lets it through, and ignores SIGXFSZ.
pub fn prepare_signals() {
    // SAFETY: neither disposition calls any code of ours, and the set is made before it is used.
    unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        let mut child: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut child);
        libc::sigaddset(&raw mut child, libc::SIGCHLD);
        libc::sigprocmask(libc::SIG_UNBLOCK, &raw const child, ptr::null_mut());
    }
}

/// Whether a signal is ignored.
pub fn is_ignored(signal: libc::c_int) -> bool {
    // SAFETY: an all-zero action is a valid one; the kernel writes the present one over it, and
    // none is set.
    unsafe {
        let mut present: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, ptr::null(), &raw mut present) == 0
            && present.sa_sigaction == libc::SIG_IGN
    }
}

/// Marks the descriptors `first..=last` to be closed by `execve(2)`.
pub fn mark_each(first: libc::c_int, last: libc::c_int) {
    for descriptor in first..=last {
        // SAFETY: plain numbers; a descriptor that is not open answers EBADF.
        unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// Lets the child go on, and waits until it runs the program or says why not.
fn release(mut go: PipeWriter, mut status: PipeReader) -> io::Result<Option<(Stage, io::Error)>> {
    go.write_all(&[1])?;
    drop(go);
    let mut report = Vec::new();
    // The end comes when execve(2) closes the child's side.
    status.read_to_end(&mut report)?;
    match <[u8; 5]>::try_from(report.as_slice()) {
        Err(_) if report.is_empty() => Ok(None),
        Err(_) => Err(io::Error::other("the child gave an unreadable report")),
        Ok([stage, errno @ ..]) => {
            let error = io::Error::from_raw_os_error(i32::from_ne_bytes(errno));
            let stage = if stage == Stage::WorkingDir as u8 {
                Stage::WorkingDir
            } else {
                Stage::Exec
            };
            Ok(Some((stage, error)))
        }
    }
}

/// The highest descriptor that is open now, and some more for threads that open one
/// meanwhile (which do so with close-on-exec).
fn highest_descriptor() -> RawFd {
    let listed = fs::read_dir(platform::DESCRIPTORS).ok();
    let highest = listed
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<RawFd>().ok())
        .max();
    highest.unwrap_or(1024) + 16
}

/// Where a child got stuck.
#[derive(Debug, Clone, Copy)]
enum Stage {
    WorkingDir = 1,
    Exec = 2,
}

/// The descriptors that the child deals with.
struct Slate {
    go: RawFd,
    go_writer: RawFd,
    status: RawFd,
    input: RawFd,
    output: RawFd,
    last: RawFd,
}

/// Everything that execve(2) wants, made before the fork.
struct Image {
    program: CString,
    working_dir: CString,
    argument_pointers: Vec<*const libc::c_char>,
    environment_pointers: Vec<*const libc::c_char>,
    // What the pointers point into.
    _texts: (Vec<CString>, Vec<CString>),
}

impl Image {
    fn new(spawn: &Spawn<'_>) -> Option<Self> {
        let arguments: Vec<CString> = spawn
            .arguments
            .iter()
            .map(|word| CString::new(word.as_bytes()).ok())
            .collect::<Option<_>>()?;
        let environment: Vec<CString> = spawn
            .environment
            .iter()
            .map(|(key, value)| {
                CString::new([key.as_bytes(), b"=", value.as_bytes()].concat()).ok()
            })
            .collect::<Option<_>>()?;
        let pointers = |texts: &[CString]| {
            texts
                .iter()
                .map(|text| text.as_ptr())
                .chain([ptr::null()])
                .collect()
        };
        Some(Self {
            program: CString::new(spawn.program.as_os_str().as_bytes()).ok()?,
            working_dir: CString::new(spawn.working_dir.as_os_str().as_bytes()).ok()?,
            argument_pointers: pointers(&arguments),
            environment_pointers: pointers(&environment),
            _texts: (arguments, environment),
        })
    }

    /// The child, from fork to exec. It must not allocate, lock or return.
    fn run(&self, slate: &Slate) -> ! {
        // SAFETY: every call is async-signal-safe and gets pointers that `self` keeps.
        unsafe {
            libc::close(slate.go_writer);
            libc::setsid();
            reset_signals();
            if !may_go(slate.go) {
                libc::_exit(127);
            }
            if libc::chdir(self.working_dir.as_ptr()) != 0 {
                fail(slate.status, Stage::WorkingDir);
            }
            libc::dup2(slate.input, 0);
            libc::dup2(slate.output, 1);
            libc::dup2(slate.output, 2);
            platform::close_on_exec_from(3, slate.last);
            libc::execve(
                self.program.as_ptr(),
                self.argument_pointers.as_ptr(),
                self.environment_pointers.as_ptr(),
            );
            fail(slate.status, Stage::Exec)
        }
    }
}

/// Empties the signal mask and puts every disposition back to its default, neither of
/// which execve(2) does.
unsafe fn reset_signals() {
    // SAFETY: an all-zero action is the default one with an empty mask; the numbers
    // that cannot be set (KILL, STOP, those of the C library) are refused unharmed.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = libc::SIG_DFL;
        for number in 1..=64 {
            libc::sigaction(number, &raw const action, ptr::null_mut());
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
    }
}

/// Waits for the word that the record is written. No word: whoever wanted this
/// daemon is gone.
unsafe fn may_go(go: RawFd) -> bool {
    let mut word = 0_u8;
    loop {
        // SAFETY: one byte is read to a place of one byte.
        match unsafe { libc::read(go, (&raw mut word).cast(), 1) } {
            1 => return true,
            0 => return false,
            _ if Errno::last_raw() == libc::EINTR => {}
            _ => return false,
        }
    }
}

unsafe fn fail(status: RawFd, stage: Stage) -> ! {
    let [a, b, c, d] = Errno::last_raw().to_ne_bytes();
    let report = [stage as u8, a, b, c, d];
    // SAFETY: the bytes of a local array; a report that cannot be written is lost
    // with the process.
    unsafe {
        libc::write(status, report.as_ptr().cast(), report.len());
        libc::_exit(127)
    }
}
