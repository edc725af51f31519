//! Lines of text with a time or a level at their beginning.

use super::header::{Header, header};
use super::level::{Level, NamedLevel};
use super::words::{self, cleaned, is_name};
use super::{LogLine, Shape, recognise};
use crate::model::logs::time::Stamp;
use crate::model::logs::written;

/// A line that begins with a time.
pub(super) fn dated(line: &[u8]) -> Option<LogLine<'_>> {
    behind_time(line, written::find(line)?)
}

/// The same, of which the time is found already, with its length.
pub(super) fn behind_time(line: &[u8], (length, stamp): (usize, Stamp)) -> Option<LogLine<'_>> {
    let (time, rest) = line.split_at(length);
    // It is a word, and no part of one.
    if rest.first().is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    // What container runtimes put in front of a line.
    if let [
        b' ',
        b's',
        b't',
        b'd',
        _,
        _,
        _,
        b' ',
        b'F' | b'P',
        b' ',
        line @ ..,
    ] = rest
    {
        let inner = recognise(line);
        let inner = inner.unwrap_or_else(|| made(Shape::Text, None, whole(line)));
        return Some(LogLine {
            timestamp: Some(String::from_utf8_lossy(time)),
            shape: Shape::Container,
            ..inner
        });
    }
    let header = header(rest, None);
    let header = match header.level {
        None => syslog(rest).unwrap_or(header),
        Some(_) => header,
    };
    Some(made(shape(stamp, time), Some(time), header))
}

/// A line that begins with a bracket: `[TIME] …`, `[TIME LEVEL name] …`, `[LEVEL] …`,
/// `[LEVEL TIME name] …`, `[name] TIME …`.
pub(super) fn bracketed(line: &[u8]) -> Option<LogLine<'_>> {
    let head = &line[..line.len().min(128)];
    let inner = &head[1..];
    if let Some((length, stamp)) = written::find(inner) {
        return in_bracket(line, 1, length, stamp, None);
    }
    let close = 1 + memchr::memchr(b']', inner)?;
    let (first, behind) = match inner {
        // Tornado and Jupyter.
        [letter, b' ', ..] => (Level::letter(*letter).map(|level| (level, None)), 3),
        _ => (None, 0),
    };
    if let Some(level) = first {
        let time = &line[behind..];
        let (length, stamp) = written::find_terse(time).or_else(|| written::find(time))?;
        return in_bracket(line, behind, length, stamp, Some(level));
    }
    let name = inner[..close - 1].trim_ascii();
    let from = close + 1 + usize::from(line.get(close + 1) == Some(&b' '));
    if Level::named(name).is_none()
        && let Some(mut dated) = line.get(from..).and_then(dated)
    {
        if dated.component.is_none() && is_name(name) {
            dated.component = Some(String::from_utf8_lossy(name));
        }
        return Some(dated);
    }
    level_first(line)
}

/// The rest of a bracket in which a time is, and of the line behind it.
fn in_bracket<'a>(
    line: &'a [u8],
    from: usize,
    length: usize,
    stamp: Stamp,
    level: Option<NamedLevel<'a>>,
) -> Option<LogLine<'a>> {
    let time = &line[from..from + length];
    let rest = &line[from + length..];
    let head = &rest[..rest.len().min(128)];
    let close = memchr::memchr(b']', head)?;
    let (inner, outside) = (&rest[..close], &rest[close + 1..]);
    if inner.first().is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    // Celery.
    if let Some(process) = inner.strip_prefix(b": ")
        && let Some((level, component)) = words::in_bracket(process)
    {
        let header = Header {
            level: Some(level),
            component,
            message: outside.trim_ascii_start(),
        };
        return Some(made(shape(stamp, time), Some(time), header));
    }
    let inside = header(inner.strip_prefix(b":").unwrap_or(inner), level);
    let header = match inside.level {
        Some(level) => Header {
            level: Some(level),
            component: inside.component.or_else(|| {
                let name = inside.message.trim_ascii();
                is_name(name).then(|| cleaned(name))
            }),
            message: outside.trim_ascii_start(),
        },
        None => header(outside, None),
    };
    Some(made(shape(stamp, time), Some(time), header))
}

/// A line that begins with a level: `LEVEL TIME …`, `[LEVEL] TIME …`, and without a time
/// `LEVEL:name:message`, `LEVEL: message`.
pub(super) fn level_first(line: &[u8]) -> Option<LogLine<'_>> {
    let (word, at) = first_word(line)?;
    let level = Level::of(word);
    let rest = &line[at..];
    let skipped = rest
        .iter()
        .take(16)
        .take_while(|byte| matches!(byte, b' ' | b':' | b'-' | b'|' | b'\t'))
        .count();
    let from = at + skipped;
    let is_opened = line.get(from) == Some(&b'[');
    let time = line.get(from + usize::from(is_opened)..)?;
    if let Some((length, stamp)) = written::find(time) {
        if is_opened {
            return in_bracket(line, from + 1, length, stamp, Some(level));
        }
        let (time, rest) = time.split_at(length);
        if !rest.first().is_some_and(u8::is_ascii_alphanumeric) {
            return Some(made(
                shape(stamp, time),
                Some(time),
                header(rest, Some(level)),
            ));
        }
    }
    Some(made(Shape::Level, None, header(line, None))).filter(|line| line.level.is_some())
}

/// A level at the beginning of a line, and where it ends: in capitals, in a bracket, or with a
/// colon.
fn first_word(line: &[u8]) -> Option<(&[u8], usize)> {
    const LONGEST: usize = 24;
    let head = &line[..line.len().min(LONGEST)];
    if let Some(inner) = head.strip_prefix(b"[") {
        let close = memchr::memchr(b']', inner);
        let end = inner
            .iter()
            .position(|byte| matches!(byte, b']' | b'/' | b' '))?;
        let word = &inner[..end];
        Level::named(word)?;
        // Of `[LEVEL name]` the rest is in the bracket.
        return Some((word, close.map_or(end + 1, |close| close + 2)));
    }
    let length = head
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let (word, rest) = head.split_at(length);
    let is_upper = word.iter().all(u8::is_ascii_uppercase);
    let fits = match rest {
        [b':', ..] | [b' ', b':' | b'|', ..] => true,
        [b' ' | b'\t' | b'[' | b'|', ..] => is_upper,
        _ => false,
    };
    (fits && Level::named(word).is_some()).then_some((word, length))
}

/// What syslog writes behind the time: `host name[812]: message`.
pub(super) fn syslog(rest: &[u8]) -> Option<Header<'_>> {
    let (host, rest) = split_word(rest.strip_prefix(b" ")?)?;
    let (tag, message) = split_word(rest)?;
    let name = tag.strip_suffix(b":")?;
    let has_pid = name.ends_with(b"]");
    (has_pid && is_name(host) && is_name(name)).then(|| Header {
        level: None,
        component: Some(cleaned(name)),
        message,
    })
}

pub(super) fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b' ', &text[..text.len().min(256)])?;
    Some((&text[..end], &text[end + 1..]))
}

fn whole(message: &[u8]) -> Header<'_> {
    Header {
        message,
        ..Header::default()
    }
}

fn shape(stamp: Stamp, time: &[u8]) -> Shape {
    // A number may be anything.
    let is_number = time
        .iter()
        .all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if stamp.has_date() && !is_number {
        Shape::Text
    } else {
        Shape::Clock
    }
}

pub(super) fn made<'a>(
    shape: Shape,
    time: Option<&'a [u8]>,
    Header {
        level,
        component,
        message,
    }: Header<'a>,
) -> LogLine<'a> {
    let (level, label) = match level {
        Some((level, label)) => (Some(level), label),
        None => (None, None),
    };
    LogLine {
        timestamp: time.map(String::from_utf8_lossy),
        level,
        label,
        component: component.map(String::from_utf8_lossy),
        message: message.into(),
        shape,
        taken: 0,
    }
}
