//! A log that is followed: through rotations, and from one day's file to the next.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::Local;

use super::{LogsError, at};
use crate::model::logs::dialect::{Dialect, Hints};
use crate::model::logs::filter::{Filter, Grouping};
use crate::model::logs::gather::Gather;
use crate::model::logs::name;
use crate::os::log_files::{self, Growing, LogFile};
use crate::os::private_file::FileError;

/// After so many looks without anything new, the half line at the end of a file that has
/// a successor is whole.
const QUIET: u32 = 10;

/// What is followed.
#[derive(Debug)]
pub enum Wanted {
    /// This file, whatever becomes of it.
    File(PathBuf),
    /// The newest file of this folder, then those of the later days.
    Newest(PathBuf),
}

/// A log that is followed.
#[derive(Debug)]
pub struct Follow {
    wanted: Wanted,
    /// The file that is written, and the one before it: whoever writes may still have
    /// that one open.
    files: Vec<File>,
    listed: Option<SystemTime>,
    /// The file that comes next, where it cannot be read: it may become readable.
    waiting: Option<PathBuf>,
}

#[derive(Debug)]
struct File {
    growing: Growing,
    quiet: u32,
}

impl Follow {
    /// Follows what comes behind a file that was shown, or from its beginning whatever
    /// comes where there is none yet.
    pub fn behind(wanted: Wanted, file: Option<&LogFile>) -> Result<Self, LogsError> {
        let mut files = Vec::new();
        if let Some(file) = file {
            let growing = Growing::behind(file);
            let growing = growing.map_err(FileError::at("read log file", file.path()))?;
            files.push(File { growing, quiet: 0 });
        }
        Ok(Self {
            wanted,
            files,
            listed: None,
            waiting: None,
        })
    }

    /// Tells the lines that were added since the last look; returns whether there was
    /// anything new. Half a line at the end is not told. A file that should come next and
    /// cannot be read is told to `refuse` once: the one before it may still grow.
    pub fn look(
        &mut self,
        tell: &mut dyn FnMut(&[u8]),
        refuse: &mut dyn FnMut(&LogsError),
    ) -> Result<bool, LogsError> {
        let mut any = self.read(tell)?;
        while let Some(next) = self.next(refuse)? {
            // Before the first line of the next file, the last one of this.
            any |= self.read(tell)?;
            if self.files.len() > 1 {
                self.files.remove(0).growing.end_line(tell);
            }
            self.files.push(File {
                growing: next,
                quiet: 0,
            });
            any |= self.read(tell)?;
        }
        Ok(any)
    }

    fn read(&mut self, tell: &mut dyn FnMut(&[u8])) -> Result<bool, LogsError> {
        let mut any = false;
        let last = self.files.len().saturating_sub(1);
        for (index, File { growing, quiet }) in self.files.iter_mut().enumerate() {
            let grew = growing.read(tell);
            if grew.map_err(FileError::at("read log file", growing.path()))? {
                any = true;
                *quiet = 0;
            } else {
                *quiet += 1;
            }
            if index < last && *quiet == QUIET {
                growing.end_line(tell);
            }
        }
        Ok(any)
    }

    /// The file that takes the place of the last one, or is the first.
    fn next(&mut self, refuse: &mut dyn FnMut(&LogsError)) -> Result<Option<Growing>, LogsError> {
        let next = match self.next_path() {
            Ok(Some(path)) => {
                let opened = open(&path);
                opened.map_err(|error| (path, LogsError::Read(error)))
            }
            Ok(None) => Ok(None),
            Err(error) => Err((error.path.clone(), LogsError::Read(error))),
        };
        match next {
            Ok(next) => {
                self.waiting = None;
                Ok(next)
            }
            Err((path, error)) if !self.files.is_empty() => {
                if self.waiting.as_ref() != Some(&path) {
                    refuse(&error);
                    self.waiting = Some(path);
                }
                Ok(None)
            }
            Err((_, error)) => Err(error),
        }
    }

    fn next_path(&mut self) -> Result<Option<PathBuf>, FileError> {
        if let Some(File { growing, .. }) = self.files.last()
            && growing.is_replaced()
        {
            return Ok(Some(growing.path().to_owned()));
        }
        let folder = match &self.wanted {
            Wanted::Newest(folder) => folder.clone(),
            Wanted::File(path) => return Ok(self.files.is_empty().then(|| path.clone())),
        };
        if self.waiting.is_none() && !self.may_have_changed(&folder) {
            return Ok(None);
        }
        let next = match self.files.last() {
            None => log_files::newest(&folder)?,
            Some(File { growing, .. }) => later(growing.path(), log_files::all(&folder)?),
        };
        if next.is_none() {
            self.listed = modified(&folder);
        }
        Ok(next)
    }

    /// Whether files may have come since the folder was last listed without one. A change
    /// right after that need not show in its time.
    fn may_have_changed(&self, folder: &Path) -> bool {
        const TICK: Duration = Duration::from_secs(2);
        let now = modified(folder);
        let is_old = now.is_some_and(|time| time.elapsed().is_ok_and(|age| age > TICK));
        now != self.listed || !is_old
    }
}

/// Gathers what is added below a file that was shown: lines that belong to its last entry
/// are wanted as that is.
pub fn gather(file: Option<&LogFile>, filter: Filter, hints: &Hints) -> Result<Gather, LogsError> {
    let Some(file) = file else {
        let now = Local::now().fixed_offset();
        return Ok(Gather::new(filter).reading(Dialect::new(hints, now)));
    };
    let mut buffer = Vec::new();
    let segment = at(
        file,
        file.before(file.length(), 0, log_files::BLOCK, &mut buffer),
    )?;
    let dialect = file.dialect().clone();
    let Some(segment) = segment.filter(|segment| segment.grouping == Grouping::Entries) else {
        return Ok(Gather::new(filter).reading(dialect));
    };
    let everything = Filter::default();
    let reading = file.reading(segment.grouping);
    let last = everything.matching(&buffer, reading).last();
    let wanted = last.is_some_and(|last| {
        let mut matching = filter.matching(&buffer[last], reading);
        matching.next().is_some()
    });
    Ok(Gather::below(filter, segment.grouping, wanted).reading(dialect))
}

/// The next of the later daily files of the same log.
fn later(path: &Path, all: Vec<PathBuf>) -> Option<PathBuf> {
    let name = |path: &Path| path.file_name().map(OsStr::to_owned);
    let current = name(path)?;
    all.into_iter().find(|path| {
        name(path).is_some_and(|next| {
            name::is_later_day(&current.to_string_lossy(), &next.to_string_lossy())
        })
    })
}

fn modified(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder).and_then(|it| it.modified()).ok()
}

fn open(path: &Path) -> Result<Option<Growing>, FileError> {
    Growing::open(path).map_err(FileError::at("read log file", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn add(path: &Path, text: &str) {
        let file = fs::OpenOptions::new().append(true).create(true).open(path);
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn look(follow: &mut Follow) -> String {
        let mut told = Vec::new();
        let mut refuse = |error: &LogsError| panic!("{error}");
        let looked = follow.look(&mut |text| told.extend(text), &mut refuse);
        looked.unwrap();
        String::from_utf8(told).unwrap()
    }

    /// Follows the file of a day, at whose end half a line stands, to the next.
    fn midnight(folder: &Path) -> (Follow, PathBuf) {
        let (day, next) = (
            folder.join("d_2026-11-22.log"),
            folder.join("d_2026-11-23.log"),
        );
        add(&day, "one\nha");
        let mut follow = Follow::behind(Wanted::Newest(folder.to_owned()), None).unwrap();
        assert_eq!(look(&mut follow), "one\n");
        add(&next, "three\n");
        assert_eq!(look(&mut follow), "three\n");
        (follow, day)
    }

    #[test]
    fn half_a_line_at_the_end_of_a_day_may_still_become_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (mut follow, day) = midnight(folder.path());

        // More than a second.
        for _ in 0..6 {
            assert_eq!(look(&mut follow), "");
        }
        add(&day, "lf\n");

        assert_eq!(look(&mut follow), "half\n");
    }

    #[test]
    fn half_a_line_at_the_end_of_a_day_is_told_when_it_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (mut follow, day) = midnight(folder.path());

        let told: Vec<String> = (0..12).map(|_| look(&mut follow)).collect();

        assert_eq!(told.concat(), "ha\n", "once");
        add(&day, "late\n");
        assert_eq!(look(&mut follow), "late\n");
    }

    #[test]
    fn half_a_line_is_told_before_the_file_is_let_go_of() {
        let folder = tempfile::tempdir().unwrap();
        let (mut follow, _) = midnight(folder.path());

        add(&folder.path().join("d_2026-11-24.log"), "four\n");

        assert_eq!(look(&mut follow), "ha\nfour\n");
    }
}
