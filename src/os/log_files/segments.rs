//! A log file in segments of whole entries, forwards and backwards.

use std::io;

use super::file::{BLOCK, FIRST, LogFile};
use crate::model::logs::dialect::Grouping;
use crate::model::logs::dialect::Reading;
use crate::model::logs::line;

/// An entry longer than this is not held in memory: it is judged by its beginning.
pub const LONGEST: u64 = 1024 * 1024;

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
            if let Some(cut) = last_entry(buffer, self.reading(grouping)) {
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
            if let Some(cut) = first_entry(buffer, self.reading(grouping)) {
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
        if let Some(known) = self.known_first_entry() {
            return Ok(known);
        }
        let found = self.entry_after(0, self.length(), Grouping::Entries)?;
        self.begin_at(found);
        Ok(found)
    }

    /// Takes the first entry among the last `most` bytes for the first of the file: nothing above
    /// is looked into, however much it is. Whether there is one.
    pub fn begin_near_end(&self, most: u64) -> io::Result<bool> {
        let length = self.length();
        let first = match length.checked_sub(most) {
            None | Some(0) => self.first_entry()?,
            Some(from) => self.entry_after(from, length, Grouping::Entries)?,
        };
        self.begin_at(first);
        Ok(first < length)
    }

    /// Where the first entry begins at or behind `from`, which need not be the beginning
    /// of a line; `most` where there is none before it.
    pub(super) fn entry_after(&self, from: u64, most: u64, grouping: Grouping) -> io::Result<u64> {
        let reading = self.reading(grouping);
        self.line_after(from, most, |line| reading.begins(line))
    }

    /// Where the first line begins at or behind `from` that fits; `most` where there is none
    /// before it. Each is read once, or twice where it is longer than a block.
    pub(super) fn line_after(
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
                if fits(line::split_line(&buffer).0) {
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
        let reading = self.reading(grouping);
        let mut start = self.line_start(from + 1, buffer)?;
        while start > least {
            self.read(start, self.length().min(start + LONGEST), buffer)?;
            if reading.begins(line::split_line(buffer).0) {
                return Ok(start);
            }
            let block = start.saturating_sub(4 * BLOCK).max(least);
            self.read(block, start, buffer)?;
            if let Some(entry) = last_entry(buffer, reading) {
                return Ok(block + entry as u64);
            }
            start = self.line_start(block + 1, buffer)?;
        }
        Ok(least)
    }
}

/// The first entry that begins behind the first newline.
fn first_entry(text: &[u8], reading: Reading<'_>) -> Option<usize> {
    let mut start = memchr::memchr(b'\n', text)? + 1;
    while start < text.len() {
        let (line, below) = line::split_line(&text[start..]);
        if reading.begins(line) {
            return Some(start);
        }
        start = text.len() - below.len();
    }
    None
}

/// The last entry whose first line is whole, if it is not the first.
fn last_entry(text: &[u8], reading: Reading<'_>) -> Option<usize> {
    let mut end = memchr::memrchr(b'\n', text)?;
    while let Some(newline) = memchr::memrchr(b'\n', &text[..end]) {
        if reading.begins(&text[newline + 1..end]) {
            return Some(newline + 1);
        }
        end = newline;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::file::tests::file;
    use super::*;
    use crate::model::logs::dialect::PLAIN;
    use crate::model::logs::filter::Filter;
    use proptest::prelude::*;
    use std::fs;

    const HEAD: &[u8] = b"2026-11-22 20:14:24 [INFO] a: b\n";

    /// Where the entries begin, as segments of about this size in both directions tell it.
    fn entries(file: &LogFile, size: u64) -> [Vec<u64>; 2] {
        let mut buffer = Vec::new();
        let filter = Filter::default();
        let mut forwards = Vec::new();
        let mut at = 0;
        while let Some(segment) = file.after(at, file.length(), size, &mut buffer).unwrap() {
            assert_eq!(segment.start, at);
            let found = filter.matching(&buffer, file.reading(segment.grouping));
            let is_whole = segment.end == at + buffer.len() as u64;
            assert!(is_whole || found.count() == 1, "the longest stand alone");
            let found = filter.matching(&buffer, file.reading(segment.grouping));
            forwards.extend(found.map(|range| at + range.start as u64));
            at = segment.end;
        }
        assert_eq!(at, file.length());
        let mut backwards = Vec::new();
        while let Some(segment) = file.before(at, 0, size, &mut buffer).unwrap() {
            assert_eq!(segment.end, at);
            let found: Vec<_> = filter
                .matching(&buffer, file.reading(segment.grouping))
                .collect();
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
        let mut dialect = PLAIN.clone();
        dialect.learn(&content[..content.len().min(16 * 1024)]);
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            let begins = dialect.begins(line);
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
        let short = [&b"short line".repeat(10)[..], b"\n"].concat();
        let short = short.repeat(long / 80);
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
    fn a_json_line_that_is_longer_than_a_block_begins_an_entry() {
        let json = |length: usize| {
            let text = "x".repeat(length);
            format!("{{\"level\":\"error\",\"msg\":\"{text}\"}}\n").into_bytes()
        };
        let many = [&b"below".repeat(20)[..], b"\n"].concat().repeat(15_000);
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn our_entries_are_the_naive_entries(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just(HEAD.to_vec()),
                    Just(b"{\"level\":\"info\",\"msg\":\"x\"}\r\n".to_vec()),
                    Just(format!("{{\"level\":\"info\",\"msg\":\"{}\"}}\n", "z".repeat(70_000)).into_bytes()),
                    Just(b"\n".to_vec()),
                    Just(vec![b'y'; 70_000]),
                    Just(format!("{}\n", "more ä".repeat(20)).repeat(1_000).into_bytes()),
                    proptest::collection::vec(any::<u8>(), 0..50),
                ],
                0..12,
            ),
        ) {
            assert_entries(&parts.concat());
        }
    }
}
