//! `inneros daemon logs`

mod clock;
mod filter;
mod folders;
mod follow;
mod formats;
#[cfg(target_os = "linux")]
mod many;
#[cfg(target_os = "linux")]
mod memory;
mod order;
mod packed;
#[cfg(target_os = "linux")]
mod reading;
mod safety;
mod show;
mod summary;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::home::Home;

const LOG: &str = ".inneros/logs/daemon.log";

fn lines(range: std::ops::RangeInclusive<u32>) -> String {
    range.fold(String::new(), |mut text, n| {
        writeln!(text, "2026-11-22 20:14:24 [INFO] __main__: line {n}").unwrap();
        text
    })
}

fn age(path: &Path, seconds: u64) {
    let time = SystemTime::now() - Duration::from_secs(seconds);
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

#[test]
fn logs_shows_the_ten_most_recent_lines_and_where_they_are() {
    let home = Home::new();
    let path = home.write(LOG, lines(1..=15));

    let answer = home.inneros(["daemon", "logs"]);

    answer
        .code(0)
        .stdout_is(&lines(6..=15))
        .stderr_is(&format!("==> {} <==\n", path.display()));
}

#[test]
fn logs_shows_as_many_lines_as_asked_for() {
    let home = Home::new();
    home.write(LOG, lines(1..=15));

    for (count, expected) in [
        ("3", lines(13..=15)),
        ("100", lines(1..=15)),
        ("0", String::new()),
    ] {
        home.inneros(["daemon", "logs", "-n", count])
            .code(0)
            .stdout_is(&expected);
        home.inneros(["daemon", "logs", &format!("--lines={count}")])
            .code(0)
            .stdout_is(&expected);
    }
}

#[test]
fn logs_shows_the_most_recently_modified_file() {
    let home = Home::new();
    age(&home.write(".inneros/logs/z_2026-11-23.log", "old\n"), 60);
    age(&home.write(".inneros/logs/a_2026-11-22.log", "new\n"), 30);
    home.write(".inneros/logs/newest.txt", "no log\n");
    home.write(".inneros/logs/deeper/newest.log", "too deep\n");
    fs::create_dir(home.path().join(".inneros/logs/folder.log")).unwrap();

    home.inneros(["daemon", "logs"]).code(0).stdout_is("new\n");
}

#[test]
fn logs_of_equal_age_are_taken_by_name() {
    let home = Home::new();
    let first = home.write(".inneros/logs/d_2026-11-22.log", "first\n");
    let second = home.write(".inneros/logs/d_2026-11-23.log", "second\n");
    for path in [first, second] {
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))
            .unwrap();
    }

    home.inneros(["daemon", "logs"])
        .code(0)
        .stdout_is("second\n");
}

#[test]
fn logs_without_a_folder_says_no_logs() {
    let home = Home::new();

    home.inneros(["daemon", "logs"])
        .refused(1, "no logs in")
        .stderr_has(&home.ours("logs").display().to_string())
        .stderr_has("hint: ");
}

#[test]
fn logs_in_an_empty_folder_says_no_logs() {
    let home = Home::new();
    fs::create_dir_all(home.ours("logs")).unwrap();

    home.inneros(["daemon", "logs"]).refused(1, "no logs in");
    home.inneros(["daemon", "logs", "--path"])
        .refused(1, "no logs in");
}

#[test]
fn a_logs_folder_that_is_a_file_is_an_error() {
    let home = Home::new();
    home.write(".inneros/logs", "");

    home.inneros(["daemon", "logs"])
        .refused(1, "cannot read logs folder")
        .stderr_has(&home.ours("logs").display().to_string());
}

#[test]
fn an_empty_log_shows_nothing() {
    let home = Home::new();
    home.write(LOG, "");

    home.inneros(["daemon", "logs"]).code(0).stdout_is("");
    let answer = home.inneros(["daemon", "logs", "--json"]).code(0).json();
    assert_eq!(answer["entries"], json!([]));
}

#[test]
fn path_prints_the_path_and_nothing_else() {
    let home = Home::new();
    let path = home.write(LOG, lines(1..=3));

    home.inneros(["daemon", "logs", "--path"])
        .code(0)
        .stdout_is(&format!("{}\n", path.display()))
        .stderr_is("");
}

#[test]
fn the_logs_are_under_the_working_folder_by_default() {
    let home = Home::new().config("daemon.working_dir = '~/work'\n");
    home.write("work/.automation/logs/daemon.log", "here\n");

    home.inneros(["daemon", "logs"]).code(0).stdout_is("here\n");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let home = Home::new();
    home.write(LOG, lines(1..=50_000));
    home.write(".inneros/logs/other.log", lines(1..=50_000));

    for flags in [
        &["-n", "50000"][..],
        &["-n", "50000", "--json"],
        &["-n", "50000", "--level", "INFO"],
        &["-n", "50000", "--all"],
        &["--since", "2026-11-22"],
        &["--summary"],
        &["--summary", "--json", "--all"],
    ] {
        // One that reads a little, and one that is gone at once.
        for reader in ["head -c 1 > /dev/null", "true"] {
            let answer = home.shell(
                &format!("{{ \"$@\"; echo \"code $?\" >&2; }} | {reader}"),
                [&["daemon", "logs"], flags].concat(),
            );

            answer.code(0).stderr_has("code 0\n");
            assert!(!answer.stderr().contains("panicked"), "{answer}");
            assert!(!answer.stderr().contains("error"), "{answer}");
        }
    }
}

#[test]
fn logs_wants_a_number_of_lines() {
    let home = Home::new();
    home.write(LOG, lines(1..=3));

    for count in ["-5", "ten", "1.5", ""] {
        home.inneros(["daemon", "logs", "-n", count]).refused(2, "");
    }
}
