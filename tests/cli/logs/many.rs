//! What a folder with a great many logs costs.

use std::fs::File;
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use super::memory::peak_memory_kb;
use crate::home::Home;
use crate::process::wait_until;
use crate::strace::{self, Call, there_is_strace};

/// A folder with so many logs, which nothing has come into for a while.
fn with_logs(home: &Home, count: usize) {
    home.write(
        ".inneros/logs/newest.log",
        "2026-11-22 20:14:24 [INFO] a: newest\n",
    );
    for number in 0..count {
        let line = format!("2026-11-22 20:14:24 [ERROR] a.b: number {number}\n");
        home.write(&format!(".inneros/logs/application-{number:06}.log"), line);
    }
    let folder = File::open(home.ours("logs")).unwrap();
    let before = SystemTime::now() - Duration::from_secs(3600);
    folder.set_modified(before).unwrap();
}

/// A run under strace.
struct Traced(Child);

impl Drop for Traced {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How often the folder of the logs was opened to be listed, after so many waits of the run.
fn listings(home: &Home, arguments: &[&str], waits: usize) -> usize {
    let _run = Traced(strace::to_be_traced(home, arguments).spawn().unwrap());
    let folder = format!("\"{}\"", home.ours("logs").display());
    let waited = |call: &Call| ["poll", "ppoll", "clock_nanosleep", "futex"].contains(&&*call.name);
    let mut listed = 0;
    wait_until("it has looked often", || {
        if !home.path().with_file_name("trace").exists() {
            return false;
        }
        let calls = strace::read(home);
        let is_listing = |call: &&Call| call.name == "openat" && call.arguments.contains(&folder);
        listed = calls.iter().filter(is_listing).count();
        calls.iter().filter(|call| waited(call)).count() >= waits
    });
    listed
}

#[test]
fn a_folder_that_does_not_change_is_not_listed_again_to_follow_a_log() {
    if !there_is_strace() {
        return;
    }
    let home = Home::new();
    with_logs(&home, 2000);

    let listed = listings(&home, &["daemon", "logs", "--follow", "-n", "1"], 60);

    // For the newest, for the day before its own, and once for those beside it.
    assert!((1..=3).contains(&listed), "{listed} times");
}

#[test]
fn a_folder_that_does_not_change_is_not_listed_again_to_watch_a_daemon() {
    if !there_is_strace() {
        return;
    }
    let home = Home::with_sleeper().setting("tray.poll_interval = '250ms'");
    with_logs(&home, 2000);
    home.start();

    let listed = listings(&home, &["daemon", "status", "--watch"], 40);

    assert!((1..=2).contains(&listed), "{listed} times");
}

#[test]
fn a_great_many_logs_take_little_memory_each() {
    const MANY: usize = 12_000;
    let [few, many] = [10, MANY].map(|count| {
        let home = Home::new();
        with_logs(&home, count);
        ["-n10", "--summary", "--level=CRITICAL"].map(|flag| {
            let mut command = home.command(["daemon", "logs", "--all", flag]);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            peak_memory_kb(command)
        })
    });

    for (few, many) in few.into_iter().zip(many) {
        let each = many.saturating_sub(few) * 1024 / MANY as u64;
        // With what is needed once; 200,000 of them take 45 MB.
        assert!(each <= 360, "{each} bytes a log: {few} kB, {many} kB");
    }
}
