//! Looks at the jobs regularly, and reads only when something may have changed: as long as
//! nothing has, a look costs one `stat(2)` per file.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset};

use super::list::Overview;
use super::run;
use crate::app::look;
use crate::app::settings::Source;
use crate::model::jobs::listed::Listed;
use crate::model::jobs::record::Last;
use crate::model::screen::jobs::JobSeen;
use crate::os::config_file::{FileStamp, stamp};
use crate::os::crontab;

/// How often it is looked whether a run that is due has been missed, in awake time.
const MISSED: Duration = Duration::from_secs(30);
/// How often it is looked whether a run is still in progress: one that is killed writes nothing.
const RUNNING: Duration = Duration::from_secs(10);
/// How often the crontab is read at most because somebody is about to look.
const CRONTAB: Duration = Duration::from_secs(5);

/// Who looks at the jobs.
#[derive(Debug)]
pub struct JobWatch {
    source: Source,
    home: PathBuf,
    /// The files that say what the jobs are.
    files: Vec<PathBuf>,
    stamps: Option<Vec<Option<FileStamp>>>,
    crontab: Option<Vec<u8>>,
    /// When the crontab was read, and by which stamps.
    crontab_read: Option<(Instant, [Option<FileStamp>; 2])>,
    /// When it is looked again though nothing has changed.
    again: Again,
    shown: Vec<JobSeen>,
}

#[derive(Debug, Default)]
struct Again {
    at: Option<Instant>,
    /// When the next run is due.
    due: Option<DateTime<FixedOffset>>,
}

impl JobWatch {
    /// Begins, without a look.
    pub fn new(source: Source, home: PathBuf, config_file: PathBuf) -> Self {
        Self {
            source,
            home,
            files: vec![config_file],
            stamps: None,
            crontab: None,
            crontab_read: None,
            again: Again::default(),
            shown: Vec::new(),
        }
    }

    /// The jobs, if they are not as they were at the last look. `is_asked` is whether
    /// somebody is about to see them.
    pub fn look(&mut self, is_asked: bool) -> Option<Vec<JobSeen>> {
        let is_read = self.read_crontab(is_asked);
        let stamps = self.stamps();
        if !is_read && self.stamps.as_ref() == Some(&stamps) && !self.again.is_now() {
            return None;
        }
        self.stamps = Some(stamps);
        let overview = match Overview::with_crontab(&self.source, self.crontab.clone()) {
            Ok(overview) => overview,
            // What is wrong with the configuration is said elsewhere.
            Err(error) => {
                tracing::debug!("cannot look at the jobs: {error}");
                return None;
            }
        };
        let configured = &overview.configured;
        let files = configured.jobs.iter().map(|found| found.file.clone());
        self.files = std::iter::once(configured.config_file.clone())
            .chain(files)
            .collect();
        self.files.dedup();
        self.again = Again::after(&overview.jobs);
        let seen: Vec<JobSeen> = overview.jobs.into_iter().map(seen).collect();
        if self.shown == seen {
            return None;
        }
        self.shown.clone_from(&seen);
        Some(seen)
    }

    /// Reads the crontab where it may be another one than before; returns whether it was read.
    fn read_crontab(&mut self, is_asked: bool) -> bool {
        let spool = crontab::folder();
        let backups = self.home.join("crontab");
        let stamps = [spool.and_then(stamp), stamp(&backups)];
        let is_known = self.crontab_read.as_ref().is_some_and(|(at, before)| {
            let lately = !is_asked || at.elapsed() < CRONTAB;
            lately && *before == stamps
        });
        if is_known {
            return false;
        }
        let text = crontab::read()
            .map_err(|error| tracing::debug!("{error}"))
            .ok();
        self.crontab_read = Some((Instant::now(), stamps));
        let is_another = self.crontab != text;
        self.crontab = text;
        is_another
    }

    fn stamps(&self) -> Vec<Option<FileStamp>> {
        let folders = ["jobs", "jobs.d"].map(|name| self.home.join(name));
        self.files
            .iter()
            .chain(&folders)
            .map(|path| stamp(path))
            .collect()
    }
}

impl Again {
    fn after(jobs: &[Listed]) -> Self {
        let is_awaited = |job: &&Listed| job.is_enabled() && job.recorded && job.next.is_some();
        let running = jobs.iter().any(|job| matches!(job.last, Last::Running(_)));
        let pause = if running {
            Some(RUNNING)
        } else {
            jobs.iter().find(is_awaited).map(|_| MISSED)
        };
        Self {
            at: pause.map(|pause| Instant::now() + pause),
            due: jobs.iter().filter_map(|job| job.next).min(),
        }
    }

    fn is_now(&self) -> bool {
        let is_over = self.at.is_some_and(|at| at <= Instant::now());
        is_over || self.due.is_some_and(|due| due <= look::now().wall)
    }
}

fn seen(job: Listed) -> JobSeen {
    let said = job.unwell().map_or_else(Vec::new, |record| {
        run::last_words(&record.output, record.output_start)
    });
    JobSeen { job, said }
}
