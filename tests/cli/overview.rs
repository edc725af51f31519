//! `inneros status`: the daemon and the jobs on one screen.

use crate::answer::Answer;
use crate::home::Home;
use crate::jobs::STAND_IN;

fn status(home: &Home, arguments: &[&str]) -> Answer {
    let arguments = [&["status"], arguments].concat();
    home.shell("PATH=$HOME/tools:$PATH exec \"$@\"", arguments)
}

fn with_jobs(daemon: &str) -> Home {
    let home = Home::new().config(&format!(
        "{daemon}\n\
         [jobs.it]\ncommand = ['sh', '-c', 'exit $(cat code)']\nworking_dir = '~'\n\
         schedule = '30 23 1 1 *'\n\
         [jobs.off]\ncommand = ['true']\nschedule = '@daily'\n"
    ));
    home.write_program("tools/crontab", STAND_IN);
    home.write("crontab.txt", "");
    home.write("code", "0");
    crate::jobs::job(&home, &["enable", "it"]).code(0);
    home
}

const SLEEPER: &str = "daemon.command = ['sleep', '300']\ndaemon.start_grace = '0s'";

#[test]
fn without_jobs_it_is_the_status_of_the_daemon_byte_for_byte() {
    let home = Home::with_sleeper();
    let same = |arguments: &[&str]| {
        let short = home.inneros([&["status"], arguments].concat());
        let long = home.inneros([&["daemon", "status"], arguments].concat());
        assert_eq!(short.exit_code(), long.exit_code());
        assert_eq!(short.stdout(), long.stdout());
        assert_eq!(short.stderr(), long.stderr());
    };
    same(&[]);
    same(&["--json"]);
    same(&["-q"]);
    // A crontab that nobody told us of is not asked for.
    home.write_program("tools/crontab", "#!/bin/sh\ntouch \"$HOME/asked\"\n");
    status(&home, &[]).code(3);
    assert!(!home.has("asked"));
}

#[test]
fn the_daemon_and_the_jobs_stand_on_one_screen() {
    let home = with_jobs(SLEEPER);
    home.inneros(["start"]).code(0);
    home.write(
        ".inneros/logs/daemon.log",
        "2026-11-22 20:14:24 [INFO] a: b\n",
    );

    let screen = status(&home, &[]).code(0).stdout().to_owned();

    for line in [
        "InnerOS is running\n",
        ", in daemon.log\n",
        "\n2 jobs, 1 enabled\n",
        "\n  NAME  LAST  RESULT",
        "\n  it    -     never run",
    ] {
        assert!(screen.contains(line), "{line:?} is not in\n{screen}");
    }
    let json = status(&home, &["--json"]).code(0).json();
    assert_eq!(json["state"], "running");
    assert_eq!(json["jobs"][0]["name"], "it");
    assert_eq!(json["job_counts"]["enabled"], 1);
    assert_eq!(json["last_log"], "daemon.log");
    assert!(json["last_activity"].is_string());
    home.inneros(["stop"]).code(0);
}

#[test]
fn the_exit_code_is_the_worst_of_what_is_shown() {
    let home = with_jobs(SLEEPER);
    status(&home, &[]).code(3);
    home.write("code", "7");
    crate::jobs::job(&home, &["run", "it"]).code(7);

    status(&home, &[])
        .code(1)
        .stdout_has("InnerOS is not running")
        .stdout_has("it: failed: exit code 7; `inneros job logs it` shows what it wrote");

    home.write(".inneros/jobs.d/torn.toml", "command = [\n");
    status(&home, &[])
        .code(4)
        .stdout_has("torn: misconfigured: ");
    std::fs::remove_file(home.ours("jobs.d/torn.toml")).unwrap();
    crate::jobs::job(&home, &["acknowledge", "it"]).code(0);
    status(&home, &[]).code(3);
    home.inneros(["start"]).code(0);
    status(&home, &[]).code(0);
    home.inneros(["stop"]).code(0);
}

#[test]
fn who_has_only_jobs_has_no_daemon_that_should_run() {
    let home = with_jobs("");

    status(&home, &[]).code(0);
    let json = status(&home, &["--json"]).code(0).json();

    assert_eq!(json["state"], "not-configured");
}

#[test]
fn a_crontab_that_cannot_be_read_is_said() {
    let home = with_jobs(SLEEPER);
    home.write("denied", "");

    status(&home, &[]).stdout_has("not allowed to use this program");
    let json = status(&home, &["--json"]).json();

    assert!(json["jobs_hint"].as_str().unwrap().contains("not allowed"));
}

#[test]
fn looking_changes_nothing() {
    let home = with_jobs(SLEEPER);
    let before = home.files_and_folders();

    status(&home, &[]);
    status(&home, &["--json"]);

    assert_eq!(home.files_and_folders(), before);
}
