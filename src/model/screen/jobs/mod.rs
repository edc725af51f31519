//! What the screen knows about the jobs, and what was announced about them.

mod notices;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::model::config::job::Notify;
use crate::model::jobs::listed::Listed;
use crate::model::jobs::record::{Clocks, Last};
use crate::model::screen::job_command::JobId;
use crate::model::screen::notice::Notice;

/// A job as a look has shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSeen {
    /// All that is known of it.
    pub job: Listed,
    /// What its last run said of why it failed, a line each.
    pub said: Vec<String>,
}

/// What was announced about a job. It is kept on disk, so that nothing is announced twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When the run began whose end was announced.
    run: Option<Clocks>,
    /// When the first of the missed runs was due that were told.
    missed: Option<DateTime<FixedOffset>>,
}

/// What was announced, by the names of the jobs.
pub type Memory = BTreeMap<String, Told>;

/// What is remembered of the jobs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Jobs {
    /// Every job that was ever seen, by its number.
    names: Vec<String>,
    /// The jobs as they are, in the order in which they are listed.
    seen: Vec<(JobId, JobSeen)>,
    told: Memory,
    /// Whether a look was made: what has gone well before it is no news.
    looked: bool,
    /// The jobs that the user has asked to run.
    asked: BTreeSet<JobId>,
}

/// What is to be announced jobs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct News {
    pub notice: Notice,
    /// The job that it is about; none if it is about several.
    pub job: Option<JobId>,
    /// Whether it stands until that job is well again.
    pub stands: bool,
}

impl Jobs {
    /// With what an earlier screen has told.
    pub fn remembering(told: Memory) -> Self {
        Self {
            told,
            ..Self::default()
        }
    }

    /// What was announced.
    pub fn told(&self) -> &Memory {
        &self.told
    }

    /// The name of a job that is still there.
    pub fn name(&self, id: JobId) -> Option<&str> {
        let is_there = self.seen.iter().any(|(other, _)| *other == id);
        self.names
            .get(id.0)
            .map(String::as_str)
            .filter(|_| is_there)
    }

    /// Notes that the user wants to hear what becomes of a run.
    pub fn ask(&mut self, id: JobId) {
        self.asked.insert(id);
    }

    /// The jobs as they are, in the order in which they are listed.
    pub fn seen(&self) -> &[(JobId, JobSeen)] {
        &self.seen
    }

    /// The jobs that went wrong.
    pub fn wrong(&self) -> impl Iterator<Item = &JobSeen> {
        let wrong = self.seen.iter().filter(|(_, seen)| seen.job.is_wrong());
        wrong.map(|(_, seen)| seen)
    }

    /// Whether a job that went wrong still waits for somebody to see it.
    pub fn is_wrong(&self, id: JobId) -> bool {
        let mut seen = self.seen.iter();
        seen.any(|(other, seen)| *other == id && seen.job.is_wrong())
    }

    /// Takes in how the jobs are, and says what is to be told.
    pub fn observe(&mut self, seen: Vec<JobSeen>) -> Option<News> {
        self.seen = seen
            .into_iter()
            .map(|seen| (self.id(&seen.job.name), seen))
            .collect();
        let seen = std::mem::take(&mut self.seen);
        let names: BTreeSet<&str> = seen.iter().map(|(_, it)| it.job.name.as_str()).collect();
        self.told.retain(|name, _| names.contains(name.as_str()));
        let told: Vec<(JobId, Notice, bool)> = seen
            .iter()
            .filter_map(|(id, seen)| {
                let (notice, stands) = self.news_of(*id, seen)?;
                Some((*id, notice, stands))
            })
            .collect();
        self.seen = seen;
        self.looked = true;
        match &told[..] {
            [] => None,
            [(id, notice, stands)] => Some(News {
                notice: notice.clone(),
                job: Some(*id),
                stands: *stands,
            }),
            many => Some(News {
                notice: notices::of_many(many.iter().map(|(_, notice, _)| notice)),
                job: None,
                stands: false,
            }),
        }
    }

    fn id(&mut self, name: &str) -> JobId {
        let known = self.names.iter().position(|other| other == name);
        JobId(known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        }))
    }

    /// What has yet to be announced about a job; and whether it stands until the job is
    /// well again.
    fn news_of(&mut self, id: JobId, seen: &JobSeen) -> Option<(Notice, bool)> {
        let job = &seen.job;
        let told = self.told.entry(job.name.clone()).or_default();
        let ended = match &job.last {
            Last::Ended(record, _) | Last::Lost(record) => Some(&record.began),
            Last::Never | Last::Running(_) | Last::Unreadable(_) => None,
        };
        let is_new = ended.is_some() && told.run.as_ref() != ended;
        let failed = is_new && job.unwell().is_some() && !job.acknowledged;
        let asked = is_new && self.asked.remove(&id);
        let is_wrong = failed && (job.is_wrong() || asked);
        let went_well = is_new && job.unwell().is_none() && self.looked;
        if is_new {
            told.run = ended.cloned();
        }
        let missed = job.missed.filter(|missed| told.missed != Some(missed.due));
        if let Some(missed) = missed {
            told.missed = Some(missed.due);
        }
        match job.notify {
            Notify::Never => None,
            Notify::Failure | Notify::Always if is_wrong => {
                Some((notices::unwell(seen), job.is_enabled()))
            }
            Notify::Failure | Notify::Always if missed.is_some() => {
                Some((notices::missed(seen)?, true))
            }
            Notify::Always if went_well => Some((notices::well(seen), false)),
            Notify::Failure | Notify::Always => None,
        }
    }
}
