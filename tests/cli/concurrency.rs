//! Many at once.

use std::process::{Child, Stdio};
use std::thread;

use inneros_tray::app::{look::look, settings};
use inneros_tray::model::judge::judge;
use inneros_tray::model::status::State;
use serde_json::Value;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::is_alive;

/// Runs the same command this many times at once.
fn at_once(home: &Home, count: usize, arguments: &[&str]) -> Vec<Answer> {
    let start = |_| {
        let mut command = home.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let children: Vec<Child> = (0..count).map(start).collect();
    children
        .into_iter()
        .map(|child| Answer::from_child(child, arguments.join(" ")))
        .collect()
}

#[test]
fn of_twenty_starts_at_once_one_starts_and_the_others_name_its_pid() {
    let home = Home::with_daemon("echo $$ >> \"$HOME/starts\"");

    let answers = at_once(&home, 20, &["daemon", "start", "--json"]);

    let pid = home.pid();
    let (started, refused): (Vec<Value>, Vec<Value>) = answers
        .iter()
        .map(Answer::json)
        .partition(|answer| answer["success"] == true);
    assert_eq!((started.len(), refused.len()), (1, 19));
    assert_eq!(
        started[0]["message"],
        format!("InnerOS started (pid {pid})")
    );
    for answer in refused {
        assert_eq!(answer["message"], format!("already running (pid {pid})"));
        assert_eq!(answer["pid"], pid);
    }
    let refused = answers.iter().filter(|answer| answer.has_code(5)).count();
    assert_eq!(refused, 19);
    assert_eq!(home.read("starts"), format!("{pid}\n"));
    assert!(is_alive(pid));
}

#[test]
fn of_ten_stops_at_once_one_stops_and_the_others_find_nothing() {
    let home = Home::with_sleeper();
    home.start();

    let answers = at_once(&home, 10, &["daemon", "stop"]);

    let with = |code| answers.iter().filter(|a| a.has_code(code)).count();
    assert_eq!((with(0), with(3)), (1, 9));
    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn after_ten_restarts_at_once_one_daemon_runs() {
    let home = Home::with_sleeper();
    home.start();

    let answers = at_once(&home, 10, &["daemon", "restart"]);

    assert!(answers.iter().all(|answer| answer.has_code(0)));
    assert_eq!(home.processes(), [home.pid()]);
}

#[test]
fn starts_and_stops_at_once_end_in_a_whole_state() {
    let home = Home::with_sleeper();
    let mut children = Vec::new();
    for _ in 0..5 {
        for verb in ["start", "stop", "status", "restart"] {
            let mut command = home.command(["daemon", verb, "--json"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            children.push((verb, command.spawn().unwrap()));
        }
    }

    for (verb, child) in children {
        let answer = Answer::from_child(child, verb.into());
        let fits: &[i32] = match verb {
            "start" => &[0, 5],
            "restart" => &[0],
            _ => &[0, 3],
        };
        assert!(fits.iter().any(|code| answer.has_code(*code)), "{answer}");
    }

    let status = home.inneros(["daemon", "status", "--json"]).json();
    if status["running"] == true {
        assert_eq!(home.processes(), [home.pid()]);
    } else {
        assert_eq!(status["state"], "stopped", "{status}");
        assert_eq!(home.processes(), [0; 0]);
    }
}

#[test]
fn whoever_looks_while_it_is_started_and_stopped_sees_no_crash_and_no_stranger() {
    // Its command line is not the configured one: only the record speaks for it.
    let home = Home::new()
        .config("daemon.command = ['sh', '-c', 'exec sleep 300']\ndaemon.start_grace = '0s'\n");
    let user_home = |name: &str| (name == "HOME").then(|| home.path().into());
    let config = settings::load(None, None, &user_home).unwrap();
    thread::scope(|scope| {
        let life = scope.spawn(|| {
            for _ in 0..40 {
                home.inneros(["daemon", "start"]).code(0);
                home.inneros(["daemon", "stop"]).code(0);
            }
        });

        // By the library, and so without a pause: what is between two files being
        // read is over in microseconds.
        while !life.is_finished() {
            let status = judge(&look(&config.daemon));
            match status.state() {
                State::Stopped | State::Starting | State::Running | State::Stopping => {}
                State::NotConfigured
                | State::Unhealthy
                | State::Crashed
                | State::Foreign
                | State::Unknown => panic!("{status:?}"),
            }
        }
    });
}

#[test]
fn two_homes_are_two_daemons() {
    let (one, other) = (Home::with_sleeper(), Home::with_sleeper());

    let (first, second) = (one.start(), other.start());
    one.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(first));
    assert!(is_alive(second));
}
