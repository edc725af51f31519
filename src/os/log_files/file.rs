//! One log file, forwards and backwards.

use std::cell::{Cell, RefCell};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::model::log_filter::Grouping;
use crate::model::log_line;
use crate::model::log_time::Stamp;
use crate::os::private_file::FileError;

/// So much is read at a time.
pub const BLOCK: u64 = 64 * 1024;

/// So much is read first where the next line is looked for, which is near in most logs.
const FIRST: u64 = 4 * 1024;

/// An entry longer than this is not held in memory: it is judged by its beginning.
pub const LONGEST: u64 = 1024 * 1024;

/// A log file, as long as it was when it was opened.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: RefCell<Option<File>>,
    identity: Identity,
    length: u64,
    modified: SystemTime,
    /// Where the first entry of a known shape begins, once that is known.
    first_entry: Cell<Option<u64>>,
}

/// Which file it is, whatever its name: device and inode.
pub type Identity = (u64, u64);

/// Whole entries that follow one another in a file, or the beginning of a single one that
/// is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Where it begins.
    pub start: u64,
    /// Where the next one begins. The text that was read may be shorter.
    pub end: u64,
    /// How its lines make entries.
    pub grouping: Grouping,
}

impl LogFile {
    /// Opens a file, which must be a plain one or a link to one.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Self::try_open(path).map_err(FileError::at("read log file", path))
    }

    pub(super) fn try_open(path: &Path) -> io::Result<Self> {
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
            path: path.to_owned(),
            file: RefCell::new(Some(file)),
            identity: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: metadata.modified()?,
            first_entry: Cell::new(None),
        })
    }

    /// Another handle for it.
    pub(super) fn handle(&self) -> io::Result<File> {
        match &*self.file.borrow() {
            Some(file) => file.try_clone(),
            None => File::open(&self.path),
        }
    }

    /// The same file once more, for another thread.
    pub fn again(&self) -> io::Result<Self> {
        Ok(Self {
            path: self.path.clone(),
            file: RefCell::new(Some(self.handle()?)),
            first_entry: self.first_entry.clone(),
            ..*self
        })
    }

    /// Parts of about the same size, each of whole entries.
    pub fn parts(&self, (start, end): (u64, u64), count: u64) -> io::Result<Vec<(u64, u64)>> {
        let first = self.first_entry()?;
        let mut parts = Vec::new();
        let mut from = start;
        for part in 1..=count {
            let about = start + (end - start) / count * part;
            let to = if part == count {
                end
            } else if about < first {
                self.entry_after(about, end, Grouping::Lines)?
            } else {
                self.entry_after(about, end, Grouping::Entries)?
            };
            if from < to {
                parts.push((from, to));
                from = to;
            }
        }
        Ok(parts)
    }

    /// Lets go of the file until it is read again: of a great many, only some may be open
    /// at a time.
    pub fn rest(&self) {
        self.file.take();
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which file it is.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// How long it was when it was opened, or where it is taken to end.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// When it was written to last.
    pub fn modified(&self) -> SystemTime {
        self.modified
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

    /// The segment that begins at `start`, which is the beginning of an entry, and its
    /// text. It ends at `most` at the latest, and is about `size` long, in bytes.
    pub fn after(
        &self,
        start: u64,
        most: u64,
        mut size: u64,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Option<Segment>> {
        if start >= most {
            return Ok(None);
        }
        let first = self.first_entry()?;
        let (grouping, most) = if start < first {
            (Grouping::Lines, most.min(first))
        } else {
            (Grouping::Entries, most)
        };
        let segment = |end| {
            Some(Segment {
                start,
                end,
                grouping,
            })
        };
        loop {
            let end = most.min(start + size);
            self.read(start, end, buffer)?;
            let read = start + buffer.len() as u64;
            if read < end {
                // It was cut shorter meanwhile.
                return Ok(segment(read).filter(|_| read > start));
            }
            if end == most {
                return Ok(segment(most));
            }
            if let Some(cut) = last_entry(buffer, grouping) {
                buffer.truncate(cut);
                return Ok(segment(start + cut as u64));
            }
            if size >= LONGEST {
                break;
            }
            size = LONGEST.min(size * 2);
        }
        // One that is too long. Its last line here may also be the first of another entry,
        // of which too little was seen.
        let from = memchr::memrchr(b'\n', buffer).unwrap_or(0) as u64 + 1;
        let end = self.entry_after(start + from, most, grouping)?;
        self.read(start, end.min(start + LONGEST), buffer)?;
        Ok(segment(end))
    }

    /// The segment that ends at `end`, where an entry begins or the file ends, and its
    /// text. It begins at `least` at the earliest, where an entry begins, too, and is about
    /// `size` long, in bytes.
    pub fn before(
        &self,
        end: u64,
        least: u64,
        mut size: u64,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Option<Segment>> {
        if end <= least {
            return Ok(None);
        }
        let first = self.first_entry()?;
        let (grouping, least) = if end > first {
            (Grouping::Entries, least.max(first))
        } else {
            (Grouping::Lines, least)
        };
        let segment = |start| {
            Some(Segment {
                start,
                end,
                grouping,
            })
        };
        loop {
            let start = end.saturating_sub(size).max(least);
            self.read(start, end, buffer)?;
            if start == least {
                return Ok(segment(start));
            }
            if let Some(cut) = first_entry(buffer, grouping) {
                buffer.drain(..cut);
                return Ok(segment(start + cut as u64));
            }
            if size >= LONGEST {
                break;
            }
            size = LONGEST.min(size * 2);
        }
        // One that is too long.
        let start = self.entry_before(end - size, least, grouping, buffer)?;
        self.read(start, end.min(start + LONGEST), buffer)?;
        Ok(segment(start))
    }

    /// Where the first entry of a known shape begins; the end where there is none.
    pub fn first_entry(&self) -> io::Result<u64> {
        if let Some(known) = self.first_entry.get() {
            return Ok(known);
        }
        let found = self.entry_after(0, self.length, Grouping::Entries)?;
        self.first_entry.set(Some(found));
        Ok(found)
    }

    /// Where the first entry begins that is not `too_early`, or one not far before it, if
    /// entries are in the order of time: it is looked for by halves.
    pub fn first_since(&self, too_early: impl Fn(Stamp) -> bool) -> io::Result<u64> {
        let mut low = self.first_entry()?;
        let mut high = self.length;
        while high - low > BLOCK {
            let middle = low + (high - low) / 2;
            match self.stamp_after(middle, high)? {
                Some((at, stamp)) if too_early(stamp) => low = at,
                Some(_) | None => high = middle,
            }
        }
        // Writers on several threads are a little out of order.
        let first = self.first_entry()?;
        let low = low.saturating_sub(BLOCK);
        if low <= first {
            return Ok(first);
        }
        self.entry_after(low, self.length, Grouping::Entries)
    }

    /// Where the entries end that are not `too_late`, or not far behind that.
    pub fn end_until(&self, too_late: impl Fn(Stamp) -> bool) -> io::Result<u64> {
        let mut low = self.first_entry()?;
        let mut high = self.length;
        while high - low > BLOCK {
            let middle = low + (high - low) / 2;
            match self.stamp_after(middle, high)? {
                Some((at, stamp)) if !too_late(stamp) => low = at,
                Some(_) | None => high = middle,
            }
        }
        let high = self.length.min(high + BLOCK);
        self.entry_after(high, self.length, Grouping::Entries)
    }

    /// The first entry with a time at or behind `from`, and that time.
    fn stamp_after(&self, from: u64, most: u64) -> io::Result<Option<(u64, Stamp)>> {
        let mut found = None;
        let at = self.line_after(from, most, |line| {
            found = log_line::parse(line).and_then(|line| line.time());
            found.is_some()
        })?;
        Ok(found.map(|stamp| (at, stamp)))
    }

    /// Where the first entry begins at or behind `from`, which need not be the beginning
    /// of a line; `most` where there is none before it.
    fn entry_after(&self, from: u64, most: u64, grouping: Grouping) -> io::Result<u64> {
        self.line_after(from, most, |line| grouping.begins(line))
    }

    /// Where the first line begins at or behind `from` that fits; `most` where there is none
    /// before it. Each is read once, or twice where it is longer than a block.
    fn line_after(
        &self,
        from: u64,
        most: u64,
        mut fits: impl FnMut(&[u8]) -> bool,
    ) -> io::Result<u64> {
        let mut buffer = Vec::new();
        let mut at = if from == 0 {
            0
        } else {
            // It may be the beginning of a line: the newline is in front of it.
            self.line_end(from - 1, most, &mut buffer)?
        };
        let mut size = FIRST;
        while at < most {
            self.read(at, most.min(at + size), &mut buffer)?;
            let mut start = 0;
            for newline in memchr::memchr_iter(b'\n', &buffer) {
                if fits(&buffer[start..newline]) {
                    return Ok(at + start as u64);
                }
                start = newline + 1;
            }
            let is_end = at + buffer.len() as u64 == most;
            if is_end || (start == 0 && size == BLOCK) {
                // The last line, or one that is longer than a block.
                at += start as u64;
                self.read(at, most.min(at + LONGEST), &mut buffer)?;
                if fits(log_line::split_line(&buffer).0) {
                    return Ok(at);
                }
                at = self.line_end(at, most, &mut buffer)?;
            } else {
                at += start as u64;
            }
            size = BLOCK.min(size * 2);
        }
        Ok(most)
    }

    /// Where the last entry begins at or before `from`; `least` where that is behind it.
    fn entry_before(
        &self,
        from: u64,
        least: u64,
        grouping: Grouping,
        buffer: &mut Vec<u8>,
    ) -> io::Result<u64> {
        let mut start = self.line_start(from + 1, buffer)?;
        while start > least {
            self.read(start, self.length.min(start + LONGEST), buffer)?;
            if grouping.begins(log_line::split_line(buffer).0) {
                return Ok(start);
            }
            let block = start.saturating_sub(4 * BLOCK).max(least);
            self.read(block, start, buffer)?;
            if let Some(entry) = last_entry(buffer, grouping) {
                return Ok(block + entry as u64);
            }
            start = self.line_start(block + 1, buffer)?;
        }
        Ok(least)
    }

    /// The beginning of the line that the byte before `from` stands in, or `from` where
    /// that byte is a newline.
    fn line_start(&self, from: u64, buffer: &mut Vec<u8>) -> io::Result<u64> {
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

    /// The beginning of the line below the one that `from` stands in.
    fn line_end(&self, mut from: u64, most: u64, buffer: &mut Vec<u8>) -> io::Result<u64> {
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
            match Self::try_open(&self.path) {
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
            match file.read_at(&mut buffer[done..], start + done as u64) {
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

/// The first entry that begins behind the first newline.
fn first_entry(text: &[u8], grouping: Grouping) -> Option<usize> {
    let mut start = memchr::memchr(b'\n', text)? + 1;
    while start < text.len() {
        let (line, below) = log_line::split_line(&text[start..]);
        if grouping.begins(line) {
            return Some(start);
        }
        start = text.len() - below.len();
    }
    None
}

/// The last entry whose first line is whole, if it is not the first.
fn last_entry(text: &[u8], grouping: Grouping) -> Option<usize> {
    let mut end = memchr::memrchr(b'\n', text)?;
    while let Some(newline) = memchr::memrchr(b'\n', &text[..end]) {
        if grouping.begins(&text[newline + 1..end]) {
            return Some(newline + 1);
        }
        end = newline;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log_filter::Filter;
    use crate::os::log_files::tail_from;
    use proptest::prelude::*;
    use std::fs;

    fn file(content: &[u8]) -> (tempfile::TempDir, LogFile) {
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

    /// Where the entries begin, as segments of about this size in both directions tell it.
    fn entries(file: &LogFile, size: u64) -> [Vec<u64>; 2] {
        let mut buffer = Vec::new();
        let filter = Filter::default();
        let mut forwards = Vec::new();
        let mut at = 0;
        while let Some(segment) = file.after(at, file.length(), size, &mut buffer).unwrap() {
            assert_eq!(segment.start, at);
            let found = filter.matching(&buffer, segment.grouping);
            let is_whole = segment.end == at + buffer.len() as u64;
            assert!(is_whole || found.count() == 1, "the longest stand alone");
            let found = filter.matching(&buffer, segment.grouping);
            forwards.extend(found.map(|range| at + range.start as u64));
            at = segment.end;
        }
        assert_eq!(at, file.length());
        let mut backwards = Vec::new();
        while let Some(segment) = file.before(at, 0, size, &mut buffer).unwrap() {
            assert_eq!(segment.end, at);
            let found: Vec<_> = filter.matching(&buffer, segment.grouping).collect();
            at = segment.start;
            backwards.extend(found.iter().rev().map(|range| at + range.start as u64));
        }
        backwards.reverse();
        [forwards, backwards]
    }

    /// The plain way.
    fn naive_entries(content: &[u8]) -> Vec<u64> {
        let mut at = 0;
        let mut begun = false;
        let mut found = Vec::new();
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            let begins = log_line::begins_entry(line);
            begun |= begins;
            if begins || !begun {
                found.push(at);
            }
            at += line.len() as u64;
        }
        found
    }

    fn assert_entries(content: &[u8]) {
        let expected = naive_entries(content);
        let (_folder, file) = file(content);
        for size in [4096, 8192, BLOCK, 4 * BLOCK] {
            let [forwards, backwards] = entries(&file, size);

            assert!(forwards == expected, "forwards by {size}");
            assert!(backwards == expected, "backwards by {size}");
        }
    }

    const HEAD: &[u8] = b"2026-11-22 20:14:24 [INFO] a: b\n";

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
    fn entries_across_block_edges_are_whole() {
        for edge in [4096, 8192, 65536, 65536 * 4] {
            for length in edge - 40..=edge + 3 {
                let mut content = HEAD.to_vec();
                content.extend("ä".repeat(length / 2).bytes());
                content.push(b'\n');
                content.extend(HEAD.repeat(2));
                assert_entries(&content);
            }
        }
    }

    #[test]
    fn entries_that_are_too_long_for_memory_are_whole() {
        let long = usize::try_from(LONGEST).unwrap();
        let line = vec![b'x'; long + 100_000];
        let short = b"short line\n".repeat(long / 8);
        let newline: &[u8] = b"\n";
        let open = &HEAD[..HEAD.len() - 1];
        for parts in [
            // A long line below an entry, and as the first line of one.
            vec![HEAD, &line, newline, HEAD],
            vec![HEAD, open, &line, newline, HEAD],
            vec![open, &line],
            // Many short ones below an entry.
            vec![HEAD, &short, HEAD, &short, open, &line, newline, &short],
            // No entry above.
            vec![&line],
            vec![&line, newline, HEAD, &line],
            vec![&short, HEAD],
        ] {
            assert_entries(&parts.concat());
        }
    }

    #[test]
    fn a_bisection_finds_a_place_near_a_time() {
        let mut content = Vec::new();
        for second in 0..20_000 {
            let (minute, second) = (second / 60, second % 60);
            let (hour, minute) = (minute / 60, minute % 60);
            let line = format!("2026-11-22 {hour:02}:{minute:02}:{second:02} [INFO] a: b\nmore\n");
            content.extend(line.bytes());
        }
        let (_folder, file) = file(&content);
        let zone = chrono::FixedOffset::east_opt(0).unwrap();
        for time in ["00:00:00", "02:00:00", "05:33:19", "06:00:00"] {
            let line = format!("2026-11-22 {time} [INFO]");
            let place = content
                .windows(line.len())
                .position(|window| window == line.as_bytes())
                .unwrap_or(content.len()) as u64;
            let wanted = Stamp::parse(&line[..19]).unwrap().wall(zone);

            let since = file.first_since(|stamp| stamp.wall(zone) < wanted).unwrap();
            let until = file.end_until(|stamp| stamp.wall(zone) > wanted).unwrap();

            assert!(
                since <= place && place <= since + 3 * BLOCK,
                "{time}: {since}"
            );
            assert!(
                until >= place && until <= place + 3 * BLOCK,
                "{time}: {until}"
            );
        }
    }

    #[test]
    fn a_json_line_that_is_longer_than_a_block_begins_an_entry() {
        let json = |length: usize| {
            let text = "x".repeat(length);
            format!("{{\"level\":\"error\",\"msg\":\"{text}\"}}\n").into_bytes()
        };
        let many = b"below\n".repeat(250_000);
        for long in [json(65_000), json(70_000), json(600_000), json(1_040_000)] {
            for parts in [
                vec![&long[..], b"Traceback\n", HEAD],
                vec![HEAD, &many, &long, b"below\n", HEAD],
                vec![b"above\n", &long, &long, HEAD],
            ] {
                assert_entries(&parts.concat());
            }
        }
    }

    #[test]
    fn a_file_that_is_cut_while_it_is_read_ends_there() {
        let entry = [HEAD, b"below\n"].concat();
        let content = entry.repeat(20_000);
        for left in [0, 1, 50_000, 300_000] {
            let (_folder, file) = file(&content);
            let mut buffer = Vec::new();
            let first = file.after(0, file.length(), 4096, &mut buffer);
            let first = first.unwrap().unwrap();
            let mut at = first.end;
            fs::File::options()
                .write(true)
                .open(file.path())
                .unwrap()
                .set_len(left)
                .unwrap();

            while let Some(segment) = file
                .after(at, file.length(), 4 * BLOCK, &mut buffer)
                .unwrap()
            {
                assert_eq!(segment.end, at + buffer.len() as u64);
                assert!(segment.end > at);
                at = segment.end;
            }
            assert_eq!(at, left.max(first.end));
        }
    }

    #[test]
    fn a_file_that_cannot_be_opened_again_is_an_error_unless_it_is_gone() {
        let (folder, file) = file(HEAD);
        let path = folder.path().join("a.log");
        let mut buffer = Vec::new();
        let mut read = || {
            file.rest();
            file.read(0, 4, &mut buffer).map(|()| buffer.clone())
        };
        assert_eq!(read().unwrap(), HEAD[..4]);

        fs::rename(&path, folder.path().join("old.log")).unwrap();
        assert_eq!(read().unwrap(), b"");
        fs::write(&path, "another").unwrap();
        assert_eq!(read().unwrap(), b"");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("a.log", &path).unwrap();
        assert!(read().is_err(), "a link to itself");
        fs::remove_file(&path).unwrap();
        fs::rename(folder.path().join("old.log"), &path).unwrap();
        assert_eq!(read().unwrap(), HEAD[..4]);
    }

    #[test]
    fn parts_are_of_whole_entries() {
        let entry = [HEAD, b"below\n"].concat();
        for above in [0, 3, 3000] {
            let content = [b"above\n".repeat(above), entry.repeat(1000)].concat();
            let (_folder, file) = file(&content);
            for count in 1..9 {
                let parts = file.parts((0, file.length()), count).unwrap();

                let mut begins: Vec<u64> = parts.iter().map(|(start, _)| *start).collect();
                assert!(parts.is_sorted_by(|a, b| a.1 == b.0));
                assert_eq!(parts.last().unwrap().1, file.length());
                begins.retain(|at| !naive_entries(&content).contains(at));
                assert_eq!(begins, [0; 0], "{count} parts, {above} lines above");
            }
        }
    }

    #[test]
    fn no_more_than_the_end_is_read_for_a_look() {
        let (_folder, file) = file(&vec![b'x'; 3 * 1024 * 1024]);

        let tail = tail_from(file.path(), 0, 20).unwrap();

        assert_eq!(tail.len(), 256 * 1024);
    }

    #[test]
    fn what_is_no_file_is_an_error_with_its_path() {
        let error = LogFile::open(Path::new("/nowhere/a.log")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read log file '/nowhere/a.log'");

        // Nobody will ever write into this one.
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("a.log");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
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

        #[test]
        fn our_entries_are_the_naive_entries(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just(HEAD.to_vec()),
                    Just(b"{\"level\":\"info\",\"msg\":\"x\"}\r\n".to_vec()),
                    Just(format!("{{\"level\":\"info\",\"msg\":\"{}\"}}\n", "z".repeat(70_000)).into_bytes()),
                    Just(b"\n".to_vec()),
                    Just(vec![b'y'; 70_000]),
                    Just("more ä\n".repeat(20_000).into_bytes()),
                    proptest::collection::vec(any::<u8>(), 0..50),
                ],
                0..12,
            ),
        ) {
            assert_entries(&parts.concat());
        }
    }
}
