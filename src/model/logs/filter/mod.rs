//! Which entries of a log match.

mod component;
mod matching;
mod sieve;
mod text;

pub use self::component::Component;
pub use self::matching::Matching;
pub use self::text::Text;

use self::sieve::Sieve;
use crate::model::logs::dialect::{Dialect, Reading};
use crate::model::logs::line::{Level, LogLine};
use crate::model::logs::time::Moment;

/// What must be true of an entry; what is not set is true of each.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// It has this level or a higher one.
    pub level: Option<Level>,
    /// Its component matches.
    pub component: Option<Component>,
    /// One of its lines matches.
    pub text: Option<Text>,
    /// It is not earlier.
    pub since: Option<Moment>,
    /// It is not later.
    pub until: Option<Moment>,
}

/// A shorter text is not searched before its lines are taken apart, in bytes.
const LONG: usize = 4096;

impl Filter {
    /// Whether every entry is wanted.
    pub fn is_empty(&self) -> bool {
        self.text.is_none() && !self.asks_for_a_head()
    }

    /// Whether something is asked that only the first line of an entry can answer.
    fn asks_for_a_head(&self) -> bool {
        self.level.is_some()
            || self.component.is_some()
            || self.since.is_some()
            || self.until.is_some()
    }

    /// The places of the entries in `text` that are wanted. The text begins with an entry
    /// and ends with one.
    pub fn matching<'a>(&'a self, text: &'a [u8], reading: impl Into<Reading<'a>>) -> Matching<'a> {
        Matching::new(self, text, reading.into())
    }

    /// Whether the first line of a text, which is so long, begins an entry that is wanted, but
    /// for its text.
    fn fits_head(&self, text: &[u8], length: usize, reading: Reading<'_>) -> bool {
        let line = &text[..length];
        let is_plain = reading.dialect.is_plain();
        if self
            .level
            .is_some_and(|least| is_plain && is_below(line, least))
        {
            return false;
        }
        if !self.asks_for_a_head() {
            return reading.begins(line);
        }
        let parsed = reading.dialect.parse(text);
        parsed.is_some_and(|line| self.fits_line(&line, reading.dialect))
    }

    /// What tells where in a text entries of the wanted level may be, if that is worth it: of
    /// the format of the InnerOS daemon four letters of each line say it.
    fn sieve(&self, text: &[u8], reading: Reading<'_>) -> Option<&'static Sieve> {
        let least = self.level.filter(|_| self.text.is_none())?;
        let is_one = text.len() >= LONG && reading.dialect.is_plain();
        Sieve::of(least).filter(|_| is_one && !has_brackets(text))
    }

    fn fits_line(&self, line: &LogLine<'_>, dialect: &Dialect) -> bool {
        if let Some(least) = self.level
            && line.level.is_none_or(|level| level < least)
        {
            return false;
        }
        if let Some(component) = &self.component
            && !line
                .component
                .as_deref()
                .is_some_and(|name| component.fits(name))
        {
            return false;
        }
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        dialect.time(line).is_some_and(|time| {
            !self.since.is_some_and(|since| time.is_before(since))
                && !self.until.is_some_and(|until| time.is_after(until))
        })
    }
}

/// So long is a time without a fraction.
const STAMP: usize = "2026-11-22 20:14:24".len();

/// Whether a text begins with a line of the format of the InnerOS daemon, and ends with one.
fn has_brackets(text: &[u8]) -> bool {
    let end = text.trim_ascii_end();
    let last = memchr::memrchr(b'\n', end).map_or(0, |newline| newline + 1);
    [0, last].into_iter().all(|at| {
        let line = &text[at..];
        line.get(4) == Some(&b'-')
            && matches!(line.get(STAMP..STAMP + 3), Some([b' ', b'[', b'A'..=b'Z']))
    })
}

/// Whether a line is seen at once to be below a level, or no first line at all: in
/// `2026-11-22 20:14:24 [INFO] …` four letters say it. Most lines of a long log are passed
/// over here.
fn is_below(line: &[u8], least: Level) -> bool {
    match line.first() {
        Some(b'0'..=b'9') => {}
        Some(b' ') => return !line.starts_with(b"  2"),
        Some(b'\t' | b'\n') | None => return true,
        Some(_) => return false,
    }
    let Some([b' ', b'[', word @ ..]) = line.get(STAMP..STAMP + 6) else {
        return false;
    };
    let level = match word {
        b"DEBU" => Level::Debug,
        b"INFO" => Level::Info,
        b"WARN" => Level::Warning,
        _ => return false,
    };
    level < least
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::logs::dialect::Grouping;
    use crate::model::logs::line;
    use crate::model::logs::time::Stamp;
    use chrono::FixedOffset;
    use proptest::prelude::*;
    use std::ops::Range;

    const LOG: &str = "\
2026-11-22 20:14:24 [INFO] src.a: up
2026-11-22 20:14:25 [ERROR] src.a.b: lost
Traceback
  deep inside
2026-11-22 20:14:26 [INFO] src.ab: saw [ERROR] c: lost
2026-11-22 20:14:27 WARNING: low
2026-11-22 20:14:28,5 - CRITICAL - lost
{\"ts\":\"2026-11-22 20:14:29\",\"level\":\"error\",\"logger\":\"src\",\"msg\":\"j\"}
";

    /// The numbers of the lines on which the wanted entries begin.
    fn wanted(filter: &Filter) -> Vec<usize> {
        let lines = |range: &Range<usize>| LOG[..range.start].matches('\n').count();
        filter
            .matching(LOG.as_bytes(), Grouping::Entries)
            .map(|range| lines(&range))
            .collect()
    }

    fn level(level: Level) -> Filter {
        Filter {
            level: Some(level),
            ..Filter::default()
        }
    }

    fn component(name: &str) -> Filter {
        Filter {
            component: Some(Component(name.into())),
            ..Filter::default()
        }
    }

    fn grep(text: &str) -> Filter {
        Filter {
            text: Some(Text::literal(text)),
            ..Filter::default()
        }
    }

    fn regex(text: &str) -> Filter {
        Filter {
            text: Some(Text::Regex(regex::bytes::Regex::new(text).unwrap())),
            ..Filter::default()
        }
    }

    #[test]
    fn without_a_filter_every_entry_is_wanted() {
        assert_eq!(wanted(&Filter::default()), [0, 1, 4, 5, 6, 7]);
    }

    #[test]
    fn a_level_means_that_one_and_above() {
        assert_eq!(wanted(&level(Level::Debug)), [0, 1, 4, 5, 6, 7]);
        assert_eq!(wanted(&level(Level::Warning)), [1, 5, 6, 7]);
        assert_eq!(wanted(&level(Level::Error)), [1, 6, 7]);
        assert_eq!(wanted(&level(Level::Critical)), [6]);
    }

    #[test]
    fn a_component_is_looked_for_in_its_field() {
        assert_eq!(wanted(&component("src.a")), [0, 1]);
        assert_eq!(wanted(&component("src.a*")), [0, 1, 4]);
        assert_eq!(wanted(&component("src")), [0, 1, 4, 7]);
        assert_eq!(wanted(&component("c")), [0; 0]);
    }

    #[test]
    fn a_text_is_looked_for_in_each_line_of_an_entry() {
        assert_eq!(wanted(&grep("lost")), [1, 4, 6]);
        assert_eq!(wanted(&grep("deep")), [1]);
        assert_eq!(wanted(&grep("LOST")), [0; 0]);
    }

    #[test]
    fn an_expression_is_matched_line_by_line() {
        assert_eq!(wanted(&regex("lo(st|w)$")), [1, 4, 5, 6]);
        assert_eq!(wanted(&regex("^ +deep")), [1]);
        assert_eq!(wanted(&regex(r"\AT")), [1]);
        assert_eq!(wanted(&regex(r"up\s2026")), [0; 0]);
    }

    #[test]
    fn an_entry_with_many_hits_is_wanted_once() {
        assert_eq!(wanted(&grep("e")), [1, 7]);
        assert_eq!(wanted(&regex("e")), [1, 7]);
    }

    #[test]
    fn times_are_within_their_bounds() {
        let moment = |text: &str| {
            let wall = Stamp::parse(text)
                .unwrap()
                .wall(FixedOffset::east_opt(0).unwrap());
            Some(Moment { wall, utc: wall })
        };
        let filter = Filter {
            since: moment("2026-11-22 20:14:25"),
            until: moment("2026-11-22 20:14:28"),
            ..Filter::default()
        };

        // The half second of line 6 is behind the end.
        assert_eq!(wanted(&filter), [1, 4, 5]);
    }

    #[test]
    fn everything_asked_for_must_be_true() {
        let filter = Filter {
            level: Some(Level::Error),
            text: Some(Text::literal("lost")),
            ..component("src")
        };

        assert_eq!(wanted(&filter), [1]);
    }

    #[test]
    fn where_no_entry_is_above_each_line_is_one() {
        let text = b"lost\n\nfound and lost\n";
        let found = |filter: &Filter| filter.matching(text, Grouping::Lines).collect::<Vec<_>>();

        assert_eq!(found(&grep("lost")), [0..5, 6..21]);
        assert_eq!(found(&Filter::default()), [0..5, 5..6, 6..21]);
        assert_eq!(found(&level(Level::Debug)), [0..0; 0]);
    }

    proptest! {
        /// What one letter says at once, the whole parser says, too.
        #[test]
        fn the_short_cut_never_passes_over_an_entry(
            text in prop_oneof![
                "2026-11-22 20:14:2[0-9][ ,]\\[?[DIWECFTXdiwecft][A-Z]{0,3}(ERROR|INFO|error)?\\]?:? ?[a-z: ]{0,5}",
                "\\{\"level\":\"(error|info|Warn|FATAL)\",\"msg\":\" \\[x\"\\}",
                "2026-11-22 20:14:24 \\[(DEBUG|INFO|WARN|ERROR|FATAL|Critical)\\] a: b",
            ],
        ) {
            for least in Level::ALL {
                let plain = line::parse(text.as_bytes())
                    .is_some_and(|line| line.level.is_some_and(|level| level >= least));
                let found = level(least).matching(text.as_bytes(), Grouping::Entries).count();
                prop_assert_eq!(found == 1, plain);
            }
        }
    }
}
