//! The configuration file.

use std::collections::BTreeMap;

use inneros_tray::model::config::secrets::Secrets;
#[cfg(feature = "tray")]
use inneros_tray::model::config::with_bool;
use inneros_tray::model::config::{Besides, Config, Overrides, Unfit, resolve};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::rules;

const KEYS: &str = "(name|command|working_dir|env|pid_file|pid_file_owner|logs_dir|start_grace\
    |stop_timeout|ready|ready_timeout|url|timeout|allow_remote|poll_interval|dashboard_url|crashed|started|nmae)";

/// Texts made of what a configuration is made of.
fn nearly_a_configuration() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<bool>().prop_map(|on| on.to_string()),
        any::<String>().prop_map(|text| quoted(&text)),
        "\"[0-9]{1,22}(ns|ms|s|m|h|d|y|years)?\"",
        "\"(~?/)?[a-z/]{0,8}\"",
        r"'https?://[a-z0-9:/.?#@\[\]]{0,12}'",
        r"'http://(127\.0\.0\.1|localhost|\[::1\]|a)[@#?.:/]?(127\.0\.0\.1|localhost|b)?(:[0-9]{0,6})?/?'",
        r"\[('[a-z]?',? ?){0,3}\]",
        r"\{( ?[A-Z=]{0,3} = '[a-z]?',?){0,2} ?\}",
        "(\"\"\"|''')[a-z\n]{0,6}(\"\"\"|''')?",
        "(\"|')?[a-z\\\\\x1b]{0,3}",
    ];
    let line = prop_oneof![
        8 => (KEYS, value).prop_map(|(key, value)| format!("{key} = {value}")),
        4 => Just("[daemon]".to_owned()),
        4 => r"\[(daemon|health|tray|notifications)\]",
        1 => r"\[{0,3}[a-z.\x1b]{0,6}\]{0,3}",
        1 => "# [a-z]{0,6}",
        1 => any::<String>(),
    ];
    vec((line, "\r?\n"), 0..8)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + &end).collect())
}

/// Valid texts that say something of the notifications, or nothing, in TOML's ways to.
#[cfg(feature = "tray")]
fn with_switches() -> impl Strategy<Value = String> {
    let other = prop_oneof![
        Just(""),
        Just("tray.poll_interval = '3s' # often\n"),
        Just("# mine\r\n"),
        Just("daemon = { name = 'a' }\n"),
    ];
    let switches = prop_oneof![
        Just(""),
        Just("[notifications]\n"),
        Just("[notifications]\nstarted = true # loud"),
        Just("[ notifications ] # here\n\"crashed\" = true # loud\nstarted = true\n"),
        Just("notifications.started = true\n"),
        Just("notifications . crashed = true\n"),
        Just("notifications = { started = true }\n"),
        Just("notifications = { crashed = true, started = true } # both"),
        Just("notifications = {}"),
    ];
    let table = prop_oneof![
        Just(""),
        Just("\n[health]\ntimeout = '3s' # soon"),
        Just("\n[health]")
    ];
    (other, switches, table)
        .prop_map(|(other, switches, table)| format!("{other}{switches}{table}"))
}

/// A string as TOML has it.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|character| match character {
            '"' | '\\' => format!("\\{character}"),
            _ if character.is_control() => format!("\\u{:04x}", u32::from(character)),
            _ => character.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

fn config(text: &str) -> Config {
    taken(text).unwrap_or_else(|unfit| panic!("{unfit:?} in:\n{text}"))
}

/// The values alone: which layer set each is left out.
fn without_origins(mut config: Config) -> Config {
    config.origins = BTreeMap::new();
    for managed in &mut config.daemons {
        managed.origins = BTreeMap::new();
    }
    config
}

fn taken(text: &str) -> Result<Config, Unfit> {
    resolve(
        &rules::places(),
        text,
        &Overrides::default(),
        &Besides::default(),
    )
}

proptest! {
    #[test]
    fn the_rules_hold_for_any_text(text in any::<String>()) {
        rules::config(&text);
    }

    #[test]
    fn the_rules_hold_for_what_is_nearly_a_configuration(text in nearly_a_configuration()) {
        rules::config(&text);
    }

    #[test]
    fn a_duration_is_taken_within_its_range_only(
        millis in prop_oneof![0..1_000_u64, 3_599_000..3_601_000_u64, 86_399_000..86_401_000_u64],
    ) {
        for (key, range) in [
            ("daemon.start_grace", 0..=86_400_000),
            ("daemon.stop_timeout", 0..=86_400_000),
            ("daemon.ready_timeout", 0..=86_400_000),
            ("health.timeout", 10..=3_600_000),
            ("tray.poll_interval", 250..=3_600_000),
        ] {
            let taken = taken(&format!("{key} = '{millis}ms'")).is_ok();

            prop_assert_eq!(taken, range.contains(&millis), "{}", key);
        }
    }

    #[cfg(feature = "tray")]
    #[test]
    fn a_switch_is_set_and_nothing_else(text in with_switches(), on in any::<bool>()) {
        let mut expected = config(&text);
        expected.notifications.crashed = on;

        let set = with_bool(&text, "notifications", "crashed", on).unwrap();

        let after = config(&set);
        // That the file sets it is the one other difference.
        prop_assert_eq!(without_origins(after), without_origins(expected), "{}", set);
        for comment in text.lines().filter_map(|line| line.split_once('#')) {
            prop_assert!(set.contains(comment.1.trim_end()), "{}", set);
        }
    }

    #[test]
    fn what_config_show_gives_is_read_as_it_was(
        (name, word) in (r"[a-z]\PC{0,8}|[a-z].{0,8}", "[^\0]{0,8}"),
        (variable, value) in ("[^=\0]{1,8}", "[^\0]{0,8}"),
        path in "/[^\0]{0,8}",
        millis in 10..3_600_000_u64,
    ) {
        let config_of = |keys: &str| config(&format!("{keys}\n"));
        let first = config_of(&format!(
            "daemon.name = {}\ndaemon.command = ['sh', {}]\ndaemon.env = {{ {} = {} }}\n\
             daemon.pid_file = {}\ndaemon.stop_timeout = '{millis}ms'\n\
             health = {{ url = 'http://a/', allow_remote = true, timeout = '{millis}ms' }}\n\
             tray.dashboard_url = 'http://127.0.0.1:1/'",
            quoted(&name), quoted(&word), quoted(&variable), quoted(&value), quoted(&path),
        ));
        let shown: Vec<String> = first
            .settings(first.main(), Secrets::Shown)
            .into_iter()
            .skip_while(|(key, ..)| !key.contains('.'))
            .map(|(key, value, _)| format!("{key} = {value}"))
            .collect();

        let again = config_of(&shown.join("\n"));

        // Only what the first one left to its defaults is set by the file now.
        let values = |config: &Config| -> Vec<_> {
            let settings = config.settings(config.main(), Secrets::Shown);
            settings.into_iter().map(|(key, value, _)| (key, value)).collect()
        };
        prop_assert_eq!(values(&again), values(&first));
        prop_assert_eq!(without_origins(again).daemons, without_origins(first).daemons);
    }
}
