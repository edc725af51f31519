//! The launch agents of programs that are in no bundle. Nothing is loaded by launchd: it
//! reads the real home's.

use std::fs;

use super::Desk;

const TRAY: &str = "Library/LaunchAgents/dev.inneros.tray.plist";
const DAEMON: &str = "Library/LaunchAgents/dev.inneros.daemon.plist";

/// What a property list runs.
#[track_caller]
fn arguments(desk: &Desk, name: &str) -> Vec<String> {
    let list = plist::Value::from_file(desk.home.path().join(name)).unwrap();
    let job = list.as_dictionary().unwrap();
    assert_eq!(job["RunAtLoad"].as_boolean(), Some(true));
    let words = job["ProgramArguments"].as_array().unwrap();
    let words = words
        .iter()
        .map(|word| word.as_string().unwrap().to_owned());
    words.collect()
}

#[test]
fn both_are_enabled_and_disabled() {
    let desk = Desk::new();
    desk.autostart(["status"]).code(3);

    desk.autostart(["enable"]).code(0);
    desk.autostart(["enable", "daemon"]).code(0);

    assert_eq!(arguments(&desk, TRAY), [desk.installed("inneros-tray")]);
    assert_eq!(
        arguments(&desk, DAEMON),
        [&*desk.installed("inneros"), "daemon", "run"]
    );
    desk.autostart(["status"])
        .code(0)
        .stdout_has("tray   enabled (launch agent '");
    desk.autostart(["enable"])
        .code(0)
        .stdout_is("tray: already enabled\n");

    desk.autostart(["disable"]).code(0);
    desk.autostart(["disable", "daemon"]).code(0);

    assert!(!desk.home.has(TRAY) && !desk.home.has(DAEMON));
    desk.autostart(["status"]).code(3);
}

#[test]
fn an_agent_edited_by_hand_is_left_alone() {
    let desk = Desk::new();
    desk.autostart(["enable"]).code(0);
    let edited = desk.home.read(TRAY).replace("Interactive", "Background");
    desk.home.write(TRAY, &edited);

    desk.autostart(["enable"]).refused(1, "edited by hand");
    desk.autostart(["disable"]).refused(1, "edited by hand");

    assert_eq!(desk.home.read(TRAY), edited);
    desk.autostart(["enable", "--force"]).code(0);
    desk.autostart(["status", "tray"]).code(0);
}

#[test]
fn a_moved_program_is_noticed() {
    let desk = Desk::new();
    desk.autostart(["enable", "daemon"]).code(0);
    let path = |name| desk.home.path().join(name);
    fs::rename(path("bin"), path("moved")).unwrap();

    desk.run("moved", ["status", "daemon"])
        .code(1)
        .stdout_has("no longer exists");
    desk.run("moved", ["enable", "daemon"]).code(0);
    desk.run("moved", ["status", "daemon"]).code(0);
}
