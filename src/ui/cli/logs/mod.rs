//! `inneros daemon logs`

mod follow;
mod json;
mod screen;
mod several;
mod summary;
mod understood;

use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use self::json::Entries;
use self::screen::LogScreen;
use super::args;
use super::output::{self, Answer, Printer, Refusal};
use crate::app::logs::follow::Followed;
use crate::app::logs::{self, Logs, LogsError};
use crate::model::config::Managed;
use crate::model::logs::dialect::Hints;
use crate::model::logs::filter::{Component, Filter, Text};
use crate::model::text;
use crate::model::words;
use crate::os::log_files::{self, LogFile, Named, Unpacked};
use crate::os::private_file;

pub use self::several::answer as several;

/// So many are shown where nothing else is asked for.
const LINES: usize = 10;

pub fn answer(
    managed: &Managed,
    wanted: &args::Logs,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let filter = filter(wanted)?;
    let mut source = Source::find(managed, wanted)?;
    if wanted.path {
        return Ok(source.path_only(wanted.raw));
    }
    let hints = managed.daemon.log_hints();
    let as_it_is = wanted.raw || wanted.follow;
    let mut logs = source.open(&hints, as_it_is, printer)?;
    printer.progress(&format!("==> {} <==", source.shown(", ")));
    for file in logs.files().iter().filter(|file| file.hole() > 0) {
        let zeros = file.hole();
        let path = shown(&file.path());
        printer.progress(&format!(
            "skipped {zeros} NUL bytes at the start of '{path}'"
        ));
    }
    understood::check(&logs, &filter, wanted.follow, printer)?;
    if wanted.summary {
        let summary = logs.summary(&filter).map_err(|error| unreadable(&error))?;
        return Ok(summary::answer(&summary, &source, printer));
    }
    if wanted.follow {
        logs.end_at_last_line()
            .map_err(|error| unreadable(&error))?;
    }
    let count = match (wanted.lines, wanted.since) {
        (Some(count), _) => Some(count),
        (None, Some(_)) => None,
        (None, None) => Some(LINES),
    };
    let mut out = Out::new(printer);
    let shown = if wanted.follow {
        follow::follow(
            &source,
            (&logs, &hints),
            filter,
            count,
            wanted.raw,
            &mut out,
            printer,
        )
    } else if printer.is_json() {
        let mut entries = Entries::begin(&mut out, wanted.all);
        logs.last(&filter, count, |entry| entries.add(entry))
            .and_then(|count| {
                let message = source.message(count, "entries");
                entries.end(&source, &message).map_err(LogsError::Tell)
            })
    } else {
        let mut screen = LogScreen::new(&mut out, wanted.raw, printer);
        let shown = match count {
            Some(lines) if filter.is_empty() && !wanted.all => logs
                .last_lines(lines, |block| screen.push(block))
                .map(|_| ()),
            Some(_) | None => logs
                .last(&filter, count, |entry| screen.entry(entry))
                .map(|found| {
                    if found == 0 {
                        printer.progress(&source.nothing_fits());
                    }
                }),
        };
        shown.and_then(|()| screen.finish().map_err(LogsError::Tell))
    };
    printed(shown.and_then(|()| out.flush().map_err(LogsError::Tell)))
}

/// The answer where all was printed as it came.
fn printed(shown: Result<(), LogsError>) -> Result<Answer, Refusal> {
    let printed = Answer {
        success: true,
        printed: true,
        ..Answer::default()
    };
    match shown {
        Ok(()) => Ok(printed),
        // Whoever read this has seen enough.
        Err(LogsError::Tell(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(printed),
        Err(LogsError::Tell(error)) => Err(unwritable(&error)),
        Err(error) => Err(unreadable(&error)),
    }
}

fn filter(wanted: &args::Logs) -> Result<Filter, Refusal> {
    let text = match &wanted.grep {
        Some(text) if wanted.regex => Some(Text::Regex(expression(text)?)),
        Some(text) => Some(Text::literal(text)),
        None => None,
    };
    let filter = Filter {
        level: wanted.level,
        component: wanted.component.clone().map(Component),
        text,
        since: wanted.since.map(logs::since),
        until: wanted.until.map(logs::until),
    };
    if let (Some(since), Some(until)) = (filter.since, filter.until)
        && since.utc > until.utc
    {
        return Err(Refusal {
            code: 2,
            message: "`--since` is later than `--until`".into(),
            hint: Some("swap them".into()),
            ..Refusal::default()
        });
    }
    Ok(filter)
}

fn expression(text: &str) -> Result<regex::bytes::Regex, Refusal> {
    regex::bytes::Regex::new(text).map_err(|error| {
        let error = error.to_string();
        let why = error.lines().last().unwrap_or_default();
        Refusal {
            code: 2,
            message: format!(
                "invalid value '{}' for '--grep <TEXT>': {}",
                text::printable(text),
                text::printable(why.trim_start_matches("error: ").trim())
            ),
            hint: Some("without `--regex`, the text is matched literally".into()),
            ..Refusal::default()
        }
    })
}

/// Where the entries come from.
enum Source {
    /// The newest file of the logs folders.
    Newest(PathBuf),
    /// All files of the logs folders, by name until they are opened, and how many there are.
    All(Vec<PathBuf>, Vec<Named>, usize),
    /// A file that will come into a logs folder.
    ToCome(Vec<PathBuf>),
    /// The capture file, and its predecessor where there is one.
    Output(PathBuf),
}

impl Source {
    fn find(managed: &Managed, wanted: &args::Logs) -> Result<Self, Refusal> {
        let folders = &managed.daemon.logs_dirs;
        if wanted.output {
            let path = managed.daemon.output_file();
            if !wanted.follow && !path.exists() && !private_file::predecessor(&path).exists() {
                return Err(Refusal {
                    code: 1,
                    message: format!("no logs: no output in '{}'", shown(&path)),
                    hint: Some("`inneros daemon start` captures it".into()),
                    ..Refusal::default()
                });
            }
            return Ok(Source::Output(path));
        }
        if wanted.all {
            let all = log_files::all_and_rotated(folders).map_err(LogsError::Read);
            let all = all.map_err(|error| unreadable(&error))?;
            if !all.is_empty() {
                let count = all.len();
                return Ok(Source::All(folders.clone(), all, count));
            }
        } else {
            let newest = log_files::newest(folders).map_err(LogsError::Read);
            if let Some(path) = newest.map_err(|error| unreadable(&error))? {
                return Ok(Source::Newest(path));
            }
            if wanted.follow {
                return Ok(Source::ToCome(folders.clone()));
            }
        }
        let odd = log_files::no_log(folders).map_or(String::new(), |(path, what)| {
            format!(": '{}' is {what}", shown(&path))
        });
        Err(Refusal {
            code: 1,
            message: format!("no logs in {}{odd}", words::paths(folders)),
            hint: Some("set `logs_dir` to the folder with the daemon's *.log files".into()),
            ..Refusal::default()
        })
    }

    /// The file, or the folders with all of them.
    fn paths(&self) -> &[PathBuf] {
        match self {
            Source::Newest(path) | Source::Output(path) => std::slice::from_ref(path),
            Source::All(folders, ..) | Source::ToCome(folders) => folders,
        }
    }

    /// What is followed.
    fn followed(&self) -> Followed {
        match self {
            Source::Output(path) => Followed::File(path.clone()),
            Source::ToCome(folders) | Source::All(folders, ..) => Followed::Newest(folders.clone()),
            Source::Newest(path) => {
                Followed::Newest(vec![path.parent().unwrap_or(path).to_owned()])
            }
        }
    }

    /// For programs: the file, or the folder of all of them; of several folders the first, and then
    /// all of them.
    fn place(&self) -> (Value, Option<Value>) {
        let paths = self.paths().iter().map(|path| path.display().to_string());
        let paths: Vec<String> = paths.collect();
        let several = (paths.len() > 1).then(|| Value::from(paths.clone()));
        (Value::from(paths.into_iter().next()), several)
    }

    /// For people.
    fn shown(&self, between: &str) -> String {
        let paths = self.paths().iter();
        let paths: Vec<String> = paths
            .map(|path| text::printable(&path.display().to_string()))
            .collect();
        paths.join(between)
    }

    /// In quotes.
    fn quoted(&self) -> String {
        words::paths(self.paths())
    }

    fn message(&self, count: u64, what: &str) -> String {
        let shown = self.quoted();
        match self {
            Source::All(_, _, files) => {
                format!("{count} {what} of {files} files in {shown}")
            }
            Source::Newest(_) | Source::ToCome(_) | Source::Output(_) => {
                format!("{count} {what} of {shown}")
            }
        }
    }

    fn nothing_fits(&self) -> String {
        let shown = self.quoted();
        match self {
            Source::Newest(_) => format!(
                "no matching entries in {shown}; add `--all` to search every log in the folder"
            ),
            Source::All(..) | Source::ToCome(_) | Source::Output(_) => {
                format!("no matching entries in {shown}")
            }
        }
    }

    /// For a script, which wants the name as it is, where it does not go to a terminal.
    fn path_only(&self, raw: bool) -> Answer {
        let mut answer = Answer {
            success: true,
            message: self.shown(", "),
            ..Answer::default()
        };
        let (path, several) = self.place();
        answer.fields.insert("log_file".into(), path);
        let several = several.map(|several| ("logs_dirs".into(), several));
        answer.fields.extend(several);
        if raw && !output::is_terminal() {
            let names = self.paths().iter().map(|path| path.as_os_str().as_bytes());
            answer.raw = Some([names.collect::<Vec<_>>().join(&b'\n'), vec![b'\n']].concat());
        }
        answer
    }

    /// Opens them; `as_it_is`, whatever a single one holds.
    fn open(
        &mut self,
        hints: &Arc<Hints>,
        as_it_is: bool,
        printer: &Printer,
    ) -> Result<Logs, Refusal> {
        let mut unpacked = Unpacked::default();
        let mut open = |path: &Path| {
            let mut file = LogFile::open(path);
            if !as_it_is {
                file = file.and_then(|file| logs::plain(file, &mut unpacked));
            }
            let file = file.map_err(|error| unreadable(&error.into()))?;
            Ok(file.with(hints))
        };
        match self {
            Source::Newest(path) => Ok(Logs::in_sequence(vec![open(path)?])),
            Source::ToCome(_) => Ok(Logs::in_sequence(Vec::new())),
            Source::Output(path) => {
                let old = private_file::predecessor(path);
                let files = [old.as_path(), path].into_iter();
                let files: Result<_, _> = files.filter(|path| path.exists()).map(open).collect();
                Ok(Logs::in_sequence(files?))
            }
            Source::All(_, names, _) => {
                let names = std::mem::take(names);
                let (logs, mut left_out) = Logs::in_time(names, hints);
                if logs.files().is_empty()
                    && let Some(error) = left_out.pop()
                {
                    return Err(unreadable(&error.into()));
                }
                for error in left_out {
                    let refusal = unreadable(&error.into());
                    printer.progress(&format!("left out: {}", refusal.message));
                }
                Ok(logs)
            }
        }
    }
}

fn shown(path: &Path) -> String {
    text::printable(&path.display().to_string())
}

/// Standard output, which nothing goes to where nothing is to be said.
struct Out {
    out: io::BufWriter<io::StdoutLock<'static>>,
    quiet: bool,
}

impl Out {
    fn new(printer: &Printer) -> Self {
        Self {
            out: io::BufWriter::with_capacity(64 * 1024, io::stdout().lock()),
            quiet: printer.is_quiet() && !printer.is_json(),
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.quiet {
            return Ok(bytes.len());
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn unreadable(error: &LogsError) -> Refusal {
    let refusal = Refusal::of(1, error);
    let is_denied = refusal.code == output::NOT_PERMITTED;
    let hint = is_denied.then(|| "make the folder and its files readable to you".to_owned());
    Refusal {
        message: text::printable(&refusal.message),
        ..refusal.hint(hint)
    }
}

fn unwritable(error: &io::Error) -> Refusal {
    Refusal {
        code: 1,
        message: format!("cannot write to standard output: {error}"),
        ..Refusal::default()
    }
}
