//! Lines of the crontab, and blocks of ours in it.

use std::fs;

use super::{CRONTAB, home, job, listed};
use crate::home::Home;

const LINES: &str = "MAILTO=me\r\n# the evening\n30 23 * * * cd /n && ./import.sh >/dev/null 2>&1\n\n  @daily\t/opt/sweep.sh 50\\% %input";

fn with_lines() -> Home {
    let home = home().config("[jobs.it]\ncommand = ['true']\nschedule = '15 4 * * *'\n");
    home.write(CRONTAB, LINES);
    home
}

fn backups(home: &Home) -> usize {
    fs::read_dir(home.ours("crontab")).map_or(0, Iterator::count)
}

#[test]
fn a_line_is_switched_with_the_mark_and_every_other_byte_is_kept() {
    let home = with_lines();

    job(&home, &["disable", "import"])
        .code(0)
        .stdout_is("import: disabled\n");

    let expected = LINES.replace("30 23", "#DISABLED# 30 23");
    assert_eq!(home.read(CRONTAB), expected);
    job(&home, &["disable", "import"])
        .code(0)
        .stdout_is("import: already disabled\n");
    assert_eq!(backups(&home), 1);
    job(&home, &["enable", "import"])
        .code(0)
        .stdout_is("import: enabled\n");
    assert_eq!(home.read(CRONTAB), LINES);
}

#[test]
fn several_are_switched_by_one_pattern() {
    let home = with_lines();

    job(&home, &["disable", "*p*"])
        .code(0)
        .stdout_is("import: disabled\nsweep: disabled\n");

    assert_eq!(home.read(CRONTAB).matches("#DISABLED# ").count(), 2);
}

#[test]
fn a_line_is_adopted_and_comes_back_as_it_was() {
    let home = with_lines();

    job(&home, &["adopt", "sweep", "import"])
        .code(0)
        .stdout_is("import: adopted\nsweep: adopted\n");

    let adopted = home.read(CRONTAB);
    assert!(
        adopted.contains(" job run sweep -- \"$SHELL\" -c '/opt/sweep.sh 50\\% '%input"),
        "{adopted}"
    );
    assert_eq!(listed(&home, "sweep")["result"], "never");
    job(&home, &["disable", "sweep", "--until", "tomorrow"]).code(0);
    job(&home, &["enable", "sweep"])
        .code(0)
        .stdout_is("sweep: enabled\n");
    job(&home, &["adopt", "--undo", "sweep", "import"]).code(0);
    assert_eq!(home.read(CRONTAB), LINES);
    job(&home, &["adopt", "it"]).refused(1, "it is not a line of the crontab");
}

#[test]
fn an_adopted_line_runs_as_before() {
    let home = home();
    home.write(CRONTAB, "* * * * * echo \"it's $HOME\"; exit 3\n");
    job(&home, &["adopt", "echo"]).code(0);
    let line = home.read(CRONTAB);
    let command = line.trim_end().strip_prefix("* * * * * ").unwrap();

    home.shell("SHELL=/bin/sh sh -c \"$2\"", [command]).code(3);

    let expected = format!("it's {}\n", home.path().display());
    job(&home, &["logs", "echo"]).code(0).stdout_is(&expected);
}

#[test]
fn a_line_that_nobody_could_switch_again_is_not_held_back() {
    let home = with_lines();

    job(&home, &["disable", "sweep", "--for", "2h"])
        .refused(1, "is not adopted")
        .stderr_has("`inneros job adopt sweep` first");
    assert_eq!(home.read(CRONTAB), LINES);
}

#[test]
fn a_configured_job_gets_a_block_where_there_is_no_service_manager() {
    let home = with_lines();

    job(&home, &["enable", "it"])
        .code(0)
        .stdout_is("it: enabled\n");

    let with = home.read(CRONTAB);
    assert!(
        with.starts_with(LINES) && with.contains("\n15 4 * * * ") && with.contains(" job run it\n"),
        "{with}"
    );
    assert_eq!(listed(&home, "it")["state"], "enabled");
    assert_eq!(listed(&home, "it")["scheduler"], "cron");
    job(&home, &["enable", "it"])
        .code(0)
        .stdout_is("it: already enabled\n");
    let home = home.config("[jobs.it]\ncommand = ['true']\nschedule = '16 4 * * *'\n");
    assert_eq!(listed(&home, "it")["state"], "differs");
    job(&home, &["enable", "it"]).code(0);
    assert!(home.read(CRONTAB).contains("\n16 4 * * * "));
    job(&home, &["disable", "it"]).code(0);
    assert_eq!(home.read(CRONTAB), format!("{LINES}\n"));
}

#[test]
fn a_block_that_was_edited_by_hand_is_left_alone() {
    let home = with_lines();
    job(&home, &["enable", "it"]).code(0);
    let edited = home.read(CRONTAB).replace("15 4 * * *", "15 5 * * *");
    home.write(CRONTAB, &edited);

    job(&home, &["disable", "it"]).refused(1, "was edited by hand: left alone");

    assert_eq!(home.read(CRONTAB), edited);
    assert_eq!(listed(&home, "it")["state"], "edited");
    job(&home, &["disable", "it", "--force"]).code(0);
    assert_eq!(home.read(CRONTAB), format!("{LINES}\n"));
}

#[test]
fn a_crontab_that_somebody_else_writes_meanwhile_is_left_alone() {
    let home = with_lines();
    home.write("meddles", "");

    job(&home, &["disable", "import"])
        .refused(1, "the crontab was changed in the meantime: left alone");

    assert!(home.read(CRONTAB).starts_with(LINES));
}

#[test]
fn twenty_backups_are_kept() {
    let home = with_lines();

    for _ in 0..12 {
        job(&home, &["disable", "import"]).code(0);
        job(&home, &["enable", "import"]).code(0);
    }

    assert_eq!(backups(&home), 20);
}

#[test]
fn no_permission_to_the_crontab_is_said() {
    let home = with_lines();
    home.write("denied", "");

    job(&home, &["list"])
        .code(0)
        .stderr_has("not allowed to use this program");
    job(&home, &["enable", "it"])
        .code(4)
        .stderr_has("not allowed");
}

#[test]
fn without_cron_and_a_service_manager_nobody_can_run_it() {
    let home = Home::new().config("[jobs.it]\ncommand = ['true']\nschedule = '15 4 * * *'\n");

    let answer = home.shell("PATH=/nowhere exec \"$@\"", ["job", "enable", "it"]);

    answer.refused(1, "nothing here can run it");
    home.shell("PATH=/nowhere exec \"$@\"", ["job", "list"])
        .code(0);
}
