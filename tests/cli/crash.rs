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
    let pid = home.start();
    let now = chrono::Local::now().format("%Y-%m-%d %H:%M:%S");
    home.write(
        ".inneros/logs/daemon.log",
        format!("{now} [ERROR] __main__: no lock\nTraceback\n{now} [INFO] a: b\n"),
    );
    kill(pid);

    let answer = home.inneros(["daemon", "status", "--json"]);

    let answer = answer.code(1).json();
    let error = answer["last_error"].as_str().unwrap();
    assert!(error.ends_with(" __main__: no lock"), "{error}");
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
fn a_record_from_another_boot_without_a_process_is_no_crash() {
    let home = Home::with_sleeper();
    let pid = home.start();
    kill(pid);
    home.alter_record("boot_id", "00000000-0000-0000-0000-000000000000");

    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("the computer was restarted");
    home.start();
}

/// Python's own words for a port that is taken; the health URL tells which one it means.
const IN_USE: &str = "echo 'OSError: [Errno 98] Address already in use' >&2";

#[test]
fn a_port_that_is_taken_is_said_with_who_has_it() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let us = std::process::id();
    let home = Home::with_daemon(&format!(
        "if [ -e \"$HOME/at-start\" ]; then {IN_USE}; exit 1; fi\n\
         while [ ! -e \"$HOME/later\" ]; do sleep 0.05; done; {IN_USE}; exit 1"
    ))
    .setting(&format!("health.url = 'http://127.0.0.1:{port}/health'"));
    let taken = format!("port {port} is taken by ");
    let by_us = format!("(pid {us})");

    let pid = home.start();
    home.write("later", "");
    wait_until("the daemon to end", || !is_alive(pid));
    // A process that another test makes has the port, too, until it runs its program.
    wait_until("we are named", || {
        let status = home.inneros(["daemon", "status"]);
        status.code(1).stdout_has(&taken);
        status.stdout().contains(&by_us)
    });

    home.write("at-start", "");
    wait_until("we are named at a start", || {
        let start = home.inneros(["daemon", "start", "--wait", "10"]);
        start
            .refused(1, "ended during its start")
            .stderr_has(&format!("hint: {taken}"));
        start.stderr().contains(&by_us)
    });
}
