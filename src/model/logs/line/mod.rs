//! The shape of a log line.

mod color;
mod header;
mod json;
mod level;
mod logfmt;
mod plain;
mod special;
mod syslog;
mod text;
mod words;

pub use self::level::Level;

use std::borrow::Cow;

use self::color::without_colors;
use self::json::json;
use self::plain::plain;
use crate::model::logs::time::Stamp;
use crate::model::logs::written;

/// The first line of a log entry, taken apart. It is copied only where something is escaped or
/// coloured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// Date and time as written.
    pub timestamp: Option<Cow<'a, str>>,
    /// Severity.
    pub level: Option<Level>,
    /// Its name, where that is another than [`Level::word`].
    pub label: Option<Cow<'a, str>>,
    /// Who wrote it, where the line says so.
    pub component: Option<Cow<'a, str>>,
    /// The rest, which need not be text.
    pub message: Cow<'a, [u8]>,
    /// What it was recognised as.
    pub shape: Shape,
    /// So many bytes below the line belong to its head.
    pub taken: usize,
}

/// What a line is recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Text that begins with date and time.
    Text,
    /// Text that begins with a time without a date, or with a number for one.
    Clock,
    /// Text that begins with a level, and has no time.
    Level,
    /// A JSON object.
    Json,
    /// `key=value` pairs.
    Logfmt,
    /// syslog.
    Syslog,
    /// glog and klog.
    Glog,
    /// Ruby's Logger.
    Ruby,
    /// Redis.
    Redis,
    /// The access log of a web server.
    Access,
    /// `java.util.logging`.
    Java,
    /// journald's export format.
    Journal,
    /// What a container runtime has put in front of any other.
    Container,
    /// `log_format`.
    Format,
}

impl Shape {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Shape::Text => "text with date and time",
            Shape::Clock => "text with a time",
            Shape::Level => "text with a level",
            Shape::Json => "JSON",
            Shape::Logfmt => "key=value",
            Shape::Syslog => "syslog",
            Shape::Glog => "glog",
            Shape::Ruby => "Ruby's Logger",
            Shape::Redis => "Redis",
            Shape::Access => "access log",
            Shape::Java => "java.util.logging",
            Shape::Journal => "journald",
            Shape::Container => "container log",
            Shape::Format => "`log_format`",
        }
    }
}

impl LogLine<'_> {
    /// When it was written, where that is a time. Without a zone or a date it is not known
    /// when that was: see [`Dialect`](crate::model::logs::dialect::Dialect).
    pub fn time(&self) -> Option<Stamp> {
        Stamp::parse(self.timestamp.as_deref()?)
    }

    /// The name of its level.
    pub fn level_word(&self) -> Option<&str> {
        let word = self.level.map(Level::word);
        self.label.as_deref().or(word)
    }

    /// Whether it is an entry only in a log of lines like it: a line without a date may as well
    /// be a part of a message.
    pub fn is_loose(&self) -> bool {
        match self.shape {
            Shape::Clock | Shape::Level => true,
            Shape::Json | Shape::Logfmt => self.timestamp.is_none(),
            Shape::Text
            | Shape::Syslog
            | Shape::Glog
            | Shape::Ruby
            | Shape::Redis
            | Shape::Access
            | Shape::Java
            | Shape::Journal
            | Shape::Container
            | Shape::Format => false,
        }
    }

    fn into_owned(self) -> LogLine<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        LogLine {
            timestamp: self.timestamp.map(own),
            label: self.label.map(own),
            component: self.component.map(own),
            message: Cow::Owned(self.message.into_owned()),
            ..self
        }
    }
}

/// The first line of a text without its end, and all that is below it.
pub fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', text) {
        Some(end) => (trim_end(&text[..end]), &text[end + 1..]),
        None => (trim_end(text), &[]),
    }
}

/// Whether a line begins an entry in any log; a line of another shape belongs to the entry
/// above it.
pub fn begins_entry(line: &[u8]) -> bool {
    parse(line).is_some()
}

/// Whether a line has the format of the InnerOS daemon, which is seen at once.
pub(super) fn is_usual(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'0'..=b'9')) && plain(line).is_some()
}

/// Takes a line apart that begins an entry in any log.
pub fn parse(line: &[u8]) -> Option<LogLine<'_>> {
    recognise(line).filter(|line| !line.is_loose() || line.shape == Shape::Json)
}

/// Takes the first line of a text apart, whatever shape it has. The lines below it count only
/// where the shape has its head on several.
pub fn recognise(text: &[u8]) -> Option<LogLine<'_>> {
    let (line, below) = split_line(text);
    match *line.first()? {
        b'0'..=b'9' => match plain(line) {
            Some(line) => Some(line.into()),
            None => colored(line, below, digit),
        },
        // tracing indents what it makes pretty.
        b' ' if line.starts_with(b"  2") => text::dated(&line[2..]).map(|line| LogLine {
            shape: Shape::Clock,
            ..line
        }),
        b' ' | b'\t' => None,
        b'{' => match str::from_utf8(line) {
            Ok(text) => json(text),
            Err(_) => json(&String::from_utf8_lossy(line)).map(LogLine::into_owned),
        },
        // What was overwritten on a terminal, such as a progress bar.
        b'\r' => recognise(&line[memchr::memrchr(b'\r', line)? + 1..]),
        // What a file has where it was cut while somebody went on writing.
        0 => recognise(&text[line.iter().position(|byte| *byte != 0)?..]),
        // The mark of UTF-8 at the beginning of a file.
        0xef => recognise(text.strip_prefix(b"\xef\xbb\xbf")?),
        0x1b => colored(line, below, |line, _| match line.first() {
            Some(0x1b) | None => None,
            Some(_) => recognise(line),
        }),
        _ => colored(line, below, letter),
    }
}

/// Takes a line apart without its colours.
fn colored<'a>(
    line: &'a [u8],
    below: &'a [u8],
    parse: impl for<'b> Fn(&'b [u8], &'b [u8]) -> Option<LogLine<'b>>,
) -> Option<LogLine<'a>> {
    match without_colors(line) {
        Cow::Borrowed(line) => parse(line, below),
        Cow::Owned(line) => parse(&line, b"").map(LogLine::into_owned),
    }
}

fn digit<'a>(line: &'a [u8], below: &'a [u8]) -> Option<LogLine<'a>> {
    special::redis(line)
        .or_else(|| {
            let time = written::find(line)?;
            special::java(line, below, time).or_else(|| text::behind_time(line, time))
        })
        .or_else(|| special::access(line))
}

fn letter<'a>(line: &'a [u8], below: &'a [u8]) -> Option<LogLine<'a>> {
    let found = match *line.first()? {
        b'[' => text::bracketed(line),
        b'<' => syslog::priority(line),
        b'_' => syslog::journal(line, below),
        b'A'..=b'Z' => special::glog(line)
            .or_else(|| special::ruby(line))
            .or_else(|| {
                let time = written::find(line)?;
                special::java(line, below, time)
                    .or_else(|| syslog::syslog(line, time))
                    .or_else(|| text::behind_time(line, time))
            })
            .or_else(|| text::level_first(line)),
        b'a'..=b'z' => special::dotnet(line, below).or_else(|| text::level_first(line)),
        _ => None,
    };
    found
        .or_else(|| logfmt::logfmt(line))
        .or_else(|| special::access(line))
}

fn trim_end(line: &[u8]) -> &[u8] {
    let mut line = line;
    while let [before @ .., b'\n' | b'\r'] = line {
        line = before;
    }
    line
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A line taken apart, as plain texts.
    pub fn parts(line: &str) -> Option<(String, &'static str, String, String)> {
        let line = parse(line.as_bytes())?;
        Some((
            line.timestamp.unwrap_or_default().into_owned(),
            line.level.map_or("", Level::word),
            line.component.unwrap_or_default().into_owned(),
            String::from_utf8(line.message.into_owned()).unwrap(),
        ))
    }

    #[test]
    fn every_shape_is_taken_apart() {
        let at = "2026-11-22 20:14:27";
        for (line, expected) in [
            (
                "2026-11-22 20:14:27 [ERROR] __main__: Failed: no lock",
                (at, "ERROR", "__main__", "Failed: no lock"),
            ),
            (
                "2026-11-22 20:14:27 [INFO] a.b.C: x",
                (at, "INFO", "a.b.C", "x"),
            ),
            (
                "2026-11-22 20:14:27 [INFO] no component: x",
                (at, "INFO", "", "no component: x"),
            ),
            (
                "2026-11-22 20:14:27 WARNING: low",
                (at, "WARNING", "", "low"),
            ),
            (
                "2026-11-22 20:14:27,123 - INFO - up",
                ("2026-11-22 20:14:27,123", "INFO", "", "up"),
            ),
            (
                "2026-11-22 20:14:27,123 - a.b - CRITICAL - up - down",
                ("2026-11-22 20:14:27,123", "CRITICAL", "a.b", "up - down"),
            ),
            (
                "2026-11-22T20:14:27.5+01:00 [WARN] a: b\r",
                ("2026-11-22T20:14:27.5+01:00", "WARNING", "a", "b"),
            ),
            (
                "2026-11-22T20:14:27Z FATAL: x",
                ("2026-11-22T20:14:27Z", "CRITICAL", "", "x"),
            ),
            (
                "2026-11-22T20:14:27Z - debug - x",
                ("2026-11-22T20:14:27Z", "DEBUG", "", "x"),
            ),
        ] {
            let (timestamp, level, component, message) = expected;
            let expected = (timestamp.into(), level, component.into(), message.into());
            assert_eq!(parts(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn a_line_is_copied_only_where_json_has_escaped_it() {
        let plain = parse(b"2026-11-22 20:14:27 [INFO] a: b").unwrap();
        let json = parse(br#"{"level":"info","msg":"plain","logger":"with \u0041"}"#).unwrap();

        assert!(matches!(plain.message, Cow::Borrowed(_)));
        assert!(matches!(plain.timestamp, Some(Cow::Borrowed(_))));
        assert!(matches!(json.message, Cow::Borrowed(b"plain")));
        assert!(matches!(json.component, Some(Cow::Owned(name)) if name == "with A"));
    }

    #[test]
    fn other_lines_belong_to_the_entry_above() {
        for line in [
            "",
            "Traceback (most recent call last):",
            "  File \"/x.py\", line 121, in start",
            " 2026-11-22 20:14:27 [INFO] a: b",
            "ä026-11-22 20:14:27 [INFO] a: b",
            "{}",
            "{\"a\": 1}",
            "{\"level\": \"loud\", \"msg\": \"x\"}",
            "{\"level\": \"info\", \"msg\": \"half",
            "{",
        ] {
            assert_eq!(parts(line), None, "{line}");
            assert!(!begins_entry(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn the_level_is_the_field_not_the_text() {
        let line = parse(b"2026-11-22 20:14:27 [INFO] a: saw [ERROR] b: c").expect("a log line");

        assert_eq!(line.level, Some(Level::Info));
    }

    #[test]
    fn bytes_that_are_no_text_are_kept() {
        let plain = parse(b"2026-11-22 20:14:27 [INFO] a\xff: b\xff\0").unwrap();
        let json = parse(b"{\"level\":\"info\",\"msg\":\"b\xff\"}").unwrap();

        assert_eq!(*plain.message, *b"b\xff\0");
        assert_eq!(plain.component.as_deref(), Some("a\u{fffd}"));
        assert_eq!(*json.message, *"b\u{fffd}".as_bytes());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail(line in proptest::collection::vec(any::<u8>(), 0..80)) {
            let begins = begins_entry(&line);

            prop_assert_eq!(begins, parse(&line).is_some());
        }

        #[test]
        fn nothing_behind_a_head_makes_it_fail(
            head in prop_oneof![
                Just("2026-11-22 20:14:27"),
                Just("2026-11-22T20:14:27,1 - "),
                Just("2026-11-22 20:14:27 ["),
                Just("{\"level\":\"info\",\"msg\":"),
            ],
            rest in proptest::collection::vec(
                prop_oneof![any::<u8>(), Just(b' '), Just(b':'), Just(b'-'), Just(b'"'), Just(b'}')],
                0..40,
            ),
        ) {
            let mut line = head.as_bytes().to_vec();
            line.extend(rest);

            let begins = begins_entry(&line);

            prop_assert_eq!(begins, parse(&line).is_some_and(|line| line.time().is_some() || line.level.is_some()));
        }
    }
}
