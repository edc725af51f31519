//! What a process may have is little: what cannot be done is said and leaves nothing,
//! and what must be done is done with less.

use crate::home::Home;
use crate::process::{is_alive, wait_until};
#[cfg(target_os = "linux")]
use crate::skip::is_root;

#[test]
fn with_eight_descriptors_a_start_says_what_is_short() {
    let home = Home::with_sleeper();

    let answer = home.shell("ulimit -n 8; exec \"$@\"", ["daemon", "start"]);

    answer
        .refused(1, "Too many open files")
        .stderr_has("hint: raise the limit of open files (`ulimit -n`)");
    assert_nothing_of_a_daemon(&home);
    home.start();
}

#[test]
fn with_eight_descriptors_a_daemon_can_be_stopped() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let script = "ulimit -n 8; exec \"$@\"";

    home.shell(script, ["daemon", "status"]).code(0);
    home.shell(script, ["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn however_few_descriptors_there_are_it_is_done_or_it_is_not() {
    let home = Home::with_sleeper();
    let (mut started, mut stopped) = (0, 0);
    // With three the program itself cannot be read.
    for most in 4..=12 {
        let script = format!("ulimit -n {most}; exec \"$@\"");
        if home.shell(&script, ["daemon", "start"]).has_code(0) {
            started += 1;
        } else {
            assert_nothing_of_a_daemon(&home);
            home.start();
        }

        let pid = home.pid();
        if home.shell(&script, ["daemon", "stop"]).has_code(0) {
            stopped += 1;
        } else {
            home.inneros(["daemon", "status"])
                .code(0)
                .stdout_has("InnerOS is running\n");
            home.inneros(["daemon", "stop"]).code(0);
        }

        assert!(!is_alive(pid));
        assert_nothing_of_a_daemon(&home);
    }
    assert!((1..9).contains(&started), "{started} starts");
    assert!((1..9).contains(&stopped), "{stopped} stops");
}

#[test]
fn where_files_must_be_empty_nothing_is_started_and_a_daemon_can_be_stopped() {
    let home = Home::with_sleeper();
    let script = "ulimit -f 0; exec \"$@\"";
    home.shell(script, ["daemon", "start"])
        .refused(1, "File too large")
        .stderr_has("hint: raise the limit on the size of files");
    assert_nothing_of_a_daemon(&home);
    let pid = home.start();

    home.shell(script, ["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
    assert_nothing_of_a_daemon(&home);
}

#[cfg(target_os = "linux")]
#[test]
fn without_any_process_left_a_start_says_so() {
    let home = Home::with_sleeper().unprivileged();

    let answer = with_processes(&home, 0, &["daemon", "start"]);

    answer
        .refused(1, "cannot make a process: Resource temporarily unavailable")
        .stderr_has("hint: the system is short of processes or memory");
    assert_nothing_of_a_daemon(&home);
}

#[cfg(target_os = "linux")]
#[test]
fn without_any_process_left_a_daemon_can_be_stopped() {
    let home = Home::with_sleeper().unprivileged();
    let pid = home.start();

    with_processes(&home, 0, &["daemon", "status"]).code(0);
    with_processes(&home, 0, &["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
    assert_nothing_of_a_daemon(&home);
}

#[cfg(target_os = "linux")]
#[test]
fn without_any_thread_left_only_this_computer_is_asked_for_health() {
    for (host, said) in [
        ("127.0.0.1:1", "nothing listens at the health URL"),
        ("localhost:1", "nothing listens at the health URL"),
        // A name is looked up on a thread, so that it has a time limit.
        (
            "health.invalid",
            "no proper answer: io: Resource temporarily unavailable",
        ),
    ] {
        let home = Home::with_sleeper()
            .setting(&format!("health.url = 'http://{host}/health'"))
            .setting("health.allow_remote = true")
            .unprivileged();
        let pid = home.start();

        let status = with_processes(&home, 0, &["daemon", "status"]);

        status
            .code(0)
            .stdout_has(&format!("{pid}\n"))
            .stdout_has(said)
            .stderr_is("");
    }
}

/// A start takes a process for the daemon and a thread that waits for its end. With only
/// one of them left it must not seem to have succeeded.
#[cfg(target_os = "linux")]
#[test]
fn with_one_process_left_a_start_says_so() {
    // Only root can be a user who has no other processes.
    if !is_root() {
        return;
    }
    // Nobody else's, not even another run's of this test at the same time.
    let user = 100_000 + std::process::id();
    let home = Home::with_daemon("exit 3").owned_by(user);
    let after = |most| with_processes(&home, most, &["daemon", "start"]);

    for most in [1, 2] {
        after(most).refused(1, "cannot make a process: Resource temporarily unavailable");
        assert_nothing_of_a_daemon(&home);
    }
    after(3).refused(1, "ended during its start: exit code 3");
    assert_nothing_of_a_daemon(&home);
}

/// Runs the program with this limit on the processes of its user, `RLIMIT_NPROC`
/// (`setrlimit(2)`).
#[cfg(target_os = "linux")]
fn with_processes(home: &Home, most: u32, arguments: &[&str]) -> crate::answer::Answer {
    let limit = format!("exec prlimit --nproc={most} \"$@\"");
    home.shell(&limit, arguments)
}

/// Memory that cannot be had ends the program on the spot, wherever it is.
#[cfg(target_os = "linux")]
#[test]
fn however_little_memory_there_is_no_daemon_is_left_unknown() {
    let home = Home::with_sleeper();
    let (mut started, mut failed) = (0, 0);
    let sizes = std::iter::successors(Some(6 * 1024), |kibibytes| Some(kibibytes * 21 / 20));
    for kibibytes in sizes.take_while(|kibibytes| *kibibytes < 128 * 1024) {
        let script = format!("ulimit -v {kibibytes}; exec \"$@\"");

        let start = home.shell(&script, ["daemon", "start"]);

        let known = home.known_daemon();
        assert!(known.is_some() || !start.has_code(0), "{start}");
        home.inneros(["daemon", "stop"])
            .code(if known.is_some() { 0 } else { 3 });
        // The half-written file of a program that ended on the spot is replaced by the next.
        assert!(!home.has(".inneros/daemon.json") && !home.has(".inneros/daemon.pid"));
        home.assert_no_process_is_left();
        if start.has_code(0) {
            started += 1;
        } else {
            failed += 1;
        }
    }
    assert!(started > 0 && failed > 0, "{started} started, {failed} not");
}

#[test]
fn with_all_its_outputs_closed_it_does_its_work() {
    let home = Home::with_daemon("echo said; echo up > \"$HOME/ready\"");
    let script = "exec \"$@\" <&- >&- 2>&-";

    home.shell(script, ["daemon", "start"]).code(0);
    wait_until("the daemon is ready", || home.has("ready"));

    let pid = home.pid();
    assert_eq!(home.read(".inneros/daemon.out"), "said\n");
    // Nothing was said into it.
    assert_eq!(home.read(".inneros/daemon.lock"), "");
    home.shell(script, ["daemon", "status"]).code(0);
    home.shell(script, ["daemon", "start"]).code(5);
    home.shell(script, ["daemon", "stop"]).code(0);
    assert!(!is_alive(pid));
    assert_nothing_of_a_daemon(&home);
}

#[track_caller]
fn assert_nothing_of_a_daemon(home: &Home) {
    for name in [
        "daemon.json",
        ".daemon.json.tmp",
        "daemon.pid",
        ".daemon.pid.tmp",
    ] {
        assert!(!home.has(&format!(".inneros/{name}")), "{name} was left");
    }
    home.assert_no_process_is_left();
}
