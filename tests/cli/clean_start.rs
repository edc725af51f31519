//! What a daemon is born with: nothing of whoever called.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use rustix::process::Pid;

use crate::answer::Answer;
use crate::caller;
use crate::home::Home;
use crate::process::{is_alive, kill, wait_until};

#[test]
fn start_returns_from_a_command_substitution() {
    let home = Home::with_sleeper();

    let answer = home.shell(
        "out=$(\"$@\" 2>&1); printf 'got %s' \"$out\"",
        ["daemon", "start"],
    );

    let pid = home.pid();
    answer
        .code(0)
        .stdout_is(&format!("got InnerOS started (pid {pid})"));
    assert!(is_alive(pid));
}

#[test]
fn term_ignored_by_the_caller_is_not_ignored_by_the_daemon() {
    let home = Home::with_sleeper();
    home.shell("trap '' TERM INT HUP; exec \"$@\"", ["daemon", "start"])
        .code(0);

    home.inneros(["daemon", "stop"]).code(0);

    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn term_blocked_by_the_caller_is_not_blocked_in_the_daemon() {
    let home = Home::with_sleeper();
    let mut start = home.command(["daemon", "start"]);
    caller::with_blocked(&mut start, &[libc::SIGTERM]);
    Answer::of(start).code(0);

    home.inneros(["daemon", "stop"]).code(0);

    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn a_caller_that_ignores_its_children_still_learns_how_the_daemon_ended() {
    let home = Home::with_daemon("exit 3");

    let mut start = home.command(["daemon", "start"]);
    caller::with_ignored(&mut start, &[libc::SIGCHLD]);

    Answer::of(start).refused(1, "exit code 3");
}

#[test]
fn a_daemon_outlives_the_terminal_that_it_was_started_on() {
    let home = Home::with_sleeper();
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            "\"$@\"; echo up > \"$HOME/started\"; exec sleep 300",
            "sh",
        ])
        .arg(env!("CARGO_BIN_EXE_inneros"))
        .args(["daemon", "start"])
        .env("HOME", home.path());
    caller::with_heard(&mut shell, &[libc::SIGHUP]);
    let screen = caller::on_terminal(&mut shell);
    let mut session = shell.spawn().unwrap();
    // The terminal is open as long as somebody has it: the command holds it, too.
    drop(shell);
    wait_until("the daemon is started", || home.has("started"));

    drop(screen);

    let end = session.wait().unwrap();
    assert_eq!(end.signal(), Some(libc::SIGHUP), "the terminal hung up");
    home.inneros(["daemon", "status"]).code(0);
    assert_eq!(home.processes(), [home.pid()]);
}

#[test]
fn a_folder_that_is_gone_under_the_caller_is_nothing_to_the_daemon() {
    let home = Home::with_daemon("pwd > \"$HOME/where\"; echo up > \"$HOME/ready\"");

    home.shell(
        "mkdir \"$HOME/gone\"; cd \"$HOME/gone\"; rmdir \"$HOME/gone\"; exec \"$@\"",
        ["daemon", "start"],
    )
    .code(0);

    wait_until("the daemon is ready", || home.has("ready"));
    assert_eq!(Path::new(home.read("where").trim_end()), home.path());
    home.inneros(["daemon", "stop"]).code(0);
}

#[test]
fn an_empty_environment_is_enough_for_a_whole_life() {
    let home = Home::with_sleeper().setting("daemon.working_dir = '/'");
    let bare = |verb| {
        let mut command = home.command(["daemon", verb, "--home"]);
        command.arg(home.ours("")).env_clear();
        Answer::of(command)
    };

    bare("start").code(0);
    let pid = home.pid();
    bare("status").code(0).stdout_has(&pid.to_string());
    bare("stop").code(0);

    assert!(!is_alive(pid));
}

#[test]
fn a_daemon_has_a_session_of_its_own() {
    let home = Home::with_sleeper();

    let pid = home.start();

    let pid = Pid::from_raw(pid).unwrap();
    assert_eq!(rustix::process::getsid(Some(pid)).unwrap(), pid);
    assert_eq!(rustix::process::getpgid(Some(pid)).unwrap(), pid);
}

#[test]
fn standard_input_is_empty() {
    let home = Home::with_daemon("cat > \"$HOME/input\"; echo done > \"$HOME/ready\"");

    home.shell("echo secret | \"$@\"", ["daemon", "start"])
        .code(0);

    wait_until("the input was read to its end", || home.has("ready"));
    assert_eq!(home.read("input"), "");
}

#[test]
fn both_outputs_go_to_the_capture_file() {
    let home = Home::with_daemon("echo out; echo err >&2; echo up > \"$HOME/ready\"");

    home.start_until_ready();

    assert_eq!(home.read(".inneros/daemon.out"), "out\nerr\n");
}

#[test]
fn a_long_capture_file_begins_anew_and_one_predecessor_is_kept() {
    let home = Home::with_daemon("echo new; echo up > \"$HOME/ready\"");
    home.write(".inneros/daemon.out", vec![b'x'; 1024 * 1024 + 1]);

    home.start_until_ready();

    assert_eq!(home.read(".inneros/daemon.out"), "new\n");
    assert_eq!(home.read(".inneros/daemon.out.1").len(), 1024 * 1024 + 1);
}

#[cfg(target_os = "linux")]
#[test]
fn no_other_descriptor_reaches_the_daemon() {
    let home = Home::with_sleeper();

    let mut start = home.command(["daemon", "start"]);
    caller::with_output_at(&mut start, &[3, 8, 9, 10, 900]);
    Answer::of(start).code(0);

    let mut open: Vec<(String, String)> = fs::read_dir(format!("/proc/{}/fd", home.pid()))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let target = fs::read_link(&path).unwrap();
            let number = path.file_name().unwrap().to_string_lossy().into_owned();
            (number, target.to_string_lossy().into_owned())
        })
        .collect();
    open.sort();
    let capture = home.ours("daemon.out").display().to_string();
    let expected = [("0", "/dev/null"), ("1", &capture), ("2", &capture)];
    assert_eq!(open, expected.map(|(n, t)| (n.to_owned(), t.to_owned())));
}

#[cfg(target_os = "linux")]
#[test]
fn no_signal_is_blocked_or_ignored_in_the_daemon() {
    let home = Home::with_sleeper();
    let mut start = home.command(["daemon", "start"]);
    caller::with_blocked(&mut start, &[libc::SIGTERM]);
    caller::with_ignored(
        &mut start,
        &[
            libc::SIGHUP,
            libc::SIGINT,
            libc::SIGQUIT,
            libc::SIGPIPE,
            libc::SIGCHLD,
        ],
    );
    Answer::of(start).code(0);

    let status = fs::read_to_string(format!("/proc/{}/status", home.pid())).unwrap();

    for field in ["SigBlk", "SigIgn"] {
        let (_, set) = status.split_once(&format!("{field}:\t")).unwrap();
        let set = u64::from_str_radix(set.lines().next().unwrap(), 16).unwrap();
        // The two signals after 31 are the C library's own.
        assert_eq!(set & !(0b11 << 31), 0, "{status}");
    }
}

#[test]
fn it_runs_in_its_folder_with_its_variables() {
    let home = Home::with_daemon(
        "pwd > \"$HOME/where\"; echo \"$COLOUR $INHERITED\" > \"$HOME/what\"; echo up > \"$HOME/ready\"",
    )
    .setting("daemon.working_dir = '~/work folder'")
    .setting("daemon.env = { COLOUR = 'deep blue', TWICE = 'config' }");
    fs::create_dir(home.path().join("work folder")).unwrap();

    home.shell("INHERITED=yes COLOUR=red exec \"$@\"", ["daemon", "start"])
        .code(0);

    wait_until("the daemon is ready", || home.has("ready"));
    let folder = home.path().join("work folder");
    assert_eq!(Path::new(home.read("where").trim_end()), folder);
    assert_eq!(home.read("what"), "deep blue yes\n");
}

#[test]
fn a_command_with_a_slash_is_taken_from_the_working_folder() {
    let home = Home::new();
    home.write_program("work/run it", "#!/bin/sh\nexec sleep 300\n");
    let home = home.config(
        "daemon.command = ['./run it']\ndaemon.working_dir = '~/work'\ndaemon.start_grace = '50ms'",
    );

    home.start();

    home.inneros(["daemon", "stop"]).code(0);
}

#[test]
fn arguments_reach_the_daemon_as_they_are() {
    let home =
        Home::with_daemon("printf '%s|' \"$@\" > \"$HOME/arguments\"; echo > \"$HOME/ready\"");
    let script = home.path().join("daemon.sh").display().to_string();
    let home = home.config(&format!(
        "daemon.command = ['sh', '{script}', 'a b', '$HOME', '', '*', 'ä']\ndaemon.start_grace = '50ms'"
    ));

    home.start_until_ready();

    assert_eq!(home.read("arguments"), "a b|$HOME||*|ä|");
    home.inneros(["daemon", "stop"]).code(0);
}

#[test]
fn what_we_write_is_private_whatever_the_umask() {
    let home = Home::new();
    let script = "umask 000; INNEROS_DAEMON_COMMAND='sleep 300' exec \"$@\"";
    let run = |arguments: &[&str]| home.shell(script, arguments);
    run(&["config", "init"]).code(0);
    run(&["config", "init", "--force"]).code(0);
    home.write(".inneros/daemon.out", vec![b'x'; 1024 * 1024 + 1]);
    home.mode(".inneros/daemon.out", 0o600);

    run(&["daemon", "start", "--wait", "0.05"]).code(0);
    run(&["daemon", "restart"]).code(0);
    kill(home.pid());
    run(&["daemon", "start", "--wait", "0.05"]).code(0);

    let mut seen = 0;
    for (path, entry) in home.files_and_folders() {
        if !path.contains("/.inneros") {
            continue;
        }
        let mode = u32::from_str_radix(entry.split(' ').nth(1).unwrap(), 8).unwrap();
        assert!([0o600, 0o700].contains(&(mode & 0o777)), "{path}: {mode:o}");
        seen += 1;
    }
    // The folder, PID file, record, lock, output and its predecessor, configuration and
    // its backup, history.
    assert_eq!(seen, 9);
}

#[test]
fn a_umask_that_closes_files_to_their_owner_closes_none_of_ours() {
    let home = Home::with_sleeper().unprivileged();
    for umask in ["277", "777"] {
        let script = format!("umask {umask}; exec \"$@\"");

        for (operation, code) in [("start", 0), ("status", 0), ("restart", 0), ("stop", 0)] {
            home.shell(&script, ["daemon", operation]).code(code);
        }

        assert_eq!(mode(&home.ours("daemon.lock")), 0o600, "{umask}");
        fs::remove_file(home.ours("daemon.lock")).unwrap();
        fs::remove_file(home.ours("daemon.out")).unwrap();
    }
}

#[test]
fn the_umask_of_the_caller_holds_for_the_daemon() {
    let home = Home::with_daemon("echo up > \"$HOME/made\"; echo up > \"$HOME/ready\"");

    home.shell("umask 027; exec \"$@\"", ["daemon", "start"])
        .code(0);

    wait_until("the daemon is ready", || home.has("ready"));
    assert_eq!(mode(&home.path().join("made")), 0o640);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
