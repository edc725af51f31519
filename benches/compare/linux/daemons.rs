//! The daemon that every tool looks after, and what there is of processes.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::peers::find;

/// As the tools are told it and as the kernel shows it. It ends at once at SIGTERM.
pub static SLEEP: LazyLock<String> = LazyLock::new(|| {
    let program = find("sleep", "coreutils").unwrap();
    let program = fs::canonicalize(program).unwrap();
    program.into_os_string().into_string().unwrap()
});

/// A daemon that sleeps. It is known by how long it would.
pub struct Daemon {
    pub seconds: String,
}

impl Daemon {
    /// One that no other bench of this moment has.
    pub fn new(number: usize) -> Self {
        let pid = std::process::id();
        Self {
            seconds: format!("1000000000.{pid}{number:02}"),
        }
    }

    /// All that run its program: no zombie, and none that is about to run it.
    pub fn pids(&self) -> Vec<i32> {
        all().filter(|pid| self.is_run_by(*pid)).collect()
    }

    /// Whether one runs that is not among the processes `before`.
    pub fn is_new(&self, before: &HashSet<i32>) -> bool {
        let mut new = all().filter(|pid| !before.contains(pid));
        new.any(|pid| self.is_run_by(pid))
    }

    fn is_run_by(&self, pid: i32) -> bool {
        let wanted = format!("{}\0{}\0", *SLEEP, self.seconds);
        has(pid, "cmdline", |text| text == wanted.as_bytes())
    }

    pub fn pid(&self) -> i32 {
        self.wait_for(1)[0]
    }

    /// Waits until there are so many, and gives them.
    pub fn wait_for(&self, number: usize) -> Vec<i32> {
        let mut pids = Vec::new();
        wait_until(&format!("{number} daemons"), || {
            pids = self.pids();
            pids.len() == number
        });
        pids
    }

    pub fn kill_all(&self) {
        for pid in self.pids() {
            signal(pid, Signal::KILL);
        }
        self.wait_for(0);
    }
}

/// Those whose HOME is this folder or in it: what a tool runs, and what that runs.
pub fn at_home_in(folder: &Path) -> Vec<i32> {
    let home = format!("HOME={}", folder.display());
    let is_home = |variable: &[u8]| {
        let rest = variable.strip_prefix(home.as_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    };
    all()
        .filter(|pid| has(*pid, "environ", |text| text.split(|b| *b == 0).any(is_home)))
        .collect()
}

/// Every process.
pub fn all() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
}

/// Of a process that is gone, of a zombie and of another user's nothing holds.
fn has(pid: i32, file: &str, holds: impl Fn(&[u8]) -> bool) -> bool {
    fs::read(format!("/proc/{pid}/{file}")).is_ok_and(|text| holds(&text))
}

/// Whether it is alive: there, and not a zombie.
pub fn is_alive(pid: i32) -> bool {
    has(pid, "cmdline", |text| !text.is_empty())
}

/// Whether it is out of the process table.
pub fn is_reaped(pid: i32) -> bool {
    !Path::new(&format!("/proc/{pid}")).exists()
}

/// To a process that may have gone.
pub fn signal(pid: i32, signal: Signal) {
    let _ = kill_process(Pid::from_raw(pid).unwrap(), signal);
}

/// What a process has in memory, in MiB: all, and what nobody shares.
pub fn memory(pid: i32) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let mib = |names: &[&str]| {
        let kib: u32 = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(|(name, _)| names.contains(name))
            .filter_map(|(_, rest)| rest.split_whitespace().next()?.parse::<u32>().ok())
            .sum();
        f64::from(kib) / 1024.0
    };
    format!(
        "{:.1} MiB ({:.1} of its own)",
        mib(&["Rss"]),
        mib(&["Private_Clean", "Private_Dirty"])
    )
}

pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whatever takes longer has failed.
pub const SOON: Duration = Duration::from_secs(30);
