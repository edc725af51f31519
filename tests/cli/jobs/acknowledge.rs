//! `inneros job acknowledge`

use super::{CRONTAB, home, job, listed};
use crate::home::Home;

fn with_failed_job() -> Home {
    let home = home().config(
        "[jobs.it]\ncommand = ['sh', '-c', 'exit $(cat code)']\nworking_dir = '~'\n\
         schedule = '30 23 1 1 *'\n",
    );
    home.write(CRONTAB, "");
    home.write("code", "3");
    job(&home, &["enable", "it"]).code(0);
    job(&home, &["run", "it"]).code(3);
    home
}

#[test]
fn a_failed_job_that_is_acknowledged_is_well_until_it_fails_again() {
    let home = with_failed_job();
    job(&home, &["list"]).code(1);

    job(&home, &["acknowledge", "it"])
        .code(0)
        .stdout_is("it: acknowledged\n");

    job(&home, &["list"])
        .code(0)
        .stdout_has("failed: exit code 3");
    job(&home, &["status", "it"])
        .code(0)
        .stdout_has("failed: exit code 3, acknowledged");
    assert_eq!(listed(&home, "it")["acknowledged"], true);
    job(&home, &["acknowledge", "it"])
        .code(0)
        .stdout_is("it: already acknowledged\n");
    job(&home, &["run", "it"]).code(3);
    job(&home, &["list"]).code(1);
}

#[test]
fn it_can_be_taken_back() {
    let home = with_failed_job();
    job(&home, &["acknowledge", "i*"]).code(0);

    job(&home, &["acknowledge", "it", "--undo"])
        .code(0)
        .stdout_is("it: not acknowledged\n");

    job(&home, &["list"]).code(1);
    assert_eq!(listed(&home, "it")["acknowledged"], false);
}

#[test]
fn it_survives_that_the_job_is_paused_and_enabled() {
    let home = with_failed_job();
    job(&home, &["acknowledge", "it"]).code(0);

    job(&home, &["disable", "it", "--for", "2h"]).code(0);
    job(&home, &["enable", "it"]).code(0);

    assert_eq!(listed(&home, "it")["acknowledged"], true);
    job(&home, &["list"]).code(0);
}

#[test]
fn a_run_whose_end_nobody_saw_can_be_acknowledged() {
    let home = with_failed_job();
    let record = home.read(".inneros/jobs/it.json");
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    record["end"] = serde_json::Value::Null;
    home.write(".inneros/jobs/it.json", record.to_string());
    home.mode(".inneros/jobs/it.json", 0o600);
    job(&home, &["list"]).code(4).stdout_has("not known");

    job(&home, &["acknowledge", "it"]).code(0);

    job(&home, &["list"]).code(0);
}

#[test]
fn a_name_that_nobody_has_is_refused() {
    let home = with_failed_job();

    job(&home, &["acknowledge", "its"]).refused(4, "no job is called 'its'");
    job(&home, &["acknowledge"]).code(2);
}
