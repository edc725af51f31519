//! A user's crontab as text: the lines that are jobs, and the changes made to it. Every byte that
//! a change does not name stays as it is.

mod adoption;
mod as_cron;
mod block;
mod line;
#[cfg(test)]
mod tests;
mod wrapper;

use std::collections::BTreeSet;

pub use self::adoption::{NotAdopted, adopt, undo};
pub use self::as_cron::as_cron;
pub use self::block::{Block, with_block, without_block};
use self::line::{CrontabLine, kind};
pub use self::wrapper::calling;
use super::schedule::Schedule;

/// What is before a line that is switched off.
pub const DISABLED: &[u8] = b"#DISABLED# ";

/// A line of a crontab that runs something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrontabEntry {
    /// The number of its line, from 0.
    pub line: usize,
    /// What it is called: by the comment above it, by its own wrapper, or by its program.
    pub name: String,
    /// When it is due.
    pub when: CronTimes,
    /// What it runs, as it is there; what it ran before it was adopted.
    pub command: String,
    /// Whether no mark switches it off.
    pub enabled: bool,
    /// What becomes of its runs.
    pub kind: EntryKind,
}

/// When a line is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CronTimes {
    /// At these times.
    Times(Schedule),
    /// When cron starts.
    Reboot,
    /// Nobody can tell; why.
    Unclear(String),
}

/// What a line runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A command: nobody records its runs.
    Plain,
    /// `inneros job run NAME -- …`, which records them.
    Recorded,
    /// `inneros job run NAME`: a job that is configured elsewhere.
    Configured,
}

/// The lines of a crontab with their ends: put together they are the text.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

/// Every line that runs something. Where two have one name, or one has a name that is `taken`,
/// a number is put behind it; a line that names a configured job has the name of that.
pub fn entries(text: &[u8], taken: &BTreeSet<String>) -> Vec<CrontabEntry> {
    let mut names = taken.clone();
    let mut found = Vec::new();
    let mut named_above = None;
    for (number, line) in lines(text).enumerate() {
        let above = named_above.take();
        match kind(line) {
            CrontabLine::Name(name) => named_above = Some(name),
            CrontabLine::Entry(entry) => {
                let mut entry = *entry;
                entry.line = number;
                if entry.kind == EntryKind::Plain {
                    entry.name = above.unwrap_or(entry.name);
                }
                if entry.kind != EntryKind::Configured {
                    entry.name = unused(&entry.name, &names);
                    names.insert(entry.name.clone());
                }
                found.push(entry);
            }
            CrontabLine::Other => {}
        }
    }
    found
}

fn unused(name: &str, names: &BTreeSet<String>) -> String {
    if !names.contains(name) {
        return name.to_owned();
    }
    // As many are taken at most as there are.
    let numbered = (2..=names.len() + 2).map(|number| format!("{name}-{number}"));
    let mut free = numbered.filter(|name| !names.contains(name));
    free.next().unwrap_or_else(|| name.to_owned())
}

/// The text with a line switched on or off: the mark is put in front of it, or taken away.
pub fn switched(text: &[u8], line: usize, on: bool) -> Vec<u8> {
    replaced(text, line, |old| match (line::without_mark(old), on) {
        (Some(rest), true) => rest.to_vec(),
        (None, false) => [DISABLED, old].concat(),
        (Some(_), false) | (None, true) => old.to_vec(),
    })
}

/// The text with one line, end included, in place of another.
fn replaced(text: &[u8], line: usize, new: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut new = Some(new);
    let lines = lines(text).enumerate();
    lines.fold(
        Vec::with_capacity(text.len() + 256),
        |mut changed, (number, old)| {
            match new.take_if(|_| number == line) {
                Some(new) => changed.extend(new(old)),
                None => changed.extend(old),
            }
            changed
        },
    )
}
