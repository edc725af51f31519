//! A line that is a JSON object.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::level::NamedLevel;
use super::{Level, LogLine, Shape};
use crate::model::logs::time::Stamp;

/// Takes one apart.
pub(super) fn json(line: &str) -> Option<LogLine<'_>> {
    let mut fields = Fields::default();
    let mut json = serde_json::Deserializer::from_str(line);
    let object = Node {
        fields: &mut fields,
        slot: None,
        inside: Some(Inside::Object),
    };
    object.deserialize(&mut json).ok()?;
    json.end().ok()?;
    let timestamp = fields.time.or(fields.other_time);
    let (level, label) = match fields.level.or(fields.other_level) {
        // A word that is no level makes no entry.
        Some((_, Some(_))) if timestamp.is_none() => (None, None),
        Some((level, label)) => (Some(level), label),
        None => (None, None),
    };
    if timestamp.is_none() && level.is_none() {
        return None;
    }
    Some(LogLine {
        timestamp,
        level,
        label,
        component: fields.component.or(fields.other_component),
        message: match fields.message.or(fields.other_message) {
            Some(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
            Some(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            // One without a message of a known name says it under names of its own.
            None => Cow::Borrowed(line.as_bytes()),
        },
        shape: Shape::Json,
        taken: 0,
    })
}

/// The keys of a JSON line that are known; of two for the same, the first, but one whose name
/// may mean something else only if there is no other. A time that is none is no reason to
/// pass over the next.
#[derive(Default)]
struct Fields<'a> {
    time: Option<Cow<'a, str>>,
    other_time: Option<Cow<'a, str>>,
    level: Option<NamedLevel<'a>>,
    other_level: Option<NamedLevel<'a>>,
    component: Option<Cow<'a, str>>,
    other_component: Option<Cow<'a, str>>,
    message: Option<Cow<'a, str>>,
    other_message: Option<Cow<'a, str>>,
}

/// What a key means.
#[derive(Clone, Copy)]
enum Slot {
    Time,
    OtherTime,
    /// Serilog's, which has no level where it is information.
    Compact,
    Level,
    /// A word, though the number for it may stand beside.
    Word,
    /// By the numbers of Python.
    Number,
    /// By the letters of `MongoDB`.
    Letter,
    Component,
    OtherComponent,
    Message,
    OtherMessage,
}

/// The object that a key is in.
#[derive(Clone, Copy)]
enum Inside {
    /// The line's.
    Object,
    /// `fields` of tracing.
    Fields,
    /// `log` of the Elastic Common Schema.
    Log,
    /// `record` of loguru.
    Record,
    /// A time with several forms.
    Time,
    /// A level with several.
    Level,
    /// `Properties` of Serilog.
    Properties,
}

/// What a key means there, and what its object is, if it is one.
fn meaning(inside: Inside, key: &str) -> (Option<Slot>, Option<Inside>) {
    match inside {
        Inside::Object => match key {
            "ts" | "time" | "timestamp" => (Some(Slot::Time), Some(Inside::Time)),
            "@t" => (Some(Slot::Compact), None),
            "@timestamp"
            | "Timestamp"
            | "datetime"
            | "asctime"
            | "eventTime"
            | "__REALTIME_TIMESTAMP"
            | "instant" => (Some(Slot::Time), None),
            "t" => (Some(Slot::OtherTime), Some(Inside::Time)),
            "T" | "date" => (Some(Slot::OtherTime), None),
            "level" => (Some(Slot::Level), Some(Inside::Level)),
            "levelname" | "severity" | "lvl" | "log.level" | "LogLevel" | "Level"
            | "level_name" | "log_level" | "loglevel" | "@l" | "PRIORITY" | "L" => {
                (Some(Slot::Level), None)
            }
            "levelno" => (Some(Slot::Number), None),
            "s" => (Some(Slot::Letter), None),
            "logger" | "component" | "module" | "logger_name" | "loggerName" | "target"
            | "Category" | "category" | "categoryName" | "log.logger" | "SYSLOG_IDENTIFIER"
            | "SourceContext" | "channel" | "N" => (Some(Slot::Component), None),
            "name" | "c" | "_COMM" | "caller" => (Some(Slot::OtherComponent), None),
            "msg" | "message" | "Message" | "MESSAGE" | "@m" | "short_message" | "M" => {
                (Some(Slot::Message), None)
            }
            "event" | "@mt" | "text" => (Some(Slot::OtherMessage), None),
            "log" => (Some(Slot::OtherMessage), Some(Inside::Log)),
            "fields" => (None, Some(Inside::Fields)),
            "record" => (None, Some(Inside::Record)),
            "Properties" => (None, Some(Inside::Properties)),
            _ => (None, None),
        },
        Inside::Fields if key == "message" => (Some(Slot::Message), None),
        Inside::Log if key == "level" => (Some(Slot::Level), None),
        Inside::Log if key == "logger" => (Some(Slot::Component), None),
        Inside::Record => match key {
            "level" => (None, Some(Inside::Level)),
            "message" => (Some(Slot::Message), None),
            "name" => (Some(Slot::Component), None),
            "time" => (None, Some(Inside::Time)),
            _ => (None, None),
        },
        Inside::Time if matches!(key, "$date" | "repr" | "timestamp") => (Some(Slot::Time), None),
        Inside::Level if key == "name" => (Some(Slot::Word), None),
        Inside::Properties if key == "SourceContext" => (Some(Slot::Component), None),
        Inside::Fields | Inside::Log | Inside::Time | Inside::Level | Inside::Properties => {
            (None, None)
        }
    }
}

impl<'a> Fields<'a> {
    fn put(&mut self, slot: Slot, value: Cow<'a, str>) {
        let is_time = |text: &str| Stamp::parse(text).is_some();
        let (field, value) = match slot {
            Slot::Time if !is_time(&value) => return,
            Slot::Time => (&mut self.time, value),
            Slot::OtherTime if !is_time(&value) => return,
            Slot::OtherTime => (&mut self.other_time, value),
            Slot::Compact if !is_time(&value) => return,
            Slot::Compact => {
                self.other_level.get_or_insert((Level::Info, None));
                (&mut self.time, value)
            }
            Slot::Component => (&mut self.component, value),
            Slot::OtherComponent => (&mut self.other_component, value),
            Slot::Message => (&mut self.message, value),
            Slot::OtherMessage => (&mut self.other_message, value),
            Slot::Word if value.starts_with(|first: char| !first.is_alphabetic()) => return,
            Slot::Level | Slot::Word => {
                self.level.get_or_insert_with(|| level(value));
                return;
            }
            Slot::Number => {
                let level = value.parse().map(Level::python);
                self.other_level = level.ok().map(|level| (level, None));
                return;
            }
            Slot::Letter => {
                let level = match *value.as_bytes() {
                    [letter] | [letter, b'0'..=b'9'] => Level::letter(letter),
                    _ => None,
                };
                self.other_level = level.map(|level| (level, None));
                return;
            }
        };
        field.get_or_insert(value);
    }
}

/// A level as a word, or as a number; `ERROR+2` is one of slog.
fn level(value: Cow<'_, str>) -> NamedLevel<'_> {
    if let Ok(number) = value.parse() {
        return (Level::numeric(number), None);
    }
    let base = value.split(['+', '-']).next().unwrap_or_default();
    let level = match Level::named(base.as_bytes()) {
        Some(level) if base.len() < value.len() => (level, None),
        Some(_) | None => Level::of(value.as_bytes()),
    };
    match level {
        (level, None) if base.len() == value.len() => (level, None),
        // With the life of the text, and not of a copy of it.
        (level, _) if base.len() < value.len() => (level, Some(value)),
        (level, Some(_)) => (level, Some(value)),
        (level, None) => (level, None),
    }
}

/// A value, and what becomes of it.
struct Node<'f, 'a> {
    fields: &'f mut Fields<'a>,
    slot: Option<Slot>,
    inside: Option<Inside>,
}

impl<'a> Node<'_, 'a> {
    fn put(self, value: impl Into<Cow<'a, str>>) {
        if let Some(slot) = self.slot {
            self.fields.put(slot, value.into());
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match (self.slot, self.inside) {
            (None, None) => IgnoredAny::deserialize(deserializer).map(|_| ()),
            // It must be one.
            (None, Some(Inside::Object)) => deserializer.deserialize_map(self),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Node<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.put(text);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(text.to_owned());
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.put(number.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.put(number.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.put(number.to_string());
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some(inside) = self.inside else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        while let Some(Key(key)) = map.next_key()? {
            let (slot, inside) = meaning(inside, &key);
            let fields = &mut *self.fields;
            map.next_value_seed(Node {
                fields,
                slot,
                inside,
            })?;
        }
        Ok(())
    }
}

/// The name of a value.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::parts;

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
                r#"{"level":"warn","what":"e","logger":null}"#,
                (
                    "",
                    "WARNING",
                    "",
                    r#"{"level":"warn","what":"e","logger":null}"#,
                ),
            ),
            (
                r#"{"level":"warn","event":"structlog","name":"n"}"#,
                ("", "WARNING", "n", "structlog"),
            ),
            (
                r#"{"level":50,"time":1795378464500,"pid":812,"msg":"pino"}"#,
                ("1795378464500", "ERROR", "", "pino"),
            ),
            (
                r#"{"t":{"$date":"2026-11-22T20:14:27.123+00:00"},"s":"W","c":"NETWORK","msg":"mongo"}"#,
                (
                    "2026-11-22T20:14:27.123+00:00",
                    "WARNING",
                    "NETWORK",
                    "mongo",
                ),
            ),
            (
                r#"{"timestamp":"2026-11-22T20:14:27Z","level":"ERROR","fields":{"message":"tracing"},"target":"a::b"}"#,
                ("2026-11-22T20:14:27Z", "ERROR", "a::b", "tracing"),
            ),
        ] {
            let (timestamp, level, component, message) = expected;
            let expected = (timestamp.into(), level, component.into(), message.into());
            assert_eq!(parts(line), Some(expected), "{line}");
        }
    }
}
