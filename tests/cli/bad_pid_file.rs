//! A PID file that is not to be believed: said clearly, nothing signalled, nothing
//! changed.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use crate::home::Home;
use crate::process::{Stranger, is_alive, kill};
use crate::skip::is_root;

#[test]
fn a_pid_file_with_anything_but_a_pid_is_invalid() {
    let home = Home::with_daemon("");
    let bystander = Stranger::new();
    for (content, found) in [
        ("", "found an empty file"),
        ("\n", "found an empty line"),
        ("garbage\n", "found 'garbage'"),
        ("12 34\n", "found '12 34'"),
        ("0x10\n", "found '0x10'"),
        ("1.5\n", "found '1.5'"),
        ("12abc\n", "found '12abc'"),
        ("812 x\n", "found '812 x'"),
        ("\n812\n", "found an empty line"),
        ("\r\n812\n", "found an empty line"),
        ("812\r813\n", "found '812\\r813'"),
        (
            "\u{ff18}\u{ff11}\u{ff12}\n",
            "found '\u{ff18}\u{ff11}\u{ff12}'",
        ),
        ("\u{668}\u{661}\u{662}\n", "found '\u{668}\u{661}\u{662}'"),
        ("\u{a0}812\n", "found '\u{a0}812'"),
        ("\u{feff}812\n", "found '\\u{feff}812'"),
        ("\0\0\0\0", "found '\\u{0}\\u{0}\\u{0}\\u{0}'"),
        ("812\0\n", "found '812\\u{0}'"),
        ("81\x002\n", "found '81\\u{0}2'"),
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
        let before = home.files();

        home.inneros(["daemon", "status"])
            .code(3)
            .stdout_has("InnerOS is not running\n")
            .stdout_has("invalid PID in")
            .stdout_has(found);

        assert_eq!(home.files(), before);
    }
    bystander.assert_unharmed();
}

/// As a full disk, a power cut or another program leaves it.
#[test]
fn a_pid_file_that_holds_no_pid_is_replaced_where_no_daemon_runs() {
    for content in ["", "abc\n", "-1\n", "\0\0\0\0"] {
        for with_record in [false, true] {
            let home = Home::with_daemon("");
            if with_record {
                kill(home.start());
                home.assert_no_process_is_left();
            }
            home.write_pid_file(content);

            home.inneros(["daemon", "status"])
                .code(3)
                .stdout_has("InnerOS is not running\n")
                .stdout_has("  reason     invalid PID in ");
            home.inneros(["daemon", "start"])
                .code(0)
                .stdout_has("; a damaged PID file was replaced\n");

            let pid = home.pid();
            home.inneros(["daemon", "status"])
                .code(0)
                .stdout_has(&format!("  pid        {pid}\n"));
            home.write_pid_file(content);
            home.inneros(["daemon", "restart"]).code(0);
            home.inneros(["daemon", "stop"]).code(0);
            home.write_pid_file(content);
            home.inneros(["daemon", "stop"]).refused(3, "not running");
            assert!(!home.has(".inneros/daemon.pid"));
        }
    }
}

#[test]
fn a_daemon_whose_pid_file_and_record_are_damaged_is_found_and_left_alone() {
    for record in ["", "{", "no record"] {
        let home = Home::with_daemon("(while :; do sleep 0.1; done) & echo > \"$HOME/ready\"");
        let pid = home.start_until_ready();
        home.write_pid_file("");
        if record == "no record" {
            fs::remove_file(home.ours("daemon.json")).unwrap();
        } else {
            home.write(".inneros/daemon.json", record);
        }
        for with_pid_file in [true, false] {
            if !with_pid_file {
                if record == "no record" {
                    // Nothing is left that could tell of a daemon.
                    continue;
                }
                fs::remove_file(home.ours("daemon.pid")).unwrap();
            }
            let before = home.files();

            home.inneros(["daemon", "status"])
                .code(4)
                .stdout_has(&format!("pid {pid} runs 'sh "))
                .stdout_has("that is the configured command");
            for operation in ["start", "stop", "restart"] {
                home.inneros(["daemon", operation])
                    .refused(4, &format!("foreign process, pid {pid}"));
            }

            assert_eq!(home.files(), before);
        }
    }
}

#[test]
fn two_processes_that_run_the_configured_command_are_counted() {
    let home = Home::with_daemon("");
    let script = home.path().join("daemon.sh");
    let run = || Stranger::running(std::process::Command::new("sh").arg(&script));
    let (_one, _other) = (run(), run());
    home.write_pid_file("");

    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has("that is the configured command, as does 1 more, and invalid PID in");
    home.inneros(["-v", "daemon", "start"])
        .code(4)
        .stderr_has("processes of this user in ")
        .stderr_has("foreign process");
}

#[test]
fn bytes_that_are_no_text_are_no_pid() {
    let home = Home::with_daemon("");
    for bytes in [
        &b"\xff\xfe8\x001\x002\x00\n\x00"[..],
        b"812\xff\n",
        b"\xe0\n",
    ] {
        home.write(".inneros/daemon.pid", bytes);
        home.mode(".inneros/daemon.pid", 0o644);
        let before = home.files();

        let status = home.inneros(["daemon", "status"]);

        status.code(3).stdout_has("invalid PID");
        assert_eq!(home.files(), before);
    }
}

#[test]
fn a_pid_may_stand_among_spaces_and_behind_zeros() {
    let home = Home::with_sleeper();
    let daemon = Stranger::new();
    let pid = daemon.pid();
    for content in [
        format!("{pid}"),
        format!("{pid}\r\n"),
        format!("  {pid}\t\n"),
        format!("000{pid}\n"),
        format!("{pid}\nand whatever else\n"),
    ] {
        home.write_pid_file(&content);

        home.inneros(["daemon", "status"])
            .code(0)
            .stdout_has(&format!("  pid        {pid}\n"));
        home.inneros(["daemon", "start"])
            .refused(5, &format!("already running (pid {pid})"));
    }
    home.inneros(["daemon", "stop"]).code(0);
    assert!(!is_alive(pid));
}

/// No process ever has it: PIDs end below.
#[cfg(target_os = "linux")]
#[test]
fn the_largest_pid_is_that_of_a_daemon_that_is_gone() {
    let home = Home::with_sleeper();
    home.write_pid_file("4194304\n");

    home.inneros(["daemon", "status"])
        .code(1)
        .stdout_has("pid 4194304 is gone");
    home.inneros(["daemon", "stop"]).refused(3, "not running");

    assert!(!home.has(".inneros/daemon.pid"));
}

#[test]
fn a_long_pid_file_is_not_shown_whole() {
    let home = Home::with_daemon("");
    home.write_pid_file("x".repeat(10_000));

    let answer = home.inneros(["daemon", "status"]);

    answer.code(3).stdout_has("invalid PID").stdout_has("…");
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

    let home = Home::with_sleeper();
    let _listener = UnixListener::bind(home.ours("daemon.pid")).unwrap();
    assert_refused_and_untouched(&home, "refused PID file", "it is not a regular file");

    if is_root() {
        let home = Home::with_sleeper();
        let path = home.ours("daemon.pid");
        let made = std::process::Command::new("mknod")
            .arg(path)
            .args(["c", "1", "5"])
            .status();
        assert!(made.unwrap().success());
        assert_refused_and_untouched(&home, "PID file", "daemon.pid'");
    }
}

#[test]
fn a_symbolic_link_as_pid_file_is_refused() {
    let home = Home::with_sleeper();
    let stranger = Stranger::new();
    let target = home.write("elsewhere", stranger.pid().to_string());
    symlink(&target, home.ours("daemon.pid")).unwrap();
    assert_refused_and_untouched(&home, "refused PID file", "it is a symbolic link");

    for target in ["nowhere", "daemon.pid", "/dev/zero", "/dev/stdin", "."] {
        let home = Home::with_sleeper();
        symlink(target, home.ours("daemon.pid")).unwrap();
        assert_refused_and_untouched(&home, "refused PID file", "it is a symbolic link");
    }
    stranger.assert_unharmed();
}

#[test]
fn a_pid_file_that_others_may_write_is_refused() {
    let home = Home::with_sleeper();
    let stranger = Stranger::new();
    home.write_pid_file(stranger.pid());
    home.mode(".inneros/daemon.pid", 0o666);

    assert_refused_and_untouched(&home, "refused PID file", "other users can write to it");
    stranger.assert_unharmed();
}

#[test]
fn a_record_that_is_damaged_counts_as_none() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let record = home.read(".inneros/daemon.json");
    let with_pid = |value: &str| record.replace(&format!("\"pid\": {pid}"), value);
    assert_ne!(with_pid(""), record);
    for record in [
        String::new(),
        "{".into(),
        "[]".into(),
        "null".into(),
        "{\"schema\": 1, \"pid\": -1}".into(),
        "\0".repeat(1000),
        "[".repeat(200_000),
        "{\"a\":".repeat(200_000),
        with_pid(&format!(
            "\"a\": {}{}, \"pid\": {pid}",
            "[".repeat(9999),
            "]".repeat(9999)
        )),
        with_pid("\"pid\": -1"),
        with_pid("\"pid\": 0"),
        with_pid("\"pid\": 1"),
        with_pid("\"pid\": NaN"),
        with_pid("\"pid\": 1e999"),
        with_pid(&format!("\"pid\": {pid}.0")),
        with_pid(&format!("\"pid\": \"{pid}\"")),
        with_pid("\"pid\": 2147483648"),
        with_pid(&format!("\"pid\": {pid}, \"pid\": {pid}")),
        record.replace("\"schema\": 1", "\"schema\": 0"),
        record.replace("\"phase\"", "\"phases\""),
        record[..record.len() / 2].to_owned(),
        format!("{record}{record}"),
        format!("\u{feff}{record}"),
    ] {
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

/// Whatever it means by what it says: a start beside it would make a second daemon.
#[test]
fn a_record_of_a_newer_version_is_left_alone_and_so_is_its_daemon() {
    for has_pid_file in [true, false] {
        let home = Home::with_sleeper();
        let pid = home.start();
        home.alter_record("schema", 2);
        home.alter_record("unheard_of", true);
        if !has_pid_file {
            fs::remove_file(home.ours("daemon.pid")).unwrap();
        }
        let record = home.read(".inneros/daemon.json");
        let message = format!(
            "its run record '{}' was written by a newer version",
            home.ours("daemon.json").display()
        );

        for verb in ["start", "stop", "restart", "run"] {
            home.inneros(["daemon", verb])
                .refused(4, &message)
                .stderr_has("hint: use that version");
        }
        home.inneros(["daemon", "status"])
            .code(4)
            .stdout_has(&message);
        home.inneros(["doctor"]).code(1).stdout_has(&message);

        assert_eq!(home.read(".inneros/daemon.json"), record);
        assert_eq!(home.processes(), [pid]);
    }
}

/// Only the processes themselves can tell: all of them are looked at, within a bound, and `-v`
/// says how long that took.
#[cfg(target_os = "linux")]
#[test]
fn among_a_thousand_processes_the_daemon_is_looked_for() {
    let home = Home::with_daemon("");
    home.write_pid_file("abc");
    let mut many = std::process::Command::new("sh");
    many.args([
        "-c",
        "i=0; while [ $i -lt 1000 ]; do sleep 300 & i=$((i+1)); done; echo > up; wait",
    ]);
    home.at_home(&mut many);
    let mut many = many.spawn().unwrap();
    crate::process::wait_until("all are there", || home.has("up"));

    let answer = home.inneros(["-v", "daemon", "status"]);

    answer.code(3).stdout_has("InnerOS is not running");
    let said = answer.stderr();
    let looked = said.split("looked through ").nth(1).unwrap();
    let count: u32 = looked.split(' ').next().unwrap().parse().unwrap();
    assert!(count >= 1000, "{answer}");
    assert!(
        looked.contains("processes of this user in ")
            && looked.contains("0 run the configured command"),
        "{answer}"
    );
    home.inneros(["daemon", "start"])
        .code(0)
        .stdout_has("a damaged PID file was replaced");
    many.kill().unwrap();
    many.wait().unwrap();
}
