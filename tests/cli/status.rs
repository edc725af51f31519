//! `inneros daemon status`

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::home::Home;
use crate::process::{Stranger, kill, wait_for, wait_until};
use crate::server::Health;

#[test]
fn status_shows_pid_start_time_and_uptime() {
    let home = Home::with_sleeper();
    let pid = home.start();

    let answer = home.inneros(["daemon", "status"]);

    let today = chrono::Local::now().format("%Y-%m-%d").to_string();
    answer
        .code(0)
        .stdout_has("InnerOS is running\n")
        .stdout_has(&format!("  pid        {pid}\n"))
        .stdout_has("  started    ")
        .stdout_has("s)\n")
        .stdout_has("(up ")
        .stderr_is("");
    assert!(answer.stdout().contains(&today), "{answer}");
}

#[test]
fn status_of_a_stopped_daemon() {
    let home = Home::with_sleeper();

    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_is("InnerOS is not running\n")
        .stderr_is("");
}

#[test]
fn status_without_a_configuration_says_how_to_configure() {
    let home = Home::new();

    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("no command is configured")
        .stdout_has("`inneros config init`")
        .stdout_has(&home.ours("config.toml").display().to_string());
}

#[test]
fn status_uses_the_configured_name() {
    let home = Home::with_sleeper().setting("daemon.name = 'Night Watch'");
    home.inneros(["daemon", "start"])
        .code(0)
        .stdout_has("Night Watch started");

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has("Night Watch is running");
}

#[test]
fn looking_makes_no_home() {
    let home = Home::new();
    let before = home.files_and_folders();

    home.inneros(["daemon", "status"]).code(3);
    home.inneros(["daemon", "logs"]).code(1);
    home.inneros(["config", "show"]).code(0);
    home.inneros(["config", "path"]).code(0);

    assert_eq!(home.files_and_folders(), before);
}

#[test]
fn looking_changes_nothing_on_disk() {
    let stranger = Stranger::new();
    let running = Home::with_sleeper();
    running.start();
    let without_pid_file = Home::with_sleeper();
    without_pid_file.start();
    std::fs::remove_file(without_pid_file.ours("daemon.pid")).unwrap();
    let crashed = Home::with_sleeper();
    kill(crashed.start());
    let stopped = Home::with_sleeper();
    stopped.start();
    stopped.inneros(["daemon", "stop"]).code(0);
    let foreign = Home::with_daemon("");
    foreign.write_pid_file(stranger.pid());
    let damaged = Home::with_daemon("");
    damaged.write_pid_file("-1");

    for (home, code) in [
        (running, 0),
        (without_pid_file, 0),
        (crashed, 1),
        (stopped, 3),
        (foreign, 4),
        (damaged, 3),
    ] {
        let before = home.files_and_folders();

        home.inneros(["daemon", "status"]).code(code);
        home.inneros(["daemon", "status", "--json"]).code(code);

        assert_eq!(home.files_and_folders(), before);
    }
}

#[test]
fn quiet_status_tells_by_its_exit_code_alone() {
    let home = Home::with_sleeper();
    home.inneros(["-q", "daemon", "status"])
        .code(3)
        .stdout_is("")
        .stderr_is("");

    home.inneros(["-q", "daemon", "start"])
        .code(0)
        .stdout_is("");

    home.inneros(["daemon", "status", "--quiet"])
        .code(0)
        .stdout_is("")
        .stderr_is("");
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let home = Home::with_sleeper();
    let colored = |arguments: &[&str]| home.inneros(arguments).code(3).stdout().contains("\x1b[");

    assert!(!colored(&["daemon", "status"]));
    assert!(!colored(&["daemon", "status", "--color", "never"]));
    assert!(colored(&["daemon", "status", "--color", "always"]));
}

#[test]
fn a_daemon_that_answers_badly_three_times_is_unhealthy() {
    let health = Health::answering(&[503]);
    let home = Home::with_sleeper()
        .setting(&format!("health.url = '{}'", health.url()))
        .setting("daemon.ready_timeout = '1ms'");
    home.start();

    let answer = home.inneros(["daemon", "status"]);

    answer
        .code(0)
        .stdout_has("InnerOS is running, but unhealthy\n")
        .stdout_has("503");
    assert_eq!(health.asked(), 3);
}

#[test]
fn one_bad_answer_is_not_a_state() {
    let health = Health::answering(&[503, 503, 200]);
    let home = Home::with_sleeper().setting(&format!("health.url = '{}'", health.url()));
    home.start();

    let answer = home.inneros(["daemon", "status"]);

    answer
        .code(0)
        .stdout_has("InnerOS is running\n")
        .stdout_has("  health     ok\n");
}

#[test]
fn a_health_url_where_nothing_listens_is_said() {
    // Below the ports that anybody is given, and out of use.
    let url = "http://127.0.0.1:1/health";
    let home = Home::with_sleeper()
        .setting(&format!("health.url = '{url}'"))
        .setting("daemon.ready_timeout = '1ms'");
    home.start();

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has("unhealthy")
        .stdout_has("nothing listens at the health URL");
}

#[test]
fn the_health_of_a_daemon_that_does_not_run_is_not_asked() {
    let health = Health::answering(&[200]);
    let home = Home::with_sleeper().setting(&format!("health.url = '{}'", health.url()));

    home.inneros(["daemon", "status"]).code(3);

    assert_eq!(health.asked(), 0);
}

#[test]
fn a_daemon_that_was_asked_to_stop_is_stopping() {
    let home = Home::with_daemon("trap '' TERM; echo up > \"$HOME/ready\"");
    let pid = home.start_until_ready();
    let mut stop = home.command(["daemon", "stop", "--timeout", "600"]);
    let mut stop = stop.stdout(Stdio::null()).spawn().unwrap();

    wait_until("the stop was noted", || {
        home.inneros(["daemon", "status"])
            .code(0)
            .stdout()
            .contains("InnerOS is stopping")
    });

    kill(pid);
    assert!(stop.wait().unwrap().success());
    home.inneros(["daemon", "status"]).code(3);
}

#[test]
fn watch_prints_a_line_for_each_change() {
    let home = Home::with_sleeper();
    let mut watch = home.command(["daemon", "status", "--watch"]);
    let mut watch = watch.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert!(next().ends_with(" InnerOS is not running"));

    let pid = home.start();

    let mut line = next();
    if line.contains("is starting") {
        line = next();
    }
    assert!(
        line.contains(&format!(" InnerOS is running (pid {pid}), ")),
        "{line}"
    );
    kill(pid);
    let line = next();
    assert!(line.contains(" InnerOS has crashed: "), "{line}");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn watch_in_json_prints_an_object_a_line() {
    let home = Home::with_sleeper();
    let mut watch = home.command(["daemon", "status", "--watch", "--json"]);
    let mut watch = watch.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();

    let first: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();

    assert_eq!(first["state"], "stopped");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn watch_ends_when_nobody_reads_it_any_more() {
    let home = Home::with_sleeper();
    let mut watch = home.command(["daemon", "status", "--watch"]);
    watch.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut watch = watch.spawn().unwrap();
    let mut reader = BufReader::new(watch.stdout.take().unwrap());
    reader.read_line(&mut String::new()).unwrap();

    drop(reader);
    home.start();

    wait_until("the watch ends", || watch.try_wait().unwrap().is_some());
    let output = watch.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn what_it_uses_counts_the_processes_below_it() {
    let home = Home::with_daemon("sleep 300 & sleep 300 & touch \"$HOME/ready\"");
    home.start_until_ready();

    // The shell, its two children and the one that it waits with.
    let status = wait_for("all four", || {
        let status = home.inneros(["daemon", "status", "--json"]).json();
        (status["processes"] == 4).then_some(status)
    });

    assert_eq!(status["threads"], 4);
    assert!(status["open_files"].as_u64().unwrap() >= 12, "{status}");
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(" in 4 processes\n")
        .stdout_has("  threads    4, with ");
}

#[test]
fn what_runs_and_where_its_logs_are_is_shown_without_secrets() {
    let home = Home::new().config(
        "daemon.command = ['sh', '-c', 'sleep 300; true', '--token=geheim']\n\
         daemon.start_grace = '50ms'\n",
    );
    home.start();
    let logs = home.ours("logs").display().to_string();
    let shown = |code: i32| {
        let status = home.inneros(["daemon", "status"]);
        status
            .code(code)
            .stdout_has("  command    sh -c 'sleep 300; true' ")
            .stdout_has(&format!("  logs       {logs}\n"));
        assert!(!status.stdout().contains("geheim"), "{status}");
    };

    shown(0);
    let json = home.inneros(["daemon", "status", "--json"]).json();
    assert_eq!(json["logs_dir"], logs);
    let command = json["command"].as_str().unwrap();
    assert!(command.starts_with("sh -c "), "{command}");
    assert!(!command.contains("geheim"), "{command}");
    kill(home.pid());
    shown(1);
}
