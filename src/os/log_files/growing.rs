//! A log file that is read while it is being written.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::file::{FileIdentity, LogFile};

/// So many bytes in front of what is read next tell whether the file is still the same.
const MARK: usize = 256;

/// A line may be so long before it is reported in parts.
const LONGEST: usize = 1024 * 1024;

/// A log file from a place in it on, line by line, as they are written.
#[derive(Debug)]
pub struct Growing {
    path: PathBuf,
    file: File,
    identity: FileIdentity,
    /// What was read so far.
    at: u64,
    /// The last bytes of that.
    mark: Vec<u8>,
    /// Length and time of change at the last look: without a new one there is nothing to
    /// read.
    seen: Option<(u64, SystemTime)>,
    /// The beginning of a line that is not written to its end.
    half: Vec<u8>,
}

impl Growing {
    /// Continues after the end of a file that was read so far.
    pub fn behind(file: &LogFile) -> io::Result<Self> {
        let mut growing = Self {
            path: file.path(),
            file: file.handle()?,
            identity: file.identity(),
            at: file.end(),
            mark: Vec::new(),
            seen: None,
            half: Vec::new(),
        };
        file.read(
            file.length().saturating_sub(MARK as u64),
            file.length(),
            &mut growing.mark,
        )?;
        Ok(growing)
    }

    /// Begins at the beginning; nothing if there is no such file.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        match LogFile::try_open(path) {
            Ok(file) => Ok(Some(Self {
                path: path.to_owned(),
                file: file.handle()?,
                identity: file.identity(),
                at: 0,
                mark: Vec::new(),
                seen: None,
                half: Vec::new(),
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether another file has its name by now.
    pub fn is_replaced(&self) -> bool {
        fs::metadata(&self.path)
            .is_ok_and(|now| now.is_file() && (now.dev(), now.ino()) != self.identity)
    }

    /// Whether nothing has its name any more.
    pub fn is_gone(&self) -> bool {
        let now = fs::metadata(&self.path);
        now.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// Which file it is.
    pub fn identity(&self) -> FileIdentity {
        self.identity
    }

    /// When it was written to last, as far as was seen.
    pub fn modified(&self) -> Option<SystemTime> {
        self.seen.map(|(_, modified)| modified)
    }

    /// Continues after what is in it where that was there before a time.
    pub fn skip_before(mut self, time: SystemTime) -> io::Result<Self> {
        let metadata = self.file.metadata()?;
        if metadata.created().is_ok_and(|created| created < time) {
            let file = LogFile::try_open(&self.path)?;
            self = Self::behind(&file)?;
        }
        Ok(self)
    }

    /// Tells the lines that were added since the last look; returns whether there was
    /// anything new.
    pub fn read(&mut self, tell: &mut dyn FnMut(&[u8])) -> io::Result<bool> {
        let metadata = self.file.metadata()?;
        let now = Some((metadata.len(), metadata.modified()?));
        if self.seen == now {
            return Ok(false);
        }
        self.seen = now;
        if !self.goes_on(&self.file, metadata.len())? {
            // Copied and cut: what was written in between is in the copy only.
            // A line that was half written then goes on in front of the new ones.
            match self.copy()? {
                Some(copy) => {
                    self.read_from(&copy, tell)?;
                }
                None => self.end_line(tell),
            }
            self.at = 0;
            self.mark.clear();
        }
        let file = self.file.try_clone()?;
        self.read_from(&file, tell)
    }

    /// Tells the half line at its end, for nobody will write the other half.
    pub fn end_line(&mut self, tell: &mut dyn FnMut(&[u8])) {
        if !self.half.is_empty() {
            let mut line = std::mem::take(&mut self.half);
            line.push(b'\n');
            tell(&line);
        }
    }

    fn read_from(&mut self, file: &File, tell: &mut dyn FnMut(&[u8])) -> io::Result<bool> {
        let mut block = vec![0; 64 * 1024];
        let mut any = false;
        loop {
            match file.read_at(&mut block, self.at) {
                Ok(0) => return Ok(any),
                Ok(length) => {
                    any = true;
                    self.at += length as u64;
                    self.add(&block[..length], tell);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn add(&mut self, block: &[u8], tell: &mut dyn FnMut(&[u8])) {
        self.mark.extend(&block[block.len().saturating_sub(MARK)..]);
        self.mark.drain(..self.mark.len().saturating_sub(MARK));
        let end = memchr::memrchr(b'\n', block).map_or(0, |newline| newline + 1);
        if end > 0 {
            self.half.extend(&block[..end]);
            tell(&self.half);
            self.half.clear();
        }
        self.half.extend(&block[end..]);
        if self.half.len() > LONGEST {
            tell(&self.half);
            self.half.clear();
        }
    }

    /// Whether a file of this length has what was read so far at its beginning.
    fn goes_on(&self, file: &File, length: u64) -> io::Result<bool> {
        if length < self.at {
            return Ok(false);
        }
        let mut there = vec![0; self.mark.len()];
        match file.read_exact_at(&mut there, self.at - self.mark.len() as u64) {
            Ok(()) => Ok(there == self.mark),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The newest file of the folder that goes on where this one was left.
    fn copy(&self) -> io::Result<Option<File>> {
        let Some(folder) = self.path.parent() else {
            return Ok(None);
        };
        let mut copies = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            // One that cannot be read, or has gone by now, is of no help.
            let Ok(file) = LogFile::try_open(&path) else {
                continue;
            };
            let handle = file.handle()?;
            if file.identity() != self.identity
                && !self.mark.is_empty()
                && self.goes_on(&handle, file.length()).unwrap_or(false)
            {
                copies.push((file.modified(), handle));
            }
        }
        let newest = copies.into_iter().max_by_key(|(modified, _)| *modified);
        Ok(newest.map(|(_, file)| file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::io::Write;

    struct Log {
        folder: tempfile::TempDir,
        path: PathBuf,
    }

    impl Log {
        fn new(text: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.log");
            fs::write(&path, text).unwrap();
            Self { folder, path }
        }

        fn add(&self, text: &str) {
            let mut file = OpenOptions::new().append(true).open(&self.path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }

        fn copy_and_cut(&self) {
            fs::copy(&self.path, self.folder.path().join("a.log.1")).unwrap();
            OpenOptions::new()
                .write(true)
                .truncate(true)
                .open(&self.path)
                .unwrap();
        }
    }

    fn read(growing: &mut Growing) -> String {
        let mut told = Vec::new();
        growing
            .read(&mut |lines: &[u8]| told.extend(lines))
            .unwrap();
        String::from_utf8(told).unwrap()
    }

    #[test]
    fn whole_lines_are_told_and_half_ones_are_not() {
        let log = Log::new("old\n");
        let mut growing = Growing::behind(&LogFile::open(&log.path).unwrap()).unwrap();
        assert_eq!(read(&mut growing), "");

        log.add("one\ntw");
        assert_eq!(read(&mut growing), "one\n");
        log.add("o");
        assert_eq!(read(&mut growing), "");
        log.add("\nthree\n");
        assert_eq!(read(&mut growing), "two\nthree\n");
    }

    #[test]
    fn what_was_written_before_a_cut_is_taken_from_the_copy() {
        let log = Log::new("");
        let mut growing = Growing::open(&log.path).unwrap().unwrap();
        log.add("one\nha");
        assert_eq!(read(&mut growing), "one\n");

        log.add("lf\ntwo\n");
        log.copy_and_cut();
        log.add("three\n");

        assert_eq!(read(&mut growing), "half\ntwo\nthree\n");
    }

    #[test]
    fn a_line_that_was_copied_half_written_goes_on_in_the_file() {
        let log = Log::new("");
        let mut growing = Growing::open(&log.path).unwrap().unwrap();
        log.add("one\nha");
        assert_eq!(read(&mut growing), "one\n");

        log.copy_and_cut();
        assert_eq!(read(&mut growing), "");
        log.add("lf\ntwo\n");

        assert_eq!(read(&mut growing), "half\ntwo\n");
    }

    #[test]
    fn a_cut_is_seen_although_the_file_is_longer_by_now() {
        let log = Log::new("one\n");
        let mut growing = Growing::open(&log.path).unwrap().unwrap();
        assert_eq!(read(&mut growing), "one\n");

        log.copy_and_cut();
        log.add("two and a good deal more\n");

        assert_eq!(read(&mut growing), "two and a good deal more\n");
    }

    #[test]
    fn a_half_line_that_was_cut_off_is_told() {
        let log = Log::new("half");
        let mut growing = Growing::open(&log.path).unwrap().unwrap();
        assert_eq!(read(&mut growing), "");

        fs::write(&log.path, "new\n").unwrap();

        assert_eq!(read(&mut growing), "half\nnew\n");
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let log = Log::new(&"x".repeat(3 * LONGEST));
        let mut growing = Growing::open(&log.path).unwrap().unwrap();

        let told = read(&mut growing);

        assert!(told.len() > LONGEST);
        assert!(growing.half.len() <= LONGEST);
    }

    #[test]
    fn a_file_with_the_same_name_is_another_one() {
        let log = Log::new("one\n");
        let growing = Growing::open(&log.path).unwrap().unwrap();
        assert!(!growing.is_replaced());

        fs::rename(&log.path, log.folder.path().join("a.log.1")).unwrap();
        assert!(!growing.is_replaced());
        fs::write(&log.path, "").unwrap();

        assert!(growing.is_replaced());
    }
}
