//! Processes on macOS: `libproc`, `sysctl(3)` and kqueue.
#![allow(unsafe_code)] // libproc and sysctl have no safe wrapper.

use std::ffi::CStr;
use std::io;
use std::mem;
use std::num::NonZeroI32;
use std::path::Path;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use polling::os::kqueue::{PollerKqueueExt, Process, ProcessOps};
use polling::{Events, PollMode, Poller};
use rustix::process::{Pid, Signal};

use super::{kinfo_proc, process_arguments};
use crate::model::life::observation::{ProcessFacts, ProcessOrigin, ProcessSeen, Usage};
use crate::model::life::record::{Exit, Identity};

/// `PID_MAX` of the kernel (xnu, `bsd/sys/proc_internal.h`).
pub const PID_MAX: i32 = 99_999;

/// Start times are of the wall clock (`p_start` in xnu's `bsd/kern/kern_fork.c`).
pub const STARTS_ARE_ORDERED: bool = false;

pub fn boot_id() -> io::Result<String> {
    let bytes = sysctl_by_name(c"kern.bootsessionuuid")?;
    let text = CStr::from_bytes_until_nul(&bytes)
        .map_err(|_| io::Error::other("kern.bootsessionuuid is not a text"))?;
    Ok(text.to_string_lossy().into_owned())
}

/// The UUID of this Mac (`gethostuuid(2)`).
pub fn machine_id() -> Option<String> {
    let mut bytes = [0_u8; 16];
    let a_second = libc::timespec {
        tv_sec: 1,
        tv_nsec: 0,
    };
    // SAFETY: the call writes 16 bytes to the place that is passed, and reads a timespec.
    let failed = unsafe { libc::gethostuuid(bytes.as_mut_ptr(), &raw const a_second) };
    let hex = |byte: &u8| format!("{byte:02x}");
    (failed == 0).then(|| bytes.iter().map(hex).collect())
}

/// macOS has no namespaces.
pub fn namespaces() -> (Option<u64>, Option<u64>) {
    (None, None)
}

/// `CLOCK_MONOTONIC_RAW` counts on while the Mac sleeps and does not follow the wall
/// clock (`clock_gettime(3)`).
pub fn boot_clock() -> Duration {
    clock(libc::CLOCK_MONOTONIC_RAW)
}

/// `CLOCK_UPTIME_RAW` stands still while the Mac sleeps.
pub fn awake_clock() -> Duration {
    clock(libc::CLOCK_UPTIME_RAW)
}

fn clock(id: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the kernel writes one timespec to the place that is passed.
    unsafe { libc::clock_gettime(id, &raw mut time) };
    Duration::new(
        time.tv_sec.try_into().unwrap_or(0),
        time.tv_nsec.try_into().unwrap_or(0),
    )
}

pub fn see(pid: i32, boot_id: &str) -> ProcessSeen {
    match info(pid) {
        Ok(None) => ProcessSeen::Gone,
        Ok(Some(info)) => ProcessSeen::Alive(facts(pid, boot_id, &info)),
        Err(error) => ProcessSeen::Hidden(error.to_string()),
    }
}

/// The folder that a process is in: not asked for here.
pub fn working_dir(_: i32) -> Option<std::path::PathBuf> {
    None
}

pub fn parent(pid: i32) -> Option<i32> {
    Some(info(pid).ok()??.parent)
}

/// The process group of a process that is on its way out: `getsid(2)` and `getpgid(2)` do not
/// find it any more (`proc_find` in xnu's `bsd/kern/kern_prot.c`).
pub fn group_at_its_end(pid: i32) -> Option<i32> {
    let info = info(pid).ok()??;
    info.is_leaving.then_some(info.group)
}

pub fn is_suspended(pid: i32) -> bool {
    info(pid).is_ok_and(|info| info.is_some_and(|info| info.is_stopped))
}

/// Every process that is shown, zombies too.
pub fn pids() -> Vec<i32> {
    all_pids().unwrap_or_default()
}

/// Every process that there is.
pub fn all_pids() -> io::Result<Vec<i32>> {
    // SAFETY: without a buffer the kernel only says how many there are.
    let count = unsafe { libc::proc_listallpids(ptr::null_mut(), 0) };
    // Some more may come meanwhile.
    let mut pids = vec![0_i32; usize::try_from(count).unwrap_or(0) + 256];
    let size =
        libc::c_int::try_from(mem::size_of_val(pids.as_slice())).map_err(io::Error::other)?;
    // SAFETY: the kernel writes at most `size` bytes, the size of what `pids` holds.
    let count = unsafe { libc::proc_listallpids(pids.as_mut_ptr().cast(), size) };
    if count <= 0 {
        return Err(io::Error::last_os_error());
    }
    pids.truncate(usize::try_from(count).unwrap_or(0));
    pids.retain(|pid| *pid > 0);
    Ok(pids)
}

/// The command line of a process of this user; nothing for those of others.
pub fn command_line_of(pid: i32, user: u32) -> Option<Vec<String>> {
    let info = info(pid).ok()??;
    (info.uid == user).then(|| arguments(pid))?
}

/// Not asked: the command line of a process is what it was started with.
pub fn origin(_pid: i32, _folder: &Path) -> Option<ProcessOrigin> {
    None
}

/// PID 1 is launchd's, and there are no subreapers: nobody gives us orphans.
pub fn dead_children(_of: i32) -> Vec<i32> {
    Vec::new()
}

pub fn is_subreaper() -> bool {
    false
}

/// Not asked: of many programs the system does not show it. Nothing if it is dead.
pub fn was_given(pid: i32, _entry: &str, _since: u64) -> Option<bool> {
    (see(pid, "") != ProcessSeen::Gone).then_some(false)
}

fn facts(pid: i32, boot_id: &str, info: &kinfo_proc::Info) -> ProcessFacts {
    let started = Duration::from_micros(info.start);
    // Only for processes without a run record: a recorded one's uptime follows the
    // boot clock.
    let age = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .saturating_sub(started);
    ProcessFacts {
        identity: Identity {
            pid,
            start_token: info.start,
            boot_id: boot_id.to_owned(),
        },
        uid: info.uid,
        // Another user's arguments are not shown: they cannot be our daemon's.
        command_line: arguments(pid).unwrap_or_default(),
        age,
    }
}

/// What one process uses; nothing for one that is gone.
pub fn usage(pid: i32) -> Option<Usage> {
    info(pid).ok()??;
    let task = task_info(pid);
    let of_task = task.as_ref();
    Some(Usage {
        processes: 1,
        memory_bytes: of_task.map(|task| task.pti_resident_size),
        cpu_time: of_task
            .map(|task| mach_time(task.pti_total_user.saturating_add(task.pti_total_system))),
        threads: of_task.and_then(|task| task.pti_threadnum.try_into().ok()),
        open_files: open_files(pid),
    })
}

/// The children of a process.
pub fn children(pid: i32) -> Vec<i32> {
    const MOST: usize = 1024;
    let mut pids = vec![0_i32; MOST];
    let Ok(size) = libc::c_int::try_from(MOST * mem::size_of::<i32>()) else {
        return Vec::new();
    };
    // SAFETY: the kernel writes at most `size` bytes, the size of what `pids` holds.
    let count = unsafe { libc::proc_listchildpids(pid, pids.as_mut_ptr().cast(), size) };
    pids.truncate(usize::try_from(count).unwrap_or(0));
    pids.retain(|pid| *pid > 0);
    pids
}

/// How many descriptors are open (`PROC_PIDLISTFDS`).
fn open_files(pid: i32) -> Option<u32> {
    const ENTRY: usize = mem::size_of::<libc::proc_fdinfo>();
    let list = |buffer: *mut libc::c_void, size: libc::c_int| {
        // SAFETY: `buffer` is null or holds `size` bytes; the kernel writes no more.
        let written = unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDLISTFDS, 0, buffer, size) };
        usize::try_from(written).ok().filter(|written| *written > 0)
    };
    // Asked without a buffer, the kernel says how large one must be, with some room.
    let size = list(ptr::null_mut(), 0)?;
    let mut bytes = vec![0_u8; size];
    let written = list(bytes.as_mut_ptr().cast(), size.try_into().ok()?)?;
    (written / ENTRY).try_into().ok()
}

/// Nothing for a process that is gone.
fn info(pid: i32) -> io::Result<Option<kinfo_proc::Info>> {
    let mut name = [libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_PID, pid];
    let mut bytes = [0_u8; kinfo_proc::SIZE];
    let mut size = bytes.len();
    // SAFETY: `name` has four numbers, `bytes` holds `size` bytes; the kernel writes no more.
    let failed = unsafe {
        libc::sysctl(
            name.as_mut_ptr(),
            4,
            bytes.as_mut_ptr().cast(),
            &raw mut size,
            ptr::null_mut(),
            0,
        )
    };
    if failed != 0 {
        let error = io::Error::last_os_error();
        return match error.raw_os_error() {
            Some(libc::ESRCH) => Ok(None),
            _ => Err(error),
        };
    }
    kinfo_proc::parse(pid, &bytes[..size.min(kinfo_proc::SIZE)]).map_err(io::Error::other)
}

fn task_info(pid: i32) -> Option<libc::proc_taskinfo> {
    // SAFETY: all-zero is a valid value of this plain struct.
    let mut info: libc::proc_taskinfo = unsafe { mem::zeroed() };
    pid_info(pid, libc::PROC_PIDTASKINFO, &mut info)
        .ok()
        .map(|()| info)
}

fn pid_info<T>(pid: i32, flavor: libc::c_int, info: &mut T) -> io::Result<()> {
    let size = libc::c_int::try_from(mem::size_of::<T>()).map_err(io::Error::other)?;
    // SAFETY: the kernel writes at most `size` bytes, the size of what `info` is.
    let written = unsafe { libc::proc_pidinfo(pid, flavor, 0, ptr::from_mut(info).cast(), size) };
    match written {
        written if written == size => Ok(()),
        written if written <= 0 => Err(io::Error::last_os_error()),
        _ => Err(io::Error::other("the kernel gave too little")),
    }
}

/// The arguments of a process of this user (`sysctl(3)`, `KERN_PROCARGS2`).
fn arguments(pid: i32) -> Option<Vec<String>> {
    let mut name = [libc::CTL_KERN, libc::KERN_PROCARGS2, pid];
    let bytes = sysctl(&mut name).ok()?;
    process_arguments::parse(&bytes)
}

fn sysctl(name: &mut [libc::c_int; 3]) -> io::Result<Vec<u8>> {
    sized(|buffer, size| {
        // SAFETY: `buffer` is null or holds `size` bytes; the kernel writes no more.
        unsafe { libc::sysctl(name.as_mut_ptr(), 3, buffer, size, ptr::null_mut(), 0) }
    })
}

fn sysctl_by_name(name: &CStr) -> io::Result<Vec<u8>> {
    sized(|buffer, size| {
        // SAFETY: as above; the name ends with a NUL.
        unsafe { libc::sysctlbyname(name.as_ptr(), buffer, size, ptr::null_mut(), 0) }
    })
}

/// Asks for the size first and for the content second.
fn sized(
    mut call: impl FnMut(*mut libc::c_void, *mut libc::size_t) -> libc::c_int,
) -> io::Result<Vec<u8>> {
    let mut size = 0;
    if call(ptr::null_mut(), &raw mut size) != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut bytes = vec![0_u8; size];
    if call(bytes.as_mut_ptr().cast(), &raw mut size) != 0 {
        return Err(io::Error::last_os_error());
    }
    bytes.truncate(size);
    Ok(bytes)
}

/// Mach time units as time: on Apple silicon one unit is 125/3 ns.
#[allow(deprecated)] // The libc crate points to another crate for the same call.
fn mach_time(units: u64) -> Duration {
    let mut base = libc::mach_timebase_info { numer: 0, denom: 0 };
    // SAFETY: the call writes the struct that is passed.
    unsafe { libc::mach_timebase_info(&raw mut base) };
    let nanos = u128::from(units) * u128::from(base.numer) / u128::from(base.denom.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// macOS has no handle on a process: the PID is verified again right before each use.
#[derive(Debug)]
pub struct Hold;

impl Hold {
    #[allow(clippy::unnecessary_wraps)] // The same shape as on Linux, where it can fail.
    pub fn open(pid: i32) -> io::Result<Option<Self>> {
        Ok((pid > 0).then_some(Self))
    }

    #[allow(clippy::unused_self)]
    pub fn signal(&self, pid: Pid, signal: Signal) -> rustix::io::Result<()> {
        rustix::process::kill_process(pid, signal)
    }

    /// How it ended is told to its parent alone.
    #[allow(clippy::unused_self)]
    pub fn exit(&self, _identity: &Identity) -> Option<Exit> {
        None
    }

    /// Waits until it is gone, or for `most`, or less.
    pub fn wait(&self, pid: i32, most: Duration) -> io::Result<()> {
        let poller = Arc::new(Poller::new()?);
        let watch = self.watch(&poller, pid)?;
        // Where the exit cannot be waited for, it is looked for.
        let longest = if watch.is_some() {
            most
        } else {
            most.min(Duration::from_millis(20))
        };
        poller.wait(&mut Events::new(), Some(longest))?;
        Ok(())
    }

    #[allow(clippy::unused_self)]
    pub fn signal_group(&self, pid: Pid, signal: Signal) -> rustix::io::Result<()> {
        let sent = rustix::process::kill_process_group(pid, signal);
        let number = pid.as_raw_nonzero().get();
        kinfo_proc::signalled_group(sent, || info(number).ok().flatten())
    }

    #[allow(clippy::unused_self)]
    pub fn watch(&self, poller: &Arc<Poller>, pid: i32) -> io::Result<Option<Registration>> {
        let Some(pid) = NonZeroI32::new(pid) else {
            return Ok(None);
        };
        // SAFETY: the filter holds nothing but the number; the kernel drops it with
        // the process, and it answers ESRCH for one that is gone.
        let filter = unsafe { Process::from_pid(pid, ProcessOps::Exit) };
        match poller.add_filter(filter, 0, PollMode::Oneshot) {
            Ok(()) => Ok(Some(Registration {
                poller: Arc::clone(poller),
                pid,
            })),
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[derive(Debug)]
pub struct Registration {
    poller: Arc<Poller>,
    pid: NonZeroI32,
}

impl Drop for Registration {
    fn drop(&mut self) {
        // SAFETY: as in `watch`. It fails where the exit was already delivered, which
        // takes the filter away by itself.
        let filter = unsafe { Process::from_pid(self.pid, ProcessOps::Exit) };
        let _ = self.poller.delete_filter(filter);
    }
}

/// Marks every descriptor from `first` to `last` to be closed by `execve(2)`. Called
/// between fork and exec: nothing in here allocates or locks.
pub fn close_on_exec_from(first: libc::c_int, last: libc::c_int) {
    super::spawn::mark_each(first, last);
}

/// Where this process's open descriptors are listed.
pub const DESCRIPTORS: &str = "/dev/fd";
