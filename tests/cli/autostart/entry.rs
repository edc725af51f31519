//! Desktop entries and units of systemd.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::Desk;

/// The tray's entry in the configuration folder.
pub const ENTRY: &str = "autostart/dev.inneros.tray.desktop";
/// The daemon's.
pub const UNIT: &str = "systemd/user/inneros-daemon.service";
/// What systemd makes of the daemon's when it is enabled.
pub const LINK: &str = "systemd/user/default.target.wants/inneros-daemon.service";

/// A systemctl that does what the real one does to the files, and writes down what it is
/// asked.
pub const SYSTEMCTL: &str = r#"#!/bin/sh
echo "$*" >>"$HOME/asked"
units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
link=$units/default.target.wants/inneros-daemon.service
PATH=/usr/bin:/bin
case $2 in
  enable)
    test -f "$units/inneros-daemon.service" || exit 5
    mkdir -p "$units/default.target.wants"
    ln -sf "$units/inneros-daemon.service" "$link" ;;
  disable) rm -f "$link" ;;
  --quiet) exit 1 ;;
esac
"#;

impl Desk {
    /// One that has a systemctl.
    pub fn with_systemctl(script: &str) -> Self {
        let desk = Self::new();
        desk.home.write_program("tools/systemctl", script);
        desk
    }

    /// One whose programs run with this shell command before.
    pub fn setup(mut self, line: &str) -> Self {
        self.setup += line;
        self.setup += "\n";
        self
    }

    /// Makes a folder that belongs to whoever runs the programs.
    pub fn make_folder(&self, name: &str) {
        self.home.shell("mkdir -p \"$2\"", [name]).code(0);
    }

    /// The path of a file in the default configuration folder.
    pub fn config(&self, name: &str) -> PathBuf {
        self.home.path().join(".config").join(name)
    }

    pub fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.config(name)).is_ok()
    }

    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        self.home.read(&format!(".config/{name}"))
    }

    pub fn write(&self, name: &str, text: &str) {
        self.home.write(&format!(".config/{name}"), text);
    }

    /// What systemctl was asked.
    pub fn asked(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.home.path().join("asked")).unwrap_or_default();
        asked.lines().map(str::to_owned).collect()
    }
}

/// The value of a key in a desktop entry or unit, as it is written.
#[track_caller]
pub fn value<'a>(text: &'a str, key: &str) -> &'a str {
    let mut values = text
        .lines()
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let value = values.next().unwrap_or_else(|| panic!("no {key}: {text}"));
    assert_eq!(values.next(), None, "a second {key}: {text}");
    value
}

/// A string of a desktop entry: one level of escapes.
#[track_caller]
pub fn string(value: &str) -> String {
    let mut plain = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        plain.push(character);
        if character == '\\' {
            assert_eq!(characters.next(), Some('\\'), "another escape: {value}");
        }
    }
    plain
}

/// The command line of an `Exec`: its words are quoted as a shell's are, and a percent
/// sign is doubled.
#[track_caller]
pub fn exec(text: &str) -> Vec<String> {
    let exec = string(value(text, "Exec"));
    let words = shell_words::split(&exec).unwrap();
    words.iter().map(|word| word.replace("%%", "%")).collect()
}

/// Runs a checker of files, where it is installed.
#[track_caller]
#[allow(clippy::print_stderr, reason = "a check that was left out is said")]
pub fn check(checker: &mut Command) {
    match checker.output() {
        Ok(output) => {
            let said =
                String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && said.is_empty(),
                "{checker:?}: {said}"
            );
        }
        Err(error) => eprintln!("not checked, {checker:?} does not run: {error}"),
    }
}
