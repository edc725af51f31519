//! What a program inherits from whoever calls it, made unusual.
#![allow(unsafe_code)] // Between fork and exec: only calls that are allowed there.

use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Mutex;

/// The program starts with these signals blocked.
pub fn with_blocked<'a>(
    command: &'a mut Command,
    signals: &'static [libc::c_int],
) -> &'a mut Command {
    // SAFETY: the set is a local, and the calls are async-signal-safe.
    unsafe {
        command.pre_exec(move || {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            for signal in signals {
                libc::sigaddset(&raw mut set, *signal);
            }
            match libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        })
    }
}

/// The program starts with these signals ignored. With SIGCHLD among them, its children
/// would vanish unseen.
pub fn with_ignored<'a>(
    command: &'a mut Command,
    signals: &'static [libc::c_int],
) -> &'a mut Command {
    with_disposition(command, signals, libc::SIG_IGN)
}

/// The program hears these signals, also where whoever runs the tests ignores them.
pub fn with_heard<'a>(
    command: &'a mut Command,
    signals: &'static [libc::c_int],
) -> &'a mut Command {
    with_disposition(command, signals, libc::SIG_DFL)
}

fn with_disposition<'a>(
    command: &'a mut Command,
    signals: &'static [libc::c_int],
    disposition: libc::sighandler_t,
) -> &'a mut Command {
    // SAFETY: the calls are async-signal-safe, and the disposition calls no code.
    unsafe {
        command.pre_exec(move || {
            for signal in signals {
                if libc::signal(*signal, disposition) == libc::SIG_ERR {
                    return Err(std::io::Error::last_os_error());
                }
            }
            Ok(())
        })
    }
}

/// The program starts with its standard output open under these numbers, too.
#[cfg(target_os = "linux")]
pub fn with_output_at<'a>(
    command: &'a mut Command,
    numbers: &'static [libc::c_int],
) -> &'a mut Command {
    // SAFETY: the calls are async-signal-safe, and take plain numbers.
    unsafe {
        command.pre_exec(move || {
            for number in numbers {
                if libc::dup2(1, *number) == -1 {
                    return Err(std::io::Error::last_os_error());
                }
            }
            Ok(())
        })
    }
}

/// The program starts on a terminal of its own, which hangs up when the returned file is
/// closed.
pub fn on_terminal(command: &mut Command) -> File {
    let (screen, terminal) = terminal();
    with_terminal(command, terminal);
    screen
}

/// The same, where somebody has pressed Ctrl-S: nothing that is written to it comes to an end.
pub fn on_halted_terminal(command: &mut Command) -> File {
    let (screen, terminal) = terminal();
    // SAFETY: the descriptor is open, and no memory is passed.
    assert_eq!(
        unsafe { libc::tcflow(terminal.as_raw_fd(), libc::TCOOFF) },
        0
    );
    with_terminal(command, terminal);
    screen
}

fn terminal() -> (File, File) {
    static NAMES: Mutex<()> = Mutex::new(());
    let open = |path: &OsStr| {
        let mut file = File::options();
        file.read(true).write(true).custom_flags(libc::O_NOCTTY);
        file.open(path).unwrap()
    };
    // Opened like this it reaches no other process, which would keep it from hanging up.
    let screen = open(OsStr::new("/dev/ptmx"));
    let _one_at_a_time = NAMES.lock();
    // SAFETY: the descriptor is open; one test at a time asks for a name, which is copied.
    let terminal = unsafe {
        assert_eq!(libc::grantpt(screen.as_raw_fd()), 0);
        assert_eq!(libc::unlockpt(screen.as_raw_fd()), 0);
        let name = libc::ptsname(screen.as_raw_fd());
        assert!(!name.is_null());
        open(OsStr::from_bytes(CStr::from_ptr(name).to_bytes()))
    };
    (screen, terminal)
}

fn with_terminal(command: &mut Command, terminal: File) {
    command
        .stdin(terminal.try_clone().unwrap())
        .stdout(terminal.try_clone().unwrap())
        .stderr(terminal);
    // SAFETY: the calls are async-signal-safe; standard input is open.
    unsafe {
        command.pre_exec(|| {
            rustix::process::setsid()?;
            rustix::process::ioctl_tiocsctty(BorrowedFd::borrow_raw(0))?;
            Ok(())
        })
    };
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
