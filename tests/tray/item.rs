//! The icon and its menu as panels see them.

use std::fs;
use std::time::{Duration, Instant};

use crate::desktop::{Bus, NotificationService, SOON, Watcher, wait_until};
use crate::drawing;
use crate::sitting::{Home, OBEDIENT, Sitting, Tray, kill};

#[test]
fn a_left_click_opens_the_menu_and_changes_nothing() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    kill(sitting.home.pid());
    let crash = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);

    let menu = sitting.item().left_click().expect("the menu opens");

    menu.wait_for_row("Start", |row| row.enabled, SOON);
    assert_eq!(sitting.notifications.on_screen(), [crash]);
}

/// Its panel opens the menu with the right button alone, whatever an item says of itself.
#[test]
fn on_lxqt_a_left_click_says_how_the_daemon_is() {
    let home = Home::new(OBEDIENT);
    let bus = Bus::start();
    let watcher = Watcher::start(&bus);
    let notifications = NotificationService::start(&bus);
    let mut tray = home.command(env!("CARGO_BIN_EXE_inneros-tray"));
    tray.env("XDG_CURRENT_DESKTOP", "LXQt");
    let _tray = Tray::spawn(tray, &bus);
    let item = watcher.wait_for_item(SOON);
    item.wait_for_tooltip("stopped", SOON);

    assert!(item.left_click().is_none());

    notifications.wait_for(|note| note.summary.contains("stopped"), SOON);
    let menu = item.menu();
    menu.open();
    menu.wait_for_row("Start", |row| row.enabled, SOON);
}

#[test]
fn a_menu_that_opens_has_the_ticks_of_this_moment() {
    let sitting = Sitting::new(OBEDIENT);
    let menu = sitting.menu();
    let ticked = |menu: &crate::desktop::Menu, ticked: bool| {
        menu.wait_for_row("Open at Login", |row| row.toggle == Some(ticked), SOON);
    };
    ticked(&menu, false);

    let done = sitting.home.inneros(&["autostart", "enable", "tray"]);
    assert!(done.status.success(), "{done:?}");
    menu.open();

    ticked(&menu, true);
    menu.close();
}

#[test]
fn the_rows_of_a_menu_that_was_just_opened_stay_and_later_it_has_others() {
    let sitting = Sitting::new(&format!("{OBEDIENT}\n[tray]\npoll_interval = \"250ms\""));
    sitting.wait_for_tooltip("stopped");
    let menu = sitting.menu();
    let ids = |rows: &[crate::desktop::Row]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    menu.open();
    let opened = Instant::now();
    let before = menu.rows();

    assert!(sitting.home.inneros(&["daemon", "start"]).status.success());
    sitting.wait_for_tooltip("running");

    let now = menu.rows();
    // On a machine that is too slow for it, the time for reading may be over.
    if opened.elapsed() < Duration::from_secs(5) {
        assert_eq!(ids(&now), ids(&before));
        assert!(now.iter().all(|row| row.label != "Start" || !row.enabled));
    }
    // Whether or not it is closed meanwhile: nobody tells.
    menu.wait_for_row("Stop", |row| row.enabled, SOON);
    assert_ne!(ids(&menu.rows()), ids(&before));
}

#[test]
fn a_state_that_needs_somebody_asks_for_attention_with_its_icon() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    let item = sitting.item();
    assert_eq!(item.status(), "Active");

    kill(sitting.home.pid());

    wait_until("the item to ask for attention", SOON, || {
        let status = item.status();
        (status == "NeedsAttention").then_some(()).ok_or(status)
    });
    assert_eq!(item.menu().status(), "notice");
    assert_eq!(drawing::name(&item.icon()).unwrap(), "crashed");
    assert_eq!(item.icon_sizes(), [16, 22, 24, 32, 44, 48]);
    // Nothing of ours is installed here.
    assert_eq!(item.icon_names(), (String::new(), String::new()));
}

#[test]
fn icons_go_by_name_where_the_desktop_has_them() {
    let home = Home::new(OBEDIENT);
    let theme = home.file(".local/share/icons/hicolor/symbolic/apps");
    fs::create_dir_all(&theme).unwrap();
    let drawn = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/icons")).unwrap();
    for file in drawn.map(|file| file.unwrap()) {
        fs::copy(file.path(), theme.join(file.file_name())).unwrap();
    }
    let sitting = Sitting::at(home);
    sitting.wait_for_tooltip("stopped");

    sitting.choose("Start");
    sitting.wait_for_tooltip("running");
    let running = sitting.item().icon_names();
    kill(sitting.home.pid());
    sitting.wait_for_tooltip("crashed");

    assert_eq!(running, ("inneros-running-symbolic".into(), String::new()));
    let crashed = String::from("inneros-crashed-symbolic");
    assert_eq!(sitting.item().icon_names(), (crashed.clone(), crashed));
}

#[test]
fn two_homes_can_be_told_apart() {
    let one = Sitting::new("name = \"One\"\ncommand = [\"sleep\", \"1000\"]");
    let other = Home::new("name = \"Two\"\ncommand = [\"sleep\", \"1000\"]");
    let _tray = Tray::start(&other, &one.bus, &[]);

    let items = wait_until("two items", SOON, || {
        let items = one.watcher.items();
        (items.len() == 2).then_some(items).ok_or("fewer")
    });

    let titles: Vec<String> = items.iter().map(crate::desktop::Item::title).collect();
    assert_eq!(titles, ["One", "Two"]);
    assert_ne!(items[0].id(), items[1].id());
}

#[test]
fn what_a_tooltip_says_is_text_and_no_markup() {
    let sitting = Sitting::new("name = \"R&D <b>\"\ncommand = [\"sleep\", \"1000\"]");

    let said = sitting.wait_for_tooltip("stopped");

    assert!(said.contains("R&amp;D &lt;b&gt;"), "{said}");
    assert!(!said.contains('<'), "{said}");
    // The title is markup on some panels, and none on others.
    assert_eq!(sitting.item().tooltip().0, "R＆D ‹b›");
    assert_eq!(sitting.item().title(), "R&D <b>");
}

#[test]
fn names_of_any_script_and_length_fit() {
    let long = "x".repeat(300);
    for (name, shown) in [
        ("守护进程", "守护进程"),
        ("خادم الملفات", "خادم الملفات"),
        ("a_b & <i>c</i>", "a_b & <i>c</i>"),
        ("one\\ntwo", "one\\ntwo"),
        ("left\\u202eright", "left\\u{202e}right"),
        (long.as_str(), "xxxxxxxx"),
    ] {
        let sitting = Sitting::new(&format!(
            "name = \"{name}\"\ncommand = [\"sleep\", \"1000\"]"
        ));

        sitting.wait_for_tooltip("stopped");

        let title = sitting.item().title();
        assert!(title.starts_with(shown), "{name}: {title}");
        let rows = sitting.menu().rows();
        assert!(rows[0].label.contains(shown), "{name}: {:?}", rows[0]);
        let longest = rows.iter().map(|row| row.label.chars().count()).max();
        assert!(longest <= Some(61), "{name}: {longest:?}");
        for text in [&title, &rows[0].label] {
            assert!(!text.contains(['\n', '\u{202e}']), "{text}");
        }
    }
}

#[test]
fn every_panel_hears_of_a_change_while_another_asks_without_end() {
    let sitting = Sitting::new(&format!("{OBEDIENT}\n[tray]\npoll_interval = \"250ms\""));
    sitting.wait_for_tooltip("stopped");
    let item = sitting.item();
    let pester = item.pester();
    // What a panel shows that asks only when it is told to.
    let mut shown = drawing::name(&item.icon()).unwrap();
    let mut heard = item.heard("NewIcon").len();

    for turn in 0..20 {
        let (word, name) = [("start", "running"), ("stop", "stopped")][turn % 2];
        assert!(sitting.home.inneros(&["daemon", word]).status.success());
        wait_until(&format!("turn {turn}: {name}"), SOON, || {
            let now = item.heard("NewIcon").len();
            if now > heard {
                heard = now;
                shown = drawing::name(&item.icon()).unwrap();
            }
            (shown == name).then_some(()).ok_or(shown)
        });
    }

    assert!(pester.stop() > 100);
}

#[test]
fn one_view_is_one_update() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    let item = sitting.item();
    let before = item.signal_names().len();

    kill(sitting.home.pid());
    sitting.wait_for_tooltip("crashed");
    item.menu().wait_for_row("Start", |row| row.enabled, SOON);

    let sent = item.signal_names().split_off(before);
    for signal in ["NewIcon", "NewStatus", "NewToolTip"] {
        let times = sent.iter().filter(|name| *name == signal).count();
        assert!((1..=2).contains(&times), "{signal}: {sent:?}");
    }
}

#[test]
fn a_last_error_of_ten_megabytes_is_cut_wherever_it_is_shown() {
    let script = "mkdir -p logs; { printf '2026-11-30 10:00:00 [ERROR] x: '; \
        head -c 10000000 /dev/zero | tr '\\0' 'y'; echo; } > logs/a.log; \
        head -c 10000000 /dev/zero | tr '\\0' 'z' >&2; exit 3";
    let home = Home::new("");
    let folder = home.path().display().to_string();
    home.configure(&format!(
        "[daemon]\nstart_grace = \"200ms\"\nworking_dir = \"{folder}\"\n\
         command = [\"sh\", \"-c\", \"sleep 1; sh ./script\"]\nlogs_dir = \"{folder}/logs\"\n"
    ));
    fs::write(home.file("script"), script).unwrap();
    let sitting = Sitting::at(home);

    sitting.choose("Start");

    let note = sitting
        .notifications
        .wait_for(|note| note.summary == "InnerOS crashed", SOON);
    assert!(note.body.len() < 4096, "{} bytes", note.body.len());
    assert!(sitting.item().tooltip().1.len() < 4096);
    for row in sitting.menu().rows() {
        assert!(row.label.chars().count() <= 61, "{row}");
    }
}

#[test]
fn a_menu_that_is_opened_again_and_again_costs_a_bounded_number_of_looks() {
    let sitting = Sitting::new(OBEDIENT);
    sitting.wait_for_tooltip("stopped");
    let menu = sitting.menu();

    for _ in 0..200 {
        menu.open();
    }

    sitting.choose("Start");
    sitting.wait_for_tooltip("running");
    let threads = fs::read_dir(format!("/proc/{}/task", sitting.tray.child.id())).unwrap();
    assert!(threads.count() < 40);
}
