//! What each layer may know.

use crate::paths::Source;

/// The rule of one folder.
struct Rule {
    /// Where it holds: the beginning of a module's path.
    folder: &'static [&'static str],
    /// The layers of this crate that may be named there.
    layers: &'static [&'static str],
    /// What may not be named there besides.
    forbidden: &'static [&'static str],
}

const RULES: [Rule; 7] = [
    Rule {
        folder: &["model"],
        layers: &["model"],
        forbidden: &[
            "std::env",
            "std::fs",
            "std::net",
            "std::os",
            "std::process",
            "std::thread",
            "std::time::Instant",
            "std::time::SystemTime",
            "chrono::Local",
            "chrono::Utc",
            "libc",
            "nix",
            "notify_rust",
            "polling",
            "rustix",
            "tao",
            "tracing",
            "tray_icon",
            "ureq",
        ],
    },
    Rule {
        folder: &["model", "screen"],
        layers: &["model"],
        forbidden: &["crate::model::life::judge"],
    },
    Rule {
        folder: &["os"],
        layers: &["model", "os"],
        forbidden: &["clap", "muda", "tao", "tray_icon"],
    },
    Rule {
        folder: &["app"],
        layers: &["app", "model", "os"],
        forbidden: &[
            "clap",
            "muda",
            "std::fs",
            "std::os::unix::fs",
            "tao",
            "tray_icon",
        ],
    },
    Rule {
        folder: &["ui"],
        layers: &["app", "model", "os", "ui"],
        // What is shown was judged where it was looked at, once.
        forbidden: &["crate::model::life::judge"],
    },
    Rule {
        folder: &["ui", "cli"],
        layers: &["app", "model", "os", "ui"],
        forbidden: &["crate::ui::tray"],
    },
    Rule {
        folder: &["ui", "tray"],
        layers: &["app", "model", "os", "ui"],
        forbidden: &["crate::ui::cli"],
    },
];

/// The files of `os` that its other files may know.
const SHARED_IN_OS: [&str; 6] = [
    "errno",
    "lock",
    "paths",
    "private_file",
    "process",
    "session_bus",
];

/// Where the operating system may be asked for.
const PLATFORM: [&[&str]; 6] = [
    &["os", "process"],
    &["os", "autostart"],
    &["os", "desktop"],
    &["os", "notifier"],
    &["os", "session_bus"],
    &["ui", "tray", "event_loop"],
];

/// Where something may be printed.
const PRINTING: [&[&str]; 2] = [&["ui", "cli"], &["bin"]];

/// Every breach of the layer rule in a file, in words.
pub fn breaches(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |what: String| found.push(format!("src/{}: {what}", source.name));
    for path in &source.paths {
        let shown = path.join("::");
        for rule in RULES.iter().filter(|rule| is_in(source, rule.folder)) {
            if !is_allowed_layer(rule, path) || rule.forbidden.iter().any(|f| names(path, f)) {
                say(format!(
                    "`{shown}` may not be known in {}",
                    rule.folder.join("/")
                ));
            }
        }
        if knows_a_sibling_in_os(source, path) {
            say(format!("`{shown}` is another file of os"));
        }
    }
    if source.asks_for_target && !PLATFORM.iter().any(|folder| is_in(source, folder)) {
        say("asks which operating system it is built for".into());
    }
    for name in ["print", "println", "eprint", "eprintln", "dbg"] {
        let prints = source.macros.contains(name);
        if prints && !PRINTING.iter().any(|folder| is_in(source, folder)) {
            say(format!("`{name}!` prints"));
        }
    }
    found
}

fn is_in(source: &Source, folder: &[&str]) -> bool {
    source.module.len() >= folder.len() && source.module.iter().zip(folder).all(|(a, b)| a == b)
}

/// Whatever is named in this crate must be in a layer that may be known: a re-export
/// at the crate's root would be a way around.
fn is_allowed_layer(rule: &Rule, path: &[String]) -> bool {
    match path {
        [root, layer, ..] if root == "crate" => rule.layers.contains(&layer.as_str()),
        _ => true,
    }
}

/// Whether a path leads to something forbidden, or takes all of what holds it.
fn names(path: &[String], forbidden: &str) -> bool {
    let forbidden: Vec<&str> = forbidden.split("::").collect();
    let begins = |short: &[&str], long: &[&str]| long.starts_with(short);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.split_last() {
        Some((&"*", holder)) => begins(holder, &forbidden) || begins(&forbidden, holder),
        Some(_) | None => begins(&forbidden, &path),
    }
}

fn knows_a_sibling_in_os(source: &Source, path: &[String]) -> bool {
    match (source.module.as_slice(), path) {
        ([os, own, ..], [root, layer, other, ..]) if os == "os" => {
            root == "crate"
                && layer == "os"
                && other != own
                && !SHARED_IN_OS.contains(&other.as_str())
        }
        _ => false,
    }
}
