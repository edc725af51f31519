//! The entries of one log or of several.

mod backward;
pub mod follow;
mod forward;
mod moment;
mod order;
mod place;

pub use self::moment::{ceiling, floor, since, until};

use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use chrono::Local;

use self::place::Order;
use crate::model::logs::dialect::Hints;
use crate::model::logs::filter::Filter;
use crate::model::logs::summary::Summary;
use crate::model::logs::understood::{LinePart, Understood};
use crate::os::log_files::{LogFile, Named, Unpacked};
use crate::os::private_file::FileError;

/// Why entries are not told.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] FileError),
    /// Whoever is told cannot take it.
    #[error("cannot write")]
    Tell(#[source] io::Error),
}

/// Logs that are read as one.
#[derive(Debug)]
pub struct Logs {
    files: Vec<LogFile>,
    order: Order,
}

/// An entry that is told.
#[derive(Debug, Clone, Copy)]
pub struct FoundEntry<'a> {
    /// The file that it is in.
    pub file: &'a LogFile,
    /// Where it begins in there.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// Its text, or the beginning of one that is too long for memory.
    pub text: &'a [u8],
}

impl FoundEntry<'_> {
    /// Tells the text that is behind [`FoundEntry::text`], in blocks.
    pub fn rest(&self, tell: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let start = self.start + self.text.len() as u64;
        self.file.copy(start, self.end, tell)
    }
}

impl Logs {
    /// One file after the other.
    pub fn in_sequence(files: Vec<LogFile>) -> Self {
        Self {
            files,
            order: Order::Sequence,
        }
    }

    /// Put together in the order of time. Files that cannot be read are left out, and
    /// given back as errors.
    pub fn in_time(names: Vec<Named>, hints: &Arc<Hints>) -> (Self, Vec<FileError>) {
        let count = names.len();
        let mut files = Vec::with_capacity(count);
        let mut left_out = Vec::new();
        let mut unpacked = Unpacked::default();
        // From the newest on: what is packed is unpacked as long as there is room for it.
        for (folder, name) in names.into_iter().rev() {
            match LogFile::open_in(&folder, name).and_then(|file| plain(file, &mut unpacked)) {
                Ok(file) => {
                    order::rest(&file, count);
                    files.push(file.with(hints));
                }
                Err(error) => left_out.push(error),
            }
        }
        files.reverse();
        left_out.reverse();
        let order = Order::Time(*Local::now().offset());
        (Self { files, order }, left_out)
    }

    /// Of several daemons, in the order of time, each read as it is read alone.
    pub fn of_several(files: Vec<LogFile>) -> Self {
        let order = Order::Time(*Local::now().offset());
        Self { files, order }
    }

    /// The files alone.
    pub fn into_files(self) -> Vec<LogFile> {
        self.files
    }

    /// The files.
    pub fn files(&self) -> &[LogFile] {
        &self.files
    }

    /// The files of which no line, or hardly any, says what a filter asks for: what that is,
    /// and what was seen. Of a great many the newest are looked at; none where one says it.
    pub fn lacking(
        &self,
        filter: &Filter,
    ) -> Result<Option<(&LogFile, LinePart, Understood)>, LogsError> {
        const MOST: usize = 64;
        for part in LinePart::asked(filter) {
            let mut lacking = None;
            for file in self.files.iter().rev().take(MOST) {
                let understood = at(file, file.understood())?;
                order::rest(file, self.files.len());
                if understood.lines > 0 && !understood.lacks(part) {
                    lacking = None;
                    break;
                }
                if understood.lines > 0 {
                    lacking.get_or_insert((file, part, understood));
                }
            }
            if lacking.is_some() {
                return Ok(lacking);
            }
        }
        Ok(None)
    }

    /// Takes the last file to end behind its last newline: what stands behind it is half
    /// of a line that is being written.
    pub fn end_at_last_line(&mut self) -> Result<(), LogsError> {
        if let Some(file) = self.files.last_mut() {
            let ended = file.end_at_last_line();
            at(file, ended)?;
        }
        Ok(())
    }

    /// Tells the last `lines` lines byte for byte as `tail -n` gives them, as if the files
    /// were one, and how many there are.
    pub fn last_lines(
        &self,
        lines: usize,
        mut tell: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<usize, LogsError> {
        let mut starts = Vec::new();
        let mut found = 0;
        // Whether the first line that was found may have begun in the file before.
        let mut is_open = false;
        for file in self.files.iter().rev() {
            let joins = is_open && !at(file, file.ends_with_line())?;
            let wanted = lines - found + usize::from(joins);
            if wanted == 0 {
                break;
            }
            let (start, more) = at(file, file.count_back(wanted, 0))?;
            starts.push((file, start));
            found += more - usize::from(joins);
            is_open = (start == 0 && file.length() > 0) || (is_open && file.length() == 0);
            if found == lines && !is_open {
                break;
            }
        }
        for (file, start) in starts.into_iter().rev() {
            let mut refused = None;
            let copied = file.copy(start, file.length(), |block| {
                tell(block).map_err(|error| {
                    let kind = error.kind();
                    refused = Some(error);
                    kind.into()
                })
            });
            match refused {
                Some(error) => return Err(LogsError::Tell(error)),
                None => at(file, copied)?,
            }
        }
        Ok(found)
    }

    /// Tells the last `count` entries that are wanted, or all of them, in their order, and
    /// says how many there are.
    pub fn last(
        &self,
        filter: &Filter,
        count: Option<usize>,
        tell: impl FnMut(FoundEntry<'_>) -> io::Result<()>,
    ) -> Result<u64, LogsError> {
        let regions = self.regions(filter)?;
        let regions = match count {
            Some(count) => order::last(&self.files, self.order, filter, regions, count)?,
            None => regions,
        };
        order::tell(&self.files, self.order, filter, &regions, tell)
    }

    /// Counts the entries that are wanted. A long file is counted in parts, side by side.
    pub fn summary(&self, filter: &Filter) -> Result<Summary, LogsError> {
        const LONG: u64 = 16 * 1024 * 1024;
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let mut summary = Summary::default();
        for (file, region) in self.files.iter().zip(self.regions(filter)?) {
            if region.1 - region.0 < LONG {
                summary.absorb(count(file, region, filter)?);
                order::rest(file, self.files.len());
                continue;
            }
            let parts = at(file, file.parts(region, threads.min(8) as u64))?;
            let counted: Vec<Result<Summary, FileError>> = thread::scope(|scope| {
                let counting: Vec<_> = parts
                    .into_iter()
                    .map(|part| {
                        let file = at(file, file.again())?;
                        Ok(scope.spawn(move || count(&file, part, filter)))
                    })
                    .collect();
                counting
                    .into_iter()
                    .map(|part: Result<_, FileError>| match part?.join() {
                        Ok(counted) => counted,
                        Err(panic) => std::panic::resume_unwind(panic),
                    })
                    .collect()
            });
            for part in counted {
                summary.absorb(part?);
            }
            order::rest(file, self.files.len());
        }
        Ok(summary)
    }

    /// Where in each file entries may be wanted.
    fn regions(&self, filter: &Filter) -> Result<Vec<(u64, u64)>, FileError> {
        let (since, until) = (filter.since.map(floor), filter.until.map(ceiling));
        self.files
            .iter()
            .map(|file| {
                let start = match since {
                    Some(since) => at(file, file.first_since(|stamp| stamp.is_before(since)))?,
                    None => 0,
                };
                let end = match until {
                    Some(until) => at(file, file.end_until(|stamp| stamp.is_after(until)))?,
                    None => file.length(),
                };
                order::rest(file, self.files.len());
                Ok((start, end.max(start)))
            })
            .collect()
    }
}

/// A log as plain text.
pub fn plain(file: LogFile, unpacked: &mut Unpacked) -> Result<LogFile, FileError> {
    let path = file.path();
    let plain = unpacked.plain(file);
    plain.map_err(FileError::at("read log file", &path))
}

/// Counts the wanted entries of a part of a file.
fn count(
    file: &LogFile,
    (mut start, end): (u64, u64),
    filter: &Filter,
) -> Result<Summary, FileError> {
    let mut summary = Summary::default();
    let mut buffer = Vec::new();
    while let Some(segment) = at(file, file.after(start, end, order::LARGEST, &mut buffer))? {
        for range in filter.matching(&buffer, file.reading(segment.grouping)) {
            summary.add(file.dialect().parse(&buffer[range]).as_ref());
        }
        start = segment.end;
    }
    summary.end_file();
    Ok(summary)
}

/// A failure in reading a file.
fn at<T>(file: &LogFile, result: io::Result<T>) -> Result<T, FileError> {
    result.map_err(FileError::at("read log file", &file.path()))
}
