//! How much of a log is understood.

use std::collections::BTreeMap;

use super::dialect::Dialect;
use super::filter::Filter;
use super::line::{Shape, split_line};

/// What a filter asks of a line, and the line must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LinePart {
    Time,
    Level,
    Component,
}

impl LinePart {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            LinePart::Time => "time",
            LinePart::Level => "level",
            LinePart::Component => "component",
        }
    }

    /// Those that a filter asks for.
    pub fn asked(filter: &Filter) -> Vec<Self> {
        let asked = [
            (LinePart::Level, filter.level.is_some()),
            (LinePart::Component, filter.component.is_some()),
            (
                LinePart::Time,
                filter.since.is_some() || filter.until.is_some(),
            ),
        ];
        let asked = asked.into_iter().filter(|(_, is_asked)| *is_asked);
        asked.map(|(part, _)| part).collect()
    }
}

/// What was understood of some lines of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Understood {
    /// How many there are, without the empty ones.
    pub lines: usize,
    /// How many of them look like those of a log, whatever its format: they have digits and a
    /// colon as a time has, and nothing in front of them.
    looks: usize,
    /// How many begin an entry, by what they were recognised as.
    pub shapes: BTreeMap<Shape, usize>,
    /// How many are below an entry.
    below: usize,
    times: usize,
    levels: usize,
    components: usize,
    /// Two of those that begin no entry, or say less than others do.
    pub examples: Vec<String>,
}

impl Understood {
    /// Looks at the lines of a text.
    pub fn of(mut text: &[u8], dialect: &Dialect) -> Self {
        let mut found = Self::default();
        while !text.is_empty() {
            let (line, below) = split_line(text);
            let entry = dialect.parse(text);
            text = below;
            if line.is_empty() {
                continue;
            }
            found.lines += 1;
            found.looks += usize::from(looks_like_a_log(line));
            let mut says_all = false;
            if let Some(entry) = entry {
                *found.shapes.entry(entry.shape).or_default() += 1;
                let has_time = dialect.time(&entry).is_some();
                found.times += usize::from(has_time);
                found.levels += usize::from(entry.level.is_some());
                found.components += usize::from(entry.component.is_some());
                says_all = entry.level.is_some() && has_time;
            } else {
                found.below += usize::from(!found.shapes.is_empty());
            }
            if !says_all && found.examples.len() < 2 {
                found
                    .examples
                    .push(String::from_utf8_lossy(line).into_owned());
            }
        }
        found
    }

    /// How many lines begin an entry.
    pub fn entries(&self) -> usize {
        self.shapes.values().sum()
    }

    /// How many belong to an entry.
    pub fn known(&self) -> usize {
        self.entries() + self.below
    }

    /// Whether any of the lines says this.
    pub fn has_any(&self, part: LinePart) -> bool {
        self.count(part) > 0
    }

    fn count(&self, part: LinePart) -> usize {
        match part {
            LinePart::Time => self.times,
            LinePart::Level => self.levels,
            LinePart::Component => self.components,
        }
    }

    /// Whether none of the lines, or hardly any, says this.
    pub fn lacks(&self, part: LinePart) -> bool {
        const MANY: usize = 100;
        let known = self.count(part);
        // What is below an entry need not say anything.
        let hardly_any = self.looks >= MANY && known * MANY < self.looks;
        self.lines > 0 && (known == 0 || hardly_any)
    }
}

fn looks_like_a_log(line: &[u8]) -> bool {
    let head = &line[..line.len().min(64)];
    let has_time = head.windows(5).any(|part| match part {
        [a, b, b':', c, d] => [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    });
    has_time && !matches!(line[0], b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::logs::dialect::PLAIN;

    #[test]
    fn what_no_line_says_is_lacking() {
        let of = |text: &str| Understood::of(text.as_bytes(), &PLAIN);

        let unknown = of("up at noon\nlost at one\n\n");
        let go = of("2026/11/22 20:14:27 up\n");
        let python = of("2026-11-22 20:14:27 [INFO] a: b\nTraceback\n");

        assert!(unknown.lacks(LinePart::Time) && unknown.lacks(LinePart::Level));
        assert_eq!(unknown.examples, ["up at noon", "lost at one"]);
        assert!(!go.lacks(LinePart::Time) && go.lacks(LinePart::Level));
        assert!(!python.lacks(LinePart::Level) && !python.lacks(LinePart::Component));
        assert_eq!((python.entries(), python.known()), (1, 2));
        assert!(!of("").lacks(LinePart::Level), "there is nothing");
    }

    #[test]
    fn a_line_in_a_hundred_is_hardly_any() {
        let one = "2026-11-22 20:14:27 [INFO] a: b\n";
        let other = format!("{one}{}", "at 20:14 o'clock it went up\n".repeat(200));
        let long = format!("{one}{}", "  File \"x.py\", line 12\nx = y\n".repeat(500));

        assert!(Understood::of(other.as_bytes(), &PLAIN).lacks(LinePart::Level));
        assert!(!Understood::of(long.as_bytes(), &PLAIN).lacks(LinePart::Level));
    }
}
