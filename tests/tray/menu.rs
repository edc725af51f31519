//! What each row does.

use std::fs;
use std::net::TcpListener;

use crate::desktop::{SOON, wait_until};
use crate::sitting::{A_WHILE, Home, OBEDIENT, Sitting, is_alive};

#[test]
fn start_starts_a_real_process_and_stop_ends_it() {
    let sitting = Sitting::new(OBEDIENT);

    sitting.choose("Start");
    sitting.wait_for_tooltip("running");
    let pid = sitting.home.pid();
    assert!(is_alive(pid));

    sitting.choose("Stop");
    sitting.wait_for_tooltip("stopped");
    assert!(!is_alive(pid));
    assert!(!sitting.home.file("daemon.pid").exists());
}

#[test]
fn restart_makes_a_new_process() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    let before = sitting.home.pid();

    sitting.choose("Restart");

    wait_until("another PID", SOON, || {
        let text = fs::read_to_string(sitting.home.file("daemon.pid")).unwrap_or_default();
        match text.trim().parse::<i32>() {
            Ok(pid) if pid != before => Ok(()),
            _ => Err(text),
        }
    });
    sitting.wait_for_tooltip("running");
    assert!(!is_alive(before));
}

#[test]
fn quit_leaves_the_daemon_running() {
    let mut sitting = Sitting::with_running_daemon(OBEDIENT);
    let pid = sitting.home.pid();

    sitting.choose("Quit");

    assert!(sitting.tray.wait().success());
    assert!(is_alive(pid));
    let status = sitting.home.inneros(&["daemon", "status"]);
    assert_eq!(status.status.code(), Some(0));
}

#[test]
fn stop_daemon_and_quit_does_both() {
    let mut sitting = Sitting::with_running_daemon(OBEDIENT);
    let pid = sitting.home.pid();

    sitting.choose("Stop Daemon and Quit");

    assert!(sitting.tray.wait().success());
    assert!(!is_alive(pid));
}

#[test]
fn a_daemon_that_will_not_stop_keeps_the_tray_and_is_told() {
    let mut sitting = Sitting::with_running_daemon(
        "command = [\"sh\", \"-c\", \"trap '' TERM; while :; do sleep 0.1; done\"]\nstop_timeout = \"300ms\"",
    );

    sitting.choose("Stop Daemon and Quit");

    let note = sitting
        .notifications
        .wait_for(|note| note.summary.contains("did not stop"), SOON);
    assert!(note.body.contains("still running"), "{note:?}");
    assert!(sitting.tray.is_running());
    sitting.wait_for_tooltip("running");
}

#[test]
fn open_recent_log_opens_the_newest_log() {
    let home = Home::new(OBEDIENT);
    let logs = home.file("logs");
    fs::create_dir(&logs).unwrap();
    fs::write(logs.join("daemon.log"), "x\n").unwrap();
    let sitting = Sitting::at(home);

    sitting.choose("Open Recent Log");

    let newest = logs.join("daemon.log").display().to_string();
    wait_until("the log to be opened", SOON, || {
        let opened = sitting.home.opened();
        if opened.trim() == newest {
            Ok(())
        } else {
            Err(opened)
        }
    });
}

#[test]
fn what_cannot_be_opened_is_said_in_the_menu() {
    let sitting = Sitting::new(OBEDIENT);

    sitting.choose("Open Recent Log");

    sitting.menu().wait_for_row("No logs in", |_| true, SOON);
}

#[test]
fn open_dashboard_opens_the_configured_address_once_something_listens_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}");
    let sitting = Sitting::new(&format!(
        "{OBEDIENT}\n[tray]\ndashboard_url = \"{url}\"\npoll_interval = \"250ms\""
    ));
    let row = |words: &str, enabled| {
        let menu = sitting.menu();
        menu.wait_for_row(words, |row| row.enabled == enabled, SOON);
    };
    row("Open Dashboard (Daemon Does Not Run)", false);
    sitting.choose("Start");
    row("Open Dashboard (Nothing Listens There)", false);

    let _listener = TcpListener::bind(address).unwrap();
    // Who is about to look need not wait for the next question.
    sitting.item().activate();
    row("Open Dashboard", true);
    sitting.choose("Open Dashboard");

    wait_until("the dashboard to be opened", SOON, || {
        let opened = sitting.home.opened();
        if opened.trim() == url {
            Ok(())
        } else {
            Err(opened)
        }
    });
}

#[test]
fn without_a_dashboard_its_row_is_disabled() {
    let sitting = Sitting::new(OBEDIENT);

    assert!(!sitting.menu().find("Open Dashboard").unwrap().enabled);
}

#[test]
fn a_switch_is_kept_in_the_file_with_its_comments() {
    let home = Home::new(&format!(
        "{OBEDIENT} # mine\n[notifications]\n# why\ncrashed = true"
    ));
    let sitting = Sitting::at(home);
    let on = |row: &crate::desktop::Row| row.toggle == Some(true);
    let row = sitting.menu().wait_for_row("When It Crashes", on, SOON);

    sitting.menu().click(&row);

    sitting
        .menu()
        .wait_for_row("When It Crashes", |row| row.toggle == Some(false), SOON);
    wait_until("the switch in the file", SOON, || {
        let text = fs::read_to_string(sitting.home.file("config.toml")).unwrap();
        if text.contains("# mine\n") && text.contains("# why\ncrashed = false") {
            Ok(())
        } else {
            Err(text)
        }
    });
}

#[test]
fn a_switch_that_cannot_be_kept_goes_back() {
    let sitting = Sitting::new(OBEDIENT);
    sitting.home.configure("[daemon\n");
    let row = sitting
        .menu()
        .wait_for_row("When It Crashes", |row| row.toggle == Some(true), SOON);

    sitting.menu().click(&row);

    sitting.menu().wait_for_row(
        &sitting.home.file("config.toml").display().to_string(),
        |_| true,
        SOON,
    );
    sitting
        .menu()
        .wait_for_row("When It Crashes", |row| row.toggle == Some(true), SOON);
    let text = fs::read_to_string(sitting.home.file("config.toml")).unwrap();
    assert_eq!(text, "[daemon\n");
}

#[test]
fn open_at_login_writes_and_removes_the_autostart_entry() {
    let sitting = Sitting::new(OBEDIENT);
    let entry = sitting
        .home
        .file(".config/autostart/dev.inneros.tray.desktop");
    let off = |row: &crate::desktop::Row| row.toggle == Some(false);
    let row = sitting.menu().wait_for_row("Open at Login", off, SOON);

    sitting.menu().click(&row);
    wait_until("the entry", SOON, || {
        if entry.exists() {
            Ok(())
        } else {
            Err("nothing")
        }
    });
    let row = sitting
        .menu()
        .wait_for_row("Open at Login", |row| row.toggle == Some(true), SOON);

    sitting.menu().click(&row);
    wait_until("no entry", SOON, || {
        if entry.exists() {
            Err("an entry")
        } else {
            Ok(())
        }
    });
    sitting.menu().wait_for_row("Open at Login", off, SOON);
}

#[test]
fn an_idle_tray_sends_nothing() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    let menu = sitting.menu();
    menu.wait_for_row("pid ", |row| row.label.contains("CPU"), SOON);

    sitting.item().stays_quiet(A_WHILE);
}
