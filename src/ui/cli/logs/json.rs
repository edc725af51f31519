//! Log entries as JSON, written as they come: they need not fit into memory.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::Source;
use crate::app::logs::Found;
use crate::model::log_line::{self, Entry, LogLine};

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
    pub fn add(&mut self, entry: Found<'_>) -> io::Result<()> {
        let before: &[u8] = if self.any { b"," } else { b"{\"entries\":[" };
        self.any = true;
        self.out.write_all(before)?;
        write(&mut self.out, entry, self.name_files)
    }

    /// Adds the other keys.
    pub fn end(&mut self, source: &Source, message: &str) -> io::Result<()> {
        if !self.any {
            self.out.write_all(b"{\"entries\":[")?;
        }
        writeln!(
            self.out,
            "],\"log_file\":{},\"message\":{},\"schema\":1,\"success\":true}}",
            Value::from(source.path().display().to_string()),
            Value::from(message)
        )
    }
}

/// Writes an entry on a line of its own.
pub fn line(out: &mut impl Write, text: &[u8]) -> io::Result<()> {
    writeln!(out, "{}", whole(text))
}

fn whole(text: &[u8]) -> Value {
    let parts = Entry::new(text);
    let mut object = head(parts.first.as_ref());
    object["message"] = parts.message().into();
    object
}

/// Writes one entry.
pub fn write(out: &mut impl Write, entry: Found<'_>, name_file: bool) -> io::Result<()> {
    let is_whole = entry.end == entry.start + entry.text.len() as u64;
    if is_whole {
        let mut object = whole(entry.text);
        if name_file {
            object["log_file"] = entry.file.path().display().to_string().into();
        }
        return write!(out, "{object}");
    }
    let (line, below) = log_line::split_line(entry.text);
    let first = log_line::parse(line);
    let mut object = head(first.as_ref());
    if name_file {
        object["log_file"] = entry.file.path().display().to_string().into();
    }
    let object = object.to_string();
    write!(out, "{},\"message\":\"", &object[..object.len() - 1])?;
    let mut text = Escaped::default();
    match &first {
        Some(first) => {
            text.push(&first.message, out)?;
            if line.len() < entry.text.len() {
                text.push(b"\n", out)?;
                text.push(below, out)?;
            }
        }
        None => text.push(entry.text, out)?,
    }
    entry.rest(|block| text.push(block, out))?;
    text.finish(out)?;
    out.write_all(b"\"}")
}

fn head(first: Option<&LogLine<'_>>) -> Value {
    json!({
        "timestamp": first.and_then(|line| line.timestamp.as_deref()),
        "level": first.and_then(|line| line.level).map(log_line::Level::word),
        "component": first.and_then(|line| line.component.as_deref()),
    })
}

/// The inside of a JSON string that comes in pieces, without the newline at its end.
#[derive(Default)]
struct Escaped {
    /// What depends on the next piece: the beginning of a character, or a newline that may
    /// be the last.
    held: Vec<u8>,
}

impl Escaped {
    fn push(&mut self, piece: &[u8], out: &mut impl Write) -> io::Result<()> {
        const LONGEST_CHARACTER: usize = 4;
        let mut text = std::mem::take(&mut self.held);
        text.extend(piece);
        let mut cut = text.len().saturating_sub(LONGEST_CHARACTER);
        // Not within a character.
        while cut > 0 && text[cut] & 0b1100_0000 == 0b1000_0000 && text.len() - cut < 8 {
            cut -= 1;
        }
        self.held = text.split_off(cut);
        escape(&text, out)
    }

    fn finish(self, out: &mut impl Write) -> io::Result<()> {
        let text = self.held.strip_suffix(b"\n").unwrap_or(&self.held);
        escape(text.strip_suffix(b"\r").unwrap_or(text), out)
    }
}

fn escape(text: &[u8], out: &mut impl Write) -> io::Result<()> {
    let quoted = Value::from(String::from_utf8_lossy(text)).to_string();
    out.write_all(&quoted.as_bytes()[1..quoted.len() - 1])
}
