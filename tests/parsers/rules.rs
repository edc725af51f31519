//! What holds of each parser whatever it is given. The fuzz targets ask the same.

use std::ops::Range;
use std::time::Duration;

use inneros_tray::model::config::secrets::Secrets;
use inneros_tray::model::config::{self, Besides, Config, Flaw, Origin, Overrides, Places, Unfit};
use inneros_tray::model::life::pid;
use inneros_tray::model::life::record::{Phase, RunRecord};
use inneros_tray::model::logs::dialect::Grouping;
use inneros_tray::model::logs::dialect::{Dialect, PLAIN, Reading};
use inneros_tray::model::logs::entry::Entry;
use inneros_tray::model::logs::filter::Filter;
use inneros_tray::model::logs::line;
use inneros_tray::model::logs::line::Level;
use inneros_tray::model::words;
use inneros_tray::os::process::PID_MAX;

/// A PID is the number on the first line, and one that a process can have.
pub fn pid_file(bytes: &[u8]) {
    assert_printable(&pid::found(bytes));
    let Some(pid) = pid::parse(bytes, PID_MAX) else {
        return;
    };

    let line = bytes.split(|byte| *byte == b'\n').next().unwrap();
    let digits = str::from_utf8(line.trim_ascii()).unwrap();
    assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(digits.trim_start_matches('0'), pid.to_string());
    assert!((2..=PID_MAX).contains(&pid));
    assert_eq!(pid::parse(pid::text(pid).as_bytes(), PID_MAX), Some(pid));
}

/// A record names processes that there can be; what it tells can be said, and
/// written again.
pub fn record(bytes: &[u8]) {
    let Some(record) = RunRecord::parse(bytes) else {
        return;
    };

    assert_eq!(record.schema, 1);
    let supervisor = record.supervisor.as_ref();
    assert!(record.identity.pid > 1, "{record:?}");
    // A supervisor may be the first process of a container.
    assert!(
        supervisor.is_none_or(|by| by.identity.pid >= 1),
        "{record:?}"
    );
    let noon = "2026-11-22T12:00:00+01:00".parse().unwrap();
    words::moment(record.started_at, noon);
    if let Phase::Ended { at, .. } = record.phase {
        words::moment(at, noon);
    }
    assert_printable(&words::command(&record.command));
    let text = record.text().unwrap();
    assert_eq!(RunRecord::parse(text.as_bytes()), Some(record), "{text}");
}

/// A flaw is on a line of the text; what is accepted is in its range.
pub fn config(text: &str) {
    match config::resolve(&places(), text, &Overrides::default(), &Besides::default()) {
        Err(Unfit::File(Flaw { line, key, message })) => {
            let lines: Vec<&str> = text.lines().collect();
            assert!((1..=lines.len().max(1)).contains(&line), "{line}");
            assert_printable(&message);
            if let Some(key) = key {
                assert!(lines[line - 1].contains(&key), "{key:?}");
                assert_printable(&key);
            }
        }
        Err(Unfit::Variable { reason, .. }) => panic!("nothing but the text was given: {reason}"),
        Ok(config) => assert_sound(&config),
    }
}

/// The lines of a text are the text; one that begins an entry is taken apart, and no other;
/// the entries of a filter that wants all are the text again.
pub fn log_line(text: &[u8]) {
    let mut rest = text;
    while !rest.is_empty() {
        let (line, below) = line::split_line(rest);
        let parts = line::parse(line);
        assert_eq!(line::begins_entry(line), parts.is_some());
        if let Some(parts) = &parts {
            // In JSON a byte that is no text becomes a character of three.
            assert!(parts.message.len() <= 3 * line.len(), "{parts:?}");
            let _ = parts.time();
        }
        // Some have their head on several lines.
        assert_eq!(Entry::new(rest).first, line::parse(rest));
        assert_eq!(parts.is_some(), line::parse(rest).is_some());
        if let Some(any) = line::recognise(rest) {
            assert!(any.taken <= below.len(), "{any:?}");
            assert!(any.message.len() <= 3 * rest.len(), "{any:?}");
            let _ = any.time();
        }
        assert!(below.len() < rest.len());
        rest = below;
    }
    let everything = Filter::default();
    let entries = everything.matching(text, Grouping::Entries);
    let whole: Vec<u8> = entries.flat_map(|entry| text[entry].to_vec()).collect();
    assert!(text.ends_with(&whole));
    let mut dialect = PLAIN.clone();
    dialect.learn(text);
    let reading = Reading {
        grouping: Grouping::Entries,
        dialect: &dialect,
    };
    for least in Level::ALL {
        let errors = Filter {
            level: Some(least),
            ..Filter::default()
        };
        for entry in errors.matching(text, reading) {
            let first = Entry::of(&text[entry], &dialect).first;
            assert!(first.is_some_and(|first| first.level >= Some(least)));
        }
        let found = errors.matching(text, reading).count();
        let all = everything.matching(text, reading);
        let plain = all.filter(|entry| {
            let first = dialect.parse(&text[entry.clone()]);
            first.is_some_and(|first| first.level >= Some(least))
        });
        assert_eq!(found, plain.count(), "a short cut passes over an entry");
    }
    long_log(text, &dialect);
}

/// In a long text the same entries are found as by taking every line apart.
pub fn long_log(text: &[u8], dialect: &Dialect) {
    const LONG: usize = 4096;
    let reading = Reading {
        grouping: Grouping::Entries,
        dialect,
    };
    let long = [&[b'\n'; LONG][..], text].concat();
    let below =
        |start: usize| start + (text.len() - start - line::split_line(&text[start..]).1.len());
    let levels: Vec<Option<Level>> = starts(text)
        .map(|start| dialect.parse(&text[start..])?.level)
        .collect();
    let begins: Vec<bool> = starts(text)
        .map(|start| dialect.begins(&text[start..below(start)]))
        .collect();
    for least in Level::ALL {
        let filter = Filter {
            level: Some(least),
            ..Filter::default()
        };
        let mut wanted: Vec<Range<usize>> = Vec::new();
        let mut is_open = false;
        for (start, (level, begins)) in starts(text).zip(levels.iter().zip(&begins)) {
            if *level >= Some(least) && (!is_open || *begins) {
                wanted.push(LONG + start..LONG + below(start));
                is_open = true;
            } else if let Some(last) = wanted.last_mut().filter(|_| is_open && !begins) {
                last.end = LONG + below(start);
            } else {
                is_open = false;
            }
        }
        let found: Vec<_> = filter.matching(&long, reading).collect();
        let shown = |places: &[Range<usize>]| -> Vec<String> {
            let shown = places
                .iter()
                .map(|place| long[place.clone()].escape_ascii().to_string());
            shown.collect()
        };
        assert_eq!(shown(&found), shown(&wanted), "{least:?}");
        assert_eq!(found, wanted);
    }
}

/// Where the lines of a text begin.
fn starts(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut at = 0;
    text.split_inclusive(|byte| *byte == b'\n')
        .map(move |line| {
            at += line.len();
            at - line.len()
        })
}

/// The places of a configuration file.
pub fn places() -> Places {
    Places {
        user_home: "/home/me".into(),
        home: ("/home/me/.inneros".into(), Origin::Default),
        config_file: ("/home/me/.inneros/config.toml".into(), Origin::Default),
    }
}

fn assert_sound(config: &Config) {
    let day = Duration::from_secs(86_400);
    let hour = Duration::from_secs(3600);
    let daemon = &config.main().daemon;
    let paths = [&daemon.working_dir, &daemon.pid_file];
    for path in paths.into_iter().chain(&daemon.logs_dirs) {
        assert!(path.is_absolute(), "{}", path.display());
    }
    for span in [
        daemon.start_grace,
        daemon.stop_timeout,
        daemon.ready_timeout,
    ] {
        assert!(span <= day, "{span:?}");
    }
    assert!(!daemon.name.trim().is_empty());
    if let Some(program) = daemon.command.first() {
        assert!(!program.trim().is_empty());
    }
    assert!(!daemon.command.iter().any(|word| word.contains('\0')));
    for (name, value) in &daemon.env {
        assert!(!name.is_empty() && !name.contains(['=', '\0']), "{name:?}");
        assert!(!value.contains('\0'), "{value:?}");
    }
    if let Some(health) = &config.main().health {
        let place = health.url.strip_prefix("http://").unwrap();
        let authority = place.split(['/', '?', '#']).next().unwrap();
        let host = authority.rsplit('@').next().unwrap().to_lowercase();
        let is_local = ["localhost", "127.", "[::1]"]
            .iter()
            .any(|name| host.starts_with(name));
        assert!(health.allow_remote || is_local, "{}", health.url);
        assert!((Duration::from_millis(10)..=hour).contains(&health.timeout));
    }
    assert!((Duration::from_millis(250)..=hour).contains(&config.tray.poll_interval));
    for (_, value, _) in config.settings(config.main(), Secrets::Shown) {
        assert_printable(&value);
    }
}

#[track_caller]
fn assert_printable(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?}");
}
