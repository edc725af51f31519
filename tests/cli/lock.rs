//! The lock that starts and stops take turns by, removed while somebody holds it, and the
//! folder that all files are in.

use std::fs;
#[cfg(target_os = "linux")]
use std::io::Read;
#[cfg(target_os = "linux")]
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Command;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::{is_alive, signal, state, wait_until};

/// Takes its time to end.
const SLOW: &str = "trap 'while [ ! -e \"$HOME/enough\" ]; do sleep 0.02; done; exit 0' TERM\n\
    echo up > \"$HOME/ready\"";

fn begin(home: &Home, arguments: &[&str]) -> Child {
    let mut command = home.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn remove_lock(home: &Home) {
    fs::remove_file(home.ours("daemon.lock")).unwrap();
}

#[test]
fn without_the_lock_of_a_start_there_is_no_second_daemon() {
    let home = Home::with_sleeper();
    let start = begin(&home, &["daemon", "start", "--wait", "600"]);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    let pid = home.pid();

    remove_lock(&home);

    home.inneros(["daemon", "start"])
        .refused(5, &format!("already running (pid {pid})"));
    home.inneros(["daemon", "stop"]).code(0);
    Answer::from_child(start, "start".into()).refused(1, "ended during its start");
    assert_eq!(home.processes(), [0; 0]);
    home.inneros(["daemon", "status"]).code(3);
}

#[test]
fn a_lock_that_is_removed_at_any_moment_of_a_race_lets_no_second_daemon_through() {
    let home = Home::with_sleeper();
    for moment in 0..20 {
        let starts: Vec<Child> = (0..5).map(|_| begin(&home, &["daemon", "start"])).collect();
        thread::sleep(Duration::from_micros(500) * moment);
        // Nobody may have made it yet.
        let _ = fs::remove_file(home.ours("daemon.lock"));

        let answers = starts
            .into_iter()
            .map(|child| Answer::from_child(child, "start".into()));
        let started = answers.filter(|answer| answer.has_code(0)).count();

        assert!(started <= 1, "{started} have started");
        assert_eq!(home.processes().len(), started);
        let (status, stop) = if started == 1 { (0, 0) } else { (3, 3) };
        home.inneros(["daemon", "status"]).code(status);
        home.inneros(["daemon", "stop"]).code(stop);
        assert_eq!(home.processes(), [0; 0]);
    }
}

#[test]
fn a_stop_without_its_lock_leaves_the_files_of_the_next_daemon_alone() {
    let home = Home::with_daemon(SLOW);
    let first = home.start_until_ready();
    let stop = begin(&home, &["daemon", "stop"]);
    wait_until("the stop was noted", || {
        home.record()["phase"]["stopping"].is_object()
    });
    // It comes to remove the files of the daemon that it has stopped when there is
    // another one.
    let stop_pid = i32::try_from(stop.id()).unwrap();
    signal(stop_pid, Signal::STOP);
    wait_until("it is suspended", || state(stop_pid) == Some('T'));
    remove_lock(&home);
    home.write("enough", "");
    home.inneros(["daemon", "restart"]).code(0);

    signal(stop_pid, Signal::CONT);

    Answer::from_child(stop, "stop".into()).code(0);
    let second = home.pid();
    assert_ne!(second, first);
    assert_eq!(home.record()["pid"], second);
    assert!(is_alive(second));
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_has_waited_for_a_lock_that_was_removed_takes_the_new_one() {
    let home = Home::with_sleeper();
    let lock = home.ours("daemon.lock");
    let mut start = begin(&home, &["daemon", "start", "--wait", "600"]);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    let mut stop = begin(&home, &["daemon", "stop"]);
    wait_until("the stop waits for the lock", || has_open(&stop, &lock));
    remove_lock(&home);
    let mut holder = hold(&lock);

    start.kill().unwrap();
    start.wait().unwrap();

    wait_until("the stop waits for the new one", || has_open(&stop, &lock));
    assert!(stop.try_wait().unwrap().is_none(), "it did not wait");
    assert!(is_alive(home.pid()));
    drop(holder.stdin.take());
    holder.wait().unwrap();
    Answer::from_child(stop, "stop".into()).code(0);
    assert_eq!(home.processes(), [0; 0]);
}

/// Whether a process has the file open that is at this path now.
#[cfg(target_os = "linux")]
fn has_open(process: &Child, path: &Path) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{}/fd", process.id())) else {
        return false;
    };
    // A file that was removed has another name there.
    open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
        .any(|name| name == path)
}

/// Holds a lock until its standard input is closed.
#[cfg(target_os = "linux")]
fn hold(lock: &Path) -> Child {
    let mut holder = Command::new("flock")
        .arg(lock)
        .args(["sh", "-c", "echo held; read -r over"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = [0; 5];
    holder
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut said)
        .unwrap();
    holder
}

#[test]
fn a_daemon_whose_folder_was_removed_is_forgotten_but_unharmed() {
    let home = Home::with_sleeper();
    let first = home.start();
    fs::remove_dir_all(home.ours("")).unwrap();
    let with_command = |verb| {
        let mut command = home.command(["daemon", verb]);
        command.env("INNEROS_DAEMON_COMMAND", "sleep 300");
        Answer::of(command)
    };

    with_command("status").code(3);
    with_command("stop").refused(3, "not running");
    with_command("start").code(0);
    with_command("stop").code(0);

    assert_eq!(home.processes(), [first]);
}

#[test]
fn a_start_whose_folder_is_removed_is_recorded_all_the_same() {
    let home = Home::with_sleeper();
    let start = begin(&home, &["daemon", "start", "--wait", "1"]);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    let pid = home.pid();

    fs::remove_dir_all(home.ours("")).unwrap();

    Answer::from_child(start, "start".into()).code(0);
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&format!("{pid}\n"))
        .stdout_has("its PID file is missing");
    home.inneros(["daemon", "stop"]).code(0);
    assert!(!is_alive(pid));
}
