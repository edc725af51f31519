//! The history (`history.jsonl` in the home folder): one line an event, appended in one step.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use super::private_file::{self, FileError};
use crate::model::history::{self, Counts, Event};

/// The history begins anew past this size, in bytes; one predecessor is kept.
const CAP: u64 = 1024 * 1024;

/// So much of its end is looked through for an event that is told already, in bytes.
const TAIL: u64 = 64 * 1024;

/// No more of one of the two files is read, in bytes: somebody else may have made it long.
const MOST: u64 = 4 * CAP;

/// So long others who write are waited for. What is done does not hang on its being told.
const PATIENCE: Duration = Duration::from_secs(2);

/// Appends an event, unless it is told already. Whether it was appended.
///
/// The file itself is the lock. Whoever is killed meanwhile leaves a line that is torn at most,
/// which the next ends; where there is no room, nothing stays of the line.
pub fn append(path: &Path, event: &Event) -> Result<bool, FileError> {
    let begin = Instant::now();
    let failed = |error| FileError::at("write history", path)(error);
    loop {
        let mut file = open(path)?;
        lock(&file, begin).map_err(failed)?;
        // Whoever had the lock before may have put another one in its place.
        if !is_still(&file, path) {
            continue;
        }
        let length = file.metadata().map_err(failed)?.len();
        if length > CAP {
            // The next turn writes a new one.
            private_file::rotate(path, CAP)?;
            continue;
        }
        return append_to(&mut file, length, path, event).map_err(failed);
    }
}

fn open(path: &Path) -> Result<File, FileError> {
    private_file::make_parent(path)?;
    let open = || private_file::open_ours(path, OpenOptions::new().read(true).append(true));
    let failed = FileError::at("open history", path);
    match open() {
        // Under its other name the content may be precious: that keeps it.
        Ok(file) if private_file::has_another_name(&file) => {
            private_file::remove(path)?;
            open().map_err(failed)
        }
        result => result.map_err(failed),
    }
}

fn lock(file: &File, begin: Instant) -> io::Result<()> {
    let mut pause = Duration::from_micros(100);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if begin.elapsed() < PATIENCE => {
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(io::ErrorKind::WouldBlock, "it is locked"));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn is_still(file: &File, path: &Path) -> bool {
    let (Ok(ours), Ok(there)) = (file.metadata(), path.symlink_metadata()) else {
        return false;
    };
    (ours.dev(), ours.ino()) == (there.dev(), there.ino())
}

fn append_to(file: &mut File, length: u64, path: &Path, event: &Event) -> io::Result<bool> {
    let predecessor = private_file::predecessor(path);
    let mut tail = Vec::new();
    if length < TAIL
        && let Some(before) = plain(&predecessor)?
    {
        end_of(&before, TAIL - length, &mut tail)?;
        // A line of the one is no line of the other.
        tail.push(b'\n');
    }
    let of_before = tail.len();
    end_of(file, TAIL, &mut tail)?;
    if history::is_told(&tail, event) {
        return Ok(false);
    }
    let mut line = Vec::new();
    if length == 0
        && let Some(before) = whole(&predecessor)?
    {
        line = Counts::of(&before).line()?;
    }
    line.extend(history::line_after(&tail[of_before..], event)?);
    let written = file.write(&line);
    if !matches!(written, Ok(count) if count == line.len()) {
        // Nothing half-written is left where that can be.
        let _ = file.set_len(length);
        written?;
        return Err(io::ErrorKind::StorageFull.into());
    }
    Ok(true)
}

/// Appends the last bytes of a file.
fn end_of(mut file: &File, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(most)))?;
    file.take(most).read_to_end(bytes)?;
    Ok(())
}

/// Opens what is there, if it is a regular file.
fn plain(path: &Path) -> io::Result<Option<File>> {
    match private_file::open_plain(path) {
        Ok(file) => Ok(file.metadata()?.is_file().then_some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn whole(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let Some(file) = plain(path)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    end_of(&file, MOST, &mut bytes)?;
    Ok(Some(bytes))
}

/// The whole history: what its predecessor has, too.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let read = |path: &Path| whole(path).map_err(FileError::at("read history", path));
    let current = read(path)?.unwrap_or_default();
    let Some(mut before) = read(&private_file::predecessor(path))? else {
        return Ok(current);
    };
    before.push(b'\n');
    before.extend(current);
    Ok(before)
}

/// A place in the history: in which of its files, and how many bytes behind its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    file: u64,
    at: u64,
}

/// Reads a place that was kept; nothing where none was.
pub fn read_place(path: &Path) -> Option<Place> {
    let text = whole(path).ok()??;
    serde_json::from_slice(&text).ok()
}

/// Keeps a place.
pub fn write_place(path: &Path, place: Place) -> Result<(), FileError> {
    let text = serde_json::to_vec(&place).map_err(io::Error::from);
    let text = text.map_err(FileError::at("write", path))?;
    private_file::write_quickly(path, &text)
}

/// The whole lines behind a place, each with the place behind it; all of them where there is none,
/// or where that file is gone.
pub fn read_behind(path: &Path, known: Option<Place>) -> Result<Vec<(Place, Vec<u8>)>, FileError> {
    let read = |path: &Path| -> Result<Option<(u64, Vec<u8>)>, FileError> {
        let failed = |error| FileError::at("read history", path)(error);
        let Some(file) = plain(path).map_err(failed)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        (&file).take(MOST).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some((file.metadata().map_err(failed)?.ino(), bytes)))
    };
    let before = read(&private_file::predecessor(path))?;
    let current = read(path)?;
    let is_known = |file: &Option<(u64, Vec<u8>)>| {
        let inode = file.as_ref().map(|(inode, _)| *inode);
        known.is_some_and(|known| inode == Some(known.file))
    };
    // Of an older one all is told already.
    let before = before.filter(|_| !is_known(&current));
    let mut lines = Vec::new();
    for (file, bytes) in before.into_iter().chain(current) {
        let known = known.filter(|known| known.file == file);
        let from = known.map_or(0, |known| known.at);
        let mut at = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            at += line.len() as u64;
            if at > from && line.ends_with(b"\n") {
                lines.push((Place { file, at }, line.to_owned()));
            }
        }
    }
    Ok(lines)
}

/// How often each kind of event has come; nothing is known where the history cannot be read.
pub fn counts(path: &Path) -> Counts {
    let text = whole(path).ok().flatten();
    // Between two histories the older one has it all.
    let text = text.filter(|text| !text.is_empty());
    let before = || whole(&private_file::predecessor(path)).ok().flatten();
    Counts::of(&text.or_else(before).unwrap_or_default())
}

/// The times of a daemon's crashes within the last day. Of the history only as much of its end
/// is read as is needed.
pub fn late_crashes(
    path: &Path,
    daemon: &str,
    now: DateTime<FixedOffset>,
) -> Vec<DateTime<FixedOffset>> {
    let Ok(Some(file)) = plain(path) else {
        return Vec::new();
    };
    let since = now - history::LATELY;
    let mut most = TAIL;
    loop {
        let mut tail = Vec::new();
        let length = match file.metadata() {
            Ok(metadata) => metadata.len(),
            Err(_) => return Vec::new(),
        };
        tail.resize(usize::try_from(length.min(most)).unwrap_or_default(), 0);
        if file
            .read_exact_at(&mut tail, length.saturating_sub(most))
            .is_err()
        {
            return Vec::new();
        }
        let reaches_back = history::first_time(&tail).is_some_and(|first| first < since);
        if reaches_back || most >= MOST {
            return history::crashes(&tail, daemon, now);
        }
        if most >= length {
            let before = whole(&private_file::predecessor(path)).ok().flatten();
            let mut found = history::crashes(&before.unwrap_or_default(), daemon, now);
            found.extend(history::crashes(&tail, daemon, now));
            return found;
        }
        most *= 4;
    }
}
