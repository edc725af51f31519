//! One log file: its bytes and its lines.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Local};

use crate::model::logs::dialect::Grouping;
use crate::model::logs::dialect::{Dialect, Hints, Reading, Zone};
use crate::model::logs::understood::Understood;
use crate::os::private_file::FileError;

/// So much is read at a time.
pub const BLOCK: u64 = 64 * 1024;

/// So much is read first where the next line is searched for, which is near in most logs.
pub(super) const FIRST: u64 = 4 * 1024;

/// So much of its beginning and its end tells how a file is read.
const SAMPLE: u64 = 16 * 1024;

/// A log file, as long as it was when it was opened. Of a great many all are held: it is small.
#[derive(Debug)]
pub struct LogFile {
    folder: Arc<PathBuf>,
    name: Box<OsStr>,
    file: RefCell<Option<Arc<File>>>,
    identity: FileIdentity,
    length: u64,
    /// In nanoseconds since 1970.
    modified: i64,
    /// Where the first entry of a known shape begins, once that is known.
    first_entry: Cell<u64>,
    hints: Option<Arc<Hints>>,
    /// How its lines are read, once that is known.
    dialect: OnceCell<Dialect>,
    /// Where its text is, if that is not all of the file.
    place: Option<Box<Place>>,
}

/// A part of a file.
#[derive(Debug, Clone, Copy)]
struct Place {
    begin: u64,
    /// The file is another than the log.
    is_unpacked: bool,
}

const UNKNOWN: u64 = u64::MAX;

/// Which file it is, whatever its name: device and inode.
pub type FileIdentity = (u64, u64);

impl LogFile {
    /// Opens a file, which must be a plain one or a link to one.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Self::try_open(path).map_err(FileError::at("read log file", path))
    }

    /// Opens one of many in a folder.
    pub fn open_in(folder: &Arc<PathBuf>, name: Box<OsStr>) -> Result<Self, FileError> {
        let path = folder.join(&*name);
        let opened = Self::of(&path, Arc::clone(folder), name);
        opened.map_err(FileError::at("read log file", &path))
    }

    pub(super) fn try_open(path: &Path) -> io::Result<Self> {
        let folder = path.parent().unwrap_or(path).to_owned();
        let name = path.file_name().unwrap_or_default().into();
        Self::of(path, Arc::new(folder), name)
    }

    fn of(path: &Path, folder: Arc<PathBuf>, name: Box<OsStr>) -> io::Result<Self> {
        // Opening a FIFO would wait for somebody to write into it.
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
            .open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a file"));
        }
        Ok(Self {
            folder,
            name,
            file: RefCell::new(Some(Arc::new(file))),
            identity: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: {
                let seconds = metadata.mtime().saturating_mul(1_000_000_000);
                seconds.saturating_add(metadata.mtime_nsec())
            },
            first_entry: Cell::new(UNKNOWN),
            hints: None,
            dialect: OnceCell::new(),
            place: None,
        })
    }

    /// The same, read as the configuration says.
    #[must_use]
    pub fn with(self, hints: &Arc<Hints>) -> Self {
        Self {
            hints: Some(Arc::clone(hints)),
            ..self
        }
    }

    /// The same log, whose text is a part of another file.
    pub(super) fn instead(self, file: Arc<File>, begin: u64, length: u64) -> Self {
        Self {
            file: RefCell::new(Some(file)),
            length,
            place: Some(Box::new(Place {
                begin,
                is_unpacked: true,
            })),
            ..self
        }
    }

    /// The same log from behind the zeros at its beginning on; all of it, if it has nothing
    /// else.
    pub(super) fn behind_hole(self) -> io::Result<Self> {
        let file = self.handle()?;
        // What was never written need not be read.
        let data = rustix::fs::seek(&file, rustix::fs::SeekFrom::Data(0));
        let mut at = data.unwrap_or_default();
        let mut buffer = Vec::new();
        while at < self.length {
            self.read(at, self.length.min(at + 4 * BLOCK), &mut buffer)?;
            if let Some(text) = buffer.iter().position(|byte| *byte != 0) {
                let begin = at + text as u64;
                return Ok(Self {
                    length: self.length - begin,
                    place: Some(Box::new(Place {
                        begin,
                        is_unpacked: false,
                    })),
                    ..self
                });
            }
            if buffer.is_empty() {
                break;
            }
            at += buffer.len() as u64;
        }
        Ok(self)
    }

    /// How many zeros in front of its text are passed over.
    pub fn hole(&self) -> u64 {
        let hole = self.place.as_ref().filter(|place| !place.is_unpacked);
        hole.map_or(0, |place| place.begin)
    }

    fn begin(&self) -> u64 {
        self.place.as_ref().map_or(0, |place| place.begin)
    }

    /// Where its text ends in the file.
    pub(super) fn end(&self) -> u64 {
        self.begin() + self.length
    }

    /// How a part of it is read.
    pub fn reading(&self, grouping: Grouping) -> Reading<'_> {
        Reading {
            grouping,
            dialect: self.dialect(),
        }
    }

    /// How its lines are read: what they are is seen at its beginning, and the zone of their
    /// times at its end.
    pub fn dialect(&self) -> &Dialect {
        self.dialect.get_or_init(|| {
            let modified = DateTime::<Local>::from(self.modified()).fixed_offset();
            let hints = self.hints.as_deref().cloned().unwrap_or_default();
            let mut dialect = Dialect::new(&hints, modified);
            let mut buffer = Vec::new();
            // What cannot be read is told where it is read for its own sake.
            let _ = self.read(0, self.length.min(SAMPLE), &mut buffer);
            dialect.learn(&buffer);
            if hints.zone == Zone::Known && modified.offset().local_minus_utc() != 0 {
                let _ = self.read(self.length.saturating_sub(SAMPLE), self.length, &mut buffer);
                let mut lines = buffer.rsplit(|byte| *byte == b'\n');
                let newest = lines.find_map(|line| dialect.parse(line)?.time());
                if let Some(newest) = newest {
                    dialect.learn_zone(newest, modified);
                }
            }
            dialect
        })
    }

    /// How much is understood of its last thousand lines.
    pub fn understood(&self) -> io::Result<Understood> {
        const LINES: usize = 1000;
        const MOST: u64 = 128 * 1024;
        let least = self.length.saturating_sub(MOST);
        let (start, _) = self.count_back(LINES, least)?;
        let mut buffer = Vec::new();
        self.read(start, self.length, &mut buffer)?;
        // Where it begins within a line, that is none.
        let cut = if start == least && start > 0 {
            memchr::memchr(b'\n', &buffer).map_or(0, |newline| newline + 1)
        } else {
            0
        };
        Ok(Understood::of(&buffer[cut..], self.dialect()))
    }

    /// Another handle for it.
    pub(super) fn handle(&self) -> io::Result<File> {
        match &*self.file.borrow() {
            Some(file) => file.try_clone(),
            None => File::open(self.path()),
        }
    }

    /// The same file once more, for another thread.
    pub fn again(&self) -> io::Result<Self> {
        Ok(Self {
            folder: Arc::clone(&self.folder),
            name: self.name.clone(),
            file: RefCell::new(Some(Arc::new(self.handle()?))),
            first_entry: self.first_entry.clone(),
            hints: self.hints.clone(),
            dialect: self.dialect.clone(),
            place: self.place.clone(),
            ..*self
        })
    }

    /// Lets go of the file until it is read again: of a great many, only some may be open
    /// at a time.
    pub fn rest(&self) {
        if !self.place.as_ref().is_some_and(|place| place.is_unpacked) {
            self.file.take();
        }
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&*self.name)
    }

    /// Where its first entry of a known shape begins, if that is known.
    pub(super) fn known_first_entry(&self) -> Option<u64> {
        Some(self.first_entry.get()).filter(|known| *known != UNKNOWN)
    }

    pub(super) fn begin_at(&self, first_entry: u64) {
        self.first_entry.set(first_entry);
    }

    /// Which file it is.
    pub fn identity(&self) -> FileIdentity {
        self.identity
    }

    /// How long it was when it was opened, or where it is taken to end.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// When it was written to last.
    pub fn modified(&self) -> SystemTime {
        DateTime::from_timestamp_nanos(self.modified).into()
    }

    /// Takes it to end behind its last newline: what is written there is half a line.
    pub fn end_at_last_line(&mut self) -> io::Result<()> {
        self.length = self.line_start(self.length, &mut Vec::new())?;
        Ok(())
    }

    /// Whether its last line has an end. Of an empty file it is the one before it.
    pub fn ends_with_line(&self) -> io::Result<bool> {
        let mut last = Vec::new();
        self.read(self.length.saturating_sub(1), self.length, &mut last)?;
        Ok(last.is_empty() || last == b"\n")
    }

    /// Where its last `lines` lines begin, but not before `least`, and how many there are.
    /// The newline at the very end ends the last line; it does not begin one.
    pub fn count_back(&self, lines: usize, least: u64) -> io::Result<(u64, usize)> {
        if lines == 0 || self.length <= least {
            return Ok((self.length, 0));
        }
        let mut buffer = Vec::new();
        let mut end = self.length - 1;
        let mut found = 0;
        while end > least {
            let start = end.saturating_sub(BLOCK).max(least);
            self.read(start, end, &mut buffer)?;
            for newline in memchr::memrchr_iter(b'\n', &buffer) {
                found += 1;
                if found == lines {
                    return Ok((start + newline as u64 + 1, found));
                }
            }
            end = start;
        }
        Ok((least, found + 1))
    }

    /// Tells the bytes from `start` to `end`, block by block.
    pub fn copy(
        &self,
        mut start: u64,
        end: u64,
        mut tell: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut buffer = Vec::new();
        while start < end {
            self.read(start, end.min(start + BLOCK), &mut buffer)?;
            if buffer.is_empty() {
                // It was cut shorter meanwhile.
                return Ok(());
            }
            start += buffer.len() as u64;
            tell(&buffer)?;
        }
        Ok(())
    }

    /// The beginning of the line that the byte before `from` is in, or `from` where
    /// that byte is a newline.
    pub(super) fn line_start(&self, from: u64, buffer: &mut Vec<u8>) -> io::Result<u64> {
        let mut end = from;
        while end > 0 {
            let start = end.saturating_sub(4 * BLOCK);
            self.read(start, end, buffer)?;
            if let Some(newline) = memchr::memrchr(b'\n', buffer) {
                return Ok(start + newline as u64 + 1);
            }
            end = start;
        }
        Ok(0)
    }

    /// The beginning of the line below the one that `from` is in.
    pub(super) fn line_end(
        &self,
        mut from: u64,
        most: u64,
        buffer: &mut Vec<u8>,
    ) -> io::Result<u64> {
        let mut size = FIRST;
        while from < most {
            self.read(from, most.min(from + size), buffer)?;
            if let Some(newline) = memchr::memchr(b'\n', buffer) {
                return Ok(from + newline as u64 + 1);
            }
            if buffer.is_empty() {
                break;
            }
            from += buffer.len() as u64;
            size = (4 * BLOCK).min(size * 2);
        }
        Ok(most)
    }

    /// Reads from `start` to `end`, or to where the file ends by now. Where it is gone, or
    /// another was put in its place, nothing is read.
    pub fn read(&self, start: u64, end: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
        let mut held = self.file.borrow_mut();
        if held.is_none() {
            match Self::try_open(&self.path()) {
                Ok(now) if now.identity == self.identity => *held = now.file.take(),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let Some(file) = &*held else {
            buffer.clear();
            return Ok(());
        };
        // The ranges asked for are a few blocks long.
        let length = usize::try_from(end.saturating_sub(start)).map_err(io::Error::other)?;
        buffer.resize(length, 0);
        let mut done = 0;
        while done < length {
            match file.read_at(&mut buffer[done..], self.begin() + start + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        buffer.truncate(done);
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::os::log_files::tail_from;
    use proptest::prelude::*;
    use std::fs;

    pub fn file(content: &[u8]) -> (tempfile::TempDir, LogFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, content).unwrap();
        let file = LogFile::open(&path).unwrap();
        (folder, file)
    }

    /// The plain way: all of it in memory.
    fn naive_tail(content: &[u8], lines: usize) -> Vec<u8> {
        let parts: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
        parts[parts.len().saturating_sub(lines)..].concat()
    }

    fn assert_tail(content: &[u8], lines: usize) {
        let (_folder, file) = file(content);
        let mut tail: Vec<u8> = Vec::new();

        let (start, found) = file.count_back(lines, 0).unwrap();
        file.copy(start, file.length(), |block| {
            tail.extend(block);
            Ok(())
        })
        .unwrap();

        assert!(
            tail == naive_tail(content, lines),
            "not the last {lines} lines"
        );
        let all = content.split_inclusive(|byte| *byte == b'\n').count();
        assert_eq!(found, all.min(lines));
    }

    #[test]
    fn lines_across_block_edges_are_whole() {
        for edge in [4096, 8192, 65536, 65536 * 2, 65536 * 4] {
            for length in edge - 3..=edge + 3 {
                let mut content = b"first\n".to_vec();
                content.extend("ä".repeat(length / 2).bytes());
                content.resize(length + 6, b'x');
                content.extend(b"\nlast\n");
                for lines in [1, 2, 3] {
                    assert_tail(&content, lines);
                }
            }
        }
    }

    #[test]
    fn a_file_that_cannot_be_opened_again_is_an_error_unless_it_is_gone() {
        let (folder, file) = file(b"here\n");
        let path = folder.path().join("a.log");
        let mut buffer = Vec::new();
        let mut read = || {
            file.rest();
            file.read(0, 4, &mut buffer).map(|()| buffer.clone())
        };
        assert_eq!(read().unwrap(), b"here");

        fs::rename(&path, folder.path().join("old.log")).unwrap();
        assert_eq!(read().unwrap(), b"");
        fs::write(&path, "another").unwrap();
        assert_eq!(read().unwrap(), b"");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("a.log", &path).unwrap();
        assert!(read().is_err(), "a link to itself");
        fs::remove_file(&path).unwrap();
        fs::rename(folder.path().join("old.log"), &path).unwrap();
        assert_eq!(read().unwrap(), b"here");
    }

    #[test]
    fn no_more_than_the_end_is_read_for_a_look() {
        let (_folder, file) = file(&vec![b'x'; 3 * 1024 * 1024]);

        let tail = tail_from(&file.path(), 0, 20).unwrap();

        assert_eq!(tail.len(), 256 * 1024);
    }

    #[test]
    fn what_is_no_file_is_an_error_with_its_path() {
        let error = LogFile::open(Path::new("/nowhere/a.log")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read log file '/nowhere/a.log'");

        // Nobody will ever write into this one.
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("a.log");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        assert!(LogFile::open(&fifo).is_err());
        assert!(LogFile::open(Path::new("/")).is_err());
        assert!(LogFile::open(Path::new("/dev/null")).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn our_tail_is_the_naive_tail(
            parts in proptest::collection::vec(
                prop_oneof![
                    4 => proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..80),
                    // Around the size of a block.
                    1 => (65_530..65_540_usize).prop_map(|length| vec![b'x'; length]),
                    1 => Just("ä".repeat(32_768).into_bytes()),
                    1 => Just(b"\r\n".to_vec()),
                ],
                0..8,
            ),
            lines in 0_usize..40,
        ) {
            assert_tail(&parts.concat(), lines);
        }
    }
}
