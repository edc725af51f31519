//! Lines of `key=value` pairs.

use std::borrow::Cow;

use super::level::Level;
use super::words::cleaned;
use super::{LogLine, Shape};
use crate::model::logs::time::Stamp;

/// `key=value` pairs: `time="2026-11-22 20:14:27" level=error msg="no lock"`.
pub(super) fn logfmt(line: &[u8]) -> Option<LogLine<'_>> {
    let word = line
        .iter()
        .take(64)
        .position(|byte| !byte.is_ascii_alphanumeric());
    // The cheap question first.
    if !matches!(line[word?], b'=' | b'_' | b'.' | b'-' | b'@' | b'/') {
        return None;
    }
    let text = str::from_utf8(line).ok()?;
    let (mut time, mut level, mut name, mut message) = (None, None, None, None);
    let mut rest = text;
    let mut first = true;
    while let Some((key, value, after)) = pair(rest) {
        let mut other = None;
        let field = match key {
            "time" | "ts" | "timestamp" | "t" | "at" | "datetime" => &mut time,
            "level" | "lvl" | "severity" | "levelname" | "log_level" | "loglevel" => &mut level,
            "logger" | "component" | "module" | "caller" | "source" | "name" | "subsystem" => {
                &mut name
            }
            "msg" | "message" | "event" => &mut message,
            _ => &mut other,
        };
        if field.is_none() {
            *field = Some(value);
        }
        rest = after;
        first = false;
    }
    if first || (!rest.trim().is_empty() && message.is_none()) {
        return None;
    }
    let time = time.filter(|time| Stamp::parse(time).is_some());
    let level = level.map(|word| match word {
        Cow::Borrowed(word) => Level::of(word.as_bytes()),
        Cow::Owned(word) => (Level::of(word.as_bytes()).0, None),
    });
    if time.is_none() && level.is_none() {
        return None;
    }
    let (level, label) = level.map_or((None, None), |(level, label)| (Some(level), label));
    Some(LogLine {
        timestamp: time,
        level,
        label,
        component: name.map(|name| match name {
            Cow::Borrowed(name) => String::from_utf8_lossy(cleaned(name.as_bytes())),
            Cow::Owned(name) => Cow::Owned(name),
        }),
        message: match message {
            Some(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
            Some(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            None => Cow::Borrowed(line),
        },
        shape: Shape::Logfmt,
        taken: 0,
    })
}

/// The first pair of a text, and what is behind it.
fn pair(text: &str) -> Option<(&str, Cow<'_, str>, &str)> {
    let text = text.trim_ascii_start();
    let length = text
        .bytes()
        .take(64)
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@' | b'/')
        })
        .count();
    let value = text[length..].strip_prefix('=')?;
    let key = &text[..length];
    if key.is_empty() {
        return None;
    }
    // structlog quotes as Python does.
    let Some(quote) = value
        .bytes()
        .next()
        .filter(|byte| matches!(byte, b'"' | b'\''))
    else {
        let end = value.find(' ').unwrap_or(value.len());
        return Some((key, Cow::Borrowed(&value[..end]), &value[end..]));
    };
    let quoted = &value[1..];
    let mut escaped = false;
    let end = quoted.bytes().position(|byte| {
        let ends = byte == quote && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    let (inner, after) = (&quoted[..end], &quoted[end + 1..]);
    let value = if quote == b'"' && inner.contains('\\') {
        let whole = &value[..end + 2];
        serde_json::from_str(whole).map_or(Cow::Borrowed(inner), Cow::Owned)
    } else {
        Cow::Borrowed(inner)
    };
    Some((key, value, after))
}
