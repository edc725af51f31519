//! Processes on Linux: `/proc` and pidfds.
#![allow(unsafe_code)] // epoll registrations and two system calls without a wrapper.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use polling::{Event, Poller};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal};
use rustix::time::ClockId;

use crate::model::life::observation::{ProcessFacts, ProcessOrigin, ProcessSeen, Usage};
use crate::model::life::record::{Exit, Identity};

/// `PID_MAX_LIMIT` of 64-bit kernels (`proc_sys_kernel(5)`, `pid_max`).
pub const PID_MAX: i32 = 1 << 22;

pub fn boot_id() -> io::Result<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned())
}

/// Start times are counted from the boot.
pub const STARTS_ARE_ORDERED: bool = true;

/// A process is asked for its session and its group for as long as it is there.
pub fn group_at_its_end(_pid: i32) -> Option<i32> {
    None
}

/// `machine-id(5)`: 32 hexadecimal digits.
pub fn machine_id() -> Option<String> {
    let text = fs::read_to_string("/etc/machine-id").ok()?;
    let id = text.trim();
    let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_owned())
}

/// The numbers of our PID namespace and of our time namespace (`namespaces(7)`).
pub fn namespaces() -> (Option<u64>, Option<u64>) {
    let number = |name: &str| fs::metadata(format!("/proc/self/ns/{name}")).map(|it| it.ino());
    (number("pid").ok(), number("time").ok())
}

pub fn boot_clock() -> Duration {
    clock(ClockId::Boottime)
}

pub fn awake_clock() -> Duration {
    clock(ClockId::Monotonic)
}

fn clock(id: ClockId) -> Duration {
    let time = rustix::time::clock_gettime(id);
    Duration::new(
        time.tv_sec.try_into().unwrap_or(0),
        time.tv_nsec.try_into().unwrap_or(0),
    )
}

pub fn see(pid: i32, boot_id: &str) -> ProcessSeen {
    if !proc_is_ours() {
        return ProcessSeen::Hidden("/proc does not show the processes of this system".into());
    }
    match read(pid, boot_id) {
        Err(error) if is_gone(&error) && exists(pid) => match read(pid, boot_id) {
            // With `hidepid` (`proc(5)`), those that may not be looked into are left out.
            Err(error) if is_gone(&error) && exists(pid) => {
                ProcessSeen::Hidden("/proc does not show it".into())
            }
            // It came just now.
            again => seen(again),
        },
        first => seen(first),
    }
}

fn seen(result: io::Result<ProcessSeen>) -> ProcessSeen {
    match result {
        Ok(seen) => seen,
        Err(error) if is_gone(&error) => ProcessSeen::Gone,
        Err(error) => ProcessSeen::Hidden(error.to_string()),
    }
}

/// Whether `/proc` is there and counts PIDs as we do: in that of another PID namespace
/// they are those of other processes.
fn proc_is_ours() -> bool {
    let ourselves = rustix::process::getpid().as_raw_nonzero().to_string();
    fs::read_link("/proc/self").is_ok_and(|link| link.as_os_str() == ourselves.as_str())
}

/// Whether a process of this user has the PID; a zombie does.
fn exists(pid: i32) -> bool {
    super::pid_of(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

/// The folder that a process is in, if that is shown.
pub fn working_dir(pid: i32) -> Option<std::path::PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/cwd")).ok()
}

pub fn parent(pid: i32) -> Option<i32> {
    stat(pid).ok().map(|stat| stat.parent)
}

/// Not one that is only traced.
pub fn is_suspended(pid: i32) -> bool {
    stat(pid).is_ok_and(|stat| stat.state == 'T')
}

fn stat(pid: i32) -> io::Result<Stat> {
    let path = format!("/proc/{pid}/stat");
    // Longer than any that the kernel gives, so that one read takes it.
    let mut text = Vec::with_capacity(1024);
    File::open(&path)?.read_to_end(&mut text)?;
    Stat::parse(&String::from_utf8_lossy(&text))
        .ok_or_else(|| io::Error::other(format!("{path} is not understood")))
}

/// Every process that is shown, zombies too.
pub fn pids() -> Vec<i32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

/// Every process that there is. Where some are hidden, that is an error.
pub fn all_pids() -> io::Result<Vec<i32>> {
    if !proc_is_ours() {
        return Err(io::Error::other(
            "/proc does not show the processes of this system",
        ));
    }
    // With `hidepid` (`proc(5)`), those that may not be looked into are left out, be they ours.
    if !fs::exists("/proc/1")? {
        return Err(io::Error::other("/proc does not show every process"));
    }
    Ok(pids())
}

/// The command line of a process of this user; nothing for those of others.
pub fn command_line_of(pid: i32, user: u32) -> Option<Vec<String>> {
    let folder = fs::metadata(format!("/proc/{pid}")).ok()?;
    (folder.uid() == user).then(|| command_line(pid).ok())?
}

pub fn origin(pid: i32, folder: &Path) -> Option<ProcessOrigin> {
    let program = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let its_own = fs::metadata(format!("/proc/{pid}/cwd")).ok()?;
    let is = |folder: &Path| {
        fs::metadata(folder).is_ok_and(|it| (it.dev(), it.ino()) == (its_own.dev(), its_own.ino()))
    };
    Some(ProcessOrigin {
        program,
        in_folder: is(folder) || is(Path::new("/")),
    })
}

fn is_gone(error: &io::Error) -> bool {
    // A process that ends while it is read answers ESRCH.
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(Errno::SRCH.raw_os_error())
}

fn read(pid: i32, boot_id: &str) -> io::Result<ProcessSeen> {
    let stat = stat(pid)?;
    if stat.is_dead() {
        return Ok(ProcessSeen::Gone);
    }
    // The files of a process that may not be looked into belong to root; not so the
    // folder (`proc(5)`).
    let uid = fs::metadata(format!("/proc/{pid}"))?.uid();
    // The number of a thread is no PID, whatever the command line of its process.
    let command_line = if stat.is_process {
        command_line(pid)?
    } else {
        Vec::new()
    };
    Ok(ProcessSeen::Alive(ProcessFacts {
        identity: Identity {
            pid,
            start_token: stat.start,
            boot_id: boot_id.to_owned(),
        },
        uid,
        command_line,
        age: boot_clock().saturating_sub(ticks(stat.start)),
    }))
}

/// What one process uses; nothing for one that is gone.
pub fn usage(pid: i32) -> Option<Usage> {
    let stat = stat(pid).ok()?;
    if stat.is_dead() {
        return None;
    }
    let open_files = fs::read_dir(format!("/proc/{pid}/fd")).map(Iterator::count);
    Some(Usage {
        processes: 1,
        memory_bytes: Some(stat.resident_pages * rustix::param::page_size() as u64),
        cpu_time: Some(ticks(stat.cpu)),
        threads: Some(stat.threads),
        open_files: open_files.ok().and_then(|count| count.try_into().ok()),
    })
}

/// The children of a process (`proc_tid_children(5)`): each thread has its own.
pub fn children(pid: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    threads
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok())
        .flat_map(|text| {
            let pids = text.split_ascii_whitespace();
            pids.filter_map(|pid| pid.parse().ok())
                .collect::<Vec<i32>>()
        })
        .collect()
}

/// The dead children of a process that wait to be reaped.
pub fn dead_children(of: i32) -> Vec<i32> {
    let is_dead = |pid: &i32| stat(*pid).is_ok_and(|it| it.parent == of && it.is_dead());
    pids().into_iter().filter(is_dead).collect()
}

/// Whether orphans below this process are given to it (`PR_SET_CHILD_SUBREAPER`).
pub fn is_subreaper() -> bool {
    rustix::process::child_subreaper().is_ok_and(|set| set.is_some())
}

/// Whether a process that is not older than `since` was given this entry of an environment
/// (`proc_pid_environ(5)`), as far as that is shown; nothing if it is dead.
pub fn was_given(pid: i32, entry: &str, since: u64) -> Option<bool> {
    // The kernel takes no longer one by default (`execve(2)`).
    const MOST: u64 = 8 * 1024 * 1024;
    match stat(pid) {
        Ok(stat) if stat.start < since => return Some(false),
        Ok(stat) if !stat.is_dead() => {}
        Err(error) if !is_gone(&error) => return Some(false),
        Ok(_) | Err(_) => return None,
    }
    let environment = || {
        let mut bytes = Vec::new();
        let file = File::open(format!("/proc/{pid}/environ")).ok()?;
        file.take(MOST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    let becomes_another = || fs::read_link(format!("/proc/{pid}/exe")).is_ok();
    let mut shown = environment();
    // In the middle of `execve(2)` nothing is shown, and of what the kernel itself runs never.
    for _ in 0..3 {
        if !shown.as_ref().is_some_and(Vec::is_empty) || !becomes_another() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
        shown = environment();
    }
    let shown = shown.unwrap_or_default();
    if shown.is_empty() && !stat(pid).is_ok_and(|stat| !stat.is_dead()) {
        return None;
    }
    let mut entries = shown.split(|byte| *byte == 0);
    Some(entries.any(|it| it == entry.as_bytes()))
}

fn ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks.saturating_mul(1000) / tick_rate())
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
    threads: u32,
    start: u64,
    resident_pages: u64,
    /// Not a thread other than the first of its process.
    is_process: bool,
    /// How it ended, as `wait(2)` gives it, if it has.
    exit: i32,
}

impl Stat {
    /// A zombie, or on its way out of the table. A zombie with more than one thread has
    /// ended only the first of them.
    fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x') && self.threads < 2
    }

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
        let waited_user: u64 = fields.next()?.parse().ok()?;
        let waited_system: u64 = fields.next()?.parse().ok()?;
        let threads = fields.nth(2)?.parse().ok()?;
        let start = fields.nth(1)?.parse().ok()?;
        let resident_pages = fields.nth(1)?.parse().ok()?;
        // The signal for its parent: only a thread that is not the first has none.
        let exit_signal: i32 = fields.nth(13)?.parse().ok()?;
        let exit = fields.nth(13).and_then(|field| field.parse().ok());
        Some(Self {
            state,
            parent,
            cpu: user + system + waited_user + waited_system,
            threads,
            start,
            resident_pages,
            is_process: exit_signal >= 0,
            exit: exit.unwrap_or_default(),
        })
    }
}

/// A hold on whatever had the PID when it was taken: a pidfd (`pidfd_open(2)`, Linux
/// 5.3), or nothing but the PID on a kernel without.
#[derive(Debug)]
pub struct Hold(Option<Arc<OwnedFd>>);

impl Hold {
    pub fn open(pid: i32) -> io::Result<Option<Self>> {
        let Some(pid) = super::pid_of(pid) else {
            return Ok(None);
        };
        match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
            Ok(fd) => Ok(Some(Self(Some(Arc::new(fd))))),
            // INVAL, and NOENT since Linux 6.16: the number is a thread's.
            Err(Errno::SRCH | Errno::INVAL | Errno::NOENT) => Ok(None),
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

    /// Signals the process group that the process leads.
    pub fn signal_group(&self, pid: Pid, signal: Signal) -> rustix::io::Result<()> {
        // `PIDFD_SIGNAL_PROCESS_GROUP` (`pidfd_send_signal(2)`, Linux 6.9).
        const GROUP: libc::c_uint = 1 << 2;
        if let Some(fd) = &self.0 {
            let nothing = std::ptr::null::<libc::siginfo_t>();
            // SAFETY: the descriptor is open, and no memory is passed.
            let done = unsafe {
                libc::syscall(
                    libc::SYS_pidfd_send_signal,
                    fd.as_raw_fd(),
                    signal.as_raw(),
                    nothing,
                    GROUP,
                )
            };
            match nix::errno::Errno::result(done) {
                Ok(_) => return Ok(()),
                // The flag is not known.
                Err(nix::errno::Errno::EINVAL) => {}
                Err(errno) => return Err(Errno::from_raw_os_error(errno as i32)),
            }
        }
        // The leader was alive a moment ago: the group has the number as long as anybody
        // of it is left.
        rustix::process::kill_process_group(pid, signal)
    }

    /// How the process ended, which need not be our child: where the kernel tells it (Linux
    /// 6.15), once it was reaped; before that a zombie shows it.
    pub fn exit(&self, identity: &Identity) -> Option<Exit> {
        let reaped = || self.0.as_ref().and_then(|fd| exit_of_reaped(fd));
        // It may be reaped meanwhile.
        reaped()
            .or_else(|| exit_of_zombie(identity))
            .or_else(reaped)
    }

    /// Waits until it is gone, or for `most`, or less. It takes no descriptor: there may
    /// be none left.
    pub fn wait(&self, _pid: i32, most: Duration) -> io::Result<()> {
        let Some(fd) = &self.0 else {
            // Where the exit cannot be waited for, it is looked for.
            std::thread::sleep(most.min(Duration::from_millis(20)));
            return Ok(());
        };
        // A time that does not fit is as good as none.
        let most = Timespec::try_from(most).ok();
        let mut fds = [PollFd::new(fd, PollFlags::IN)];
        match rustix::event::poll(&mut fds, most.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
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

const PIDFD_INFO_EXIT: u64 = 1 << 3;

/// `ioctl(PIDFD_GET_INFO)` (`linux/pidfd.h`), with the structure of its first version. Kernels
/// before Linux 6.13 refuse it, those before 6.15 leave out how it ended.
fn exit_of_reaped(pidfd: &OwnedFd) -> Option<Exit> {
    /// `_IOWR(0xff, 11, struct pidfd_info)`, of 64 bytes.
    const GET_INFO: libc::c_uint = 0xc040_ff0b;
    #[repr(C)]
    struct Info {
        mask: u64,
        between: [u8; 52],
        exit: i32,
    }
    let mut info = Info {
        mask: PIDFD_INFO_EXIT,
        between: [0; 52],
        exit: 0,
    };
    // SAFETY: the descriptor is open, and the kernel writes no more than the size that stands in
    // the request, which is that of the structure.
    let failed =
        unsafe { libc::syscall(libc::SYS_ioctl, pidfd.as_raw_fd(), GET_INFO, &raw mut info) };
    (failed == 0).then(|| told(info.mask, info.exit))?
}

/// A kernel that knows less leaves out the bit, and the rest of the structure as it was.
fn told(mask: u64, status: i32) -> Option<Exit> {
    (mask & PIDFD_INFO_EXIT != 0).then(|| of_wait_status(status))
}

fn exit_of_zombie(identity: &Identity) -> Option<Exit> {
    let stat = stat(identity.pid).ok()?;
    let is_ours = stat.start == identity.start_token && stat.is_dead();
    // The kernel shows 0 to other users (`proc_pid_stat(5)`, field 52).
    let user = fs::metadata(format!("/proc/{}", identity.pid)).ok()?.uid();
    (is_ours && user == super::our_uid()).then(|| of_wait_status(stat.exit))
}

/// As `wait(2)` gives it.
fn of_wait_status(status: i32) -> Exit {
    match status & 0x7f {
        0 => Exit::Code((status >> 8) & 0xff),
        signal => Exit::Signal(signal),
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
        let text = "812 (a) b (c) S 7 812 812 0 -1 4194560 88 0 0 0 30 12 0 0 20 0 3 0 \
                    4711 11632640 321 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 5 0 0";

        let stat = Stat::parse(text).expect("a valid line");

        assert_eq!(
            stat,
            Stat {
                state: 'S',
                parent: 7,
                cpu: 42,
                threads: 3,
                start: 4711,
                resident_pages: 321,
                is_process: true,
                exit: 0,
            }
        );
    }

    /// A process that ended with this, watched through a pidfd; nothing if there is none.
    fn ended(script: &str) -> (Hold, Identity, std::process::Child) {
        let mut child = std::process::Command::new("sh")
            .args(["-c", script])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let hold = Hold::open(pid).unwrap().unwrap();
        let start_token = stat(pid).unwrap().start;
        let identity = Identity {
            pid,
            start_token,
            boot_id: boot_id().unwrap(),
        };
        assert_eq!(hold.exit(&identity), None, "it lives");
        drop(child.stdin.take());
        while !stat(pid).unwrap().is_dead() {
            std::thread::sleep(Duration::from_millis(2));
        }
        (hold, identity, child)
    }

    #[test]
    fn how_a_process_ended_is_seen_while_it_is_a_zombie_and_when_it_was_reaped() {
        for (script, exit) in [
            ("read wait; exit 7", Exit::Code(7)),
            ("read wait; exit 0", Exit::Code(0)),
            ("read wait; kill -9 $$", Exit::Signal(9)),
        ] {
            let (hold, identity, mut child) = ended(script);

            assert_eq!(exit_of_zombie(&identity), Some(exit));
            let another = Identity {
                start_token: identity.start_token + 1,
                ..identity.clone()
            };
            assert_eq!(exit_of_zombie(&another), None);
            child.wait().unwrap();
            // Older kernels do not tell.
            let told = hold.exit(&identity);
            assert!(told.is_none_or(|told| told == exit), "{told:?}");
        }
    }

    #[test]
    fn what_is_no_pidfd_tells_of_no_end() {
        let file = OwnedFd::from(File::open("/dev/null").unwrap());

        assert_eq!(exit_of_reaped(&file), None);
    }

    #[test]
    fn a_kernel_that_leaves_out_how_it_ended_tells_of_no_end() {
        // The bits that Linux 6.13 has: PID, credentials, control group.
        assert_eq!(told(0b0111, 0), None);
        assert_eq!(told(0b1111, 7 << 8), Some(Exit::Code(7)));
        assert_eq!(told(0b1111, 9), Some(Exit::Signal(9)));
    }

    #[test]
    fn a_short_line_is_refused() {
        assert_eq!(Stat::parse("812 (a) S 7"), None);
        assert_eq!(Stat::parse(""), None);
    }
}
