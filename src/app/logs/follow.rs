//! Following a log: through rotations, and from one day's file to the next.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use chrono::Local;

use super::{LogsError, at};
use crate::app::errors::RARELY;
use crate::model::logs::dialect::Grouping;
use crate::model::logs::dialect::{Dialect, Hints};
use crate::model::logs::filter::Filter;
use crate::model::logs::gather::Gather;
use crate::model::logs::name;
use crate::os::log_files::{self, Growing, LogFile, Seen};
use crate::os::private_file::FileError;

/// After so many looks without anything new, the half line at the end of a file that has
/// a successor is whole.
const QUIET: u32 = 10;

/// A folder that takes so long to be listed is not listed at each look.
const SLOW: Duration = Duration::from_millis(5);

/// So many other files of the folder are looked at, the newest.
const BESIDE: usize = 256;

/// What is followed.
#[derive(Debug, Clone)]
pub enum Followed {
    /// This file, whatever becomes of it.
    File(PathBuf),
    /// The newest file of these folders, then those of the later days.
    Newest(Vec<PathBuf>),
}

/// A log that is followed.
#[derive(Debug)]
pub struct Follow {
    wanted: Followed,
    /// The file that is written, and the one before it: whoever writes may still have
    /// that one open.
    files: Vec<File>,
    /// The times of the folders when they were listed last.
    listed: Vec<Option<SystemTime>>,
    /// The folder is not listed before: one with very many files takes its time.
    not_before: Instant,
    /// One that does not change is, too, from then on: an old file may be written to again.
    again_from: Instant,
    /// The newest files of the folder, as it was listed last.
    beside: Vec<PathBuf>,
    began: SystemTime,
    notes: Vec<Note>,
    /// What was told of: a file that is gone, or others that grow.
    noted: HashSet<PathBuf>,
    /// The file that comes next, where it cannot be read: it may become readable.
    waiting: Option<PathBuf>,
}

/// What is to be told of where the lines come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// From now on from this file.
    Next(PathBuf),
    /// The file was removed, and no other is there yet.
    Gone(PathBuf),
    /// This file grows, and the one that is followed does not.
    Beside(PathBuf),
}

#[derive(Debug)]
struct File {
    growing: Growing,
    quiet: u32,
}

impl Follow {
    /// Follows what comes behind a file that was shown, or from its beginning whatever
    /// comes where there is none yet.
    pub fn behind(wanted: Followed, file: Option<&LogFile>) -> Result<Self, LogsError> {
        let mut files = Vec::new();
        if let Some(file) = file {
            files.push(behind(file)?);
            if let Followed::Newest(_) = wanted {
                join_other_day(&mut files, &file.path());
            }
        }
        Ok(Self {
            wanted,
            files,
            listed: Vec::new(),
            not_before: Instant::now(),
            again_from: Instant::now(),
            beside: Vec::new(),
            began: SystemTime::now(),
            notes: Vec::new(),
            noted: HashSet::new(),
            waiting: None,
        })
    }

    /// What has come to be told of since this was asked.
    pub fn notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Tells the lines that were added since the last look; returns whether there was
    /// anything new. Half a line at the end is not told. A file that should come next and
    /// cannot be read is told to `refuse` once: the one before it may still grow.
    pub fn tell_new(
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
                let opened = self.open(&path);
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
        let last = self.files.last().map(|last| &last.growing);
        if let Some(growing) = last.filter(|growing| growing.is_replaced()) {
            return Ok(Some(growing.path().to_owned()));
        }
        let is_gone = last.is_some_and(Growing::is_gone);
        let folders = match &self.wanted {
            Followed::Newest(folders) => folders.clone(),
            Followed::File(path) => {
                let first = self.files.is_empty().then(|| path.clone());
                if is_gone && self.files.last().is_some_and(|last| last.quiet >= QUIET) {
                    self.note(Note::Gone);
                }
                return Ok(first);
            }
        };
        let has_changed = self.waiting.is_some() || self.may_have_changed(&folders);
        let may_grow = self.is_idle() || is_gone;
        if !has_changed && !may_grow {
            return Ok(None);
        }
        let begin = Instant::now();
        if !has_changed && begin < self.again_from {
            let beside = log_files::again(self.beside.iter());
            return Ok(self.another(beside, is_gone));
        }
        if begin < self.not_before {
            return Ok(None);
        }
        let next = if self.files.is_empty() {
            log_files::newest(&folders)?
        } else {
            let newest = log_files::written_since(&folders, SystemTime::UNIX_EPOCH, BESIDE)?;
            self.beside = newest.iter().map(|(path, _)| path.clone()).collect();
            self.another(newest, is_gone)
        };
        if next.is_none() {
            self.listed = modified(&folders);
        }
        // A few per cent of the time, however many files there are.
        let cost = begin.elapsed();
        self.again_from = Instant::now() + cost * RARELY;
        if cost > SLOW {
            self.not_before = Instant::now() + cost * 30;
        }
        Ok(next)
    }

    /// Whether the file has not grown for so long that others may grow instead, now and again.
    fn is_idle(&self) -> bool {
        let quiet = self.files.last().map_or(0, |last| last.quiet);
        quiet >= QUIET && quiet.is_multiple_of(QUIET)
    }

    /// The file of these that goes on where the one that is followed does not: one of a later
    /// day; once that is gone, the newest; while it is quiet, one whose name differs in numbers
    /// only.
    fn another(&mut self, all: Vec<(PathBuf, Seen)>, is_gone: bool) -> Option<PathBuf> {
        /// So many looks without anything new.
        const STILL: u32 = 2;
        let last = self.files.last()?;
        let (path, quiet) = (last.growing.path().to_owned(), last.quiet);
        let name = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
        let current = name(&path)?;
        let is_beside = |other: &Path| other.parent() == path.parent();
        let is_later = |other: &Path| {
            is_beside(other)
                && name(other).is_some_and(|other| name::is_later_day(&current, &other))
        };
        let later = all.iter().map(|(other, _)| other);
        if let Some(later) = later.filter(|other| is_later(other)).min() {
            return Some(later.clone());
        }
        // A rotation takes a moment.
        if quiet < STILL {
            return None;
        }
        let (identity, modified) = (last.growing.identity(), last.growing.modified());
        let newest = all
            .into_iter()
            .filter(|(_, seen)| seen.identity != identity && Some(seen.modified) > modified)
            .max_by_key(|(_, seen)| seen.modified);
        if let Some((other, seen)) = newest {
            let of_one = name(&other).is_some_and(|name| {
                is_beside(&other)
                    && name::is_of_one_log(&current, &name)
                    && !name::is_later_day(&name, &current)
            });
            let is_new = seen.created.is_none_or(|created| created >= self.began);
            if of_one || (is_gone && is_new) {
                self.notes.push(Note::Next(other.clone()));
                return Some(other);
            }
            if self.noted.insert(other.clone()) {
                self.notes.push(Note::Beside(other));
            }
        }
        if is_gone {
            self.note(Note::Gone);
        }
        None
    }

    /// Notes of the file that is followed, once.
    fn note(&mut self, note: fn(PathBuf) -> Note) {
        let path = self.files.last().map(|last| last.growing.path().to_owned());
        if let Some(path) = path.filter(|path| !self.noted.contains(path)) {
            self.noted.insert(path.clone());
            self.notes.push(note(path));
        }
    }

    /// Opens the next file: of another log, which was there before, only what is added counts.
    fn open(&self, path: &Path) -> Result<Option<Growing>, FileError> {
        let is_other = self.notes.contains(&Note::Next(path.to_owned()));
        Growing::open(path)
            .and_then(|growing| match growing {
                Some(growing) if is_other => growing.skip_before(self.began).map(Some),
                Some(_) | None => Ok(growing),
            })
            .map_err(FileError::at("read log file", path))
    }

    /// Whether files may have come since the folder was last listed without one. A change
    /// right after that need not show in its time.
    fn may_have_changed(&self, folders: &[PathBuf]) -> bool {
        const TICK: Duration = Duration::from_secs(2);
        let now = modified(folders);
        let is_old = |time: SystemTime| time.elapsed().is_ok_and(|age| age > TICK);
        now != self.listed || !now.iter().flatten().all(|time| is_old(*time))
    }
}

fn behind(file: &LogFile) -> Result<File, FileError> {
    let growing = Growing::behind(file);
    let growing = growing.map_err(FileError::at("read log file", &file.path()))?;
    Ok(File { growing, quiet: 0 })
}

/// Has the same log of the next day, or else of the day before, followed as well, where it is
/// there already: who has opened a file before midnight goes on writing it.
fn join_other_day(files: &mut Vec<File>, path: &Path) {
    let name = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
    let (Some(current), Some(folder)) = (name(path), path.parent()) else {
        return;
    };
    let folder = [folder.to_owned()];
    let mut all =
        log_files::written_since(&folder, SystemTime::UNIX_EPOCH, BESIDE).unwrap_or_default();
    all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let names = |wanted: &dyn Fn(&str) -> bool| {
        let paths = all.iter().map(|(path, _)| path);
        let paths = paths.filter(|path| name(path).is_some_and(|name| wanted(&name)));
        paths.cloned().collect::<Vec<PathBuf>>()
    };
    let later = names(&|other| name::is_later_day(&current, other));
    let earlier = names(&|other| name::is_later_day(other, &current));
    let (place, other) = match (later.last(), earlier.last()) {
        (Some(later), _) => (files.len(), later),
        (None, Some(earlier)) => (0, earlier),
        (None, None) => return,
    };
    // One that cannot be read is not followed.
    let file = LogFile::open(other).and_then(|mut file| {
        let ended = file.end_at_last_line();
        ended.map_err(FileError::at("read log file", other))?;
        behind(&file)
    });
    match file {
        Ok(file) => files.insert(place, file),
        Err(error) => tracing::debug!("{error}: {}", error.source),
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

fn modified(folders: &[PathBuf]) -> Vec<Option<SystemTime>> {
    folders
        .iter()
        .map(|folder| log_files::changed(folder))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn add(path: &Path, text: &str) {
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path);
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn added(follow: &mut Follow) -> String {
        let mut told = Vec::new();
        let mut refuse = |error: &LogsError| panic!("{error}");
        let looked = follow.tell_new(&mut |text| told.extend(text), &mut refuse);
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
        let mut follow = Follow::behind(Followed::Newest(vec![folder.to_owned()]), None).unwrap();
        assert_eq!(added(&mut follow), "one\n");
        add(&next, "three\n");
        assert_eq!(added(&mut follow), "three\n");
        (follow, day)
    }

    #[test]
    fn who_writes_on_in_the_file_of_yesterday_is_followed_whichever_is_the_newest() {
        for newest in ["d_2026-11-22.log", "d_2026-11-23.log"] {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            add(&path("d_2026-11-21.log"), "long ago\n");
            add(&path("d_2026-11-22.log"), "yesterday\n");
            add(&path("d_2026-11-23.log"), "today\n");
            let file = LogFile::open(&path(newest)).unwrap();
            let wanted = Followed::Newest(vec![folder.path().to_owned()]);
            let mut follow = Follow::behind(wanted, Some(&file)).unwrap();
            assert_eq!(added(&mut follow), "", "what was there is not told again");

            add(&path("d_2026-11-22.log"), "by a handler\n");
            assert_eq!(added(&mut follow), "by a handler\n");
            add(&path("d_2026-11-23.log"), "by the daemon\n");
            assert_eq!(added(&mut follow), "by the daemon\n");
            add(&path("d_2026-11-24.log"), "the next day\n");
            assert_eq!(added(&mut follow), "the next day\n");
        }
    }

    #[test]
    fn half_a_line_at_the_end_of_a_day_may_still_become_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (mut follow, day) = midnight(folder.path());

        // More than a second.
        for _ in 0..6 {
            assert_eq!(added(&mut follow), "");
        }
        add(&day, "lf\n");

        assert_eq!(added(&mut follow), "half\n");
    }

    #[test]
    fn half_a_line_at_the_end_of_a_day_is_told_when_it_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (mut follow, day) = midnight(folder.path());

        let told: Vec<String> = (0..12).map(|_| added(&mut follow)).collect();

        assert_eq!(told.concat(), "ha\n", "once");
        add(&day, "late\n");
        assert_eq!(added(&mut follow), "late\n");
    }

    #[test]
    fn half_a_line_is_told_before_the_file_is_let_go_of() {
        let folder = tempfile::tempdir().unwrap();
        let (mut follow, _) = midnight(folder.path());

        add(&folder.path().join("d_2026-11-24.log"), "four\n");

        assert_eq!(added(&mut follow), "ha\nfour\n");
    }
}
