//! The run record (`daemon.json`, beside the PID file).

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::private_file::{self, FileError};
use super::process;
use crate::model::record::RunRecord;

/// Reads a record. One that is missing, damaged, or that somebody else may have
/// written is no record: the PID file then stands alone.
pub fn read(path: &Path) -> Option<RunRecord> {
    // A record is a few hundred bytes; a command line may make it longer.
    const MOST: u64 = 1024 * 1024;
    let file = private_file::open_plain(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.uid() != process::our_uid() || metadata.mode() & 0o022 != 0 {
        return None;
    }
    let mut bytes = Vec::with_capacity(1024);
    file.take(MOST).read_to_end(&mut bytes).ok()?;
    RunRecord::parse(&bytes)
}

/// Writes a record in one step. Whoever does holds the daemon's lock.
pub fn write(path: &Path, record: &RunRecord) -> Result<(), FileError> {
    let text = record
        .text()
        .map_err(std::io::Error::from)
        .map_err(FileError::at("write", path))?;
    private_file::write_locked(path, text.as_bytes())
}

/// Removes a record, unless it tells of another process by now.
pub fn remove(path: &Path, pid: i32) -> Result<(), FileError> {
    match read(path) {
        Some(record) if record.identity.pid != pid => Ok(()),
        Some(_) | None => private_file::remove(path),
    }
}
