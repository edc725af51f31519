//! Interruptions: on transitions only, and never for what the user asked for.

use std::fs;

use chrono::NaiveTime;

use crate::desktop::{SOON, Urgency, stays, wait_until};
use crate::health_server::{HealthServer, SICK, WELL};
use crate::sitting::{A_WHILE, Home, OBEDIENT, Sitting, is_alive, kill};

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

fn only_one(sitting: &Sitting) {
    stays("one notification", A_WHILE, || {
        let shown = sitting.notifications.shown();
        if shown.len() == 1 {
            Ok(())
        } else {
            Err(format!("{shown:?}"))
        }
    });
}

/// A daemon that waits until there is a file `go` in the home, and then logs an error and
/// does what is given.
fn logs_an_error(then: &str) -> Home {
    let home =
        Home::new("working_dir = \"~\"\nlogs_dir = \"~/logs\"\ncommand = [\"sh\", \"daemon.sh\"]");
    fs::create_dir(home.file("logs")).unwrap();
    let script = format!(
        "while [ ! -e go ]; do sleep 0.05; done\n\
         now=$(date '+%Y-%m-%d %H:%M:%S')\n\
         echo \"$now [ERROR] src.daemon: cannot open the vault\" >> logs/daemon.log\n\
         {then}\n"
    );
    fs::write(home.file("daemon.sh"), script).unwrap();
    home
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
    only_one(&sitting);
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

/// It was started by a command that has ended since, and is nobody's child here.
#[test]
fn the_exit_of_a_daemon_that_a_command_started_is_told_where_the_kernel_tells_it() {
    let home = Home::new(
        "command = [\"sh\", \"-c\", \"while [ ! -e die ]; do sleep 0.1; done; exit 7\"]\nworking_dir = \"~\"",
    );
    assert!(home.inneros(&["daemon", "start"]).status.success());
    let sitting = Sitting::at(home);
    sitting.wait_for_tooltip("running");

    fs::write(sitting.home.file("die"), "").unwrap();

    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);
    if note.body.ends_with("how it ended is not known") {
        eprintln!("NOT RUN: the kernel does not tell how others' children end");
        return;
    }
    assert_eq!(note.body, "Ended with exit code 7");
}

#[test]
fn what_the_user_asked_for_is_not_announced() {
    let sitting = Sitting::with_running_daemon(&format!(
        "{OBEDIENT}\n[notifications]\nstarted = true\nstopped = true"
    ));
    let first = sitting.home.pid();

    sitting.choose("Restart");
    sitting.home.another_pid(first);
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

    sitting.choose("Start Again");

    sitting.wait_for_empty_screen();
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
    // A dozen looks are made while it is watched.
    let home = Home::new(&format!("{OBEDIENT}\n[tray]\npoll_interval = \"400ms\""));
    assert!(home.inneros(&["daemon", "start"]).status.success());
    kill(home.pid());

    let sitting = Sitting::at(home);

    sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);
    only_one(&sitting);
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
fn a_start_that_fails_after_a_crash_is_told_in_its_place_and_stays() {
    let home = Home::new(
        "command = [\"sh\", \"-c\", \"[ ! -e broken ] || exit 3; exec sleep 1000\"]\n\
         working_dir = \"~\"\n[tray]\npoll_interval = \"250ms\"",
    );
    let sitting = Sitting::at(home);
    sitting.choose("Start");
    sitting.wait_for_tooltip("running");
    fs::write(sitting.home.file("broken"), "").unwrap();
    kill(sitting.home.pid());
    let crash = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);

    sitting.notifications.click(crash.id, "start");

    let failed = |note: &crate::desktop::Note| note.summary == "InnerOS did not start";
    sitting.notifications.wait_for(failed, SOON);
    sitting.wait_for_tooltip("did not start");
    // A dozen looks.
    stays("the notification", A_WHILE, || {
        let left = sitting.notifications.on_screen();
        if left.len() == 1 && failed(&left[0]) {
            Ok(())
        } else {
            Err(format!("{left:?}"))
        }
    });
    fs::remove_file(sitting.home.file("broken")).unwrap();
    sitting.choose("Start Again");
    sitting.wait_for_tooltip("running");
}

#[test]
fn what_was_over_before_anybody_looked_is_said_in_the_menu() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    kill(sitting.home.pid());
    sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);

    assert!(sitting.home.inneros(&["daemon", "start"]).status.success());

    sitting.wait_for_tooltip("InnerOS: running: Missed at ");
    let menu = sitting.menu();
    menu.wait_for_row("Missed at ", |row| row.enabled, SOON);
}

#[test]
fn an_error_that_the_running_daemon_logs_stands_in_the_second_row() {
    let sitting = Sitting::at(logs_an_error("exec sleep 1000"));
    sitting.choose("Start");
    sitting.wait_for_tooltip("running");
    assert!(sitting.menu().rows()[1].label.starts_with("pid "));

    fs::write(sitting.home.file("go"), "").unwrap();

    let said = wait_until("the error in the menu", SOON, || {
        let said = sitting.menu().rows()[1].label.clone();
        if said.ends_with(" daemon: cannot open the vault") {
            Ok(said)
        } else {
            Err(said)
        }
    });
    let time = said.split(' ').next().unwrap_or_default();
    let time = NaiveTime::parse_from_str(time, "%H:%M:%S");
    assert!(time.is_ok(), "{said}");
    assert_eq!(sitting.notifications.shown(), Vec::new());
}

#[test]
fn a_crash_tells_the_last_logged_error_and_the_last_line() {
    let sitting = Sitting::at(logs_an_error("echo 'Aborted (core dumped)' >&2; exit 3"));
    sitting.choose("Start");
    sitting.wait_for_tooltip("running");

    fs::write(sitting.home.file("go"), "").unwrap();

    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);
    let lines: Vec<&str> = note.body.lines().collect();
    let [how, logged, last] = lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(how, "Ended with exit code 3");
    assert!(
        logged.ends_with(" daemon: cannot open the vault"),
        "{logged}"
    );
    assert_eq!(last, "Aborted (core dumped)");
}

#[test]
fn a_click_on_the_notification_opens_the_log() {
    let home = Home::new(OBEDIENT);
    let log = home.file("logs/daemon.log");
    fs::create_dir(home.file("logs")).unwrap();
    fs::write(&log, "x\n").unwrap();
    let sitting = Sitting::at(home);
    sitting.choose("Start");
    sitting.wait_for_tooltip("running");
    kill(sitting.home.pid());
    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);

    sitting.notifications.click(note.id, "default");

    sitting.home.wait_for_opened(log);
    let said = sitting.item().tooltip().1;
    assert!(said.contains("crashed"), "{said}");
}

#[test]
fn a_notification_that_was_clicked_goes_although_the_desktop_leaves_it() {
    for action in ["default", "start"] {
        let sitting = Sitting::with_running_daemon(OBEDIENT);
        kill(sitting.home.pid());
        let note = sitting
            .notifications
            .wait_for(|note| note.summary == "InnerOS crashed", SOON);

        sitting.notifications.click_and_keep(note.id, action);

        sitting.wait_for_empty_screen();
    }
}

#[test]
fn a_button_of_the_notification_restarts_an_unhealthy_daemon() {
    let server = HealthServer::start(SICK);
    let sitting = Sitting::with_running_daemon(&format!(
        "{OBEDIENT}\nready_timeout = \"1ms\"\n{}\n[tray]\npoll_interval = \"250ms\"",
        server.section()
    ));
    let first = sitting.home.pid();
    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS is unhealthy", SOON);
    assert_eq!(note.actions, ["default", "Open Log", "restart", "Restart"]);

    sitting.notifications.click(note.id, "restart");

    let second = sitting.home.another_pid(first);
    server.set(WELL);
    sitting.wait_for_tooltip("InnerOS: running");
    assert!(is_alive(second));
    assert!(!is_alive(first));
    assert_eq!(sitting.home.opened(), "");
}

#[test]
fn a_button_of_the_notification_starts_the_daemon_again() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    let first = sitting.home.pid();
    kill(first);
    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);
    assert_eq!(note.actions, ["default", "Open Log", "start", "Start"]);

    sitting.notifications.click(note.id, "start");

    sitting.wait_for_tooltip("running");
    assert_ne!(sitting.home.pid(), first);
    assert_eq!(sitting.home.opened(), "");
}
