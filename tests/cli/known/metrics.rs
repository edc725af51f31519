//! Metrics: what they say, and the file that others read.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use rustix::process::Signal;

use crate::home::Home;
use crate::process::{signal, wait_until};
use crate::supervise;

/// A home whose daemon runs in `daemon run` and whose metrics go to a file beside it.
fn home_with_file() -> Home {
    let home = Home::with_sleeper();
    fs::create_dir(home.path().join("shared")).unwrap();
    home.setting(&format!("metrics.file = '{}'", "~/shared/inneros.prom"))
}

/// What the file says, if it is there.
fn file(home: &Home) -> String {
    fs::read_to_string(home.path().join("shared/inneros.prom")).unwrap_or_default()
}

#[track_caller]
fn assert_whole(text: &str) {
    assert!(
        text.starts_with("# Written by inneros for the home folder "),
        "{text}"
    );
    assert!(
        text.ends_with('\n') && text.contains("inneros_daemon_open_fds"),
        "{text}"
    );
}

#[test]
fn every_series_is_there_with_help_and_type() {
    let home = Home::with_sleeper()
        .setting("[jobs.it]\ncommand = ['sh', '-c', 'exit 3']\nschedule = '@daily'");
    home.write(
        ".inneros/logs/a.log",
        "2026-11-22 20:14:24 [INFO] a: b\n2026-11-22 20:14:25 [ERROR] a: c\n  more\n",
    );
    home.start();
    home.inneros(["daemon", "restart"]).code(0);
    home.write(".inneros/logs/b.log", "2026-11-22 20:14:25 [ERROR] a: d\n");
    home.inneros(["job", "run", "it"]).code(3);

    let answer = home.inneros(["metrics"]);
    let text = answer.code(0).stdout();

    for series in [
        "inneros_daemon_up{daemon=\"InnerOS\"} 1\n",
        "inneros_daemon_wanted{daemon=\"InnerOS\"} 1\n",
        "inneros_daemon_state{daemon=\"InnerOS\",state=\"running\"} 1\n",
        "inneros_daemon_state{daemon=\"InnerOS\",state=\"not-configured\"} 0\n",
        "inneros_daemon_restarts_total{daemon=\"InnerOS\"} 1\n",
        "inneros_daemon_crashes_total{daemon=\"InnerOS\"} 0\n",
        "inneros_daemon_start_time_seconds{daemon=\"InnerOS\"} ",
        "inneros_daemon_cpu_seconds_total{daemon=\"InnerOS\"} ",
        "inneros_daemon_resident_memory_bytes{daemon=\"InnerOS\"} ",
        "inneros_daemon_open_fds{daemon=\"InnerOS\"} ",
        "inneros_log_entries_total{daemon=\"InnerOS\",level=\"error\"} 1\n",
        "inneros_job_enabled{job=\"it\"} 0\n",
        "inneros_job_last_start_time_seconds{job=\"it\"} ",
        "inneros_job_last_run_successful{job=\"it\"} 0\n",
        "inneros_job_last_duration_seconds{job=\"it\"} ",
        "inneros_job_missed_runs{job=\"it\"} 0\n",
    ] {
        assert!(text.contains(series), "no {series} in\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split('{').next().unwrap();
        assert_eq!(
            text.matches(&format!("# HELP {name} ")).count(),
            1,
            "{name}"
        );
        assert_eq!(
            text.matches(&format!("# TYPE {name} ")).count(),
            1,
            "{name}"
        );
    }
}

#[test]
fn a_signal_that_ended_it_is_an_exit_code_as_a_shell_gives_it() {
    let home = supervise::sleeper().setting("daemon.restart_limit = 1");
    let run = supervise::run(&home);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    signal(home.pid(), Signal::KILL);
    supervise::end(run).code(1);

    let answer = home.inneros(["metrics"]);

    answer
        .code(0)
        .stdout_has("inneros_daemon_last_exit_code{daemon=\"InnerOS\"} 137\n")
        .stdout_has("inneros_daemon_crashes_total{daemon=\"InnerOS\"} 1\n")
        .stdout_has("state=\"crash-looping\"} 1\n");
}

#[test]
fn names_are_escaped_and_another_home_is_named() {
    let home = Home::new().config("daemon.name = \"a\\\"b\\\\c\\nd\"\n");

    let plain = home.inneros(["metrics"]);
    let other = home.inneros(["--home", ".inneros", "metrics"]);

    plain
        .code(0)
        .stdout_has("inneros_daemon_up{daemon=\"a\\\"b\\\\c\\\\nd\"} 0\n");
    let label = format!(
        ",home=\"{}\"}} 0\n",
        home.ours("").display().to_string().trim_end_matches('/')
    );
    other.code(0).stdout_has(&label);
}

#[test]
fn a_run_keeps_the_file_that_others_read_true() {
    let home = home_with_file();
    let run = supervise::run(&home);
    wait_until("it is told that it runs", || {
        file(&home).contains("inneros_daemon_up{daemon=\"InnerOS\"} 1\n")
    });
    let metadata = fs::metadata(home.path().join("shared/inneros.prom")).unwrap();
    assert_eq!(metadata.mode() & 0o777, 0o644);

    signal(supervise::process(&run), Signal::TERM);
    supervise::end(run).code(0);

    assert!(file(&home).contains("inneros_daemon_up{daemon=\"InnerOS\"} 0\n"));
    let left: Vec<_> = fs::read_dir(home.path().join("shared")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_file_that_nobody_could_read_or_prometheus_would_not_is_refused() {
    for (path, why) in [
        ("~/metrics.txt", "a file whose name ends in \".prom\""),
        ("~/.prom", "a file whose name ends in \".prom\""),
        ("metrics.prom", "an absolute path"),
        ("~/.inneros/metrics.prom", "a file in the home folder"),
    ] {
        let home = Home::with_sleeper().setting(&format!("metrics.file = '{path}'"));

        home.inneros(["daemon", "status"])
            .refused(2, why)
            .stderr_has("metrics.file");
    }
}

#[test]
fn a_folder_that_is_missing_is_said_and_the_daemon_runs_all_the_same() {
    let home = Home::with_sleeper().setting("metrics.file = '~/none/inneros.prom'");
    let run = supervise::run(&home);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));

    signal(supervise::process(&run), Signal::TERM);
    let answer = supervise::end(run);

    answer.code(0).stderr_has("there is no folder");
    assert!(!home.has("none"));
    home.inneros(["doctor"]).stdout_has("there is no folder");
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let home = home_with_file().unprivileged();
    home.mode("shared", 0o500);
    let run = supervise::run(&home);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));

    signal(supervise::process(&run), Signal::TERM);
    let answer = supervise::end(run);

    answer
        .code(0)
        .stderr_has("cannot write '")
        .stderr_has("ermission denied");
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let home = home_with_file();
    for (content, why) in [
        ("precious 1\n", "was not written by inneros"),
        (
            "# Written by inneros for the home folder /another\nprecious 1\n",
            "is for the home folder '/another'",
        ),
    ] {
        home.write("shared/inneros.prom", content);
        let run = supervise::run(&home);
        wait_until("it runs", || home.has(".inneros/daemon.pid"));
        signal(supervise::process(&run), Signal::TERM);
        supervise::end(run).code(0).stderr_has(why);

        assert_eq!(file(&home), content);
    }
}

#[test]
fn who_is_killed_while_writing_leaves_no_half_file() {
    let home = home_with_file();
    let mut written = 0;
    for round in 0..40 {
        let mut run = supervise::run(&home);
        std::thread::sleep(Duration::from_millis(5 * (round % 20)));
        run.kill().unwrap();
        run.wait().unwrap();
        let text = file(&home);
        if !text.is_empty() {
            written += 1;
            assert_whole(&text);
        }
        home.inneros(["daemon", "stop"]);
    }
    assert!(written > 0, "nothing was ever written");
    let left: Vec<_> = fs::read_dir(home.path().join("shared")).unwrap().collect();
    assert!(left.len() <= 2, "{left:?}");
}
