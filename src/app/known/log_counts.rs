//! How many entries of each level the logs of a daemon have: what is there is read once, and then
//! only what is added, through every rotation.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, FixedOffset};

use crate::model::config::Daemon;
use crate::model::logs::dialect::Dialect;
use crate::model::logs::line::Level;
use crate::os::log_files::{self, Growing, LogFile};

/// A log that is longer is counted from its end on, in bytes.
const MOST: u64 = 64 * 1024 * 1024;

/// So many logs are read, the newest.
const LOGS: usize = 64;

/// What was counted so far.
#[derive(Debug, Default)]
pub struct LogCounts {
    counts: [u64; Level::ALL.len()],
    logs: HashMap<PathBuf, Followed>,
    since: Option<SystemTime>,
}

#[derive(Debug)]
struct Followed {
    growing: Growing,
    dialect: Dialect,
}

impl LogCounts {
    /// The entries of each level, by [`Level::ALL`], in the logs that were written to since then.
    pub fn of(&mut self, daemon: &Daemon, since: DateTime<FixedOffset>) -> [u64; Level::ALL.len()] {
        let since = *self.since.get_or_insert_with(|| since.into());
        let listing = log_files::list(&daemon.logs_dirs, since, LOGS, 0);
        for (path, seen) in listing.written {
            if !self.logs.contains_key(&path)
                && let Some(log) = open(daemon, &path, seen.length)
            {
                self.logs.insert(path, log);
            }
        }
        let counts = &mut self.counts;
        self.logs.retain(|path, log| {
            loop {
                let is_replaced = log.growing.is_replaced();
                if !read(log, counts) || log.growing.is_gone() {
                    return false;
                }
                if !is_replaced {
                    return true;
                }
                match open(daemon, path, 0) {
                    Some(new) => *log = new,
                    None => return false,
                }
            }
        });
        self.counts
    }
}

fn read(log: &mut Followed, counts: &mut [u64; Level::ALL.len()]) -> bool {
    let Followed { growing, dialect } = log;
    let told = growing.read(&mut |line| {
        // A line of no known shape belongs to the entry above it.
        if let Some(level) = dialect.parse(line).and_then(|line| line.level) {
            counts[level as usize] += 1;
        }
    });
    told.is_ok()
}

fn open(daemon: &Daemon, path: &Path, length: u64) -> Option<Followed> {
    let file = LogFile::open(path).ok()?.with(&daemon.log_hints());
    let growing = if length > MOST {
        Growing::behind(&file).ok()
    } else {
        Growing::open(path).ok().flatten()
    };
    Some(Followed {
        growing: growing?,
        dialect: file.dialect().clone(),
    })
}
