//! Switching jobs: on, off, for a while; and wrapping crontab lines.

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset, Local};

use super::list::Overview;
use super::{block, command, program_words};
use crate::app::autostart::Edited;
use crate::app::settings::Source;
use crate::model::config::job::Job;
use crate::model::jobs::crontab::{self, NotAdopted};
use crate::model::jobs::entry::Manager;
use crate::model::jobs::listed::{By, JobOrigin, JobState, Listed};
use crate::model::jobs::schedule::Schedule;
use crate::model::jobs::switch::{Acknowledged, JobSwitch};
use crate::os::autostart::{self, AutostartError};
use crate::os::crontab::CrontabError;
use crate::os::job_files::JobFiles;
use crate::os::lock::{self, LockError};
use crate::os::private_file::FileError;

/// What is wanted of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchTo {
    /// That it runs when it is due; until then, if a time is named.
    On(Option<DateTime<FixedOffset>>),
    /// That it does not; until then, if a time is named.
    Off(Option<DateTime<FixedOffset>>),
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwitchDone {
    /// Whether anything was to be done.
    pub changed: bool,
    /// The crontab before the change, if it was changed.
    pub backup: Option<PathBuf>,
}

/// Why a job was not switched.
#[derive(Debug, thiserror::Error)]
pub enum SwitchFailure {
    /// What is said about it cannot be used.
    #[error("{0}")]
    Misconfigured(String),
    /// Nothing says when it is due.
    #[error("it has no schedule")]
    NoSchedule,
    /// The service manager cannot say the schedule.
    #[error("{0}")]
    Unsaid(String),
    /// Its runs are not recorded, and so nobody could hold them back.
    #[error("its crontab line is not adopted, so nothing could switch it back at that time")]
    NotAdopted,
    /// It cannot be wrapped or unwrapped.
    #[error(transparent)]
    Line(#[from] NotAdopted),
    /// It is not in the crontab.
    #[error("it is not a line of the crontab")]
    NoLine,
    /// Somebody wrote into its entry.
    #[error("'{}' was edited by hand: left alone", .0.display())]
    EditedByHand(PathBuf),
    /// Neither a service manager nor cron.
    #[error(
        "nothing here can run it: your systemd does not answer, and `crontab` is not installed"
    )]
    Nobody,
    /// Another switch is under way.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The crontab.
    #[error(transparent)]
    Crontab(#[from] CrontabError),
    /// The service manager.
    #[error(transparent)]
    Manager(#[from] AutostartError),
    /// A file of ours.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Switches a job.
pub fn set(
    overview: &Overview,
    listed: &Listed,
    wanted: SwitchTo,
    edited: Edited,
    source: &Source,
) -> Result<SwitchDone, SwitchFailure> {
    let switch = Switching {
        overview,
        listed,
        source,
    };
    if let (JobState::Edited(path), Edited::Keep) = (&listed.state, edited) {
        return Err(SwitchFailure::EditedByHand(path.clone()));
    }
    if let (JobState::Misconfigured(why), SwitchTo::On(_)) = (&listed.state, wanted) {
        return Err(SwitchFailure::Misconfigured(why.clone()));
    }
    match wanted {
        SwitchTo::On(until) => switch.on(until),
        SwitchTo::Off(Some(until)) => switch.hold_back(until),
        SwitchTo::Off(None) => switch.off(),
    }
}

/// Notes that somebody knows what went wrong with a job, or takes that back.
pub fn acknowledge(
    overview: &Overview,
    listed: &Listed,
    undo: bool,
) -> Result<SwitchDone, SwitchFailure> {
    let files = JobFiles::new(&overview.configured.home, &listed.name);
    let before = files.read_switch();
    let acknowledged = if undo {
        None
    } else {
        acknowledged(overview, listed, &before)
    };
    let changed = acknowledged != before.acknowledged;
    if changed {
        files.write_switch(&JobSwitch {
            acknowledged,
            ..before
        })?;
    }
    Ok(SwitchDone {
        changed,
        backup: None,
    })
}

/// That what is wrong with a job, if anything, was seen now.
fn acknowledged(overview: &Overview, listed: &Listed, before: &JobSwitch) -> Option<Acknowledged> {
    if !listed.is_wrong() {
        return before.acknowledged.clone();
    }
    Some(Acknowledged {
        at: overview.now.clone(),
        run: listed.unwell().map(|record| record.began.clone()),
    })
}

struct Switching<'a> {
    overview: &'a Overview,
    listed: &'a Listed,
    source: &'a Source,
}

impl Switching<'_> {
    fn on(&self, until: Option<DateTime<FixedOffset>>) -> Result<SwitchDone, SwitchFailure> {
        if until.is_some() && !self.listed.recorded {
            return Err(SwitchFailure::NotAdopted);
        }
        let files = self.files();
        let before = files.read_switch();
        let now = self.overview.now.wall;
        let mut done = match self.listed.state {
            JobState::Enabled | JobState::HeldBack(_) => SwitchDone::default(),
            JobState::Disabled
            | JobState::Differs
            | JobState::Edited(_)
            | JobState::Misconfigured(_) => self.register()?,
        };
        let was_off = done.changed || before.holds_back(now).is_some() || before.since.is_none();
        let after = JobSwitch {
            since: if was_off { Some(now) } else { before.since },
            off_from: until,
            off_until: None,
            ..before.clone()
        };
        let held = |switch: &JobSwitch| (switch.off_from, switch.off_until);
        if self.listed.recorded && after != before {
            done.changed |= held(&before) != held(&after);
            files.write_switch(&after)?;
        }
        Ok(done)
    }

    fn hold_back(&self, until: DateTime<FixedOffset>) -> Result<SwitchDone, SwitchFailure> {
        if !self.listed.recorded {
            return Err(SwitchFailure::NotAdopted);
        }
        let files = self.files();
        let switch = JobSwitch {
            off_from: Some(self.overview.now.wall),
            off_until: Some(until),
            ..files.read_switch()
        };
        files.write_switch(&switch)?;
        Ok(SwitchDone {
            changed: true,
            backup: None,
        })
    }

    fn off(&self) -> Result<SwitchDone, SwitchFailure> {
        let files = self.files();
        let before = files.read_switch();
        let after = JobSwitch {
            off_from: None,
            off_until: None,
            // Whoever switches it off because it failed knows that it has.
            acknowledged: acknowledged(self.overview, self.listed, &before),
            ..before.clone()
        };
        if after != before {
            files.write_switch(&after)?;
        }
        let name = &self.listed.name;
        match (self.listed.by, &self.listed.origin) {
            (None, _) => Ok(SwitchDone::default()),
            (Some(By::Manager(manager)), _) => {
                autostart::disable_job(manager, name)?;
                Ok(SwitchDone {
                    changed: true,
                    backup: None,
                })
            }
            (Some(By::Block), _) => self.edit(|text| Ok(crontab::without_block(text, name))),
            (Some(By::Line), _) => {
                self.edit(|text| Ok(crontab::switched(text, self.line()?, false)))
            }
        }
    }

    /// Makes somebody start the job when it is due.
    fn register(&self) -> Result<SwitchDone, SwitchFailure> {
        if let (Some(By::Line), JobState::Disabled) = (self.listed.by, &self.listed.state) {
            return self.edit(|text| Ok(crontab::switched(text, self.line()?, true)));
        }
        let found = self
            .overview
            .configured
            .find(&self.listed.name)
            .ok_or(SwitchFailure::NoLine)?;
        let job = match &found.job {
            Ok(job) => job,
            Err(error) => return Err(SwitchFailure::Misconfigured(error.to_string())),
        };
        let schedule = job.schedule.as_ref().ok_or(SwitchFailure::NoSchedule)?;
        let program = program_words(self.source).map_err(SwitchFailure::Misconfigured)?;
        let by_block = self.listed.by == Some(By::Block);
        if let Some(manager) = autostart::job_manager().filter(|_| !by_block) {
            return Self::by_manager(manager, job, schedule, &program);
        }
        if self.overview.crontab.is_none() && self.overview.unread.is_none() {
            return Err(SwitchFailure::Nobody);
        }
        self.edit(|text| block(text, job, &program).ok_or(SwitchFailure::NoSchedule))
    }

    fn by_manager(
        manager: Manager,
        job: &Job,
        schedule: &Schedule,
        program: &[String],
    ) -> Result<SwitchDone, SwitchFailure> {
        let files = manager.files(&job.name, schedule, &command(program, &job.name));
        let files = files.map_err(SwitchFailure::Unsaid)?;
        autostart::enable_job(manager, &job.name, &files)?;
        Ok(SwitchDone {
            changed: true,
            backup: None,
        })
    }

    /// The line of the crontab that runs the job.
    fn line(&self) -> Result<usize, SwitchFailure> {
        if let JobOrigin::Line(line) = self.listed.origin {
            return Ok(line);
        }
        let text = self.overview.crontab.as_deref().unwrap_or_default();
        let entries = crontab::entries(text, &std::collections::BTreeSet::new());
        let is_it = |entry: &&crontab::CrontabEntry| {
            entry.kind == crontab::EntryKind::Configured && entry.name == self.listed.name
        };
        let found = entries.iter().find(is_it).map(|entry| entry.line);
        found.ok_or(SwitchFailure::NoLine)
    }

    fn edit(
        &self,
        change: impl FnOnce(&[u8]) -> Result<Vec<u8>, SwitchFailure>,
    ) -> Result<SwitchDone, SwitchFailure> {
        edit(self.overview, change)
    }

    fn files(&self) -> JobFiles {
        JobFiles::new(&self.overview.configured.home, &self.listed.name)
    }
}

/// Changes the crontab that was looked at, if it is still the same.
fn edit(
    overview: &Overview,
    change: impl FnOnce(&[u8]) -> Result<Vec<u8>, SwitchFailure>,
) -> Result<SwitchDone, SwitchFailure> {
    let Some(before) = overview.crontab.as_deref() else {
        // Why not is said once more.
        return Err(crate::os::crontab::read()
            .err()
            .map_or(CrontabError::NotInstalled, |why| why)
            .into());
    };
    let after = change(before)?;
    if after == before {
        return Ok(SwitchDone::default());
    }
    let home = &overview.configured.home;
    let _held = lock::take(
        &home.join("crontab.lock"),
        std::time::Duration::from_secs(5),
    )?;
    let now = Local::now().format("%Y-%m-%dT%H-%M-%S").to_string();
    let backup = crate::os::crontab::replace(before, &after, &home.join("crontab"), &now)?;
    Ok(SwitchDone {
        changed: true,
        backup: Some(backup),
    })
}

/// Wraps a line of the crontab so that its runs are recorded, or takes the wrapper away.
pub fn adopt(
    overview: &Overview,
    listed: &Listed,
    undo: bool,
    source: &Source,
) -> Result<SwitchDone, SwitchFailure> {
    let JobOrigin::Line(line) = listed.origin else {
        return Err(SwitchFailure::NoLine);
    };
    if undo {
        return edit(overview, |text| Ok(crontab::undo(text, line)?));
    }
    if listed.recorded {
        return Ok(SwitchDone::default());
    }
    let program = program_words(source).map_err(SwitchFailure::Misconfigured)?;
    let done = edit(overview, |text| {
        Ok(crontab::adopt(text, line, &listed.name, &program)?)
    })?;
    let files = JobFiles::new(&overview.configured.home, &listed.name);
    files.write_switch(&JobSwitch {
        since: Some(overview.now.wall),
        ..JobSwitch::default()
    })?;
    Ok(done)
}
