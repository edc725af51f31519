//! Where an entry is: in its segment, and among those of other files.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};

use crate::os::log_files::LogFile;

/// A place in a segment, which is no longer than a segment may be (`LONGEST`).
#[allow(clippy::cast_possible_truncation)]
pub fn within(place: usize) -> u32 {
    place as u32
}

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The first file.
    Sequence,
    /// The earliest entry; this is the local zone. Within one file the order is its own.
    Time(FixedOffset),
}

impl Order {
    /// The place of an entry: its time, if it has one and that matters.
    pub fn place(self, file: &LogFile, entry: &[u8]) -> Option<NaiveDateTime> {
        let Order::Time(here) = self else {
            return None;
        };
        let dialect = file.dialect();
        let line = dialect.parse(entry)?;
        Some(dialect.time(&line)?.wall(here))
    }

    /// The place of what has no entry with a time beside it.
    pub fn place_of(self, file: &LogFile) -> NaiveDateTime {
        match self {
            Order::Sequence => NaiveDateTime::MIN,
            Order::Time(here) => DateTime::<Utc>::from(file.modified()).naive_utc() + here,
        }
    }
}
