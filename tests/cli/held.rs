//! A lock that somebody holds: who that is and what for is told at once, and one that is
//! suspended is not waited for.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::answer::Answer;
use crate::caller;
use crate::home::Home;
use crate::process::{is_alive, signal, state, wait_until};

/// Much less than what is waited for a holder that is at work.
const AT_ONCE: Duration = Duration::from_secs(15);

/// A daemon that is waited for much longer than that.
fn home() -> Home {
    Home::with_sleeper().setting("daemon.stop_timeout = '60s'")
}

fn begin(home: &Home, arguments: &[&str]) -> Child {
    let mut command = home.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn pid_of(child: &Child) -> i32 {
    i32::try_from(child.id()).unwrap()
}

fn suspend(child: &Child) {
    let pid = pid_of(child);
    signal(pid, Signal::STOP);
    wait_until("it is suspended", || state(pid) == Some('T'));
}

/// Runs a command, which must not wait for whoever is suspended.
#[track_caller]
fn at_once(home: &Home, arguments: &[&str]) -> Answer {
    let begin = Instant::now();
    let answer = home.inneros(arguments);
    assert!(begin.elapsed() < AT_ONCE, "it waited: {answer}");
    answer
}

#[test]
fn whoever_is_suspended_with_the_lock_is_named_at_once() {
    let home = home();
    let start = begin(&home, &["daemon", "start", "--wait", "600"]);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    let pid = pid_of(&start);
    suspend(&start);
    let lock = home.ours("daemon.lock");
    let file = fs::metadata(&lock).unwrap().ino();

    for verb in ["stop", "restart"] {
        let answer = at_once(&home, &["daemon", verb]);

        answer
            .refused(
                1,
                &format!(
                    "another start, stop or restart is under way: '{}' is locked by \
                     `inneros daemon start` (pid {pid}, since ",
                    lock.display()
                ),
            )
            .stderr_has(&format!(
                "), which is suspended\n\
                 hint: `fg` in its terminal, or `kill -CONT {pid}`, lets it go on\n"
            ));
    }
    let said = at_once(&home, &["daemon", "run", "--json"]).json();
    assert_eq!(said["pid"], pid);
    let said = at_once(&home, &["daemon", "stop", "--json"]).json();
    assert_eq!(
        (&said["success"], &said["pid"]),
        (&false.into(), &pid.into())
    );
    let doctor = home.inneros(["doctor"]);
    doctor.stdout_has(&format!("`inneros daemon start` (pid {pid}, since "));

    // All are as they were: it goes on from there.
    assert_eq!(fs::metadata(&lock).unwrap().ino(), file);
    assert!(is_alive(home.pid()));
    signal(pid, Signal::CONT);
    signal(pid, Signal::KILL);
    Answer::from_child(start, "start".into());
    home.inneros(["daemon", "stop"]).code(0);
}

#[test]
fn each_operation_says_what_it_is() {
    let home =
        Home::new().config("daemon.command = ['sleep', '300']\ndaemon.start_grace = '60s'\n");
    for verb in ["restart", "run"] {
        let holder = begin(&home, &["daemon", verb]);
        wait_until("it runs", || home.has(".inneros/daemon.pid"));
        suspend(&holder);

        let answer = at_once(&home, &["daemon", "stop"]);

        answer.refused(
            1,
            &format!("by `inneros daemon {verb}` (pid {}", holder.id()),
        );
        let pid = pid_of(&holder);
        signal(pid, Signal::CONT);
        signal(pid, Signal::KILL);
        Answer::from_child(holder, verb.into());
        home.inneros(["daemon", "stop"]).code(0);
    }
}

/// What a killed holder has written stands there still.
#[test]
fn who_holds_it_now_is_not_who_has_written_into_it_last() {
    let home = home();
    let mut start = begin(&home, &["daemon", "start", "--wait", "600"]);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    start.kill().unwrap();
    start.wait().unwrap();
    let lock = home.ours("daemon.lock");
    assert!(home.read(".inneros/daemon.lock").contains("\"start\""));
    let holder = hold(&lock);
    suspend(&holder);

    let answer = at_once(&home, &["daemon", "stop"]);

    answer.refused(1, &format!("is locked by pid {} (", holder.id()));
    assert!(!answer.stderr().contains(&format!("pid {}", start.id())));
    signal(pid_of(&holder), Signal::CONT);
    let mut holder = holder;
    drop(holder.stdin.take());
    holder.wait().unwrap();
    home.inneros(["daemon", "stop"]).code(0);
}

#[test]
fn nobody_is_named_by_a_lock_that_was_let_go_of() {
    let home = home();
    home.start();
    assert_eq!(home.read(".inneros/daemon.lock"), "");
    home.inneros(["daemon", "stop"]).code(0);
    assert_eq!(home.read(".inneros/daemon.lock"), "");
}

#[test]
fn a_person_is_told_who_is_waited_for() {
    let home = home();
    let start = begin(&home, &["daemon", "start", "--wait", "600"]);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    let mut stop = home.command(["daemon", "stop"]);
    let mut screen = caller::on_terminal(&mut stop);
    let mut stop = stop.spawn().unwrap();

    let said = first_line(&mut screen);

    let pid = pid_of(&start);
    assert!(
        said.starts_with(&format!(
            "waiting for `inneros daemon start` (pid {pid}, since "
        )),
        "{said}"
    );
    signal(pid, Signal::KILL);
    Answer::from_child(start, "start".into());
    wait_until("the stop is over", || stop.try_wait().unwrap().is_some());
    assert_eq!(home.processes(), [0; 0]);
}

fn first_line(screen: &mut File) -> String {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.last() != Some(&b'\n') {
        screen.read_exact(&mut byte).unwrap();
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

/// Holds a lock until its standard input is closed: no program of ours.
fn hold(lock: &Path) -> Child {
    let script = "import fcntl, sys; lock = open(sys.argv[1]); fcntl.flock(lock, fcntl.LOCK_EX); \
                  print('held', flush=True); sys.stdin.read()";
    let mut holder = Command::new("python3")
        .args(["-c", script])
        .arg(lock)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = [0; 5];
    let output = holder.stdout.as_mut().unwrap();
    output.read_exact(&mut said).unwrap();
    holder
}
