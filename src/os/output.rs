//! The file that captures what a process writes to standard output and standard error.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use super::private_file::{self, FileError};

/// It, open.
#[derive(Debug)]
pub struct Output {
    file: File,
    start: u64,
}

impl Output {
    /// Opens it at its end. One that has grown past `most` bytes begins anew; one predecessor
    /// is kept.
    pub fn open(path: &Path, most: u64) -> Result<Self, FileError> {
        private_file::rotate(path, most)?;
        let file = private_file::append(path)?;
        let metadata = file.metadata().map_err(FileError::at("read", path))?;
        let start = metadata.len();
        Ok(Self { file, start })
    }

    /// One that keeps nothing.
    pub fn nowhere() -> Result<Self, FileError> {
        let path = Path::new("/dev/null");
        let opened = OpenOptions::new().write(true).open(path);
        let file = opened.map_err(FileError::at("open", path))?;
        Ok(Self { file, start: 0 })
    }

    /// Where it ended when it was opened.
    pub fn start(&self) -> u64 {
        self.start
    }
}

impl AsFd for Output {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// Whether it has grown past `most` bytes.
pub fn is_longer(path: &Path, most: u64) -> bool {
    fs::symlink_metadata(path).is_ok_and(|it| it.is_file() && it.len() > most)
}

/// What was written behind this place, as much as is read at once; nothing where it cannot be read.
pub fn since(path: &Path, start: u64) -> Vec<u8> {
    const MOST: u64 = 1024 * 1024;
    let read = || -> io::Result<Vec<u8>> {
        let mut new = Vec::new();
        let mut file = private_file::open_plain(path)?;
        file.seek(SeekFrom::Start(start))?;
        file.take(MOST).read_to_end(&mut new)?;
        Ok(new)
    };
    read().unwrap_or_default()
}
