//! Notification services of every kind: that come and go, that can do little, that are slow or
//! answer with nonsense.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::desktop::{
    Answers, Bus, Manner, Note, NotificationService, SOON, Watcher, stays, wait_until,
};
use crate::sitting::{A_WHILE, Home, OBEDIENT, Sitting, Tray, kill};

const FAST: &str = "command = [\"sleep\", \"1000\"]\n[tray]\npoll_interval = \"250ms\"";

fn crash(sitting: &Sitting) -> Note {
    kill(sitting.home.pid());
    crashed(&sitting.notifications)
}

fn crashed(service: &NotificationService) -> Note {
    service.wait_for(|note| note.summary == "InnerOS crashed", SOON)
}

/// Starts the daemon behind the tray's back, and waits until it is seen.
fn start(sitting: &Sitting) {
    assert!(sitting.home.inneros(&["daemon", "start"]).status.success());
    sitting.wait_for_tooltip("running");
}

/// The same desktop with another notification service.
fn restart_service(sitting: &mut Sitting) {
    // The name has one owner at a time.
    sitting.notifications.leave();
    sitting.notifications = NotificationService::start(&sitting.bus);
}

#[test]
fn a_notification_of_another_program_is_left_alone_after_the_service_was_restarted() {
    let mut sitting = Sitting::with_running_daemon(FAST);
    let note = crash(&sitting);
    restart_service(&mut sitting);
    let other = sitting.notifications.show_for_another("A mail");
    assert_eq!(other.id, note.id, "the number is given anew");

    // What is no longer true is withdrawn.
    start(&sitting);

    stays("the other program's notification", A_WHILE, || {
        let shown = sitting.notifications.on_screen();
        if shown.as_slice() == [other.clone()] {
            Ok(())
        } else {
            Err(format!("{shown:?}"))
        }
    });
}

#[test]
fn a_notification_of_another_program_is_not_replaced_after_the_service_was_restarted() {
    let mut sitting = Sitting::with_running_daemon(FAST);
    let first = crash(&sitting);
    restart_service(&mut sitting);
    let other = sitting.notifications.show_for_another("A mail");
    assert_eq!(other.id, first.id, "the number is given anew");

    assert!(sitting.home.inneros(&["daemon", "start"]).status.success());
    kill(sitting.home.pid());

    let second = crashed(&sitting.notifications);
    assert_eq!(second.replaces_id, 0);
    assert_ne!(second.id, other.id);
    assert!(sitting.notifications.on_screen().contains(&other));
}

#[test]
fn a_click_on_a_notification_of_another_program_is_not_obeyed() {
    let mut sitting = Sitting::with_running_daemon(FAST);
    let note = crash(&sitting);
    restart_service(&mut sitting);
    let other = sitting.notifications.show_for_another("A mail");
    assert_eq!(other.id, note.id, "the number is given anew");

    sitting.notifications.click_of_another(other.id, "start");
    sitting.notifications.click_of_another(other.id, "default");

    stays("the crash", A_WHILE, || {
        let said = sitting.item().tooltip().1;
        let opened = sitting.home.opened();
        if said.contains("crashed") && opened.is_empty() {
            Ok(())
        } else {
            Err(format!("{said}; opened: {opened}"))
        }
    });
}

#[test]
fn what_nobody_could_show_is_shown_when_a_service_comes() {
    let home = Home::new(OBEDIENT);
    let bus = Bus::start();
    let watcher = Watcher::start(&bus);
    let _tray = Tray::start(&home, &bus, &[]);
    let menu = watcher.wait_for_item(SOON).menu();
    // It is known at the start, before there is anything to tell.
    menu.wait_for_row("Settings (Notifications Cannot Be Shown)", |_| true, SOON);
    menu.click(&menu.wait_for_row("Start", |row| row.enabled, SOON));
    menu.wait_for_row("Stop", |row| row.enabled, SOON);
    kill(home.pid());
    wait_until("a warning in the log", SOON, || {
        let log = fs::read_to_string(home.file("tray.log")).unwrap();
        let is_noted = log.contains("WARN cannot notify 'InnerOS crashed': no program here");
        is_noted.then_some(()).ok_or(log)
    });

    let service = NotificationService::start(&bus);

    crashed(&service);
    menu.wait_for_row("Settings", |row| row.label == "Settings", SOON);
}

#[test]
fn a_service_that_restarts_in_the_middle_of_a_call_is_asked_again() {
    let mut sitting = Sitting::with_running_daemon(FAST);
    sitting.notifications.leave();
    let leaving = NotificationService::like(
        &sitting.bus,
        Manner {
            answer: Answers::ByLeaving,
            ..Manner::default()
        },
    );
    kill(sitting.home.pid());
    sitting.wait_for_tooltip("crashed");
    leaving.wait_until_gone(SOON);

    sitting.notifications = NotificationService::start(&sitting.bus);

    crashed(&sitting.notifications);
}

#[test]
fn a_slow_service_keeps_nothing_else_waiting() {
    let mut sitting = Sitting::with_running_daemon(FAST);
    sitting.notifications.leave();
    sitting.notifications = NotificationService::like(
        &sitting.bus,
        Manner {
            answer: Answers::After(Duration::from_secs(3)),
            ..Manner::default()
        },
    );

    kill(sitting.home.pid());

    sitting.wait_for_tooltip("crashed");
    assert_eq!(sitting.notifications.shown(), Vec::new());
    crashed(&sitting.notifications);
}

#[test]
fn a_service_that_talks_nonsense_is_said_to() {
    let mut sitting = Sitting::with_running_daemon(FAST);
    sitting.notifications.leave();
    let _nonsense = NotificationService::talking_nonsense(&sitting.bus);

    kill(sitting.home.pid());

    sitting.wait_for_tooltip("crashed");
    wait_until("a warning in the log", SOON, || {
        let log = fs::read_to_string(sitting.home.file("tray.log")).unwrap();
        let is_noted = log.contains("the notification service gave an invalid answer");
        is_noted.then_some(()).ok_or(log)
    });
    assert!(sitting.tray.is_running());
}

#[test]
fn a_service_without_buttons_gets_the_way_out_in_words() {
    let mut sitting = Sitting::with_running_daemon(FAST);
    sitting.notifications.leave();
    sitting.notifications = NotificationService::like(
        &sitting.bus,
        Manner {
            capabilities: &["body"],
            ..Manner::default()
        },
    );

    let note = crash(&sitting);

    assert_eq!(note.actions, [""; 0]);
    let last = note.body.lines().last();
    assert_eq!(last, Some("Choose Start or Open Log in the tray menu."));
}

#[test]
fn a_notification_names_its_program_and_no_button_twice() {
    let sitting = Sitting::with_running_daemon(FAST);

    let note = crash(&sitting);

    // Desktops list the program by the file that the package installs.
    let entry = format!("packaging/{}.desktop", note.desktop_entry.unwrap());
    let entry = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(entry)).unwrap();
    assert!(entry.contains("\nX-GNOME-UsesNotifications=true\n"));
    let labels: Vec<_> = note.actions.chunks(2).map(|pair| &pair[1]).collect();
    let different: BTreeSet<_> = labels.iter().collect();
    assert_eq!(different.len(), labels.len(), "{labels:?}");
}

#[test]
fn notifications_that_are_closed_at_once_leave_no_thread_and_no_socket() {
    let sitting = Sitting::with_running_daemon(FAST);
    let process = format!("/proc/{}", sitting.tray.child.id());
    let count = |what: &str| fs::read_dir(format!("{process}/{what}")).unwrap().count();
    let once = || {
        let seen = sitting.notifications.shown().len();
        kill(sitting.home.pid());
        let note = wait_until("a notification", SOON, || {
            let all = sitting.notifications.shown();
            all.get(seen).cloned().ok_or(format!("{all:?}"))
        });
        sitting.notifications.dismiss(note.id);
        start(&sitting);
    };
    once();
    let (threads, files) = (count("task"), count("fd"));

    for _ in 0..5 {
        once();
    }

    // A thread of a worker may be about to end.
    wait_until("as few as before", SOON, || {
        let now = (count("task"), count("fd"));
        if now.0 <= threads && now.1 <= files {
            Ok(())
        } else {
            Err(format!("{now:?} instead of {threads} and {files}"))
        }
    });
}
