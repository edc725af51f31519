//! The user's crontab, through `crontab(1)`, which alone may read and write it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::private_file::{self, FileError};

/// Why the crontab cannot be dealt with.
#[derive(Debug, thiserror::Error)]
pub enum CrontabError {
    /// There is no `crontab`.
    #[error("`crontab` is not installed")]
    NotInstalled,
    /// It does not run.
    #[error("cannot run `crontab`")]
    Run(#[source] io::Error),
    /// It refuses.
    #[error("`crontab {argument}` failed: {said}")]
    Failed {
        /// What it was asked for.
        argument: &'static str,
        /// What it said, in one line.
        said: String,
    },
    /// Somebody else has written it since it was read.
    #[error("the crontab was changed in the meantime: left alone")]
    Changed,
    /// It is not what was written.
    #[error("the crontab is not what was written; the previous one is in '{}'", backup.display())]
    Differs {
        /// The one before.
        backup: PathBuf,
    },
    /// The backup.
    #[error(transparent)]
    File(#[from] FileError),
}

/// As many backups are kept.
const BACKUPS: usize = 20;

/// The crontab as it is; empty where the user has none.
pub fn read() -> Result<Vec<u8>, CrontabError> {
    let output = run("-l", None)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = said(&output);
    if said.contains("no crontab for") {
        return Ok(Vec::new());
    }
    Err(CrontabError::Failed {
        argument: "-l",
        said,
    })
}

/// The folder in which cron keeps the crontabs, if it can be seen: it changes with each of
/// them. Which of them is whose only cron may know.
pub fn folder() -> Option<&'static Path> {
    [
        "/var/spool/cron/crontabs",
        "/var/spool/cron",
        "/usr/lib/cron/tabs",
    ]
    .map(Path::new)
    .into_iter()
    .find(|folder| folder.is_dir())
}

/// Puts a crontab in place of the one that was read, which is kept in `backups` under the
/// present time (`now`, for a file's name), with the last ones before it. Nothing is done where
/// the crontab is not the one that was read any more.
pub fn replace(
    before: &[u8],
    after: &[u8],
    backups: &Path,
    now: &str,
) -> Result<PathBuf, CrontabError> {
    let backup = keep(before, backups, now)?;
    if read()? != before {
        return Err(CrontabError::Changed);
    }
    let output = run("-", Some(after))?;
    if !output.status.success() {
        let said = said(&output);
        return Err(CrontabError::Failed {
            argument: "-",
            said,
        });
    }
    if read()? != after {
        return Err(CrontabError::Differs { backup });
    }
    Ok(backup)
}

fn keep(text: &[u8], folder: &Path, now: &str) -> Result<PathBuf, FileError> {
    let names = std::iter::once(format!("{now}.crontab"))
        .chain((2..).map(|number| format!("{now}-{number}.crontab")));
    let mut free = names
        .map(|name| folder.join(name))
        .filter(|path| fs::symlink_metadata(path).is_err());
    let path = free.next().unwrap_or_else(|| folder.join(now));
    private_file::write(&path, text)?;
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut kept: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "crontab"))
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .collect();
    kept.sort();
    let old = kept.len().saturating_sub(BACKUPS);
    for (_, path) in kept.drain(..old) {
        private_file::remove(&path)?;
    }
    Ok(path)
}

fn run(argument: &'static str, input: Option<&[u8]>) -> Result<Output, CrontabError> {
    let stdin = if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    };
    let mut child = Command::new("crontab")
        .arg(argument)
        // Its words are read.
        .env("LC_ALL", "C")
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                CrontabError::NotInstalled
            } else {
                CrontabError::Run(error)
            }
        })?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        match stdin.write_all(input) {
            // It says itself why it does not read on.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                return Err(CrontabError::Run(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    child.wait_with_output().map_err(CrontabError::Run)
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    crate::model::text::printable(&lines.join(" "))
}
