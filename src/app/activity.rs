//! When each component of a daemon was last active, according to its logs.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::FixedOffset;

use crate::model::life::observation::Activity;
use crate::model::logs::dialect::Hints;
use crate::model::logs::filter::Filter;
use crate::model::logs::name;
use crate::os::log_files::{self, LogFile, Seen};

/// So many logs are read, and so many components are told of.
pub const MOST: usize = 8;

/// So much of the end of each log is read, in bytes.
const END: u64 = 64 * 1024;

/// Each log is read again only once it has changed.
#[derive(Debug, Default)]
pub struct LastActivity {
    known: HashMap<PathBuf, (Seen, Vec<Activity>)>,
}

impl LastActivity {
    /// What the ends of these logs say, the latest first, with times in this zone.
    pub fn of(
        &mut self,
        logs: &[(PathBuf, Seen)],
        hints: &Arc<Hints>,
        zone: FixedOffset,
    ) -> Vec<Activity> {
        let mut before = std::mem::take(&mut self.known);
        for (path, seen) in logs {
            let same = before.remove(path).filter(|(known, _)| known == seen);
            let (_, found) = same.unwrap_or_else(|| {
                let found = read(path, hints, zone).unwrap_or_else(|error| {
                    tracing::debug!("cannot read '{}': {error}", path.display());
                    Vec::new()
                });
                (*seen, found)
            });
            self.known.insert(path.clone(), (*seen, found));
        }
        let mut latest = Vec::new();
        for (_, found) in self.known.values() {
            for one in found {
                note(&mut latest, one.clone());
            }
        }
        latest.sort_by(|one, other| (other.at, &one.component).cmp(&(one.at, &other.component)));
        latest.truncate(MOST);
        latest
    }
}

/// Notes what is the latest of its component.
fn note(latest: &mut Vec<Activity>, one: Activity) {
    match latest.iter_mut().find(|it| it.component == one.component) {
        Some(known) => known.at = known.at.max(one.at),
        None => latest.push(one),
    }
}

fn read(path: &Path, hints: &Arc<Hints>, zone: FixedOffset) -> io::Result<Vec<Activity>> {
    let file = LogFile::open(path).map_err(|error| error.source)?;
    let mut file = file.with(hints);
    let mut found = Vec::new();
    if !file.begin_near_end(END)? {
        return Ok(found);
    }
    file.end_at_last_line()?;
    let mut buffer = Vec::new();
    let end = file.length();
    let Some(segment) = file.before(end, 0, log_files::BLOCK, &mut buffer)? else {
        return Ok(found);
    };
    let dialect = file.dialect();
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    let everything = Filter::default();
    for entry in everything.matching(&buffer, file.reading(segment.grouping)) {
        let line = dialect.parse(&buffer[entry]);
        if let Some(line) = line
            && let Some(time) = dialect.time(&line)
        {
            let component = line.component.as_deref().filter(|name| !name.is_empty());
            let component = component
                .unwrap_or_else(|| name::title(&file_name))
                .to_owned();
            note(
                &mut found,
                Activity {
                    component,
                    at: time.wall(zone),
                },
            );
        }
    }
    Ok(found)
}
