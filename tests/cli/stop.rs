//! `inneros daemon stop`

use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::{is_alive, kill, signal, state, wait_until};

/// A daemon that does not end at SIGTERM, nor do its children.
const STUBBORN: &str = "trap '' TERM; echo up > \"$HOME/ready\"";

#[test]
fn stop_removes_the_pid_file() {
    let home = Home::with_sleeper();
    let pid = home.start();

    let answer = home.inneros(["daemon", "stop"]);

    answer
        .code(0)
        .stdout_is(&format!("InnerOS stopped (pid {pid})\n"))
        .stderr_is("");
    assert!(!home.has(".inneros/daemon.pid"));
    assert!(!home.has(".inneros/daemon.json"));
    assert!(!is_alive(pid));
}

#[test]
fn stop_is_graceful() {
    let home = Home::with_daemon(
        "trap 'echo got TERM > \"$HOME/event\"; exit 0' TERM; echo up > \"$HOME/ready\"",
    );
    home.start_until_ready();

    home.inneros(["daemon", "stop"]).code(0);

    assert_eq!(home.read("event"), "got TERM\n");
}

#[test]
fn stop_waits_until_the_daemon_is_gone() {
    let home = Home::with_daemon(
        "trap 'sleep 0.5; echo tidy > \"$HOME/event\"; exit 0' TERM; echo up > \"$HOME/ready\"",
    );
    let pid = home.start_until_ready();

    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
    assert_eq!(home.read("event"), "tidy\n");
}

#[test]
fn stop_when_not_running_says_so() {
    let home = Home::with_sleeper();

    home.inneros(["daemon", "stop"]).refused(3, "not running");

    home.start();
    home.inneros(["daemon", "stop"]).code(0);
    home.inneros(["daemon", "stop"])
        .refused(3, "error: not running\n");
}

#[test]
fn a_stop_that_was_asked_for_is_not_a_crash() {
    let home = Home::with_daemon("trap 'exit 9' TERM; echo up > \"$HOME/ready\"");
    home.start_until_ready();
    home.inneros(["daemon", "stop"]).code(0);

    let answer = home.inneros(["daemon", "status", "--json"]);

    assert_eq!(answer.code(3).json()["state"], "stopped");
}

#[test]
fn a_daemon_that_ignores_term_is_left_alone_without_force() {
    let home = Home::with_daemon(STUBBORN).setting("daemon.stop_timeout = '200ms'");
    let pid = home.start_until_ready();

    let answer = home.inneros(["daemon", "stop"]);

    answer
        .refused(
            1,
            &format!("pid {pid} is still running 200ms after SIGTERM"),
        )
        .stderr_has("hint: ")
        .stderr_has("--force");
    assert!(is_alive(pid));
    assert_eq!(home.pid(), pid);
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has("InnerOS is running\n");
}

#[test]
fn timeout_takes_the_place_of_the_configured_one() {
    let home = Home::with_daemon(STUBBORN).setting("daemon.stop_timeout = '1h'");
    home.start_until_ready();

    home.inneros(["daemon", "stop", "--timeout", "0.1"])
        .refused(1, "still running 100ms after SIGTERM");
}

#[test]
fn force_kills_the_whole_group() {
    let home = Home::with_daemon(
        "trap '' TERM\n\
         sh -c 'echo $$ > \"$HOME/child\"; exec sleep 300' &\n\
         echo up > \"$HOME/ready\"",
    );
    let pid = home.start_until_ready();
    let child = home.number_in("child");

    let answer = home.inneros(["daemon", "stop", "--force", "--timeout", "0.2"]);

    answer
        .code(0)
        .stdout_has("killed with its process group")
        .stdout_has(&pid.to_string());
    wait_until("the group is gone", || !is_alive(child));
    home.assert_no_process_is_left();
    assert!(!home.has(".inneros/daemon.pid"));
}

#[test]
fn force_gives_the_daemon_its_time_first() {
    let home = Home::with_daemon(
        "trap 'echo got TERM > \"$HOME/event\"; exit 0' TERM; echo up > \"$HOME/ready\"",
    );
    home.start_until_ready();

    let answer = home.inneros(["daemon", "stop", "--force"]);

    answer.code(0).stdout_has("InnerOS stopped");
    assert_eq!(home.read("event"), "got TERM\n");
}

#[test]
fn a_daemon_that_ends_by_itself_while_it_is_waited_for_is_stopped() {
    let home = Home::with_daemon(
        "trap '' TERM; echo up > \"$HOME/ready\"\n\
         while [ ! -e \"$HOME/end\" ]; do sleep 0.02; done; exit 7",
    );
    let pid = home.start_until_ready();
    let stop = stop_aside(&home);

    home.write("end", "");

    Answer::from_child(stop, "stop".into())
        .code(0)
        .stdout_has(&format!("(pid {pid})\n"))
        .stderr_is("");
    home.inneros(["daemon", "status"]).code(3);
}

#[test]
fn a_daemon_may_end_by_itself_at_any_moment_of_a_stop() {
    for moment in 0..30 {
        let home = Home::with_sleeper();
        let pid = home.start();
        let mut stop = home.command(["daemon", "stop"]);
        stop.stdout(Stdio::piped()).stderr(Stdio::piped());
        let stop = stop.spawn().unwrap();

        thread::sleep(Duration::from_micros(200) * moment);
        signal(pid, Signal::KILL);

        let answer = Answer::from_child(stop, "stop".into());
        // What the stop found dead had crashed.
        assert!(answer.has_code(0) || answer.has_code(3), "{answer}");
        assert!(!home.has(".inneros/daemon.pid"), "{answer}");
        assert!(!home.has(".inneros/daemon.json"), "{answer}");
        home.inneros(["daemon", "status"]).code(3);
    }
}

#[test]
fn force_kills_a_suspended_child_that_the_daemon_has_left() {
    let home = Home::with_daemon(
        "trap 'exit 0' TERM\n\
         sh -c 'echo $$ > \"$HOME/child\"; kill -STOP $$' &\n\
         echo up > \"$HOME/ready\"",
    );
    home.start_until_ready();
    let child = home.number_in("child");
    wait_until("it is suspended", || state(child) == Some('T'));

    home.inneros(["daemon", "stop", "--force", "--timeout", "0.1"])
        .code(0);

    assert!(!is_alive(child));
}

#[test]
fn a_suspended_daemon_that_ignores_term_is_killed_by_force() {
    let home = Home::with_daemon(STUBBORN);
    let pid = home.start_until_ready();
    signal(pid, Signal::STOP);
    wait_until("it is suspended", || state(pid) == Some('T'));

    home.inneros(["daemon", "stop", "--force", "--timeout", "0.1"])
        .code(0)
        .stdout_has("killed with its process group");

    home.assert_no_process_is_left();
}

#[test]
fn a_suspended_daemon_can_be_stopped() {
    let home = Home::with_sleeper();
    let pid = home.start();
    signal(pid, Signal::STOP);
    wait_until("it is suspended", || state(pid) == Some('T'));

    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
}

#[test]
fn stop_tidies_up_after_a_crash() {
    let home = Home::with_sleeper();
    kill(home.start());

    let answer = home.inneros(["daemon", "stop"]);

    answer.refused(3, "not running (a PID file left by a crash was removed)");
    assert!(!home.has(".inneros/daemon.pid"));
    assert!(!home.has(".inneros/daemon.json"));
}

#[test]
fn stop_leaves_the_output_and_other_files_alone() {
    let home = Home::with_daemon("trap 'echo bye; exit 0' TERM; echo up > \"$HOME/ready\"");
    home.write(".inneros/notes.txt", "mine");
    home.start_until_ready();

    home.inneros(["daemon", "stop"]).code(0);

    assert_eq!(home.read(".inneros/daemon.out"), "bye\n");
    assert_eq!(home.read(".inneros/notes.txt"), "mine");
}

#[test]
fn a_daemon_can_be_stopped_after_its_command_was_taken_from_the_configuration() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let home = home.config("");

    home.inneros(["daemon", "status"]).code(0);
    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
}

/// Asks a daemon that ignores TERM to stop, and kills whoever asked.
fn kill_a_stop(home: &Home) {
    let mut stop = stop_aside(home);
    stop.kill().unwrap();
    stop.wait().unwrap();
}

/// A stop that waits for the daemon beside the test.
fn stop_aside(home: &Home) -> Child {
    let mut stop = home.command(["daemon", "stop", "--timeout", "600"]);
    stop.stdout(Stdio::piped()).stderr(Stdio::piped());
    let stop = stop.spawn().unwrap();
    wait_until("the stop was noted", || {
        home.record()["phase"]["stopping"].is_object()
    });
    stop
}

#[test]
fn a_daemon_that_ends_after_the_stop_was_killed_is_stopped() {
    let home = Home::with_daemon(STUBBORN);
    let pid = home.start_until_ready();
    kill_a_stop(&home);
    kill(pid);

    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("InnerOS is not running");
    home.inneros(["daemon", "start"]).code(0);
    assert_ne!(home.pid(), pid);
}

#[test]
fn a_stop_after_it_removes_what_the_killed_one_has_left() {
    let home = Home::with_daemon(STUBBORN);
    let pid = home.start_until_ready();
    kill_a_stop(&home);
    kill(pid);

    home.inneros(["daemon", "stop"])
        .refused(3, "error: not running\n");

    assert!(!home.has(".inneros/daemon.pid"));
    assert!(!home.has(".inneros/daemon.json"));
    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("InnerOS is not running");
}

#[test]
fn such_a_daemon_with_its_own_pid_file_can_be_started_again() {
    let home = Home::with_daemon(&format!(
        "[ -e \"$HOME/.inneros/daemon.pid\" ] && exit 9\n\
         echo $$ > \"$HOME/.inneros/daemon.pid\"\n{STUBBORN}"
    ))
    .setting("daemon.pid_file_owner = 'daemon'");
    let pid = home.start_until_ready();
    kill_a_stop(&home);
    kill(pid);

    home.inneros(["daemon", "start"]).code(0);

    assert_ne!(home.pid(), pid);
}

#[test]
fn a_second_stop_goes_on_where_the_first_was_killed() {
    let home = Home::with_daemon(STUBBORN);
    home.start_until_ready();
    kill_a_stop(&home);

    home.inneros(["daemon", "stop", "--force", "--timeout", "0.1"])
        .code(0);

    home.assert_no_process_is_left();
    assert!(!home.has(".inneros/daemon.pid"));
}
