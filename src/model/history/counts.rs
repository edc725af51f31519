//! What is counted from the history.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use super::{Event, EventKind, Subject, events, lines};

/// The times of the crashes of a daemon within the last day, of those that a text tells of.
pub fn crashes(
    text: &[u8],
    daemon: &str,
    now: DateTime<FixedOffset>,
) -> Vec<DateTime<FixedOffset>> {
    const MARK: &[u8] = b"\"event\":\"crashed\"";
    let mark = memchr::memmem::Finder::new(MARK);
    let crashed = lines(text).filter(|line| mark.find(line).is_some());
    crashed
        .filter_map(Event::parse)
        .filter(|event| event.is_late_crash_of(daemon, now))
        .map(|event| event.at)
        .collect()
}

/// `2 crashes in 24 h`; nothing if there were none but the one in which the daemon lies.
pub fn crashes_in_words(count: usize, lies_in_one: bool) -> Option<String> {
    match count {
        0 => None,
        1 if lies_in_one => None,
        1 => Some("1 crash in 24 h".into()),
        many => Some(format!("{many} crashes in 24 h")),
    }
}

/// The time of the first event in a text.
pub fn first_time(text: &[u8]) -> Option<DateTime<FixedOffset>> {
    lines(text).find_map(Event::parse).map(|event| event.at)
}

/// How often each kind of event has come, ever. A history that begins anew carries on what the
/// one before it had.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    carried: Vec<(Subject, EventKind, u64)>,
}

impl Counts {
    /// Counts what stands in a history, with what that carries on.
    pub fn of(text: &[u8]) -> Self {
        let carried = lines(text).find_map(|line| serde_json::from_slice::<Self>(line).ok());
        let mut counted: BTreeMap<(Subject, EventKind), u64> = carried
            .into_iter()
            .flat_map(|counts| counts.carried)
            .map(|(of, kind, count)| ((of, kind), count))
            .collect();
        for event in events(text) {
            *counted.entry((event.of, event.kind)).or_default() += 1;
        }
        Self {
            carried: counted
                .into_iter()
                .map(|((of, kind), count)| (of, kind, count))
                .collect(),
        }
    }

    /// The line by which a history begins that carries this on.
    pub fn line(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }

    /// How often.
    pub fn get(&self, of: &Subject, kind: EventKind) -> u64 {
        let found = self
            .carried
            .iter()
            .find(|(who, what, _)| who == of && *what == kind);
        found.map_or(0, |(_, _, count)| *count)
    }
}
