//! Home folders that nobody should have, but somebody does.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use super::Desk;
use super::entry::{ENTRY, SYSTEMCTL, UNIT, check, exec, string, value};
use crate::home::Home;

/// Parts of paths with what the formats have a meaning for.
const NAMES: [&str; 7] = [
    "two words",
    "\"double\" 'single'",
    "a & b <c>",
    "100% %h $HOME ${x} $$",
    r"back\slash \n \\",
    "Åse 日本語 🦀",
    "`id`; x=y # ~ | * ?",
];

fn desk(name: &str) -> Desk {
    let desk = Desk::at(Home::named(name));
    desk.home.write_program("tools/systemctl", SYSTEMCTL);
    desk
}

#[test]
fn a_desktop_starts_the_tray_from_any_path() {
    for name in NAMES {
        let desk = desk(name);
        let other_home = desk.home.path().join(format!("home of {name}"));
        desk.autostart(["enable".as_ref(), "--home".as_ref(), other_home.as_os_str()])
            .code(0);
        let text = desk.read(ENTRY);

        let words = exec(&text);
        let run = Command::new(&words[0])
            .args(&words[1..])
            .env("HOME", desk.home.path())
            .status();

        assert!(run.unwrap().success(), "{words:?}");
        let tray = desk.installed("inneros-tray");
        assert_eq!(
            desk.home.read("called"),
            format!("{tray}\n--home\n{}\n", other_home.display())
        );
        assert_eq!(string(value(&text, "TryExec")), tray);
        check(Command::new("desktop-file-validate").arg(desk.config(ENTRY)));
        desk.autostart(["status", "tray"]).code(1);
        desk.autostart(["enable"]).code(0);
        desk.autostart(["status", "tray"]).code(0);
        desk.autostart(["disable"]).code(0);
    }
}

#[test]
fn systemd_understands_the_unit_of_any_path() {
    for name in NAMES {
        let desk = desk(name);
        let other_home = desk.home.path().join(format!("home of {name}"));
        desk.autostart([
            "enable".as_ref(),
            "daemon".as_ref(),
            "--home".as_ref(),
            other_home.as_os_str(),
        ])
        .code(0);

        assert_eq!(exec_start(&desk.read(UNIT)), {
            let home = other_home.display().to_string();
            [&desk.installed("inneros"), "--home", &home, "daemon", "run"].map(str::to_owned)
        });
        verify(&desk);
        desk.autostart(["enable", "daemon"]).code(0);
        verify(&desk);
        desk.autostart(["status", "daemon"]).code(0);
        desk.autostart(["disable", "daemon"]).code(0);
    }
}

#[test]
fn a_path_that_no_entry_can_hold_is_refused() {
    let desk = Desk::new();
    for (home, code, why) in [
        (OsStr::new("line\nbreak"), 1, "it has a control character"),
        (OsStr::from_bytes(b"\xff"), 2, "is not UTF-8"),
    ] {
        for item in ["tray", "daemon"] {
            let arguments = ["enable", item, "--home"].map(OsStr::new);
            desk.autostart(arguments.into_iter().chain([home]))
                .refused(code, why)
                .stderr_has("\nhint: ");
        }
    }
    assert!(!desk.has(""));
}

fn verify(desk: &Desk) {
    check(
        Command::new("systemd-analyze")
            .args(["verify", "--user", "--man=no"])
            .arg(desk.config(UNIT))
            .env("XDG_RUNTIME_DIR", desk.home.path())
            .env_remove("DBUS_SESSION_BUS_ADDRESS"),
    );
}

/// The words of `ExecStart`, as `systemd.syntax(7)` and `systemd.service(5)` have them;
/// what is more than they need fails the test. What a shell is passed is the rest.
fn exec_start(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    let mut characters = value(text, "ExecStart").chars();
    while let Some(character) = characters.next() {
        let word = words.last_mut().unwrap();
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            '\\' => match characters.next() {
                Some(escaped @ ('"' | '\\')) => word.push(escaped),
                other => panic!("an unexpected escape of {other:?}: {text}"),
            },
            '%' | '$' => {
                assert_eq!(characters.next(), Some(character), "{text}");
                word.push(character);
            }
            other => word.push(other),
        }
    }
    // systemd takes no other program (`string_is_safe()` in its basic/string-util.c).
    assert!(!words[0].contains(['"', '\'', '\\', '$']), "{text}");
    match words[0].as_str() {
        "/usr/bin/env" => {
            words.remove(0);
        }
        "/bin/sh" => {
            assert_eq!(words[1..3], ["-c", r#"exec "$0" "$@""#]);
            words.drain(..3);
        }
        _ => {}
    }
    words
}
