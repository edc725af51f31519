//! Short of descriptors in the middle of a stop.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::home::Home;
use crate::process::is_alive;
use crate::strace::there_is_strace;

/// Whichever look a stop cannot make, for want of a descriptor: the daemon was asked to go,
/// and has not crashed.
#[test]
fn a_stop_that_cannot_look_makes_no_crash() {
    if !there_is_strace() {
        return;
    }
    let calls = (1..=40).map(|nth| ("openat", nth));
    for (call, nth) in calls.chain((1..=10).map(|nth| ("readlink", nth))) {
        let home = Home::with_sleeper();
        let pid = home.start();
        let mut stop = Command::new("strace");
        let inject = format!("inject={call}:error=EMFILE:when={nth}");
        let trace = format!("trace={call}");
        stop.args(["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
        stop.arg(home.program()).args(["daemon", "stop"]);
        home.at_home(&mut stop);
        stop.stdout(Stdio::null()).stderr(Stdio::null());
        // Not to be ended with the terminal's other processes.
        stop.process_group(0);

        let _ = stop.status().unwrap();

        let state = home.inneros(["daemon", "status", "--json"]).json()["state"].clone();
        let lives = is_alive(pid);
        let expected: &[&str] = if lives {
            &["running", "stopping"]
        } else {
            &["stopped"]
        };
        assert!(
            expected.contains(&state.as_str().unwrap()),
            "at {call} {nth}: {state}, alive: {lives}"
        );
    }
}
