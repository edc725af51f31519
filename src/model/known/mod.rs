//! What others shall see of all that is managed: facts in, a text out.

pub mod metrics;
pub mod page;
mod strip;

use std::path::{Path, PathBuf};

use crate::model::history::{Counts, Event, EventKind, Subject};
use crate::model::jobs::listed::Listed;
use crate::model::jobs::record::Clocks;
use crate::model::life::record::Exit;
use crate::model::life::report::Report;
use crate::model::logs::line::Level;
use crate::model::text;

/// Stands in one of the first two lines of a file for others, before the home folder.
const OWNER: &str = "Written by inneros for the home folder ";

/// The name of a home folder as it stands there.
pub fn mark(home: &Path) -> String {
    // Two in a row would end a comment.
    text::printable(&home.display().to_string()).replace("--", "- -")
}

/// For which home folder a file was written; nothing where it is of somebody else.
pub fn owner(file: &str) -> Option<&str> {
    let mut lines = file.lines().take(2);
    let (_, home) = lines.find_map(|line| line.split_once(OWNER))?;
    Some(home.trim_end_matches(" -->"))
}

/// All that is known at one moment.
#[derive(Debug)]
pub struct Facts {
    /// When.
    pub now: Clocks,
    /// The home folder, where it is not the default.
    pub home: Option<PathBuf>,
    /// Every daemon.
    pub daemons: Vec<DaemonFacts>,
    /// Every job.
    pub jobs: Vec<Listed>,
    /// What has happened, as far back as that is kept, in the order of time.
    pub events: Vec<Event>,
    /// How often it has, ever.
    pub counts: Counts,
}

/// What is known of a daemon.
#[derive(Debug)]
pub struct DaemonFacts {
    /// Its name.
    pub name: String,
    /// Whether it is meant to run.
    pub wanted: bool,
    /// How it is.
    pub report: Report,
    /// How many entries of each level it has logged, by [`Level::ALL`].
    pub logged: [u64; Level::ALL.len()],
}

impl Facts {
    /// What has happened to this one.
    pub fn events_of<'a>(&'a self, of: &'a Subject) -> impl DoubleEndedIterator<Item = &'a Event> {
        self.events.iter().filter(move |event| event.of == *of)
    }

    /// How a daemon ended last, where that is known.
    fn last_exit(&self, of: &Subject) -> Option<Exit> {
        let ends = [EventKind::Stopped, EventKind::Crashed, EventKind::Failed];
        let mut events = self.events_of(of).rev();
        events.find(|event| ends.contains(&event.kind))?.exit()
    }
}
