//! Lines that are written one after the other, gathered into entries.

use super::log_filter::{Filter, Grouping};
use super::log_line;

/// An entry is judged by so much of its beginning, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Gathers lines into entries and tells those that are wanted. An entry has ended when
/// the next one begins; or when nothing was written for a while: then it is told without
/// what may come late, which is told by itself.
#[derive(Debug)]
pub struct Gather {
    filter: Filter,
    entry: Vec<u8>,
    /// Whether an entry of a known shape has been there: until then each line is one.
    grouping: Grouping,
    /// Of the entry that was judged before it ended: whether it is wanted.
    judged: Option<bool>,
}

impl Gather {
    /// Where nothing stands above.
    pub fn new(filter: Filter) -> Self {
        Self::below(filter, Grouping::Lines, false)
    }

    /// `grouping` is that of what stands above; `wanted`, whether the last entry of it is.
    pub fn below(filter: Filter, grouping: Grouping, wanted: bool) -> Self {
        Self {
            judged: Some(wanted),
            filter,
            entry: Vec::new(),
            grouping,
        }
    }

    /// Takes lines, and tells the entries that have ended with them.
    pub fn push(&mut self, lines: &[u8], tell: &mut dyn FnMut(&[u8])) {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            if log_line::begins_entry(line) {
                self.end(tell);
                self.judged = None;
                self.grouping = Grouping::Entries;
            } else if self.grouping == Grouping::Lines {
                self.end(tell);
                self.judged = None;
            }
            match self.judged {
                Some(true) => tell(line),
                Some(false) => {}
                None => self.entry.extend(line),
            }
            if self.entry.len() >= LONGEST {
                self.end(tell);
            }
        }
    }

    /// Nothing was written for a while: what is there is an entry.
    pub fn end(&mut self, tell: &mut dyn FnMut(&[u8])) {
        if self.entry.is_empty() {
            return;
        }
        let mut matching = self.filter.matching(&self.entry, self.grouping);
        let wanted = matching.next().is_some();
        if wanted {
            tell(&self.entry);
        }
        self.entry.clear();
        self.judged = Some(wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log_filter::Text;
    use crate::model::log_line::Level;

    const ERROR: &str = "2026-11-22 20:14:24 ERROR: lost\n";
    const INFO: &str = "2026-11-22 20:14:25 INFO: up\n";

    /// What is told of lines that are written; an empty one stands for a while of quiet.
    fn told(filter: Filter, grouping: Grouping, written: &[&str]) -> Vec<String> {
        gathered(Gather::below(filter, grouping, false), written)
    }

    fn gathered(mut gather: Gather, written: &[&str]) -> Vec<String> {
        let mut told = Vec::new();
        let mut tell = |entry: &[u8]| told.push(String::from_utf8(entry.to_vec()).unwrap());
        for lines in written {
            gather.push(lines.as_bytes(), &mut tell);
            if lines.is_empty() {
                gather.end(&mut tell);
            }
        }
        told
    }

    fn grep(text: &str) -> Filter {
        Filter {
            text: Some(Text::literal(text)),
            ..Filter::default()
        }
    }

    fn errors() -> Filter {
        Filter {
            level: Some(Level::Error),
            ..Filter::default()
        }
    }

    #[test]
    fn an_entry_is_told_when_the_next_one_begins() {
        let written = [ERROR, "deep\n", "below\n", INFO];

        let told = told(grep("deep"), Grouping::Entries, &written);

        assert_eq!(told, [format!("{ERROR}deep\nbelow\n")]);
    }

    #[test]
    fn an_entry_is_told_when_it_is_quiet() {
        let told = told(errors(), Grouping::Entries, &[INFO, ERROR, ""]);

        assert_eq!(told, [ERROR]);
    }

    #[test]
    fn what_comes_late_is_told_where_its_entry_was() {
        let written = [ERROR, "", "late\n", "", INFO, "", "not wanted\n", ""];

        assert_eq!(
            told(errors(), Grouping::Entries, &written),
            [ERROR, "late\n"]
        );
    }

    #[test]
    fn an_entry_that_does_not_end_is_not_waited_for() {
        let line = "x".repeat(LONGEST / 4) + "\n";
        let written = [ERROR, &line, &line, &line, &line, "more\n"];

        let told = told(errors(), Grouping::Entries, &written);

        assert_eq!(told.len(), 2, "the beginning, and what comes after it");
        assert_eq!(told[1], "more\n");
    }

    #[test]
    fn without_an_entry_above_each_line_is_one() {
        let written = ["one\ntwo\n", "three\n", "", ERROR, "below two\n", ""];

        let told = told(grep("two"), Grouping::Lines, &written);

        assert_eq!(told, ["two\n".to_owned(), format!("{ERROR}below two\n")]);
    }

    #[test]
    fn lines_below_what_stands_above_are_told_where_that_is_wanted() {
        let below = |wanted| {
            let gather = Gather::below(grep("lost"), Grouping::Entries, wanted);
            gathered(gather, &["below\n", "", "more\n", INFO, "not this\n", ""])
        };

        assert_eq!(below(true), ["below\n", "more\n"]);
        assert_eq!(below(false), [""; 0]);
    }

    #[test]
    fn where_nothing_stands_above_each_line_is_one() {
        let told = gathered(Gather::new(grep("two")), &["one\n", "two\n", "three\n", ""]);

        assert_eq!(told, ["two\n"]);
    }
}
