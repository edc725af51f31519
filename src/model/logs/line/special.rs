//! Lines of programs that have a shape of their own.

use std::borrow::Cow;

use super::header::{Header, cleaned, is_name};
use super::level::Level;
use super::text::{made, split_word};
use super::{LogLine, Shape, split_line};
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

/// syslog as it stands in files: `Nov 22 20:14:27 host name[812]: message`.
pub(super) fn syslog(line: &[u8]) -> Option<LogLine<'_>> {
    let (length, _) = written::find(line)?;
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
/// `Nov 22, 2026 8:14:27 PM com.acme.App main`, `SEVERE: message`.
pub(super) fn java<'a>(line: &'a [u8], below: &'a [u8]) -> Option<LogLine<'a>> {
    let (length, stamp) = written::find(line)?;
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
    let time = time.filter(|time| crate::model::logs::time::Stamp::parse(time).is_some());
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
