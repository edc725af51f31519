//! What has happened to daemons and jobs (`history.jsonl`): an event a line, and what is counted
//! from them.

mod counts;
mod event;
#[cfg(test)]
mod tests;
mod witness;

pub use self::counts::{Counts, crashes, crashes_in_words, first_time};
pub use self::event::{Event, EventKind, Subject};
pub use self::witness::Witness;

use chrono::{DateTime, FixedOffset};

/// How far back a status counts crashes.
pub const LATELY: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// The events in a text, in its order. A line that is torn, or of a version to come, is none.
pub fn events(text: &[u8]) -> Vec<Event> {
    lines(text).filter_map(Event::parse).collect()
}

fn lines(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// Whether the history, which ends with this text, tells of an event already: several may have
/// seen it.
pub fn is_told(tail: &[u8], event: &Event) -> bool {
    let Some(id) = event.id.as_deref() else {
        return false;
    };
    let class = event.kind.class();
    let same = |line: &&[u8]| memchr::memmem::find(line, id.as_bytes()).is_some();
    let told = lines(tail).rev().filter(same).filter_map(Event::parse);
    let mut told = told
        .filter(|other| other.of == event.of && other.id == event.id)
        .map(|other| other.kind)
        .filter(|kind| kind.class() == class);
    match event.kind {
        EventKind::Unhealthy => told.next() == Some(EventKind::Unhealthy),
        // One that nobody has told to be unhealthy has not recovered.
        EventKind::Recovered => told.next() != Some(EventKind::Unhealthy),
        EventKind::Started
        | EventKind::Stopped
        | EventKind::Crashed
        | EventKind::GivenUp
        | EventKind::Ran
        | EventKind::Failed
        | EventKind::Missed => told.next().is_some(),
    }
}

/// The line to be appended to a history that ends with this text. What was written half is
/// ended first: it is lost, and the next is not.
pub fn line_after(tail: &[u8], event: &Event) -> serde_json::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(512);
    if tail.last().is_some_and(|last| *last != b'\n') {
        line.push(b'\n');
    }
    serde_json::to_writer(&mut line, event)?;
    line.push(b'\n');
    Ok(line)
}

/// Whether an event is within these times, both included.
pub fn is_within(
    event: &Event,
    since: Option<DateTime<FixedOffset>>,
    until: Option<DateTime<FixedOffset>>,
) -> bool {
    since.is_none_or(|since| event.at >= since) && until.is_none_or(|until| event.at <= until)
}
