//! The files of each job in `jobs/`: the record of its last run, and its switch.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::private_file::{self, FileError};
use super::process;
use crate::model::jobs::record::JobRecord;
use crate::model::jobs::switch::JobSwitch;
#[cfg(feature = "tray")]
use crate::model::screen::jobs::Memory;

/// How long a file may be, in bytes.
const MOST: u64 = 1024 * 1024;

/// Why a record that is there says nothing.
#[derive(Debug, thiserror::Error)]
pub enum NoRecord {
    /// It cannot be read, or somebody else may have written it.
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
    /// It is no record.
    #[error("it is damaged")]
    Damaged,
    /// It is one of a version to come, and left alone.
    #[error("it was written by a newer version")]
    Newer,
}

/// The files of a job.
#[derive(Debug, Clone)]
pub struct JobFiles {
    folder: PathBuf,
    name: String,
}

impl JobFiles {
    /// Those of a job, under the home folder.
    pub fn new(home: &Path, name: &str) -> Self {
        Self {
            folder: home.join("jobs"),
            name: name.to_owned(),
        }
    }

    /// The record of the last run.
    pub fn record(&self) -> PathBuf {
        self.named("json")
    }

    /// The lock that lets no two runs go at once.
    pub fn lock(&self) -> PathBuf {
        self.named("lock")
    }

    /// What the runs wrote.
    pub fn output(&self) -> PathBuf {
        self.named("out")
    }

    fn switch(&self) -> PathBuf {
        self.named("switch")
    }

    fn named(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.name))
    }

    /// The record; nothing if there is none.
    pub fn read_record(&self) -> Result<Option<JobRecord>, NoRecord> {
        let Some(text) = read(&self.record()).map_err(NoRecord::Unreadable)? else {
            return Ok(None);
        };
        match JobRecord::parse(&text) {
            None if JobRecord::is_newer(&text) => Err(NoRecord::Newer),
            None => Err(NoRecord::Damaged),
            record => Ok(record),
        }
    }

    /// Writes the record in one step. It is not waited for the disk: with the power goes what
    /// is known of the run, and never is one taken for good that was not.
    pub fn write_record(&self, record: &JobRecord) -> Result<(), FileError> {
        let path = self.record();
        let text = record
            .text()
            .map_err(io::Error::from)
            .map_err(FileError::at("write record", &path))?;
        private_file::write_quickly(&path, text.as_bytes())
    }

    /// What was said about the job; nothing if that cannot be read.
    pub fn read_switch(&self) -> JobSwitch {
        let text = read(&self.switch()).ok().flatten();
        let switch = text.and_then(|text| serde_json::from_slice(&text).ok());
        switch.unwrap_or_default()
    }

    /// Keeps what was said about the job.
    pub fn write_switch(&self, switch: &JobSwitch) -> Result<(), FileError> {
        let path = self.switch();
        let text = serde_json::to_string(switch)
            .map_err(io::Error::from)
            .map_err(FileError::at("write", &path))?;
        private_file::write(&path, format!("{text}\n").as_bytes())
    }
}

/// What the tray has announced about the jobs; nothing if that cannot be read.
#[cfg(feature = "tray")]
pub fn read_told(home: &Path) -> Memory {
    let text = read(&told(home)).ok().flatten();
    let told = text.and_then(|text| serde_json::from_slice(&text).ok());
    told.unwrap_or_default()
}

/// Keeps what the tray has announced about the jobs.
#[cfg(feature = "tray")]
pub fn write_told(home: &Path, memory: &Memory) -> Result<(), FileError> {
    let path = told(home);
    let text = serde_json::to_string(memory)
        .map_err(io::Error::from)
        .map_err(FileError::at("write", &path))?;
    private_file::write_quickly(&path, format!("{text}\n").as_bytes())
}

#[cfg(feature = "tray")]
fn told(home: &Path) -> PathBuf {
    home.join("told.json")
}

/// The names of the jobs that have a record.
pub fn recorded(home: &Path) -> Vec<String> {
    names(&home.join("jobs"), ".json")
}

/// The files `jobs.d/NAME.toml`: their names, and their paths.
pub fn configured(home: &Path) -> Vec<(String, PathBuf)> {
    let folder = home.join("jobs.d");
    names(&folder, ".toml")
        .into_iter()
        .map(|name| {
            let path = folder.join(format!("{name}.toml"));
            (name, path)
        })
        .collect()
}

/// The names of the files in a folder, without their ending, in order.
fn names(folder: &Path, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let stem = name.strip_suffix(ending)?;
            (!stem.starts_with('.')).then(|| stem.to_owned())
        })
        .collect();
    names.sort();
    names
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match private_file::open_plain(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.uid() != process::our_uid() || metadata.mode() & 0o022 != 0 {
        return Err(io::Error::other("somebody else may have written it"));
    }
    let mut bytes = Vec::with_capacity(1024);
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
