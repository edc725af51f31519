//! A log entry: a line and those that belong to it.

use super::dialect::{Dialect, PLAIN};
use super::line::{LogLine, split_line};

/// A log entry: its first line and those that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The first line; nothing if no entry is above the text.
    pub first: Option<LogLine<'a>>,
    /// The lines below it, or the whole text.
    rest: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Takes the text of one entry apart, if nothing is known of its log.
    pub fn new(text: &'a [u8]) -> Self {
        Self::of(text, &PLAIN)
    }

    /// Takes the text of one entry apart.
    pub fn of(text: &'a [u8], dialect: &Dialect) -> Self {
        match dialect.parse(text) {
            Some(first) => Self {
                rest: &split_line(text).1[first.taken..],
                first: Some(first),
            },
            None => Self {
                first: None,
                rest: text,
            },
        }
    }

    /// The message with the lines that belong to it.
    pub fn message(&self) -> String {
        let rest = String::from_utf8_lossy(self.rest);
        let message = match &self.first {
            Some(first) if rest.is_empty() => String::from_utf8_lossy(&first.message).into_owned(),
            Some(first) => format!("{}\n{rest}", String::from_utf8_lossy(&first.message)),
            None => rest.into_owned(),
        };
        message.trim_end_matches(['\n', '\r']).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceback_stays_with_its_entry() {
        let text = b"2026-11-22 20:14:27 [ERROR] a: b\r\nTraceback\n  x\n\n";

        assert_eq!(Entry::new(text).message(), "b\nTraceback\n  x");
        assert_eq!(Entry::new(b"tail\r\n").message(), "tail");
    }
}
