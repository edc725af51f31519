//! The PID file: a PID, a newline, and nothing else, so that every tool can read it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use chrono::{DateTime, Local};

use super::private_file::{self, FileError};
use super::process;
use crate::model::observation::PidFileSeen;
use crate::model::words;

/// The first line of a PID file is short: what is behind is not read.
const MOST: u64 = 256;

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
            "check the file and its permissions",
        ),
    }
}

/// Writes a PID file in one step.
pub fn write(path: &Path, pid: i32) -> Result<(), FileError> {
    private_file::write(path, format!("{pid}\n").as_bytes())
}

/// Removes a PID file if it still names a process that is known to be gone. Returns
/// whether there is none now.
pub fn remove(path: &Path, pid: i32) -> Result<bool, FileError> {
    match read(path) {
        PidFileSeen::Pid { pid: named, .. } if named == pid => {
            private_file::remove(path).map(|()| true)
        }
        PidFileSeen::Absent => Ok(true),
        PidFileSeen::Pid { .. } | PidFileSeen::Bad { .. } => Ok(false),
    }
}

fn content(file: &File, path: &Path) -> io::Result<PidFileSeen> {
    let metadata = file.metadata()?;
    let refuse = |why: &str| {
        bad(
            format!("refused PID file '{}': {why}", path.display()),
            "remove it, if the daemon does not run, and start again",
        )
    };
    if metadata.is_dir() {
        return Ok(refuse("it is a folder"));
    }
    if !metadata.is_file() {
        return Ok(refuse("it is not a regular file"));
    }
    if metadata.uid() != process::our_uid() {
        return Ok(refuse("it belongs to another user"));
    }
    // A group that is this user's own, as many systems set one up, is nobody else.
    let group_is_ours = metadata.gid() == rustix::process::getegid().as_raw();
    if metadata.mode() & 0o002 != 0 || (metadata.mode() & 0o020 != 0 && !group_is_ours) {
        return Ok(refuse("other users may write it"));
    }

    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(match parse(&bytes) {
        Some(pid) => PidFileSeen::Pid {
            pid,
            written: DateTime::<Local>::from(metadata.modified()?).fixed_offset(),
        },
        None => bad(
            format!(
                "invalid PID in '{}': found {}",
                path.display(),
                found(&bytes)
            ),
            "nothing was signalled; make sure that the daemon does not run, then remove the file",
        ),
    })
}

/// The first line, trimmed: decimal digits only, from 2 to the largest PID there is.
fn parse(bytes: &[u8]) -> Option<i32> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let digits = line.trim_ascii();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pid = str::from_utf8(digits).ok()?.parse().ok()?;
    (2..=process::PID_MAX).contains(&pid).then_some(pid)
}

fn found(bytes: &[u8]) -> String {
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    match text.char_indices().nth(40) {
        _ if bytes.is_empty() => "an empty file".into(),
        _ if text.is_empty() => "an empty line".into(),
        Some((end, _)) => format!("'{}…'", words::printable(&text[..end])),
        None => format!("'{}'", words::printable(text)),
    }
}

fn unopened(path: &Path, error: &io::Error) -> PidFileSeen {
    let shown = path.display();
    if error.kind() == io::ErrorKind::NotFound {
        return PidFileSeen::Absent;
    }
    if error.kind() == io::ErrorKind::PermissionDenied {
        return bad(
            format!("permission denied: cannot read PID file '{shown}'"),
            "make the file and its folder readable for you",
        );
    }
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        return bad(
            format!("refused PID file '{shown}': it is a symbolic link"),
            "name the file that it points to as `pid_file`, or remove the link",
        );
    }
    bad(
        format!("cannot read PID file '{shown}': {error}"),
        "check the path of `pid_file`",
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
    fn digits_on_the_first_line_are_a_pid() {
        for (text, pid) in [
            ("812\n", 812),
            ("812", 812),
            ("  812 \r\n", 812),
            ("000812\n", 812),
            ("812\nanything\n", 812),
            ("2\n", 2),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(pid), "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "",
            "\n",
            "abc",
            "12abc",
            "0x10",
            "+5",
            "-1",
            "-812",
            "0",
            "1",
            "1 2",
            "1.5",
            "٣٤",
            "81\x002",
            "2147483648",
            "99999999999999999999",
            "4194305",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
