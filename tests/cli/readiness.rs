//! What a start waits for: health, or a PID file that the daemon writes itself.

use std::process::{Child, Stdio};

use crate::answer::Answer;
use crate::home::Home;
use crate::namespace;
use crate::process::{Stranger, is_alive, kill, wait_until};
use crate::server::Health;

/// Writes the PID file as the daemon, and removes it at the end.
const OWN_PID_FILE: &str = "pid_file=\"$HOME/.inneros/daemon.pid\"\n\
    [ -e \"$pid_file\" ] && { echo 'another one runs'; exit 9; }\n\
    trap 'rm \"$pid_file\"; exit 0' TERM\n\
    printf %s $$ > \"$pid_file\"\n";

fn with_health(script: &str, health: &Health) -> Home {
    Home::with_daemon(script)
        .setting("daemon.ready = 'health'")
        .setting(&format!("health.url = '{}'", health.url()))
}

fn with_own_pid_file(script: &str) -> Home {
    Home::with_daemon(script).setting("daemon.pid_file_owner = 'daemon'")
}

/// A start that goes on beside the test.
fn start_aside(home: &Home) -> Child {
    let mut start = home.command(["daemon", "start"]);
    start.stdout(Stdio::piped()).stderr(Stdio::piped());
    start.spawn().unwrap()
}

#[test]
fn start_waits_for_the_first_good_health_answer() {
    let health = Health::answering(&[503]);
    let home = with_health("", &health);
    let mut start = start_aside(&home);
    wait_until("the health URL is asked again and again", || {
        health.asked() >= 3
    });
    assert!(start.try_wait().unwrap().is_none(), "start did not wait");
    home.inneros(["daemon", "status", "--json"])
        .code(0)
        .stdout_has("\"state\":\"starting\"");

    health.answer_from_now(&[200]);

    Answer::from_child(start, "start".into()).code(0);
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has("is running");
}

#[test]
fn a_daemon_that_never_becomes_healthy_is_stopped_again() {
    let health = Health::answering(&[503]);
    let home = with_health("", &health).setting("daemon.ready_timeout = '300ms'");

    let answer = home.inneros(["daemon", "start"]);

    answer
        .refused(1, "is not ready after 300ms")
        .stderr_has("hint: ");
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn why_it_is_not_ready_is_told_with_its_last_lines() {
    let denied = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    let moved = "HTTP/1.1 308 Moved\r\nLocation: /health/\r\nContent-Length: 0\r\n\r\n";
    for (answer, why) in [
        (denied, "HTTP 401"),
        (moved, "HTTP 308, a redirect"),
        ("\x15\x03\x01\x00\x02\x02\x0a", "no proper answer: "),
    ] {
        let health = Health::saying(answer);
        let home = with_health("echo 'waits for the database'", &health)
            .setting("daemon.ready_timeout = '300ms'");

        let refused = home.inneros(["daemon", "start"]);

        refused
            .refused(
                1,
                "is not ready after 300ms: its health URL did not answer well: ",
            )
            .stderr_has(why)
            .stderr_has("\n  | waits for the database\n");
        let json = home.inneros(["daemon", "start", "--json"]).code(1).json();
        assert!(json["message"].as_str().unwrap().contains(why), "{json}");
        assert_eq!(json["output"][0], "waits for the database");
        assert_nothing_of_a_daemon(&home);
    }

    let home = with_own_pid_file("echo 'no PID file'").setting("daemon.ready_timeout = '300ms'");
    home.inneros(["daemon", "start"])
        .refused(1, "it wrote no PID file")
        .stderr_has("\n  | no PID file\n");
}

#[test]
fn that_nothing_listens_at_the_health_url_is_told_of_a_start_that_waits_for_it() {
    let free = Health::answering(&[200]);
    let home = with_health("", &free).setting("daemon.ready_timeout = '300ms'");
    drop(free);

    home.inneros(["daemon", "start"])
        .refused(1, "nothing listens at the health URL");
}

#[test]
fn a_daemon_that_dies_before_it_is_healthy_is_reported_with_its_code() {
    let health = Health::answering(&[503]);
    let home = with_health("sleep 0.3; echo 'no database'; exit 4", &health);

    let answer = home.inneros(["daemon", "start"]);

    answer
        .refused(1, "exit code 4")
        .stderr_has("  | no database");
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn readiness_by_health_wants_a_health_url() {
    let home = Home::with_daemon("echo up > \"$HOME/ready\"").setting("daemon.ready = 'health'");
    let before = home.files();

    let answer = home.inneros(["daemon", "start"]);

    answer
        .refused(2, "no health URL is configured")
        .stderr_has("[health]");
    assert_eq!(home.files(), before);
}

#[test]
fn a_daemon_may_write_its_own_pid_file() {
    let home = with_own_pid_file(OWN_PID_FILE);

    home.inneros(["daemon", "start"]).code(0);

    let pid = home.pid();
    assert_eq!(home.read(".inneros/daemon.pid"), pid.to_string());
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&format!("{pid}\n"));
    home.inneros(["daemon", "start"])
        .refused(5, "already running");
    home.inneros(["daemon", "stop"]).code(0);
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn a_stale_pid_file_does_not_keep_such_a_daemon_from_starting() {
    let home = with_own_pid_file(OWN_PID_FILE);
    home.inneros(["daemon", "start"]).code(0);
    kill(home.pid());

    home.inneros(["daemon", "start"]).code(0);

    assert!(is_alive(home.pid()));
}

#[test]
fn a_daemon_that_writes_its_pid_file_late_is_waited_for() {
    let home = with_own_pid_file(&format!("sleep 0.5\n{OWN_PID_FILE}"));

    home.inneros(["daemon", "start"]).code(0);

    home.inneros(["daemon", "status"]).code(0);
}

#[test]
fn a_daemon_that_never_writes_its_pid_file_is_stopped_again() {
    let home = with_own_pid_file("").setting("daemon.ready_timeout = '300ms'");

    let answer = home.inneros(["daemon", "start"]);

    answer
        .refused(1, "is not ready after 300ms: it wrote no PID file")
        .stderr_has("hint: ");
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn a_daemon_with_its_own_pid_file_may_put_itself_in_the_background() {
    let home = with_own_pid_file(
        "sh -c 'echo $$ > \"$HOME/.inneros/daemon.pid\"; exec sleep 300' & exit 0",
    );

    let answer = home.inneros(["daemon", "start"]);

    let pid = home.pid();
    answer.code(0).stdout_has(&format!("pid {pid}"));
    assert_eq!(home.processes(), [pid]);
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&format!("{pid}\n"));
    home.inneros(["daemon", "stop"]).code(0);
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn a_daemon_that_dies_in_the_background_has_not_started() {
    let home = with_own_pid_file(
        "sh -c 'echo $$ > \"$HOME/.inneros/daemon.pid\"; sleep 0.3; exit 1' & exit 0",
    );
    let text = home.read(".inneros/config.toml").replace("'50ms'", "'2s'");
    let home = home.config(&text);

    let answer = home.inneros(["daemon", "start"]);

    answer.refused(1, "ended during its start\n");
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn a_daemon_that_names_a_stranger_in_its_pid_file_is_stopped_again() {
    let home = with_own_pid_file(
        "echo up > \"$HOME/ready\"\n\
         while [ ! -e \"$HOME/stranger\" ]; do sleep 0.02; done\n\
         cp \"$HOME/stranger\" \"$HOME/.inneros/daemon.pid\"",
    )
    .setting("daemon.ready_timeout = '1s'");
    let start = start_aside(&home);
    wait_until("the daemon runs", || home.has("ready"));
    // By its age alone it could be a process that the daemon has made.
    let stranger = Stranger::new();
    home.write("stranger", format!("{}\n", stranger.pid()));

    let answer = Answer::from_child(start, "start".into());

    answer.refused(1, "is not ready after 1s");
    stranger.assert_unharmed();
    home.assert_no_process_is_left();
}

/// As where a container's own processes run beside those that were sent into it: the kernel
/// gives 0 as the session of such a one.
#[test]
fn a_stranger_may_be_in_a_session_of_another_namespace() {
    let home = with_own_pid_file("cp \"$HOME/stranger\" \"$HOME/.inneros/daemon.pid\"")
        .setting("daemon.ready_timeout = '1s'");
    let script = "sleep 300 & echo $! > \"$HOME/stranger\"\n\
                  says start; cat \"$HOME/said\"\n\
                  lives $! && echo lives";

    let Some(answer) = namespace::run(&home, script) else {
        return;
    };

    answer
        .code(0)
        .stdout_has("start: 1\n")
        .stdout_has("is not ready after 1s")
        .stdout_has("lives\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_daemon_that_its_wrapper_waits_for_is_the_one_in_the_pid_file() {
    let home = with_own_pid_file(
        "setsid sh -c 'echo $$ > \"$HOME/.inneros/daemon.pid\"; exec sleep 300' & wait",
    );

    home.inneros(["daemon", "start"]).code(0);

    let pid = home.pid();
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&format!("{pid}\n"));
    home.inneros(["daemon", "stop"]).code(0);
    assert!(!is_alive(pid));
}

#[test]
fn a_pid_file_that_names_a_process_that_is_over_is_no_start() {
    let home = with_own_pid_file("echo $$ > \"$HOME/.inneros/daemon.pid\"; exit 0")
        .setting("daemon.ready_timeout = '300ms'");

    let answer = home.inneros(["daemon", "start"]);

    answer.refused(1, "ended during its start: exit code 0");
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn a_daemon_in_the_background_can_be_waited_for_by_its_health() {
    let health = Health::answering(&[503]);
    let home = with_health(
        "sh -c 'echo $$ > \"$HOME/.inneros/daemon.pid\"; exec sleep 300' & exit 0",
        &health,
    )
    .setting("daemon.pid_file_owner = 'daemon'");
    let start = start_aside(&home);
    wait_until("the health URL is asked", || health.asked() > 0);
    let asked = health.asked();

    let status = home.inneros(["daemon", "status", "--json"]).code(0).json();
    health.answer_from_now(&[200]);
    Answer::from_child(start, "start".into()).code(0);

    assert_eq!(status["state"], "starting");
    assert_eq!(status["pid"], home.pid());
    // Once every 50 ms, and not as fast as it can.
    assert!(health.asked() < asked + 100, "{} times", health.asked());
    home.inneros(["daemon", "stop"]).code(0);
}

#[track_caller]
fn assert_nothing_of_a_daemon(home: &Home) {
    assert!(!home.has(".inneros/daemon.pid"), "a PID file was left");
    assert!(!home.has(".inneros/daemon.json"), "a record was left");
    home.assert_no_process_is_left();
}
