//! Starts and stops a daemon again and again, by the library in this process and by the
//! command line, and tells what is left over: nothing may be.
//!
//! `cargo bench --bench soak -- 1000` does a thousand cycles, `cargo test` a few.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a cycle that fails is the end, and the answer is printed"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use inneros_tray::app::lifecycle::{self, Launching, Stopping};
use inneros_tray::app::settings;
use inneros_tray::model::config::Config;

/// An allocator keeps something for the next time; a leak would grow with the cycles.
const MEMORY_KEPT_KIB: u64 = 1024;

/// A daemon that is gone may be reaped during the next cycle, and no later.
const DESCRIPTORS_OF_A_CYCLE: usize = 8;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = arguments.iter().find_map(|argument| argument.parse().ok());
    let benched = arguments.iter().any(|argument| argument == "--bench");
    let cycles: usize = asked.unwrap_or(if benched { 1000 } else { 30 });

    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let config = config(home);
    let by_library = || by_library(&config);
    let by_command_line = || by_command_line(home);
    // What is made once and kept is made before anything is counted.
    repeat("", cycles.div_ceil(10), by_library);
    by_command_line();
    let before = Held::now(home);

    let most_descriptors = repeat("library", cycles, by_library);
    repeat("command line", cycles.div_ceil(10), by_command_line);

    let after = Held::at_last(home, &before);
    report(&before, most_descriptors, &after)
}

fn config(home: &Path) -> Config {
    let text = format!(
        "daemon.command = ['tail', '-f', '{}']\ndaemon.start_grace = '0s'\n",
        home.join("config.toml").display()
    );
    fs::write(home.join("config.toml"), text).unwrap();
    // Nothing of what the environment may say about the user's own daemon.
    let variables = |name: &str| (name == "HOME").then(|| home.into());
    settings::load(Some(home), None, &variables).unwrap()
}

fn by_library(config: &Config) {
    let started = lifecycle::start(config.main(), Launching::default()).unwrap();
    let stopped = lifecycle::stop(config.main(), Stopping::default()).unwrap();
    assert_eq!(started.pid, stopped.pid);
}

fn by_command_line(home: &Path) {
    for verb in ["start", "stop"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inneros"));
        command.arg("--home").arg(home).args(["-q", "daemon", verb]);
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("HOME", home);
        assert!(command.status().unwrap().success(), "{verb} failed");
    }
}

/// Returns the most descriptors that were open after a cycle.
fn repeat(what: &str, cycles: usize, cycle: impl Fn()) -> usize {
    let begin = Instant::now();
    let open = (0..cycles).map(|_| {
        cycle();
        descriptors()
    });
    let most = open.max().unwrap_or_default();
    if !what.is_empty() {
        let seconds = begin.elapsed().as_secs_f64();
        println!("{what:<14}{cycles:>8} cycles in {seconds:.1} s");
    }
    most
}

fn descriptors() -> usize {
    fs::read_dir("/dev/fd").unwrap().count()
}

/// What this process and its daemons hold at a moment.
struct Held {
    processes: usize,
    zombies: usize,
    descriptors: usize,
    files: BTreeSet<String>,
    memory_kib: u64,
}

impl Held {
    fn now(home: &Path) -> Self {
        let us = std::process::id().to_string();
        let ps = Command::new("ps")
            .args(["-axww", "-o", "pid=,ppid=,stat=,rss=,command="])
            .output()
            .unwrap();
        let table = String::from_utf8_lossy(&ps.stdout).into_owned();
        let named = home.display().to_string();
        let (mut processes, mut zombies, mut memory_kib) = (0, 0, 0);
        for line in table.lines() {
            let mut fields = line.split_ascii_whitespace();
            let (pid, parent) = (fields.next().unwrap(), fields.next().unwrap());
            let (state, memory) = (fields.next().unwrap(), fields.next().unwrap());
            if pid == us {
                memory_kib = memory.parse().unwrap();
            } else if parent == us && state.starts_with('Z') {
                zombies += 1;
            } else if line.contains(&named) {
                processes += 1;
            }
        }
        let files = fs::read_dir(home).unwrap();
        Self {
            processes,
            zombies,
            descriptors: descriptors(),
            files: files
                .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
                .collect(),
            memory_kib,
        }
    }

    /// Once the threads that reap are done, or will not be.
    fn at_last(home: &Path, before: &Self) -> Self {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let now = Self::now(home);
            let done = now.zombies == 0 && now.descriptors <= before.descriptors;
            if done || Instant::now() >= deadline {
                return now;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn report(before: &Held, most_descriptors: usize, after: &Held) -> ExitCode {
    let more = |before: usize, after: usize| after.saturating_sub(before);
    let descriptors = more(before.descriptors, after.descriptors);
    let files: Vec<&String> = after.files.difference(&before.files).collect();
    let memory = after.memory_kib.saturating_sub(before.memory_kib);
    let at_once = more(before.descriptors, most_descriptors);
    println!("leaked processes    {}", after.processes);
    println!("leaked zombies      {}", after.zombies);
    println!("leaked descriptors  {descriptors} ({at_once} more at once)");
    println!("leaked files        {} {files:?}", files.len());
    println!(
        "more memory         {memory} KiB of {} KiB",
        after.memory_kib
    );
    let leaks = after.processes + after.zombies + descriptors + files.len();
    if leaks == 0 && at_once <= DESCRIPTORS_OF_A_CYCLE && memory <= MEMORY_KEPT_KIB {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
