//! The PID file: a PID, a newline, and nothing else, so that every tool can read it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use chrono::{DateTime, Local};

use super::errno;
use super::private_file::{self, FileError};
use super::process;
use crate::model::life::observation::PidFileSeen;
use crate::model::life::pid;

/// Reads a PID file. It is believed only if nobody else may have written it: not
/// through a symbolic link, not a device, owned by this user, not writable by others.
pub fn read(path: &Path) -> PidFileSeen {
    let file = match private_file::open_plain(path) {
        Ok(file) => file,
        Err(error) => return unopened(path, &error),
    };
    match content(&file, path) {
        Ok(seen) => seen,
        Err(error) => bad(
            format!("cannot read PID file '{}': {error}", path.display()),
            errno::way_out(&error).unwrap_or(NAME_ANOTHER),
        ),
    }
}

/// Writes a PID file in one step. Whoever does holds the daemon's lock.
pub fn write(path: &Path, pid: i32) -> Result<(), FileError> {
    private_file::write_locked(path, pid::text(pid).as_bytes())
}

/// Whether anything has its name.
pub fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Removes a PID file if it still names a process that is known to be gone. Returns
/// whether there is none now.
pub fn remove(path: &Path, pid: i32) -> Result<bool, FileError> {
    let unread = FileError::at("read PID file", path);
    let seen = match private_file::open_plain(path) {
        Ok(file) => content(&file, path).map_err(unread)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => PidFileSeen::Absent,
        // It could name the process all the same, and would tell of a crash for ever.
        Err(error) if fs::symlink_metadata(path).is_ok_and(|there| there.is_file()) => {
            return Err(unread(error));
        }
        Err(error) => unopened(path, &error),
    };
    match seen {
        PidFileSeen::Pid { pid: named, .. } if named == pid => {
            private_file::remove(path).map(|()| true)
        }
        PidFileSeen::Absent => Ok(true),
        PidFileSeen::Pid { .. } | PidFileSeen::Damaged { .. } | PidFileSeen::Bad { .. } => {
            Ok(false)
        }
    }
}

/// Removes a PID file that holds no PID. Returns whether there was one.
pub fn remove_damaged(path: &Path) -> Result<bool, FileError> {
    match read(path) {
        PidFileSeen::Damaged { .. } => private_file::remove(path).map(|()| true),
        PidFileSeen::Absent | PidFileSeen::Pid { .. } | PidFileSeen::Bad { .. } => Ok(false),
    }
}

fn content(file: &File, path: &Path) -> io::Result<PidFileSeen> {
    let metadata = file.metadata()?;
    let refuse = |why, way_out| refused(path, why, way_out);
    if metadata.is_dir() {
        return Ok(refuse("it is a folder", NAME_ANOTHER));
    }
    if !metadata.is_file() {
        return Ok(refuse("it is not a regular file", NAME_ANOTHER));
    }
    if metadata.uid() != process::our_uid() {
        return Ok(refuse("it belongs to another user", NAME_ANOTHER));
    }
    // A group with the user's own number, as many systems set one up, is nobody else. The
    // first group of a user may be everybody's (`users`, `staff`).
    let group_is_ours = metadata.gid() == metadata.uid();
    if metadata.mode() & 0o002 != 0 || (metadata.mode() & 0o020 != 0 && !group_is_ours) {
        let way_out = "if it is the daemon's, check its contents, and run `chmod go-w` on it";
        return Ok(refuse("other users can write to it", way_out));
    }

    let mut bytes = Vec::new();
    file.take(pid::MOST as u64).read_to_end(&mut bytes)?;
    Ok(match pid::parse(&bytes, process::PID_MAX) {
        Some(pid) => PidFileSeen::Pid {
            pid,
            written: DateTime::<Local>::from(metadata.modified()?).fixed_offset(),
        },
        None if metadata.len() > pid::MOST as u64 && pid::is_prose(&bytes) => bad(
            format!(
                "invalid PID in '{}': found {}, and much more",
                path.display(),
                pid::found(&bytes)
            ),
            NAME_ANOTHER,
        ),
        None => PidFileSeen::Damaged {
            message: format!(
                "invalid PID in '{}': found {}",
                path.display(),
                pid::found(&bytes)
            ),
            written: DateTime::<Local>::from(metadata.modified()?).fixed_offset(),
        },
    })
}

fn unopened(path: &Path, error: &io::Error) -> PidFileSeen {
    let shown = path.display();
    if error.kind() == io::ErrorKind::NotFound {
        return PidFileSeen::Absent;
    }
    if error.kind() == io::ErrorKind::PermissionDenied {
        return bad(
            format!("permission denied: cannot read PID file '{shown}'"),
            errno::way_out(error).unwrap_or(NAME_ANOTHER),
        );
    }
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            return bad(
                format!("refused PID file '{shown}': it is a symbolic link"),
                "set `pid_file` to the file that it points to",
            );
        }
        Ok(metadata) if !metadata.is_file() => {
            return refused(path, "it is not a regular file", NAME_ANOTHER);
        }
        Ok(_) | Err(_) => {}
    }
    bad(
        format!("cannot read PID file '{shown}': {error}"),
        errno::way_out(error).unwrap_or(NAME_ANOTHER),
    )
}

/// What to do about it where the file may be anything: nobody is told to remove it.
const NAME_ANOTHER: &str = "set `pid_file` to another file, one that only the daemon uses";

fn refused(path: &Path, why: &str, way_out: &str) -> PidFileSeen {
    bad(
        format!("refused PID file '{}': {why}", path.display()),
        way_out,
    )
}

fn bad(message: String, hint: &str) -> PidFileSeen {
    PidFileSeen::Bad {
        message,
        hint: hint.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_behind_what_is_read_of_a_file_is_not_taken_for_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("daemon.pid");
        let line = format!("{}81234\n", " ".repeat(pid::MOST - 3));
        private_file::write(&path, line.as_bytes()).unwrap();

        let seen = read(&path);

        assert!(matches!(seen, PidFileSeen::Damaged { .. }), "{seen:?}");
    }
}
