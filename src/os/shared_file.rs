//! Files that others read: metrics, a status page. They stand wherever the user wants them, so
//! nothing of somebody else's is replaced.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::private_file::{self, FileError};

/// So much of a file tells whose it is, in bytes.
const HEAD: u64 = 4096;

/// The beginning of what is there; nothing if there is nothing. What is no regular file is
/// nobody's to replace.
pub fn head(path: &Path) -> Result<Option<String>, FileError> {
    let read = || {
        let file = private_file::open_plain(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let mut bytes = Vec::new();
        file.take(HEAD).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    match read() {
        Ok(head) => Ok(Some(head)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::at("replace", path)(error)),
    }
}

/// Puts a file in place in one step; what was there stays whole until then. `writer` is in the name
/// of the temporary file: no two who may write at once have the same, and whoever writes next
/// replaces what one that was killed has left. Its folder must be there.
pub fn write(path: &Path, text: &str, mode: u32, writer: &str) -> Result<(), FileError> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{writer}.tmp"));
    let temporary = path.with_file_name(name);
    let written = (|| {
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(Permissions::from_mode(mode))?;
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // Nothing half-written is left; a failure to remove it is not the news.
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(FileError::at("write", path))
}
