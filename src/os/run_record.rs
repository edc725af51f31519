//! The run record (`daemon.json`, beside the PID file).

use std::fs::Metadata;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::lock::Lock;
use super::private_file::{self, FileError};
use super::process;
use crate::model::life::record::{Phase, RunRecord};

/// How long a record may be, in bytes. It is a few hundred; a command line may make it longer.
const MOST: usize = 1024 * 1024;

/// What is left of that at the start, for what is noted later: ends, times, a supervisor.
const ROOM: usize = 4096;

/// Reads a record. One that is missing, damaged, or that somebody else may have
/// written is no record: the PID file then stands alone.
pub fn read(path: &Path) -> Option<RunRecord> {
    RunRecord::parse(&text(path)?)
}

/// Whether a version to come has written it: nothing is known by it, and it is left alone.
pub fn is_newer(path: &Path) -> bool {
    text(path).is_some_and(|text| RunRecord::is_newer(&text))
}

fn text(path: &Path) -> Option<Vec<u8>> {
    let file = private_file::open_plain(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.uid() != process::our_uid() || metadata.mode() & 0o022 != 0 {
        return None;
    }
    let mut bytes = Vec::with_capacity(1024);
    file.take(MOST as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Whether there is a file of this user in the record's place that [`read`] does not take for
/// one.
pub fn is_damaged(path: &Path) -> bool {
    let ours = |it: Metadata| it.is_file() && it.uid() == process::our_uid();
    path.symlink_metadata().is_ok_and(ours) && read(path).is_none()
}

/// The one door to the record, for whoever holds the daemon's lock: what is written by one
/// transition, from `before` to `after`. It is written in one step; without `after` it is
/// removed, unless the file tells of another process by now. One that is too long to be read
/// again is not written.
pub fn change(
    path: &Path,
    _held: &Lock,
    before: Option<&RunRecord>,
    after: Option<&RunRecord>,
) -> Result<(), FileError> {
    let Some(after) = after else {
        let known = before.map(|before| before.identity.pid);
        return match read(path) {
            Some(there) if known != Some(there.identity.pid) => Ok(()),
            Some(_) | None => private_file::remove(path),
        };
    };
    let text = after
        .text()
        .map_err(io::Error::from)
        .map_err(FileError::at("write record", path))?;
    let begins = matches!(after.phase, Phase::Starting { .. });
    let most = if begins { MOST - ROOM } else { MOST };
    if text.len() > most {
        let length = text.len();
        let why = format!("the command is too long: {length} bytes, at most {most} are possible");
        let error = io::Error::new(io::ErrorKind::InvalidInput, why);
        return Err(FileError::at("write record", path)(error));
    }
    private_file::write_locked(path, text.as_bytes())
}
