//! `inneros daemon run`

use std::process::{Child, Stdio};

use rustix::process::Signal;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::{is_alive, kill, signal, wait_until};

/// A run in the background of a test whose daemon is up.
fn run(home: &Home) -> Child {
    let child = home
        .command(["daemon", "run"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the daemon to run", || {
        home.inneros(["daemon", "status", "--json"]).json()["state"] == "running"
    });
    child
}

fn end(child: Child) -> Answer {
    Answer::from_child(child, "daemon run".into())
}

fn process(child: &Child) -> i32 {
    i32::try_from(child.id()).unwrap()
}

#[test]
fn a_signal_stops_the_daemon_and_ends_the_run() {
    for asked in [Signal::TERM, Signal::INT, Signal::HUP] {
        let home = Home::with_sleeper();
        let child = run(&home);
        let daemon = home.pid();

        signal(process(&child), asked);

        end(child).code(0).stdout_has("InnerOS stopped");
        assert!(!is_alive(daemon));
        assert!(!home.has(".inneros/daemon.pid"));
    }
}

#[test]
fn a_stop_from_elsewhere_ends_the_run() {
    let home = Home::with_sleeper();
    let child = run(&home);

    home.inneros(["daemon", "stop"]).code(0);

    end(child).code(0).stdout_has("InnerOS stopped");
}

#[test]
fn the_run_has_the_exit_code_of_the_daemon() {
    let home = Home::with_daemon("while [ ! -e \"$HOME/end\" ]; do sleep 0.05; done; exit 7");
    let child = run(&home);

    home.write("end", "");

    end(child)
        .code(7)
        .stdout_has("ended by itself: exit code 7");
    home.inneros(["daemon", "status"])
        .code(1)
        .stdout_has("exit code 7");
}

#[test]
fn a_killed_daemon_gives_128_and_the_signal() {
    let home = Home::with_sleeper();
    let child = run(&home);

    kill(home.pid());

    end(child).code(137).stdout_has("signal 9 (KILL)");
}

#[test]
fn a_daemon_that_does_not_stop_is_killed_with_the_run() {
    let home = Home::with_daemon("trap '' TERM").setting("daemon.stop_timeout = '200ms'");
    let child = run(&home);
    let daemon = home.pid();

    signal(process(&child), Signal::TERM);

    end(child).code(0);
    assert!(!is_alive(daemon));
}

#[test]
fn a_run_beside_a_running_daemon_is_refused() {
    let home = Home::with_sleeper();
    let pid = home.start();

    home.inneros(["daemon", "run"])
        .refused(5, &format!("already running (pid {pid})"));
    assert!(is_alive(pid));
}

#[test]
fn the_daemon_outlives_a_run_that_was_killed_and_can_be_stopped() {
    let home = Home::with_sleeper();
    let child = run(&home);
    let daemon = home.pid();

    signal(process(&child), Signal::KILL);
    assert!(!end(child).has_code(0));

    assert!(is_alive(daemon));
    home.inneros(["daemon", "stop"]).code(0);
}
