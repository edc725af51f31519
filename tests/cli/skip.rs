//! A case that cannot be run here is named, with the reason: nothing passes in silence.

use std::io::{self, Write};
use std::thread;

/// Says so where it is seen: what the print macros write, the test runner keeps to itself.
pub fn not_run(why: &str) {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    // Nobody can be told that nobody can be told.
    let _ = writeln!(io::stderr(), "NOT RUN: {test}: {why}");
}

/// Whether root runs the tests; says that a case was not run where not.
pub fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        not_run("only root can set it up");
    }
    root
}
