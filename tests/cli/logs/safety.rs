//! Logs that are hostile, broken, or no logs at all.

use std::process::Command;

use super::LOG;
use crate::home::Home;

#[test]
fn what_is_no_file_is_no_log() {
    let home = Home::new();
    home.write(LOG, "2026-11-22 20:14:24 INFO: here\n");
    let logs = home.ours("logs");
    std::os::unix::fs::symlink("nowhere", logs.join("z1.log")).unwrap();
    std::os::unix::fs::symlink("z2.log", logs.join("z2.log")).unwrap();
    std::fs::create_dir(logs.join("z3.log")).unwrap();
    let made = Command::new("mkfifo").arg(logs.join("z4.log")).status();
    assert!(made.unwrap().success());

    for flags in [
        &[][..],
        &["--all"],
        &["--level", "INFO"],
        &["--since", "2026-11-22"],
    ] {
        home.inneros([&["daemon", "logs"], flags].concat())
            .code(0)
            .stdout_is("2026-11-22 20:14:24 INFO: here\n");
    }
}

#[test]
fn a_link_to_a_log_is_one() {
    let home = Home::new();
    let log = home.write("elsewhere/real", "here\n");
    std::fs::create_dir_all(home.ours("logs")).unwrap();
    std::os::unix::fs::symlink(log, home.ours("logs/current.log")).unwrap();

    home.inneros(["daemon", "logs"]).code(0).stdout_is("here\n");
}

#[test]
fn names_cannot_drive_a_terminal() {
    let home = Home::new();
    home.write(".inneros/logs/a\x1b[2J\n.log", "here\n");
    let shown = r"a\u{1b}[2J\n.log";

    home.inneros(["daemon", "logs"]).code(0).stderr_has(shown);
    home.inneros(["daemon", "logs", "--path"])
        .code(0)
        .stdout_has(shown);
    home.inneros(["daemon", "logs", "--path", "--raw"])
        .code(0)
        .stdout_has("a\x1b[2J\n.log\n");
}

#[test]
fn files_that_cannot_be_read_are_left_out_and_named() {
    let home = Home::new().unprivileged();
    home.write(".inneros/logs/a.log", "2026-11-22 20:14:24 INFO: here\n");
    home.write(".inneros/logs/b\x1b.log", "x\n");
    home.mode(".inneros/logs/b\x1b.log", 0);

    home.inneros(["daemon", "logs", "--all"])
        .code(0)
        .stdout_is("2026-11-22 20:14:24 INFO: here\n")
        .stderr_has(r"left out: permission denied: cannot read log file")
        .stderr_has(r"b\u{1b}.log");
    home.mode(".inneros/logs/a.log", 0);
    home.inneros(["daemon", "logs", "--all"])
        .refused(4, "permission denied")
        .stderr_has("hint: make the folder and its files readable");
}

#[test]
fn any_bytes_are_searched() {
    let home = Home::new();
    let lines: [&[u8]; 5] = [
        b"\xff\xfe\0\n",
        b"2026-11-22 20:14:24 [INFO] \xff: \0\r\n",
        b"\r\n\0\0\xc3\n",
        b"{\"level\":\"error\",\"msg\":\"\xff\"}\r\n",
        b"2026-11-22 20:14:25 ERROR: no newline",
    ];
    home.write(LOG, lines.concat());

    let errors = home
        .command(["daemon", "logs", "--raw", "--level", "ERROR"])
        .output()
        .unwrap();
    let nul = home
        .command(["daemon", "logs", "--raw", "--grep", "\u{fffd}"])
        .output()
        .unwrap();
    let json = home.inneros(["daemon", "logs", "--json"]).code(0).json();

    assert_eq!(errors.stdout, lines[3..].concat());
    assert_eq!(
        nul.stdout, b"",
        "the log has none, only bytes that are no text"
    );
    let messages: Vec<&str> = json["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "\u{fffd}\u{fffd}\0",
            "\0\n\r\n\0\0\u{fffd}",
            "\u{fffd}",
            "no newline"
        ]
    );
}

#[test]
fn a_line_that_is_too_long_for_memory_is_shown_whole() {
    let home = Home::new();
    let long = "x€".repeat(1_500_000);
    let head = "2026-11-22 20:14:24 [ERROR] a: ";
    let entry = format!("{head}{long}\nbelow\n");
    home.write(LOG, format!("{head}first\n{entry}{head}last\n"));

    for flags in [
        &["-n", "3"][..],
        &["-n", "2", "--level", "ERROR"],
        &["-n", "2", "--all"],
    ] {
        let answer = home.inneros([&["daemon", "logs"], flags].concat());
        let expected = format!("{entry}{head}last\n");
        assert!(answer.code(0).stdout() == expected, "{flags:?}");
    }
    let json = home
        .inneros(["daemon", "logs", "-n", "2", "--json"])
        .code(0)
        .json();
    assert_eq!(json["entries"][0]["level"], "ERROR");
    assert!(json["entries"][0]["message"] == format!("{long}\nbelow"));
}

#[test]
fn an_entry_with_too_many_lines_for_memory_is_one_in_json() {
    let home = Home::new();
    let below = "\"€\" below\n".repeat(200_000);
    home.write(
        LOG,
        format!("2026-11-22 20:14:24 [ERROR] a: first\n{below}"),
    );

    let json = home.inneros(["daemon", "logs", "--json"]).code(0).json();

    assert_eq!(json["entries"].as_array().unwrap().len(), 1);
    assert_eq!(json["entries"][0]["component"], "a");
    assert!(json["entries"][0]["message"] == format!("first\n{}", below.trim_end()));
}
