//! How entries are shown: to people, to pipes, to programs.

use std::process::Command;

use serde_json::{Value, json};

use super::LOG;
use crate::home::Home;

#[test]
fn json_logs_are_taken_apart() {
    let home = Home::new();
    let path = home.write(
        LOG,
        "2026-11-22 20:14:24 [INFO] __main__: up\n\
         2026-11-22 20:14:27 [ERROR] src.daemon: no lock\n\
         Traceback (most recent call last):\n\
         \x20 File \"x.py\"\n\
         2026-11-22 20:14:28 WARNING: low\n",
    );

    let answer = home.inneros(["daemon", "logs", "--json"]).code(0).json();

    assert_eq!(answer["success"], true);
    assert_eq!(answer["log_file"], path.display().to_string());
    let entry = |timestamp: &str, level: &str, component: Value, message: &str| {
        json!({
            "timestamp": timestamp,
            "level": level,
            "component": component,
            "message": message,
        })
    };
    assert_eq!(
        answer["entries"],
        json!([
            entry("2026-11-22 20:14:24", "INFO", json!("__main__"), "up"),
            entry(
                "2026-11-22 20:14:27",
                "ERROR",
                json!("src.daemon"),
                "no lock\nTraceback (most recent call last):\n  File \"x.py\"",
            ),
            entry("2026-11-22 20:14:28", "WARNING", Value::Null, "low"),
        ])
    );
}

#[test]
fn json_counts_entries_and_not_lines() {
    let home = Home::new();
    home.write(LOG, "2026-11-22 20:14:24 WARNING: a\n1\n2\n3\n".repeat(3));

    let answer = home
        .inneros(["daemon", "logs", "-n", "2", "--json"])
        .code(0)
        .json();

    let entries = answer["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["message"], "a\n1\n2\n3");
}

#[test]
fn bytes_that_are_no_text_are_passed_on_or_replaced() {
    let home = Home::new();
    home.write(LOG, b"a\n\xff\xfe\nlast");

    let output = home
        .command(["daemon", "logs", "-n", "2"])
        .output()
        .unwrap();
    let answer = home.inneros(["daemon", "logs", "-n", "2", "--json"]).json();

    assert_eq!(output.stdout, b"\xff\xfe\nlast");
    assert_eq!(answer["entries"][0]["message"], "\u{fffd}\u{fffd}");
}

#[test]
fn control_characters_are_made_visible_unless_a_pipe_wants_them_raw() {
    let home = Home::new();
    let text: &[u8] = b"a\r\n\x1b[31m\0\tb\x07\n\xff\x9b";
    home.write(LOG, text);

    let shown = home.command(["daemon", "logs"]).output().unwrap();
    let raw = home.command(["daemon", "logs", "--raw"]).output().unwrap();

    assert_eq!(shown.stdout, b"a\r\n\\u{1b}[31m\\u{0}\tb\\u{7}\n\xff\x9b");
    assert_eq!(raw.stdout, text);
}

#[test]
fn raw_entries_are_passed_on_as_they_are() {
    let home = Home::new();
    let error: &[u8] = b"2026-11-22 20:14:24 ERROR: \x1b[31m\xff\0\r\nmore\r\n";
    home.write(LOG, [error, b"2026-11-22 20:14:25 INFO: x\n"].concat());

    let raw = home
        .command(["daemon", "logs", "--raw", "--level", "error"])
        .output()
        .unwrap();

    assert_eq!(raw.stdout, error);
}

#[test]
fn entries_are_coloured_by_level_for_who_asks() {
    let home = Home::new();
    home.write(
        LOG,
        "2026-11-22 20:14:24 [INFO] a: up\n\
         2026-11-22 20:14:25 [WARNING] a: low\r\n\
         2026-11-22 20:14:26 [ERROR] a: \x1b[0mlost\nTraceback\n\
         2026-11-22 20:14:27 DEBUG: end",
    );

    for filter in [&["--raw"][..], &["--raw", "--level", "DEBUG"]] {
        let mut arguments = vec!["--color", "always", "daemon", "logs"];
        arguments.extend(filter);
        home.inneros(arguments).code(0).stdout_is(
            "2026-11-22 20:14:24 [INFO] a: up\n\
             \x1b[33m2026-11-22 20:14:25 [WARNING] a: low\x1b[0m\r\n\
             \x1b[31m2026-11-22 20:14:26 [ERROR] a: \x1b[0mlost\x1b[0m\nTraceback\n\
             \x1b[2m2026-11-22 20:14:27 DEBUG: end\x1b[0m",
        );
    }
    home.inneros(["daemon", "logs", "--level", "WARNING", "-n", "1"])
        .code(0)
        .stdout_is("2026-11-22 20:14:26 [ERROR] a: \\u{1b}[0mlost\nTraceback\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colours_and_never_what_a_log_says_to_it() {
    let home = Home::new();
    let said = b"2026-11-22 20:14:26 [ERROR] a: \x1b[2Jlost\xff\xe2\x80\xaegnp.exe\n";
    home.write(LOG, said);

    // A daemon's log must not clear the screen, not even where it is asked for raw.
    for flag in ["", "--raw"] {
        let answer = home.shell(
            &format!("script -qec \"$1 daemon logs {flag} 2>/dev/null\" /dev/null"),
            [""; 0],
        );

        answer.code(0).stdout_has(
            "\x1b[31m2026-11-22 20:14:26 [ERROR] a: \\u{1b}[2Jlost\u{fffd}\\u{202e}gnp.exe\x1b[0m\r\n",
        );
    }
}

#[test]
fn quiet_shows_nothing() {
    let home = Home::new();
    home.write(LOG, "x\n");

    home.inneros(["-q", "daemon", "logs"])
        .code(0)
        .stdout_is("")
        .stderr_is("");
}

/// The same bytes as `tail`, whatever they are.
#[test]
fn raw_lines_are_those_of_tail() {
    let home = Home::new();
    let wide = ["ä".repeat(32_768), "x".repeat(65_536)].join("\n");
    for text in [
        &b""[..],
        b"\n",
        b"\n\n\n",
        b"one",
        b"one\ntwo",
        b"one\ntwo\n",
        b"one\r\ntwo\r\n\r\nthree\r",
        b"\0\n\0\0\n\xff\xfe\n\x1b[31m\xc3",
        wide.as_bytes(),
    ] {
        let path = home.write(LOG, text);
        for count in ["0", "1", "2", "3", "100"] {
            let tail = Command::new("tail").args(["-n", count]).arg(&path).output();
            let ours = home
                .command(["daemon", "logs", "--raw", "-n", count])
                .output();

            assert!(
                tail.unwrap().stdout == ours.unwrap().stdout,
                "{count} of {:?}",
                String::from_utf8_lossy(&text[..text.len().min(50)])
            );
        }
    }
}
