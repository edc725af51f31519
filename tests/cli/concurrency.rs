//! Many at once.

use std::fs;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use inneros_tray::app::{look::observe, settings};
use inneros_tray::model::life::judge::judge;
use inneros_tray::model::life::status::State;
use serde_json::Value;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::{is_alive, kill};

/// Runs the program aside.
fn spawn(home: &Home, arguments: &[&str]) -> Child {
    let mut command = home.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Runs the same command this many times at once.
fn at_once(home: &Home, count: usize, arguments: &[&str]) -> Vec<Answer> {
    let children: Vec<Child> = (0..count).map(|_| spawn(home, arguments)).collect();
    // The form in which a command names itself.
    let words: Vec<String> = arguments.iter().map(|word| format!("{word:?}")).collect();
    children
        .into_iter()
        .map(|child| Answer::from_child(child, words.join(" ")))
        .collect()
}

/// Twenty starts at once, of which one starts: the others name its PID, which is returned.
#[track_caller]
fn one_of_twenty_starts(home: &Home) -> i32 {
    let answers = at_once(home, 20, &["daemon", "start", "--json"]);

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
    assert_eq!(home.processes(), [pid]);
    pid
}

#[test]
fn of_twenty_starts_at_once_one_starts_and_the_others_name_its_pid() {
    let home = Home::with_sleeper();
    for _ in 0..5 {
        let pid = one_of_twenty_starts(&home);

        home.inneros(["daemon", "stop"]).code(0);
        assert!(!is_alive(pid));
    }
}

#[test]
fn over_the_files_of_a_crash_it_is_the_same() {
    let home = Home::with_sleeper();
    for _ in 0..5 {
        let pid = one_of_twenty_starts(&home);

        kill(pid);
        home.inneros(["daemon", "status"]).code(1);
    }
}

#[test]
fn over_a_stale_pid_file_alone_it_is_the_same() {
    let home = Home::with_sleeper();
    for _ in 0..5 {
        let gone = home.start();
        kill(gone);
        fs::remove_file(home.ours("daemon.json")).unwrap();

        let pid = one_of_twenty_starts(&home);

        assert_ne!(pid, gone);
        kill(pid);
    }
}

/// Which of two that race was first can be told from what both answered.
#[test]
fn a_start_and_a_stop_at_once_come_one_after_the_other() {
    let home =
        Home::new().config("daemon.command = ['sleep', '300']\ndaemon.start_grace = '5ms'\n");
    let mut running = false;
    for round in 0..50 {
        let begin = |verb| (verb, spawn(&home, &["daemon", verb]));
        // What is begun first mostly comes first: both have their turn.
        let both = match round % 4 {
            0 | 1 => [begin("start"), begin("stop")],
            _ => [begin("stop"), begin("start")],
        };
        let [one, other] = both.map(|(verb, child)| (verb, Answer::from_child(child, verb.into())));
        let (start, stop) = match one.0 {
            "start" => (one.1, other.1),
            _ => (other.1, one.1),
        };

        let codes = [start.exit_code(), stop.exit_code()];
        let runs_now = match (running, codes) {
            // The start came first, and the stop ended what it had found or made.
            (true, [5, 0]) | (false, [0, 0]) => false,
            // The stop came first.
            (true, [0, 0]) | (false, [0, 3]) => true,
            _ => panic!("running before: {running}\n{start}\n{stop}"),
        };
        assert_eq!(is_whole_and_runs(&home), runs_now, "{start}\n{stop}");
        running = runs_now;
    }
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
            children.push((verb, spawn(&home, &["daemon", verb, "--json"])));
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

    is_whole_and_runs(&home);
}

/// Status and process table agree, and there is one daemon or none: whether one runs.
#[track_caller]
fn is_whole_and_runs(home: &Home) -> bool {
    let status = home.inneros(["daemon", "status", "--json"]).json();
    if status["running"] == true {
        assert_eq!(home.processes(), [home.pid()]);
        assert_eq!(status["pid"], home.pid());
    } else {
        assert_eq!(status["state"], "stopped", "{status}");
        assert_eq!(home.processes(), [0; 0]);
    }
    status["running"] == true
}

#[test]
fn two_thousand_statuses_while_it_is_restarted_again_and_again_answer_as_documented() {
    const STATUSES: usize = 2000;
    let home =
        Home::new().config("daemon.command = ['sleep', '300']\ndaemon.start_grace = '5ms'\n");
    home.start();
    let asked = AtomicUsize::new(0);
    let mut restarts = 0;

    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    match asked.fetch_add(1, Ordering::Relaxed) {
                        STATUSES.. => return,
                        n if n % 2 == 0 => assert_documented(&home),
                        _ => assert_documented_in_json(&home),
                    }
                }
            });
        }
        while restarts < 50 || asked.load(Ordering::Relaxed) < STATUSES {
            home.inneros(["daemon", "restart"]).code(0);
            restarts += 1;
        }
    });

    assert_eq!(home.processes(), [home.pid()]);
}

#[track_caller]
fn assert_documented(home: &Home) {
    let status = home.inneros(["daemon", "status"]);

    let first = status.stdout().lines().next().unwrap();
    status.code(match first {
        "InnerOS is starting" | "InnerOS is running" | "InnerOS is stopping" => 0,
        "InnerOS is not running" => 3,
        _ => panic!("{status}"),
    });
}

#[track_caller]
fn assert_documented_in_json(home: &Home) {
    let status = home.inneros(["daemon", "status", "--json"]);

    let answer = status.json();
    let code = match answer["state"].as_str().unwrap() {
        "starting" | "running" | "stopping" => 0,
        "stopped" => 3,
        _ => panic!("{status}"),
    };
    status.code(code);
    assert_eq!(answer["running"], code == 0, "{status}");
    assert_eq!(answer["pid"].is_number(), code == 0, "{status}");
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
            let status = judge(&observe(&config.main().daemon));
            let expected = [
                State::Stopped,
                State::Starting,
                State::Running,
                State::Stopping,
            ];
            assert!(expected.contains(&status.state()), "{status:?}");
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
