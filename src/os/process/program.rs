//! Finding the program of a command line, as `execvp(3)` would.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Why a command line's program cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// Nothing of that name.
    #[error("cannot find program '{program}' in PATH '{}'", path.display())]
    NotInPath {
        /// The name.
        program: String,
        /// What was searched.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("cannot find program '{}'", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It is a folder or a device.
    #[error("program '{}' is not a file", path.display())]
    NotAFile {
        /// What it is instead.
        path: PathBuf,
    },
    /// It lacks the permission to be executed.
    #[error("permission denied: program '{}' is not executable", path.display())]
    NotExecutable {
        /// The file.
        path: PathBuf,
    },
}

/// Whether a daemon can run in a folder.
pub fn check_working_dir(path: &Path) -> io::Result<()> {
    // It would be searched for where the caller is. Only the user's home folder, where nobody
    // knows it, comes as such a path.
    if !path.is_absolute() {
        return Err(io::Error::other(
            "your home folder is not known: HOME is not set",
        ));
    }
    fs::read_dir(path).map(drop)
}

/// Every program of this name in a PATH, in its order, each once and where its links lead to.
pub fn named(name: &str, path: &OsStr) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in std::env::split_paths(path).filter(|folder| folder.is_absolute()) {
        let file = folder.join(name);
        let Ok(real) = file.canonicalize() else {
            continue;
        };
        if check(&file).is_ok() && !found.contains(&real) {
            found.push(real);
        }
    }
    found
}

/// The absolute path of `program`: searched for in `path` when it has no slash, else
/// taken from `working_dir`.
pub fn resolve(program: &str, working_dir: &Path, path: &OsStr) -> Result<PathBuf, ProgramError> {
    if program.contains('/') {
        let path = working_dir.join(program);
        return check(&path).map(|()| path);
    }
    let mut unusable = None;
    for folder in std::env::split_paths(path) {
        let candidate = working_dir.join(folder).join(program);
        match check(&candidate) {
            Ok(()) => return Ok(candidate),
            Err(ProgramError::NotExecutable { path }) => {
                unusable.get_or_insert(ProgramError::NotExecutable { path });
            }
            // Not this one: the search goes on, as execvp's does.
            Err(_) => {}
        }
    }
    Err(unusable.unwrap_or_else(|| ProgramError::NotInPath {
        program: program.to_owned(),
        path: path.into(),
    }))
}

fn check(path: &Path) -> Result<(), ProgramError> {
    let path_buf = || path.to_owned();
    let Ok(metadata) = fs::metadata(path) else {
        return Err(ProgramError::Missing { path: path_buf() });
    };
    if !metadata.is_file() {
        return Err(ProgramError::NotAFile { path: path_buf() });
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Err(ProgramError::NotExecutable { path: path_buf() });
    }
    Ok(())
}
