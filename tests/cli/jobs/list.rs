//! `inneros job list` and `inneros job status`, and the configuration of jobs.

use std::fs;

use super::{CRONTAB, home, job, listed};

#[test]
fn jobs_of_the_file_of_their_own_files_and_of_the_crontab_are_listed() {
    let home = home().config(
        "daemon.command = ['sleep', '300']\n\
         [jobs.backup]\ncommand = ['true']\nevery = '4h'\ngroup = 'disk'\n",
    );
    home.write(
        ".inneros/jobs.d/notes.toml",
        "command = ['true']\nschedule = '30 23 * * mon-fri'\n",
    );
    home.write(
        CRONTAB,
        "0 5 * * * /opt/sweep.sh >/dev/null 2>&1\n#DISABLED# @daily old\n",
    );

    let answer = job(&home, &["list", "--json"]).code(0).json();

    let names: Vec<&str> = answer["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["backup", "notes", "sweep", "old"]);
    assert_eq!(answer["counts"]["enabled"], 1);
    assert_eq!(listed(&home, "sweep")["result"], "not-recorded");
    assert!(
        listed(&home, "sweep")["next"]
            .as_str()
            .unwrap()
            .contains("T05:00:00")
    );
    assert_eq!(listed(&home, "old")["state"], "disabled");
    job(&home, &["list", "--group", "disk"])
        .code(0)
        .stdout_has("backup");
    job(&home, &["status", "*ack*"])
        .code(0)
        .stdout_has("every 4h");
    job(&home, &["status", "sweep"])
        .code(0)
        .stdout_has("`inneros job adopt sweep` records its runs");
    job(&home, &["status", "backup"]).code(3);
    home.inneros(["daemon", "status"]).code(3);
}

#[test]
fn what_is_wrong_with_one_job_is_no_matter_to_the_others() {
    let home = home().config(
        "daemon.command = ['sleep', '300']\n\
         [jobs.good]\ncommand = ['true']\n\
         [jobs.bad]\ncommand = ['true']\nschedule = '0 0 31 2 *'\n\
         [jobs.BAD]\ncommand = ['true']\n",
    );
    home.write(".inneros/jobs.d/torn.toml", "command = [\n");
    home.write(".inneros/jobs.d/good.toml", "command = ['true']\n");
    home.write(".inneros/jobs.d/fine.toml", "command = ['true']\n");

    let answer = job(&home, &["list", "--json"]).code(4).json();

    let reason = |name: &str| {
        listed(&home, name)["reason"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(answer["counts"]["unclear"], 4);
    assert!(
        reason("bad")
            .contains("config.toml:6: schedule: \"0 0 31 2 *\" is no schedule: it never comes")
    );
    assert!(reason("BAD").contains("config.toml:7"));
    assert!(reason("torn").contains("torn.toml:1"));
    assert!(reason("good").contains("good is configured in"));
    job(&home, &["run", "fine"]).code(0);
    job(&home, &["run", "bad"]).refused(4, "it never comes");
    job(&home, &["enable", "bad"]).refused(4, "it never comes");
    home.inneros(["daemon", "status"]).code(3);
}

#[test]
fn keys_that_do_not_fit_are_named() {
    for (line, said) in [
        (
            "comand = ['x']",
            "unknown key `comand`, did you mean `command`?",
        ),
        ("schedule = '* * * *'", "it has 4 fields, expected five"),
        (
            "schedule = '61 * * * *'",
            "minute: \"61\" is out of range, expected 0 to 59",
        ),
        ("schedule = '@reboot'", "is not a time"),
        ("every = '7m'", "whole minutes that divide a day"),
        (
            "schedule = '@daily'\nevery = '4h'",
            "`schedule` or `every`, not both",
        ),
        ("notify = 'often'", "`failure`, `always` or `never`"),
        (
            "timeout = '0s'",
            "found \"0s\", expected a duration of at most a week",
        ),
        ("group = 'all'", "\"all\" is no name"),
    ] {
        let home = home().config(&format!("[jobs.it]\ncommand = ['true']\n{line}\n"));

        job(&home, &["run", "it"]).refused(4, said);
    }
}

#[test]
fn a_name_that_nobody_has_is_told_with_the_nearest() {
    let home = home().config("[jobs.backup]\ncommand = ['true']\n");

    job(&home, &["list", "backu"])
        .refused(4, "no job is called 'backu'")
        .stderr_has("did you mean `backup`?");
    job(&home, &["status", "x*"]).refused(4, "no job is called 'x*'");
    job(&home, &["list", "--group", "web"]).refused(4, "no job is in the group 'web'");
    job(&home, &["logs", "backup"]).refused(1, "no logs: no run of backup is recorded");
}

#[test]
fn a_missed_run_is_shown() {
    let home =
        home().config("[jobs.it]\ncommand = ['false']\nschedule = '* * * * *'\ngrace = '0s'\n");
    home.write(CRONTAB, "");
    job(&home, &["enable", "it"]).code(0);
    job(&home, &["run", "it"]).code(1);
    // The last run was an hour ago, in this boot.
    let record = home.read(".inneros/jobs/it.json");
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let hour = 3_600_000;
    for moment in ["/began", "/end/at"] {
        let moment = record.pointer_mut(moment).unwrap();
        for clock in ["boot_ms", "awake_ms"] {
            moment[clock] = (moment[clock].as_u64().unwrap().saturating_sub(hour)).into();
        }
    }
    home.write(".inneros/jobs/it.json", record.to_string());
    home.mode(".inneros/jobs/it.json", 0o600);
    let switch = fs::read_to_string(home.ours("jobs/it.switch")).unwrap();
    let mut switch: serde_json::Value = serde_json::from_str(&switch).unwrap();
    switch["since"] = "2026-01-01T00:00:00Z".into();
    home.write(".inneros/jobs/it.switch", switch.to_string());
    home.mode(".inneros/jobs/it.switch", 0o600);

    let it = listed(&home, "it");

    let awake = inneros_tray::os::process::awake_clock().as_secs();
    if awake > 4000 {
        let count = it["missed"]["count"].as_u64().unwrap();
        assert!((55..=62).contains(&count), "{it}");
        job(&home, &["list"]).code(1).stdout_has("since");
    }
    // Who sees it may disable the job.
    job(&home, &["disable", "it"]).code(0);
    assert!(listed(&home, "it")["missed"].is_null());
    job(&home, &["list"]).code(0);
}
