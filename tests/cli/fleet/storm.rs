//! Many commands at once, and commands that are killed.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use super::{chain, pid};
use crate::home::Home;
use crate::process::{signal, wait_until};

/// How many processes of this home sleep: the daemons.
fn sleepers(home: &Home) -> usize {
    let processes = home.processes();
    processes
        .iter()
        .filter(|pid| crate::process::runs(**pid, "sleep"))
        .count()
}

#[test]
fn twenty_starts_at_once_start_each_daemon_once() {
    let home = chain();
    thread::scope(|scope| {
        let start = || home.inneros(["start", "--all", "--json"]);
        let answers: Vec<_> = (0..20).map(|_| scope.spawn(start)).collect();
        let mut started = 0;
        for answer in answers {
            let answer = answer.join().unwrap();
            assert!([0, 5].contains(&answer.exit_code()), "{}", answer.stdout());
            let answer: Value = answer.json();
            for one in answer["daemons"].as_array().unwrap() {
                let said = one["message"].as_str().unwrap();
                let name = one["name"].as_str().unwrap();
                assert_eq!(one["pid"], pid(&home, name).unwrap(), "{said}");
                started += usize::from(said.contains(" started (pid "));
            }
        }
        assert_eq!(started, 3);
    });
    assert_eq!(sleepers(&home), 3);
}

#[test]
fn a_killed_start_leaves_nothing_that_one_start_does_not_bring_in_order() {
    let home = chain();
    for round in 0..12 {
        let mut command = home.command(["start", "--all"]);
        let mut start = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(round * 23 % 190));
        let _ = start.kill();
        start.wait().unwrap();

        assert!(sleepers(&home) <= 3);
        let answer = home.inneros(["start", "--all"]);
        assert!([0, 5].contains(&answer.exit_code()), "{}", answer.stderr());
        home.inneros(["daemon", "list"]).code(0);
        assert_eq!(sleepers(&home), 3);
        home.inneros(["stop", "--all"]).code(0);
        assert_eq!(sleepers(&home), 0);
    }
}

#[test]
fn an_interrupted_start_tells_what_became_of_each() {
    let slow = "[daemons.slow]\ncommand = ['sleep', '300']\nready = 'line:never'\n\
                [daemons.next]\ncommand = ['sleep', '300']\nafter = ['slow']\n";
    let home = Home::new().config(slow);
    let mut command = home.command(["start", "--all", "--json"]);
    let start = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let start = start.spawn().unwrap();
    wait_until("it has begun", || pid(&home, "slow").is_some());

    signal(i32::try_from(start.id()).unwrap(), Signal::TERM);
    let said = start.wait_with_output().unwrap();

    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    let message = |number: usize| {
        said["daemons"][number]["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(message(0).starts_with("slow: "), "{said}");
    assert_eq!(message(1), "next: not started: interrupted");
    home.inneros(["daemon", "list"]).code(3);
    home.assert_no_process_is_left();
}
