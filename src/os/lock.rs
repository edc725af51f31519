//! Locks between processes: separate files, never renamed or removed, held with `flock(2)`, which
//! the standard library uses on Linux and macOS. The kernel releases them when their holder dies,
//! however it dies.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::Local;

use super::private_file::{self, FileError};
use super::process;
use crate::model::life::holder::{self, Doing, Entry, Holder};
use crate::model::life::observation::ProcessSeen;
use crate::model::words;

/// After this time whoever holds a lock is looked at.
const MOMENT: Duration = Duration::from_millis(50);

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
    doing: Option<Doing>,
}

impl Lock {
    /// Who holds it, as people call them.
    pub fn doer(&self) -> String {
        holder::doer(&our_program(), self.doing)
    }

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
        // A process that lives on holds it no more. Who has it next may not come to write.
        let _ = write_entry(&mut self.file, "");
        // Not left to the closing of the file: a child that has not come to run its program
        // yet holds it open, too. If it cannot be let go of, it is by that.
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
    #[error("'{}' is locked{}", path.display(), by(holder.as_ref()))]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Who has it, if that is known.
        holder: Option<Holder>,
    },
}

fn by(holder: Option<&Holder>) -> String {
    holder.map_or(String::new(), |holder| format!(" by {}", holder.sentence()))
}

/// Takes the lock, waiting for at most `patience`.
pub fn take(path: &Path, patience: Duration) -> Result<Lock, LockError> {
    take_while(path, None, patience, &mut |_, _| true)
}

/// Takes the lock for an operation, waiting for at most `patience`, and for as long as `go_on`
/// says so: it is asked again and again, with the time that was waited and who holds it.
pub fn take_while(
    path: &Path,
    doing: Option<Doing>,
    patience: Duration,
    go_on: &mut dyn FnMut(Duration, Option<&Holder>) -> bool,
) -> Result<Lock, LockError> {
    private_file::make_parent(path)?;
    let begin = Instant::now();
    // flock(2) knows no time limit: it is tried again and again, ever more slowly.
    let mut pause = Duration::from_millis(1);
    let mut file = open(path)?;
    loop {
        let held_by_another = match file.try_lock() {
            Ok(()) => {
                let mut lock = Lock {
                    file,
                    path: path.to_owned(),
                    doing,
                };
                // For the message to whoever finds it held; the lock is the flock.
                let _ = write_entry(&mut lock.file, &entry(doing));
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
        let waited = begin.elapsed();
        if waited >= patience || waited >= MOMENT {
            let holder = holder(path, &mut file);
            if waited >= patience || !go_on(waited, holder.as_ref()) {
                return Err(LockError::Held {
                    path: path.to_owned(),
                    holder,
                });
            }
        }
        if held_by_another {
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }
}

/// Whether somebody holds the lock, and who, if that is known. Nothing is written, nor made where there
/// is no lock file.
#[allow(clippy::option_option)] // Not held, held by nobody knows whom, or by this one.
pub fn is_held(path: &Path) -> Result<Option<Option<Holder>>, FileError> {
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
        Err(TryLockError::WouldBlock) => Ok(Some(holder(path, &mut file))),
        Err(TryLockError::Error(error)) => Err(FileError::at("lock", path)(error)),
    }
}

/// Whether the kernel names this process as who holds the lock. Where it names nobody, no.
#[cfg(feature = "tray")]
pub fn is_held_by(path: &Path, pid: i32) -> bool {
    named_by_kernel(path).contains(&pid)
}

/// Who holds the lock, as the kernel has it (`proc_locks(5)`); nobody where it does not tell.
fn named_by_kernel(path: &Path) -> Vec<i32> {
    let Ok(file) = fs::symlink_metadata(path) else {
        return Vec::new();
    };
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let holders = locks.lines().filter_map(|line| {
        // The device is another one there than here on some file systems.
        let mut words = line.split_whitespace().skip(1);
        (words.next() == Some("FLOCK")).then_some(())?;
        let pid = words.nth(2)?.parse().ok()?;
        let inode: u64 = words.next()?.rsplit(':').next()?.parse().ok()?;
        (inode == file.ino()).then_some(pid)
    });
    holders.collect()
}

fn open(path: &Path) -> Result<File, FileError> {
    private_file::open_ours(path, File::options().read(true).write(true))
        .map_err(FileError::at("open lock file", path))
}

/// The name of this program.
fn our_program() -> String {
    let program = std::env::args_os().next().unwrap_or_default();
    let name = Path::new(&program).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// What we write into the file of a lock that we have.
fn entry(doing: Option<Doing>) -> String {
    let entry = process::ourselves().ok().and_then(|identity| {
        let entry = Entry {
            identity,
            program: our_program(),
            doing,
            since: Local::now().fixed_offset(),
        };
        entry.text().ok()
    });
    entry.unwrap_or_else(|| format!("{}\n", std::process::id()))
}

fn write_entry(file: &mut File, text: &str) -> io::Result<()> {
    if private_file::has_another_name(file) {
        return Ok(());
    }
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

/// Who holds a lock, which is held: whoever has written it into the file, if that one lives;
/// else whom the kernel names.
fn holder(path: &Path, file: &mut File) -> Option<Holder> {
    const MOST: u64 = 4096;
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(MOST).read_to_string(&mut text).ok()?;
    let entry = Entry::parse(&text);
    let lives = |entry: &Entry| {
        let seen = process::see(entry.identity.pid, &entry.identity.boot_id);
        process::boot_id().is_ok_and(|boot| boot == entry.identity.boot_id)
            && seen.is(&entry.identity)
    };
    let found = match (entry, &named_by_kernel(path)[..]) {
        (Some(entry), _) if lives(&entry) => Holder::noted(&entry, Local::now().fixed_offset()),
        (_, [pid]) => found(*pid)?,
        // An older version writes no more.
        (None, _) => Holder::of(holder::pid_in(&text)?),
        (Some(_), _) => return None,
    };
    Some(Holder {
        is_suspended: process::is_suspended(found.pid),
        ..found
    })
}

fn found(pid: i32) -> Option<Holder> {
    let ProcessSeen::Alive(facts) = process::see(pid, "") else {
        return None;
    };
    let command = words::process(&facts.command_line);
    Some(Holder {
        who: format!("pid {pid} ({command})"),
        ..Holder::of(pid)
    })
}
