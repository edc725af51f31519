//! What the clocks of the system, and the times of files, may do to a daemon that runs.

use std::fs::File;
use std::process::Command;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Local, TimeDelta, Utc};

use crate::answer::Answer;
use crate::home::Home;
use crate::namespace;
use crate::process::{Stranger, is_alive, kill};
use crate::skip::not_run;

/// The seconds that the daemon is said to have run; those of a test are few.
#[track_caller]
fn assert_short_uptime(answer: &Answer) {
    let status = answer.code(0).json();
    let seconds = status["uptime_seconds"].as_i64().unwrap();
    assert!((0..60).contains(&seconds), "{status}");
}

/// The library that gives a program another time of the wall clock, and that one only: the clock
/// of a test's machine is not for a test to set. Nothing, and that is said, where it is missing.
fn other_time() -> Option<String> {
    let mut faketime = Command::new("faketime");
    faketime.args(["-f", "+0", "printenv", "LD_PRELOAD"]);
    let output = faketime.env_remove("LD_PRELOAD").output().ok();
    let library = output.filter(|output| output.status.success());
    if library.is_none() {
        not_run("faketime is not installed");
    }
    library.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn a_step_of_the_wall_clock_does_not_change_the_uptime() {
    let Some(library) = other_time() else {
        return;
    };
    for (then, now) in [("-400d", "+400d"), ("+400d", "-400d"), ("+0", "-1h")] {
        let home = Home::with_sleeper();
        let at = |time: &str, arguments: &[&str]| {
            let mut command = home.command(arguments);
            command.env("LD_PRELOAD", &library).env("FAKETIME", time);
            // A step moves neither of these.
            command.envs([("DONT_FAKE_MONOTONIC", "1"), ("NO_FAKE_STAT", "1")]);
            Answer::of(command)
        };
        at(then, &["daemon", "start"]).code(0);
        let pid = home.pid();
        let started = home.record()["started_at"].as_str().unwrap().to_owned();
        let started = DateTime::parse_from_rfc3339(&started).unwrap();
        let moved = (started.to_utc() - Utc::now()).num_days().abs();
        assert_eq!(moved > 300, then != "+0", "the start had another time");

        assert_short_uptime(&at(now, &["daemon", "status", "--json"]));
        at(now, &["daemon", "start"]).refused(5, &format!("already running (pid {pid})"));
        assert_short_uptime(&home.inneros(["daemon", "status", "--json"]));
        at(now, &["daemon", "stop"]).code(0);
        assert!(!is_alive(pid));
    }
}

#[test]
fn a_record_of_another_time_does_not_change_the_uptime() {
    let home = Home::with_sleeper();
    let pid = home.start();
    for step in [-400, -1, 1, 400] {
        let stepped = Local::now() + TimeDelta::days(step);
        home.alter_record("started_at", stepped.to_rfc3339());

        assert_short_uptime(&home.inneros(["daemon", "status", "--json"]));
        home.inneros(["daemon", "start"])
            .refused(5, &format!("already running (pid {pid})"));
    }
    home.inneros(["daemon", "stop"]).code(0);
    assert!(!is_alive(pid));
}

/// A computer without a clock of its own: it is set right after the start.
#[test]
fn the_start_is_told_by_the_clock_as_it_was_set_since() {
    for step in [-3, 3] {
        let home = Home::with_sleeper().setting("daemon.logs_dir = '~/logs'");
        home.start();
        let stepped = Local::now() + TimeDelta::days(step);
        home.alter_record("started_at", stepped.to_rfc3339());
        let entry = |days: i64, message: &str| {
            let at = Local::now() + TimeDelta::seconds(1) - TimeDelta::days(days);
            format!("{} [ERROR] a: {message}\n", at.format("%Y-%m-%d %H:%M:%S"))
        };
        home.write("logs/a.log", entry(1, "of the last run"));

        let answer = home.inneros(["daemon", "status", "--json"]).code(0).json();
        let started = answer["start_time"].as_str().unwrap();
        let started = DateTime::parse_from_rfc3339(started).unwrap();
        let age = (Utc::now() - started.to_utc()).num_seconds().abs();
        assert!(age < 60, "{answer}");
        assert_eq!(answer["last_error"], serde_json::Value::Null, "{answer}");

        home.write(
            "logs/a.log",
            entry(1, "of the last run") + &entry(0, "of this run"),
        );
        home.inneros(["daemon", "status"])
            .code(0)
            .stdout_has("a: of this run");
    }
}

/// It wrote its PID file before the clock was set: by its time it is older than the boot.
#[cfg(target_os = "linux")]
#[test]
fn a_pid_file_from_before_the_clock_was_set_proves_nothing_by_its_time() {
    let home = Home::with_daemon("").setting("daemon.pid_file_owner = 'daemon'");
    let mut command = Command::new("sh");
    command.arg(home.path().join("daemon.sh"));
    home.at_home(&mut command);
    let daemon = Stranger::running(&mut command);
    let path = home.write_pid_file(daemon.pid());
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&format!("  pid        {}\n", daemon.pid()));
    home.inneros(["daemon", "start"])
        .refused(5, "already running");

    // In another folder it may be another daemon.
    let elsewhere = home.setting("daemon.working_dir = '/tmp'");
    elsewhere
        .inneros(["daemon", "status"])
        .code(4)
        .stdout_has("it was started after the PID file was written");
    daemon.assert_unharmed();
}

#[test]
fn an_uptime_is_never_negative() {
    let home = Home::with_sleeper();
    let pid = home.start();
    for start in [u64::MAX, u64::MAX / 1000, 1 << 40] {
        home.alter_record("started_ms", start);

        let answer = home.inneros(["daemon", "status"]);

        answer.code(0).stdout_has("(up 0s)");
    }
    home.inneros(["daemon", "stop"]).code(0);
    assert!(!is_alive(pid));
}

#[test]
fn a_change_of_the_time_zone_does_not_change_the_uptime() {
    let home = Home::with_sleeper();
    let in_zone = |zone: &str, arguments: &[&str]| {
        let mut command: Command = home.command(arguments);
        command.env("TZ", zone);
        Answer::of(command)
    };
    in_zone("EAST-14", &["daemon", "start"]).code(0);

    let status = in_zone("WEST+12", &["daemon", "status", "--json"]);

    assert_short_uptime(&status);
    in_zone("WEST+12", &["daemon", "stop"]).code(0);
}

/// The clock was set right, or somebody touched the file: it may be the daemon. Nothing
/// is signalled, and no second one is started.
#[test]
fn a_daemon_without_a_record_that_is_younger_than_its_pid_file_is_left_alone() {
    let home = Home::with_sleeper();
    let daemon = Stranger::new();
    let path = home.write_pid_file(daemon.pid());
    for age in [Duration::from_secs(5), Duration::from_secs(3600)] {
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
        let before = home.files();

        home.inneros(["daemon", "status"])
            .code(4)
            .stdout_has("it was started after the PID file was written");
        for operation in ["start", "stop", "restart"] {
            home.inneros(["daemon", operation]).refused(4, "foreign");
        }

        assert_eq!(home.files(), before);
    }
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    home.inneros(["daemon", "stop"]).refused(4, "foreign");
    daemon.assert_unharmed();
    assert_eq!(home.processes(), [0; 0]);
}

/// In a time namespace the kernel shows every process with another start time: it cannot
/// be told from a successor.
#[test]
fn a_daemon_of_another_time_namespace_is_not_signalled() {
    let home = Home::with_sleeper();
    let script = "\
        [ -e /proc/self/ns/time ] || { echo 'no time namespaces'; exit; }
        inneros daemon start > /dev/null || exit 71
        unshare --time --boottime 100000 --fork \"$program\" daemon stop --force
        echo \"stop: $?\"
        lives $(cat \"$files/daemon.pid\") && echo lives
        says stop";

    let Some(answer) = namespace::run(&home, script) else {
        return;
    };

    if answer.stdout() == "no time namespaces\n" {
        not_run("the kernel has no time namespaces");
        return;
    }
    answer.code(0).stdout_is("stop: 4\nlives\nstop: 0\n");
}

/// The files of a daemon tell of times that have not come, and of some before the boot.
#[test]
fn times_that_cannot_be_do_not_mislead() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let year = Duration::from_secs(365 * 24 * 3600);
    let written = |at: SystemTime| {
        for name in ["daemon.json", "daemon.pid"] {
            let file = File::options().write(true).open(home.ours(name)).unwrap();
            file.set_modified(at).unwrap();
        }
    };
    for at in [SystemTime::now() - year, SystemTime::now() + year] {
        written(at);

        home.inneros(["daemon", "status"])
            .code(0)
            .stdout_has("InnerOS is running\n");
        home.inneros(["daemon", "start"])
            .refused(5, "already running");
    }

    // The clock is set back by a year, and then the computer is restarted.
    kill(pid);
    let later = chrono::Local::now() + chrono::TimeDelta::days(365);
    home.alter_record("started_at", later.to_rfc3339());
    home.alter_record("boot_id", "another boot");
    written(SystemTime::now() + year);

    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("the computer was restarted");
    home.inneros(["daemon", "stop"]).refused(3, "not running");
    home.inneros(["daemon", "start"]).code(0);
    home.inneros(["daemon", "status"]).code(0);
}
