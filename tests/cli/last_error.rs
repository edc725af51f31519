//! The last error that a running daemon has logged.

use chrono::{DateTime, Local, TimeDelta};
use serde_json::Value;

use crate::home::Home;
use crate::process::{kill, wait_until};

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
fn however_much_was_logged_since_the_error_is_found() {
    let home = Home::with_sleeper();
    home.start();
    let now = Local::now();
    let fill = line(now, "[INFO] src.daemon: nothing").repeat(30_000);
    let traceback = "  File \"daemon.py\", line 1\n".repeat(5_000);
    let error = line(now, "[ERROR] src.daemon: lost");
    home.write(".inneros/logs/a.log", format!("{error}{traceback}{fill}"));
    for name in ["b", "c", "d", "e", "f"] {
        home.write(&format!(".inneros/logs/{name}.log"), &fill);
    }

    let said = last_error(&home);

    assert!(
        said.as_str().unwrap().ends_with(" src.daemon: lost"),
        "{said}"
    );
}

#[test]
fn half_a_line_is_no_error_yet() {
    let home = Home::with_sleeper();
    home.start();
    let now = Local::now();
    let first = line(now, "[ERROR] src.daemon: first");
    let second = line(now, "[ERROR] src.daemon: second");
    home.write(
        ".inneros/logs/a.log",
        format!("{first}{}", second.trim_end()),
    );
    assert!(last_error(&home).as_str().unwrap().ends_with(" first"));

    home.write(".inneros/logs/a.log", format!("{first}{second}"));
    assert!(last_error(&home).as_str().unwrap().ends_with(" second"));
}

#[test]
fn of_a_crash_the_last_error_and_the_last_line_are_shown() {
    let home = Home::with_daemon(
        "mkdir -p \"$HOME/.inneros/logs\"\n\
         echo \"$(date '+%F %T') [ERROR] src.daemon: vault is locked\" > \"$HOME/.inneros/logs/a.log\"\n\
         echo Shutting down\n\
         echo up > \"$HOME/ready\"",
    );
    kill(home.start_until_ready());

    let status = home.inneros(["daemon", "status", "--json"]).code(1).json();

    let error = status["last_error"].as_str().unwrap();
    assert!(error.ends_with(" src.daemon: vault is locked"), "{error}");
    assert_eq!(status["last_line"], "Shutting down");
    home.inneros(["daemon", "status"])
        .code(1)
        .stdout_has("vault is locked\n  last line  Shutting down\n");
}

#[test]
fn logs_that_cannot_be_read_are_no_error_of_the_daemon() {
    let home = Home::with_sleeper().unprivileged();
    home.start();
    home.write(".inneros/logs/a.log", line(Local::now(), "ERROR: lost"));
    home.mode(".inneros/logs/a.log", 0);

    assert_eq!(last_error(&home), Value::Null);
}

#[test]
fn that_all_went_well_is_no_error() {
    let home = Home::with_daemon(
        "echo 'INFO:__main__:Daemon started successfully'; echo up > \"$HOME/ready\"",
    );
    let pid = home.start_until_ready();
    kill(pid);
    wait_until("the crash is seen", || {
        home.inneros(["daemon", "status"]).has_code(1)
    });

    let status = home.inneros(["daemon", "status", "--json"]).json();

    assert_eq!(status["last_error"], Value::Null);
    assert_eq!(
        status["last_line"],
        "INFO:__main__:Daemon started successfully"
    );
}

#[test]
fn our_own_questions_are_not_its_last_words() {
    let asked = "printf '127.0.0.1 - - \"\\033[35mGET /health HTTP/1.1\\033[0m\" 503 -\\n' >&2";
    let script = format!(
        "printf '\\033[31mno vault\\033[0m\\n' >&2; for i in $(seq 200); do {asked}; done; \
         echo up > \"$HOME/ready\""
    );
    let home = Home::with_daemon(&script).setting("health.url = 'http://127.0.0.1:1/health'");
    let pid = home.start_until_ready();
    kill(pid);
    wait_until("the crash is seen", || {
        home.inneros(["daemon", "status"]).has_code(1)
    });

    let status = home.inneros(["daemon", "status", "--json"]).json();

    assert_eq!(status["last_line"], "no vault");
    assert_eq!(status["last_error"], "no vault");
}

#[test]
fn of_a_dotted_component_the_last_part_is_shown() {
    let home = Home::with_sleeper();
    home.start();
    let now = Local::now();
    home.write(
        ".inneros/logs/a.log",
        line(now, "[ERROR] src.automation.Handler: no vault"),
    );

    let text = home.inneros(["daemon", "status"]);

    text.stdout_has(" Handler: no vault\n");
    let error = last_error(&home);
    assert!(
        error
            .as_str()
            .unwrap()
            .ends_with(" src.automation.Handler: no vault")
    );
}
