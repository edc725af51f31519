//! `inneros daemon start`

use std::process::Command;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::{is_alive, wait_until};

#[test]
fn start_creates_the_pid_file() {
    let home = Home::with_sleeper();

    home.inneros(["daemon", "start"]).code(0);

    let text = home.read(".inneros/daemon.pid");
    assert_eq!(text, format!("{}\n", home.pid()));
}

#[test]
fn start_launches_a_subprocess_that_outlives_it() {
    let home = Home::with_daemon("echo $$ > \"$HOME/own-pid\"");

    let answer = home.inneros(["daemon", "start"]);

    let pid = home.number_in("own-pid");
    answer
        .code(0)
        .stdout_is(&format!("InnerOS started (pid {pid})\n"))
        .stderr_is("");
    assert_eq!(home.pid(), pid);
    assert!(is_alive(pid));
}

#[test]
fn a_second_start_is_refused_with_the_pid() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let before = home.files();

    let answer = home.inneros(["daemon", "start"]);

    answer
        .refused(5, &format!("already running (pid {pid})"))
        .stderr_has("hint: ");
    assert_eq!(home.processes(), [pid]);
    assert_eq!(home.files(), before);
}

#[test]
fn start_follows_a_stop() {
    let home = Home::with_sleeper();
    let first = home.start();
    home.inneros(["daemon", "stop"]).code(0);

    let second = home.start();

    assert_ne!(first, second);
    assert_eq!(home.processes(), [second]);
}

#[test]
fn a_daemon_that_exits_at_once_is_reported_with_its_code_and_last_lines() {
    let home = Home::with_daemon("echo reading settings; echo 'no such port' >&2; exit 3");

    let answer = home.inneros(["daemon", "start"]);

    answer
        .refused(1, "ended during its start: exit code 3\n")
        .stderr_has("  | reading settings\n  | no such port\n")
        .stderr_has("hint: its whole output is in");
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn a_daemon_that_a_signal_ends_at_once_is_reported_with_it() {
    let home = Home::with_daemon("kill -9 $$");

    let answer = home.inneros(["daemon", "start"]);

    answer.refused(1, "ended during its start: signal 9 (KILL)");
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn a_daemon_that_ends_within_its_grace_time_has_not_started() {
    for moment in ["0", "0.1", "0.5"] {
        for (end, said) in [
            ("exit 3", "exit code 3"),
            ("kill -TERM $$", "signal 15 (TERM)"),
            ("kill -SEGV $$", "signal 11 (SEGV)"),
        ] {
            let home = Home::with_daemon(&format!("sleep {moment}; {end}"));

            let answer = home.inneros(["daemon", "start", "--wait", "30"]);

            answer.refused(1, &format!("ended during its start: {said}\n"));
            assert_nothing_of_a_daemon(&home);
        }
    }
}

#[cfg(target_os = "linux")] // For setsid(1), and the mark.
#[test]
fn of_a_start_that_fails_nothing_is_left_in_the_background() {
    let home = Home::with_daemon(
        "setsid sh -c 'echo $$ > \"$HOME/away\"; exec sleep 300' &\n\
         while [ ! -s \"$HOME/away\" ]; do sleep 0.02; done; exit 0",
    );

    let answer = home.inneros(["daemon", "start", "--wait", "30"]);

    answer
        .refused(1, "ended during its start: exit code 0\n")
        .stderr_has("hint: the command must stay in the foreground; ")
        .stderr_has("`pid_file_owner = \"daemon\"`");
    assert!(!is_alive(home.number_in("away")));
    assert_nothing_of_a_daemon(&home);
    home.inneros(["daemon", "status"]).code(3);
}

#[test]
fn a_daemon_that_puts_itself_in_the_background_is_told_to_stay() {
    let home = Home::with_daemon("exit 0");

    let answer = home.inneros(["daemon", "start"]);

    answer
        .refused(1, "ended during its start: exit code 0")
        .stderr_has("must stay in the foreground");
    assert_nothing_of_a_daemon(&home);
}

#[test]
fn only_the_lines_of_this_start_are_shown() {
    let home = Home::with_daemon("cat \"$HOME/word\"; exit 1");
    home.write("word", "first\n");
    home.inneros(["daemon", "start"]).stderr_has("  | first\n");
    home.write("word", "second\n");

    let answer = home.inneros(["daemon", "start"]);

    answer.refused(1, "  | second\n");
    assert!(!answer.stderr().contains("first"), "{answer}");
    assert_eq!(home.read(".inneros/daemon.out"), "first\nsecond\n");
}

#[test]
fn what_a_daemon_wrote_cannot_drive_the_terminal() {
    let home = Home::with_daemon(r"printf '\033[2Jgone\n'; exit 1");

    let answer = home.inneros(["daemon", "start"]);

    answer.refused(1, r"  | \u{1b}[2Jgone");
    assert!(!answer.stderr().contains('\x1b'), "{answer}");
}

#[test]
fn wait_asks_the_daemon_to_live_that_long() {
    let home = Home::with_daemon("sleep 0.3; exit 7");

    let answer = home.inneros(["daemon", "start", "--wait", "30"]);

    answer.refused(1, "exit code 7");
}

#[test]
fn wait_0_does_not_wait() {
    let home = Home::with_daemon("").setting("daemon.ready_timeout = '1h'");
    let text = home.read(".inneros/config.toml").replace("'50ms'", "'1h'");
    let home = home.config(&text);

    home.inneros(["daemon", "start", "--wait", "0"]).code(0);

    assert!(is_alive(home.pid()));
}

#[test]
fn start_makes_the_home_folder() {
    let home = Home::new();
    let command = [("INNEROS_DAEMON_COMMAND", "sleep 300")];

    let mut start = home.command(["daemon", "start", "--wait", "0.05"]);
    start.envs(command);

    Answer::of(start).code(0);
    assert!(is_alive(home.pid()));
}

#[test]
fn without_a_command_there_is_nothing_to_start() {
    let home = Home::new();

    let answer = home.inneros(["daemon", "start"]);

    answer
        .refused(2, "no daemon is configured")
        .stderr_has("hint: run `inneros config init`");
    assert!(!home.has(".inneros/daemon.pid"));
}

#[test]
fn a_command_is_searched_for_in_the_configured_path() {
    let home = Home::new();
    home.write_program("bin/my-daemon", "#!/bin/sh\nsleep 300\n");
    let path = format!("{}/bin:/usr/bin:/bin", home.path().display());
    let home = home
        .config("daemon.command = ['my-daemon']\ndaemon.start_grace = '50ms'\n")
        .setting(&format!("daemon.env = {{ PATH = '{path}' }}"));

    home.start();

    home.inneros(["daemon", "status"]).code(0);
}

#[test]
fn without_a_path_a_command_is_searched_for_in_the_usual_folders() {
    let home = Home::with_sleeper();
    let mut start = home.command(["daemon", "start"]);
    start.env_remove("PATH");

    Answer::of(start).code(0);

    assert!(is_alive(home.pid()));
}

#[test]
fn a_daemon_whose_start_was_killed_can_be_found() {
    let home = Home::with_daemon("echo $$ > \"$HOME/own-pid\"");
    let mut start = home.command(["daemon", "start", "--wait", "600"]);
    let mut start = start.spawn().unwrap();
    let pid = home.number_in("own-pid");

    start.kill().unwrap();
    start.wait().unwrap();

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&pid.to_string());
    home.inneros(["daemon", "start"])
        .refused(5, &format!("already running (pid {pid})"));
    home.inneros(["daemon", "stop"]).code(0);
    home.assert_no_process_is_left();
}

#[track_caller]
fn assert_nothing_of_a_daemon(home: &Home) {
    assert!(!home.has(".inneros/daemon.pid"), "a PID file was left");
    assert!(!home.has(".inneros/daemon.json"), "a record was left");
    home.assert_no_process_is_left();
    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("is not running");
}

#[test]
fn a_start_that_fails_leaves_no_background_process() {
    let home = Home::with_daemon("sleep 300 & exit 3");

    home.inneros(["daemon", "start"]).refused(1, "exit code 3");

    home.assert_no_process_is_left();
    assert!(!home.has(".inneros/daemon.pid"));
    assert!(!home.has(".inneros/daemon.json"));
}

#[test]
fn of_a_failed_start_the_error_and_its_traceback_are_shown() {
    let script = "cat >&2 <<'END'
INFO:__main__:Starting AutomationDaemon...
ERROR:__main__:Failed to start daemon: no vault
Traceback (most recent call last):
  File \"daemon.py\", line 121, in start
DaemonError: no vault
INFO:__main__:Stopping AutomationDaemon...
INFO:__main__:Released PID lock
INFO:__main__:Daemon stopped successfully
END
exit 1";
    let home = Home::with_daemon(script);

    let answer = home.inneros(["daemon", "start", "--wait", "20"]);

    answer.code(1).stderr_has(
        "  | ERROR:__main__:Failed to start daemon: no vault\n  \
         | Traceback (most recent call last):\n  |   File \"daemon.py\", line 121, in start\n  \
         | DaemonError: no vault\nhint: ",
    );
}

#[test]
fn a_daemon_that_says_it_runs_already_is_told_of_with_who_has_the_pid() {
    let script = "echo \"Daemon already running with PID $PPID.\" >&2; exit 1";
    let home = Home::with_daemon(script);

    let answer = home.inneros(["daemon", "start", "--wait", "20"]);

    answer
        .code(1)
        .stderr_has(" daemon start --wait 20': if that is not the daemon, remove the PID file");
}

#[test]
fn what_a_shell_would_understand_is_shown_as_the_list_that_it_would_be() {
    for (command, list) in [
        ("'sleep 300'", r#"such as ["sleep", "300"]"#),
        ("['/bin/sleep 300']", r#"command = ["/bin/sleep", "300"]"#),
        ("['cd x && y']", r#"command = ["sh", "-c", "cd x && y"]"#),
        (
            "['A=b', 'prog']",
            r#"command = ["prog"], and env = { A = "b" }"#,
        ),
        (
            "['source', 'venv']",
            r#"command = ["sh", "-c", "source venv"]"#,
        ),
    ] {
        let home = Home::new().config(&format!("daemon.command = {command}\n"));

        let answer = home.inneros(["daemon", "start"]);

        answer.code(2).stderr_has(list);
    }
}

#[test]
fn the_environment_is_put_together_as_in_a_shell() {
    let script = "env > \"$HOME/environment\"; echo up > \"$HOME/ready\"";
    let home = Home::with_daemon(script)
        .setting("daemon.working_dir = '~/work'")
        .setting("daemon.env = { CACHE = '~/cache', DATA = '$HOME/data', PRICE = '5$$', PATH = '~/bin:$PATH' }");
    std::fs::create_dir(home.path().join("work")).unwrap();
    let mut start = home.command(["daemon", "start"]);
    start.env("OLDPWD", "/usr").env("PWD", "/usr");
    assert!(start.status().unwrap().success());
    wait_until("it is ready", || home.has("ready"));

    let text = home.read("environment");

    let path = home.path().display();
    for line in [
        format!("CACHE={path}/cache"),
        format!("DATA={path}/data"),
        "PRICE=5$".into(),
        format!("PWD={path}/work"),
    ] {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
    assert!(text.contains(&format!("PATH={path}/bin:/")), "{text}");
    assert!(!text.contains("OLDPWD="), "{text}");
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let home = Home::with_sleeper().setting("daemon.env = { DATA = '$NOWHERE/data' }");

    let answer = home.inneros(["daemon", "start"]);

    answer.refused(2, "env.DATA: $NOWHERE is not set");
    assert!(!home.has(".inneros/daemon.pid"));
}

#[test]
fn a_daemon_that_somebody_else_started_is_named() {
    let home = Home::with_daemon("[ -z \"$REFUSE\" ] || exit 1");
    let script = home.path().join("daemon.sh");
    let mut other = Command::new("sh");
    let other = other.arg(&script).current_dir(home.path());
    let mut other = other.spawn().unwrap();
    let pid = other.id();

    let doctor = home.inneros(["doctor"]);
    let mut start = home.command(["daemon", "start", "--wait", "20"]);
    start.env("REFUSE", "1");
    let start = Answer::of(start);
    other.kill().unwrap();
    other.wait().unwrap();

    doctor.stdout_has(&format!("stopped, but pid {pid} runs the same command"));
    start.code(1).stderr_has(&format!(
        "pid {pid} runs the same command, started elsewhere"
    ));
}
