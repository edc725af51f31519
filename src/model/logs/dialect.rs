//! How the lines of one log are read: what its own lines and the configuration say.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta};
use regex::bytes::Regex;

use super::line::{self, Level, LogLine, Shape};
use super::time::Stamp;

/// What the configuration says about the logs of a daemon.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// The shape of lines that nobody can guess.
    pub format: Option<Format>,
    /// The zone of times that have none.
    pub zone: Zone,
}

/// The zone of times that have none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Zone {
    /// The local one, or UTC where the file's own time says so.
    #[default]
    Known,
    /// The local one.
    Local,
    /// This one.
    Fixed(FixedOffset),
}

impl Zone {
    /// Reads `auto`, `local`, `UTC` or `+01:00`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => return Some(Zone::Known),
            "local" => return Some(Zone::Local),
            _ if text.eq_ignore_ascii_case("utc") => {
                return FixedOffset::east_opt(0).map(Zone::Fixed);
            }
            _ => {}
        }
        let offset = text.parse().ok().filter(|_| text.starts_with(['+', '-']));
        offset.map(Zone::Fixed)
    }
}

/// The shape of a line as a regular expression.
#[derive(Debug, Clone)]
pub struct Format(Arc<Regex>);

impl Format {
    /// Takes an expression with the groups `time`, `level`, `component` and `message`, of which
    /// only the first is needed.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = Regex::new(text).map_err(|error| {
            let error = error.to_string();
            let why = error.lines().last().unwrap_or_default();
            why.trim_start_matches("error: ").trim().to_owned()
        })?;
        if regex.capture_names().flatten().any(|name| name == "time") {
            Ok(Self(Arc::new(regex)))
        } else {
            Err("it has no group named `time`: write (?<time>…)".into())
        }
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<LogLine<'a>> {
        let groups = self.0.captures(line)?;
        let text = |name| Some(String::from_utf8_lossy(groups.name(name)?.as_bytes()));
        let level = groups
            .name("level")
            .map(|word| word.as_bytes().trim_ascii());
        let level = level
            .filter(|word| !word.is_empty())
            .map(|word| match word {
                [letter] => (Level::letter(*letter).unwrap_or(Level::Info), None),
                _ => Level::of(word),
            });
        let (level, label) = level.map_or((None, None), |(level, label)| (Some(level), label));
        let message = groups
            .name("message")
            .map_or(line, |found| found.as_bytes());
        Some(LogLine {
            timestamp: text("time"),
            level,
            label,
            component: text("component"),
            message: Cow::Borrowed(message),
            shape: Shape::Format,
            taken: 0,
        })
    }
}

/// Which lines begin an entry though they have no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loose {
    /// It is not known yet: JSON alone.
    NotYet,
    /// None.
    None,
    /// Those of this shape, with which the log begins.
    Shape(Shape),
    /// All.
    All,
}

/// How the lines of one log are read.
#[derive(Debug, Clone)]
pub struct Dialect {
    format: Option<Format>,
    loose: Loose,
    /// The zone of times that have none, if that is not the local one.
    zone: Option<FixedOffset>,
    /// When it was written to last, by the local clock.
    near: NaiveDateTime,
    /// The level of the entry above what comes next to be learned from.
    above: Option<Level>,
}

/// For a text that nothing else is known of.
pub static PLAIN: Dialect = Dialect {
    format: None,
    loose: Loose::NotYet,
    zone: None,
    near: NaiveDateTime::MAX,
    above: None,
};

impl Dialect {
    /// Of a log that was written to last at that time, in the local zone.
    pub fn new(hints: &Hints, modified: DateTime<FixedOffset>) -> Self {
        Self {
            format: hints.format.clone(),
            zone: match hints.zone {
                Zone::Known | Zone::Local => None,
                Zone::Fixed(zone) => Some(zone),
            },
            near: modified.naive_local(),
            ..PLAIN.clone()
        }
    }

    /// For a single line, whatever is above it.
    #[must_use]
    pub fn of_any_line(mut self) -> Self {
        self.loose = Loose::All;
        self
    }

    /// Whether a line has told which lines begin an entry.
    pub fn is_learned(&self) -> bool {
        self.loose != Loose::NotYet
    }

    /// Learns from lines that are read in their order.
    pub fn learn(&mut self, mut text: &[u8]) {
        while !text.is_empty() {
            let line = self.any(text);
            let below = line::split_line(text).1;
            let found = line.map(|line| (line.is_loose(), line.shape, line.level));
            text = below;
            let Some((is_loose, shape, level)) = found else {
                continue;
            };
            match (self.loose, is_loose, shape) {
                (Loose::NotYet, true, _) | (Loose::NotYet, false, Shape::Json | Shape::Logfmt) => {
                    self.loose = Loose::Shape(shape);
                }
                (Loose::NotYet, false, _) => self.loose = Loose::None,
                // Nobody quotes it below what is no error: it is another writer's.
                (Loose::None, true, Shape::Json) if self.above < Some(Level::Error) => {
                    self.loose = Loose::Shape(shape);
                }
                (Loose::None, true, _) => continue,
                (Loose::None | Loose::Shape(_) | Loose::All, _, _) => {}
            }
            self.above = level;
        }
    }

    /// Concludes the zone from the newest time in a log and when it was written to.
    pub fn learn_zone(&mut self, newest: Stamp, modified: DateTime<FixedOffset>) {
        const LATE: TimeDelta = TimeDelta::minutes(2);
        const AHEAD: TimeDelta = TimeDelta::minutes(-1);
        const DAY: TimeDelta = TimeDelta::days(1);
        let Some(utc) = FixedOffset::east_opt(0) else {
            return;
        };
        if newest.has_zone() || !newest.has_date() {
            return;
        }
        let wall = newest.near(self.near).wall(utc);
        let (local, exact) = (modified.naive_local() - wall, modified.naive_utc() - wall);
        let is_now = |age: TimeDelta| (AHEAD..=LATE).contains(&age);
        // A line is written when it says, or no earlier.
        let is_to_come = local < AHEAD && (AHEAD..DAY).contains(&exact);
        if !is_now(local) && (is_now(exact) || is_to_come) {
            self.zone = Some(utc);
        }
    }

    /// The zone that was found or configured.
    pub fn zone(&self) -> Option<FixedOffset> {
        self.zone
    }

    /// Whether only lines are known that any log may have.
    pub fn is_plain(&self) -> bool {
        self.format.is_none()
    }

    /// Whether its times are in an order by which they can be searched for.
    pub fn is_ordered(&self) -> bool {
        self.loose != Loose::Shape(Shape::Clock)
    }

    /// Whether a line begins an entry.
    pub fn begins(&self, line: &[u8]) -> bool {
        line::is_usual(line) || self.parse(line).is_some()
    }

    /// Takes the first line of a text apart, and those that its head is on.
    pub fn parse<'a>(&self, text: &'a [u8]) -> Option<LogLine<'a>> {
        self.any(text).filter(|line| {
            !line.is_loose()
                || match self.loose {
                    Loose::NotYet => line.shape == Shape::Json,
                    Loose::None => false,
                    Loose::Shape(shape) => line.shape == shape,
                    Loose::All => true,
                }
        })
    }

    fn any<'a>(&self, text: &'a [u8]) -> Option<LogLine<'a>> {
        let own = self.format.as_ref();
        own.and_then(|format| format.parse(line::split_line(text).0))
            .or_else(|| line::recognise(text))
    }

    /// When a line was written.
    pub fn time(&self, line: &LogLine<'_>) -> Option<Stamp> {
        Some(line.time()?.near(self.near).in_zone(self.zone))
    }
}

/// How the lines of a text make entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// A line of no known shape belongs to the entry above it.
    Entries,
    /// There is no entry above: each line is one.
    Lines,
}

/// How a part of a log is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// How its lines make entries.
    pub grouping: Grouping,
    /// What they say.
    pub dialect: &'a Dialect,
}

impl From<Grouping> for Reading<'_> {
    fn from(grouping: Grouping) -> Self {
        Self {
            grouping,
            dialect: &PLAIN,
        }
    }
}

impl Reading<'_> {
    /// Whether a line begins an entry.
    pub fn begins(self, line: &[u8]) -> bool {
        self.grouping == Grouping::Lines || self.dialect.begins(line)
    }

    /// Whether the head of the entry that begins a text is on several lines.
    pub fn takes_below(self, text: &[u8]) -> bool {
        self.dialect.parse(text).is_some_and(|line| line.taken > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(text: &str) -> Dialect {
        let mut dialect = PLAIN.clone();
        dialect.learn(text.as_bytes());
        dialect
    }

    #[test]
    fn a_line_without_a_date_begins_an_entry_only_among_lines_like_it() {
        let dated = learned("banner\n2026-11-22 20:14:27 [ERROR] a: b\n{\"level\":\"info\"}\n");
        let both = learned("2026-11-22 20:14:27 [INFO] a: b\n{\"level\":\"info\"}\n");
        let level = learned("INFO:root:up\n");
        let json = learned("{\"level\":\"info\",\"msg\":\"x\"}\n");

        assert!(both.begins(b"{\"level\":\"info\",\"msg\":\"x\"}"));
        assert!(!dated.begins(b"INFO:root:up"));
        assert!(!dated.begins(b"{\"level\":\"info\",\"msg\":\"quoted\"}"));
        assert!(level.begins(b"ERROR:root:lost"));
        assert!(!level.begins(b"{\"level\":\"info\",\"msg\":\"quoted\"}"));
        assert!(level.begins(b"2026-11-22 20:14:27 [INFO] a: b"));
        assert!(json.begins(b"{\"level\":\"info\",\"msg\":\"x\"}"));
        assert!(!json.begins(b"INFO:root:up"));
    }

    #[test]
    fn a_log_whose_newest_line_is_of_now_in_utc_is_in_utc() {
        let zone = |wall: &str, modified: &str| {
            let mut dialect = PLAIN.clone();
            let modified = DateTime::parse_from_rfc3339(modified).unwrap();
            dialect.near = modified.naive_local();
            dialect.learn_zone(Stamp::parse(wall).unwrap(), modified);
            dialect.zone().map(|zone| zone.to_string())
        };
        let utc = Some("+00:00".to_owned());

        let tokyo = "2026-11-23T05:14:30+09:00";
        assert_eq!(zone("2026-11-22 20:14:27", tokyo), utc);
        assert_eq!(zone("2026-11-23 05:14:27", tokyo), None);
        assert_eq!(zone("2026-11-22 20:14:27+01:00", tokyo), None);
        assert_eq!(zone("2026-11-20 20:14:27", tokyo), None, "long ago");
        // A line cannot be of a time that is to come.
        let new_york = "2026-11-22T15:14:30-05:00";
        assert_eq!(zone("2026-11-22 18:14:27", new_york), utc);
        assert_eq!(zone("2026-11-22 13:14:27", new_york), None);
    }

    #[test]
    fn a_format_of_ones_own_is_read() {
        let format =
            Format::new(r"^<(?<time>[^>]+)> (?<level>\w+) (?<component>\S+) (?<message>.*)$");
        let hints = Hints {
            format: Some(format.unwrap()),
            ..Hints::default()
        };
        let now = DateTime::parse_from_rfc3339("2026-11-22T20:30:00+00:00").unwrap();
        let dialect = Dialect::new(&hints, now);

        let line = dialect
            .parse(b"<22/11/2026 20:14:27> ERROR a.b lost")
            .unwrap();

        assert_eq!(line.level, Some(Level::Error));
        assert_eq!(line.component.as_deref(), Some("a.b"));
        assert_eq!(&*line.message, b"lost");
        assert!(dialect.time(&line).is_some());
        assert!(
            dialect.begins(b"2026-11-22 20:14:27 [INFO] a: b"),
            "and others"
        );
        assert!(Format::new("(?<time").unwrap_err().contains("group"));
        assert!(Format::new(".*").unwrap_err().contains("`time`"));
    }
}
