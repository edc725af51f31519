//! What each row does.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::desktop::{SOON, wait_until};
use crate::sitting::{Home, OBEDIENT, Sitting, is_alive};

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

    let pid = sitting.home.another_pid(before);
    sitting.wait_for_tooltip("running");
    assert!(is_alive(pid));
    assert!(!is_alive(before));
}

#[test]
fn rows_can_be_chosen_from_the_keyboard() {
    let sitting = Sitting::with_running_daemon(&format!("name = \"my_vault\"\n{OBEDIENT}"));

    let rows = sitting.menu().all();

    let key = |label: &str| {
        let row = rows.iter().find(|row| row.label == label);
        row.unwrap_or_else(|| panic!("no row {label}")).access_key
    };
    assert_eq!(key("my_vault: running"), None);
    assert_eq!(key("Stop"), Some('t'));
    assert_eq!(key("Restart"), Some('R'));
    assert_eq!(key("Open Logs Folder"), Some('F'));
    assert_eq!(key("Notify When It Crashes"), Some('C'));
    assert_eq!(key("Quit (daemon keeps running)"), Some('Q'));
}

#[test]
fn quit_leaves_the_daemon_running() {
    let mut sitting = Sitting::with_running_daemon(OBEDIENT);
    let pid = sitting.home.pid();

    sitting.choose("Quit (daemon keeps running)");

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
    sitting.wait_for_tooltip("still running, it did not stop");
}

/// The tray does not wait for whoever was suspended with the lock, and says who that is.
#[test]
fn whoever_is_suspended_with_the_lock_is_named() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    let script = "import fcntl, os, signal, sys; lock = open(sys.argv[1]); \
                  fcntl.flock(lock, fcntl.LOCK_EX); os.kill(os.getpid(), signal.SIGSTOP)";
    let mut holder = Command::new("python3")
        .args(["-c", script])
        .arg(sitting.home.file("daemon.lock"))
        .spawn()
        .unwrap();
    let pid = holder.id();
    wait_until("it is suspended", SOON, || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if stat.contains(") T ") {
            Ok(())
        } else {
            Err(stat)
        }
    });

    sitting.choose("Stop");

    let note = sitting
        .notifications
        .wait_for(|note| note.summary.contains("did not stop"), SOON);
    let who = format!("uspended: pid {pid} (");
    assert!(note.body.contains(&who), "{note:?}");
    assert!(note.body.contains(&format!("kill -CONT {pid}")), "{note:?}");
    wait_until("it stands in the menu", SOON, || {
        let row = sitting.menu().find(&format!("Suspended: pid {pid} ("));
        row.map(drop).ok_or("it does not")
    });
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn open_log_opens_the_newest_log() {
    let home = Home::new(OBEDIENT);
    let logs = home.file("logs");
    fs::create_dir(&logs).unwrap();
    // The newest is neither the first nor the last by name.
    for (name, age) in [("a.log", 60), ("b.log", 5), ("c.log", 3600)] {
        let log = File::create(logs.join(name)).unwrap();
        let written = SystemTime::now() - Duration::from_secs(age);
        log.set_modified(written).unwrap();
    }
    let sitting = Sitting::at(home);

    sitting.choose("Open Log");

    sitting.home.wait_for_opened(logs.join("b.log"));
}

#[test]
fn a_log_is_opened_at_its_end_by_an_editor_that_can() {
    for (entry, program, end) in [
        ("org.xfce.mousepad.desktop", "mousepad", "--line=-1 "),
        ("org.gnome.gedit.desktop", "gedit", "+ "),
        ("org.kde.kate.desktop", "kate", "--line=3 "),
        // It is left to the desktop how one begins that is not known.
        ("org.example.Editor.desktop", "example", ""),
        // It is the one, and is not there.
        ("featherpad.desktop", "another", ""),
    ] {
        let home = Home::new(OBEDIENT);
        let log = home.file("logs/daemon.log");
        fs::create_dir(home.file("logs")).unwrap();
        fs::write(&log, "one\ntwo\nthree\n").unwrap();
        home.stub("xdg-mime", &format!("echo {entry}"));
        home.stub(program, "echo \"$*\" >> opened");
        let sitting = Sitting::at(home);

        sitting.choose("Open Log");

        sitting
            .home
            .wait_for_opened(format!("{end}{}", log.display()));
    }
}

#[test]
fn open_logs_folder_opens_it() {
    let home = Home::new(OBEDIENT);
    let logs = home.file("logs");
    fs::create_dir(&logs).unwrap();
    let sitting = Sitting::at(home);

    sitting.choose("Open Logs Folder");

    sitting.home.wait_for_opened(logs);
}

#[test]
fn edit_configuration_opens_the_file() {
    let sitting = Sitting::new(OBEDIENT);
    let file = sitting.home.file("config.toml");
    let before = fs::read_to_string(&file).unwrap();

    sitting.choose("Edit Configuration…");

    sitting.home.wait_for_opened(&file);
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
}

#[test]
fn edit_configuration_makes_a_file_where_there_is_none() {
    let home = Home::new("");
    let file = home.file("config.toml");
    fs::remove_file(&file).unwrap();
    let sitting = Sitting::at(home);

    sitting.choose("Edit Configuration…");

    sitting.home.wait_for_opened(&file);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("[daemon]"), "{text}");
}

#[test]
fn who_has_no_configuration_is_led_to_a_running_daemon() {
    let home = Home::new("");
    let file = home.file("config.toml");
    fs::remove_file(&file).unwrap();
    let sitting = Sitting::at(home);
    let told = |title: &str| {
        let notes = &sitting.notifications;
        notes.wait_for(|note| note.summary == title, SOON)
    };

    let note = told("Set up InnerOS");
    sitting.notifications.click(note.id, "set-up");
    sitting.home.wait_for_opened(&file);
    let text = fs::read_to_string(&file).unwrap();

    // A slip of the pen.
    fs::write(&file, text.replace("# command = [", "comand = [")).unwrap();
    let note = told("InnerOS: the configuration cannot be used");
    assert!(note.body.contains("did you mean `command`?"), "{note:?}");
    assert!(
        note.body.ends_with(|last: char| last.is_ascii_digit()),
        "{note:?}"
    );

    fs::write(&file, format!("[daemon]\n{OBEDIENT}\n")).unwrap();
    let note = told("InnerOS is set up");
    sitting.notifications.click(note.id, "start");
    sitting.wait_for_tooltip("running");
    assert_eq!(sitting.notifications.shown().len(), 3);
}

#[test]
fn what_cannot_be_opened_is_told_until_something_can() {
    let sitting = Sitting::new(OBEDIENT);

    sitting.choose("Open Log");

    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "Could not open the log", SOON);
    assert!(note.body.contains("no logs in"), "{note:?}");
    sitting.menu().wait_for_row("No logs in", |_| true, SOON);

    fs::create_dir(sitting.home.file("logs")).unwrap();
    sitting.choose("Open Logs Folder");
    sitting
        .menu()
        .wait_for_row("Command: sleep 1000", |_| true, SOON);
    sitting.wait_for_empty_screen();
}

#[test]
fn open_output_opens_what_the_daemon_wrote() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);

    sitting.choose("Open Output");

    sitting
        .home
        .wait_for_opened(sitting.home.file("daemon.out"));
}

#[test]
fn after_a_start_that_failed_open_log_opens_what_was_quoted() {
    let home = Home::new("command = [\"sh\", \"-c\", \"echo 'no such vault' >&2; exit 3\"]");
    fs::create_dir(home.file("logs")).unwrap();
    fs::write(home.file("logs/old.log"), "x\n").unwrap();
    let sitting = Sitting::at(home);
    sitting.choose("Start");
    sitting.wait_for_tooltip("did not start");

    sitting.choose("Open Log");

    sitting
        .home
        .wait_for_opened(sitting.home.file("daemon.out"));
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
    row("Open Dashboard (Nothing Listens There)", false);
    sitting.choose("Start");
    sitting.wait_for_tooltip("running");
    row("Open Dashboard (Nothing Listens There)", false);

    let _listener = TcpListener::bind(address).unwrap();
    // Who is about to look need not wait for the next question.
    sitting.menu().open();
    row("Open Dashboard", true);
    sitting.choose("Stop");
    sitting.wait_for_tooltip("stopped");
    // It is a program of its own.
    row("Open Dashboard", true);
    sitting.choose("Open Dashboard");

    sitting.home.wait_for_opened(url);
}

#[test]
fn without_a_dashboard_there_is_no_row_for_it() {
    let sitting = Sitting::new(OBEDIENT);
    sitting.offers(&["Start"]);

    assert_eq!(sitting.menu().find("Open Dashboard"), None);
}

#[test]
fn each_switch_is_kept_in_the_file_with_its_comments() {
    let home = Home::new(&format!(
        "{OBEDIENT} # mine\n[notifications]\n# why\ncrashed = true # so\nstopped = false # or so"
    ));
    let mut wanted = fs::read_to_string(home.file("config.toml")).unwrap();
    let sitting = Sitting::at(home);

    for (label, was, key) in [
        ("Notify When It Crashes", true, "crashed"),
        ("Notify When Stopped Elsewhere", false, "stopped"),
        ("Notify When It Becomes Unhealthy", true, "unhealthy"),
        ("Notify When Started Elsewhere", false, "started"),
        ("Notify When It Crashes", false, "crashed"),
    ] {
        let menu = sitting.menu();
        menu.click(&menu.wait_for_row(label, |row| row.toggle == Some(was), SOON));

        menu.wait_for_row(label, |row| row.toggle == Some(!was), SOON);
        let (before, after) = (format!("{key} = {was}"), format!("{key} = {}", !was));
        if wanted.contains(&before) {
            wanted = wanted.replace(&before, &after);
        } else {
            wanted = format!("{wanted}{after}\n");
        }
        wait_until(&format!("'{after}' in the file"), SOON, || {
            let text = fs::read_to_string(sitting.home.file("config.toml")).unwrap();
            if text == wanted { Ok(()) } else { Err(text) }
        });
    }
}

#[test]
fn a_switch_is_kept_behind_a_symbolic_link() {
    let home = Home::new(OBEDIENT);
    let (link, kept) = (home.file("config.toml"), home.file("dotfiles.toml"));
    fs::rename(&link, &kept).unwrap();
    symlink("dotfiles.toml", &link).unwrap();
    let sitting = Sitting::at(home);
    let on = |row: &crate::desktop::Row| row.toggle == Some(true);
    let row = sitting
        .menu()
        .wait_for_row("Notify When It Crashes", on, SOON);

    sitting.menu().click(&row);

    wait_until("the switch in the file", SOON, || {
        let text = fs::read_to_string(&kept).unwrap();
        if text.contains("crashed = false") {
            Ok(())
        } else {
            Err(text)
        }
    });
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("dotfiles.toml"));
}

#[test]
fn a_switch_that_cannot_be_kept_goes_back() {
    let sitting = Sitting::new(OBEDIENT);
    sitting.home.configure("[daemon\n");
    let row = sitting.menu().wait_for_row(
        "Notify When It Crashes",
        |row| row.toggle == Some(true),
        SOON,
    );

    sitting.menu().click(&row);

    sitting.notifications.wait_for(
        |note| note.summary == "Could not change the notifications",
        SOON,
    );
    sitting
        .menu()
        .wait_for_row("Configuration: ", |_| true, SOON);
    sitting.menu().wait_for_row(
        "Notify When It Crashes",
        |row| row.toggle == Some(true),
        SOON,
    );
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
fn start_daemon_at_login_registers_the_unit_and_removes_it() {
    let home = Home::new(OBEDIENT);
    home.stub(
        "systemctl",
        "case \"$*\" in\n\
         *is-enabled*) test -e enabled ;;\n\
         *disable*) rm enabled ;;\n\
         *enable*) touch enabled ;;\n\
         esac",
    );
    let unit = home.file(".config/systemd/user/inneros-daemon.service");
    let enabled = home.file("enabled");
    let sitting = Sitting::at(home);
    let row_is = |on: bool| {
        let menu = sitting.menu();
        menu.wait_for_row("Start Daemon at Login", |row| row.toggle == Some(on), SOON)
    };

    sitting.menu().click(&row_is(false));
    wait_until("the unit to be enabled", SOON, || {
        if enabled.exists() {
            Ok(())
        } else {
            Err("it is not")
        }
    });
    let row = row_is(true);
    assert_eq!(row.label, "Start Daemon at Login");
    let text = fs::read_to_string(&unit).unwrap();
    assert!(text.contains("daemon run"), "{text}");

    sitting.menu().click(&row);
    wait_until("the unit to be removed", SOON, || {
        if unit.exists() || enabled.exists() {
            Err("it is not")
        } else {
            Ok(())
        }
    });
    row_is(false);
}

#[test]
fn where_no_systemd_answers_start_daemon_at_login_says_so_and_goes_back() {
    let home = Home::new(OBEDIENT);
    home.stub(
        "systemctl",
        "echo 'Failed to connect to bus: No medium found' >&2; exit 1",
    );
    let unit = home.file(".config/systemd/user/inneros-daemon.service");
    let sitting = Sitting::at(home);
    let off = |row: &crate::desktop::Row| row.toggle == Some(false);
    let menu = sitting.menu();

    menu.click(&menu.wait_for_row("Start Daemon at Login", off, SOON));

    let title = "Could not change what starts at login";
    let note = sitting
        .notifications
        .wait_for(|note| note.summary == title, SOON);
    assert!(note.body.contains("Failed to connect to bus"), "{note:?}");
    menu.wait_for_row("`systemctl --user", |_| true, SOON);
    menu.wait_for_row("Start Daemon at Login", off, SOON);
    assert!(!unit.exists());
}
