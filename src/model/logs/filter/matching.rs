//! The matching entries of a text.

use std::ops::Range;

use super::sieve::Hits;
use super::{Filter, is_below};
use crate::model::logs::dialect::Reading;

/// The places of the entries that are wanted, from the first to the last.
#[derive(Debug)]
pub struct Matching<'a> {
    filter: &'a Filter,
    reading: Reading<'a>,
    text: &'a [u8],
    /// The beginning of the first line that was not looked at.
    at: usize,
    /// Whether that line is known to begin an entry.
    begins: bool,
    /// Where entries of the wanted level may be, in a long text.
    hits: Option<Hits<'a>>,
}

impl Iterator for Matching<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.text.len() {
            let Candidate {
                start,
                behind,
                fits,
            } = self.candidate()?;
            self.begins |= fits || self.filter.text.is_some();
            if fits {
                self.at = self.end_of_entry(self.below(start));
                return Some(start..self.at);
            }
            self.at = behind;
        }
        None
    }
}

/// An entry that may be wanted.
struct Candidate {
    start: usize,
    /// From where on the next one is searched for, if this one does not match.
    behind: usize,
    fits: bool,
}

impl<'a> Matching<'a> {
    pub(super) fn new(filter: &'a Filter, text: &'a [u8], reading: Reading<'a>) -> Self {
        Self {
            filter,
            reading,
            text,
            at: 0,
            begins: false,
            hits: filter.sieve(text, reading).map(|it| Hits::new(it, text)),
        }
    }

    fn candidate(&mut self) -> Option<Candidate> {
        if let Some(hits) = &mut self.hits {
            let hit = hits.next(self.at)?;
            if !hits.is_journal(hit) {
                return Some(self.candidate_at(self.line_of(hit)));
            }
            // From here on every line is taken apart.
            self.at = self.line_of(hit);
            self.hits = None;
        }
        let start = match &self.filter.text {
            Some(text) => self.entry_of(text.find_line(self.text, self.at)?),
            None => self.next_line()?,
        };
        let below = self.below(start);
        let (head, length) = (&self.text[start..], below - start);
        let is_any = self.begins && self.filter.is_empty();
        let fits = is_any || self.filter.fits_head(head, length, self.reading);
        let behind = match &self.filter.text {
            Some(_) if !fits => self.end_of_entry(below),
            Some(_) | None => below,
        };
        Some(Candidate {
            start,
            behind,
            fits,
        })
    }

    /// The next line that is not seen at once to be below the wanted level: most of a long log are.
    fn next_line(&mut self) -> Option<usize> {
        let least = self
            .filter
            .level
            .filter(|_| self.reading.dialect.is_plain());
        if let Some(least) = least {
            while self.at < self.text.len() {
                let below = self.below(self.at);
                if !is_below(&self.text[self.at..below], least) {
                    break;
                }
                self.at = below;
            }
        }
        (self.at < self.text.len()).then_some(self.at)
    }

    /// The entry whose level may stand on a line: most begin there, and are taken apart once.
    fn candidate_at(&self, line: usize) -> Candidate {
        let judge = |start: usize| {
            let dialect = self.reading.dialect;
            let head = dialect.parse(&self.text[start..])?;
            Some(self.filter.fits_line(&head, dialect))
        };
        let (start, fits) = match judge(line) {
            Some(fits) if !may_be_second(&self.text[line..]) => (line, fits),
            Some(_) | None => {
                let start = self.head_of(line);
                (start, judge(start) == Some(true))
            }
        };
        Candidate {
            start,
            behind: self.below(line),
            fits,
        }
    }

    fn line_of(&self, place: usize) -> usize {
        let above = &self.text[self.at..place];
        memchr::memrchr(b'\n', above).map_or(self.at, |end| self.at + end + 1)
    }

    /// The beginning of the line below the one that begins at `start`.
    fn below(&self, start: usize) -> usize {
        memchr::memchr(b'\n', &self.text[start..]).map_or(self.text.len(), |end| start + end + 1)
    }

    fn end_of_entry(&self, mut below: usize) -> usize {
        while below < self.text.len() {
            let next = self.below(below);
            if self.reading.begins(&self.text[below..next]) {
                break;
            }
            below = next;
        }
        below
    }

    /// The beginning of the entry that a line belongs to.
    fn entry_of(&self, line: usize) -> usize {
        let mut start = line;
        while start > self.at && !self.reading.begins(&self.text[start..self.below(start)]) {
            start = self.line_of(start - 1);
        }
        start
    }

    /// The same where the level is on that line, which may be the second of a head.
    fn head_of(&self, line: usize) -> usize {
        let start = self.entry_of(line);
        let above = start.checked_sub(1).filter(|end| *end > self.at);
        let above = above.filter(|_| may_be_second(&self.text[start..]));
        let above = above.map(|end| self.line_of(end));
        above
            .filter(|above| self.reading.takes_below(&self.text[*above..]))
            .unwrap_or(start)
    }
}

/// Whether a line may be the second of a head: `SEVERE: message`.
fn may_be_second(line: &[u8]) -> bool {
    line[0].is_ascii_uppercase() && memchr::memchr(b':', &line[..line.len().min(16)]).is_some()
}
