//! Standard output that takes nothing, as on a full disk: the exit code and a message on
//! standard error say that nobody has got the answer.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::home::Home;
use crate::process::is_alive;
use crate::skip;

const FULL: &str = "/dev/full";

fn there_is_a_full_device() -> bool {
    let there = Path::new(FULL).exists();
    if !there {
        skip::not_run("there is no /dev/full");
    }
    there
}

/// Runs a command into the full device, which must fail and say so.
#[track_caller]
fn assert_said(mut command: Command) {
    let full = File::options().write(true).open(FULL).unwrap();

    let output = command.stdout(full).stdin(Stdio::null()).output().unwrap();

    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{command:?}: {stderr}");
    assert!(
        stderr.contains("error: cannot write to standard output: No space left on device"),
        "{command:?}: {stderr}"
    );
}

#[test]
fn every_command_says_that_its_answer_could_not_be_written() {
    if !there_is_a_full_device() {
        return;
    }
    let home = Home::with_sleeper();
    home.write(".inneros/logs/d.log", "one line\n");
    let bin = home.path().join("bin").display().to_string();
    let configuration = home.path().join("new.toml").display().to_string();
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["help"],
        &["daemon", "stop", "--help"],
        &["daemon", "stop", "--json"],
        &["daemon", "bogus", "--json"],
    ] {
        assert_said(home.command(arguments));
    }
    for arguments in [
        &["daemon", "status"][..],
        &["daemon", "status", "--watch"],
        &["daemon", "logs"],
        &["daemon", "logs", "--path"],
        &["config", "show"],
        &["config", "path"],
        &["--config", &configuration, "config", "init"],
        &["doctor"],
        &["autostart", "status"],
        &["autostart", "disable", "tray"],
        &["completions", "bash"],
        &["install-cli", "--yes", "--dir", &bin],
    ] {
        assert_said(home.command(arguments));
        let _ = fs::remove_file(&configuration);
        assert_said(home.command([arguments, &["--json"]].concat()));
    }
}

#[test]
fn what_was_asked_for_is_done_all_the_same() {
    if !there_is_a_full_device() {
        return;
    }
    let home = Home::with_sleeper();

    assert_said(home.command(["daemon", "start"]));
    let first = home.pid();
    assert!(is_alive(first));
    assert_said(home.command(["daemon", "restart"]));
    let second = home.pid();
    assert!(!is_alive(first) && is_alive(second));
    assert_said(home.command(["daemon", "stop"]));
    assert!(!is_alive(second));
    let home = Home::with_daemon("sleep 0.3; exit 0");
    assert_said(home.command(["daemon", "run"]));
}

#[test]
fn where_neither_output_takes_anything_the_exit_code_says_it() {
    if !there_is_a_full_device() {
        return;
    }
    let home = Home::with_sleeper();
    let mut status = home.command(["daemon", "status"]);
    let full = || File::options().write(true).open(FULL).unwrap();

    let status = status.stdout(full()).stderr(full()).status().unwrap();

    assert_eq!(status.code(), Some(1));
}
