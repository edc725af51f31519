//! Crontabs, clocks, names and service managers that are not as one would have them.

use std::fmt::Write;
use std::thread;

use super::{CRONTAB, home, job, listed};
use crate::home::Home;
use crate::process::{kill, wait_until};

#[test]
fn who_has_no_crontab_has_no_jobs_in_it() {
    let home = home();

    job(&home, &["list"]).code(0).stdout_has("no jobs: add");
    job(&home, &["adopt", "x"]).refused(4, "no job is called 'x'");
    assert!(!home.has(CRONTAB));
}

#[test]
fn five_thousand_lines_are_listed_and_one_of_them_is_switched() {
    let home = home();
    let mut text = String::new();
    for number in 0..5000 {
        writeln!(text, "{} 5 * * * /opt/job-{number}.sh", number % 60).unwrap();
    }
    home.write(CRONTAB, &text);

    let jobs = job(&home, &["list", "--json"]).code(0).json();
    job(&home, &["disable", "job-4711"]).code(0);

    assert_eq!(jobs["counts"]["enabled"], 5000);
    let switched = text.replace(
        "31 5 * * * /opt/job-4711",
        "#DISABLED# 31 5 * * * /opt/job-4711",
    );
    assert_eq!(home.read(CRONTAB), switched);
}

#[test]
fn a_crontab_with_the_line_ends_of_windows_keeps_them() {
    let home = home();
    let text = "A=b\r\n0 5 * * * /opt/one.sh\r\n0 6 * * * /opt/two.sh 50\\% %in\r\n";
    home.write(CRONTAB, text);

    job(&home, &["adopt", "one", "two"]).code(0);
    assert_eq!(home.read(CRONTAB).matches("\r\n").count(), 3);
    job(&home, &["adopt", "--undo", "one", "two"]).code(0);
    assert_eq!(home.read(CRONTAB), text);
    job(&home, &["disable", "two"]).code(0);

    assert_eq!(home.read(CRONTAB), text.replace("0 6", "#DISABLED# 0 6"));
}

#[test]
fn a_line_without_a_command_is_named_and_one_at_reboot_is_no_miss() {
    let home = home();
    home.write(
        CRONTAB,
        "0 5 * * *\n@reboot /opt/first.sh\n61 5 * * * /opt/odd.sh\n",
    );

    job(&home, &["list"]).code(4).stdout_has("misconfigured");
    let first = listed(&home, "first");

    assert_eq!(
        (&first["schedule"], &first["state"]),
        (&"@reboot".into(), &"enabled".into())
    );
    assert!(first["missed"].is_null() && first["next"].is_null());
    let reason = |name: &str| listed(&home, name)["reason"].as_str().unwrap().to_owned();
    assert!(reason("job").contains("line 1 of the crontab: the line has no command"));
    assert!(reason("odd").contains("line 3 of the crontab: minute"));
}

/// A job that goes on until there is a file `go`, and whose line says it is due each minute.
fn with_long_job() -> Home {
    let home = home().config(
        "[jobs.it]\ncommand = ['sh', '-c', 'touch begun; until [ -e go ]; do sleep 0.05; done']\n\
         working_dir = '~'\nschedule = '* * * * *'\ngrace = '0s'\n",
    );
    home.write(CRONTAB, "");
    job(&home, &["enable", "it"]).code(0);
    home
}

#[test]
fn a_run_that_outlives_its_next_due_time_misses_nothing() {
    let home = with_long_job();
    let mut run = home.command(["job", "run", "it"]).spawn().unwrap();
    wait_until("it runs", || home.has("begun"));
    // It began an hour ago.
    let record = home.read(".inneros/jobs/it.json");
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    for clock in ["boot_ms", "awake_ms"] {
        let began = record["began"][clock].as_u64().unwrap();
        record["began"][clock] = began.saturating_sub(3_600_000).into();
    }
    home.write(".inneros/jobs/it.json", record.to_string());
    home.mode(".inneros/jobs/it.json", 0o600);

    let it = listed(&home, "it");

    assert_eq!(it["result"], "running");
    assert!(it["missed"].is_null(), "{it}");
    job(&home, &["run", "it"]).refused(5, "already running");
    home.write("go", "");
    run.wait().unwrap();
    assert!(listed(&home, "it")["missed"].is_null());
}

#[test]
fn a_job_that_is_renamed_while_it_runs_ends_under_its_old_name() {
    let home = with_long_job();
    let mut run = home.command(["job", "run", "it"]).spawn().unwrap();
    wait_until("it runs", || home.has("begun"));
    let config = home
        .read(".inneros/config.toml")
        .replace("[jobs.it]", "[jobs.that]");
    home.write(".inneros/config.toml", config);

    assert_eq!(listed(&home, "it")["result"], "running");
    assert_eq!(listed(&home, "that")["result"], "never");
    home.write("go", "");

    assert!(run.wait().unwrap().success());
    assert_eq!(listed(&home, "it")["result"], "ok");
    job(&home, &["status", "that"]).code(3);
}

#[test]
fn a_clock_that_was_set_back_makes_no_miss_and_hides_no_end() {
    let home = with_long_job();
    home.write("go", "");
    job(&home, &["run", "it"]).code(0);
    // What was recorded is of tomorrow by now.
    let tomorrow = (chrono::Local::now() + chrono::Days::new(1)).to_rfc3339();
    let record = home.read(".inneros/jobs/it.json");
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    for moment in ["/began", "/end/at"] {
        record.pointer_mut(moment).unwrap()["wall"] = tomorrow.clone().into();
    }
    home.write(".inneros/jobs/it.json", record.to_string());
    home.mode(".inneros/jobs/it.json", 0o600);

    let it = listed(&home, "it");

    assert_eq!(it["result"], "ok");
    assert!(it["missed"].is_null(), "{it}");
}

/// A home in which a systemd of this user seems to run, whose `systemctl` does this.
#[cfg(target_os = "linux")]
fn with_systemctl(script: &str) -> Home {
    let home = home().config("[jobs.it]\ncommand = ['true']\nschedule = '15 4 * * *'\n");
    home.write_program("tools/systemctl", &format!("#!/bin/sh\n{script}\n"));
    home.write("run/systemd/private", "");
    home
}

#[cfg(target_os = "linux")]
#[test]
fn what_systemctl_says_when_it_fails_is_passed_on_and_nothing_is_left() {
    for (script, said) in [
        (
            "echo 'Failed to connect to bus: No medium found' >&2; exit 1",
            "No medium found",
        ),
        (
            "case \"$*\" in *restart*) echo 'Unit is masked.' >&2; exit 5;; esac",
            "Unit is masked.",
        ),
    ] {
        let home = with_systemctl(script);

        let answer = home.shell(
            "XDG_RUNTIME_DIR=$HOME/run PATH=$HOME/tools:$PATH exec \"$@\"",
            ["job", "enable", "it"],
        );

        answer.refused(1, said).stderr_has("systemctl");
        assert!(
            !home.has(".config/systemd/user/inneros-job-it.timer"),
            "{script}"
        );
        assert!(
            !home.has(".config/systemd/user/inneros-job-it.service"),
            "{script}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn where_systemctl_is_missing_that_is_said() {
    let home = with_systemctl("exit 0");
    std::fs::remove_file(home.path().join("tools/systemctl")).unwrap();

    let answer = home.shell(
        "XDG_RUNTIME_DIR=$HOME/run PATH=$HOME/tools exec \"$@\"",
        ["job", "enable", "it"],
    );

    answer.refused(1, "systemctl");
}

#[test]
fn a_job_that_forks_and_forgets_does_not_keep_the_next_run_out() {
    let home = home().config(
        "[jobs.it]\ncommand = ['sh', '-c', 'sleep 300 & echo $! > child']\nworking_dir = '~'\n",
    );

    job(&home, &["run", "it"]).code(0);
    let child = home.number_in("child");
    let again = thread::scope(|scope| {
        let run = || job(&home, &["run", "it"]).exit_code();
        scope.spawn(run).join().unwrap()
    });

    assert_eq!(again, 0);
    kill(child);
    kill(home.number_in("child"));
}

#[test]
fn an_adopted_line_is_run_by_its_name_as_cron_runs_it() {
    let home = home();
    home.write(
        CRONTAB,
        "WHO=me\n# inneros: hello\n0 5 * * * echo \"$WHO $(cat)\" 50\\%; exit 3 >/dev/null 2>&1%you%there\n",
    );
    job(&home, &["run", "hello"])
        .refused(4, "hello is a line of your crontab that is not adopted")
        .stderr_has("`inneros job adopt hello`");
    job(&home, &["adopt", "hello"]).code(0);

    job(&home, &["run", "hello"]).code(3);

    job(&home, &["logs", "hello"])
        .code(0)
        .stdout_is("me you\nthere 50%\n");
}

/// Whatever it means by what it says: it may run at this moment.
#[test]
fn the_record_of_a_newer_version_is_left_alone_and_nothing_runs_beside_it() {
    let home = home();
    job(&home, &["run", "backup", "--", "true"]).code(0);
    let mut record: serde_json::Value =
        serde_json::from_str(&home.read(".inneros/jobs/backup.json")).unwrap();
    record["schema"] = 2.into();
    record["unheard_of"] = true.into();
    home.write(".inneros/jobs/backup.json", record.to_string());
    let path = home.ours("jobs/backup.json");
    let said = format!("'{}', was written by a newer version", path.display());

    for flags in [&["run", "backup"][..], &["run", "--force", "backup"]] {
        let arguments = [flags, &["--", "touch", "ran"]].concat();
        job(&home, &arguments)
            .refused(4, &said)
            .stderr_has("hint: use that version, or remove '");
    }

    assert!(!home.has("ran"));
    assert_eq!(home.read(".inneros/jobs/backup.json"), record.to_string());
    job(&home, &["status", "backup"])
        .stdout_has("  result     its record was written by a newer version\n");
}
