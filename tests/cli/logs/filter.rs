//! Which entries are shown.

use std::fs;

use super::LOG;
use crate::home::Home;

const ENTRIES: &str = "\
2026-11-22 20:14:24 [INFO] src.daemon: up
2026-11-22 20:14:25 [ERROR] src.daemon.lock: no lock
Traceback
  in start
2026-11-22 20:14:26 [INFO] src.watch: saw [ERROR] src.daemon: no lock
2026-11-22 20:14:27 WARNING: disk is low
2026-11-22T20:14:28+00:00 - CRITICAL - disk is full
";

/// The lines that are shown of [`ENTRIES`], by their numbers.
#[track_caller]
fn shown(arguments: &[&str]) -> Vec<usize> {
    let home = Home::new();
    home.write(LOG, ENTRIES);
    let answer = home.inneros([&["daemon", "logs"], arguments].concat());
    let all: Vec<&str> = ENTRIES.lines().collect();
    let lines = answer.code(0).stdout().lines();
    lines
        .map(|shown| all.iter().position(|line| *line == shown).unwrap())
        .collect()
}

#[test]
fn a_level_means_that_one_and_those_above_it() {
    assert_eq!(shown(&["--level", "WARNING"]), [1, 2, 3, 5, 6]);
    assert_eq!(shown(&["--level", "error"]), [1, 2, 3, 6]);
    assert_eq!(shown(&["--level=CRITICAL"]), [6]);
}

#[test]
fn the_level_is_the_field_and_not_the_text() {
    let lines = shown(&["--level", "ERROR"]);

    assert!(!lines.contains(&4), "{lines:?}");
}

#[test]
fn a_component_has_those_below_it() {
    assert_eq!(shown(&["--component", "src.daemon"]), [0, 1, 2, 3]);
    assert_eq!(shown(&["--component", "src.da"]), [0; 0]);
    assert_eq!(shown(&["--component", "*.lock"]), [1, 2, 3]);
    assert_eq!(shown(&["--component", "src*"]), [0, 1, 2, 3, 4]);
}

#[test]
fn a_text_is_found_in_the_lines_below_an_entry() {
    assert_eq!(shown(&["--grep", "in start"]), [1, 2, 3]);
    assert_eq!(shown(&["--grep", "no lock"]), [1, 2, 3, 4]);
    assert_eq!(shown(&["--grep", "disk.*l$"]), [0; 0]);
    assert_eq!(shown(&["--grep", "disk.*l$", "--regex"]), [6]);
    assert_eq!(shown(&["--regex", "--grep", "(?i)TRACE"]), [1, 2, 3]);
}

#[test]
fn what_fits_is_counted_and_not_lines() {
    assert_eq!(shown(&["-n", "1", "--level", "ERROR"]), [6]);
    assert_eq!(shown(&["-n", "2", "--level", "ERROR"]), [1, 2, 3, 6]);
    assert_eq!(shown(&["-n", "0", "--level", "ERROR"]), [0; 0]);
    assert_eq!(
        shown(&["-n", "1", "--grep", "lock", "--component", "src.daemon"]),
        [1, 2, 3]
    );
}

#[test]
fn times_bound_what_is_shown() {
    assert_eq!(shown(&["--since", "2026-11-22 20:14:27"])[0], 5);
    assert_eq!(shown(&["--until", "2026-11-22 20:14:25"]), [0, 1, 2, 3]);
    assert_eq!(
        shown(&[
            "--since",
            "2026-11-22 20:14:25",
            "--until",
            "2026-11-22 20:14:26"
        ]),
        [1, 2, 3, 4]
    );
    assert_eq!(shown(&["--since", "2999-01-01"]), [0; 0]);
    // By its zone, not by what stands on its clock.
    assert_eq!(
        shown(&[
            "--since",
            "2026-11-22T22:14:28+02:00",
            "--level",
            "CRITICAL"
        ]),
        [6]
    );
    assert_eq!(
        shown(&["--since", "2026-11-22T20:14:29Z", "--level", "CRITICAL"]),
        [0; 0]
    );
}

#[test]
fn everything_since_a_time_is_shown_unless_a_number_is_given() {
    let home = Home::new();
    home.write(LOG, "2026-11-22 20:14:24 INFO: x\n".repeat(25));

    for (arguments, expected) in [
        (&["--since", "2026-11-22"][..], 25),
        (&["--since", "2026-11-22", "-n", "3"], 3),
        (&["--until", "2999-01-01"], 10),
        (&["--level", "INFO"], 10),
    ] {
        let answer = home.inneros([&["daemon", "logs"], arguments].concat());
        assert_eq!(answer.stdout().lines().count(), expected, "{arguments:?}");
    }
}

#[test]
fn a_moment_ago_is_found_by_the_clock() {
    let home = Home::new();
    let now = chrono::Local::now();
    let line = |minutes: i64| {
        let time = now - chrono::TimeDelta::minutes(minutes);
        format!("{} INFO: {minutes}\n", time.format("%Y-%m-%d %H:%M:%S"))
    };
    home.write(LOG, [line(90), line(30), line(5)].concat());

    home.inneros(["daemon", "logs", "--since", "1h"])
        .code(0)
        .stdout_is(&[line(30), line(5)].concat());
    home.inneros(["daemon", "logs", "--since", "2h ago", "--until", "10m"])
        .code(0)
        .stdout_is(&[line(90), line(30)].concat());
}

#[test]
fn lines_without_an_entry_above_are_searched_one_by_one() {
    let home = Home::new();
    home.write(LOG, "one\ntwo\nthree\ntwo and a half\n");

    home.inneros(["daemon", "logs", "--grep", "two", "-n", "1"])
        .code(0)
        .stdout_is("two and a half\n");
    // A filter on what no line says is refused.
    home.inneros(["daemon", "logs", "--level", "DEBUG"])
        .code(1)
        .stdout_is("");
}

#[test]
fn the_samples_are_searched() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/logs/sample.log");
    let sample = fs::read_to_string(samples).unwrap();
    let home = Home::new();
    home.write(LOG, &sample);

    let answer = home
        .inneros(["daemon", "logs", "--level", "ERROR", "--json"])
        .code(0)
        .json();

    let entries = answer["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let message = entries[1]["message"].as_str().unwrap();
    assert!(message.starts_with("Failed to start daemon: "), "{message}");
    assert_eq!(
        message.lines().count(),
        14,
        "the whole traceback: {message}"
    );
    home.inneros(["daemon", "logs", "--grep", "PIDLockError("])
        .code(0)
        .stdout_has("Failed to start daemon");
}

#[test]
fn the_sample_of_a_handler_is_searched_by_its_component() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/logs/handler.log");
    let sample = fs::read_to_string(samples).unwrap();
    let home = Home::new();
    home.write(".inneros/logs/youtube_handler_2026-11-22.log", &sample);
    home.write(LOG, ENTRIES);

    for component in [
        "src.automation",
        "src.automation.*Handler",
        "*.YouTubeFeatureHandler",
    ] {
        home.inneros(["daemon", "logs", "--all", "--component", component])
            .code(0)
            .stdout_is(&sample);
    }
    home.inneros(["daemon", "logs", "--all", "--component", "src.auto"])
        .code(0)
        .stdout_is("");
    let answer = home.inneros([
        "daemon",
        "logs",
        "--all",
        "--json",
        "--component",
        "src.automation",
    ]);
    let entry = &answer.code(0).json()["entries"][3];
    assert_eq!(
        entry["component"],
        "src.automation.feature_handlers.YouTubeFeatureHandler"
    );
    assert_eq!(
        entry["message"],
        "Transcript saver initialized for automatic archival"
    );
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_could() {
    let home = Home::new();
    home.write(LOG, ENTRIES);

    for (arguments, wrong, right) in [
        (
            &["--level", "LOUD"][..],
            "'LOUD'",
            "expected DEBUG, INFO, WARNING, ERROR or CRITICAL",
        ),
        (&["--since", "soon"], "'soon'", "yesterday"),
        (&["--until", "25:00"], "'25:00'", "\"14:30\""),
        (
            &["--since", "1h", "--until", "2h"],
            "`--since` is later",
            "swap",
        ),
        (&["--grep", "(", "--regex"], "'('", "without `--regex`"),
        (&["--grep", ""], "''", "a text of one line"),
        (&["--grep", "a\nb"], "--grep", "a text of one line"),
        (&["--component", ""], "--component", "value"),
        (&["--regex"], "required", "--grep"),
        (&["--summary", "--follow"], "--summary", "--follow"),
        (&["--follow", "--all"], "--follow", "--all"),
        (&["--follow", "--until", "1h"], "--follow", "--until"),
        (&["--output", "--all"], "--output", "--all"),
    ] {
        home.inneros([&["daemon", "logs"], arguments].concat())
            .refused(2, wrong)
            .stderr_has(right);
        let json = home.inneros([&["--json", "daemon", "logs"], arguments].concat());
        assert_eq!(json.code(2).json()["success"], false);
    }
}

#[test]
fn where_nothing_fits_the_other_files_are_named() {
    let home = Home::new();
    home.write(LOG, ENTRIES);
    let logs =
        |more: &[&str]| home.inneros([&["daemon", "logs", "--component", "x"], more].concat());

    logs(&[])
        .code(0)
        .stdout_is("")
        .stderr_has("no matching entries in '")
        .stderr_has("'; add `--all` to search every log in the folder\n");
    logs(&["--all"])
        .code(0)
        .stderr_has("no matching entries in '");
    logs(&["-q"]).code(0).stdout_is("").stderr_is("");
}
