//! Starts and stops that do not come to their end: given up, cut short, or in the way of a
//! supervisor that goes on.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::Signal;

use crate::home::Home;
use crate::process::{is_alive, kill, signal, wait_for, wait_until};
use crate::supervise::{end, home, process, run, running_other_than, status, waits_for_a_restart};

const STUBBORN: &str = "trap '' TERM; echo up > \"$HOME/ready\"";

/// Asks a daemon that does not end to end, gives up, and lets the time of that stop pass.
fn give_a_stop_up(home: &Home) {
    let mut stop = home.command(["daemon", "stop", "--timeout", "600"]);
    let mut stop = stop
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("a stop is under way", || {
        home.record()["phase"]["stopping"].is_object()
    });
    signal(process(&stop), Signal::INT);
    stop.wait().unwrap();
    home.alter_record("phase", serde_json::json!({"stopping": {"deadline_ms": 1}}));
}

#[test]
fn a_crash_after_a_stop_that_was_given_up_is_answered_by_its_supervisor() {
    let home = home(STUBBORN);
    let child = run(&home);
    let first = running_other_than(&home, 0);
    wait_until("it is ready", || home.has("ready"));
    give_a_stop_up(&home);
    assert_eq!(status(&home)["state"], "running");

    kill(first);

    let second = running_other_than(&home, first);
    kill(second);
    running_other_than(&home, second);
    home.inneros(["daemon", "stop", "--timeout", "0", "--force"])
        .code(0);
    end(child).code(0);
}

#[test]
fn whoever_saw_it_outlive_a_stop_sees_it_crash() {
    let home = Home::with_daemon(STUBBORN);
    let pid = home.start_until_ready();
    let mut watch = home.command(["daemon", "status", "--watch"]);
    let mut watch = watch.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut wait_for_line = |what: &str| {
        while !lines.next().unwrap().unwrap().contains(what) {}
    };
    wait_for_line("is running");

    give_a_stop_up(&home);
    kill(pid);

    wait_for_line("has crashed");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

/// A supervised program that can be spoilt.
fn home_of_a_program(delay: &str) -> Home {
    let home = Home::new();
    let program = home.write_program("program", "#!/bin/sh\nexec sleep 300\n");
    home.config(&format!(
        "[daemon]\ncommand = ['{}']\nstart_grace = '50ms'\nrestart = 'on-failure'\n\
         restart_delay = '{delay}'\n",
        program.display()
    ))
}

/// What makes a start fail before the program runs: no interpreter, no program.
fn spoil(home: &Home, how: &str) {
    std::fs::remove_file(home.path().join("program")).unwrap();
    if how == "bad interpreter" {
        home.write_program("program", "#!/nowhere/sh\n");
    }
}

#[test]
fn a_manual_start_of_a_spoilt_program_leaves_the_supervision_at_work() {
    for how in ["bad interpreter", "no program"] {
        let home = home_of_a_program("15m");
        let child = run(&home);
        kill(running_other_than(&home, 0));
        let plan = waits_for_a_restart(&home);
        spoil(&home, how);

        let answer = home.inneros(["daemon", "start"]);

        assert_ne!(answer.exit_code(), 0, "{how}");
        let now = status(&home);
        assert_eq!(now["restart_time"], plan["restart_time"], "{how}");
        signal(process(&child), Signal::TERM);
        end(child).code(0);
        home.inneros(["daemon", "status"]).code(3);
    }
}

#[test]
fn what_cannot_be_started_is_not_stopped_for_a_restart() {
    let home = home_of_a_program("100ms");
    let pid = home.start();
    spoil(&home, "no program");

    home.inneros(["daemon", "restart"])
        .refused(2, "cannot find program");

    assert!(is_alive(pid));
    assert_eq!(status(&home)["state"], "running");
}

#[test]
fn a_restart_that_only_stops_leaves_the_supervision_at_work() {
    let home = home_of_a_program("15m");
    let child = run(&home);
    let pid = running_other_than(&home, 0);
    spoil(&home, "bad interpreter");

    home.inneros(["daemon", "restart"])
        .refused(1, "cannot start");

    assert!(!is_alive(pid));
    waits_for_a_restart(&home);
    signal(process(&child), Signal::TERM);
    end(child).code(0);
    home.inneros(["daemon", "status"]).code(3);
}

#[test]
fn a_run_that_is_asked_to_end_gives_its_start_up() {
    for restart in ["never", "on-failure"] {
        let home = Home::new().config(&format!(
            "[daemon]\ncommand = ['sleep', '300']\nstart_grace = '50ms'\nready = 'health'\n\
             ready_timeout = '15m'\nrestart = '{restart}'\n\
             [health]\nurl = 'http://127.0.0.1:9/'\n"
        ));
        let child = run(&home);
        let pid = wait_for("a start under way", || {
            let status = status(&home);
            let pid = status["pid"].as_i64()?;
            (status["state"] == "starting").then_some(i32::try_from(pid).ok()?)
        });

        signal(process(&child), Signal::TERM);

        end(child).code(0).stdout_has("InnerOS stopped");
        assert!(!is_alive(pid));
        home.inneros(["daemon", "status"]).code(3);
        home.assert_no_process_is_left();
    }
}
