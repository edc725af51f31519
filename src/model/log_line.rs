//! The shape of a log line.

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
}

/// The first line of a log entry, taken apart without copying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// Date and time as written.
    pub timestamp: &'a str,
    /// Severity.
    pub level: Level,
    /// Who wrote it, where the line says so.
    pub component: Option<&'a str>,
    /// The rest.
    pub message: &'a str,
}

/// A log entry: its first line and those that belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The first line; nothing where a text begins in the middle of an entry.
    pub first: Option<LogLine<'a>>,
    /// The whole text.
    pub text: &'a str,
}

impl<'a> Entry<'a> {
    /// The message with the lines that belong to it.
    pub fn message(&self) -> &'a str {
        let start = self.first.map_or(0, |line| {
            line.message.as_ptr() as usize - self.text.as_ptr() as usize
        });
        self.text[start..].trim_end_matches(['\n', '\r'])
    }
}

/// The entries of a text.
pub fn entries(text: &str) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (first, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len() - after.len();
        for line in after.split_inclusive('\n') {
            if parse(line).is_some() {
                break;
            }
            end += line.len();
        }
        let (text, behind) = rest.split_at(end);
        rest = behind;
        Some(Entry {
            first: parse(first.trim_end_matches('\r')),
            text,
        })
    })
}

/// Takes a line apart; a line of another shape belongs to the entry above it.
///
/// Three shapes are known: `DATE TIME [LEVEL] component: message`,
/// `DATE TIME LEVEL: message` and `DATE TIME,mmm - LEVEL - message`.
pub fn parse(line: &str) -> Option<LogLine<'_>> {
    const STAMP: usize = "2026-11-22 20:14:24".len();
    let (timestamp, rest) = line.split_at_checked(STAMP)?;
    if !is_timestamp(timestamp) {
        return None;
    }
    if let Some(rest) = rest.strip_prefix(" [") {
        let (level, rest) = rest.split_once("] ")?;
        let (component, message) = match rest.split_once(": ") {
            Some((component, message)) if !component.contains(' ') => (Some(component), message),
            Some(_) | None => (None, rest),
        };
        return Some(LogLine {
            timestamp,
            level: self::level(level)?,
            component,
            message,
        });
    }
    let (level, message) = if let Some(rest) = rest.strip_prefix(',') {
        let (millis, rest) = rest.split_once(" - ")?;
        if !millis.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        rest.split_once(" - ")?
    } else {
        rest.strip_prefix(' ')?.split_once(": ")?
    };
    Some(LogLine {
        timestamp,
        level: self::level(level)?,
        component: None,
        message,
    })
}

fn is_timestamp(text: &str) -> bool {
    text.bytes()
        .zip("dddd-dd-dd dd:dd:dd".bytes())
        .all(|(byte, shape)| match shape {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

fn level(word: &str) -> Option<Level> {
    Some(match word {
        "DEBUG" => Level::Debug,
        "INFO" => Level::Info,
        "WARNING" | "WARN" => Level::Warning,
        "ERROR" => Level::Error,
        "CRITICAL" | "FATAL" => Level::Critical,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_shapes_are_taken_apart() {
        let line = "2026-11-22 20:14:27 [ERROR] __main__: Failed: no lock";
        assert_eq!(
            parse(line),
            Some(LogLine {
                timestamp: "2026-11-22 20:14:27",
                level: Level::Error,
                component: Some("__main__"),
                message: "Failed: no lock",
            })
        );
        let short = parse("2026-11-22 20:14:27 WARNING: low").expect("the second shape");
        assert_eq!((short.level, short.message), (Level::Warning, "low"));
        let millis = parse("2026-11-22 20:14:27,123 - INFO - up").expect("the third shape");
        assert_eq!((millis.level, millis.message), (Level::Info, "up"));
    }

    #[test]
    fn other_lines_belong_to_the_entry_above() {
        for line in [
            "",
            "Traceback (most recent call last):",
            "  File \"/x.py\", line 121, in start",
            "2026-11-22 20:14:27",
            "2026-11-22 20:14:27 [NOISE] a: b",
            "2026-11-22T20:14:27 [INFO] a: b",
            "ä026-11-22 20:14:27 [INFO] a: b",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }

    #[test]
    fn a_traceback_stays_with_its_entry() {
        let text = "tail\n2026-11-22 20:14:27 [ERROR] a: b\nTraceback\n  x\n\n2026-11-22 20:14:28 [INFO] a: c";

        let found: Vec<&str> = entries(text).map(|entry| entry.message()).collect();

        assert_eq!(found, ["tail", "b\nTraceback\n  x", "c"]);
    }

    #[test]
    fn the_level_is_the_field_not_the_text() {
        let line = parse("2026-11-22 20:14:27 [INFO] a: saw [ERROR] b: c").expect("a log line");

        assert_eq!(line.level, Level::Info);
    }
}
