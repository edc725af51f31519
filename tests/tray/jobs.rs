//! Jobs in the menu, on the icon and in notifications.

use std::fs;

use crate::desktop::{Note, Row, SOON, stays, wait_until};
use crate::drawing;
use crate::sitting::{A_WHILE, Home, OBEDIENT, Sitting, Tray};

/// A home with a job that ends with the code in the file `code`, enabled in a crontab.
fn home() -> Home {
    let home = Home::new(&format!(
        "{OBEDIENT}\n[tray]\npoll_interval = \"250ms\"\n[jobs.backup]\n\
         command = [\"sh\", \"-c\", \"echo 'disk full' >&2; exit $(cat code)\"]\n\
         working_dir = \"~\"\nschedule = \"30 23 1 1 *\"\n"
    ));
    fs::write(home.file("crontab.txt"), "").unwrap();
    fs::write(home.file("code"), "3").unwrap();
    let enabled = home.inneros(&["job", "enable", "backup"]);
    assert!(enabled.status.success(), "{enabled:?}");
    home
}

fn wait_for_icon(sitting: &Sitting, wanted: &str) {
    wait_until(&format!("the icon {wanted}"), SOON, || {
        let icon = sitting.item().icon();
        match drawing::name(&icon) {
            Ok(name) if name == wanted => Ok(()),
            name => Err(format!("{name:?}")),
        }
    });
}

fn told(sitting: &Sitting, title: &str) -> Note {
    let notes = &sitting.notifications;
    notes.wait_for(|note| note.summary == title, SOON)
}

fn row(sitting: &Sitting, words: &str) -> Row {
    sitting.menu().wait_for_row(words, |_| true, SOON)
}

fn nothing_is_told(sitting: &Sitting) {
    stays("no notification", A_WHILE, || {
        let shown = sitting.notifications.shown();
        if shown.is_empty() {
            Ok(())
        } else {
            Err(format!("{shown:?}"))
        }
    });
}

#[test]
fn without_jobs_there_is_no_row_for_them() {
    let sitting = Sitting::new(OBEDIENT);
    sitting.offers(&["Start"]);

    assert_eq!(sitting.menu().find("Jobs"), None);
}

#[test]
fn a_job_that_fails_turns_the_icon_and_is_told_with_its_last_words() {
    let sitting = Sitting::at(home());
    row(&sitting, "backup · next");
    wait_for_icon(&sitting, "stopped");

    let run = sitting.home.inneros(&["job", "run", "backup"]);
    assert_eq!(run.status.code(), Some(3));

    let note = told(&sitting, "backup failed");
    assert_eq!(note.body, "Ended with exit code 3\ndisk full");
    for label in ["Run Again", "Open Output", "Pause Until Tomorrow"] {
        assert!(note.actions.iter().any(|said| said == label), "{note:?}");
    }
    wait_for_icon(&sitting, "job-failed");
    sitting.wait_for_tooltip("backup failed");
    row(&sitting, "Jobs: backup failed");

    // It runs well, by the button.
    fs::write(sitting.home.file("code"), "0").unwrap();
    sitting.notifications.click(note.id, "run-again");
    wait_for_icon(&sitting, "stopped");
    row(&sitting, "backup · ok");
}

#[test]
fn run_now_runs_it_and_open_output_opens_what_it_wrote() {
    let sitting = Sitting::at(home());
    fs::write(sitting.home.file("code"), "0").unwrap();

    sitting.choose("Run Now");

    row(&sitting, "backup · ok");
    let output = sitting.home.file("jobs/backup.out");
    assert_eq!(fs::read_to_string(&output).unwrap(), "disk full\n");
    let menu = sitting.menu();
    let rows = menu.all();
    let jobs = rows.iter().position(|row| row.label == "Jobs").unwrap();
    let of_job = rows[jobs..].iter().find(|row| row.label == "Open Output");
    menu.click(of_job.unwrap());
    sitting.home.wait_for_opened(output);
    nothing_is_told(&sitting);
}

#[test]
fn pause_until_tomorrow_holds_it_back_and_resume_lets_it_go() {
    let sitting = Sitting::at(home());

    sitting.choose("Pause Until Tomorrow");

    row(&sitting, "backup · paused until");
    let run = sitting.home.inneros(&["job", "run", "backup"]);
    assert_eq!(run.status.code(), Some(0), "it is held back");
    sitting.choose("Resume");
    row(&sitting, "backup · next");
    let run = sitting.home.inneros(&["job", "run", "backup"]);
    assert_eq!(run.status.code(), Some(3));
}

#[test]
fn acknowledge_gives_the_icon_back_and_the_next_tray_tells_nothing() {
    let home = home();
    home.inneros(&["job", "run", "backup"]);
    let mut sitting = Sitting::at(home);
    told(&sitting, "backup failed");
    wait_for_icon(&sitting, "job-failed");

    sitting.tray.signal(rustix::process::Signal::TERM);
    sitting.tray.wait();
    sitting.tray = Tray::start(&sitting.home, &sitting.bus, &[]);

    wait_for_icon(&sitting, "job-failed");
    stays("one notification", A_WHILE, || {
        let shown = sitting.notifications.shown();
        if shown.len() == 1 {
            Ok(())
        } else {
            Err(format!("{shown:?}"))
        }
    });
    sitting.choose("Acknowledge");
    wait_for_icon(&sitting, "stopped");
    row(&sitting, "backup · failed");
    // The command line takes it back.
    let undone = sitting
        .home
        .inneros(&["job", "acknowledge", "backup", "--undo"]);
    assert!(undone.status.success(), "{undone:?}");
    wait_for_icon(&sitting, "job-failed");
}
