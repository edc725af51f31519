//! The logs of real libraries and servers, and what is to be read in them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset};
use inneros_tray::model::logs::dialect::Grouping;
use inneros_tray::model::logs::dialect::{Dialect, Hints, Reading};
use inneros_tray::model::logs::entry::Entry;
use inneros_tray::model::logs::filter::Filter;
use inneros_tray::model::logs::line::{begins_entry, recognise, split_line};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::rules;

/// All logs of the corpus, by name.
fn logs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    let mut logs: Vec<PathBuf> = [folder.clone(), folder.join("written")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
        .collect();
    logs.sort();
    logs
}

/// What is read in a log: an entry a line, with its time in Berlin, its level, its component
/// and its message.
fn read(log: &[u8]) -> String {
    let now = DateTime::parse_from_rfc3339("2026-12-01T00:00:00+01:00").unwrap();
    let mut dialect = Dialect::new(&Hints::default(), now);
    dialect.learn(log);
    let reading = Reading {
        grouping: Grouping::Entries,
        dialect: &dialect,
    };
    let mut read = String::new();
    let everything = Filter::default();
    for range in everything.matching(log, reading) {
        let entry = Entry::of(&log[range], &dialect);
        let Some(first) = &entry.first else {
            panic!("an entry without a first line");
        };
        let time = dialect
            .time(first)
            .map(|time| time.wall(berlin()).to_string());
        let empty = || "-".to_owned();
        writeln!(
            read,
            "{}\t{}\t{}\t{}",
            time.unwrap_or_else(empty),
            first.level_word().map_or_else(empty, str::to_owned),
            first.component.as_deref().map_or_else(empty, str::to_owned),
            entry.message().escape_debug()
        )
        .unwrap();
    }
    read
}

fn berlin() -> FixedOffset {
    FixedOffset::east_opt(3600).unwrap()
}

#[test]
fn what_real_libraries_write_is_understood() {
    let update = std::env::var_os("UPDATE_LOGS").is_some();
    let logs = logs();
    assert!(logs.len() >= 60, "the corpus has only {}", logs.len());
    let mut wrong = Vec::new();
    for path in logs {
        let read = read(&fs::read(&path).unwrap());
        let beside = path.with_extension("expected");
        if update {
            fs::write(&beside, &read).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        for (line, (read, expected)) in read.lines().zip(expected.lines()).enumerate() {
            if read != expected {
                wrong.push(format!(
                    "{}:{}:\n  read     {read}\n  expected {expected}",
                    beside.display(),
                    line + 1
                ));
                break;
            }
        }
        if read.lines().count() != expected.lines().count() {
            wrong.push(format!("{}: another number of entries", beside.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A table of the corpus, an example of each.
fn table() -> String {
    let mut table = String::from("| log | a line of it | what is read |\n|---|---|---|\n");
    for path in logs() {
        let log = fs::read(&path).unwrap();
        let mut dialect = Dialect::new(&Hints::default(), DateTime::default());
        dialect.learn(&log);
        let lines = log.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::len);
        let mut at = 0;
        let mut entries: Vec<_> = lines
            .filter_map(|length| {
                let text = &log[at..];
                at += length;
                Some((&text[..length], dialect.parse(text)?))
            })
            .collect();
        // One of the worst has a level that is not taken for granted.
        entries.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.level));
        let (line, entry) = &entries[0];
        let parts = [
            ("time", entry.timestamp.is_some()),
            ("level", entry.level.is_some()),
            ("component", entry.component.is_some()),
        ];
        let parts: Vec<&str> = parts
            .iter()
            .filter(|part| part.1)
            .map(|part| part.0)
            .collect();
        let line = String::from_utf8_lossy(line).trim().replace('\u{1b}', "␛");
        let mut shown: String = line.replace('\t', " ").chars().take(100).collect();
        if shown.len() < line.len() {
            shown.push('…');
        }
        let name = path.file_stem().unwrap().to_string_lossy();
        let mark = if path.parent().unwrap().ends_with("written") {
            " *"
        } else {
            ""
        };
        let shown = shown.replace('|', "\\|").replace('`', "'");
        let parts = parts.join(", ");
        writeln!(table, "| {name}{mark} | `{shown}` | {parts} |").unwrap();
    }
    table
}

#[test]
fn the_reference_shows_the_corpus() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("| log | a line of it |").unwrap();
    let (_, behind) = rest.split_once("\n\n").unwrap();
    let wanted = format!("{before}{}\n{behind}", table());

    if std::env::var_os("UPDATE_LOGS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    assert!(
        page == wanted || std::env::var_os("UPDATE_LOGS").is_some(),
        "another table: UPDATE_LOGS=1 cargo test --test parsers shapes"
    );
}

#[test]
fn a_log_that_ends_anywhere_is_read_to_there() {
    for path in logs() {
        let log = fs::read(&path).unwrap();
        rules::log_line(&log);
        rules::log_line(&log[..log.len() / 2]);
        let mut at = 0;
        for line in log.split_inclusive(|byte| *byte == b'\n') {
            // Some shapes have their head on two lines.
            let below = split_line(&log[at + line.len()..]).0.len();
            for end in at..=at + line.len() + below {
                let cut = &log[at..end];
                let any = recognise(cut);
                if let Some(any) = &any {
                    assert!(any.taken <= cut.len(), "{}", cut.escape_ascii());
                    let _ = any.time();
                }
                let begins = any.is_some_and(|any| !any.is_loose());
                assert!(!begins || begins_entry(cut), "{}", cut.escape_ascii());
            }
            at += line.len();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Several writers in one file, and files that were cut anywhere.
    #[test]
    fn entries_of_a_level_are_found_whatever_stands_beside(
        parts in vec((any::<Index>(), any::<Index>(), 1..12_usize, any::<Option<Index>>()), 1..12),
        any_line: bool,
    ) {
        let logs = logs();
        let mut text = Vec::new();
        for (log, from, count, cut) in parts {
            let log = fs::read(log.get(&logs)).unwrap();
            let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
            let from = from.index(lines.len());
            let part = lines[from..lines.len().min(from + count)].concat();
            let end = cut.map_or(part.len(), |cut| cut.index(part.len() + 1));
            text.extend(&part[..end]);
        }
        let mut dialect = Dialect::new(&Hints::default(), DateTime::default());
        dialect.learn(&text);

        rules::long_log(&text, &if any_line { dialect.of_any_line() } else { dialect });
    }
}
