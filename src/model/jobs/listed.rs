//! A job, with everything that is known about it.

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};

use super::entry::Manager;
use super::missed::Missed;
use super::record::{JobRecord, Last};
use crate::model::config::job::Notify;

/// A job with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Where it is said.
    pub origin: JobOrigin,
    /// Its group.
    pub group: Option<String>,
    /// What it runs.
    pub command: String,
    /// When it is due, as it was written.
    pub schedule: Option<String>,
    /// Whether it runs when it is due.
    pub state: JobState,
    /// Who starts it, if anybody does.
    pub by: Option<By>,
    /// What became of its last run.
    pub last: Last,
    /// Whether its runs are recorded.
    pub recorded: bool,
    /// When it is due next.
    pub next: Option<DateTime<FixedOffset>>,
    /// What was missed.
    pub missed: Option<Missed>,
    /// Whether somebody has acknowledged that the last run did not end well.
    pub acknowledged: bool,
    /// When the end of a run is announced.
    pub notify: Notify,
}

/// Where a job is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOrigin {
    /// In a configuration file.
    File(PathBuf),
    /// In a line of the crontab, from 0.
    Line(usize),
    /// Nowhere any more, or by somebody else: there is only the record of a run.
    Record,
}

/// Whether a job runs when it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// It does.
    Enabled,
    /// It does, but as it was said when it was enabled: that has changed since.
    Differs,
    /// Its entry was edited by hand, and may.
    Edited(PathBuf),
    /// It does not.
    Disabled,
    /// It is held back until then, or for good.
    HeldBack(Option<DateTime<FixedOffset>>),
    /// What is said about it cannot be used; why.
    Misconfigured(String),
}

/// Who starts a job when it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A service manager.
    Manager(Manager),
    /// cron, by a block of ours.
    Block,
    /// cron, by a line of the user's.
    Line,
}

impl By {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            By::Manager(Manager::Systemd) => "systemd",
            By::Manager(Manager::Launchd) => "launchd",
            By::Block | By::Line => "cron",
        }
    }
}

impl Listed {
    /// Whether it runs when it is due.
    pub fn is_enabled(&self) -> bool {
        matches!(self.state, JobState::Enabled | JobState::Differs)
    }

    /// The last run, if it is known to have gone wrong, or nobody knows how it ended.
    pub fn unwell(&self) -> Option<&JobRecord> {
        match &self.last {
            Last::Ended(record, end) if !end.how.is_good() => Some(record),
            Last::Lost(record) => Some(record),
            Last::Never | Last::Running(_) | Last::Ended(..) | Last::Unreadable(_) => None,
        }
    }

    /// Whether something is wrong with it that is not meant to be and that nobody has
    /// acknowledged: the last run failed, one was missed.
    pub fn is_bad(&self) -> bool {
        let failed = matches!(&self.last, Last::Ended(_, end) if !end.how.is_good());
        failed && self.waits_to_be_seen() || self.is_enabled() && self.missed.is_some()
    }

    /// Whether nobody has seen yet how its last run ended: not by acknowledging it, nor by
    /// switching the job off. It counts, too, if somebody else starts the job: by hand, or from
    /// a crontab that is not the user's.
    fn waits_to_be_seen(&self) -> bool {
        let switched_off = match self.state {
            JobState::HeldBack(_) => true,
            JobState::Disabled => self.by == Some(By::Line),
            JobState::Enabled
            | JobState::Differs
            | JobState::Edited(_)
            | JobState::Misconfigured(_) => false,
        };
        !self.acknowledged && !switched_off
    }

    /// Whether something cannot be told, or cannot be used.
    pub fn is_unclear(&self) -> bool {
        match &self.state {
            JobState::Misconfigured(_) | JobState::Edited(_) => true,
            JobState::Enabled | JobState::Differs | JobState::Disabled | JobState::HeldBack(_) => {
                match &self.last {
                    Last::Lost(_) => self.waits_to_be_seen(),
                    Last::Unreadable(_) => self.is_enabled(),
                    Last::Never | Last::Running(_) | Last::Ended(..) => false,
                }
            }
        }
    }

    /// Whether a run that failed, was missed or whose end is not known waits for somebody to
    /// see it.
    pub fn is_wrong(&self) -> bool {
        let lost = matches!(self.last, Last::Lost(_));
        self.is_bad() || lost && self.waits_to_be_seen()
    }
}
