//! Processes on Linux: `/proc` and pidfds.
#![allow(unsafe_code)] // epoll registrations and one system call without a wrapper.

use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use polling::{Event, Poller};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal};
use rustix::time::ClockId;

use crate::model::observation::{ProcessFacts, ProcessSeen};
use crate::model::record::Identity;

/// `PID_MAX_LIMIT` of 64-bit kernels (`proc_sys_kernel(5)`, `pid_max`).
pub const PID_MAX: i32 = 1 << 22;

pub fn boot_id() -> io::Result<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned())
}

pub fn boot_clock() -> Duration {
    let time = rustix::time::clock_gettime(ClockId::Boottime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or(0),
        time.tv_nsec.try_into().unwrap_or(0),
    )
}

pub fn look(pid: i32, boot_id: &str) -> ProcessSeen {
    match read(pid, boot_id) {
        Ok(seen) => seen,
        Err(error) if is_gone(&error) => {
            // A missing entry means a missing process only where /proc is there and
            // shows every process of this user.
            let pid = Pid::from_raw(pid).filter(|_| pid > 0);
            match pid.map(rustix::process::test_kill_process) {
                Some(Ok(())) if !Path::new("/proc/self/stat").exists() => {
                    ProcessSeen::Hidden("/proc is not mounted".into())
                }
                Some(Ok(()) | Err(_)) | None => ProcessSeen::Gone,
            }
        }
        Err(error) => ProcessSeen::Hidden(error.to_string()),
    }
}

pub fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Stat::parse(&stat).map(|stat| stat.parent)
}

fn is_gone(error: &io::Error) -> bool {
    // A process that ends while it is read answers ESRCH.
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(Errno::SRCH.raw_os_error())
}

fn read(pid: i32, boot_id: &str) -> io::Result<ProcessSeen> {
    let mut file = fs::File::open(format!("/proc/{pid}/stat"))?;
    let uid = file.metadata()?.uid();
    let mut text = Vec::with_capacity(512);
    file.read_to_end(&mut text)?;
    let stat = Stat::parse(&String::from_utf8_lossy(&text))
        .ok_or_else(|| io::Error::other(format!("/proc/{pid}/stat is not understood")))?;
    if matches!(stat.state, 'Z' | 'X' | 'x') {
        return Ok(ProcessSeen::Gone);
    }
    let ticks = |ticks: u64| Duration::from_millis(ticks.saturating_mul(1000) / tick_rate());
    Ok(ProcessSeen::Alive(ProcessFacts {
        identity: Identity {
            pid,
            start_token: stat.start,
            boot_id: boot_id.to_owned(),
        },
        uid,
        command_line: command_line(pid)?,
        age: boot_clock().saturating_sub(ticks(stat.start)),
        memory_bytes: Some(stat.resident_pages * rustix::param::page_size() as u64),
        cpu_time: Some(ticks(stat.cpu)),
    }))
}

/// The arguments as they are now; `proc_pid_cmdline(5)`.
fn command_line(pid: i32) -> io::Result<Vec<String>> {
    // A command line may be megabytes long; what fits the configuration is not.
    const MOST: u64 = 64 * 1024;
    let mut bytes = Vec::new();
    fs::File::open(format!("/proc/{pid}/cmdline"))?
        .take(MOST)
        .read_to_end(&mut bytes)?;
    if bytes.last() == Some(&0) {
        bytes.pop();
    }
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    Ok(bytes
        .split(|byte| *byte == 0)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect())
}

/// Clock ticks a second (`sysconf(3)`, `_SC_CLK_TCK`).
fn tick_rate() -> u64 {
    rustix::param::clock_ticks_per_second().max(1)
}

/// The fields of `/proc/PID/stat` that are of use (`proc_pid_stat(5)`).
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    state: char,
    parent: i32,
    cpu: u64,
    start: u64,
    resident_pages: u64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The second field is the program's name in parentheses, which may itself
        // hold spaces and parentheses: fields are counted behind the last one.
        let (_, fields) = text.rsplit_once(')')?;
        let mut fields = fields.split_ascii_whitespace();
        let state = fields.next()?.chars().next()?;
        let parent = fields.next()?.parse().ok()?;
        // Now at field 5.
        let user: u64 = fields.nth(9)?.parse().ok()?;
        let system: u64 = fields.next()?.parse().ok()?;
        let start = fields.nth(6)?.parse().ok()?;
        let resident_pages = fields.nth(1)?.parse().ok()?;
        Some(Self {
            state,
            parent,
            cpu: user + system,
            start,
            resident_pages,
        })
    }
}

/// A hold on whatever had the PID when it was taken: a pidfd (`pidfd_open(2)`, Linux
/// 5.3), or nothing but the PID on a kernel without.
#[derive(Debug)]
pub struct Hold(Option<Arc<OwnedFd>>);

impl Hold {
    pub fn open(pid: i32) -> io::Result<Option<Self>> {
        let Some(pid) = Pid::from_raw(pid).filter(|_| pid > 0) else {
            return Ok(None);
        };
        match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
            Ok(fd) => Ok(Some(Self(Some(Arc::new(fd))))),
            // INVAL: the number is a thread's, not a process's.
            Err(Errno::SRCH | Errno::INVAL) => Ok(None),
            Err(Errno::NOSYS | Errno::PERM) => Ok(Some(Self(None))),
            Err(error) => Err(error.into()),
        }
    }

    pub fn signal(&self, pid: Pid, signal: Signal) -> rustix::io::Result<()> {
        match &self.0 {
            Some(fd) => rustix::process::pidfd_send_signal(fd, signal),
            None => rustix::process::kill_process(pid, signal),
        }
    }

    pub fn watch(&self, poller: &Arc<Poller>, _pid: i32) -> io::Result<Option<Registration>> {
        let Some(fd) = &self.0 else {
            return Ok(None);
        };
        // SAFETY: the registration owns a share of the descriptor and takes it out of
        // the poller before it lets go.
        unsafe { poller.add(fd, Event::readable(0))? };
        Ok(Some(Registration {
            poller: Arc::clone(poller),
            fd: Arc::clone(fd),
        }))
    }
}

#[derive(Debug)]
pub struct Registration {
    poller: Arc<Poller>,
    fd: Arc<OwnedFd>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        // It can only fail where the descriptor is not registered: nothing to undo.
        let _ = self.poller.delete(self.fd.as_fd());
    }
}

/// Marks every descriptor from `first` to be closed by `execve(2)`. Called between
/// fork and exec: nothing in here allocates or locks.
pub fn close_on_exec_from(first: libc::c_int, last: libc::c_int) {
    // SAFETY: the call takes plain numbers and touches no memory.
    let done = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            first,
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if done != 0 {
        // Before Linux 5.11.
        super::spawn::mark_each(first, last);
    }
}

/// Where this process's open descriptors are listed.
pub const DESCRIPTORS: &str = "/proc/self/fd";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_may_hold_anything() {
        let text = "812 (a) b (c) S 7 812 812 0 -1 4194560 88 0 0 0 30 12 0 0 20 0 1 0 \
                    4711 11632640 321 18446744073709551615 1 1";

        let stat = Stat::parse(text).expect("a valid line");

        assert_eq!(
            stat,
            Stat {
                state: 'S',
                parent: 7,
                cpu: 42,
                start: 4711,
                resident_pages: 321,
            }
        );
    }

    #[test]
    fn a_short_line_is_refused() {
        assert_eq!(Stat::parse("812 (a) S 7"), None);
        assert_eq!(Stat::parse(""), None);
    }
}
