//! Jobs: run, recorded, listed, switched.

mod acknowledge;
mod bad_input;
mod crontab;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod killed;
mod list;
mod run;

use serde_json::Value;

use crate::answer::Answer;
use crate::home::Home;

/// Where the stand-in keeps the crontab.
const CRONTAB: &str = "crontab.txt";

/// A `crontab` that keeps a file in the home, and nothing of the user who runs the tests.
pub const STAND_IN: &str = r#"#!/bin/sh
case $1 in
-l) [ -f "$HOME/denied" ] && { echo "You (x) are not allowed to use this program (crontab)" >&2; exit 1; }
    [ -f "$HOME/crontab.txt" ] || { echo "no crontab for x" >&2; exit 1; }
    cat "$HOME/crontab.txt"
    [ -f "$HOME/meddles" ] && echo '1 1 1 1 1 theirs' >>"$HOME/crontab.txt" ;;
-) cat >"$HOME/crontab.new" && mv "$HOME/crontab.new" "$HOME/crontab.txt" ;;
esac
exit 0
"#;

/// A home with a crontab of its own.
pub fn home() -> Home {
    let home = Home::new();
    home.write_program("tools/crontab", STAND_IN);
    home
}

/// Runs `inneros job …` where that crontab is.
#[track_caller]
pub fn job(home: &Home, arguments: &[&str]) -> Answer {
    let arguments = [&["job"], arguments].concat();
    home.shell("PATH=$HOME/tools:$PATH exec \"$@\"", arguments)
}

/// The job of this name in the answer of `job list`.
#[track_caller]
pub fn listed(home: &Home, name: &str) -> Value {
    let answer = job(home, &["list", "--json"]).json();
    let jobs = answer["jobs"].as_array().unwrap();
    let found = jobs.iter().find(|job| job["name"] == name);
    found
        .unwrap_or_else(|| panic!("{name} is not in {answer}"))
        .clone()
}
