//! Several files in one order. Each is read a segment at a time; of very many files, only those
//! are read whose turn it may be.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;

use super::backward::Backward;
use super::forward::Forward;
use super::place::Order;
use super::{FoundEntry, LogsError};
use crate::model::logs::filter::Filter;
use crate::os::log_files::{self, LogFile};

/// So much of one file is read at a time, in bytes.
pub const LARGEST: u64 = 256 * 1024;

/// So much of all files is held in memory, about, in bytes.
const BUDGET: u64 = 4 * 1024 * 1024;

/// So much of each of them is read at a time, but at most `largest`.
fn share(files: usize, largest: u64) -> u64 {
    (BUDGET / files.max(1) as u64).clamp(1024, largest)
}

/// So many files are open at a time, at most.
const OPEN: usize = 64;

/// Lets go of a file until it is read again, if there are too many of them.
pub fn rest(file: &LogFile, files: usize) {
    if files > OPEN {
        file.rest();
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
    let sizes = [log_files::BLOCK, LARGEST].map(|largest| share(files.len(), largest));
    let new = |index: usize, region| Backward::new(&files[index], region, sizes.into(), order);
    // The latest is on top. What a file has next is searched for only once it may be its
    // turn: no entry of it is later than its last one.
    let mut turns = BinaryHeap::with_capacity(files.len());
    for (index, region) in regions.iter().enumerate() {
        turns.push((new(index, *region).latest()?, small(index), Turn::MayBe));
        rest(&files[index], files.len());
    }
    // Those that are not read to their beginnings.
    let mut reading: HashMap<usize, Backward<'_>> = HashMap::new();
    // Nothing of a file whose turn does not come.
    let mut starts: Vec<u64> = regions.iter().map(|(_, end)| *end).collect();
    let mut missing = count;
    while missing > 0
        && let Some((place, index, turn)) = turns.pop()
    {
        let number = index as usize;
        let file = reading
            .entry(number)
            .or_insert_with(|| new(number, regions[number]));
        match turn {
            Turn::MayBe => {
                let next = file.next(filter, place)?;
                rest(file.file, files.len());
                match next {
                    Some(place) => turns.push((place, index, Turn::Is)),
                    None => drop(reading.remove(&number)),
                }
            }
            Turn::Is => {
                if let Some(start) = file.take() {
                    starts[number] = start;
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
    mut tell: impl FnMut(FoundEntry<'_>) -> io::Result<()>,
) -> Result<u64, LogsError> {
    let size = share(files.len(), LARGEST);
    let new = |index: usize| Forward::new(&files[index], regions[index], size, order);
    let mut told = 0;
    let mut held = 0;
    let mut again = Vec::new();
    let mut reading: HashMap<usize, Forward<'_>> = HashMap::new();
    let mut turns = BinaryHeap::new();
    for (index, region) in regions.iter().enumerate() {
        if region.0 < region.1 {
            turns.push(Reverse((new(index).earliest()?, small(index), Turn::MayBe)));
            rest(&files[index], files.len());
        }
    }
    while let Some(Reverse((place, index, turn))) = turns.pop() {
        let number = index as usize;
        let file = reading.entry(number).or_insert_with(|| new(number));
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
                match next {
                    Some(place) => turns.push(Reverse((place, index, Turn::Is))),
                    None => drop(reading.remove(&number)),
                }
            }
            Turn::Is => {
                if let Some(entry) = file.take(&mut again)? {
                    tell(entry).map_err(LogsError::Tell)?;
                    told += 1;
                }
                rest(file.file, files.len());
                turns.push(Reverse((place, index, Turn::MayBe)));
            }
        }
    }
    Ok(told)
}

/// The number of a file: there are no more in a folder.
#[allow(clippy::cast_possible_truncation)]
fn small(index: usize) -> u32 {
    index as u32
}

/// Whether an entry is there, or has to be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    MayBe,
    Is,
}
