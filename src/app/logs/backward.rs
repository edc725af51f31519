//! A file from its end to its beginning, entry by entry.

use chrono::NaiveDateTime;

use super::at;
use super::place::{Order, within};
use crate::model::logs::filter::Filter;
use crate::os::log_files::LogFile;
use crate::os::private_file::FileError;

/// A file from its end to its beginning.
pub struct Backward<'a> {
    /// Which.
    pub file: &'a LogFile,
    order: Order,
    /// The entries of the last segment that are wanted; the next one is at the end.
    found: Vec<EntryStart>,
    size: u64,
    /// It grows to this while nothing is found.
    largest: u64,
    least: u64,
    end: u64,
}

/// Where in the segment an entry begins, and its place. Of many files many are held.
struct EntryStart {
    start: u32,
    time: Option<NaiveDateTime>,
}

impl<'a> Backward<'a> {
    /// A part of a file, about so many bytes at a time: at first, and at most.
    pub fn new(
        file: &'a LogFile,
        (least, end): (u64, u64),
        (size, largest): (u64, u64),
        order: Order,
    ) -> Self {
        Self {
            file,
            order,
            found: Vec::new(),
            size,
            largest,
            least,
            end,
        }
    }

    /// No entry of the file has a later place.
    pub fn latest(&mut self) -> Result<NaiveDateTime, FileError> {
        if self.order == Order::Sequence {
            return Ok(NaiveDateTime::MIN);
        }
        let mut buffer = Vec::new();
        let before = self
            .file
            .before(self.end, self.least, self.size, &mut buffer);
        let segment = at(self.file, before)?;
        let latest = segment.and_then(|segment| {
            let all = Filter::default();
            let places = all.matching(&buffer, self.file.reading(segment.grouping));
            places
                .filter_map(|range| self.order.place(self.file, &buffer[range]))
                .max()
        });
        Ok(latest.unwrap_or_else(|| self.order.place_of(self.file)))
    }

    /// Looks for the next entry and gives its place; `behind` is that of the entry behind
    /// it, which it has where it has none of its own.
    pub fn next(
        &mut self,
        filter: &Filter,
        behind: NaiveDateTime,
    ) -> Result<Option<NaiveDateTime>, FileError> {
        let mut buffer = Vec::new();
        while self.found.is_empty() {
            let before = self
                .file
                .before(self.end, self.least, self.size, &mut buffer);
            let Some(segment) = at(self.file, before)? else {
                break;
            };
            self.end = segment.start;
            self.size = self.largest.min(2 * self.size);
            let found = filter.matching(&buffer, self.file.reading(segment.grouping));
            // One that is earlier than those above it still comes behind them.
            let mut latest = None;
            self.found = found
                .map(|range| {
                    let start = within(range.start);
                    latest = latest.max(self.order.place(self.file, &buffer[range]));
                    EntryStart {
                        start,
                        time: latest,
                    }
                })
                .collect();
            self.found.shrink_to_fit();
        }
        let next = self.found.last();
        Ok(next.map(|place| place.time.unwrap_or(behind)))
    }

    /// Where the entry begins that was searched for.
    pub fn take(&mut self) -> Option<u64> {
        let place = self.found.pop()?;
        Some(self.end + u64::from(place.start))
    }
}
