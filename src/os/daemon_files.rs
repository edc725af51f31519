//! What the home folder has of daemons besides the configuration file: the files
//! `daemons.d/NAME.toml`, and the folders of those that have run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::private_file::FileError;

/// What is there.
#[derive(Debug, Default)]
pub struct DaemonFiles {
    /// The files of `daemons.d`: the name of the daemon, and the path.
    pub files: Vec<(String, PathBuf)>,
    /// The folders that have the record of a run, by name.
    pub run: Vec<String>,
}

/// Looks for them.
pub fn find(home: &Path) -> Result<DaemonFiles, FileError> {
    let folder = home.join("daemons.d");
    let mut found = DaemonFiles::default();
    let entries = match fs::read_dir(home) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        // It may be one that can be entered and not listed.
        Err(_) => {
            found.files = configured(&folder)?;
            return Ok(found);
        }
    };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name == "daemons.d" {
            found.files = configured(&folder)?;
        } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) && has_run(&entry.path()) {
            found.run.push(name);
        }
    }
    found.run.sort();
    Ok(found)
}

/// Whether a folder has the record of a run, and is no home folder of its own.
fn has_run(folder: &Path) -> bool {
    let is_there = |name| fs::symlink_metadata(folder.join(name)).is_ok();
    is_there("daemon.json") && !is_there("config.toml")
}

/// The files of the folder `daemons.d`; none where it is not there.
pub fn configured(folder: &Path) -> Result<Vec<(String, PathBuf)>, FileError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(FileError::at("read folder", folder))?,
    };
    let mut files: Vec<(String, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let stem = name.strip_suffix(".toml")?;
            let is_hidden = stem.is_empty() || stem.starts_with('.');
            (!is_hidden).then(|| (stem.to_owned(), entry.path()))
        })
        .collect();
    files.sort();
    Ok(files)
}
