//! `inneros daemon logs --summary`

use std::fmt::Write as _;

use serde_json::json;

use super::LOG;
use crate::home::Home;

const ENTRIES: &str = "\
2026-11-22 20:14:24 [INFO] src.a: up
2026-11-22 20:14:25 [ERROR] src.a: pid 7 is there
Traceback
2026-11-22 20:14:26 [ERROR] src.b: pid 8 is there
2026-11-22 20:14:27 [CRITICAL] src.b: lost\x1b[2J
";

#[test]
fn a_summary_counts_by_level_component_and_error() {
    let home = Home::new();
    home.write(LOG, ENTRIES);

    home.inneros(["daemon", "logs", "--summary"])
        .code(0)
        .stdout_is(
            "\
4 entries
  from 2026-11-22 20:14:24
  to   2026-11-22 20:14:27

by level
  1  CRITICAL
  2  ERROR
  1  INFO

by component
  2  src.a
  2  src.b

most frequent errors
  2  pid 8 is there
  1  lost\\u{1b}[2J
",
        );
}

#[test]
fn a_summary_is_for_programs_too() {
    let home = Home::new();
    home.write(LOG, ENTRIES);

    let answer = home
        .inneros(["daemon", "logs", "--summary", "--json"])
        .code(0)
        .json();

    assert_eq!(answer["count"], 4);
    assert_eq!(answer["levels"]["ERROR"], 2);
    assert_eq!(answer["levels"]["DEBUG"], 0);
    assert_eq!(
        answer["components"][0],
        json!({"component": "src.a", "count": 2})
    );
    assert_eq!(
        answer["errors"][0],
        json!({"message": "pid 8 is there", "count": 2})
    );
    assert_eq!(answer["first"], "2026-11-22 20:14:24");
    assert_eq!(answer["last"], "2026-11-22 20:14:27");
    assert_eq!(answer["components_forgot"], false);
    assert_eq!(answer["errors_forgot"], false);
}

#[test]
fn a_summary_says_that_it_could_not_count_everything() {
    let home = Home::new();
    let mut log = ENTRIES.to_owned();
    for number in 0..5000 {
        writeln!(log, "2026-11-22 20:14:28 [INFO] src.c{number}: up").unwrap();
    }
    home.write(LOG, log);

    home.inneros(["daemon", "logs", "--summary"])
        .code(0)
        .stdout_has("2  src.a\n  2  src.b\n  1  src.c")
        .stdout_has("and many more: the rare ones were not counted\n");
    let answer = home.inneros(["daemon", "logs", "--summary", "--json"]);
    let answer = answer.code(0).json();
    assert_eq!(answer["components_forgot"], true);
    assert_eq!(answer["errors_forgot"], false);
    assert_eq!(answer["count"], 5004);
}

#[test]
fn a_summary_counts_what_fits_only() {
    let home = Home::new();
    home.write(LOG, ENTRIES);
    home.write(".inneros/logs/other.log", ENTRIES);

    for (arguments, count) in [
        (&["--level", "ERROR"][..], 3),
        (&["--level", "ERROR", "--component", "src.b"], 2),
        (&["--grep", "Trace"], 1),
        (&["--since", "2026-11-22 20:14:26"], 2),
        (&["--all"], 8),
        (&["--all", "--level", "CRITICAL"], 2),
    ] {
        let answer = home.inneros([&["daemon", "logs", "--summary", "--json"], arguments].concat());
        assert_eq!(answer.code(0).json()["count"], count, "{arguments:?}");
    }
}

#[test]
fn a_long_log_is_counted_whole() {
    let home = Home::new();
    let times = 17 * 1024 * 1024 / ENTRIES.len();
    home.write(LOG, ENTRIES.repeat(times));

    for (level, count) in [("DEBUG", 4), ("ERROR", 3), ("CRITICAL", 1)] {
        let answer = home.inneros(["daemon", "logs", "--summary", "--json", "--level", level]);
        assert_eq!(answer.code(0).json()["count"], count * times);
    }
}

#[test]
fn a_summary_of_nothing_is_no_failure() {
    let home = Home::new();
    home.write(LOG, "");

    home.inneros(["daemon", "logs", "--summary"])
        .code(0)
        .stdout_is("0 entries\n");
}
