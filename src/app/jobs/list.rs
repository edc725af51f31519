//! Every job, with everything that is known about it. Looking changes nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use chrono::Local;

use super::load::{Configured, FoundJob};
use super::{command, moment_in, program_words};
use crate::app::settings::{SettingsError, Source};
use crate::model::config::job::{GRACE, Job, Notify};
use crate::model::jobs::crontab::{self, Block, CronTimes, CrontabEntry, EntryKind};
use crate::model::jobs::entry::Manager;
use crate::model::jobs::listed::{By, JobOrigin, JobState, Listed};
use crate::model::jobs::missed::{KnownClocks, missed};
use crate::model::jobs::record::{Clocks, Last};
use crate::model::jobs::schedule::Schedule;
use crate::model::life::observation::ProcessSeen;
use crate::model::life::record::Identity;
use crate::os::autostart::{self, JobEntry};
use crate::os::crontab::CrontabError;
use crate::os::job_files::{self, JobFiles, NoRecord};
use crate::os::process;

/// Every job, and what could not be looked at.
#[derive(Debug)]
pub struct Overview {
    /// What is configured.
    pub configured: Configured,
    /// The crontab as it was read; nothing if it cannot be.
    pub crontab: Option<Vec<u8>>,
    /// Those of the configuration first, then those of the crontab, in their order.
    pub jobs: Vec<Listed>,
    /// Why the crontab could not be read, if there is one that may have jobs.
    pub unread: Option<CrontabError>,
    /// When this was.
    pub now: Clocks,
}

impl Overview {
    /// Looks at every job.
    pub fn of(source: &Source) -> Result<Self, SettingsError> {
        let (text, unread) = match crate::os::crontab::read() {
            Ok(text) => (Some(text), None),
            // If there is no cron there are no jobs of its.
            Err(CrontabError::NotInstalled) => (None, None),
            Err(error) => (None, Some(error)),
        };
        let overview = Self::with_crontab(source, text)?;
        Ok(Self { unread, ..overview })
    }

    /// The same with a crontab that was read before.
    pub fn with_crontab(source: &Source, text: Option<Vec<u8>>) -> Result<Self, SettingsError> {
        let configured = Configured::load(source)?;
        let taken: BTreeSet<String> = configured
            .jobs
            .iter()
            .map(|found| found.name.clone())
            .collect();
        let entries = crontab::entries(text.as_deref().unwrap_or_default(), &taken);
        let eyes = Eyes::new(configured.home.clone(), source);
        let mut jobs = Vec::new();
        for found in &configured.jobs {
            let line = entries
                .iter()
                .find(|entry| entry.kind == EntryKind::Configured && entry.name == found.name);
            jobs.push(eyes.configured(found, text.as_deref().unwrap_or_default(), line));
        }
        for entry in entries {
            let known = entry.kind == EntryKind::Configured && taken.contains(&entry.name);
            if !known {
                jobs.push(eyes.line(entry));
            }
        }
        for name in job_files::recorded(&configured.home) {
            if !jobs.iter().any(|job| job.name == name) {
                jobs.push(eyes.listed(&name, JobOrigin::Record, JobState::Disabled, None, true));
            }
        }
        Ok(Self {
            configured,
            crontab: text,
            jobs,
            unread: None,
            now: eyes.now,
        })
    }
}

/// What every look at a job needs.
struct Eyes<'a> {
    home: PathBuf,
    source: &'a Source,
    now: Clocks,
    manager: Duration,
    seen: Vec<Clocks>,
}

impl<'a> Eyes<'a> {
    fn new(home: PathBuf, source: &'a Source) -> Self {
        // Where this boot cannot be told from others, no record is of this one.
        let now = moment_in(process::boot_id().unwrap_or_default());
        let records = job_files::recorded(&home).into_iter();
        let records = records.filter_map(|name| JobFiles::new(&home, &name).read_record().ok()?);
        let seen: Vec<Clocks> = records
            .flat_map(|record| {
                let end = record.end.map(|end| end.at);
                [Some(record.began), end].into_iter().flatten()
            })
            .collect();
        Self {
            home,
            source,
            now,
            manager: autostart::job_manager_is_there_for(),
            seen,
        }
    }

    fn configured(&self, found: &FoundJob, crontab: &[u8], line: Option<&CrontabEntry>) -> Listed {
        let origin = JobOrigin::File(found.file.clone());
        let job = match &found.job {
            Ok(job) => job,
            Err(error) => {
                let state = JobState::Misconfigured(error.to_string());
                let by = Self::by(&found.name, crontab, line);
                return self.listed(&found.name, origin, state, by, true);
            }
        };
        let (state, by) = self.state(job, crontab, line);
        let mut listed = self.listed(&job.name, origin, state, by, true);
        listed.group.clone_from(&job.group);
        listed.notify = job.notify;
        listed.command = shell_words::join(&job.command);
        listed.schedule = job.schedule.as_ref().map(|schedule| schedule.text.clone());
        let times = match (by, line.map(|line| &line.when)) {
            // The user's own line says when.
            (Some(By::Line), Some(CronTimes::Times(schedule))) => Some(schedule),
            (Some(By::Line), _) => None,
            _ => job.schedule.as_ref(),
        };
        if by == Some(By::Line) {
            listed.schedule = times.map(|schedule| schedule.text.clone());
        }
        self.times(&mut listed, times, job.grace);
        listed
    }

    fn line(&self, entry: CrontabEntry) -> Listed {
        let recorded = entry.kind != EntryKind::Plain;
        let state = match (&entry.when, entry.enabled, entry.kind) {
            (_, false, _) => JobState::Disabled,
            (CronTimes::Unclear(why), true, _) => {
                JobState::Misconfigured(format!("line {} of the crontab: {why}", entry.line + 1))
            }
            (_, true, EntryKind::Configured) => JobState::Misconfigured(format!(
                "line {} of the crontab runs `{}`, which is not configured",
                entry.line + 1,
                entry.name
            )),
            (_, true, EntryKind::Plain | EntryKind::Recorded) => JobState::Enabled,
        };
        let by = Some(By::Line);
        let mut listed = self.listed(
            &entry.name,
            JobOrigin::Line(entry.line),
            state,
            by,
            recorded,
        );
        listed.command = entry.command;
        match &entry.when {
            CronTimes::Times(schedule) => {
                listed.schedule = Some(schedule.text.clone());
                self.times(&mut listed, Some(schedule), GRACE);
            }
            CronTimes::Reboot => listed.schedule = Some("@reboot".into()),
            CronTimes::Unclear(_) => {}
        }
        listed
    }

    /// Who starts a configured job, or would if it were switched on.
    fn by(name: &str, crontab: &[u8], line: Option<&CrontabEntry>) -> Option<By> {
        let manager = MANAGER.filter(|manager| {
            autostart::look_at_job(*manager, name).is_ok_and(|entry| entry.is_there())
        });
        let block = || Block::find(crontab, name).map(|_| By::Block);
        manager
            .map(By::Manager)
            .or_else(block)
            .or(line.map(|_| By::Line))
    }

    /// Whether a configured job is enabled, and by whom.
    fn state(
        &self,
        job: &Job,
        crontab: &[u8],
        line: Option<&CrontabEntry>,
    ) -> (JobState, Option<By>) {
        if let Some(manager) = MANAGER
            && let Ok(entry) = autostart::look_at_job(manager, &job.name)
            && entry.is_there()
        {
            return (
                self.state_of_entry(manager, job, &entry),
                Some(By::Manager(manager)),
            );
        }
        if let Some(block) = Block::find(crontab, &job.name) {
            let expected = super::block(crontab, job, &self.program());
            let state = match (block.intact, expected.as_deref() == Some(crontab)) {
                (true, true) => JobState::Enabled,
                (true, false) => JobState::Differs,
                (false, _) => JobState::Edited("crontab".into()),
            };
            return (state, Some(By::Block));
        }
        match line {
            Some(line) if line.enabled => (JobState::Enabled, Some(By::Line)),
            Some(_) => (JobState::Disabled, Some(By::Line)),
            None => (JobState::Disabled, None),
        }
    }

    fn state_of_entry(&self, manager: Manager, job: &Job, entry: &JobEntry) -> JobState {
        let edited = entry
            .files
            .iter()
            .find(|(_, text)| text.as_ref().is_some_and(|text| !manager.is_ours(text)));
        if let Some((path, _)) = edited {
            return JobState::Edited(path.clone());
        }
        if !entry.on {
            return JobState::Disabled;
        }
        let schedule = job.schedule.as_ref();
        let files = schedule.and_then(|schedule| {
            manager
                .files(&job.name, schedule, &command(&self.program(), &job.name))
                .ok()
        });
        let expected = files
            .unwrap_or_default()
            .into_iter()
            .map(|file| Some(file.text));
        let there = entry.files.iter().map(|(_, text)| text.clone());
        if expected.eq(there) {
            JobState::Enabled
        } else {
            JobState::Differs
        }
    }

    fn program(&self) -> Vec<String> {
        program_words(self.source).unwrap_or_default()
    }

    /// A job with what its own files tell.
    fn listed(
        &self,
        name: &str,
        origin: JobOrigin,
        state: JobState,
        by: Option<By>,
        recorded: bool,
    ) -> Listed {
        let switch = JobFiles::new(&self.home, name).read_switch();
        let state = match (state, switch.holds_back(self.now.wall)) {
            (JobState::Enabled | JobState::Differs, Some(until)) => JobState::HeldBack(until),
            (state, _) => state,
        };
        let last = if recorded {
            self.last(name)
        } else {
            Last::Never
        };
        Listed {
            name: name.to_owned(),
            origin,
            group: None,
            command: String::new(),
            schedule: None,
            state,
            by,
            acknowledged: switch.has_acknowledged(&last),
            last,
            recorded,
            next: None,
            missed: None,
            notify: Notify::Failure,
        }
    }

    fn last(&self, name: &str) -> Last {
        let lives = |process: &Identity| {
            let seen = process::see(process.pid, &self.now.boot_id);
            matches!(seen, ProcessSeen::Alive(facts) if facts.identity == *process)
        };
        match JobFiles::new(&self.home, name).read_record() {
            Ok(Some(record)) => {
                let lives = record.process.as_ref().is_some_and(lives) || lives(&record.wrapper);
                if record.end.is_none() && !lives {
                    // It may have ended since it was read.
                    if let Ok(Some(again)) = JobFiles::new(&self.home, name).read_record() {
                        return Last::of(again, false);
                    }
                }
                Last::of(record, lives)
            }
            Ok(None) => Last::Never,
            Err(error) => {
                tracing::debug!("record of {name}: {error}");
                Last::Unreadable(match error {
                    NoRecord::Newer => "its record was written by a newer version",
                    NoRecord::Damaged | NoRecord::Unreadable(_) => "its record cannot be read",
                })
            }
        }
    }

    /// When it is due next, and what was missed.
    fn times(&self, listed: &mut Listed, schedule: Option<&Schedule>, grace: Duration) {
        let Some(schedule) = schedule else {
            return;
        };
        let switch = JobFiles::new(&self.home, &listed.name).read_switch();
        let now = self.now.wall;
        let from = match listed.state {
            JobState::Enabled | JobState::Differs => Some(now),
            JobState::HeldBack(until) => until,
            JobState::Edited(_) | JobState::Disabled | JobState::Misconfigured(_) => None,
        };
        let next = from.and_then(|from| schedule.next(&from.with_timezone(&Local)));
        listed.next = next.map(|next| next.fixed_offset());
        let covered = [
            switch.since,
            switch.held_until(now),
            switch.acknowledged_until(&self.now),
            listed.last.covers(&self.now),
        ];
        let covered = covered.into_iter().flatten().max();
        let known = KnownClocks {
            now: &self.now,
            manager: self.manager,
            seen: &self.seen,
        };
        if let (JobState::Enabled | JobState::Differs, true, Some(covered)) =
            (&listed.state, listed.recorded, covered)
        {
            listed.missed = missed(schedule, grace, covered, known, &Local);
        }
    }
}

/// The manager whose entries are searched for, whether or not it answers now.
const MANAGER: Option<Manager> = autostart::MANAGER_OF_JOBS;
