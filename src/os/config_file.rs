//! The configuration file.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
#[cfg(feature = "tray")]
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::private_file::{self, FileError};
use crate::model::config::{self, Flaw};

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
    /// Somebody else keeps writing it.
    #[error("'{}' was changed in the meantime; try again", .0.display())]
    Changed(PathBuf),
    /// A file that must not be overwritten is there.
    #[error("'{}' already exists", .0.display())]
    Exists(PathBuf),
}

/// What tells one state of the file from another without reading it: the file, its
/// length and when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp(u64, u64, SystemTime);

/// The file's stamp; nothing if there is none.
pub fn stamp(path: &Path) -> Option<FileStamp> {
    let metadata = fs::metadata(path).ok()?;
    Some(FileStamp(
        metadata.ino(),
        metadata.len(),
        metadata.modified().ok()?,
    ))
}

/// Reads the file; one that is not there is empty, unless it `must_exist`.
pub fn read(path: &Path, must_exist: bool) -> Result<String, ConfigError> {
    let bytes = match private_file::read_small(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => Vec::new(),
        read => read.map_err(FileError::at("read configuration file", path))?,
    };
    config::decode(bytes).map_err(|flaw| ConfigError::Invalid {
        path: path.to_owned(),
        flaw,
    })
}

/// Writes a new file; one that is there is kept unless `force` is set, and then
/// kept as a backup, whose path is returned. If the new one cannot be written, all is as it was.
pub fn create(path: &Path, content: &str, force: bool) -> Result<Option<PathBuf>, ConfigError> {
    let there = fs::symlink_metadata(path).is_ok();
    if there && !force {
        return Err(ConfigError::Exists(path.to_owned()));
    }
    let backup = there.then(|| unused_backup(path));
    if let Some(backup) = &backup {
        keep(path, backup)?;
    }
    let written = private_file::write(path, content.as_bytes());
    if let (Err(_), Some(backup)) = (&written, &backup) {
        // It has its old name still.
        let _ = fs::remove_file(backup);
    }
    written?;
    Ok(backup)
}

/// Gives a file another name besides its own; where the disk knows no such names, a copy.
fn keep(path: &Path, backup: &Path) -> Result<(), FileError> {
    if fs::hard_link(path, backup).is_ok() {
        return Ok(());
    }
    let content = private_file::read_small(path).map_err(FileError::at("keep", path))?;
    private_file::write(backup, &content)
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
/// and order stay as they are, and so does what another program writes meanwhile: the
/// file is replaced only while it is the one that was read.
#[cfg(feature = "tray")]
pub fn set_bool(path: &Path, table: &str, key: &str, value: bool) -> Result<(), ConfigError> {
    // Two switches may be clicked at once.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    set_bool_while(path, table, key, value, || {})
}

/// `meanwhile` is what others do while the new file is being written.
#[cfg(feature = "tray")]
fn set_bool_while(
    path: &Path,
    table: &str,
    key: &str,
    value: bool,
    mut meanwhile: impl FnMut(),
) -> Result<(), ConfigError> {
    const TRIES: usize = 3;
    let target = target(path)?;
    for _ in 0..TRIES {
        let before = stamp(&target);
        let changed = with_bool(&target, table, key, value)?;
        // Writing takes as long as the disk does; from this comparison to the rename
        // are microseconds.
        let is_as_before = || {
            meanwhile();
            stamp(&target) == before
        };
        if private_file::write_if(&target, changed.as_bytes(), is_as_before)? {
            return Ok(());
        }
    }
    Err(ConfigError::Changed(target))
}

/// Where the file really is, as those who keep their settings elsewhere have a symbolic
/// link to it, which is to stay. One that leads nowhere is refused: what it should lead
/// to may be on a disk that is not there now.
#[cfg(feature = "tray")]
fn target(path: &Path) -> Result<PathBuf, ConfigError> {
    match fs::canonicalize(path) {
        Ok(target) => Ok(target),
        Err(_) if fs::symlink_metadata(path).is_err() => Ok(path.to_owned()),
        Err(error) => Err(FileError::at("follow the symbolic link", path)(error).into()),
    }
}

#[cfg(feature = "tray")]
fn with_bool(path: &Path, table: &str, key: &str, value: bool) -> Result<String, ConfigError> {
    let text = read(path, false)?;
    let invalid = |flaw| ConfigError::Invalid {
        path: path.to_owned(),
        flaw,
    };
    // A file that is broken already is not written into.
    config::check(&text).map_err(invalid)?;
    let changed = config::with_bool(&text, table, key, value).map_err(invalid)?;
    config::check(&changed).map_err(invalid)?;
    Ok(changed)
}

#[cfg(test)]
#[cfg(feature = "tray")]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::os::unix::fs::symlink;
    use std::thread;

    use super::*;

    const TABLE: &str = "notifications";

    fn append(path: &Path, text: &str) {
        let mut file = OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_written_while_a_switch_is_kept_is_kept_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "[notifications]\ncrashed = true # mine\n").unwrap();
        let mut theirs = Some("[tray]\npoll_interval = \"5s\"\n");

        set_bool_while(&path, TABLE, "crashed", false, || {
            if let Some(text) = theirs.take() {
                append(&path, text);
            }
        })
        .unwrap();

        let text = fs::read_to_string(&path).unwrap();
        let expected = "[notifications]\ncrashed = false # mine\n[tray]\npoll_interval = \"5s\"\n";
        assert_eq!(text, expected);
        assert_eq!(names(folder.path()), ["config.toml"]);
    }

    #[test]
    fn a_file_that_another_program_puts_in_place_meanwhile_is_changed_in_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let mut theirs = Some("[notifications]\nstarted = true\n");

        set_bool_while(&path, TABLE, "crashed", false, || {
            if let Some(text) = theirs.take() {
                fs::write(&path, text).unwrap();
            }
        })
        .unwrap();

        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "[notifications]\nstarted = true\ncrashed = false\n");
    }

    #[test]
    fn a_file_that_somebody_goes_on_writing_is_left_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "").unwrap();

        let refused = set_bool_while(&path, TABLE, "crashed", false, || append(&path, "# x\n"));

        let refused = refused.unwrap_err();
        assert!(matches!(refused, ConfigError::Changed(_)), "{refused:?}");
        let path = fs::canonicalize(&path).unwrap();
        assert_eq!(
            refused.to_string(),
            format!(
                "'{}' was changed in the meantime; try again",
                path.display()
            )
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "# x\n# x\n# x\n");
        assert_eq!(names(folder.path()), ["config.toml"]);
    }

    #[test]
    fn a_symbolic_link_stays_and_its_target_is_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("dotfiles");
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("inneros.toml"), "[tray] # mine\n").unwrap();
        let path = folder.path().join("config.toml");
        symlink("dotfiles/inneros.toml", &path).unwrap();

        set_bool(&path, TABLE, "crashed", false).unwrap();

        let link = fs::read_link(&path).unwrap();
        assert_eq!(link, Path::new("dotfiles/inneros.toml"));
        let text = fs::read_to_string(kept.join("inneros.toml")).unwrap();
        assert!(text.starts_with("[tray] # mine\n"), "{text}");
        assert!(
            text.ends_with("[notifications]\ncrashed = false\n"),
            "{text}"
        );
        assert_eq!(names(&kept), ["inneros.toml"]);
        assert_eq!(names(folder.path()), ["config.toml", "dotfiles"]);
    }

    #[test]
    fn a_symbolic_link_that_leads_nowhere_is_neither_replaced_nor_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        symlink("gone/inneros.toml", &path).unwrap();

        let refused = set_bool(&path, TABLE, "crashed", false).unwrap_err();

        assert!(matches!(refused, ConfigError::File(_)), "{refused:?}");
        assert_eq!(names(folder.path()), ["config.toml"]);
        assert!(fs::read_link(&path).is_ok());
    }

    #[test]
    fn switches_that_are_clicked_at_once_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let keys = ["crashed", "unhealthy", "started", "stopped"];

        thread::scope(|scope| {
            for key in keys {
                let path = &path;
                scope.spawn(move || {
                    for round in 0..20 {
                        set_bool(path, TABLE, key, round % 2 == 0).unwrap();
                    }
                });
            }
        });

        let text = fs::read_to_string(&path).unwrap();
        for key in keys {
            assert!(text.contains(&format!("{key} = false\n")), "{text}");
        }
        assert_eq!(names(folder.path()), ["config.toml"]);
    }
}
