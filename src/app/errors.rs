//! The last error that a daemon has logged.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, FixedOffset, Timelike};

use super::activity::{self, LastActivity};
use super::logs;
use crate::model::config::Daemon;
use crate::model::life::observation::{Activity, Logged};
use crate::model::logs::dialect::Hints;
use crate::model::logs::filter::Filter;
use crate::model::logs::line::Level;
use crate::model::logs::time::When;
use crate::model::logs::understood::LinePart;
use crate::os::log_files::{self, Listing, LogFile, Seen};

/// So much of all logs together is read for one answer, in bytes, the newest first: a
/// question that is asked again and again must not take long.
const MOST: u64 = 64 * 1024 * 1024;

/// So many logs are looked at, the newest: of a great many few are still written.
const LOGS: usize = 4096;

/// A folder that does not change is searched so rarely that it takes a two-thousandth of
/// the time; one with few files is at each look.
pub(super) const RARELY: u32 = 2000;

/// The last error in the logs of a daemon. Each log is read once: what was read is
/// remembered.
#[derive(Debug, Default)]
pub struct LoggedErrors {
    since: Option<DateTime<FixedOffset>>,
    listed: Option<Listed>,
    known: HashMap<PathBuf, Known>,
    activity: LastActivity,
}

/// When the folders were searched last.
#[derive(Debug)]
struct Listed {
    at: Instant,
    /// When each got or lost a file last, as was seen before.
    changed: Vec<Option<SystemTime>>,
    /// How long that took.
    took: Duration,
    /// The newest of each log.
    newest: Vec<PathBuf>,
}

/// What is known of a log.
#[derive(Debug, Clone, Default)]
struct Known {
    seen: Option<Seen>,
    /// Up to where it was read.
    read: u64,
    last: Option<Logged>,
    /// No line of it has a level that is known.
    is_unrecognised: bool,
}

impl LoggedErrors {
    /// The last error that a daemon has logged since then, with its time in the zone of `now`.
    /// Logs that cannot be read have none. Where no log has a level that is known, the newest.
    /// And when each component has logged something last.
    pub fn last(
        &mut self,
        daemon: &Daemon,
        since: DateTime<FixedOffset>,
        now: DateTime<FixedOffset>,
    ) -> (Option<Logged>, Option<PathBuf>, Vec<Activity>) {
        // Logs have whole seconds.
        let since = since.with_nanosecond(0).unwrap_or(since);
        if self.since != Some(since) {
            (self.since, self.known) = (Some(since), HashMap::new());
            self.listed = None;
        }
        let filter = Filter {
            level: Some(Level::Error),
            since: Some(logs::since(When::Exact(since))),
            ..Filter::default()
        };
        let mut left = MOST;
        let mut known = HashMap::new();
        let hints = daemon.log_hints();
        let mut newest = None;
        let listing = self.list(&daemon.logs_dirs, since);
        let activity = self.activity.of(&listing.newest, &hints, *now.offset());
        for (path, seen) in listing.written {
            newest.get_or_insert_with(|| path.clone());
            let mut log = self.known.remove(&path).unwrap_or_default();
            if log.seen != Some(seen) {
                // It is another file by now, or was cut.
                if log
                    .seen
                    .is_some_and(|before| before.identity != seen.identity)
                    || seen.length < log.read
                {
                    log = Known::default();
                }
                match read(&path, &hints, &filter, *now.offset(), &mut log, &mut left) {
                    Ok(()) => log.seen = Some(seen),
                    Err(error) => tracing::debug!("cannot read '{}': {error}", path.display()),
                }
            }
            known.insert(path, log);
        }
        self.known = known;
        let found = self.known.values().filter_map(|log| log.last.as_ref());
        let last = found.max_by_key(|entry| entry.at).cloned();
        let is_unrecognised = self.known.values().all(|log| log.is_unrecognised);
        (last, newest.filter(|_| is_unrecognised), activity)
    }

    /// The logs of some folders that were written to since then, and the newest of each. Where the
    /// folders got no file since they were searched, those that are known are looked at alone:
    /// among thousands, an old one that is written to again is found a little later.
    fn list(&mut self, folders: &[PathBuf], since: DateTime<FixedOffset>) -> Listing {
        let changed: Vec<_> = folders
            .iter()
            .map(|folder| log_files::changed(folder))
            .collect();
        if let Some(listed) = &self.listed
            && listed.changed == changed
            && listed.at.elapsed() < listed.took * RARELY
        {
            return Listing {
                written: log_files::again(self.known.keys()),
                newest: log_files::again(listed.newest.iter()),
            };
        }
        let at = Instant::now();
        let listing = log_files::list(folders, since.into(), LOGS, activity::MOST);
        self.listed = Some(Listed {
            at,
            changed,
            took: at.elapsed(),
            newest: listing
                .newest
                .iter()
                .map(|(path, _)| path.clone())
                .collect(),
        });
        listing
    }
}

/// Looks for the last error in what was added to a log, from its end on.
fn read(
    path: &Path,
    hints: &Arc<Hints>,
    filter: &Filter,
    zone: FixedOffset,
    log: &mut Known,
    left: &mut u64,
) -> io::Result<()> {
    let file = LogFile::open(path).map_err(|error| error.source)?;
    let mut file = file.with(hints);
    // Once one has a level, the others have.
    if log.read == 0 || log.is_unrecognised {
        log.is_unrecognised = file.understood()?.lacks(LinePart::Level);
    }
    let has_entries = file.begin_near_end(*left)?;
    if has_entries || file.length() <= *left {
        // Half a line is read once it is whole.
        file.end_at_last_line()?;
    }
    if !has_entries {
        log.read = file.length();
        return Ok(());
    }
    let least = match (log.read, filter.since) {
        (0, Some(since)) => {
            let since = logs::floor(since);
            file.first_since(|stamp| stamp.is_before(since))?
        }
        (read, _) => read,
    };
    let mut buffer = Vec::new();
    let mut end = file.length();
    while *left > 0
        && let Some(segment) = file.before(end, least, log_files::BLOCK, &mut buffer)?
    {
        *left = left.saturating_sub(segment.end - segment.start);
        end = segment.start;
        let dialect = file.dialect();
        let entries = filter.matching(&buffer, file.reading(segment.grouping));
        let newest = entries
            .filter_map(|entry| {
                let line = dialect.parse(&buffer[entry])?;
                Some(Logged::of(&line, dialect.time(&line)?.wall(zone)))
            })
            .last();
        if newest.is_some() {
            log.last = newest;
            break;
        }
    }
    log.read = file.length();
    Ok(())
}
