//! A file from a place in it to its end, entry by entry.

use std::collections::VecDeque;

use chrono::NaiveDateTime;

use super::place::{Order, within};
use super::{FoundEntry, at};
use crate::model::logs::filter::Filter;
use crate::os::log_files::LogFile;
use crate::os::private_file::FileError;

/// A file from a place in it to its end.
pub struct Forward<'a> {
    /// Which.
    pub file: &'a LogFile,
    order: Order,
    size: u64,
    /// The entries of the segment that are still to come.
    found: VecDeque<EntrySpan>,
    /// The text of the segment. Empty where too much is held: then each entry is read again
    /// when it is its turn.
    pub buffer: Vec<u8>,
    /// Where the segment begins.
    start: u64,
    /// Where it ends.
    next: u64,
    /// Whether it is a single entry that is too long, of which the buffer has the beginning.
    is_cut: bool,
    most: u64,
}

/// Where in the segment the text of an entry is. Of many files many are held.
struct EntrySpan {
    start: u32,
    end: u32,
    time: Option<NaiveDateTime>,
}

impl<'a> Forward<'a> {
    /// A part of a file, about `size` bytes at a time.
    pub fn new(file: &'a LogFile, (next, most): (u64, u64), size: u64, order: Order) -> Self {
        Self {
            file,
            order,
            size,
            found: VecDeque::new(),
            buffer: Vec::new(),
            start: next,
            next,
            is_cut: false,
            most,
        }
    }

    /// No entry of the file has an earlier place.
    pub fn earliest(&mut self) -> Result<NaiveDateTime, FileError> {
        if self.order == Order::Sequence {
            return Ok(NaiveDateTime::MIN);
        }
        let mut buffer = Vec::new();
        let mut start = self.next;
        let mut earliest = None;
        // Lines above the first entry have its place.
        while earliest.is_none()
            && let Some(segment) = at(
                self.file,
                self.file.after(start, self.most, self.size, &mut buffer),
            )?
        {
            let all = Filter::default();
            let mut places = all.matching(&buffer, self.file.reading(segment.grouping));
            earliest = places.find_map(|range| self.order.place(self.file, &buffer[range]));
            start = segment.end;
        }
        Ok(earliest.unwrap_or_else(|| self.order.place_of(self.file)))
    }

    /// Looks for the next entry and gives its place; `above` is that of the entry above
    /// it, which it has where it has none of its own.
    pub fn next(
        &mut self,
        filter: &Filter,
        above: NaiveDateTime,
    ) -> Result<Option<NaiveDateTime>, FileError> {
        while self.found.is_empty() {
            let after = self
                .file
                .after(self.next, self.most, self.size, &mut self.buffer);
            let Some(segment) = at(self.file, after)? else {
                // The memory is for those that go on.
                self.buffer = Vec::new();
                break;
            };
            (self.start, self.next) = (segment.start, segment.end);
            if self.buffer.capacity() as u64 > 2 * self.size {
                self.buffer.shrink_to_fit();
            }
            self.is_cut = segment.end > segment.start + self.buffer.len() as u64;
            let buffer = &self.buffer;
            let found = filter.matching(buffer, self.file.reading(segment.grouping));
            self.found.extend(found.map(|range| EntrySpan {
                start: within(range.start),
                end: within(range.end),
                time: self.order.place(self.file, &buffer[range]),
            }));
            self.found.shrink_to_fit();
        }
        let next = self.found.front();
        Ok(next.map(|place| place.time.unwrap_or(above)))
    }

    /// The entry that was searched for, with its text, which is read into `again` where it is
    /// not held.
    pub fn take<'t>(
        &'t mut self,
        again: &'t mut Vec<u8>,
    ) -> Result<Option<FoundEntry<'t>>, FileError> {
        let Some(place) = self.found.pop_front() else {
            return Ok(None);
        };
        let start = self.start + u64::from(place.start);
        let end = self.start + u64::from(place.end);
        let text = if self.buffer.is_empty() {
            at(self.file, self.file.read(start, end, again))?;
            &again[..]
        } else {
            &self.buffer[place.start as usize..place.end as usize]
        };
        Ok(Some(FoundEntry {
            file: self.file,
            start,
            end: if self.is_cut { self.next } else { end },
            text,
        }))
    }
}
