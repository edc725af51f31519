//! Several files in one order. Each is read a segment at a time; of a great many, only
//! those are read whose turn it may be.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};

use super::{Found, LogsError, at};
use crate::model::log_filter::Filter;
use crate::model::log_line;
use crate::os::log_files::{self, LogFile};
use crate::os::private_file::FileError;

/// So much of one file is read at a time, in bytes.
pub const LARGEST: u64 = 256 * 1024;

/// So much of all files is held in memory, about, in bytes.
const BUDGET: u64 = 4 * 1024 * 1024;

/// So much of each of them is read at a time, but no more than `largest`.
fn share(files: usize, largest: u64) -> u64 {
    (BUDGET / files.max(1) as u64).clamp(1024, largest)
}

/// So many files are open at a time, at most.
const OPEN: usize = 64;

/// Lets go of a file until it is read again, where there are too many of them.
pub fn rest(file: &LogFile, files: usize) {
    if files > OPEN {
        file.rest();
    }
}

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The first file.
    Sequence,
    /// The earliest entry; this is the local zone. Within one file the order is its own.
    Time(FixedOffset),
}

impl Order {
    /// The place of an entry: its time, where it has one and that matters.
    fn place(self, entry: &[u8]) -> Option<NaiveDateTime> {
        let Order::Time(here) = self else {
            return None;
        };
        let line = log_line::parse(log_line::split_line(entry).0)?;
        Some(line.time()?.wall(here))
    }

    /// The place of what has no entry with a time beside it.
    fn place_of(self, file: &LogFile) -> NaiveDateTime {
        match self {
            Order::Sequence => NaiveDateTime::MIN,
            Order::Time(here) => DateTime::<Utc>::from(file.modified()).naive_utc() + here,
        }
    }
}

/// Narrows the regions to the last `count` entries that are wanted in all files together.
pub fn last(
    files: &[LogFile],
    order: Order,
    filter: &Filter,
    mut regions: Vec<(u64, u64)>,
    count: usize,
) -> Result<Vec<(u64, u64)>, LogsError> {
    let size = share(files.len(), log_files::BLOCK);
    let mut backward: Vec<Backward<'_>> = Vec::new();
    // The latest is on top. What a file has next is looked for only once it may be its
    // turn: no entry of it is later than its last one.
    let mut turns = BinaryHeap::new();
    for (index, (file, region)) in files.iter().zip(&regions).enumerate() {
        let mut file = Backward::new(file, *region, size, order);
        turns.push((file.latest()?, index, Turn::MayBe));
        rest(file.file, files.len());
        backward.push(file);
    }
    // Nothing of a file whose turn does not come.
    let mut starts: Vec<u64> = regions.iter().map(|(_, end)| *end).collect();
    let mut missing = count;
    while missing > 0
        && let Some((place, index, turn)) = turns.pop()
    {
        let file = &mut backward[index];
        match turn {
            Turn::MayBe => {
                let next = file.next(filter, place)?;
                rest(file.file, files.len());
                if let Some(place) = next {
                    turns.push((place, index, Turn::Is));
                }
            }
            Turn::Is => {
                if let Some((start, _)) = file.found.pop() {
                    starts[index] = start;
                    missing -= 1;
                }
                turns.push((place, index, Turn::MayBe));
            }
        }
    }
    for (region, start) in regions.iter_mut().zip(starts) {
        region.0 = start;
    }
    Ok(regions)
}

/// Tells the entries of the regions that are wanted, and says how many there are.
pub fn tell(
    files: &[LogFile],
    order: Order,
    filter: &Filter,
    regions: &[(u64, u64)],
    mut tell: impl FnMut(Found<'_>) -> io::Result<()>,
) -> Result<u64, LogsError> {
    let size = share(files.len(), LARGEST);
    let mut told = 0;
    let mut held = 0;
    let mut again = Vec::new();
    let mut forward: Vec<Forward<'_>> = Vec::new();
    let mut turns = BinaryHeap::new();
    for (index, (file, region)) in files.iter().zip(regions).enumerate() {
        let mut file = Forward::new(file, *region, size, order);
        if region.0 < region.1 {
            turns.push(Reverse((file.earliest()?, index, Turn::MayBe)));
            rest(file.file, files.len());
        }
        forward.push(file);
    }
    while let Some(Reverse((place, index, turn))) = turns.pop() {
        let file = &mut forward[index];
        match turn {
            Turn::MayBe => {
                held -= file.buffer.capacity() as u64;
                let next = file.next(filter, place)?;
                held += file.buffer.capacity() as u64;
                if held > BUDGET {
                    held -= file.buffer.capacity() as u64;
                    file.buffer = Vec::new();
                }
                rest(file.file, files.len());
                if let Some(place) = next {
                    turns.push(Reverse((place, index, Turn::Is)));
                }
            }
            Turn::Is => {
                if let Some(entry) = file.found.pop_front() {
                    tell(file.show(&entry, &mut again)?).map_err(LogsError::Tell)?;
                    rest(file.file, files.len());
                    told += 1;
                }
                turns.push(Reverse((place, index, Turn::MayBe)));
            }
        }
    }
    Ok(told)
}

/// Whether an entry is there, or has to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    MayBe,
    Is,
}

/// A file from its end to its beginning.
struct Backward<'a> {
    file: &'a LogFile,
    order: Order,
    /// The entries of the last segment that are wanted; the next one stands at the end.
    found: Vec<(u64, Option<NaiveDateTime>)>,
    size: u64,
    least: u64,
    end: u64,
}

impl<'a> Backward<'a> {
    fn new(file: &'a LogFile, (least, end): (u64, u64), size: u64, order: Order) -> Self {
        Self {
            file,
            order,
            found: Vec::new(),
            size,
            least,
            end,
        }
    }

    /// No entry of the file has a later place.
    fn latest(&mut self) -> Result<NaiveDateTime, FileError> {
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
            let places = all.matching(&buffer, segment.grouping);
            places
                .filter_map(|range| self.order.place(&buffer[range]))
                .max()
        });
        Ok(latest.unwrap_or_else(|| self.order.place_of(self.file)))
    }

    /// Looks for the next entry and gives its place; `behind` is that of the entry behind
    /// it, which it has where it has none of its own.
    fn next(
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
            let found = filter.matching(&buffer, segment.grouping);
            // One that is earlier than those above it still comes behind them.
            let mut latest = None;
            self.found.extend(found.map(|range| {
                let start = segment.start + range.start as u64;
                latest = latest.max(self.order.place(&buffer[range]));
                (start, latest)
            }));
        }
        let next = self.found.last();
        Ok(next.map(|(_, place)| place.unwrap_or(behind)))
    }
}

/// A file from a place in it to its end.
struct Forward<'a> {
    file: &'a LogFile,
    order: Order,
    size: u64,
    /// The entries of the segment that are still to come.
    found: VecDeque<Place>,
    /// The text of the segment. Empty where too much is held: then each entry is read again
    /// when it is its turn.
    buffer: Vec<u8>,
    /// Where the segment in the buffer begins.
    start: u64,
    next: u64,
    most: u64,
}

/// Where an entry is.
struct Place {
    start: u64,
    end: u64,
    time: Option<NaiveDateTime>,
}

impl<'a> Forward<'a> {
    fn new(file: &'a LogFile, (next, most): (u64, u64), size: u64, order: Order) -> Self {
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
    fn earliest(&mut self) -> Result<NaiveDateTime, FileError> {
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
    fn next(
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
    fn show<'t>(&'t self, place: &Place, again: &'t mut Vec<u8>) -> Result<Found<'t>, FileError> {
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
