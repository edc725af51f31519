//! Logs.

use inneros_tray::model::logs::dialect::Grouping;
use inneros_tray::model::logs::entry::Entry;
use inneros_tray::model::logs::filter::Filter;
use inneros_tray::model::logs::line::{Level, parse};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::rules;

/// Lines that are nearly a log's, with ends of any kind.
fn nearly_a_log() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("2026-11-22 20:14:24".to_owned()),
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}",
        r"( \[| - |,|: |\] |\]|-|Z|\.)",
        "(DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|info|NOISE)",
        "[0-9]{1,6}",
        "[a-z_.]{1,12}",
        any::<char>().prop_map(String::from),
        "(\n|\r\n|\r)",
    ];
    vec(part, 0..60).prop_map(|parts| parts.concat())
}

/// A log as the InnerOS daemon writes it, and the number of its entries.
fn log() -> impl Strategy<Value = (String, usize)> {
    let level = "(DEBUG|INFO|WARNING|ERROR|CRITICAL)";
    let entry = (
        level,
        "[a-z_.]{1,12}",
        r"\PC{0,40}",
        vec("  [a-z ]{0,20}", 0..3),
    )
        .prop_map(|(level, component, message, more)| {
            let mut lines = vec![format!(
                "2026-11-22 20:14:24 [{level}] {component}: {message}"
            )];
            lines.extend(more);
            lines.join("\n") + "\n"
        });
    vec(entry, 0..20).prop_map(|entries| (entries.concat(), entries.len()))
}

proptest! {
    #[test]
    fn the_rules_hold_for_any_text(text in any::<String>()) {
        rules::log_line(text.as_bytes());
    }

    #[test]
    fn the_rules_hold_for_what_is_nearly_a_log(text in nearly_a_log()) {
        rules::log_line(text.as_bytes());
    }

    #[test]
    fn a_line_is_taken_apart_within_itself(text in nearly_a_log()) {
        // A carriage return at its end is none of it, and colours are taken away.
        let lines = text.lines().map(|line| line.trim_end_matches('\r'));
        for line in lines.filter(|line| !line.contains('\u{1b}')) {
            if let Some(parts) = parse(line.as_bytes()) {
                prop_assert!(line.contains(&*parts.timestamp.unwrap()));
                prop_assert!(line.as_bytes().ends_with(&parts.message));
            }
        }
    }

    #[test]
    fn every_entry_of_a_log_is_found((text, count) in log()) {
        let filter = Filter::default();
        let text = text.as_bytes();
        let entries: Vec<_> = filter.matching(text, Grouping::Entries).collect();
        prop_assert_eq!(entries.len(), count);
        for entry in entries {
            prop_assert!(Entry::new(&text[entry]).first.is_some());
        }
    }

    #[test]
    fn a_json_line_says_what_was_written(
        time in "2026-11-2[0-9][T ]20:14:2[0-9](Z|,5|\\.123456|\\+01:00)?",
        names in (
            prop_oneof![Just("ts"), Just("time"), Just("timestamp")],
            prop_oneof![Just("logger"), Just("component"), Just("module")],
            prop_oneof![Just("msg"), Just("message")],
        ),
        level in "(debug|Info|WARNING|error|FATAL)",
        component in any::<String>(),
        message in any::<String>(),
        more in any::<f64>(),
    ) {
        let (time_name, component_name, message_name) = names;
        let line = serde_json::json!({
            time_name: time,
            "level": level,
            component_name: component,
            message_name: message,
            "more": { "level": "critical", "list": [more, null, true] },
        });
        let line = line.to_string();
        let parts = parse(line.as_bytes()).unwrap();
        prop_assert_eq!(parts.timestamp.as_deref(), Some(&time[..]));
        prop_assert_eq!(parts.level, Level::named(level.as_bytes()));
        prop_assert!(parts.level.is_some());
        prop_assert_eq!(parts.component.as_deref(), Some(&component[..]));
        prop_assert_eq!(&parts.message[..], message.as_bytes());
        rules::log_line(line.as_bytes());
        // A half of it is no entry.
        let mut half = line.len() / 2;
        while !line.is_char_boundary(half) {
            half += 1;
        }
        prop_assert_eq!(parse(&line.as_bytes()[..half]), None);
    }
}
