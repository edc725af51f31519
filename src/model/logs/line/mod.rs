//! The shape of a log line.

mod entry;
mod json;
mod level;
mod plain;

pub use self::entry::Entry;
pub use self::level::Level;

use std::borrow::Cow;

use self::json::json;
use self::plain::plain;
use crate::model::logs::time::Stamp;

/// The first line of a log entry, taken apart. It is copied only where JSON has escaped
/// something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// Date and time as written.
    pub timestamp: Option<Cow<'a, str>>,
    /// Severity.
    pub level: Option<Level>,
    /// Who wrote it, where the line says so.
    pub component: Option<Cow<'a, str>>,
    /// The rest, which need not be text.
    pub message: Cow<'a, [u8]>,
}

impl LogLine<'_> {
    /// When it was written, where that is a date.
    pub fn time(&self) -> Option<Stamp> {
        Stamp::parse(self.timestamp.as_deref()?)
    }

    fn into_owned(self) -> LogLine<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        LogLine {
            timestamp: self.timestamp.map(own),
            level: self.level,
            component: self.component.map(own),
            message: Cow::Owned(self.message.into_owned()),
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

/// Whether a line begins an entry; a line of another shape belongs to the entry above it.
pub fn begins_entry(line: &[u8]) -> bool {
    match line.first() {
        Some(b'0'..=b'9') => plain(line).is_some(),
        Some(b'{') => parse(line).is_some(),
        Some(_) | None => false,
    }
}

/// Takes a line apart; a line of another shape belongs to the entry above it.
///
/// Known are `TIME [LEVEL] component: message`, `TIME LEVEL: message`,
/// `TIME - LEVEL - message` and `TIME - component - LEVEL - message`, with the times of
/// [`length`](crate::model::logs::time::length), and JSON objects with `ts`, `time` or `timestamp`, with `level`,
/// with `logger`, `component` or `module`, and with `msg` or `message`.
pub fn parse(line: &[u8]) -> Option<LogLine<'_>> {
    let line = trim_end(line);
    match line.first()? {
        b'0'..=b'9' => plain(line).map(LogLine::from),
        b'{' => match str::from_utf8(line) {
            Ok(text) => json(text),
            Err(_) => json(&String::from_utf8_lossy(line)).map(LogLine::into_owned),
        },
        _ => None,
    }
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
            "2026-11-22 20:14:27",
            "2026-11-22 20:14:27 [NOISE] a: b",
            "2026-11-22 20:14:27,123 - a - b - c",
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
