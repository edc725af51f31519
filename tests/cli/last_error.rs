//! The last error that a running daemon has logged.

use chrono::{DateTime, Local, TimeDelta};
use serde_json::Value;

use crate::home::Home;

fn line(time: DateTime<Local>, rest: &str) -> String {
    format!("{} {rest}\n", time.format("%Y-%m-%d %H:%M:%S"))
}

fn last_error(home: &Home) -> Value {
    let answer = home.inneros(["daemon", "status", "--json"]);
    answer.code(0).json()["last_error"].clone()
}

#[test]
fn status_shows_the_last_error_since_the_daemon_started() {
    let home = Home::with_sleeper();
    home.start();
    let now = Local::now();
    home.write(
        ".inneros/logs/daemon.log",
        [
            line(now, "[ERROR] src.daemon: first"),
            line(now, "[CRITICAL] src.daemon: no lock\x1b[2J"),
            line(now, "[INFO] src.daemon: saw [ERROR] x: y"),
            "Traceback\n".into(),
        ]
        .concat(),
    );

    let error = last_error(&home);

    let time = now.format("%H:%M:%S");
    assert_eq!(error, format!("{time} src.daemon: no lock\x1b[2J"));
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has("last error")
        .stdout_has(r"no lock\u{1b}[2J");
}

#[test]
fn an_error_from_before_the_start_is_not_shown() {
    let home = Home::with_sleeper();
    let before = Local::now() - TimeDelta::minutes(1);
    home.start();
    home.write(
        ".inneros/logs/daemon.log",
        line(before, "[ERROR] src.daemon: old"),
    );

    assert_eq!(last_error(&home), Value::Null);
}

#[test]
fn the_latest_error_of_several_logs_is_shown() {
    let home = Home::with_sleeper();
    home.start();
    let now = Local::now();
    let soon = now + TimeDelta::seconds(5);
    home.write(".inneros/logs/a.log", line(soon, "ERROR: later"));
    home.write(".inneros/logs/b.log", line(now, "ERROR: earlier"));
    home.write(".inneros/logs/c.log", line(soon, "INFO: latest"));

    let error = last_error(&home);

    assert!(error.as_str().unwrap().ends_with(" later"), "{error}");
}

#[test]
fn only_the_end_of_a_long_log_is_looked_at() {
    let home = Home::with_sleeper();
    home.start();
    let now = Local::now();
    let fill = line(now, "INFO: nothing").repeat(20_000);
    let error = line(now, "ERROR: lost");
    home.write(".inneros/logs/a.log", format!("{error}{fill}"));
    assert_eq!(last_error(&home), Value::Null);

    home.write(
        ".inneros/logs/a.log",
        format!("{fill}{error}{}", &fill[..1000]),
    );
    assert!(last_error(&home).as_str().unwrap().ends_with(" lost"));
}

#[test]
fn logs_that_cannot_be_read_are_no_error_of_the_daemon() {
    let home = Home::with_sleeper().unprivileged();
    home.start();
    home.write(".inneros/logs/a.log", line(Local::now(), "ERROR: lost"));
    home.mode(".inneros/logs/a.log", 0);

    assert_eq!(last_error(&home), Value::Null);
}
