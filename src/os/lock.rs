//! Locks between processes: files of their own, never renamed or removed, held by `flock(2)`,
//! which is what the standard library does on Linux and macOS. The kernel lets go of them when
//! their holder dies, however it dies.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::private_file::{self, FileError};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Whether it still keeps others out: once its file has been removed, they lock
    /// another one.
    pub fn still_counts(&self) -> Result<(), FileError> {
        let there = fs::symlink_metadata(&self.path)
            .map_err(FileError::at("find lock file", &self.path))?;
        let ours = self
            .file
            .metadata()
            .map_err(FileError::at("read lock file", &self.path))?;
        if (there.dev(), there.ino()) == (ours.dev(), ours.ino()) {
            return Ok(());
        }
        Err(FileError::at("keep lock file", &self.path)(
            io::Error::other("it was replaced"),
        ))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Not left to the closing of the file: a child that has not come to run its program
        // yet holds it open, too. Where it cannot be let go of, it is by that.
        let _ = self.file.unlock();
    }
}

/// Why a lock is not held.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The lock file cannot be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// Somebody else has it.
    #[error("'{}' is locked{}", path.display(), holder.map(|pid| format!(" by pid {pid}")).unwrap_or_default())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Who wrote into it last.
        holder: Option<i32>,
    },
}

/// Whoever holds a lock: their PID, where they wrote it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder(pub Option<i32>);

/// Takes the lock, waiting for at most `patience`.
pub fn take(path: &Path, patience: Duration) -> Result<Lock, LockError> {
    private_file::make_parent(path)?;
    let deadline = Instant::now() + patience;
    // flock(2) knows no time limit: it is tried again and again, ever more slowly.
    let mut pause = Duration::from_millis(1);
    let mut file = open(path)?;
    loop {
        let held_by_another = match file.try_lock() {
            Ok(()) => {
                let mut lock = Lock {
                    file,
                    path: path.to_owned(),
                };
                // For the message to whoever finds it held; the lock is the flock.
                let _ = note_holder(&mut lock.file);
                if lock.still_counts().is_ok() {
                    return Ok(lock);
                }
                // It was removed while it was waited for: who comes next locks another.
                file = open(path)?;
                false
            }
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => true,
            Err(TryLockError::Error(error)) => {
                return Err(FileError::at("lock", path)(error).into());
            }
        };
        if Instant::now() >= deadline {
            return Err(LockError::Held {
                path: path.to_owned(),
                holder: holder(&mut file),
            });
        }
        if held_by_another {
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }
}

/// Whether somebody holds the lock, and who. Nothing is written, nor made where there
/// is no lock file.
pub fn is_held(path: &Path) -> Result<Option<Holder>, FileError> {
    let mut file = match private_file::open_plain(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FileError::at("open lock file", path)(error)),
    };
    match file.try_lock_shared() {
        Ok(()) => {
            // As when a lock is dropped.
            let _ = file.unlock();
            Ok(None)
        }
        Err(TryLockError::WouldBlock) => Ok(Some(Holder(holder(&mut file)))),
        Err(TryLockError::Error(error)) => Err(FileError::at("lock", path)(error)),
    }
}

/// Whether the kernel names this process as who holds the lock (`proc_locks(5)`). Where it
/// names nobody, no.
pub fn is_held_by(path: &Path, pid: i32) -> bool {
    let Ok(file) = fs::symlink_metadata(path) else {
        return false;
    };
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    locks.lines().any(|line| {
        // The device is another one there than here on some file systems.
        let mut words = line.split_whitespace().skip(1);
        words.next() == Some("FLOCK")
            && words.nth(2).and_then(|word| word.parse().ok()) == Some(pid)
            && words
                .next()
                .and_then(|place| place.rsplit(':').next()?.parse().ok())
                == Some(file.ino())
    })
}

fn open(path: &Path) -> Result<File, FileError> {
    private_file::open_ours(path, File::options().read(true).write(true))
        .map_err(FileError::at("open lock file", path))
}

fn note_holder(file: &mut File) -> io::Result<()> {
    if private_file::has_another_name(file) {
        return Ok(());
    }
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> Option<i32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
