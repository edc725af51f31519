//! Log files: those of a folder, and parts of one, read in blocks, so that the size of a file
//! does not matter to memory.

mod bisect;
mod file;
mod growing;
mod packed;
mod segments;

pub use self::file::{BLOCK, FileIdentity, LogFile};
pub use self::growing::Growing;
pub use self::packed::Unpacked;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::private_file::FileError;
use crate::model::logs::name;

/// The most recently modified `*.log` of these folders; of two with the same time, the
/// one whose name sorts last. Nothing if they have none or are not there.
pub fn newest(folders: &[PathBuf]) -> Result<Option<PathBuf>, FileError> {
    let mut newest: Option<(SystemTime, PathBuf)> = None;
    each(folders, is_log, |path, seen| {
        if newest
            .as_ref()
            .is_none_or(|(time, name)| (*time, name) < (seen.modified, &path))
        {
            newest = Some((seen.modified, path));
        }
    })?;
    Ok(newest.map(|(_, path)| path))
}

/// What has the name of a log in one of these folders and cannot be read as one: which it is, and
/// what.
pub fn no_log(folders: &[PathBuf]) -> Option<(PathBuf, &'static str)> {
    let mut odd: Vec<(PathBuf, &str)> = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| {
            let path = entry
                .ok()
                .filter(|entry| is_log(Path::new(&entry.file_name())))?
                .path();
            let what = match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => return None,
                Ok(metadata) if metadata.is_dir() => "a folder",
                Ok(_) => "not a regular file",
                Err(_) if path.is_symlink() => "a broken symbolic link",
                Err(_) => return None,
            };
            Some((path, what))
        })
        .collect();
    odd.sort();
    odd.into_iter().next()
}

/// What is seen of a log without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Which file it is.
    pub identity: FileIdentity,
    /// Its length in bytes.
    pub length: u64,
    /// When it was written to last.
    pub modified: SystemTime,
    /// When it was made, if that is known.
    pub created: Option<SystemTime>,
}

/// The `*.log` of these folders that were modified since then, the newest first and at most so
/// many.
pub fn written_since(
    folders: &[PathBuf],
    since: SystemTime,
    most: usize,
) -> Result<Vec<(PathBuf, Seen)>, FileError> {
    let mut written = Vec::new();
    each(folders, is_log, |path, seen| {
        if seen.modified >= since {
            keep(&mut written, path, seen, most);
        }
    })?;
    newest_first(&mut written);
    written.truncate(most);
    Ok(written)
}

/// Takes a file among the newest: up to twice as many as are wanted are kept meanwhile.
fn keep(written: &mut Vec<(PathBuf, Seen)>, path: PathBuf, seen: Seen, most: usize) {
    written.push((path, seen));
    if written.len() >= 2 * most {
        newest_first(written);
        written.truncate(most);
    }
}

/// The logs of some folders that matter to what is said of a daemon.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that were modified since a time, the newest first.
    pub written: Vec<(PathBuf, Seen)>,
    /// The newest file of each log, the newest first: names that differ in numbers are of one.
    pub newest: Vec<(PathBuf, Seen)>,
}

/// Looks through these folders for the `*.log` that were modified since then, at most so many
/// `files`, and for those of at most so many `logs` that are the newest. A folder that cannot be
/// read has none.
pub fn list(folders: &[PathBuf], since: SystemTime, files: usize, logs: usize) -> Listing {
    let mut listing = Listing::default();
    for folder in folders {
        let listed = each(std::slice::from_ref(folder), is_log, |path, seen| {
            keep_newest(&mut listing.newest, &path, seen, logs);
            if seen.modified >= since {
                keep(&mut listing.written, path, seen, files);
            }
        });
        if let Err(error) = listed {
            tracing::debug!("{error}: {}", error.source);
        }
    }
    newest_first(&mut listing.written);
    listing.written.truncate(files);
    newest_first(&mut listing.newest);
    listing
}

/// Takes a file among the newest of each log, if it is one of them.
fn keep_newest(newest: &mut Vec<(PathBuf, Seen)>, path: &Path, seen: Seen, most: usize) {
    let is_same = |other: &Path| {
        let names = (path.file_name(), other.file_name());
        let (Some(one), Some(other_name)) = names else {
            return false;
        };
        path.parent() == other.parent()
            && name::is_of_one_log(&one.to_string_lossy(), &other_name.to_string_lossy())
    };
    let place = newest.iter().position(|(other, _)| is_same(other));
    let oldest = || (0..newest.len()).min_by_key(|at| newest[*at].1.modified);
    match place.or_else(|| oldest().filter(|_| newest.len() >= most)) {
        Some(place) if newest[place].1.modified < seen.modified => {
            newest[place] = (path.to_owned(), seen);
        }
        Some(_) => {}
        None => newest.push((path.to_owned(), seen)),
    }
}

/// When a folder got or lost a file last.
pub fn changed(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder).ok()?.modified().ok()
}

/// The same of these files alone, without a look at the folder that they are in.
pub fn again<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Vec<(PathBuf, Seen)> {
    let mut written: Vec<_> = paths
        .filter_map(|path| Some((path.clone(), seen(path)?)))
        .collect();
    newest_first(&mut written);
    written
}

fn newest_first(written: &mut [(PathBuf, Seen)]) {
    written.sort_unstable_by(|(one, a), (other, b)| (b.modified, other).cmp(&(a.modified, one)));
}

/// A file by its name in a folder.
pub type Named = (Arc<PathBuf>, Box<OsStr>);

/// The names of the logs of these folders and of what rotations have made of them, by log and age;
/// none if they are not there. A file with several names is there once, and not by the name of
/// a link.
pub fn all_and_rotated(folders: &[PathBuf]) -> Result<Vec<Named>, FileError> {
    let compare = |(folder, one): &Named, (other_folder, other): &Named| {
        let (one_name, other_name) = (one.to_string_lossy(), other.to_string_lossy());
        let places = name::place(&one_name).cmp(&name::place(&other_name));
        places
            .then_with(|| folder.cmp(other_folder))
            .then_with(|| one.cmp(other))
    };
    let is_place = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name::place(&name.to_string_lossy()).is_some()
    };
    let mut found: Vec<(FileIdentity, Named)> = Vec::new();
    for folder in folders {
        let shared = Arc::new(folder.clone());
        each(std::slice::from_ref(folder), is_place, |path, seen| {
            let name = path.file_name().unwrap_or_default();
            found.push((seen.identity, (shared.clone(), name.into())));
        })?;
    }
    // One of several names comes first: the one that is kept.
    found.sort_unstable_by(|(file, one), (other_file, other)| {
        let is_link = |(folder, name): &Named| folder.join(&**name).is_symlink();
        file.cmp(other_file).then_with(|| {
            let links = is_link(one).cmp(&is_link(other));
            links.then_with(|| compare(one, other))
        })
    });
    found.dedup_by_key(|(file, _)| *file);
    let mut names: Vec<Named> = found.into_iter().map(|(_, named)| named).collect();
    names.shrink_to_fit();
    names.sort_unstable_by(compare);
    // While one is packed it is there in both forms.
    names.dedup_by(|(folder, packed), (plain_folder, plain)| {
        let (packed, plain) = (packed.to_string_lossy(), plain.to_string_lossy());
        folder == plain_folder && packed != plain && name::unpacked(&packed) == plain
    });
    Ok(names)
}

/// The last `lines` lines of what comes after the offset `first`, at most the last
/// 256 KiB of it.
pub fn tail_from(path: &Path, first: u64, lines: usize) -> Result<Vec<u8>, FileError> {
    const MOST: u64 = 256 * 1024;
    let file = LogFile::open(path)?;
    let end = file.length();
    let mut text = Vec::new();
    file.count_back(lines, first.max(end.saturating_sub(MOST)))
        .and_then(|(start, _)| file.read(start, end, &mut text))
        .map_err(FileError::at("read log file", path))?;
    Ok(text)
}

fn is_log(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "log")
}

/// Tells the files of these folders that are wanted by their names.
fn each(
    folders: &[PathBuf],
    wanted: impl Fn(&Path) -> bool,
    mut tell: impl FnMut(PathBuf, Seen),
) -> Result<(), FileError> {
    for folder in folders {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(FileError::at("read logs folder", folder)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(FileError::at("read logs folder", folder))?;
            let path = entry.path();
            if !wanted(&path) {
                continue;
            }
            if let Some(seen) = seen(&path) {
                tell(path, seen);
            }
        }
    }
    Ok(())
}

/// What is seen of a file; one that vanishes meanwhile, or leads nowhere, is no log.
fn seen(path: &Path) -> Option<Seen> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(Seen {
        identity: (metadata.dev(), metadata.ino()),
        length: metadata.len(),
        modified: metadata.modified().ok()?,
        created: metadata.created().ok(),
    })
}
