//! A daemon that is gone although nobody asked it to go.

use rustix::process::Signal;

use crate::home::Home;
use crate::process::{is_alive, kill, signal, wait_until};

#[test]
fn a_killed_daemon_has_crashed() {
    let home = Home::with_sleeper();
    let pid = home.start();
    kill(pid);

    let answer = home.inneros(["daemon", "status"]);

    answer
        .code(1)
        .stdout_has("InnerOS has crashed\n")
        .stdout_has(&format!("pid {pid} is gone"))
        .stdout_has("hint");
}

#[test]
fn the_last_words_of_a_crashed_daemon_are_shown() {
    let home = Home::with_daemon("echo up > \"$HOME/ready\"; echo 'the disk is full'");
    let pid = home.start_until_ready();
    wait_until("it has spoken", || {
        home.read(".inneros/daemon.out") == "the disk is full\n"
    });
    kill(pid);

    let answer = home.inneros(["daemon", "status", "--json"]);

    assert_eq!(answer.code(1).json()["last_error"], "the disk is full");
    home.inneros(["daemon", "status"])
        .stdout_has("the disk is full");
}

#[test]
fn without_last_words_the_last_logged_error_is_shown() {
    let home = Home::with_sleeper();
    home.write(
        ".inneros/logs/daemon.log",
        "2026-11-22 20:14:27 [ERROR] __main__: no lock\nTraceback\n2026-11-22 20:14:28 [INFO] a: b\n",
    );
    kill(home.start());

    let answer = home.inneros(["daemon", "status", "--json"]);

    assert_eq!(answer.code(1).json()["last_error"], "no lock");
}

#[test]
fn start_works_at_once_after_a_crash() {
    let home = Home::with_sleeper();
    let first = home.start();
    signal(first, Signal::KILL);
    wait_until("it is gone", || !is_alive(first));

    let second = home.start();

    assert_ne!(first, second);
    assert_eq!(home.processes(), [second]);
    home.inneros(["daemon", "status"]).code(0);
}

#[test]
fn a_start_that_is_refused_leaves_a_crash_as_it_was() {
    let home = Home::with_sleeper();
    kill(home.start());
    let home = home.setting("daemon.working_dir = '/no/such/folder'");
    let before = home.files();

    home.inneros(["daemon", "start"])
        .refused(2, "working folder");

    assert_eq!(home.files(), before);
    home.inneros(["daemon", "status"]).code(1);
}

#[test]
fn a_daemon_that_takes_its_pid_file_away_as_it_goes_has_not_crashed() {
    let home = Home::with_daemon(
        "trap 'rm \"$HOME/.inneros/daemon.pid\"; exit 0' TERM; echo up > \"$HOME/ready\"",
    );
    let pid = home.start_until_ready();
    signal(pid, Signal::TERM);
    wait_until("it is gone", || !is_alive(pid));

    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("InnerOS is not running");
    home.start();
}

#[test]
fn a_record_from_another_boot_without_a_process_is_a_crash() {
    let home = Home::with_sleeper();
    let pid = home.start();
    kill(pid);
    home.alter_record("boot_id", "00000000-0000-0000-0000-000000000000");

    home.inneros(["daemon", "status"]).code(1);
    home.start();
}

#[cfg(target_os = "linux")]
#[test]
fn a_zombie_is_dead() {
    use crate::answer::Answer;
    use crate::caller;
    use crate::process::state;
    use std::process::Stdio;

    let home = Home::with_sleeper();
    // What calls us becomes a process that never reaps what it adopted.
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "\"$@\" > /dev/null; exec sleep 300", "sh"])
        .arg(env!("CARGO_BIN_EXE_inneros"))
        .args(["daemon", "start"])
        .env("HOME", home.path())
        .stdout(Stdio::null());
    let mut shell = caller::adopting_orphans(&mut shell).spawn().unwrap();
    wait_until("the start is over", || {
        home.has(".inneros/daemon.json") && home.record()["phase"] == "running"
    });
    let pid = home.pid();
    let parent = i32::try_from(shell.id()).unwrap();
    wait_until("the daemon was adopted by what never reaps", || {
        let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).unwrap();
        parent_of(pid) == Some(parent) && name == "sleep\n"
    });

    signal(pid, Signal::KILL);
    wait_until("it is a zombie", || state(pid) == Some('Z'));
    let status = home.inneros(["daemon", "status", "--json"]);
    let start = home.inneros(["daemon", "start", "--json"]);

    assert_eq!(state(pid), Some('Z'), "the test wants a zombie to the end");
    assert_eq!(status.code(1).json()["state"], "crashed");
    assert_ne!(start.code(0).json()["pid"], pid);
    shell.kill().unwrap();
    Answer::of(home.command(["daemon", "stop"])).code(0);
    shell.wait().unwrap();
}

#[cfg(target_os = "linux")]
fn parent_of(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(1)?.parse().ok()
}
