//! A PID file that is not to be believed: said clearly, nothing signalled, nothing
//! changed.

use std::fs;
use std::os::unix::fs::symlink;

use crate::home::Home;
use crate::process::Stranger;

#[test]
fn a_pid_file_with_anything_but_a_pid_is_invalid() {
    let home = Home::with_sleeper();
    let bystander = Stranger::new();
    for (content, found) in [
        ("", "found an empty file"),
        ("\n", "found an empty line"),
        ("garbage\n", "found 'garbage'"),
        ("12 34\n", "found '12 34'"),
        ("0x10\n", "found '0x10'"),
        ("1.5\n", "found '1.5'"),
        ("+812\n", "found '+812'"),
        ("-1\n", "found '-1'"),
        ("-812\n", "found '-812'"),
        ("0\n", "found '0'"),
        ("1\n", "found '1'"),
        ("4194305\n", "found '4194305'"),
        ("2147483648\n", "found '2147483648'"),
        ("18446744073709551615\n", "found '18446744073709551615'"),
        ("99999999999999999999\n", "found '99999999999999999999'"),
        ("\x1b[2J\n", "found '\\u{1b}[2J'"),
    ] {
        home.write_pid_file(content);

        assert_refused_and_untouched(&home, "invalid PID in", found);
    }
    bystander.assert_unharmed();
}

#[test]
fn a_long_pid_file_is_not_shown_whole() {
    let home = Home::with_sleeper();
    home.write_pid_file("x".repeat(10_000));

    let answer = home.inneros(["daemon", "status"]);

    answer.code(4).stdout_has("invalid PID").stdout_has("…");
    assert!(answer.stdout().len() < 1000, "{answer}");
}

#[test]
fn a_folder_or_a_device_as_pid_file_is_refused() {
    let home = Home::with_sleeper();
    fs::create_dir(home.ours("daemon.pid")).unwrap();
    assert_refused_and_untouched(&home, "refused PID file", "it is a folder");

    let home = Home::with_sleeper();
    let made = std::process::Command::new("mkfifo")
        .arg(home.ours("daemon.pid"))
        .status();
    assert!(made.unwrap().success());
    assert_refused_and_untouched(&home, "refused PID file", "it is not a regular file");
}

#[test]
fn a_symbolic_link_as_pid_file_is_refused() {
    let home = Home::with_sleeper();
    let stranger = Stranger::new();
    let target = home.write("elsewhere", stranger.pid().to_string());
    symlink(&target, home.ours("daemon.pid")).unwrap();
    assert_refused_and_untouched(&home, "refused PID file", "it is a symbolic link");

    let home = Home::with_sleeper();
    symlink("nowhere", home.ours("daemon.pid")).unwrap();
    assert_refused_and_untouched(&home, "refused PID file", "it is a symbolic link");
    stranger.assert_unharmed();
}

#[test]
fn a_pid_file_that_others_may_write_is_refused() {
    let home = Home::with_sleeper();
    let stranger = Stranger::new();
    home.write_pid_file(stranger.pid());
    home.mode(".inneros/daemon.pid", 0o666);

    assert_refused_and_untouched(&home, "refused PID file", "other users may write it");
    stranger.assert_unharmed();
}

#[test]
fn a_record_that_is_damaged_counts_as_none() {
    let home = Home::with_sleeper();
    let pid = home.start();
    for record in ["", "{", "[]", "{\"schema\": 1, \"pid\": -1}", "null"] {
        home.write(".inneros/daemon.json", record);

        home.inneros(["daemon", "status"])
            .code(0)
            .stdout_has(&format!("{pid}\n"));
        home.inneros(["daemon", "start"])
            .refused(5, "already running");
    }
    home.inneros(["daemon", "stop"]).code(0);
    assert_eq!(home.processes(), [0; 0]);
}

/// Start, stop, restart and status say this of the PID file, and leave it alone.
#[track_caller]
fn assert_refused_and_untouched(home: &Home, message: &str, found: &str) {
    let before = home.files();

    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has("InnerOS is in an unknown state\n")
        .stdout_has(message)
        .stdout_has(found)
        .stdout_has("  hint ");
    for verb in ["start", "stop", "restart"] {
        home.inneros(["daemon", verb])
            .refused(4, message)
            .stderr_has(found)
            .stderr_has("\nhint: ");
    }

    assert_eq!(home.files(), before);
    assert_eq!(home.processes(), [0; 0]);
}
