//! Interruptions: on transitions only, and never for what the user asked for.

use std::fs;

use crate::desktop::{SOON, Urgency, stays, wait_until};
use crate::sitting::{A_WHILE, Home, OBEDIENT, Sitting, kill};

fn quiet(sitting: &Sitting) {
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
fn a_crash_raises_one_notification_with_its_reason() {
    let sitting = Sitting::with_running_daemon(
        "command = [\"sh\", \"-c\", \"echo 'ValueError: no vault' >&2; exec sleep 1000\"]",
    );

    kill(sitting.home.pid());

    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);
    assert_eq!(note.body, "Ended by signal 9 (KILL)\nValueError: no vault");
    assert_eq!(note.urgency, Urgency::Critical);
    stays("one notification", A_WHILE, || {
        let shown = sitting.notifications.shown();
        if shown.len() == 1 {
            Ok(())
        } else {
            Err(format!("{shown:?}"))
        }
    });
}

#[test]
fn an_exit_code_is_told() {
    let sitting = Sitting::with_running_daemon(
        "command = [\"sh\", \"-c\", \"while [ ! -e die ]; do sleep 0.1; done; exit 3\"]\nworking_dir = \"~\"",
    );

    fs::write(sitting.home.file("die"), "").unwrap();

    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);
    assert_eq!(note.body, "Ended with exit code 3");
}

#[test]
fn what_the_user_asked_for_is_not_announced() {
    let sitting = Sitting::with_running_daemon(&format!(
        "{OBEDIENT}\n[notifications]\nstarted = true\nstopped = true"
    ));

    sitting.choose("Restart");
    sitting.wait_for_tooltip("running");
    sitting.choose("Stop");
    sitting.wait_for_tooltip("stopped");

    quiet(&sitting);
}

#[test]
fn a_stop_by_somebody_else_is_not_a_crash() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);

    sitting.home.inneros(&["daemon", "stop"]);
    sitting.wait_for_tooltip("stopped");

    quiet(&sitting);
}

#[test]
fn a_stop_by_somebody_else_is_announced_when_wanted() {
    let sitting = Sitting::with_running_daemon(&format!(
        "{OBEDIENT}\n[notifications]\nstarted = true\nstopped = true"
    ));

    sitting.home.inneros(&["daemon", "stop"]);
    sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS stopped", SOON);
    sitting.home.inneros(&["daemon", "start"]);
    sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS started", SOON);
}

#[test]
fn a_crash_that_is_not_wanted_is_only_shown() {
    let sitting =
        Sitting::with_running_daemon(&format!("{OBEDIENT}\n[notifications]\ncrashed = false"));

    kill(sitting.home.pid());
    sitting.wait_for_tooltip("crashed");

    quiet(&sitting);
}

#[test]
fn the_notification_goes_when_the_daemon_is_back() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    kill(sitting.home.pid());
    sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);

    sitting.choose("Start");

    wait_until("an empty screen", SOON, || {
        let left = sitting.notifications.on_screen();
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("{left:?}"))
        }
    });
}

#[test]
fn the_second_crash_replaces_the_first() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    let crash = |count: usize| {
        kill(sitting.home.pid());
        wait_until("a crash notification", SOON, || {
            let shown = sitting.notifications.shown();
            if shown.len() == count {
                Ok(())
            } else {
                Err(format!("{shown:?}"))
            }
        });
    };

    crash(1);
    assert!(sitting.home.inneros(&["daemon", "start"]).status.success());
    sitting.wait_for_tooltip("running");
    crash(2);

    assert_eq!(sitting.notifications.on_screen().len(), 1);
}

#[test]
fn a_daemon_found_crashed_is_told_once() {
    let home = Home::new(OBEDIENT);
    assert!(home.inneros(&["daemon", "start"]).status.success());
    kill(home.pid());

    let sitting = Sitting::at(home);

    sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);
}

#[test]
fn a_daemon_found_running_is_not_told() {
    let home = Home::new(&format!("{OBEDIENT}\n[notifications]\nstarted = true"));
    assert!(home.inneros(&["daemon", "start"]).status.success());

    let sitting = Sitting::at(home);
    sitting.wait_for_tooltip("running");

    quiet(&sitting);
}

#[test]
fn a_start_that_fails_says_why() {
    let sitting = Sitting::new("command = [\"sh\", \"-c\", \"echo 'no such vault' >&2; exit 3\"]");

    sitting.choose("Start");

    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS did not start", SOON);
    assert!(note.body.contains("exit code 3"), "{note:?}");
    assert!(note.body.contains("no such vault"), "{note:?}");
    sitting
        .menu()
        .wait_for_row("Ended during its start: exit code 3", |_| true, SOON);
}

#[test]
fn a_click_on_the_notification_opens_the_log() {
    let home = Home::new(OBEDIENT);
    fs::create_dir(home.file("logs")).unwrap();
    fs::write(home.file("logs/daemon.log"), "x\n").unwrap();
    let sitting = Sitting::at(home);
    sitting.choose("Start");
    sitting.wait_for_tooltip("running");
    kill(sitting.home.pid());
    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);

    sitting.notifications.click(note.id, "default");

    wait_until("the log to be opened", SOON, || {
        let opened = sitting.home.opened();
        if opened.contains("daemon.log") {
            Ok(())
        } else {
            Err(opened)
        }
    });
}

#[test]
fn a_button_of_the_notification_starts_the_daemon_again() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    let first = sitting.home.pid();
    kill(first);
    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);
    assert_eq!(
        note.actions,
        [
            "default", "Open Log", "start", "Start", "open-log", "Open Log"
        ]
    );

    sitting.notifications.click(note.id, "start");

    sitting.wait_for_tooltip("running");
    assert_ne!(sitting.home.pid(), first);
    assert_eq!(sitting.home.opened(), "");
}
