//! How much memory it takes.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::LOG;
use crate::home::Home;
use crate::process::wait_until;

/// A debug build takes 10 MiB more to begin with.
const LIMIT_KB: u64 = if cfg!(debug_assertions) { 30 } else { 20 } * 1024;

#[test]
fn memory_does_not_grow_with_a_file() {
    let home = Home::new();
    let line = "2026-11-22 20:14:24 [INFO] src.a: nothing to see\n";
    let path = home.write(LOG, line.repeat(100_000));
    let mut file = File::options().append(true).open(path).unwrap();
    for _ in 0..32 {
        file.write_all(&vec![b'x'; 1024 * 1024]).unwrap();
    }
    file.write_all(b"\n2026-11-22 20:14:25 [INFO] src.a: end\n")
        .unwrap();

    for flags in [
        &["-n", "2"][..],
        &["-n", "1000000"],
        &["-n", "1000000", "--level", "INFO"],
        &["-n", "2", "--json"],
        &["--summary"],
        &["--level", "CRITICAL"],
        &["--grep", "end", "--regex"],
        &["--since", "2026-11-22"],
        &["--all", "-n", "1000000"],
    ] {
        let mut command = home.command([&["daemon", "logs"], flags].concat());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let peak = peak_memory_kb(command);
        assert!(peak < LIMIT_KB, "{flags:?} took {peak} kB");
    }
}

#[test]
fn memory_does_not_grow_with_the_number_of_files() {
    let home = Home::new();
    let long = "x".repeat(1_100_000);
    for number in 10..40 {
        let head = format!("2026-11-22 20:00:{number:02} [INFO] a: ");
        // All are as far at the same time.
        let text = format!("{head}{long}\n{head}short\n2026-11-22 21:00:00 [INFO] a: {long}\n");
        home.write(&format!(".inneros/logs/{number}.log"), text);
    }

    for flags in [
        &["-n", "10000"][..],
        &["-n", "10000", "--json"],
        &["-n", "90"],
    ] {
        let mut command = home.command([&["daemon", "logs", "--all"], flags].concat());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let peak = peak_memory_kb(command);
        assert!(peak < LIMIT_KB, "{flags:?} took {peak} kB");
    }
}

#[test]
fn memory_does_not_grow_with_what_is_followed() {
    for flags in [&["--level", "INFO"][..], &["--json"], &[]] {
        let home = Home::new();
        let entry = |text: &str| format!("2026-11-22 20:14:24 [INFO] src.a: {text}\n");
        let path = home.write(LOG, entry("first"));
        let shown = home.path().join("shown");
        let mut child = home
            .command([&["daemon", "logs", "--follow"], flags].concat())
            .stdout(File::create(&shown).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let is_shown = |text: &str| {
            let mut file = File::open(&shown).unwrap();
            let length = file.metadata().unwrap().len();
            file.seek(SeekFrom::Start(length.saturating_sub(200)))
                .unwrap();
            let mut end = String::new();
            file.read_to_string(&mut end).unwrap();
            end.contains(text)
        };
        wait_until("the first is shown", || is_shown("first"));

        let mut file = File::options().append(true).open(path).unwrap();
        file.write_all(entry(&"x".repeat(24 * 1024 * 1024)).as_bytes())
            .unwrap();
        file.write_all(entry("many").repeat(200_000).as_bytes())
            .unwrap();
        file.write_all(entry("last").as_bytes()).unwrap();
        wait_until("the last is shown", || is_shown("last"));

        let peak = high_water_kb(child.id()).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(peak > 0 && peak < LIMIT_KB, "{flags:?} took {peak} kB");
    }
}

/// The most memory that a process had resident; nothing where it has ended.
fn high_water_kb(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let high_water = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(high_water.split_whitespace().next()?.parse().unwrap())
}

/// Runs a command, which must succeed, and gives the most memory that it had resident. One that
/// ends soon may be looked at too early or too late: it is run again and again.
pub(super) fn peak_memory_kb(mut command: Command) -> u64 {
    const TRIES: usize = 100;
    const ENOUGH: Duration = Duration::from_millis(500);
    let mut peak = 0;
    let mut seen = Duration::ZERO;
    for _ in 0..TRIES {
        let begin = Instant::now();
        let mut child = command.spawn().unwrap();
        let ended = loop {
            peak = peak.max(high_water_kb(child.id()).unwrap_or(0));
            match child.try_wait().unwrap() {
                Some(ended) => break ended,
                None => thread::sleep(Duration::from_millis(1)),
            }
        };
        assert!(ended.success());
        seen += begin.elapsed();
        if peak > 0 && seen >= ENOUGH {
            return peak;
        }
    }
    assert!(peak > 0, "it was never seen");
    peak
}
