//! A file from a place in it to its end, entry by entry.

use std::collections::VecDeque;

use chrono::NaiveDateTime;

use super::order::Order;
use super::{Found, at};
use crate::model::log_filter::Filter;
use crate::os::log_files::{self, LogFile};
use crate::os::private_file::FileError;

/// A file from a place in it to its end.
pub struct Forward<'a> {
    /// Which.
    pub file: &'a LogFile,
    order: Order,
    size: u64,
    /// The entries of the segment that are still to come.
    pub found: VecDeque<Place>,
    /// The text of the segment. Empty where too much is held: then each entry is read again
    /// when it is its turn.
    pub buffer: Vec<u8>,
    /// Where the segment in the buffer begins.
    start: u64,
    next: u64,
    most: u64,
}

/// Where an entry is.
pub struct Place {
    start: u64,
    end: u64,
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
            let mut places = all.matching(&buffer, segment.grouping);
            earliest = places.find_map(|range| self.order.place(&buffer[range]));
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
            let whole = segment.end == segment.start + self.buffer.len() as u64;
            let buffer = &self.buffer;
            let found = filter.matching(buffer, segment.grouping);
            self.found.extend(found.map(|range| Place {
                start: segment.start + range.start as u64,
                end: if whole {
                    segment.start + range.end as u64
                } else {
                    segment.end
                },
                time: self.order.place(&buffer[range]),
            }));
        }
        let next = self.found.front();
        Ok(next.map(|place| place.time.unwrap_or(above)))
    }

    /// An entry with its text, which is read into `again` where it is not held.
    #[allow(clippy::cast_possible_truncation)] // Both are within the buffer.
    pub fn show<'t>(
        &'t self,
        place: &Place,
        again: &'t mut Vec<u8>,
    ) -> Result<Found<'t>, FileError> {
        let text = if self.buffer.is_empty() {
            let end = place.end.min(place.start + log_files::LONGEST);
            at(self.file, self.file.read(place.start, end, again))?;
            &again[..]
        } else {
            let start = (place.start - self.start) as usize;
            let end = self.buffer.len().min((place.end - self.start) as usize);
            &self.buffer[start..end]
        };
        Ok(Found {
            file: self.file,
            start: place.start,
            end: place.end,
            text,
        })
    }
}
