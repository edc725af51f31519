//! Log entries as JSON, written as they come, so that they need not fit into memory.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::Source;
use crate::app::logs::FoundEntry;
use crate::model::logs::dialect::Dialect;
use crate::model::logs::entry::Entry;
use crate::model::logs::line::{self, LogLine};

/// A longer entry is written piece by piece: as JSON it is several times as long in memory.
const SHORT: usize = 64 * 1024;

/// What an entry says besides what stands in it.
pub type Names<'a> = &'a [(&'a str, &'a str)];

/// One object with all entries in it.
pub struct Entries<W> {
    out: W,
    name_files: bool,
    any: bool,
}

impl<W: Write> Entries<W> {
    /// `name_files` adds to each entry the file that it is in.
    pub fn begin(out: W, name_files: bool) -> Self {
        Self {
            out,
            name_files,
            any: false,
        }
    }

    /// Adds one.
    pub fn add(&mut self, entry: FoundEntry<'_>) -> io::Result<()> {
        let before: &[u8] = if self.any { b"," } else { b"{\"entries\":[" };
        self.any = true;
        self.out.write_all(before)?;
        let file = self.name_files.then(|| file_of(&entry));
        let names = file.as_ref().map(|file| ("log_file", file.as_str()));
        write(&mut self.out, entry, names.as_slice())
    }

    /// Adds one of the logs of several daemons.
    pub fn add_of(&mut self, entry: FoundEntry<'_>, daemon: &str) -> io::Result<()> {
        let before: &[u8] = if self.any { b"," } else { b"{\"entries\":[" };
        self.any = true;
        self.out.write_all(before)?;
        let file = file_of(&entry);
        let names = [("log_file", file.as_str()), ("daemon", daemon)];
        write(&mut self.out, entry, &names)
    }

    /// Adds the other keys.
    pub fn end(&mut self, source: &Source, message: &str) -> io::Result<()> {
        if !self.any {
            self.out.write_all(b"{\"entries\":[")?;
        }
        let (path, several) = source.place();
        write!(self.out, "],\"log_file\":{path}")?;
        if let Some(several) = several {
            write!(self.out, ",\"logs_dirs\":{several}")?;
        }
        writeln!(
            self.out,
            ",\"message\":{},\"schema\":1,\"success\":true}}",
            Value::from(message)
        )
    }
}

/// Writes an entry on a line of its own.
pub fn line(
    out: &mut impl Write,
    text: &[u8],
    dialect: &Dialect,
    names: Names<'_>,
) -> io::Result<()> {
    if text.len() <= SHORT {
        return writeln!(out, "{}", whole(text, dialect, names));
    }
    Long::begin(text, dialect, names, out)?.end(out)?;
    out.write_all(b"\n")
}

fn whole(text: &[u8], dialect: &Dialect, names: Names<'_>) -> Value {
    let parts = Entry::of(text, dialect);
    let mut object = head(parts.first.as_ref(), names);
    object["message"] = parts.message().into();
    object
}

/// Writes one entry.
pub fn write(out: &mut impl Write, entry: FoundEntry<'_>, names: Names<'_>) -> io::Result<()> {
    let is_whole = entry.end == entry.start + entry.text.len() as u64;
    if is_whole && entry.text.len() <= SHORT {
        return write!(out, "{}", whole(entry.text, entry.file.dialect(), names));
    }
    let mut long = Long::begin(entry.text, entry.file.dialect(), names, out)?;
    entry.rest(|block| long.push(block, out))?;
    long.end(out)
}

/// An entry that is written piece by piece.
pub struct Long {
    message: Escaped,
}

impl Long {
    /// Writes its head, and what of its message there is.
    pub fn begin(
        text: &[u8],
        dialect: &Dialect,
        names: Names<'_>,
        out: &mut impl Write,
    ) -> io::Result<Self> {
        let (line, below) = line::split_line(text);
        let first = dialect.parse(text);
        let object = head(first.as_ref(), names).to_string();
        write!(out, "{},\"message\":\"", &object[..object.len() - 1])?;
        let mut long = Self {
            message: Escaped::default(),
        };
        match &first {
            Some(first) => {
                long.push(&first.message, out)?;
                if line.len() < text.len() {
                    long.push(b"\n", out)?;
                    long.push(&below[first.taken..], out)?;
                }
            }
            None => long.push(text, out)?,
        }
        Ok(long)
    }

    /// Writes more of its message.
    pub fn push(&mut self, text: &[u8], out: &mut impl Write) -> io::Result<()> {
        let mut pieces = text.chunks(SHORT);
        pieces.try_for_each(|piece| self.message.push(piece, out))
    }

    /// Writes its end.
    pub fn end(self, out: &mut impl Write) -> io::Result<()> {
        self.message.finish(out)?;
        out.write_all(b"\"}")
    }
}

fn file_of(entry: &FoundEntry<'_>) -> String {
    entry.file.path().display().to_string()
}

fn head(first: Option<&LogLine<'_>>, names: Names<'_>) -> Value {
    let mut head = json!({
        "timestamp": first.and_then(|line| line.timestamp.as_deref()),
        "level": first.and_then(LogLine::level_word),
        "component": first.and_then(|line| line.component.as_deref()),
    });
    for (key, value) in names {
        head[*key] = (*value).into();
    }
    head
}

/// The inside of a JSON string that comes in pieces, without the newlines at its end.
#[derive(Default)]
struct Escaped {
    /// What depends on the next piece: the beginning of a character, or newlines that may be
    /// the last.
    held: Vec<u8>,
}

impl Escaped {
    fn push(&mut self, piece: &[u8], out: &mut impl Write) -> io::Result<()> {
        const LONGEST_CHARACTER: usize = 4;
        let mut text = std::mem::take(&mut self.held);
        text.extend(piece);
        let mut cut = without_newlines(&text).len();
        if cut == text.len() || text.len() - cut > SHORT {
            cut = text.len().saturating_sub(LONGEST_CHARACTER);
            // Not within a character.
            while cut > 0 && text[cut] & 0b1100_0000 == 0b1000_0000 && text.len() - cut < 8 {
                cut -= 1;
            }
        }
        self.held = text.split_off(cut);
        escape(&text, out)
    }

    fn finish(self, out: &mut impl Write) -> io::Result<()> {
        escape(without_newlines(&self.held), out)
    }
}

fn without_newlines(mut text: &[u8]) -> &[u8] {
    while let [before @ .., b'\n' | b'\r'] = text {
        text = before;
    }
    text
}

fn escape(text: &[u8], out: &mut impl Write) -> io::Result<()> {
    let quoted = Value::from(String::from_utf8_lossy(text)).to_string();
    out.write_all(&quoted.as_bytes()[1..quoted.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::logs::dialect::PLAIN;
    use proptest::prelude::*;

    fn piecewise(text: &[u8], size: usize) -> Value {
        let mut out = Vec::new();
        let (begin, rest) = text.split_at(text.len().min(size));
        let mut long = Long::begin(begin, &PLAIN, &[], &mut out).unwrap();
        for piece in rest.chunks(size) {
            long.push(piece, &mut out).unwrap();
        }
        long.end(&mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    proptest! {
        #[test]
        fn an_entry_is_the_same_in_pieces(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("\n".as_bytes().to_vec()),
                    Just("\r\n".as_bytes().to_vec()),
                    Just("\"ä€😀\u{1}".as_bytes().to_vec()),
                    proptest::collection::vec(any::<u8>(), 0..4),
                ],
                0..12,
            ),
            size in 1..9_usize,
        ) {
            let below = parts.concat();

            // The head is not cut.
            let head = b"2026-11-22 20:14:24 [ERROR] a: b\n";
            let mut out = Vec::new();
            let mut long = Long::begin(head, &PLAIN, &[], &mut out).unwrap();
            for piece in below.chunks(size) {
                long.push(piece, &mut out).unwrap();
            }
            long.end(&mut out).unwrap();
            let pieces: Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(pieces, whole(&[head, &below[..]].concat(), &PLAIN, &[]));
            let lines = [b" ", &below[..]].concat();
            prop_assert_eq!(piecewise(&lines, size), whole(&lines, &PLAIN, &[]));
        }
    }
}
