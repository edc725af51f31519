//! Files of our own: private to the user, and whole or not there at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file or folder of ours could not be dealt with.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} '{}'", path.display())]
pub struct FileError {
    /// Which.
    pub path: PathBuf,
    /// What was tried.
    pub doing: &'static str,
    /// Why it failed.
    #[source]
    pub source: io::Error,
}

impl FileError {
    /// Made for `map_err`.
    pub fn at<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self {
            path: path.to_owned(),
            doing,
            source,
        }
    }
}

/// Makes the folder that `path` is in, 0700, where it is not there yet. One that is
/// there stays as it is.
pub fn make_parent(path: &Path) -> Result<(), FileError> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(FileError::at("create folder", folder))
}

/// Puts a file in place in one step: temporary file, fsync, rename. Its mode is 0600
/// whatever the umask.
pub fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    make_parent(path)?;
    let temporary = temporary_beside(path);
    let result = write_new(&temporary, content)
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(FileError::at("write", path));
    if result.is_err() {
        // Nothing half-written is left; a failure to remove it is not the news.
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// Opens a file of ours for appending, made 0600 where it is not there. Not through a
/// symbolic link: it would be written wherever the link points.
pub fn append(path: &Path) -> Result<File, FileError> {
    make_parent(path)?;
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)
        .map_err(FileError::at("open", path))
}

/// Opens a file for reading without following a link, and without waiting for a
/// writer where it is a FIFO.
pub fn open_plain(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)
}

/// Removes a file; that it is gone already is as good.
pub fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(FileError::at("remove", path)),
    }
}

/// Renames a file that has grown past `most` bytes to `<name>.1`, over the one that
/// has that name: one predecessor is kept.
pub fn rotate(path: &Path, most: u64) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() > most => {
            let mut old = path.as_os_str().to_owned();
            old.push(".1");
            fs::rename(path, old).map_err(FileError::at("rename", path))
        }
        // Not there, or not ours to move: opening it will say.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// A file that is appended to and begins anew when it has grown past its cap; one
/// predecessor is kept.
#[derive(Debug)]
pub struct CappedFile {
    path: PathBuf,
    file: File,
    length: u64,
    cap: u64,
}

impl CappedFile {
    /// Opens the file; `cap` is in bytes.
    pub fn open(path: &Path, cap: u64) -> Result<Self, FileError> {
        rotate(path, cap)?;
        let file = append(path)?;
        let metadata = file.metadata().map_err(FileError::at("read", path))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length: metadata.len(),
            cap,
        })
    }
}

impl Write for CappedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.length > self.cap {
            *self = Self::open(&self.path, self.cap).map_err(io::Error::other)?;
        }
        let written = self.file.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    // One of a process that died half-way is nobody's any more: the name holds a PID.
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn temporary_beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}
