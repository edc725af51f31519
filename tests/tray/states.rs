//! Each state has its own icon, its words and the rows that make sense in it.

use std::fs;
use std::process::Command;

use crate::desktop::{SOON, wait_until};
use crate::drawing;
use crate::health_server::{HealthServer, SICK, WELL};
use crate::sitting::{Home, OBEDIENT, Sitting, is_alive, kill};

/// Waits for a tooltip, and for the icon of this name beside it.
#[track_caller]
fn shows(sitting: &Sitting, icon: &str, words: &str) {
    sitting.wait_for_tooltip(words);
    let item = sitting.item();
    wait_until(&format!("the icon '{icon}'"), SOON, || {
        let shown = drawing::name(&item.icon())?;
        if shown == icon {
            Ok(())
        } else {
            Err(format!("'{shown}'"))
        }
    });
}

#[test]
fn stopped_running_and_crashed_are_told_apart() {
    let sitting = Sitting::new(OBEDIENT);

    shows(&sitting, "stopped", "stopped");
    sitting.offers(&["Start"]);

    sitting.choose("Start");
    shows(&sitting, "running", "running");
    let pid = sitting.home.pid();
    sitting
        .menu()
        .wait_for_row(&format!("pid {pid} · since "), |_| true, SOON);
    sitting.offers(&["Stop", "Restart"]);

    kill(pid);
    shows(&sitting, "crashed", "crashed: ended by signal 9 (KILL)");
    sitting.offers(&["Start Again"]);
}

#[test]
fn a_daemon_that_keeps_crashing_is_told_apart_from_one_that_crashed_once() {
    let sitting = Sitting::new(
        "command = [\"sh\", \"-c\", \"sleep 0.5; exit 3\"]\n\
         restart = \"on-failure\"\nrestart_delay = \"4s\"\nrestart_limit = 2",
    );
    sitting.wait_for_tooltip("stopped");
    let run = sitting
        .home
        .command(env!("CARGO_BIN_EXE_inneros"))
        .args(["daemon", "run"])
        .stderr(std::process::Stdio::null())
        .spawn();

    let again = "crashed: ended with exit code 3; starts again at";
    shows(&sitting, "crashed", again);
    sitting.offers(&["Start Again", "Stop"]);
    let given_up = "keeps crashing: 2 starts within 1m";
    shows(&sitting, "crash-looping", given_up);
    sitting.offers(&["Start Again"]);
    sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS keeps crashing", SOON);
    assert_eq!(run.unwrap().wait().unwrap().code(), Some(1));
}

#[test]
fn a_start_by_somebody_else_shows_up() {
    let sitting = Sitting::new(OBEDIENT);
    sitting.wait_for_tooltip("stopped");

    assert!(sitting.home.inneros(&["daemon", "start"]).status.success());
    sitting.wait_for_tooltip("running");

    assert!(sitting.home.inneros(&["daemon", "stop"]).status.success());
    sitting.wait_for_tooltip("stopped");
}

#[test]
fn starting_and_stopping_are_shown_meanwhile() {
    let sitting = Sitting::at({
        let home = Home::new("");
        home.configure(
            "[daemon]\nstart_grace = \"3s\"\nstop_timeout = \"3s\"\n\
             command = [\"sh\", \"-c\", \"trap '' TERM; while :; do sleep 0.1; done\"]",
        );
        home
    });

    sitting.choose("Start");
    shows(&sitting, "starting", "starting");
    sitting.offers(&["Cancel"]);
    shows(&sitting, "running", "running");
    sitting.choose("Stop");
    shows(&sitting, "stopping", "stopping");
    sitting.offers(&[]);
    shows(&sitting, "stop-overdue", "did not stop");
    sitting.offers(&["Stop", "Restart", "Force Stop"]);
    let pid = sitting.home.pid();
    sitting.choose("Force Stop");
    shows(&sitting, "stopped", "stopped");
    assert!(!is_alive(pid));
}

#[test]
fn a_stop_by_somebody_else_that_takes_too_long_can_be_forced() {
    let sitting = Sitting::with_running_daemon(
        "command = [\"sh\", \"-c\", \"trap '' TERM; while :; do sleep 0.1; done\"]\n\
         [tray]\npoll_interval = \"250ms\"",
    );
    let pid = sitting.home.pid();

    let stop = sitting.home.inneros(&["daemon", "stop", "--timeout", "2"]);

    assert!(!stop.status.success(), "{stop:?}");
    shows(&sitting, "stop-overdue", "did not stop");
    sitting.offers(&["Stop", "Restart", "Force Stop"]);
    sitting.choose("Force Stop");
    shows(&sitting, "stopped", "stopped");
    assert!(!is_alive(pid));
}

#[test]
fn a_start_that_is_under_way_can_be_cancelled() {
    let home = Home::new("");
    home.configure("[daemon]\nstart_grace = \"1m\"\ncommand = [\"sleep\", \"1000\"]");
    let sitting = Sitting::at(home);
    sitting.choose("Start");
    let pid = sitting.home.pid();

    sitting.choose("Cancel");

    shows(&sitting, "stopped", "InnerOS: stopped");
    assert!(!is_alive(pid));
    assert_eq!(sitting.notifications.shown(), Vec::new());
}

#[test]
fn a_foreign_process_is_named_and_cannot_be_stopped() {
    let home = Home::new(OBEDIENT);
    let mut stranger = Command::new("sleep").arg("500").spawn().unwrap();
    fs::write(home.file("daemon.pid"), format!("{}\n", stranger.id())).unwrap();
    let sitting = Sitting::at(home);

    shows(&sitting, "foreign", "another process has its PID");
    sitting.menu().wait_for_row(
        &format!("Pid {} runs 'sleep 500'", stranger.id()),
        |_| true,
        SOON,
    );

    sitting.offers(&["Forget That PID…"]);
    sitting.choose("Forget That PID…");
    let title = format!("Forget pid {}?", stranger.id());
    let note = sitting
        .notifications
        .wait_for(|note| note.summary == title, SOON);
    assert!(sitting.home.file("daemon.pid").exists());
    sitting.notifications.click(note.id, "forget");
    sitting.wait_for_tooltip("stopped");
    assert!(!sitting.home.file("daemon.pid").exists());
    assert!(stranger.try_wait().unwrap().is_none());
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn a_pid_file_that_is_no_file_is_unknown_and_said() {
    let home = Home::new(OBEDIENT);
    fs::create_dir(home.file("daemon.pid")).unwrap();
    let sitting = Sitting::at(home);

    shows(&sitting, "unknown", "refused PID file");

    let said = sitting.item().tooltip().1;
    assert!(said.contains("unknown"), "{said}");
    sitting.offers(&[]);
    fs::remove_dir(sitting.home.file("daemon.pid")).unwrap();
    sitting.wait_for_tooltip("stopped");
}

#[test]
fn without_a_command_the_menu_says_where_to_set_one() {
    let sitting = Sitting::new("");

    shows(&sitting, "not-configured", "not configured");
    sitting.offers(&[]);
    assert_eq!(sitting.menu().rows()[0].label, "Set Up InnerOS…");
}

#[test]
fn a_daemon_that_needs_its_time_is_starting_and_nobody_is_told() {
    let server = HealthServer::start(SICK);
    let sitting = Sitting::new(&format!(
        "{OBEDIENT}\n{}\n[tray]\npoll_interval = \"250ms\"",
        server.section()
    ));

    sitting.choose("Start");

    wait_until("it to be asked more often than counts", SOON, || {
        (server.asked() > 4)
            .then_some(())
            .ok_or_else(|| server.asked().to_string())
    });
    sitting.wait_for_tooltip("InnerOS: starting");
    sitting.offers(&["Cancel"]);

    server.set(WELL);

    shows(&sitting, "running", "InnerOS: running");
    assert_eq!(sitting.notifications.shown(), []);
}

#[test]
fn an_unhealthy_daemon_is_shown_and_told_until_it_is_well() {
    let server = HealthServer::start(SICK);
    let sitting = Sitting::new(&format!(
        "{OBEDIENT}\nready_timeout = \"1ms\"\n{}\n[tray]\npoll_interval = \"250ms\"",
        server.section()
    ));

    sitting.choose("Start");

    shows(&sitting, "unhealthy", "unhealthy: scheduler");
    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS is unhealthy", SOON);
    assert_eq!(note.body, "Unhealthy: scheduler");
    assert_eq!(
        sitting.menu().rows()[0].label,
        "InnerOS: unhealthy: scheduler"
    );
    sitting.offers(&["Stop", "Restart"]);

    server.set(WELL);

    shows(&sitting, "running", "InnerOS: running");
    wait_until("the notification to be withdrawn", SOON, || {
        let left = sitting.notifications.on_screen();
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("{left:?}"))
        }
    });
    assert_eq!(sitting.menu().rows()[0].label, "InnerOS: running");
    assert_eq!(sitting.notifications.shown().len(), 1);
}

#[test]
fn the_demo_shows_the_whole_loop() {
    use crate::desktop::{Bus, NotificationService, Watcher};
    use crate::sitting::Tray;

    let home = Home::new("");
    fs::remove_file(home.file("config.toml")).unwrap();
    let bus = Bus::start();
    let watcher = Watcher::start(&bus);
    let notifications = NotificationService::start(&bus);
    let mut tray = Tray::start(&home, &bus, &["--demo"]);

    let item = watcher.wait_for_item(SOON);
    wait_until("the sample daemon", SOON, || {
        let text = item.tooltip().1;
        if text == "InnerOS Demo: running" {
            Ok(())
        } else {
            Err(text)
        }
    });
    let status = home.inneros(&["daemon", "status", "--json"]);
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains("\"health\":\"ok\""), "{status}");
    let logs = home.inneros(&["daemon", "logs"]);
    let logs = String::from_utf8(logs.stdout).unwrap();
    assert!(
        logs.contains("[INFO] __main__: Daemon started successfully"),
        "{logs}"
    );

    let menu = item.menu();
    for login in ["Open at Login", "Start Daemon at Login"] {
        assert!(!menu.find(login).unwrap().enabled, "{login}");
    }
    menu.click(&menu.find("Stop Daemon and Quit").unwrap());
    assert!(tray.wait().success());
    let told = notifications.shown();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].summary, "This is the InnerOS demo");
}
