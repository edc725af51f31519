//! `--json`: one object on standard output, and nothing else, whatever happens.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::home::Home;
use crate::process::{Stranger, kill};
use crate::server::Health;

#[track_caller]
fn assert_keys(answer: &Value, expected: &[&str]) {
    let keys: BTreeSet<&str> = answer
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected: BTreeSet<&str> = ["schema", "success", "message"]
        .iter()
        .chain(expected)
        .copied()
        .collect();
    assert_eq!(keys, expected, "{answer}");
    assert_eq!(answer["schema"], 1);
    assert!(answer["success"].is_boolean(), "{answer}");
    assert!(!answer["message"].as_str().unwrap().is_empty(), "{answer}");
}

const STATUS_KEYS: [&str; 24] = [
    "name",
    "running",
    "state",
    "pid",
    "start_time",
    "uptime",
    "uptime_seconds",
    "cpu_percent",
    "memory_bytes",
    "processes",
    "threads",
    "open_files",
    "health",
    "checks",
    "handlers",
    "last_error",
    "last_line",
    "reason",
    "restart_time",
    "supervisor_pid",
    "command",
    "logs_dir",
    "hint",
    "pid_file",
];

const ERROR_KEYS: [&str; 2] = ["hint", "output"];

#[test]
fn start_answers_with_the_pid() {
    let home = Home::with_sleeper();

    let answer = home.inneros(["daemon", "start", "--json"]).code(0).json();

    assert_keys(&answer, &["pid", "start_time", "left_pids"]);
    assert_eq!(answer["success"], true);
    assert_eq!(answer["pid"], home.pid());
    assert_eq!(
        answer["message"],
        format!("InnerOS started (pid {})", home.pid())
    );
}

#[test]
fn a_refused_start_answers_with_the_pid_too() {
    let home = Home::with_sleeper();
    let pid = home.start();

    let answer = home.inneros(["--json", "daemon", "start"]).code(5).json();

    assert_keys(&answer, &["hint", "output", "pid"]);
    assert_eq!(answer["success"], false);
    assert_eq!(answer["pid"], pid);
    assert_eq!(answer["message"], format!("already running (pid {pid})"));
}

#[test]
fn stop_and_restart_answer_with_the_pids() {
    let home = Home::with_sleeper();
    let first = home.start();

    let restart = home.inneros(["daemon", "restart", "--json"]).code(0).json();
    let second = home.pid();
    let stop = home.inneros(["daemon", "stop", "--json"]).code(0).json();
    let start = home.inneros(["daemon", "restart", "--json"]).code(0).json();

    assert_keys(&restart, &["pid", "start_time", "stopped_pid", "left_pids"]);
    assert_eq!(
        (&restart["pid"], &restart["stopped_pid"]),
        (&second.into(), &first.into())
    );
    assert_keys(&stop, &["pid", "killed", "left_pids", "killed_pids"]);
    assert_eq!(
        (&stop["pid"], &stop["killed"]),
        (&second.into(), &false.into())
    );
    assert_keys(&start, &["pid", "start_time", "left_pids"]);
    assert_eq!(stop["left_pids"], json!([]));
}

#[test]
fn status_of_a_running_daemon_has_every_key() {
    let health = Health::answering(&[200]);
    let home = Home::with_sleeper().setting(&format!("health.url = '{}'", health.url()));
    let started = home.inneros(["daemon", "start", "--json"]).json();

    let answer = home.inneros(["daemon", "status", "--json"]).code(0).json();

    assert_keys(&answer, &STATUS_KEYS);
    assert_eq!(answer["success"], true);
    assert_eq!(answer["name"], "InnerOS");
    assert_eq!(answer["running"], true);
    assert_eq!(answer["state"], "running");
    assert_eq!(answer["pid"], home.pid());
    assert_eq!(answer["start_time"], started["start_time"]);
    let start_time = answer["start_time"].as_str().unwrap();
    chrono::DateTime::parse_from_rfc3339(start_time).unwrap();
    assert!(answer["uptime"].is_string(), "{answer}");
    assert!(answer["uptime_seconds"].as_u64().unwrap() < 60, "{answer}");
    assert!(
        answer["memory_bytes"].as_u64().unwrap() > 10_000,
        "{answer}"
    );
    assert_eq!(answer["health"], "ok");
    assert_eq!(answer["last_error"], Value::Null);
    assert_eq!(
        answer["pid_file"],
        home.ours("daemon.pid").display().to_string()
    );
}

#[test]
fn the_processor_time_of_a_busy_daemon_is_told() {
    let home = Home::new().config(
        "daemon.command = ['sh', '-c', 'while :; do :; done']\ndaemon.start_grace = '1s'\n",
    );
    home.start();

    let answer = home.inneros(["daemon", "status", "--json"]).code(0).json();

    let percent = answer["cpu_percent"].as_f64().unwrap();
    assert!(percent > 1.0 && percent < 150.0, "{answer}");
}

#[test]
fn status_of_a_daemon_that_does_not_run_has_every_key() {
    let stranger = Stranger::new();
    let unconfigured = Home::new();
    let stopped = Home::with_sleeper();
    let crashed = Home::with_sleeper();
    kill(crashed.start());
    let foreign = Home::with_daemon("");
    foreign.write_pid_file(stranger.pid());
    let unknown = Home::with_sleeper();
    std::fs::create_dir(unknown.ours("daemon.pid")).unwrap();

    for (home, code, state, success) in [
        (unconfigured, 3, "not-configured", true),
        (stopped, 3, "stopped", true),
        (crashed, 1, "crashed", true),
        (foreign, 4, "foreign", false),
        (unknown, 4, "unknown", false),
    ] {
        let answer = home
            .inneros(["daemon", "status", "--json"])
            .code(code)
            .json();

        assert_keys(&answer, &STATUS_KEYS);
        assert_eq!(answer["state"], state);
        assert_eq!(answer["success"], success, "{answer}");
        assert_eq!(answer["running"], false);
        for key in [
            "start_time",
            "uptime",
            "uptime_seconds",
            "memory_bytes",
            "health",
        ] {
            assert_eq!(answer[key], Value::Null, "{key}");
        }
    }
}

#[test]
fn the_messages_that_scripts_know_stand_in_status_and_errors() {
    let home = Home::with_sleeper();
    let message = |arguments: &[&str]| {
        let answer = home.inneros([arguments, &["--json"]].concat()).json();
        answer["message"].as_str().unwrap().to_owned()
    };

    assert!(message(&["daemon", "status"]).starts_with("not running"));
    assert!(message(&["daemon", "stop"]).starts_with("not running"));
    assert!(message(&["daemon", "logs"]).starts_with("no logs"));
    home.write_pid_file("x");
    assert!(message(&["daemon", "status"]).contains("invalid PID"));
}

#[test]
fn logs_and_configuration_answer_in_json() {
    let home = Home::new();
    home.write(".inneros/logs/d.log", "2026-11-22 20:14:24 [INFO] a: b\n");

    let logs = home.inneros(["daemon", "logs", "--json"]).code(0).json();
    let path = home
        .inneros(["daemon", "logs", "--path", "--json"])
        .code(0)
        .json();
    let init = home.inneros(["config", "init", "--json"]).code(0).json();
    let show = home.inneros(["config", "show", "--json"]).code(0).json();
    let place = home.inneros(["config", "path", "--json"]).code(0).json();
    let script = home
        .inneros(["completions", "bash", "--json"])
        .code(0)
        .json();

    assert_keys(&logs, &["entries", "log_file"]);
    assert_keys(&path, &["log_file"]);
    assert_keys(&init, &["path", "backup"]);
    assert_keys(&show, &["settings"]);
    assert_keys(&place, &["path"]);
    assert_keys(&script, &["script"]);
}

#[test]
fn an_error_is_one_object_too() {
    let home = Home::with_daemon("echo bye; exit 3");

    let failed = home.inneros(["daemon", "start", "--json"]).code(1).json();
    let missing = home.inneros(["daemon", "stop", "--json"]).code(3).json();
    let home = home.config("[daemon\n");
    let broken = home.inneros(["daemon", "status", "--json"]).code(2).json();

    for answer in [&failed, &missing, &broken] {
        assert_keys(answer, &ERROR_KEYS);
        assert_eq!(answer["success"], false);
    }
    assert_eq!(failed["message"], "ended during its start: exit code 3");
    assert_eq!(failed["output"], serde_json::json!(["bye"]));
    assert_eq!(missing["message"], "not running");
    assert_eq!(missing["hint"], Value::Null);
}

#[test]
fn an_error_in_the_usage_is_one_object_too() {
    let home = Home::new();
    for (arguments, message) in [
        (&["--json"][..], "requires a subcommand"),
        (&["daemon", "--json"], "requires a subcommand"),
        (&["--json", "bogus"], "unrecognized subcommand 'bogus'"),
        (
            &["daemon", "bogus", "--json"],
            "unrecognized subcommand 'bogus'",
        ),
        (&["daemon", "start", "--bogus", "--json"], "'--bogus'"),
        (&["completions", "--json"], "not provided: <SHELL>"),
        (&["completions", "tcsh", "--json"], "invalid value 'tcsh'"),
        (
            &["daemon", "logs", "-n", "x", "--json"],
            "invalid value 'x'",
        ),
        (
            &["-q", "-v", "daemon", "start", "--json"],
            "cannot be used with",
        ),
        (
            &["daemon", "stop", "--json", "--json"],
            "cannot be used multiple times",
        ),
    ] {
        let answer = home.inneros(arguments).code(2).json();

        assert_keys(&answer, &ERROR_KEYS);
        assert_eq!(answer["success"], false);
        let said = answer["message"].as_str().unwrap();
        assert!(said.contains(message), "{arguments:?}: {said}");
        assert!(!said.starts_with("error"), "{said}");
    }
}

#[test]
fn quiet_does_not_silence_json() {
    let home = Home::with_sleeper();

    let answer = home
        .inneros(["-q", "--json", "daemon", "status"])
        .code(3)
        .json();

    assert_eq!(answer["state"], "stopped");
}
