//! The configured jobs: in the configuration file, and in files of their own.

use std::path::{Path, PathBuf};

use crate::app::settings::{SettingsError, Source};
use crate::model::config::job::{self, Job, NamedJob};
use crate::model::config::{Flaw, Origin};
use crate::os::config_file::{self, ConfigError};
use crate::os::{job_files, paths};

/// Where everything of the jobs is, and what is configured.
#[derive(Debug)]
pub struct Configured {
    /// The folder for everything that is ours.
    pub home: PathBuf,
    /// The configuration file.
    pub config_file: PathBuf,
    /// Every job that is configured, by what is wrong with it if it cannot be used.
    pub jobs: Vec<FoundJob>,
}

/// A job that is configured.
#[derive(Debug)]
pub struct FoundJob {
    /// Its name.
    pub name: String,
    /// The file that configures it.
    pub file: PathBuf,
    /// What it says.
    pub job: Result<Job, ConfigError>,
}

impl Configured {
    /// Reads the files. What is wrong with one job is no matter to the others; a
    /// configuration file that is no TOML is one to all.
    pub fn load(source: &Source) -> Result<Self, SettingsError> {
        let places = source.load_without_file()?;
        let user_home = paths::user_home(&paths::variable)?;
        // Whoever names a file means one that is there.
        let is_named = places.origins["config"] != Origin::Default;
        let mut configured = Self {
            home: places.home,
            config_file: places.config_file,
            jobs: Vec::new(),
        };
        let text = config_file::read(&configured.config_file, is_named)?;
        let path = &configured.config_file;
        let named = job::jobs(&text, &user_home).map_err(|flaw| invalid(path, flaw))?;
        let in_file = named
            .into_iter()
            .map(|(name, job)| found(path, (name, job)));
        configured.jobs.extend(in_file.collect::<Vec<_>>());
        for (name, path) in job_files::configured(&configured.home) {
            let there = configured.jobs.iter_mut().find(|other| other.name == name);
            if let Some(other) = there {
                other.job = Err(twice(&name, &other.file, &path));
                continue;
            }
            let text = config_file::read(&path, true);
            let job = text.and_then(|text| {
                job::job(&name, &text, &user_home).map_err(|flaw| invalid(&path, flaw))
            });
            let file = path;
            configured.jobs.push(FoundJob { name, file, job });
        }
        Ok(configured)
    }

    /// The job of this name.
    pub fn find(&self, name: &str) -> Option<&FoundJob> {
        self.jobs.iter().find(|found| found.name == name)
    }
}

/// Whether there may be jobs that the configuration file does not name: in files of their own,
/// or in the crontab, if one was run or switched already.
pub fn are_elsewhere(home: &Path) -> bool {
    ["jobs.d", "jobs"]
        .iter()
        .any(|name| home.join(name).is_dir())
}

fn found(path: &Path, (name, job): NamedJob) -> FoundJob {
    FoundJob {
        name,
        file: path.to_owned(),
        job: job.map_err(|flaw| invalid(path, flaw)),
    }
}

fn invalid(path: &Path, flaw: Flaw) -> ConfigError {
    ConfigError::Invalid {
        path: path.to_owned(),
        flaw,
    }
}

fn twice(name: &str, first: &Path, second: &Path) -> ConfigError {
    let message = format!("{name} is configured in '{}' as well", first.display());
    let flaw = Flaw {
        line: 1,
        key: None,
        message,
    };
    invalid(second, flaw)
}
