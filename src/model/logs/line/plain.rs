//! A line that is not JSON.

use super::{Level, LogLine, Shape};
use crate::model::logs::time;

/// A line that is not JSON, in parts.
pub(super) struct Plain<'a> {
    timestamp: &'a [u8],
    level: Level,
    component: Option<&'a [u8]>,
    message: &'a [u8],
}

/// Takes one apart.
pub(super) fn plain(line: &[u8]) -> Option<Plain<'_>> {
    let (timestamp, rest) = line.split_at(time::length(line)?);
    let (level, component, message) = if let Some(rest) = rest.strip_prefix(b" [") {
        let (level, rest) = split(rest, b"] ")?;
        let (component, message) = component(rest);
        (Level::plain(level)?, component, message)
    } else if let Some(rest) = rest.strip_prefix(b" - ") {
        let (first, rest) = split(rest, b" - ")?;
        if let Some(level) = Level::plain(first) {
            (level, None, rest)
        } else {
            let (level, rest) = split(rest, b" - ")?;
            (Level::plain(level)?, Some(first), rest)
        }
    } else {
        let (level, message) = split(rest.strip_prefix(b" ")?, b": ")?;
        // uvicorn puts its padding here.
        (Level::plain(level)?, None, message.trim_ascii_start())
    };
    Some(Plain {
        timestamp,
        level,
        component,
        message,
    })
}

/// Parts a line in its head, where the level and the component stand: looking for a mark
/// does not go through all of a long message.
fn split<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    const HEAD: usize = 256;
    let head = &text[..text.len().min(HEAD)];
    let at = head.windows(mark.len()).position(|window| window == mark)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

/// A word and a colon.
fn component(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    if let Some(space) = memchr::memchr(b' ', text)
        && let Some(word) = text[..space].strip_suffix(b":")
    {
        return (Some(word), &text[space + 1..]);
    }
    (None, text)
}

impl<'a> From<Plain<'a>> for LogLine<'a> {
    fn from(plain: Plain<'a>) -> Self {
        Self {
            timestamp: Some(String::from_utf8_lossy(plain.timestamp)),
            level: Some(plain.level),
            label: None,
            component: plain.component.map(String::from_utf8_lossy),
            message: plain.message.into(),
            shape: Shape::Text,
            taken: 0,
        }
    }
}
