//! Events handed on to a program of the user's: each once, one at a time, by whoever has the lock.

use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;

use super::call;
use crate::app::settings::Source;
use crate::app::{jobs, look};
use crate::model::config::{self, Config};
use crate::model::history::Event;
use crate::os::private_file::FileError;
use crate::os::{config_file, history_file, lock};

/// How long a hook may take.
const LIMIT: Duration = Duration::from_secs(10);

/// What is older is not told any more: nobody was there to tell it.
const OLD: TimeDelta = TimeDelta::hours(1);

/// What happened before anything was told first is told as far back as this.
const FIRST: TimeDelta = TimeDelta::minutes(5);

/// Hands on what has happened since the last time; returns how many events. Whoever is at it already
/// is waited for: they may end before they have handed on everything.
pub fn deliver(config: &Config, patience: Duration) -> usize {
    let hook = &config.elsewhere.hook;
    if hook.is_empty() {
        return 0;
    }
    let mut told = 0;
    loop {
        let Ok(held) = lock::take(&config.home.join("hooks.lock"), patience) else {
            return told;
        };
        let delivered = deliver_new(config, hook, &mut told);
        drop(held);
        if let Err(error) = delivered {
            tracing::warn!("no hook is run: {error}: {}", error.source);
            return told;
        }
        // Who wrote something meanwhile, and found the lock held, counts on us.
        let (known, new) = unread(config);
        if known.is_none() || new.is_empty() {
            return told;
        }
    }
}

type New = Vec<(history_file::Place, Event)>;

fn cursor(config: &Config) -> PathBuf {
    config.home.join("hooks.json")
}

fn unread(config: &Config) -> (Option<history_file::Place>, New) {
    let known = history_file::read_place(&cursor(config));
    let file = config::history_file(&config.home);
    let lines = history_file::read_behind(&file, known).unwrap_or_else(|error| {
        tracing::warn!("{error}: {}", error.source);
        Vec::new()
    });
    let events = lines.into_iter();
    let events = events.filter_map(|(place, line)| Some((place, Event::parse(&line)?)));
    (known, events.collect())
}

fn deliver_new(config: &Config, hook: &[String], told: &mut usize) -> Result<(), FileError> {
    let (known, events) = unread(config);
    let from = look::now().wall - if known.is_some() { OLD } else { FIRST };
    let keep = |place| history_file::write_place(&cursor(config), place);
    let mut skipped = None;
    for (place, event) in events {
        if event.at < from {
            skipped = Some(place);
            continue;
        }
        skipped = None;
        // Before it is told: whoever is killed meanwhile does not tell it twice.
        keep(place)?;
        *told += 1;
        let line = serde_json::to_string(&event).unwrap_or_default();
        if let Err(why) = call::call(hook, &config.home, &format!("{line}\n"), LIMIT) {
            tracing::warn!("hook of {} {}: {why}", event.of.name(), event.kind.word());
        }
    }
    skipped.map_or(Ok(()), keep)
}

/// Has a process of its own hand on what has happened, for a command that does not wait: only
/// where a hook may be configured.
pub fn deliver_aside(source: &Source) {
    let Ok(places) = source.load_without_file() else {
        return;
    };
    let text = config_file::read(&places.config_file, false).unwrap_or_default();
    if !text.contains("hooks") {
        return;
    }
    let left = jobs::program_words(source).and_then(|mut words| {
        words.push("hooks".into());
        call::leave(&words, &places.home)
    });
    if let Err(why) = left {
        tracing::warn!("hooks are not run: {why}");
    }
}
