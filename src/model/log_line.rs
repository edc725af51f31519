//! The shape of a log line.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::log_time::{self, Stamp};

/// Severity, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

impl Level {
    /// All of them, least first.
    pub const ALL: [Self; 5] = [
        Level::Debug,
        Level::Info,
        Level::Warning,
        Level::Error,
        Level::Critical,
    ];

    /// The word for it in a log.
    pub fn word(self) -> &'static str {
        match self {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
            Level::Critical => "CRITICAL",
        }
    }

    /// What a word means, in capitals or not.
    pub fn named(word: &[u8]) -> Option<Self> {
        let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        // The first letter decides which words to compare: most lines are judged by it.
        Some(match word.first()?.to_ascii_uppercase() {
            b'D' if is("DEBUG") => Level::Debug,
            b'T' if is("TRACE") => Level::Debug,
            b'I' if is("INFO") => Level::Info,
            b'W' if is("WARNING") || is("WARN") => Level::Warning,
            b'E' if is("ERROR") => Level::Error,
            b'C' if is("CRITICAL") => Level::Critical,
            b'F' if is("FATAL") => Level::Critical,
            _ => return None,
        })
    }
}

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

impl<'a> From<Plain<'a>> for LogLine<'a> {
    fn from(plain: Plain<'a>) -> Self {
        Self {
            timestamp: Some(String::from_utf8_lossy(plain.timestamp)),
            level: Some(plain.level),
            component: plain.component.map(String::from_utf8_lossy),
            message: plain.message.into(),
        }
    }
}

/// A log entry: its first line and those that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The first line; nothing where no entry stands above the text.
    pub first: Option<LogLine<'a>>,
    /// The lines below it, or the whole text.
    rest: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Takes the text of one entry apart.
    pub fn new(text: &'a [u8]) -> Self {
        let (line, below) = split_line(text);
        match parse(line) {
            Some(first) => Self {
                first: Some(first),
                rest: below,
            },
            None => Self {
                first: None,
                rest: text,
            },
        }
    }

    /// The message with the lines that belong to it.
    pub fn message(&self) -> String {
        let rest = String::from_utf8_lossy(self.rest);
        let message = match &self.first {
            Some(first) if rest.is_empty() => String::from_utf8_lossy(&first.message).into_owned(),
            Some(first) => format!("{}\n{rest}", String::from_utf8_lossy(&first.message)),
            None => rest.into_owned(),
        };
        message.trim_end_matches(['\n', '\r']).to_owned()
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
/// [`log_time::length`], and JSON objects with `ts`, `time` or `timestamp`, with `level`,
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

/// A line that is not JSON, in parts.
struct Plain<'a> {
    timestamp: &'a [u8],
    level: Level,
    component: Option<&'a [u8]>,
    message: &'a [u8],
}

fn plain(line: &[u8]) -> Option<Plain<'_>> {
    let (timestamp, rest) = line.split_at(log_time::length(line)?);
    let (level, component, message) = if let Some(rest) = rest.strip_prefix(b" [") {
        let (level, rest) = split(rest, b"] ")?;
        let (component, message) = component(rest);
        (Level::named(level)?, component, message)
    } else if let Some(rest) = rest.strip_prefix(b" - ") {
        let (first, rest) = split(rest, b" - ")?;
        if let Some(level) = Level::named(first) {
            (level, None, rest)
        } else {
            let (level, rest) = split(rest, b" - ")?;
            (Level::named(level)?, Some(first), rest)
        }
    } else {
        let (level, message) = split(rest.strip_prefix(b" ")?, b": ")?;
        (Level::named(level)?, None, message)
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

fn json(line: &str) -> Option<LogLine<'_>> {
    let Fields {
        timestamp,
        level,
        component,
        message,
    } = serde_json::from_str(line).ok()?;
    let level = level.and_then(|word| Level::named(word.as_bytes()));
    if timestamp.is_none() && level.is_none() {
        return None;
    }
    Some(LogLine {
        timestamp,
        level,
        component,
        message: match message {
            Some(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
            Some(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            // One without a message of a known name says it under names of its own.
            None => Cow::Borrowed(line.as_bytes()),
        },
    })
}

/// The keys of a JSON line that are known; of two for the same, the first. A time that is none
/// is no reason to pass over the next.
#[derive(Default)]
struct Fields<'a> {
    timestamp: Option<Cow<'a, str>>,
    level: Option<Cow<'a, str>>,
    component: Option<Cow<'a, str>>,
    message: Option<Cow<'a, str>>,
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Fields::default();
                while let Some(Scalar(key)) = map.next_key()? {
                    let mut is_usable: fn(&str) -> bool = |_| true;
                    let field = match key.as_deref().unwrap_or_default() {
                        "ts" | "time" | "timestamp" => {
                            is_usable = |text| Stamp::parse(text).is_some();
                            &mut fields.timestamp
                        }
                        "level" => &mut fields.level,
                        "logger" | "component" | "module" => &mut fields.component,
                        "msg" | "message" => &mut fields.message,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    let Scalar(value) = map.next_value()?;
                    if field.is_none() {
                        *field = value.filter(|text| is_usable(text));
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// The text of a string or a number; nothing for anything else.
struct Scalar<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Scalar(Some(Cow::Owned(number.to_string()))))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Scalar(Some(Cow::Owned(number.to_string()))))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Scalar(Some(Cow::Owned(number.to_string()))))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Scalar(None))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Scalar(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A line taken apart, as plain texts.
    fn parts(line: &str) -> Option<(String, &'static str, String, String)> {
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
    fn json_lines_are_taken_apart() {
        for (line, expected) in [
            (
                r#"{"ts":"2026-11-22T20:14:27Z","level":"error","logger":"a.b","msg":"no \"lock\""}"#,
                ("2026-11-22T20:14:27Z", "ERROR", "a.b", "no \"lock\""),
            ),
            (
                r#"{"message":"x","component":"c","time":1795378464.5,"more":{"level":[1]}}"#,
                ("1795378464.5", "", "c", "x"),
            ),
            (
                r#"{"timestamp":"2026-11-22 20:14:27","module":"m","level":"Info","msg":"y","message":"z"}"#,
                ("2026-11-22 20:14:27", "INFO", "m", "y"),
            ),
            (
                r#"{"ts":"bad","level":"info","time":null,"timestamp":"2026-11-22 20:14:27","msg":"y"}"#,
                ("2026-11-22 20:14:27", "INFO", "", "y"),
            ),
            (
                r#"{"level":"warn","event":"e","logger":null}"#,
                (
                    "",
                    "WARNING",
                    "",
                    r#"{"level":"warn","event":"e","logger":null}"#,
                ),
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
    fn a_traceback_stays_with_its_entry() {
        let text = b"2026-11-22 20:14:27 [ERROR] a: b\r\nTraceback\n  x\n\n";

        assert_eq!(Entry::new(text).message(), "b\nTraceback\n  x");
        assert_eq!(Entry::new(b"tail\r\n").message(), "tail");
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
