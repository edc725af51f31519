//! Lines of syslog and of journald.

use super::header::Header;
use super::level::Level;
use super::text::{made, split_word};
use super::words::{cleaned, is_name};
use super::{LogLine, Shape, split_line};
use crate::model::logs::time::Stamp;
use crate::model::logs::written;

/// syslog with a priority: `<34>Nov 22 20:14:27 host name[812]: message` (RFC 3164),
/// `<34>1 2026-11-22T20:14:27Z host name 812 ID - message` (RFC 5424), and what a daemon
/// writes for systemd, `<3>message`.
pub(super) fn priority(line: &[u8]) -> Option<LogLine<'_>> {
    let close = memchr::memchr(b'>', &line[..line.len().min(5)])?;
    let number: u32 = str::from_utf8(&line[1..close]).ok()?.parse().ok()?;
    if number > 191 {
        return None;
    }
    let level = Some((Level::syslog(number), None));
    let rest = &line[close + 1..];
    let body = rest.strip_prefix(b"1 ").unwrap_or(rest);
    let Some((length, _)) = written::find(body) else {
        let header = Header {
            level,
            component: None,
            message: rest,
        };
        return (number < 8).then(|| made(Shape::Level, None, header));
    };
    let (time, behind) = body.split_at(length);
    let header = if body.len() < rest.len() {
        structured(behind)?
    } else {
        tagged(behind)?
    };
    Some(made(Shape::Syslog, Some(time), Header { level, ..header }))
}

/// syslog as it stands in files: `Nov 22 20:14:27 host name[812]: message`. The line begins with
/// a time of this length.
pub(super) fn syslog(line: &[u8], (length, _): (usize, Stamp)) -> Option<LogLine<'_>> {
    let (time, rest) = line.split_at(length);
    let header = tagged(rest)?;
    Some(made(Shape::Syslog, Some(time), header))
}

/// ` host name[812]: message`
fn tagged(rest: &[u8]) -> Option<Header<'_>> {
    let (host, rest) = split_word(rest.strip_prefix(b" ")?)?;
    let (name, message) = if let Some(name) = host.strip_suffix(b":") {
        // Some leave the host out.
        (name, rest)
    } else {
        let (tag, message) = split_word(rest).unwrap_or((rest, b""));
        (tag.strip_suffix(b":")?, message)
    };
    Some(Header {
        level: None,
        component: Some(cleaned(name)).filter(|name| is_name(name)),
        message,
    })
}

/// ` host name 812 ID [structure] message`
fn structured(rest: &[u8]) -> Option<Header<'_>> {
    let (_, rest) = split_word(rest.strip_prefix(b" ")?)?;
    let (name, rest) = split_word(rest)?;
    let (_, rest) = split_word(rest)?;
    let (_, mut rest) = split_word(rest).unwrap_or((b"", rest));
    if let Some(message) = rest.strip_prefix(b"-") {
        rest = message;
    }
    while rest.first() == Some(&b'[') {
        let close = memchr::memchr_iter(b']', rest).find(|at| rest[at - 1] != b'\\')?;
        rest = &rest[close + 1..];
    }
    let message = rest.trim_ascii_start();
    Some(Header {
        level: None,
        component: Some(name).filter(|name| is_name(name)),
        message: message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message),
    })
}

/// `journalctl -o export`: a field a line, and an empty line behind the entry.
pub(super) fn journal<'a>(line: &'a [u8], below: &'a [u8]) -> Option<LogLine<'a>> {
    line.strip_prefix(b"__CURSOR=")?;
    let mut rest = below;
    let (mut time, mut level, mut name, mut message) = (None, None, None, None);
    while !rest.is_empty() {
        let (field, after) = split_line(rest);
        rest = after;
        let (key, value) = match memchr::memchr(b'=', field) {
            Some(equals) => (&field[..equals], &field[equals + 1..]),
            None if field.is_empty() => break,
            // What is no text follows with its length in front.
            None => {
                let Some((length, data)) = rest.split_first_chunk::<8>() else {
                    break;
                };
                let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(data.len());
                let (value, after) = data.split_at(length.min(data.len()));
                rest = after.strip_prefix(b"\n").unwrap_or(after);
                (field, value)
            }
        };
        match key {
            b"__REALTIME_TIMESTAMP" => time = Some(value),
            b"PRIORITY" => {
                level = str::from_utf8(value)
                    .ok()
                    .and_then(|text| text.parse().ok());
            }
            b"SYSLOG_IDENTIFIER" => name = Some(value),
            b"_COMM" => name = name.or(Some(value)),
            b"MESSAGE" => message = Some(value),
            _ => {}
        }
    }
    let header = Header {
        level: level.map(|priority| (Level::syslog(priority), None)),
        component: name,
        message: message.unwrap_or_default(),
    };
    Some(LogLine {
        taken: below.len() - rest.len(),
        ..made(Shape::Journal, time, header)
    })
}
