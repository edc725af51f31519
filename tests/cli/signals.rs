//! A run in the foreground, and the signals that its caller ignores: `nohup inneros daemon run &`.

use std::process::Stdio;

use rustix::process::Signal;

use crate::caller;
use crate::home::Home;
use crate::process::{is_alive, kill, signal, wait_until};
use crate::supervise::{running_other_than, sleeper};

/// A run that has heard a signal passes it on to the daemon, which ends both, before a restart
/// by hand is over: then nobody starts the daemon again after a crash.
#[track_caller]
fn assert_still_supervised(home: &Home) {
    home.inneros(["daemon", "restart"]).code(0);
    let before = home.pid();

    kill(before);

    running_other_than(home, before);
}

#[test]
fn a_run_does_not_hear_what_its_caller_ignores_but_for_term() {
    let home = sleeper();
    let mut run = home.command(["daemon", "run"]);
    caller::with_ignored(&mut run, &[libc::SIGHUP, libc::SIGINT, libc::SIGTERM]);
    run.stdout(Stdio::null()).stderr(Stdio::null());
    let mut run = run.spawn().unwrap();
    let supervisor = i32::try_from(run.id()).unwrap();
    running_other_than(&home, 0);

    for ignored in [Signal::HUP, Signal::INT] {
        signal(supervisor, ignored);

        assert_still_supervised(&home);
    }

    // What asks every process to end asks it, too, in whatever way it was started.
    signal(supervisor, Signal::TERM);
    assert_eq!(run.wait().unwrap().code(), Some(0));
    home.inneros(["daemon", "status"]).code(3);
}

#[test]
fn a_run_that_ignores_the_end_of_its_terminal_goes_on_without_it() {
    let home = sleeper();
    let mut run = home.command(["daemon", "run"]);
    caller::with_ignored(&mut run, &[libc::SIGHUP]);
    let screen = caller::on_terminal(&mut run);
    let mut child = run.spawn().unwrap();
    drop(run);
    running_other_than(&home, 0);

    drop(screen);

    // What it says of that has nowhere to go.
    assert_still_supervised(&home);
    home.inneros(["daemon", "stop"]).code(0);
    child.wait().unwrap();
}

#[test]
fn the_end_of_its_terminal_ends_a_run_that_does_not_ignore_it() {
    let home = sleeper();
    let mut run = home.command(["daemon", "run"]);
    caller::with_heard(&mut run, &[libc::SIGHUP]);
    let screen = caller::on_terminal(&mut run);
    let mut child = run.spawn().unwrap();
    drop(run);
    let daemon = running_other_than(&home, 0);

    drop(screen);

    child.wait().unwrap();
    wait_until("the daemon is stopped", || !is_alive(daemon));
}

#[test]
fn no_signal_ends_a_run_and_leaves_its_daemon_alone() {
    let home = Home::with_sleeper();
    let mut run = home.command(["daemon", "run"]);
    // A shell has what runs in its background ignore it.
    caller::with_heard(&mut run, &[libc::SIGQUIT]);
    let mut run = run.spawn().unwrap();
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    let pid = i32::try_from(run.id()).unwrap();

    for deaf in [Signal::USR1, Signal::USR2, Signal::ALARM] {
        signal(pid, deaf);
    }
    signal(pid, Signal::QUIT);

    let mut ended = None;
    wait_until("the run has ended", || {
        ended = run.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().code(), Some(0));
    assert_eq!(home.processes(), [0; 0]);
}
