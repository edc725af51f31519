//! The configuration file.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::private_file::{self, FileError};
use crate::model::config::{self, FileConfig, Flaw};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file says what it should not.
    #[error("{}:{}: {}{}", path.display(), flaw.line, flaw.key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default(), flaw.message)]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Where in it, and what.
        flaw: Flaw,
    },
    /// Somebody else goes on writing it.
    #[error("'{}' was changed meanwhile; try again", .0.display())]
    Changed(PathBuf),
    /// A file that must not be overwritten is there.
    #[error("'{}' is there already", .0.display())]
    Exists(PathBuf),
}

/// What tells one state of the file from another without reading it: the file, its
/// length and when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(u64, u64, SystemTime);

/// The file's stamp; nothing where there is none.
pub fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some(Stamp(
        metadata.ino(),
        metadata.len(),
        metadata.modified().ok()?,
    ))
}

/// Reads the file; nothing where there is none.
pub fn read(path: &Path) -> Result<Option<FileConfig>, ConfigError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FileError::at("read configuration file", path)(error).into()),
    };
    config::parse(&text)
        .map(Some)
        .map_err(|flaw| ConfigError::Invalid {
            path: path.to_owned(),
            flaw,
        })
}

/// Writes a new file; one that is there is kept unless `force` is set, and then
/// renamed to a backup, whose path is returned.
pub fn create(path: &Path, content: &str, force: bool) -> Result<Option<PathBuf>, ConfigError> {
    let there = fs::symlink_metadata(path).is_ok();
    if there && !force {
        return Err(ConfigError::Exists(path.to_owned()));
    }
    let backup = there.then(|| unused_backup(path));
    if let Some(backup) = &backup {
        fs::rename(path, backup).map_err(FileError::at("rename", path))?;
    }
    private_file::write(path, content.as_bytes())?;
    Ok(backup)
}

/// `<name>.bak`, or with a number behind it: an older backup is kept.
fn unused_backup(path: &Path) -> PathBuf {
    let named = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let numbered = (2..).map(|number| named(&format!(".bak{number}")));
    std::iter::once(named(".bak"))
        .chain(numbered)
        .find(|name| fs::symlink_metadata(name).is_err())
        .unwrap_or_else(|| named(".bak"))
}

/// Sets a boolean in a table of the file, which is made where there is none. Comments
/// and order stay as they are, and so does what another program writes meanwhile.
#[cfg(feature = "tray")]
pub fn set_bool(path: &Path, table: &str, key: &str, value: bool) -> Result<(), ConfigError> {
    const TRIES: usize = 3;
    // Through a symbolic link, as those who keep their settings elsewhere have it.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    for _ in 0..TRIES {
        let before = stamp(&target);
        let changed = with_bool(&target, table, key, value)?;
        if stamp(&target) == before {
            return Ok(private_file::write(&target, changed.as_bytes())?);
        }
    }
    Err(ConfigError::Changed(target))
}

#[cfg(feature = "tray")]
fn with_bool(path: &Path, table: &str, key: &str, value: bool) -> Result<String, ConfigError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(FileError::at("read configuration file", path)(error).into()),
    };
    let invalid = |flaw| ConfigError::Invalid {
        path: path.to_owned(),
        flaw,
    };
    // A file that is broken already is not written into.
    config::parse(&text).map_err(invalid)?;
    let changed = config::with_bool(&text, table, key, value).map_err(invalid)?;
    config::parse(&changed).map_err(invalid)?;
    Ok(changed)
}
