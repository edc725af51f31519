//! Gathers lines that arrive one after another into entries.

use crate::model::logs::dialect::Grouping;
use crate::model::logs::dialect::{Dialect, PLAIN, Reading};
use crate::model::logs::filter::Filter;

/// An entry is judged by so much of its beginning, in bytes.
const LONGEST: usize = 1024 * 1024;

/// What is reported about entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gathered<'a> {
    /// A whole one.
    Entry(&'a [u8]),
    /// The beginning of one that is too long to be gathered.
    Begin(&'a [u8]),
    /// More of that one.
    More(&'a [u8]),
    /// That one has ended.
    End,
}

/// Gathers lines into entries and tells those that are wanted. An entry has ended when
/// the next one begins; or when nothing was written for a while: then it is reported without
/// what may come late, which is reported by itself.
#[derive(Debug)]
pub struct Gather {
    filter: Filter,
    dialect: Dialect,
    entry: Vec<u8>,
    /// Whether an entry of a known shape has been there: until then each line is one.
    grouping: Grouping,
    /// Of the entry that was judged before it ended: whether it is wanted.
    judged: Option<bool>,
    /// The beginning of an entry was told, and its end was not.
    is_open: bool,
    /// What was pushed last is the beginning of a line.
    in_line: bool,
}

impl Gather {
    /// If nothing is above.
    pub fn new(filter: Filter) -> Self {
        Self::below(filter, Grouping::Lines, false)
    }

    /// Reads the lines in this way, as far as they are known.
    #[must_use]
    pub fn reading(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// How lines are read by now.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// `grouping` is that of what is above; `wanted`, whether the last entry of it is.
    pub fn below(filter: Filter, grouping: Grouping, wanted: bool) -> Self {
        Self {
            judged: Some(wanted),
            filter,
            dialect: PLAIN.clone(),
            entry: Vec::new(),
            grouping,
            is_open: false,
            in_line: false,
        }
    }

    /// Takes lines, and tells the entries that have ended with them. One that is too long
    /// may come in pieces.
    pub fn push(&mut self, lines: &[u8], tell: &mut dyn FnMut(Gathered<'_>)) {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let goes_on = std::mem::replace(&mut self.in_line, !line.ends_with(b"\n"));
            if !goes_on {
                self.begin(line, tell);
            }
            match self.judged {
                Some(true) if self.is_open => tell(Gathered::More(line)),
                Some(true) if self.in_line => {
                    tell(Gathered::Begin(line));
                    self.is_open = true;
                }
                Some(true) => tell(Gathered::Entry(line)),
                Some(false) => {}
                None => self.entry.extend(line),
            }
            if self.entry.len() >= LONGEST {
                self.is_open = self.judge();
                if self.is_open {
                    tell(Gathered::Begin(&self.entry));
                }
                self.entry.clear();
            }
        }
    }

    /// Nothing was written for a while: what is there is an entry.
    pub fn quiet(&mut self, tell: &mut dyn FnMut(Gathered<'_>)) {
        if !self.in_line {
            self.end(tell);
        }
    }

    /// A line begins, and with it an entry, if it is the first of one.
    fn begin(&mut self, line: &[u8], tell: &mut dyn FnMut(Gathered<'_>)) {
        // What is above has told it in most logs.
        if !self.dialect.is_learned() {
            self.dialect.learn(line);
        }
        let begins = self.dialect.begins(line);
        if begins || self.grouping == Grouping::Lines {
            self.end(tell);
            self.judged = None;
        }
        if begins {
            self.grouping = Grouping::Entries;
        }
    }

    fn end(&mut self, tell: &mut dyn FnMut(Gathered<'_>)) {
        if std::mem::take(&mut self.is_open) {
            tell(Gathered::End);
        }
        if self.entry.is_empty() {
            return;
        }
        if self.judge() {
            tell(Gathered::Entry(&self.entry));
        }
        self.entry.clear();
    }

    fn judge(&mut self) -> bool {
        let reading = Reading {
            grouping: self.grouping,
            dialect: &self.dialect,
        };
        let mut matching = self.filter.matching(&self.entry, reading);
        let wanted = matching.next().is_some();
        self.judged = Some(wanted);
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::logs::filter::Text;
    use crate::model::logs::line::Level;

    const ERROR: &str = "2026-11-22 20:14:24 ERROR: lost\n";
    const INFO: &str = "2026-11-22 20:14:25 INFO: up\n";

    /// What is reported about lines that are written; an empty one stands for a while of quiet.
    fn told(filter: Filter, grouping: Grouping, written: &[&str]) -> Vec<String> {
        gathered(Gather::below(filter, grouping, false), written)
    }

    fn gathered(mut gather: Gather, written: &[&str]) -> Vec<String> {
        let mut told = Vec::new();
        let mut tell = |part: Gathered<'_>| {
            let text = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap();
            match part {
                Gathered::Entry(whole) => told.push(text(whole)),
                Gathered::Begin(begin) => told.push(text(begin)),
                Gathered::More(more) => told.last_mut().unwrap().push_str(&text(more)),
                Gathered::End => {}
            }
        };
        for lines in written {
            gather.push(lines.as_bytes(), &mut tell);
            if lines.is_empty() {
                gather.quiet(&mut tell);
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

        let mut parts = Vec::new();
        let mut gather = Gather::new(errors());
        for lines in written {
            gather.push(lines.as_bytes(), &mut |part| {
                parts.push(match part {
                    Gathered::Entry(_) => "entry",
                    Gathered::Begin(_) => "begin",
                    Gathered::More(_) => "more",
                    Gathered::End => "end",
                });
            });
        }

        assert_eq!(parts, ["begin", "more"]);
        let written = [&written[..], &["", "late\n", INFO, ERROR, ""]].concat();
        let told = told(errors(), Grouping::Entries, &written);
        assert_eq!(told.len(), 3, "the long one, what is late, the next");
        assert!(told[0] == [ERROR, &line.repeat(4), "more\n"].concat());
        assert_eq!(told[1..], ["late\n", ERROR]);
    }

    #[test]
    fn a_line_that_comes_in_pieces_is_one() {
        let piece = "x".repeat(LONGEST);
        // What looks like an entry within a line is none.
        let long = [&ERROR[..ERROR.len() - 1], &piece, INFO].concat();
        let pieces = [
            &long[..LONGEST],
            "",
            &long[LONGEST..long.len() - INFO.len()],
            INFO,
            "",
            INFO,
        ];
        let late = [ERROR, "", &piece, &piece, "\n", "", INFO];

        assert!(told(errors(), Grouping::Entries, &pieces) == [long]);
        assert!(told(errors(), Grouping::Entries, &late) == [ERROR, &(piece.repeat(2) + "\n")]);
        let lines = [&piece[..], "two", &piece, "\n", "", "two\n", ""];
        assert_eq!(
            told(grep("two"), Grouping::Lines, &lines),
            ["two\n"],
            "it is judged by its beginning"
        );
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
