//! `inneros daemon run` with `restart`: started again, given up, and left alone when
//! somebody else stops or starts it.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::{is_alive, kill, signal, wait_for, wait_until};

/// A daemon that notes its start and then does what the script says.
fn home_with(restart: &str, delay: &str, script: &str) -> Home {
    Home::with_daemon(&format!("echo $$ >> \"$HOME/starts\"\n{script}"))
        .setting(&format!("daemon.restart = '{restart}'"))
        .setting(&format!("daemon.restart_delay = '{delay}'"))
}

pub fn home(script: &str) -> Home {
    home_with("on-failure", "100ms", script)
}

/// One that waits longer for its next start than a test takes.
pub fn slow_home(script: &str) -> Home {
    home_with("on-failure", "15m", script)
}

/// One whose daemon is the plainest there is, and is started again at once.
pub fn sleeper() -> Home {
    Home::with_sleeper()
        .setting("daemon.restart = 'on-failure'")
        .setting("daemon.restart_delay = '10ms'")
}

pub fn run(home: &Home) -> Child {
    home.command(["daemon", "run"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

pub fn end(child: Child) -> Answer {
    Answer::from_child(child, "daemon run".into())
}

pub fn process(child: &Child) -> i32 {
    i32::try_from(child.id()).unwrap()
}

fn starts(home: &Home) -> usize {
    if !home.has("starts") {
        return 0;
    }
    home.read("starts").lines().count()
}

pub fn status(home: &Home) -> Value {
    home.inneros(["daemon", "status", "--json"]).json()
}

/// Waits until the daemon runs under another PID than this one.
#[track_caller]
pub fn running_other_than(home: &Home, pid: i32) -> i32 {
    wait_for("another daemon", || {
        let status = status(home);
        let now = i32::try_from(status["pid"].as_i64()?).ok()?;
        (status["state"] == "running" && now != pid).then_some(now)
    })
}

/// Waits until the daemon is down and its next start is known.
#[track_caller]
pub fn waits_for_a_restart(home: &Home) -> Value {
    wait_for("a restart that is due", || {
        let status = status(home);
        (status["state"] == "crashed" && status["restart_time"].is_string()).then_some(status)
    })
}

#[test]
fn a_crashed_daemon_is_started_again() {
    let home = home("");
    let child = run(&home);
    let first = running_other_than(&home, 0);

    kill(first);

    let second = running_other_than(&home, first);
    assert_eq!(status(&home)["supervisor_pid"], process(&child));
    signal(process(&child), Signal::TERM);
    end(child)
        .code(0)
        .stderr_has(&format!("InnerOS started (pid {first})"))
        .stderr_has("InnerOS ended by itself: signal 9 (KILL); restarting in 0.")
        .stderr_has(&format!("InnerOS started (pid {second})"))
        .stdout_has("InnerOS stopped");
    assert!(!is_alive(second));
    assert!(!home.has(".inneros/daemon.json"));
}

#[test]
fn a_daemon_that_ends_well_is_left_alone() {
    let home = home("while [ ! -e \"$HOME/end\" ]; do sleep 0.05; done; exit 0");
    let child = run(&home);
    running_other_than(&home, 0);

    home.write("end", "");

    end(child)
        .code(0)
        .stdout_has("ended by itself: exit code 0");
    assert_eq!(starts(&home), 1);
    home.inneros(["daemon", "status"]).code(3);
}

#[test]
fn one_that_is_always_wanted_is_started_again_even_then() {
    let once = "[ -e \"$HOME/again\" ] || { touch \"$HOME/again\"; sleep 0.2; exit 0; }";
    let home = home_with("always", "100ms", once);
    let child = run(&home);

    wait_until("a second start", || starts(&home) == 2);
    running_other_than(&home, 0);

    home.inneros(["daemon", "stop"]).code(0);
    end(child).code(0);
}

#[test]
fn one_that_is_never_wanted_again_is_not_started_again() {
    let home = home_with("never", "100ms", "");
    let child = run(&home);
    let pid = running_other_than(&home, 0);

    kill(pid);

    end(child).code(137);
    assert_eq!(starts(&home), 1);
}

#[test]
fn a_daemon_that_keeps_crashing_is_given_up() {
    let home = home("echo 'port 8080 is taken' >&2; exit 3").setting("daemon.restart_limit = 3");

    let answer = end(run(&home));

    answer
        .code(1)
        .stdout_is("")
        .stderr_has("crash-looping: 3 starts within 1m, the last one ended with exit code 3")
        .stderr_has("port 8080 is taken")
        .stderr_has("hint: `inneros daemon logs` may say why; `inneros daemon start` tries again");
    assert_eq!(starts(&home), 3);
    let status = home.inneros(["daemon", "status", "--json"]);
    let status = status.code(1).json();
    assert_eq!(status["state"], "crash-looping");
    assert_eq!(status["running"], false);
    assert_eq!(status["restart_time"], Value::Null);
    assert_eq!(status["last_error"], "port 8080 is taken");
    home.inneros(["daemon", "status"])
        .code(1)
        .stdout_has("InnerOS keeps crashing")
        .stdout_has(
            "3 starts within 1m, the last one ended with exit code 3; it is not started again",
        );
}

#[test]
fn one_that_crashes_after_its_start_is_given_up_as_well() {
    let home = home("sleep 0.2; exit 4").setting("daemon.restart_limit = 2");

    end(run(&home))
        .code(1)
        .stderr_has("crash-looping: 2 starts");

    assert_eq!(starts(&home), 2);
}

#[test]
fn what_a_crash_has_left_does_not_make_the_next_starts_come_faster() {
    let first = "if [ $(wc -l < \"$HOME/starts\") = 1 ]; then sleep 300 & sleep 0.2; fi; exit 3";
    let home = home(first).setting("daemon.restart_limit = 3");

    end(run(&home))
        .code(1)
        .stderr_has("crash-looping: 3 starts");

    assert_eq!(starts(&home), 3);
    home.inneros(["daemon", "stop", "--force"]);
}

#[test]
fn a_manual_start_clears_a_crash_loop() {
    let home = home("[ -e \"$HOME/mended\" ] || exit 3").setting("daemon.restart_limit = 1");
    end(run(&home)).code(1);
    assert_eq!(status(&home)["state"], "crash-looping");

    home.write("mended", "");
    home.start();

    assert_eq!(status(&home)["state"], "running");
    assert_eq!(status(&home)["supervisor_pid"], Value::Null);
}

#[test]
fn a_stop_of_a_crash_loop_tidies_up() {
    let home = home("exit 3").setting("daemon.restart_limit = 1");
    end(run(&home)).code(1);

    home.inneros(["daemon", "stop"]).refused(3, "not running");

    assert_eq!(status(&home)["state"], "stopped");
}

#[test]
fn a_stop_ends_the_supervision_too() {
    let home = home("");
    let child = run(&home);
    let pid = running_other_than(&home, 0);

    home.inneros(["daemon", "stop"]).code(0);

    end(child).code(0).stdout_has("InnerOS stopped");
    assert!(!is_alive(pid));
    assert_eq!(starts(&home), 1);
}

#[test]
fn a_stop_before_the_next_start_ends_the_supervision_too() {
    let home = slow_home("");
    let child = run(&home);
    kill(running_other_than(&home, 0));
    let seen = waits_for_a_restart(&home);
    assert!(seen["reason"].as_str().unwrap().contains("starts again at"));
    home.inneros(["daemon", "status"])
        .code(1)
        .stdout_has("hint       `inneros daemon stop` cancels the restart");

    home.inneros(["daemon", "stop"])
        .code(0)
        .stdout_has("will not be restarted");

    end(child).code(0);
    assert_eq!(starts(&home), 1);
    assert_eq!(status(&home)["state"], "stopped");
}

#[test]
fn a_signal_before_the_next_start_ends_the_run() {
    for asked in [Signal::TERM, Signal::INT] {
        let home = slow_home("");
        let child = run(&home);
        kill(running_other_than(&home, 0));
        waits_for_a_restart(&home);

        signal(process(&child), asked);

        end(child).code(0);
        assert_eq!(status(&home)["state"], "stopped");
        assert_eq!(starts(&home), 1);
    }
}

#[test]
fn a_manual_start_is_supervised_on() {
    let home = slow_home("");
    let child = run(&home);
    kill(running_other_than(&home, 0));
    waits_for_a_restart(&home);

    let second = home.start();
    assert_eq!(status(&home)["supervisor_pid"], process(&child));
    kill(second);

    // Nobody but the run would start it again.
    waits_for_a_restart(&home);
    signal(process(&child), Signal::TERM);
    end(child).code(0);
}

#[test]
fn a_manual_start_that_fails_leaves_the_supervision_at_work() {
    let home = slow_home("[ ! -e \"$HOME/broken\" ] || exit 5");
    let child = run(&home);
    kill(running_other_than(&home, 0));
    waits_for_a_restart(&home);
    home.write("broken", "");

    home.inneros(["daemon", "start"]).refused(1, "exit code 5");

    let status = wait_for("the next plan", || {
        let status = waits_for_a_restart(&home);
        let reason = status["reason"].as_str().unwrap();
        reason.contains("exit code 5").then_some(status)
    });
    assert_eq!(status["running"], false);
    signal(process(&child), Signal::TERM);
    end(child).code(0);
}

#[test]
fn a_restart_is_supervised_on() {
    let home = home("");
    let child = run(&home);
    let first = running_other_than(&home, 0);

    home.inneros(["daemon", "restart"]).code(0);
    let second = home.pid();
    assert_ne!(second, first);
    assert_eq!(status(&home)["supervisor_pid"], process(&child));
    kill(second);

    running_other_than(&home, second);
    home.inneros(["daemon", "stop"]).code(0);
    end(child).code(0);
}

#[test]
fn a_second_run_beside_a_waiting_one_takes_over() {
    let home = slow_home("");
    let first = run(&home);
    kill(running_other_than(&home, 0));
    waits_for_a_restart(&home);

    let second = run(&home);
    running_other_than(&home, 0);

    end(first).code(0);
    assert_eq!(status(&home)["supervisor_pid"], process(&second));
    signal(process(&second), Signal::TERM);
    end(second).code(0);
}

#[test]
fn a_killed_supervisor_promises_nothing() {
    let home = slow_home("");
    let child = run(&home);
    kill(running_other_than(&home, 0));
    waits_for_a_restart(&home);

    signal(process(&child), Signal::KILL);
    end(child);

    let status = status(&home);
    assert_eq!(status["state"], "crashed");
    assert_eq!(status["restart_time"], Value::Null);
    home.start();
}

#[test]
fn signals_are_handed_on_as_they_are() {
    let script = "trap 'echo hup >> \"$HOME/got\"' HUP\n\
                  trap 'echo int >> \"$HOME/got\"; exit 0' INT\n\
                  touch \"$HOME/ready\"";
    let home = home(script);
    let child = run(&home);
    let pid = running_other_than(&home, 0);
    wait_until("the traps are set", || home.has("ready"));

    signal(process(&child), Signal::HUP);
    wait_until("SIGHUP arrives", || {
        home.has("got") && home.read("got") == "hup\n"
    });
    assert!(is_alive(pid));
    signal(process(&child), Signal::INT);

    end(child).code(0).stdout_has("InnerOS stopped");
    assert_eq!(home.read("got"), "hup\nint\n");
    assert_eq!(starts(&home), 1);
}

#[test]
fn one_that_a_handed_on_sighup_ends_is_not_started_again() {
    let home = home("");
    let child = run(&home);
    running_other_than(&home, 0);

    signal(process(&child), Signal::HUP);

    end(child).code(0).stdout_has("InnerOS stopped");
    assert_eq!(starts(&home), 1);
}

#[test]
fn the_service_manager_is_told() {
    let home = home("[ -z \"$NOTIFY_SOCKET$WATCHDOG_PID\" ] || touch \"$HOME/heard\"");
    let path = home.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let hear = || {
        let mut said = [0; 1024];
        let length = manager.recv(&mut said).unwrap();
        String::from_utf8_lossy(&said[..length]).into_owned()
    };

    let child = home
        .command(["daemon", "run"])
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_PID", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = [hear(), hear()];
    let pid = home.pid();
    kill(pid);
    let after = hear();
    signal(process(&child), Signal::TERM);

    assert_eq!(said[0], format!("STATUS=InnerOS started (pid {pid})\n"));
    assert_eq!(said[1], "READY=1\n");
    assert!(
        after.starts_with("STATUS=InnerOS ended by itself: signal 9"),
        "{after}"
    );
    wait_for("the end to be told", || {
        (hear() == "STOPPING=1\n").then_some(())
    });
    end(child).code(0);
    assert!(!home.has("heard"));
}

#[test]
fn a_bad_restart_key_is_named() {
    for (line, said) in [
        (
            "daemon.restart = 'sometimes'",
            "`never`, `on-failure` or `always`",
        ),
        ("daemon.restart_limit = 0", "a number from 1 to 1000"),
        ("daemon.restart_limit = -1", "a number from 1 to 1000"),
        ("daemon.restart_delay = 'soon'", "a duration"),
        ("daemon.restart_window = -60", "a duration"),
    ] {
        let home = Home::with_sleeper().setting(line);

        home.inneros(["daemon", "run"])
            .refused(2, said)
            .stderr_has("config.toml:3: daemon.restart");
    }
}
