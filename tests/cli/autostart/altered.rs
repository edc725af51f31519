//! An entry that is not any more what was written, or that names what is not there any
//! more.

use std::fs;
use std::os::unix::fs::symlink;

use super::Desk;
use super::entry::{ENTRY, exec};

#[test]
fn an_entry_edited_by_hand_is_left_alone() {
    let desk = Desk::new();
    desk.autostart(["enable"]).code(0);
    let edited = desk.read(ENTRY).replace("Terminal=false", "Terminal=true");
    desk.write(ENTRY, &edited);

    for verb in ["enable", "disable"] {
        desk.autostart([verb])
            .refused(1, "edited by hand: left alone")
            .stderr_has("\nhint: `inneros autostart enable tray --force` replaces it");
    }
    assert_eq!(desk.read(ENTRY), edited);
    desk.autostart(["status", "tray"])
        .code(0)
        .stdout_has("enabled, edited by hand")
        .stdout_has("enable tray --force");

    desk.autostart(["enable", "--force"]).code(0);
    assert!(desk.read(ENTRY).contains("Terminal=false"));
    desk.autostart(["status", "tray"]).code(0);

    desk.write(ENTRY, &edited);
    desk.autostart(["disable", "--force"]).code(0);
    assert!(!desk.has(ENTRY));
}

#[test]
fn an_entry_of_somebody_else_is_left_alone() {
    let desk = Desk::new();
    for (text, code) in [
        ("[Desktop Entry]\nType=Application\nExec=true\n", 0),
        ("[Desktop Entry]\nHidden=true\n", 3),
        ("\u{feff}garbage", 3),
        ("", 3),
    ] {
        desk.write(ENTRY, text);

        desk.autostart(["enable"]).refused(1, "edited by hand");
        desk.autostart(["disable"]).refused(1, "edited by hand");
        desk.autostart(["status", "tray"])
            .code(code)
            .stdout_has("edited by hand");
        assert_eq!(desk.read(ENTRY), text);
    }
}

#[test]
fn a_link_is_left_alone() {
    let desk = Desk::new();
    desk.autostart(["enable"]).code(0);
    let kept = desk.home.path().join("kept.desktop");
    fs::rename(desk.config(ENTRY), &kept).unwrap();
    symlink(&kept, desk.config(ENTRY)).unwrap();

    desk.autostart(["enable"]).refused(1, "edited by hand");
    desk.autostart(["disable"]).refused(1, "edited by hand");
    desk.autostart(["status", "tray"]).code(0);

    desk.autostart(["disable", "--force"]).code(0);
    assert!(kept.exists() && !desk.has(ENTRY));
}

#[test]
fn what_the_desktops_settings_switch_off_is_disabled() {
    let desk = Desk::new();
    desk.autostart(["enable"]).code(0);
    let on = desk.read(ENTRY);
    for off in [
        format!("{on}Hidden=true\n"),
        on.replace("enabled=true", "enabled=false"),
    ] {
        desk.write(ENTRY, &off);
        desk.autostart(["status", "tray"])
            .code(3)
            .stdout_is("tray   disabled (desktop entry)\n");

        desk.autostart(["enable"])
            .code(0)
            .stdout_is("tray: enabled\n");
        assert_eq!(desk.read(ENTRY), on);

        desk.write(ENTRY, &off);
        desk.autostart(["disable"])
            .code(0)
            .stdout_is("tray: disabled\n");
        assert!(!desk.has(ENTRY));
    }
}

#[test]
fn a_moved_program_is_noticed() {
    let desk = Desk::new();
    desk.autostart(["enable"]).code(0);
    fs::rename(desk.home.path().join("bin"), desk.home.path().join("moved")).unwrap();

    desk.run("moved", ["status", "tray"])
        .code(1)
        .stdout_has("bin/inneros-tray' no longer exists")
        .stdout_has("`inneros autostart enable tray`");
    desk.run("moved", ["enable"]).code(0);
    desk.run("moved", ["status", "tray"]).code(0);
    assert!(exec(&desk.read(ENTRY))[0].ends_with("/moved/inneros-tray"));
}

#[test]
fn a_copy_of_the_program_is_told_apart() {
    let desk = Desk::new();
    desk.install("copy");
    desk.autostart(["enable"]).code(0);

    desk.run("copy", ["status", "tray"])
        .code(1)
        .stdout_has("enabled for another program, '")
        .stdout_has("/bin/inneros-tray'");
    desk.run("copy", ["disable"]).code(0);

    assert!(!desk.has(ENTRY));
}
