//! What the kernel says of a process.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::time::Duration;

/// The state of a process at a moment.
pub struct Reading {
    threads: BTreeMap<u32, Thread>,
    holding: Holding,
    messages: usize,
}

struct Thread {
    name: String,
    cpu_ns: u64,
    wakeups: u64,
}

impl Reading {
    pub fn of(pid: u32, messages: usize) -> Self {
        let folder = format!("/proc/{pid}");
        let threads: BTreeMap<_, _> = fs::read_dir(format!("{folder}/task"))
            .unwrap_or_else(|error| panic!("process {pid}: {error}"))
            .filter_map(|entry| {
                let entry = entry.unwrap();
                let tid = entry.file_name().to_str().unwrap().parse().unwrap();
                // One that ends meanwhile is not counted.
                Some((tid, Thread::read(&entry.path().display().to_string())?))
            })
            .collect();
        let memory = fs::read_to_string(format!("{folder}/smaps_rollup")).unwrap();
        Self {
            holding: Holding {
                resident_kib: field(&memory, "Rss"),
                private_kib: field(&memory, "Private_Clean") + field(&memory, "Private_Dirty"),
                threads: threads.len(),
                files: fs::read_dir(format!("{folder}/fd")).unwrap().count(),
            },
            threads,
            messages,
        }
    }

    pub fn holding(&self) -> &Holding {
        &self.holding
    }

    /// How often each thread was woken since the reading `before`.
    pub fn wakeups_since(&self, before: &Self) -> Vec<(&str, u64)> {
        self.threads
            .iter()
            .map(|(tid, thread)| {
                let earlier = before.threads.get(tid).map_or(0, |thread| thread.wakeups);
                (thread.name.as_str(), thread.wakeups - earlier)
            })
            .collect()
    }

    fn cpu_since(&self, before: &Self) -> Duration {
        let spent = self.threads.iter().map(|(tid, thread)| {
            let earlier = before.threads.get(tid).map_or(0, |thread| thread.cpu_ns);
            thread.cpu_ns - earlier
        });
        Duration::from_nanos(spent.sum())
    }
}

impl Thread {
    fn read(folder: &str) -> Option<Self> {
        let read = |name| fs::read_to_string(format!("{folder}/{name}")).ok();
        Some(Self {
            name: read("comm")?.trim_end().to_owned(),
            // To the nanosecond, where /proc/PID/stat counts hundredths of a second.
            cpu_ns: read("schedstat")?.split(' ').next()?.parse().ok()?,
            wakeups: field(&read("status")?, "voluntary_ctxt_switches"),
        })
    }
}

fn field(text: &str, name: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_else(|| panic!("no '{name}' in:\n{text}"))
}

/// What a program has of the computer's.
pub struct Holding {
    resident_kib: u64,
    private_kib: u64,
    threads: usize,
    files: usize,
}

impl Holding {
    pub const HEAD: &'static str = "\
| program | resident, MB | private, MB | threads | files |
|---|---|---|---|---|";
}

impl fmt::Display for Holding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let mb = |kib: u64| kib as f64 * 1.024e-3;
        write!(
            formatter,
            "{:.1} | {:.1} | {} | {}",
            mb(self.resident_kib),
            mb(self.private_kib),
            self.threads,
            self.files,
        )
    }
}

/// What an idle program has cost.
pub struct Cost<'a> {
    cpu: Duration,
    wakeups: u64,
    messages: usize,
    time: Duration,
    holding: &'a Holding,
}

impl<'a> Cost<'a> {
    pub const HEAD: &'static str = "\
| program | CPU, ms | CPU, % | wakeups a second | D-Bus messages | resident, MB | private, MB | threads | files |
|---|---|---|---|---|---|---|---|---|";

    pub fn between(before: &Reading, after: &'a Reading, time: Duration) -> Self {
        Self {
            cpu: after.cpu_since(before),
            wakeups: after.wakeups_since(before).iter().map(|(_, n)| n).sum(),
            messages: after.messages - before.messages,
            time,
            holding: &after.holding,
        }
    }
}

impl fmt::Display for Cost<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let a_second = 1.0 / self.time.as_secs_f64();
        let cpu = self.cpu.as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let wakeups = self.wakeups as f64;
        write!(
            formatter,
            "{:.1} | {:.3} | {:.2} | {} | {}",
            cpu * 1e3,
            cpu * a_second * 100.0,
            wakeups * a_second,
            self.messages,
            self.holding,
        )
    }
}
