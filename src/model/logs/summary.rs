//! A log in numbers.

use std::collections::{BTreeMap, HashMap};

use crate::model::logs::line::{Level, LogLine};
use crate::model::logs::time::Stamp;

/// What is counted of the entries of a log. Its size does not grow with theirs.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many there are.
    pub entries: u64,
    /// How many of them are lines of no known shape.
    pub unrecognised: u64,
    /// How many of each level, by [`Level::ALL`].
    pub levels: [u64; Level::ALL.len()],
    /// How many of each level that has a name of its own, and what it counts as.
    pub named: BTreeMap<String, (Level, u64)>,
    /// Who wrote how many.
    pub components: Tally,
    /// The messages of the errors. Those that differ in numbers only count as one, and
    /// stand here as the last of them.
    pub errors: Tally,
    /// The earliest time, as written.
    pub first: Option<String>,
    /// The latest time, as written.
    pub last: Option<String>,
    /// The time of the last entry that was added.
    latest: String,
}

impl Summary {
    /// Adds an entry by its first line; nothing for one without a known shape.
    pub fn add(&mut self, line: Option<&LogLine<'_>>) {
        self.entries += 1;
        let Some(line) = line else {
            self.unrecognised += 1;
            return;
        };
        match (line.level, line.label.as_deref()) {
            (Some(level), Some(label)) => self.add_named(cut(label), level, 1),
            (Some(level), None) => self.levels[level as usize] += 1,
            (None, _) => {}
        }
        if let Some(component) = line.component.as_deref() {
            self.components.add(cut(component), component, 1);
        }
        if line.level >= Some(Level::Error) {
            let message = String::from_utf8_lossy(&line.message);
            self.errors
                .add(&without_numbers(cut(&message)), &message, 1);
        }
        if let Some(timestamp) = line.timestamp.as_deref() {
            if self.latest.is_empty() {
                self.note_time(timestamp);
            }
            self.latest.clear();
            self.latest.push_str(timestamp);
        }
    }

    /// Of names there are few; where there are many, they are no levels.
    fn add_named(&mut self, label: &str, level: Level, times: u64) {
        const MOST: usize = 64;
        if let Some((_, count)) = self.named.get_mut(label) {
            *count += times;
        } else if self.named.len() < MOST {
            self.named.insert(label.to_owned(), (level, times));
        } else {
            self.levels[level as usize] += times;
        }
    }

    /// Ends a file: its times are in order, those of several need not be.
    pub fn end_file(&mut self) {
        let latest = std::mem::take(&mut self.latest);
        if !latest.is_empty() {
            self.note_time(&latest);
        }
    }

    /// Adds what was counted of the entries behind these.
    pub fn absorb(&mut self, behind: Self) {
        self.end_file();
        self.entries += behind.entries;
        for (count, more) in self.levels.iter_mut().zip(behind.levels) {
            *count += more;
        }
        self.unrecognised += behind.unrecognised;
        for (label, (level, count)) in behind.named {
            self.add_named(&label, level, count);
        }
        self.components.absorb(behind.components);
        self.errors.absorb(behind.errors);
        for timestamp in [behind.first, behind.last].into_iter().flatten() {
            self.note_time(&timestamp);
        }
    }

    fn note_time(&mut self, timestamp: &str) {
        let Some(here) = chrono::FixedOffset::east_opt(0) else {
            return;
        };
        let wall = |text: &str| Stamp::parse(text).map(|stamp| stamp.wall(here));
        let Some(time) = wall(timestamp) else {
            return;
        };
        let known = |text: &Option<String>| text.as_deref().and_then(wall);
        if known(&self.first).is_none_or(|first| time < first) {
            self.first = Some(timestamp.to_owned());
        }
        if known(&self.last).is_none_or(|last| time > last) {
            self.last = Some(timestamp.to_owned());
        }
    }
}

/// How often each of many texts was seen. If there are too many of them the rarest
/// are forgotten.
#[derive(Debug, Default)]
pub struct Tally {
    counts: HashMap<String, (u64, String)>,
    /// Whether some were forgotten: what is left may have been seen more often.
    pub forgot: bool,
}

impl Tally {
    /// So many are known at most.
    const MOST: usize = 4096;
    /// So many are left once there are too many.
    const KEPT: usize = 1024;

    fn add(&mut self, key: &str, shown: &str, times: u64) {
        if let Some((count, last)) = self.counts.get_mut(key) {
            *count += times;
            if last != shown {
                cut(shown).clone_into(last);
            }
            return;
        }
        if self.counts.len() == Self::MOST {
            self.forget();
        }
        self.counts.insert(key.into(), (times, cut(shown).into()));
    }

    fn absorb(&mut self, behind: Self) {
        self.forgot |= behind.forgot;
        for (key, (count, shown)) in behind.counts {
            self.add(&key, &shown, count);
        }
    }

    fn forget(&mut self) {
        let mut all: Vec<_> = self.counts.drain().collect();
        // Of those that are as frequent the names decide, so that each run gives the same.
        all.sort_unstable_by(|(one, (a, _)), (other, (b, _))| b.cmp(a).then(one.cmp(other)));
        all.truncate(Self::KEPT);
        self.counts.extend(all);
        self.forgot = true;
    }

    /// The most frequent, with their counts.
    pub fn top(&self, most: usize) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> = self
            .counts
            .values()
            .map(|(count, shown)| (shown.as_str(), *count))
            .collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all.truncate(most);
        all
    }

    /// How many different texts are known.
    pub fn len(&self) -> usize {
        self.counts.len()
    }
}

/// The beginning of a text, which is enough to tell it from others.
fn cut(text: &str) -> &str {
    const LONGEST: usize = 200;
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The same with `#` for each number in it.
fn without_numbers(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_ascii_digit() {
            key.push(character);
        } else if !key.ends_with('#') {
            key.push('#');
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::logs::line::parse;

    fn summary(lines: &[&str]) -> Summary {
        let mut summary = Summary::default();
        for line in lines {
            summary.add(parse(line.as_bytes()).as_ref());
        }
        summary.end_file();
        summary
    }

    #[test]
    fn entries_are_counted_by_level_and_component() {
        let summary = summary(&[
            "2026-11-22 20:14:24 [INFO] a: up",
            "2026-11-22 20:14:25 [INFO] b: up",
            "2026-11-22 20:14:26 [WARNING] a: low",
            "no entry",
        ]);

        assert_eq!(summary.entries, 4);
        assert_eq!(summary.levels, [0, 0, 2, 0, 1, 0, 0]);
        assert_eq!(summary.unrecognised, 1);
        assert_eq!(summary.components.top(9), [("a", 2), ("b", 1)]);
        assert_eq!(summary.first.as_deref(), Some("2026-11-22 20:14:24"));
        assert_eq!(summary.last.as_deref(), Some("2026-11-22 20:14:26"));
    }

    #[test]
    fn errors_that_differ_in_numbers_count_as_one() {
        let summary = summary(&[
            "2026-11-22 20:14:24 [ERROR] a: pid 18784 is there",
            "2026-11-22 20:14:25 [CRITICAL] a: pid 7 is there",
            "2026-11-22 20:14:26 [ERROR] a: lost",
            "2026-11-22 20:14:27 [INFO] a: lost",
        ]);

        assert_eq!(summary.errors.top(9), [("pid 7 is there", 2), ("lost", 1)]);
    }

    #[test]
    fn the_times_of_several_files_are_compared() {
        let mut summary = Summary::default();
        for line in [
            "2026-11-23 08:00:00 [INFO] a: x",
            "2026-11-22 08:00:00 [INFO] a: x",
            "2026-11-22 20:00:00+12:00 [INFO] a: x",
        ] {
            summary.add(parse(line.as_bytes()).as_ref());
            summary.end_file();
        }

        assert_eq!(summary.first.as_deref(), Some("2026-11-22 08:00:00"));
        assert_eq!(summary.last.as_deref(), Some("2026-11-23 08:00:00"));
    }

    #[test]
    fn what_is_counted_in_parts_is_the_same() {
        let lines = [
            "2026-11-22 20:14:24 [ERROR] a: pid 1",
            "2026-11-22 20:14:25 [INFO] b: x",
            "no entry",
            "2026-11-22 20:14:26 [ERROR] a: pid 2",
        ];
        for cut in 0..=lines.len() {
            let mut parts = summary(&lines[..cut]);
            parts.absorb(summary(&lines[cut..]));

            assert_eq!(parts.entries, 4);
            assert_eq!(parts.levels, [0, 0, 1, 0, 0, 2, 0]);
            assert_eq!(parts.components.top(9), [("a", 2), ("b", 1)]);
            assert_eq!(parts.errors.top(9), [("pid 2", 2)]);
            assert_eq!(parts.first.as_deref(), Some("2026-11-22 20:14:24"));
            assert_eq!(parts.last.as_deref(), Some("2026-11-22 20:14:26"));
        }
    }

    #[test]
    fn the_frequent_are_kept_when_there_are_too_many() {
        let mut tally = Tally::default();
        for number in 0..20_000 {
            tally.add("often", "often", 1);
            tally.add(&format!("once {number}"), "once", 1);
        }

        assert!(tally.forgot);
        assert!(tally.len() <= Tally::MOST);
        assert_eq!(tally.top(1), [("often", 20_000)]);
    }

    #[test]
    fn of_many_that_are_equally_frequent_as_many_as_may_be_are_kept() {
        let mut tally = Tally::default();
        for number in 0..Tally::KEPT + 100 {
            let text = format!("often {number}");
            for _ in 0..5 {
                tally.add(&text, &text, 1);
            }
        }
        for number in 0..Tally::MOST {
            let text = format!("once {number}");
            tally.add(&text, &text, 1);
        }

        let top = tally.top(Tally::KEPT);
        assert_eq!(top.len(), Tally::KEPT);
        assert!(top.iter().all(|(_, count)| *count == 5), "{:?}", top.last());
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let line = format!("2026-11-22 20:14:24 ERROR: x{}", "ä".repeat(300));

        let summary = summary(&[&line]);

        assert_eq!(summary.errors.top(1)[0].0.len(), 199);
    }
}
