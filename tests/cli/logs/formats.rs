//! Logs of any daemon: what is understood without configuration, and what is said where nothing is.

use super::{Home, LOG};

const LOGURU: &str = "\
2026-11-22 20:14:27.123 | INFO     | src.daemon:run:12 - up
2026-11-22 20:14:28.124 | ERROR    | src.daemon:run:13 - lost
Traceback (most recent call last):
2026-11-22 20:14:29.125 | INFO     | src.daemon:run:14 - connection ERROR
";

const UNKNOWN: &str = "up and running\nlost the vault\ngone\n";

#[test]
fn a_filter_finds_what_a_library_has_written() {
    let home = Home::new();
    home.write(LOG, LOGURU);
    let logs = |more: &[&str]| {
        let answer = home.inneros([&["daemon", "logs", "--json"], more].concat());
        let answer = answer.code(0).json();
        let entries = answer["entries"].as_array().unwrap().iter();
        let messages = entries.map(|entry| entry["message"].as_str().unwrap().to_owned());
        messages.collect::<Vec<_>>()
    };

    let error = "lost\nTraceback (most recent call last):";
    assert_eq!(logs(&["--level", "ERROR"]), [error]);
    assert_eq!(
        logs(&["--since", "2026-11-22 20:14:28"]),
        [error, "connection ERROR"]
    );
    assert_eq!(
        logs(&["--component", "src.daemon"]),
        ["up", error, "connection ERROR"]
    );
}

#[test]
fn a_level_of_another_name_begins_an_entry_and_is_counted() {
    let home = Home::new();
    home.write(
        LOG,
        "2026-11-22 20:00:00 [ERROR] a: lost\n\
         2026-11-22 20:30:00 [NOTICE] a: backup done\n\
         2026-11-22 21:00:00 [SUCCESS] a: linked\n\
         2026-11-22 21:30:00 [Level 35] a: odd\n",
    );

    let errors = home.inneros(["daemon", "logs", "--level", "ERROR"]);
    errors
        .code(0)
        .stdout_is("2026-11-22 20:00:00 [ERROR] a: lost\n");
    let notices = home.inneros(["daemon", "logs", "--level", "notice"]);
    assert_eq!(notices.code(0).stdout().lines().count(), 4);
    let summary = home.inneros(["daemon", "logs", "--summary", "--json"]);
    let summary = summary.code(0).json();
    assert_eq!(summary["levels"]["NOTICE"], 1);
    assert_eq!(summary["named_levels"][0]["level"], "Level 35");
    assert_eq!(summary["named_levels"][1]["level"], "SUCCESS");
}

#[test]
fn json_that_is_quoted_in_an_error_belongs_to_the_error() {
    let home = Home::new();
    let error =
        "2026-11-22 20:14:28 [ERROR] a: answer\n{\"level\": \"info\", \"msg\": \"quoted\"}\n";
    home.write(LOG, format!("{error}2026-11-22 20:14:29 [INFO] a: up\n"));

    home.inneros(["daemon", "logs", "--level", "ERROR"])
        .code(0)
        .stdout_is(error);
}

#[test]
fn a_filter_on_what_no_line_says_is_refused() {
    let home = Home::new();
    home.write(LOG, UNKNOWN);
    for (filter, part) in [
        (["--level", "ERROR"], "level"),
        (["--component", "a"], "component"),
        (["--since", "10m"], "time"),
        (["--until", "now"], "time"),
    ] {
        for more in [&["-n", "5"][..], &["--all"], &["--summary"]] {
            let answer = home.inneros([&["daemon", "logs"], &filter[..], more].concat());
            answer
                .code(1)
                .stdout_is("")
                .stderr_has("no line of '")
                .stderr_has(&format!("' has a {part} that is known"))
                .stderr_has("  | up and running\n  | lost the vault\n")
                .stderr_has("`log_format`");
        }
    }
    let json = home.inneros(["daemon", "logs", "--level", "ERROR", "--json"]);
    let json = json.code(1).json();
    assert_eq!(json["unrecognised"], 3);
    assert_eq!(json["output"][1], "lost the vault");
    home.inneros(["daemon", "logs", "--grep", "lost"])
        .code(0)
        .stdout_is("lost the vault\n");
}

#[test]
fn a_time_that_no_line_has_is_said_although_they_have_levels() {
    let home = Home::new();
    home.write(LOG, "INFO:root:up\nERROR:root:lost\n");

    home.inneros(["daemon", "logs", "--level", "ERROR"])
        .code(0)
        .stdout_is("ERROR:root:lost\n");
    home.inneros(["daemon", "logs", "--since", "10m"])
        .code(1)
        .stderr_has("has a time that is known");
}

#[test]
fn where_one_log_is_understood_the_others_do_not_matter() {
    let home = Home::new();
    home.write(LOG, UNKNOWN);
    home.write(".inneros/logs/b.log", LOGURU);

    let errors = home.inneros(["daemon", "logs", "--all", "--level", "ERROR"]);

    assert_eq!(errors.code(0).stdout().lines().count(), 2);
}

#[test]
fn a_summary_says_how_many_lines_are_not_understood() {
    let home = Home::new();
    home.write(LOG, UNKNOWN);

    home.inneros(["daemon", "logs", "--summary"])
        .code(0)
        .stdout_has("3 of them in no known format");
    let json = home.inneros(["daemon", "logs", "--summary", "--json"]);
    assert_eq!(json.code(0).json()["unrecognised"], 3);
}

#[test]
fn the_status_says_that_errors_are_not_recognised() {
    let home = Home::with_sleeper();
    home.start();
    home.write(LOG, UNKNOWN);
    let status = home.inneros(["daemon", "status"]);
    let json = home.inneros(["daemon", "status", "--json"]).code(0).json();
    home.write(LOG, LOGURU);
    let known = home.inneros(["daemon", "status"]);
    home.inneros(["daemon", "stop"]).code(0);

    assert_eq!(
        status
            .stdout()
            .matches("errors are not recognised in '")
            .count(),
        1
    );
    assert!(
        json["unrecognised"]
            .as_str()
            .unwrap()
            .contains("/logs/daemon")
    );
    assert!(!known.stdout().contains("recognised"), "{}", known.stdout());
}

#[test]
fn a_format_of_ones_own_is_configured() {
    let home = Home::new();
    home.write(
        LOG,
        "22.Nov.2026 / 20:14:27 ; bad ; vault ; lost\n22.Nov.2026 / 20:14:28 ; good ; vault ; up\n",
    );
    let configure = |format: &str| {
        let file = format!("[daemon]\nlog_format = '{format}'\n");
        home.write(".inneros/config.toml", file);
    };
    let ask = || home.inneros(["daemon", "logs", "--component", "vault"]);

    ask().code(1);
    configure(r"^(?<time>\S+ / \S+) ; (?<level>\w+) ; (?<component>\w+) ; (?<message>.*)$");
    assert_eq!(ask().code(0).stdout().lines().count(), 2);
    home.inneros(["doctor"])
        .stdout_has("2 of its last 2 lines are understood, as `log_format`");
    for wrong in ["(?<time", "^(.*)$"] {
        configure(wrong);
        ask().code(2).stderr_has("log_format: found");
    }
}

#[test]
fn a_log_in_utc_is_read_as_one() {
    let home = Home::new();
    let now = chrono::Utc::now();
    let stamp = |hours| {
        let then = now - chrono::TimeDelta::hours(hours);
        then.format("%Y-%m-%d %H:%M:%S").to_string()
    };
    home.write(
        LOG,
        format!("{} [ERROR] a: old\n{} [ERROR] a: now\n", stamp(2), stamp(0)),
    );
    for zone in ["Asia/Tokyo", "America/New_York", "UTC"] {
        let logs = home
            .command(["daemon", "logs", "--since", "10m"])
            .env("TZ", zone)
            .output()
            .unwrap();

        let shown = String::from_utf8(logs.stdout).unwrap();
        assert!(
            shown.ends_with("a: now\n") && shown.lines().count() == 1,
            "{zone}: {shown}"
        );
    }
    home.write(".inneros/config.toml", "[daemon]\nlog_zone = \"local\"\n");
    let local = home
        .command(["daemon", "logs", "--since", "10m"])
        .env("TZ", "Asia/Tokyo")
        .output()
        .unwrap();
    assert!(local.stdout.is_empty(), "it was told not to guess");
}
