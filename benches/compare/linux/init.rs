//! Who takes ended daemons out of the process table: a daemon whose parent has gone is given
//! to PID 1, or to an ancestor that asked for that (`prctl(2)`, `PR_SET_CHILD_SUBREAPER`).

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, getpid, set_child_subreaper, wait};

use super::daemons::{Daemon, SLEEP, is_alive, is_reaped, signal, wait_until};

/// Runs this bench with more arguments, as the init of its daemons: whatever ends is taken out
/// of the process table at once. Returns whether it succeeded.
#[allow(clippy::zombie_processes)] // It is waited for, among others.
pub fn be_init_of(arguments: &[String]) -> bool {
    set_child_subreaper(Some(getpid())).unwrap();
    let child = this_bench(arguments).spawn().unwrap();
    let child = Pid::from_child(&child);
    let success = loop {
        let (pid, status) = wait(WaitOptions::empty()).unwrap().unwrap();
        if pid == child {
            break status.exit_status() == Some(0);
        }
    };
    set_child_subreaper(None).unwrap();
    success
}

/// Runs this bench with more arguments, its daemons given to the PID 1 of this computer.
pub fn leave_to_pid_1(arguments: &[String]) -> bool {
    this_bench(arguments).status().unwrap().success()
}

fn this_bench(arguments: &[String]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments);
    command
}

/// How long an orphan stays in the process table after its end: the median of five.
pub fn zombies_stay() -> Duration {
    let orphan = Daemon::new(99);
    let mut times: Vec<Duration> = (0..5)
        .map(|_| {
            let script = format!("{} {} & :", *SLEEP, orphan.seconds);
            let mut shell = Command::new("sh");
            shell.args(["-c", &script]).stdout(Stdio::null());
            assert!(shell.status().unwrap().success());
            let pid = orphan.pid();
            signal(pid, Signal::KILL);
            wait_until("its end", || !is_alive(pid));
            let begin = Instant::now();
            wait_until("its parent", || is_reaped(pid));
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[2]
}
