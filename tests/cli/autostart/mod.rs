//! Starting at login: the entries as desktops, systemd and launchd read them.

#[cfg(target_os = "linux")]
mod altered;
#[cfg(target_os = "linux")]
mod daemon;
#[cfg(target_os = "linux")]
mod entry;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "macos")]
mod launch_agent;
#[cfg(target_os = "linux")]
mod tray;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::answer::Answer;
use crate::home::Home;

/// A home with both programs installed in its `bin`, and with a `tools` that is all of
/// its PATH.
pub struct Desk {
    pub home: Home,
    /// Shell commands before the program is run.
    setup: String,
}

impl Desk {
    pub fn new() -> Self {
        Self::at(Home::new())
    }

    pub fn at(home: Home) -> Self {
        let desk = Self {
            home,
            setup: String::new(),
        };
        desk.install("bin");
        desk
    }

    /// Puts both programs into a folder. The tray writes down how it was called.
    pub fn install(&self, folder: &str) {
        let called = "#!/bin/sh\nprintf '%s\\n' \"$0\" \"$@\" >\"$HOME/called\"\n";
        self.home
            .write_program(&format!("{folder}/inneros-tray"), called);
        let program = self.home.path().join(folder).join("inneros");
        let built = Path::new(env!("CARGO_BIN_EXE_inneros"));
        // It is large, and may be on another file system.
        if fs::hard_link(built, &program).is_err() {
            let copy = Command::new("cp").args([built, &program]).status();
            assert!(copy.unwrap().success());
        }
    }

    /// Runs `inneros autostart …` as it is installed.
    #[track_caller]
    pub fn autostart<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Answer {
        self.run("bin", arguments)
    }

    /// Runs it from another folder.
    #[track_caller]
    pub fn run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, folder: &str, rest: I) -> Answer {
        let script = format!(
            "PATH=$HOME/tools; {}\nshift; exec \"$HOME/{folder}/inneros\" \"$@\"",
            self.setup
        );
        let mut arguments = vec![OsString::from("autostart")];
        arguments.extend(rest.into_iter().map(|word| word.as_ref().to_owned()));
        self.home.shell(&script, arguments)
    }

    /// The program that is installed under this name.
    pub fn installed(&self, name: &str) -> String {
        let bin = self.home.path().join("bin");
        bin.join(name).display().to_string()
    }
}
