//! Small files that break each rule, or only seem to.

use crate::circles::circles;
use crate::paths::Source;
use crate::rules::breaches;

/// What is wrong with a file of this name and text.
fn found(name: &str, text: &str) -> Vec<String> {
    breaches(&Source::read(name, text))
}

#[track_caller]
fn assert_breach(name: &str, text: &str, what: &str) {
    let found = found(name, text);

    assert_eq!(found.len(), 1, "{text}\n{found:#?}");
    assert!(found[0].starts_with(&format!("src/{name}: ")), "{found:?}");
    assert!(found[0].contains(what), "{found:?}");
}

#[track_caller]
fn assert_clean(name: &str, text: &str) {
    assert_eq!(found(name, text), [""; 0], "{text}");
}

#[test]
fn model_knows_no_other_layer() {
    for layer in ["os", "app", "ui"] {
        assert_breach("model/a.rs", &format!("use crate::{layer}::x;"), layer);
        assert_breach(
            "model/a.rs",
            &format!("fn f() {{ crate::{layer}::x() }}"),
            layer,
        );
        assert_breach(
            "model/a.rs",
            &format!("use super::super::{layer}::x;"),
            layer,
        );
        assert_breach("model/mod.rs", &format!("use super::{layer}::x;"), layer);
        assert_breach(
            "model/a.rs",
            &format!("pub use crate::{{model::b, {layer}}};"),
            layer,
        );
    }
    assert_breach("model/a.rs", "use crate::start;", "crate::start");
    assert_breach("model/a.rs", "use crate::*;", "crate::*");
    assert_clean(
        "model/a.rs",
        "use super::b; use crate::model::c; use self::d;",
    );
}

#[test]
fn model_touches_nothing() {
    for path in [
        "std::fs::File",
        "std::env",
        "std::net::TcpStream",
        "std::os::fd",
        "std::process::Command",
        "std::thread",
        "std::time::Instant",
        "std::time::SystemTime",
        "chrono::Local",
        "chrono::Utc",
        "libc",
        "nix::fcntl",
        "rustix",
        "polling",
        "ureq",
        "tracing",
        "tao",
        "tray_icon",
        "notify_rust",
    ] {
        assert_breach("model/a.rs", &format!("use {path};"), path);
    }
    assert_clean(
        "model/a.rs",
        "use std::time::Duration; use chrono::DateTime; use std::fmt;",
    );
}

#[test]
fn a_path_is_found_however_it_is_written() {
    for text in [
        "use std::{collections::BTreeMap, fs::{self, File}};",
        "use std::fs as files;",
        "fn f() { std::fs::read(\"x\"); }",
        "fn f() { ::std::fs::read(\"x\"); }",
        "fn f(file: std::fs::File) {}",
        "struct S { file: Option<Vec<std::fs::File>> }",
        "impl From<std::fs::File> for S {}",
        "fn f() { if let std::fs::FileType { .. } = x {} }",
        "use std as s; fn f() { s::fs::read(\"x\"); }",
        "use std::{self as s}; use s::fs::read;",
        "use std::*;",
        "use std::fs::*;",
        "extern crate std as s; fn f() { s::fs::read(\"x\") }",
        "fn f() { format!(\"{}\", std::fs::read(\"x\")); }",
        "fn f() { matches!(x, y if std::fs::exists(y)); }",
        "macro_rules! m { () => { std::fs::read(\"x\") } }",
        "#[error(\"{}\", std::fs::read(\"x\"))] struct S;",
        "mod inner { use std::fs::File; }",
        "fn f() { use std::fs::File; }",
        "pub use std::fs::File;",
        "type F = std::fs::File;",
        "fn f() where std::fs::File: Copy {}",
    ] {
        let found = found("model/a.rs", text);
        assert!(!found.is_empty(), "not seen: {text}");
    }
}

#[test]
fn a_name_leads_to_what_it_was_imported_from() {
    assert_breach(
        "model/a.rs",
        "use std::time; fn f() { time::Instant::now(); }",
        "Instant",
    );
    assert_breach("model/a.rs", "use std::time::*;", "std::time::*");
    assert_breach(
        "model/a.rs",
        "use chrono as c; fn f() { c::Local::now(); }",
        "chrono::Local",
    );
    assert_breach(
        "os/a/mod.rs",
        "mod b; use b as c; fn f() { c::super::super::b::x(); } use super::d::x;",
        "crate::os::d::x",
    );
}

#[test]
fn what_only_looks_like_a_path_is_none() {
    assert_clean(
        "model/a.rs",
        "/// See `std::fs::File`.\nfn f() { println(\"std::fs::File\") }",
    );
    assert_clean(
        "model/a.rs",
        "fn f() { format!(\"std::fs::read \\\" crate::os::x\"); }",
    );
    assert_clean("model/a.rs", "fn fs() {} fn f() { fs(); process::x(); }");
}

#[test]
fn os_knows_model_and_no_layer_above() {
    assert_breach("os/a.rs", "use crate::app::look;", "crate::app");
    assert_breach(
        "os/a/b.rs",
        "use super::super::super::ui::cli;",
        "crate::ui",
    );
    assert_breach("os/a.rs", "use tray_icon::Icon;", "tray_icon");
    assert_clean(
        "os/a.rs",
        "use crate::model::config::Config; use std::fs; use libc::x;",
    );
}

#[test]
fn a_file_of_os_knows_no_other_but_the_shared_ones() {
    assert_breach("os/a.rs", "use super::b::x;", "crate::os::b");
    assert_breach("os/a.rs", "use crate::os::b;", "crate::os::b");
    assert_breach(
        "os/a.rs",
        "use crate::os; fn f() { os::b::x(); }",
        "crate::os::b",
    );
    assert_breach("os/a.rs", "use super::*;", "crate::os::*");
    assert_breach(
        "os/process/linux.rs",
        "use super::super::health;",
        "crate::os::health",
    );
    assert_clean(
        "os/a.rs",
        "use super::{paths, private_file::FileError, process};",
    );
    assert_clean(
        "os/process/linux.rs",
        "use super::spawn::mark_each; use crate::os::process::x;",
    );
    assert_clean(
        "os/process/mod.rs",
        "mod linux; use linux as platform; fn f() { platform::x(); }",
    );
    assert_clean("os/mod.rs", "pub mod a; pub mod b;");
}

#[test]
fn app_knows_no_user_interface() {
    assert_breach("app/a.rs", "use crate::ui::cli;", "crate::ui");
    assert_breach(
        "app/a/b.rs",
        "fn f() { super::super::super::ui::x(); }",
        "crate::ui",
    );
    for name in ["tray_icon", "tao", "muda", "clap"] {
        assert_breach("app/a.rs", &format!("use {name}::x;"), name);
    }
    assert_clean(
        "app/a.rs",
        "use crate::os::lock; use super::look; use std::thread;",
    );
}

#[test]
fn app_opens_no_files() {
    assert_breach("app/a.rs", "use std::fs;", "std::fs");
    assert_breach("app/a.rs", "fn f(file: std::fs::File) {}", "std::fs");
    assert_breach(
        "app/a.rs",
        "use std::os::unix::fs::MetadataExt;",
        "std::os::unix::fs",
    );
    assert_clean(
        "app/a.rs",
        "#[cfg(test)] mod tests { use std::fs; } use std::path::Path;",
    );
}

#[test]
fn the_two_user_interfaces_do_not_know_each_other() {
    assert_breach(
        "ui/cli/a.rs",
        "use crate::ui::tray::icon;",
        "crate::ui::tray",
    );
    assert_breach("ui/cli/mod.rs", "use super::tray;", "crate::ui::tray");
    assert_breach(
        "ui/tray/a.rs",
        "use super::super::cli::output;",
        "crate::ui::cli",
    );
    assert_breach(
        "ui/tray/event_loop/linux.rs",
        "use crate::ui::{cli, tray};",
        "crate::ui::cli",
    );
    assert_clean(
        "ui/cli/a.rs",
        "use crate::app::look; use super::output; use clap::Parser;",
    );
    assert_clean("ui/mod.rs", "pub mod cli; pub mod tray;");
}

#[test]
fn the_operating_system_is_asked_for_in_few_places() {
    for text in [
        "#[cfg(target_os = \"macos\")] mod macos;",
        "#[cfg(any(unix, target_os = \"macos\"))] fn f() {}",
        "#![cfg(target_os = \"linux\")]",
        "#[cfg_attr(not(target_os = \"macos\"), allow(dead_code))] fn f() {}",
        "fn f() { #[cfg(target_os = \"linux\")] g(); }",
        "struct S { #[cfg(target_os = \"linux\")] a: u8 }",
        "fn f() -> bool { cfg!(target_os = \"linux\") }",
        "#[cfg(target_vendor = \"apple\")] fn f() {}",
    ] {
        for name in [
            "os/paths.rs",
            "app/a.rs",
            "ui/cli/a.rs",
            "ui/tray/menu.rs",
            "lib.rs",
        ] {
            assert_breach(name, text, "operating system");
        }
        for name in [
            "os/process/mod.rs",
            "os/autostart/mod.rs",
            "os/notifier/mod.rs",
            "ui/tray/event_loop/mod.rs",
        ] {
            assert_clean(name, text);
        }
    }
    assert_clean("app/a.rs", "#[cfg(feature = \"tray\")] fn f() {}");
}

#[test]
fn only_the_command_line_prints() {
    for name in ["print", "println", "eprint", "eprintln", "dbg"] {
        for call in [name.to_owned(), format!("std::{name}")] {
            let text = format!("fn f() {{ {call}!(\"x\"); }}");
            for file in [
                "model/a.rs",
                "os/a.rs",
                "app/a.rs",
                "ui/tray/a.rs",
                "lib.rs",
            ] {
                assert_breach(file, &text, name);
            }
            assert_clean("ui/cli/output.rs", &text);
            assert_clean("bin/inneros.rs", &text);
        }
    }
}

#[test]
fn who_shows_a_daemon_does_not_judge_it() {
    for name in ["ui/cli/a.rs", "ui/tray/a.rs", "model/screen/a.rs"] {
        assert_breach(name, "use crate::model::life::judge::judge;", "judge");
        assert_clean(name, "use crate::model::life::report::Report;");
    }
}

#[test]
fn what_is_for_tests_alone_may_know_more() {
    assert_clean(
        "model/a.rs",
        "#[cfg(test)] mod tests { use std::fs; fn f() { println!(); } }",
    );
    assert_clean(
        "os/a.rs",
        "#[cfg(all(test, unix))] mod tests { use crate::app::look; }",
    );
    assert_breach(
        "model/a.rs",
        "#[cfg(not(test))] mod real { use std::fs; }",
        "std::fs",
    );
    assert_breach(
        "model/a.rs",
        "#[cfg(feature = \"test\")] use std::fs;",
        "std::fs",
    );

    let source = Source::read("model/mod.rs", "#[cfg(test)] mod transcripts; mod view;");
    assert_eq!(source.modules_for_tests, [["model", "transcripts"]]);
}

/// The circles among files of these names and texts.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> = files
        .iter()
        .map(|(name, text)| Source::read(name, text))
        .collect();
    circles(sources.iter())
}

#[test]
fn files_that_use_each_other_are_a_circle() {
    let found = circles_of(&[
        ("app/a.rs", "use super::b::B; pub struct A;"),
        ("app/b.rs", "pub struct B; fn f() { crate::app::c::f(); }"),
        ("app/c.rs", "use crate::app::a; fn f() -> a::A { a::A }"),
        ("app/d.rs", "use super::a::A;"),
    ]);

    let arrows = "app/a.rs uses app/b.rs\n  app/b.rs uses app/c.rs\n  app/c.rs uses app/a.rs";
    assert_eq!(found, [format!("a circle:\n  {arrows}")]);
}

#[test]
fn a_circle_is_found_through_what_others_pass_on() {
    let found = circles_of(&[
        ("app/a/mod.rs", "mod b; pub use self::b::B as Other;"),
        ("app/a/b.rs", "pub struct B; use crate::app::c::C;"),
        ("app/c.rs", "use crate::app::a::Other; pub struct C;"),
    ]);

    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("app/c.rs uses app/a/b.rs"), "{found:?}");
}

#[test]
fn a_file_may_use_the_heads_of_its_folders_and_what_only_tests_use() {
    let found = circles_of(&[
        ("app/mod.rs", "mod a; mod d; fn f() { a::b::g(); }"),
        ("app/a/mod.rs", "mod b; use b::g; pub struct A;"),
        (
            "app/a/b.rs",
            "use super::A; use super::super::f; pub fn g() {}",
        ),
        (
            "app/d.rs",
            "use super::a::A; #[cfg(test)] mod tests { use super::*; }",
        ),
        (
            "app/e.rs",
            "pub struct E; #[cfg(test)] mod tests { use crate::app::g; }",
        ),
        ("app/g.rs", "use super::e::E;"),
    ]);

    assert_eq!(found, [""; 0]);
}
