//! How much of a log is read.

use std::fs;
use std::process::{Command, Stdio};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::LOG;
use crate::home::Home;

/// Runs a command, which must succeed, and gives how many bytes it has read in all.
fn bytes_read(mut command: Command) -> u64 {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let pid = Pid::from_child(&child);
    // It has ended, but its numbers are still there.
    waitid(
        WaitId::Pid(pid),
        WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
    )
    .unwrap();
    let numbers = fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap();
    assert!(child.wait().unwrap().success());
    let read = numbers
        .lines()
        .find_map(|line| line.strip_prefix("rchar: "));
    read.unwrap().parse().unwrap()
}

#[test]
fn entries_without_a_time_are_read_once_or_twice_for_a_time() {
    let home = Home::new();
    for line in [
        "{\"level\":\"info\",\"msg\":\"nothing to see\"}\n",
        "2026-02-30 20:14:24 [INFO] a: no such day\n",
    ] {
        let path = home.write(LOG, line.repeat(10_000));
        let length = fs::metadata(path).unwrap().len();

        for bound in ["--since", "--until"] {
            let read = bytes_read(home.command(["daemon", "logs", bound, "1h"]));
            assert!(
                read < 4 * length + 200_000,
                "{read} of {length} for {bound}"
            );
        }
    }
}
