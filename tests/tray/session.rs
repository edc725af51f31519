//! The tray and its desktop: who comes first, who goes away, and who is missing.

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};

use chrono::NaiveTime;
use rustix::process::Signal;

use crate::desktop::{
    Bus, NotificationService, SOON, Scope, ServiceManager, Watcher, stays, wait_until,
};
use crate::sitting::{A_WHILE, Home, OBEDIENT, Sitting, Tray, is_alive, kill};
use crate::{caller, skip};

#[test]
fn the_icon_comes_back_with_the_panel() {
    let Sitting {
        tray: _tray,
        watcher,
        home,
        bus,
        notifications: _notifications,
    } = Sitting::with_running_daemon(OBEDIENT);

    watcher.stop();
    let watcher = Watcher::start(&bus);

    let item = watcher.wait_for_item(SOON);
    assert_eq!(item.tooltip().1, "InnerOS: running");
    kill(home.pid());
    item.wait_for_tooltip("crashed", SOON);
}

#[test]
fn a_panel_that_comes_late_gets_the_icon() {
    let home = Home::new(OBEDIENT);
    let bus = Bus::start();
    let _notifications = NotificationService::start(&bus);
    let mut tray = Tray::start(&home, &bus, &[]);
    bus.wait_until_awaited("org.kde.StatusNotifierWatcher", SOON);

    let watcher = Watcher::start(&bus);

    watcher.wait_for_item(SOON);
    assert!(tray.is_running());
}

#[test]
fn without_a_notification_service_the_tray_lives_and_notes_it() {
    let Sitting {
        mut tray,
        watcher,
        home,
        bus: _bus,
        notifications,
    } = Sitting::with_running_daemon(OBEDIENT);
    notifications.stop();

    kill(home.pid());

    let item = watcher.wait_for_item(SOON);
    item.wait_for_tooltip("crashed", SOON);
    wait_until("a warning in the log", SOON, || {
        let log = fs::read_to_string(home.file("tray.log")).unwrap();
        if log.contains("WARN cannot notify 'InnerOS crashed'") {
            Ok(())
        } else {
            Err(log)
        }
    });
    item.menu()
        .wait_for_row("Settings (Notifications Cannot Be Shown)", |_| true, SOON);
    assert!(tray.is_running());

    // What stays as it is, is noted once.
    let count = |words: &str| {
        let log = fs::read_to_string(home.file("tray.log")).unwrap();
        log.matches(words).count()
    };
    assert!(home.inneros(&["daemon", "start"]).status.success());
    kill(home.pid());
    wait_until("another crash to be told", SOON, || {
        let told = count("notifies: InnerOS crashed");
        if told == 2 { Ok(()) } else { Err(told) }
    });
    stays("one warning", A_WHILE, || {
        let warnings = count("WARN cannot notify");
        if warnings == 1 { Ok(()) } else { Err(warnings) }
    });
}

#[test]
fn without_a_session_bus_it_says_so_and_ends() {
    let home = Home::new(OBEDIENT);

    let output = home
        .command(env!("CARGO_BIN_EXE_inneros-tray"))
        .arg("--demo")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("error: cannot reach the desktop's session bus"),
        "{said}"
    );
    assert_eq!(said.matches("os error").count(), 1, "{said}");
    // The demo's daemon is not left to nobody.
    let status = home.inneros(&["daemon", "status"]);
    assert_eq!(status.status.code(), Some(3), "{status:?}");
}

/// Starts another tray for the same home, and gives what it said at its end.
fn start_again(home: &Home, bus: &Bus) -> String {
    let output = home
        .command(env!("CARGO_BIN_EXE_inneros-tray"))
        .env("DBUS_SESSION_BUS_ADDRESS", bus.address())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_second_tray_has_the_first_say_how_the_daemon_is() {
    let sitting = Sitting::new(OBEDIENT);
    sitting.wait_for_tooltip("stopped");

    let said = start_again(&sitting.home, &sitting.bus);

    assert!(said.contains("the tray is already running (pid "), "{said}");
    assert_eq!(sitting.watcher.items().len(), 1);
    sitting
        .notifications
        .wait_for(|note| note.summary.contains("stopped"), SOON);
}

#[test]
fn the_end_of_the_session_bus_is_the_end_of_the_tray_and_not_of_the_daemon() {
    let Sitting {
        mut tray,
        watcher,
        notifications,
        home,
        bus,
    } = Sitting::with_running_daemon(OBEDIENT);
    let pid = home.pid();

    drop((watcher, notifications));
    drop(bus);

    assert!(tray.wait().success());
    assert!(is_alive(pid));
    let log = fs::read_to_string(home.file("tray.log")).unwrap();
    assert!(log.contains("the session bus is gone: quits"), "{log}");
    // The next session has an icon.
    let bus = Bus::start();
    let watcher = Watcher::start(&bus);
    let _tray = Tray::start(&home, &bus, &[]);
    watcher.wait_for_item(SOON);
}

#[test]
fn a_bus_that_ends_in_the_middle_of_an_operation_leaves_the_daemon_to_it() {
    let Sitting {
        mut tray,
        watcher,
        notifications,
        home,
        bus,
    } = Sitting::with_running_daemon(
        "command = [\"sh\", \"-c\", \"trap 'sleep 1; exit' TERM; while :; do sleep 0.1; done\"]",
    );
    let before = home.pid();
    let menu = watcher.wait_for_item(SOON).menu();
    menu.click(&menu.wait_for_row("Restart", |row| row.enabled, SOON));

    drop((watcher, notifications));
    drop(bus);

    assert!(tray.wait().success());
    let after = home.another_pid(before);
    assert!(is_alive(after));
}

#[test]
fn a_tray_of_another_session_makes_way_and_leaves_its_daemon() {
    let mut elsewhere = Sitting::with_running_daemon(OBEDIENT);
    let pid = elsewhere.home.pid();
    let bus = Bus::start();
    let watcher = Watcher::start(&bus);

    let _tray = Tray::start(&elsewhere.home, &bus, &[]);

    let item = watcher.wait_for_item(SOON);
    assert!(elsewhere.tray.wait().success());
    assert!(is_alive(pid));
    item.wait_for_tooltip("running", SOON);
}

#[test]
fn the_doctor_names_a_tray_of_another_session() {
    let sitting = Sitting::new(OBEDIENT);
    let doctor = |bus: &Bus| {
        let output = sitting
            .home
            .command(env!("CARGO_BIN_EXE_inneros"))
            .arg("doctor")
            .env("DBUS_SESSION_BUS_ADDRESS", bus.address())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };

    let here = doctor(&sitting.bus);
    let elsewhere = doctor(&Bus::start());

    let pid = sitting.tray.child.id();
    assert!(here.contains(&format!("running (pid {pid})")), "{here}");
    let said = format!("running outside this session (pid {pid})");
    assert!(elsewhere.contains(&said), "{elsewhere}");
}

#[test]
fn without_a_panel_it_says_so_once_and_waits() {
    let home = Home::new(OBEDIENT);
    let bus = Bus::start();
    let notifications = NotificationService::start(&bus);
    let mut tray = Tray::start_listening(&home, &bus);

    let note = notifications.wait_for(|note| note.summary.contains("no place for its icon"), SOON);

    assert!(note.body.contains("AppIndicator extension"), "{note:?}");
    let watcher = Watcher::start(&bus);
    watcher.wait_for_item(SOON);
    // One that comes late and goes is no reason to say it again.
    watcher.stop();
    let watcher = Watcher::start(&bus);
    watcher.wait_for_item(SOON);
    assert_eq!(notifications.shown().len(), 1);
    tray.signal(Signal::TERM);
    assert!(tray.wait().success());
    let said = tray.said();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("no panel shows tray icons"), "{said}");
}

#[test]
fn a_panel_that_comes_and_goes_ten_times_gets_the_icon_each_time() {
    let Sitting {
        mut tray,
        mut watcher,
        home,
        bus,
        notifications,
    } = Sitting::new(OBEDIENT);

    for _ in 0..10 {
        watcher.stop();
        watcher = Watcher::start(&bus);
        watcher.wait_for_item(SOON);
    }

    let menu = watcher.wait_for_item(SOON).menu();
    menu.click(&menu.wait_for_row("Start", |row| row.enabled, SOON));
    menu.wait_for_row("Stop", |row| row.enabled, SOON);
    assert!(is_alive(home.pid()));
    assert!(tray.is_running());
    assert_eq!(notifications.shown(), []);
}

fn start_from_the_menu(watcher: &Watcher, home: &Home) -> i32 {
    let menu = watcher.wait_for_item(SOON).menu();
    menu.click(&menu.wait_for_row("Start", |row| row.enabled, SOON));
    menu.wait_for_row("Stop", |row| row.enabled, SOON);
    home.pid()
}

#[test]
fn a_tray_that_is_a_unit_gives_the_daemon_a_scope_of_its_own() {
    let home = Home::new(OBEDIENT);
    let bus = Bus::start();
    let manager = ServiceManager::start(&bus);
    let watcher = Watcher::start(&bus);
    let _notifications = NotificationService::start(&bus);
    let _tray = Tray::start_as_unit(&home, &bus);

    let pid = start_from_the_menu(&watcher, &home);

    let scope = Scope {
        name: format!("inneros-daemon-{pid}.scope"),
        pids: vec![pid.try_into().unwrap()],
    };
    assert_eq!(manager.scopes(), [scope]);
}

#[test]
fn without_a_service_manager_the_daemon_starts_all_the_same() {
    let home = Home::new(OBEDIENT);
    let bus = Bus::start();
    let watcher = Watcher::start(&bus);
    let _notifications = NotificationService::start(&bus);
    let _tray = Tray::start_as_unit(&home, &bus);

    let pid = start_from_the_menu(&watcher, &home);

    assert!(is_alive(pid));
    let log = fs::read_to_string(home.file("tray.log")).unwrap();
    assert!(log.contains("will end with this program's unit"), "{log}");
}

#[test]
fn sigterm_and_sigint_quit_cleanly_and_leave_the_daemon() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = Home::new(OBEDIENT);
        let bus = Bus::start();
        let watcher = Watcher::start(&bus);
        let _notifications = NotificationService::start(&bus);
        let mut tray = home.command(env!("CARGO_BIN_EXE_inneros-tray"));
        caller::with_heard(&mut tray, &[libc::SIGINT]);
        let mut tray = Tray::spawn(tray, &bus);
        let pid = start_from_the_menu(&watcher, &home);

        tray.signal(signal);

        assert!(tray.wait().success(), "{signal:?}");
        assert!(is_alive(pid), "{signal:?}");
        watcher.wait_until_empty(SOON);
    }
}

#[test]
fn an_icon_that_has_lost_its_connection_comes_back() {
    let mut sitting = Sitting::with_running_daemon(OBEDIENT);
    let pid = sitting.home.pid();

    for _ in 0..3 {
        let before = sitting.item().owner().to_owned();
        sitting.bus.disconnect(&before);
        let item = wait_until("another item", SOON, || {
            let items = sitting.watcher.items();
            let another = items.into_iter().find(|item| item.owner() != before);
            another.ok_or("none")
        });
        item.wait_for_tooltip("running", SOON);
    }

    assert!(is_alive(pid));
    sitting.choose("Stop");
    sitting.wait_for_tooltip("stopped");
    // The place of the one before is given up, and costs nothing.
    let process = sitting.tray.child.id();
    let spent = || {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        let fields = stat.rsplit_once(") ").unwrap().1.split(' ');
        // utime and stime, in hundredths of a second (proc_pid_stat(5)).
        let spent = fields.skip(11).take(2);
        spent
            .map(|field| field.parse::<u64>().unwrap())
            .sum::<u64>()
    };
    let before = spent();
    stays("the tray's rest", A_WHILE, || {
        let spent = spent() - before;
        if spent < 200 { Ok(()) } else { Err(spent) }
    });
    assert!(sitting.tray.is_running());
}

/// Holds up the next file that this thread opens, for so many microseconds. Nothing where
/// that cannot be done here, which is said.
fn hold_up(thread: &str, microseconds: u32) -> Option<Child> {
    let strace = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "-p", thread])
        .args(["-e", "trace=openat", "-e"])
        .arg(format!("inject=openat:delay_enter={microseconds}:when=1"))
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut strace = match strace {
        Ok(strace) => strace,
        Err(error) => {
            skip::not_run(&format!("strace cannot be run: {error}"));
            return None;
        }
    };
    let is_attached = wait_until("strace to attach itself", SOON, || {
        let status = fs::read_to_string(format!("/proc/{thread}/status")).unwrap();
        if !status.contains("TracerPid:\t0\n") {
            return Ok(true);
        }
        let has_ended = strace.try_wait().unwrap().is_some();
        if has_ended { Ok(false) } else { Err(status) }
    });
    if !is_attached {
        let mut said = String::new();
        let mut stderr = strace.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        skip::not_run(&format!("strace cannot be used: {}", said.trim()));
        return None;
    }
    Some(strace)
}

#[test]
fn a_status_that_nobody_looks_at_any_more_says_of_when_it_is() {
    let mut sitting =
        Sitting::with_running_daemon(&format!("{OBEDIENT}\n[tray]\npoll_interval = \"250ms\""));
    let Some(mut strace) = hold_up(&sitting.tray.thread("monitor"), 5_000_000) else {
        return;
    };

    let said = sitting.wait_for_tooltip(" (as of ");

    let (state, time) = said.split_once(" (as of ").unwrap();
    assert_eq!(state, "InnerOS: running");
    let time = NaiveTime::parse_from_str(time.trim_end_matches(')'), "%H:%M");
    assert!(time.is_ok(), "{said}");
    assert_eq!(sitting.menu().rows()[0].label, said);
    wait_until("the next look", SOON, || {
        let said = sitting.item().tooltip().1;
        if said == "InnerOS: running" {
            Ok(())
        } else {
            Err(said)
        }
    });
    sitting.tray.signal(Signal::TERM);
    assert!(sitting.tray.wait().success());
    // It ends with what it watches.
    strace.wait().unwrap();
}

#[test]
fn a_configuration_that_is_broken_at_first_is_named_and_taken_when_it_is_mended() {
    let home = Home::new("");
    home.configure("[daemon]\ncomand = [\"x\"]\n");

    let sitting = Sitting::at(home);
    sitting.wait_for_tooltip("comand: unknown key `comand`, did you mean `command`?");
    sitting.wait_for_tooltip("config.toml, line 2");
    let note = sitting.notifications.wait_for(
        |note| note.summary.ends_with("configuration cannot be used"),
        SOON,
    );
    let (what, place) = note.body.split_once('\n').unwrap();
    assert!(what.contains("did you mean"), "{note:?}");
    assert!(place.ends_with("config.toml, line 2"), "{note:?}");
    let cannot = "Edit Configuration… (Cannot Be Used)";
    sitting.menu().wait_for_row(cannot, |row| row.enabled, SOON);
    sitting.home.configure(&format!("[daemon]\n{OBEDIENT}"));

    sitting.wait_for_tooltip("stopped");
    sitting.choose("Start");
    sitting.wait_for_tooltip("running");
}

#[test]
fn a_changed_configuration_is_taken_and_a_broken_one_is_not() {
    let sitting =
        Sitting::with_running_daemon(&format!("{OBEDIENT}\n[tray]\npoll_interval = \"250ms\""));
    let pid = sitting.home.pid();

    sitting.home.configure(&format!(
        "[daemon]\nname = \"Vault\"\n{OBEDIENT}\n[tray]\npoll_interval = \"250ms\""
    ));
    sitting.wait_for_tooltip("Vault: running");
    sitting
        .home
        .configure("[daemon]\nname = \"Other\"\nrestart = 3\n");
    let said = sitting.wait_for_tooltip("configuration: restart: found 3");
    assert!(said.starts_with("Vault: running: "), "{said}");

    // The last good one stays in force.
    sitting.choose("Stop");
    sitting.wait_for_tooltip("Vault: stopped");
    assert!(!is_alive(pid));
}
