//! The bytes that macOS gives for one process (`sysctl(3)`, `KERN_PROC_PID`): a `struct
//! kinfo_proc` of a 64-bit program, or nothing if there is no such process. Taken apart here
//! so that it can be tested on every platform.
//!
//! It is asked for, and not `proc_pidinfo(PROC_PIDTBSDINFO)`: that refuses with EPERM what
//! belongs to another user (xnu, `bsd/kern/proc_info.c`, `CHECK_SAME_USER`), and does not find a
//! process from the moment on at which it begins to end, while it has its files and ports yet
//! (`proc_find` and `P_REF_DEAD` in `bsd/kern/kern_proc.c`). `sysctl_prochandle` in
//! `bsd/kern/kern_sysctl.c` needs no right, and finds those and zombies.
#![cfg_attr(not(target_os = "macos"), allow(dead_code))]

use rustix::io::Errno;

/// The size of the structure. It and the places below are those of xnu's `bsd/sys/sysctl.h`
/// and `bsd/sys/proc.h`, which have been the same since there are 64-bit programs: size, PID
/// and parent are what Jenkins takes for them, too (`ProcessTree.java`).
pub const SIZE: usize = 648;
const START_SECONDS: usize = 0;
const START_MICROSECONDS: usize = 8;
const FLAGS: usize = 32;
const STATE: usize = 36;
const PID: usize = 40;
const USER: usize = 420;
const PARENT: usize = 560;
const GROUP: usize = 564;

/// `SSTOP` of `bsd/sys/proc.h`.
const STOPPED: u8 = 4;
/// `SZOMB` of the same file.
const ZOMBIE: u8 = 5;
/// `P_WEXIT` of `bsd/sys/proc.h`: it is on its way out.
const LEAVING: i32 = 0x2000;

/// What is known of a process that is no zombie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// When it was made, in microseconds since the epoch.
    pub start: u64,
    /// The process that made it, or that has adopted it.
    pub parent: i32,
    /// The number of its process group.
    pub group: i32,
    /// Its effective user.
    pub uid: u32,
    /// It is suspended.
    pub is_stopped: bool,
    /// It ends just now: it takes no signals any more, and may have its files and ports yet.
    pub is_leaving: bool,
}

/// Nothing for a process that is gone; a zombie is.
pub fn parse(pid: i32, bytes: &[u8]) -> Result<Option<Info>, &'static str> {
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.len() != SIZE {
        return Err("the kernel gave no kinfo_proc");
    }
    let number = |at: usize| {
        let bytes = bytes[at..].first_chunk::<4>().copied();
        bytes.map_or(0, i32::from_ne_bytes)
    };
    let seconds = bytes[START_SECONDS..].first_chunk::<8>().copied();
    let seconds = seconds.map_or(0, i64::from_ne_bytes);
    if number(PID) != pid {
        return Err("the kernel told of another process");
    }
    if bytes[STATE] == ZOMBIE {
        return Ok(None);
    }
    let microseconds = i64::from(number(START_MICROSECONDS));
    let start = seconds.saturating_mul(1_000_000) + microseconds;
    Ok(Some(Info {
        start: u64::try_from(start).unwrap_or(0),
        parent: number(PARENT),
        group: number(GROUP),
        uid: number(USER).cast_unsigned(),
        is_stopped: bytes[STATE] == STOPPED,
        is_leaving: number(FLAGS) & LEAVING != 0,
    }))
}

/// What a signal to a process group has come to. Where the group has nobody any more who could
/// take one, but zombies or those on their way out, the answer is EPERM (xnu, `killpg1` in
/// `bsd/kern/kern_sig.c`). `leader` is what is known of it after that.
pub fn signalled_group(
    sent: Result<(), Errno>,
    leader: impl FnOnce() -> Option<Info>,
) -> Result<(), Errno> {
    match sent {
        Err(Errno::PERM) => match leader() {
            None => Err(Errno::SRCH),
            Some(leader) if leader.is_leaving => Ok(()),
            Some(_) => sent,
        },
        sent => sent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Process 812 of user 501, as the kernel gives it: started at 1750000000.25 by 1 as the
    /// leader of its group.
    fn recorded() -> Vec<u8> {
        let mut bytes = vec![0; SIZE];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(0, &1_750_000_000_i64.to_ne_bytes());
        put(8, &250_000_i32.to_ne_bytes());
        // P_LP64 and P_EXEC, sleeping.
        put(32, &0x4004_i32.to_ne_bytes());
        put(36, &[3]);
        put(40, &812_i32.to_ne_bytes());
        put(243, b"python3.12\0");
        // The real user, and the effective one.
        put(392, &501_u32.to_ne_bytes());
        put(420, &501_u32.to_ne_bytes());
        put(560, &1_i32.to_ne_bytes());
        put(564, &812_i32.to_ne_bytes());
        bytes
    }

    fn with(at: usize, value: &[u8]) -> Vec<u8> {
        let mut bytes = recorded();
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    }

    fn read(bytes: &[u8]) -> Info {
        parse(812, bytes).unwrap().unwrap()
    }

    #[test]
    fn a_process_is_read() {
        let info = read(&recorded());

        let expected = Info {
            start: 1_750_000_000_250_000,
            parent: 1,
            group: 812,
            uid: 501,
            is_stopped: false,
            is_leaving: false,
        };
        assert_eq!(info, expected);
    }

    #[test]
    fn a_process_of_root_is_read_like_any_other() {
        assert_eq!(read(&with(420, &0_u32.to_ne_bytes())).uid, 0);
        // A `_service` user; nobody is -2.
        assert_eq!(read(&with(420, &(-2_i32).to_ne_bytes())).uid, 4_294_967_294);
    }

    #[test]
    fn only_a_zombie_is_gone() {
        let leaving = with(32, &0x6004_i32.to_ne_bytes());

        assert!(read(&leaving).is_leaving);
        assert!(read(&with(36, &[4])).is_stopped);
        assert_eq!(parse(812, &with(36, &[5])), Ok(None));
        assert_eq!(parse(812, &[]), Ok(None));
    }

    #[test]
    fn what_is_no_such_structure_is_refused() {
        assert!(parse(812, &recorded()[..SIZE - 1]).is_err());
        assert!(parse(812, &[0; 4]).is_err());
        assert!(parse(813, &recorded()).is_err());
        // A clock from before the epoch.
        assert_eq!(read(&with(0, &(-1_i64).to_ne_bytes())).start, 0);
    }

    #[test]
    fn a_group_of_zombies_is_gone_and_one_on_its_way_out_needs_no_signal() {
        let info = read(&recorded());
        let leaving = Info {
            is_leaving: true,
            ..info
        };
        let after = |sent, leader| signalled_group(sent, || leader);

        assert_eq!(after(Err(Errno::PERM), None), Err(Errno::SRCH));
        assert_eq!(after(Err(Errno::PERM), Some(leaving)), Ok(()));
        assert_eq!(after(Err(Errno::PERM), Some(info)), Err(Errno::PERM));
        assert_eq!(after(Err(Errno::SRCH), Some(info)), Err(Errno::SRCH));
        assert_eq!(after(Ok(()), None), Ok(()));
    }
}
