//! What a line must contain.

use memchr::memmem::Finder;

use crate::model::logs::line;

/// What a line of an entry must have in it.
#[derive(Debug, Clone)]
pub enum Text {
    /// These bytes.
    Literal(Box<Finder<'static>>),
    /// A match of this expression.
    Regex(regex::bytes::Regex),
}

impl Text {
    /// A text that is searched for as it is.
    pub fn literal(text: &str) -> Self {
        Text::Literal(Box::new(Finder::new(text).into_owned()))
    }

    /// The first line that matches, at or after the line that begins at `from`.
    pub(super) fn find_line(&self, text: &[u8], from: usize) -> Option<usize> {
        match self {
            Text::Literal(finder) => {
                let hit = from + finder.find(&text[from..])?;
                Some(memchr::memrchr(b'\n', &text[from..hit]).map_or(from, |end| from + end + 1))
            }
            Text::Regex(regex) => {
                let mut start = from;
                while start < text.len() {
                    let (line, below) = line::split_line(&text[start..]);
                    if regex.is_match(line) {
                        return Some(start);
                    }
                    start = text.len() - below.len();
                }
                None
            }
        }
    }
}
