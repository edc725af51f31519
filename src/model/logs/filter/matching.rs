//! The entries of a text that are wanted.

use std::ops::Range;

use super::Filter;
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
    /// Heads of lines that are below the wanted level, the last ones.
    below: [&'a [u8]; HEADS],
}

/// So many heads are remembered: one for each level of each of a few components.
const HEADS: usize = 16;

impl Iterator for Matching<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.text.len() {
            let start = match &self.filter.text {
                Some(text) => {
                    let line = text.find_line(self.text, self.at)?;
                    self.entry_of(line)
                }
                None => self.at,
            };
            let below = self.below(start);
            let line = &self.text[start..below];
            if self.filter.text.is_none() && self.is_known_below(line) {
                self.at = below;
                continue;
            }
            let fits = (self.begins && self.filter.is_empty())
                || self
                    .filter
                    .fits_head(&self.text[start..], below - start, self.reading);
            if !fits && self.filter.text.is_none() {
                if let Some(head) = self.filter.head_below(line, self.reading) {
                    self.below.rotate_right(1);
                    self.below[0] = head;
                }
                self.at = below;
                continue;
            }
            self.at = self.end_of_entry(below);
            self.begins = true;
            if fits {
                return Some(start..self.at);
            }
        }
        None
    }
}

impl<'a> Matching<'a> {
    pub(super) fn new(filter: &'a Filter, text: &'a [u8], reading: Reading<'a>) -> Self {
        Self {
            filter,
            reading,
            text,
            at: 0,
            begins: false,
            below: [&[]; HEADS],
        }
    }

    /// Whether a line has the head of one that was below the wanted level, but for its digits.
    /// Most lines of a long log are passed over here.
    fn is_known_below(&self, line: &[u8]) -> bool {
        let same = |(a, b): (&u8, &u8)| a == b || (a.is_ascii_digit() && b.is_ascii_digit());
        let mut heads = self.below.iter().take_while(|head| !head.is_empty());
        heads.any(|head| line.len() > head.len() && head.iter().zip(line).all(same))
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
        let mut end = self.below(start);
        while start > self.at && !self.reading.begins(&self.text[start..end]) {
            end = start;
            let above = &self.text[self.at..start - 1];
            start = memchr::memrchr(b'\n', above).map_or(self.at, |end| self.at + end + 1);
        }
        start
    }
}
