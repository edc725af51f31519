//! `inneros daemon run` for several.

use std::process::Stdio;

use rustix::process::Signal;

use super::{chain, fleet, pid, sleeper};
use crate::process::{is_alive, kill, signal, wait_until};

#[test]
fn one_process_supervises_them_all_and_ends_them_in_the_reverse_order() {
    let home = chain();
    let mut command = home.command(["daemon", "run", "--all"]);
    let mut run = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("all run", || {
        home.inneros(["daemon", "list"]).exit_code() == 0
    });
    signal(i32::try_from(run.id()).unwrap(), Signal::TERM);
    let status = run.wait().unwrap();

    assert_eq!(status.code(), Some(0));
    let said = std::io::read_to_string(run.stderr.take().unwrap()).unwrap();
    let at = |what: &str| said.find(what).unwrap_or_else(|| panic!("{what}: {said}"));
    assert!(at("base started") < at("middle started") && at("middle started") < at("top started"));
    assert!(at("top stopped") < at("middle stopped") && at("middle stopped") < at("base stopped"));
    home.assert_no_process_is_left();
}

#[test]
fn each_is_started_again_by_its_own_policy() {
    let again = "restart = 'always'\nrestart_delay = '10ms'";
    let home = fleet(&[sleeper("a", again), sleeper("b", "")].concat());
    let mut command = home.command(["daemon", "run", "a", "b"]);
    let mut run = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("both run", || {
        let all = home.inneros(["daemon", "list", "--json"]).json();
        all["counts"]["running"] == 2
    });
    let (first, other) = (pid(&home, "a").unwrap(), pid(&home, "b").unwrap());

    kill(first);
    wait_until("it was started again", || {
        pid(&home, "a").is_some_and(|pid| pid != first)
    });
    assert!(is_alive(other));
    home.inneros(["stop", "--all"]).code(0);

    assert_eq!(run.wait().unwrap().code(), Some(0));
}
