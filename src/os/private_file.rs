//! Our own files: private to the user, and either complete or absent.

use std::fs::{self, DirBuilder, File, FileTimes, OpenOptions, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::process;

/// How long a file may be that is read whole, in bytes.
const MOST: u64 = 1024 * 1024;

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

    /// Whether there was no room for it: on the disk, by a quota or by a limit.
    pub fn is_no_room(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(
            self.source.kind(),
            StorageFull | QuotaExceeded | FileTooLarge
        )
    }
}

/// Makes the folder that `path` is in, 0700, where it is not there yet. One that is
/// there stays as it is.
pub fn make_parent(path: &Path) -> Result<(), FileError> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| {
        // That something is there says less than what: a file, or links that lead nowhere.
        let error = match fs::metadata(folder) {
            Err(why) if error.kind() == io::ErrorKind::AlreadyExists => why,
            Ok(it) if !it.is_dir() => rustix::io::Errno::NOTDIR.into(),
            Ok(_) | Err(_) => error,
        };
        FileError::at("create folder", folder)(error)
    })
}

/// Puts a file in place in one step: temporary file, fsync, rename. Its mode is 0600
/// whatever the umask.
pub fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_by(path, &our_suffix(), content, || true).map(drop)
}

/// The same, unless `may_replace` says otherwise once nothing is left to do but the
/// rename. Whether the file was put in place.
pub fn write_if(
    path: &Path,
    content: &[u8],
    may_replace: impl FnOnce() -> bool,
) -> Result<bool, FileError> {
    write_by(path, &our_suffix(), content, may_replace)
}

/// The same for a file that is written under a lock only: the temporary file always has
/// the same name, and so the next writer replaces what one that was killed has left.
pub fn write_locked(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_by(path, ".tmp", content, || true).map(drop)
}

/// As [`write_locked`], for what may be lost with the power: not waited for the disk.
pub fn write_quickly(path: &Path, content: &[u8]) -> Result<(), FileError> {
    make_parent(path)?;
    let temporary = temporary_beside(path, ".tmp");
    let written = new_file(&temporary)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(FileError::at("write", path))
}

fn write_by(
    path: &Path,
    suffix: &str,
    content: &[u8],
    may_replace: impl FnOnce() -> bool,
) -> Result<bool, FileError> {
    make_parent(path)?;
    let temporary = temporary_beside(path, suffix);
    let result = write_new(&temporary, content).and_then(|()| {
        let replaces = may_replace();
        if replaces {
            fs::rename(&temporary, path)?;
        }
        Ok(replaces)
    });
    if !matches!(result, Ok(true)) {
        // Nothing half-written is left; a failure to remove it is not the news.
        let _ = fs::remove_file(&temporary);
    }
    result.map_err(FileError::at("write", path))
}

/// Others may be writing the same file, threads of this process among them: the name of
/// the temporary file is this call's alone.
fn our_suffix() -> String {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    format!(".{}-{call}.tmp", std::process::id())
}

fn temporary_beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(suffix);
    path.with_file_name(name)
}

/// Opens a file of ours for appending, made 0600 where it is not there.
pub fn append(path: &Path) -> Result<File, FileError> {
    make_parent(path)?;
    let open = || open_ours(path, OpenOptions::new().append(true));
    let failed = FileError::at("open", path);
    match open() {
        // Under its other name the content may be precious: that keeps it.
        Ok(file) if has_another_name(&file) => {
            remove(path)?;
            open().map_err(failed)
        }
        result => result.map_err(failed),
    }
}

/// Opens a file of ours for writing, made 0600 where it is not there. What may be
/// somebody else's is refused: not through a link, nothing but a regular file, owned by
/// this user.
pub fn open_ours(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let not_regular = || io::Error::other("it is not a regular file");
    let opened = options
        .create(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path);
    let file = opened.map_err(|error| match fs::symlink_metadata(path) {
        // The system's own words are about loops and devices.
        Ok(metadata) if !metadata.is_file() => not_regular(),
        Ok(_) | Err(_) => error,
    })?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(not_regular());
    }
    if metadata.uid() != process::our_uid() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it belongs to another user",
        ));
    }
    if metadata.mode() & 0o600 != 0o600 {
        // It was made just now, under a umask that would close it to ourselves.
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Whether a file that is there can be opened as [`open_ours`] does it: nothing is written. Else
/// why not, and whose it is.
pub fn check_writable(path: &Path) -> Result<(), (io::Error, Option<u32>)> {
    let opened = OpenOptions::new()
        .append(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path);
    let owner = path.symlink_metadata().ok().map(|it| it.uid());
    match opened {
        Ok(_) if owner.is_some_and(|owner| owner != process::our_uid()) => {
            Err((io::ErrorKind::PermissionDenied.into(), owner))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err((error, owner)),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Whose a folder is, and who may do what in it.
pub fn owner_and_mode(folder: &Path) -> io::Result<(u32, u32)> {
    let metadata = fs::metadata(folder)?;
    Ok((metadata.uid(), metadata.mode()))
}

/// Writes beside this file as whoever replaces it does, all but the last step: whether there is
/// room and permission. Nothing stays, the folder's time neither.
pub fn try_write(path: &Path) -> Result<(), FileError> {
    const SOME: [u8; 4096] = [0; 4096];
    let folder = path.parent().and_then(|folder| File::open(folder).ok());
    let changed = |folder: &File| folder.metadata()?.modified();
    let before = folder.as_ref().and_then(|folder| changed(folder).ok());
    let written = write_if(path, &SOME, || false).map(drop);
    if let (Some(folder), Some(before)) = (folder, before) {
        // One that is not ours cannot be set back.
        let _ = folder.set_times(FileTimes::new().set_modified(before));
    }
    written
}

/// Whose a file is, or where it would be made.
pub fn owner(path: &Path) -> Option<u32> {
    let mut places = path.ancestors();
    places.find_map(|place| fs::symlink_metadata(place).ok().map(|it| it.uid()))
}

/// Whether a hard link makes this file another one, too.
pub fn has_another_name(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.nlink() > 1)
}

/// Opens a file for reading without following a link, and without waiting for a
/// writer where it is a FIFO.
pub fn open_plain(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)
}

/// Reads a file that somebody has written by hand, links followed: nothing but a regular one,
/// which is neither waited for nor without end, and at most 1 MiB of it.
pub fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(rustix::io::Errno::ISDIR.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(bytes)
}

/// Reads a file of the user's that nobody else may read: a regular one, of mode 0600 or less.
pub fn read_secret(path: &Path) -> io::Result<Vec<u8>> {
    let file = open_plain(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.uid() != process::our_uid() {
        return Err(io::Error::other("it is not a file of yours"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(io::Error::other("others can read it, expected mode 0600"));
    }
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
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
            fs::rename(path, predecessor(path)).map_err(FileError::at("rename", path))
        }
        // Not there, or not ours to move: opening it will say.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Copies what is in a file to `<name>.1`, over the one that has that name, and empties
/// it: whoever appends to it by an open descriptor goes on at its new end. Of more than
/// `most` bytes only the last are copied.
///
/// What is appended between the last reading and the emptying, a few microseconds, is
/// lost: no system call does both.
pub fn copy_and_empty(path: &Path, most: u64) -> Result<(), FileError> {
    let old = predecessor(path);
    let temporary = temporary_beside(&old, ".tmp");
    let copied = (|| {
        let mut file = open_ours(path, OpenOptions::new().read(true).write(true))?;
        if has_another_name(&file) {
            return Err(io::Error::other("it has another name"));
        }
        let length = file.metadata()?.len();
        file.seek(io::SeekFrom::Start(length.saturating_sub(most)))?;
        let mut copy = new_file(&temporary)?;
        io::copy(&mut file, &mut copy)?;
        fs::rename(&temporary, &old)?;
        // What came meanwhile.
        io::copy(&mut file, &mut copy)?;
        file.set_len(0)
    })();
    if copied.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    copied.map_err(FileError::at("shorten", path))
}

/// Where the predecessor of a file is kept that has grown too long.
pub fn predecessor(path: &Path) -> PathBuf {
    let mut old = path.as_os_str().to_owned();
    old.push(".1");
    old.into()
}

/// A file that is appended to and begins again when it has grown past its cap; one
/// predecessor is kept.
#[cfg(feature = "tray")]
#[derive(Debug)]
pub struct CappedFile {
    path: PathBuf,
    file: File,
    length: u64,
    cap: u64,
}

#[cfg(feature = "tray")]
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

#[cfg(feature = "tray")]
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
    let mut file = new_file(path)?;
    file.write_all(content)?;
    flush(|| file.sync_all(), || Ok(rustix::fs::fsync(&file)?))
}

/// Has the disk keep what was written. On macOS `sync_all` is `fcntl(F_FULLFSYNC)`, which the
/// file systems of others (SMB, NFS, FUSE) do not know: ENOTSUP (golang/go#64215), ENOTTY
/// (vim/vim#4016) or EINVAL (macfuse/macfuse#79). There `fsync(2)` does what can be done.
fn flush(
    whole: impl FnOnce() -> io::Result<()>,
    plain: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let unknown = |error: &io::Error| {
        let errno = error.raw_os_error();
        matches!(errno, Some(libc::ENOTSUP | libc::ENOTTY | libc::EINVAL))
    };
    match whole() {
        Err(error) if unknown(&error) => plain(),
        result => result,
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    // One of a process that died half-way is nobody's any more.
    let _ = fs::remove_file(path);
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_a_full_flush_gets_a_plain_one() {
        let failed = |errno| move || Err(io::Error::from_raw_os_error(errno));

        for errno in [libc::ENOTSUP, libc::ENOTTY, libc::EINVAL] {
            assert!(flush(failed(errno), || Ok(())).is_ok(), "{errno}");
            let result = flush(failed(errno), failed(libc::EIO));
            assert_eq!(result.unwrap_err().raw_os_error(), Some(libc::EIO));
        }
        // What the disk refuses stays refused.
        for errno in [libc::EIO, libc::ENOSPC] {
            let result = flush(failed(errno), || panic!("not asked"));
            assert_eq!(result.unwrap_err().raw_os_error(), Some(errno));
        }
        assert!(flush(|| Ok(()), || panic!("not asked")).is_ok());
    }
}
