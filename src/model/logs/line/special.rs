//! Lines of programs with their own format.

use super::header::Header;
use super::level::Level;
use super::text::{made, split_word};
use super::words::{cleaned, is_name};
use super::{LogLine, Shape, split_line};
use crate::model::logs::time::Stamp;
use crate::model::logs::written;

/// glog, klog: `E1122 20:14:27.123456   812 main.go:12] message`.
pub(super) fn glog(line: &[u8]) -> Option<LogLine<'_>> {
    let level = Level::letter(*line.first()?)?;
    if !line.get(1)?.is_ascii_digit() {
        return None;
    }
    let (length, _) = written::find_terse(&line[1..])?;
    let (time, rest) = line[1..].split_at(length);
    let head = &rest[..rest.len().min(256)];
    let close = memchr::memchr(b']', head)?;
    let place = rest[..close].rsplit(|byte| *byte == b' ').next()?;
    Some(made(
        Shape::Glog,
        Some(time),
        Header {
            level: Some((level, None)),
            component: Some(cleaned(place)).filter(|name| is_name(name)),
            message: rest[close + 1..].trim_ascii_start(),
        },
    ))
}

/// Ruby's Logger: `E, [2026-11-22T20:14:27.123456 #812] ERROR -- name: message`.
pub(super) fn ruby(line: &[u8]) -> Option<LogLine<'_>> {
    let rest = line.get(1..)?.strip_prefix(b", [")?;
    let (length, _) = written::find(rest)?;
    let (time, rest) = rest.split_at(length);
    let close = memchr::memchr(b']', &rest[..rest.len().min(64)])?;
    let (word, rest) = split_word(rest[close + 1..].trim_ascii_start())?;
    let level = match (word, line[0]) {
        (b"ANY", _) => (Level::Info, Some("ANY".into())),
        _ => Level::of(word),
    };
    let rest = rest.strip_prefix(b"-- ")?;
    let (component, message) = if let Some(message) = rest.strip_prefix(b": ") {
        (None, message)
    } else {
        let colon = memchr::memmem::find(&rest[..rest.len().min(256)], b": ")?;
        (Some(&rest[..colon]), &rest[colon + 2..])
    };
    Some(made(
        Shape::Ruby,
        Some(time),
        Header {
            level: Some(level),
            component,
            message,
        },
    ))
}

/// Redis: `812:M 22 Nov 2026 20:14:27.123 * message`.
pub(super) fn redis(line: &[u8]) -> Option<LogLine<'_>> {
    let digits = line
        .iter()
        .take(10)
        .take_while(|byte| byte.is_ascii_digit());
    let digits = digits.count();
    let [b':', role, b' ', rest @ ..] = line.get(digits..)? else {
        return None;
    };
    let (length, _) = written::find(rest).filter(|_| digits > 0 && role.is_ascii_uppercase())?;
    let (time, rest) = rest.split_at(length);
    let [b' ', mark, b' ', message @ ..] = rest else {
        return None;
    };
    let level = match mark {
        b'.' | b'-' => Level::Debug,
        b'*' => Level::Notice,
        b'#' => Level::Warning,
        _ => return None,
    };
    Some(made(
        Shape::Redis,
        Some(time),
        Header {
            level: Some((level, None)),
            component: None,
            message,
        },
    ))
}

/// The access logs of nginx, Apache, werkzeug and others, which are shown whole:
/// `127.0.0.1 - - [22/Nov/2026:20:14:27 +0000] "GET / HTTP/1.1" 200 12`.
pub(super) fn access(line: &[u8]) -> Option<LogLine<'_>> {
    let head = &line[..line.len().min(192)];
    // The cheap questions first.
    let open = memchr::memchr(b'[', head)? + 1;
    if line.get(open + 2) != Some(&b'/') || memchr::memchr_iter(b' ', &line[..open]).count() < 3 {
        return None;
    }
    let (length, _) = written::find(&line[open..])?;
    let (time, rest) = line[open..].split_at(length);
    rest.starts_with(b"] \"").then(|| {
        made(
            Shape::Access,
            Some(time),
            Header {
                message: line,
                ..Header::default()
            },
        )
    })
}

/// `java.util.logging`, whose level stands on the line below:
/// `Nov 22, 2026 8:14:27 PM com.acme.App main`, `SEVERE: message`. The line begins with a time
/// of this length.
pub(super) fn java<'a>(
    line: &'a [u8],
    below: &'a [u8],
    (length, stamp): (usize, Stamp),
) -> Option<LogLine<'a>> {
    let (time, rest) = line.split_at(length);
    if !stamp.has_date() || !matches!(time, [.., b'M' | b'm']) {
        return None;
    }
    let rest = rest.strip_prefix(b" ")?;
    let (class, method) = split_word(rest).unwrap_or((rest, b""));
    if !is_name(class) || memchr::memchr(b' ', method).is_some() {
        return None;
    }
    let (second, after) = split_line(below);
    let colon = memchr::memchr(b':', &second[..second.len().min(16)]);
    let level = colon.filter(|at| Level::named(&second[..*at]).is_some());
    let header = match level {
        Some(colon) => Header {
            level: Some(Level::of(&second[..colon])),
            component: Some(class),
            message: second[colon + 1..].trim_ascii_start(),
        },
        None => Header {
            level: None,
            component: Some(class),
            message: b"",
        },
    };
    let taken = if level.is_some() {
        below.len() - after.len()
    } else {
        0
    };
    Some(LogLine {
        taken,
        ..made(Shape::Java, Some(time), header)
    })
}

/// The console of .NET, whose message stands on the line below: `info: Example.Sync[0]`.
pub(super) fn dotnet<'a>(line: &'a [u8], below: &'a [u8]) -> Option<LogLine<'a>> {
    let (word, rest) = line.split_at_checked(4)?;
    let known: [&[u8]; 6] = [b"trce", b"dbug", b"info", b"warn", b"fail", b"crit"];
    let name = rest.strip_prefix(b": ")?;
    let (open, close) = (memchr::memrchr(b'[', name)?, name.strip_suffix(b"]")?);
    let is_event = close[open + 1..].iter().all(u8::is_ascii_digit);
    if !known.contains(&word) || !is_event || !is_name(name) {
        return None;
    }
    let (second, after) = split_line(below);
    let is_message = second.starts_with(b"      ");
    let header = Header {
        level: Some(Level::of(word)),
        component: Some(&name[..open]),
        message: if is_message {
            second.trim_ascii_start()
        } else {
            b""
        },
    };
    let taken = if is_message {
        below.len() - after.len()
    } else {
        0
    };
    Some(LogLine {
        taken,
        ..made(Shape::Level, None, header)
    })
}
