//! A line that is a JSON object.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Level, LogLine};
use crate::model::logs::time::Stamp;

/// Takes one apart.
pub(super) fn json(line: &str) -> Option<LogLine<'_>> {
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
}
