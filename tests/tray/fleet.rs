//! Several daemons on one icon.

use std::fs;

use crate::desktop::{Row, SOON, wait_until};
use crate::drawing;
use crate::sitting::{Home, OBEDIENT, Sitting, is_alive, kill};

/// Those of the tests, in their order: `a3` needs `a2`.
const SEVEN: [&str; 7] = ["a1", "a2", "a3", "a4", "a5", "a6", "a7"];

fn seven() -> Sitting {
    let daemon = |name: &&str| {
        let after = if *name == "a3" {
            "after = ['a2']\n"
        } else {
            ""
        };
        format!("[daemons.{name}]\n{after}")
    };
    let home = Home::new(OBEDIENT);
    home.configure(&format!(
        "[tray]\npoll_interval = \"250ms\"\n[defaults]\nstart_grace = \"200ms\"\n{OBEDIENT}\n{}",
        SEVEN.iter().map(daemon).collect::<String>()
    ));
    Sitting::at(home)
}

fn pid(sitting: &Sitting, name: &str) -> i32 {
    let file = sitting.home.file(name).join("daemon.pid");
    wait_until(&format!("the PID of {name}"), SOON, || {
        let text = fs::read_to_string(&file).unwrap_or_default();
        text.trim().parse().map_err(|_| text)
    })
}

/// The row of a daemon.
fn row(sitting: &Sitting, name: &str, words: &str) -> Row {
    let of = format!("{name}: ");
    sitting
        .menu()
        .wait_for_row(&of, |row| row.label.contains(words), SOON)
}

/// Clicks a row of a daemon's own menu.
fn choose(sitting: &Sitting, name: &str, label: &str) {
    let inside = wait_until(&format!("'{label}' of {name}"), SOON, || {
        let row = row(sitting, name, "");
        let mut inside = row.children.iter();
        inside
            .find(|row| row.label == label && row.enabled)
            .cloned()
            .ok_or(row)
    });
    sitting.menu().click(&inside);
}

#[test]
fn seven_daemons_are_one_icon_and_two_crashes_one_notification() {
    let sitting = seven();
    sitting.wait_for_tooltip("0 of 7 run");

    sitting.choose("Start All");
    sitting.wait_for_tooltip("7 of 7 run");
    for name in ["a2", "a5"] {
        kill(pid(&sitting, name));
    }

    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "a2 and a5 crashed", SOON);
    assert!(
        note.body.contains("a5 crashed: Ended by signal 9 (KILL)"),
        "{note:?}"
    );
    assert_eq!(sitting.notifications.on_screen().len(), 1);
    sitting
        .menu()
        .wait_for_row("5 of 7 run · a2 crashed at ", |row| row.enabled, SOON);
    wait_until("the icon of a crash", SOON, || {
        match drawing::name(&sitting.item().icon()) {
            Ok("crashed") => Ok(()),
            name => Err(format!("{name:?}")),
        }
    });
    row(&sitting, "a4", "running");

    sitting.notifications.click(note.id, "start-crashed");
    sitting.wait_for_tooltip("7 of 7 run");
    sitting.wait_for_empty_screen();

    let pids = SEVEN.map(|name| pid(&sitting, name));
    sitting.choose("Stop All");
    sitting.wait_for_tooltip("0 of 7 run");
    assert!(!pids.into_iter().any(is_alive));
}

#[test]
fn each_has_a_menu_of_its_own() {
    let sitting = seven();

    choose(&sitting, "a6", "Start");
    row(&sitting, "a6", "running");
    let before = pid(&sitting, "a6");
    choose(&sitting, "a6", "Restart");
    wait_until("another a6", SOON, || {
        let now = pid(&sitting, "a6");
        if now == before { Err(now) } else { Ok(()) }
    });
    row(&sitting, "a6", "running");
    sitting.wait_for_tooltip("1 of 7 run");
    row(&sitting, "a5", "stopped");

    choose(&sitting, "a6", "Stop");
    sitting.wait_for_tooltip("0 of 7 run");
}

#[test]
fn a_file_of_one_daemon_comes_and_breaks_without_the_others() {
    let sitting = seven();
    choose(&sitting, "a1", "Start");
    row(&sitting, "a1", "running");
    let folder = sitting.home.file("daemons.d");
    fs::create_dir(&folder).unwrap();

    fs::write(folder.join("late.toml"), OBEDIENT).unwrap();
    row(&sitting, "late", "stopped");
    choose(&sitting, "late", "Start");
    row(&sitting, "late", "running");
    fs::write(folder.join("late.toml"), "command = 7\n").unwrap();

    row(&sitting, "late", "misconfigured");
    row(&sitting, "a1", "running");
    fs::write(folder.join("late.toml"), OBEDIENT).unwrap();
    row(&sitting, "late", "running");
    sitting.choose("Stop All");
    sitting.wait_for_tooltip("0 of 8 run");
}
