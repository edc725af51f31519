//! The logs of several daemons, put together in the order of time: each line with the name of its
//! daemon.

use std::cell::Cell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;

use super::super::output::{Answer, Printer, Refusal};
use super::follow::{INTERVAL, said};
use super::json::Entries;
use super::screen::LogScreen;
use super::{LINES, Out, Source, args, filter, json, printed, summary, understood, unreadable};
use crate::app::logs::follow::{self, Follow, Followed};
use crate::app::logs::{FoundEntry, Logs, LogsError};
use crate::model::config::{Config, Managed};
use crate::model::logs::dialect::Dialect;
use crate::model::logs::filter::Filter;
use crate::model::logs::gather::{Gather, Gathered};
use crate::os::log_files::LogFile;
use crate::os::reader;

pub fn answer(
    config: &Config,
    numbers: &[usize],
    wanted: &args::Logs,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let filter = filter(wanted)?;
    let daemons: Vec<&Managed> = numbers
        .iter()
        .map(|number| &config.daemons[*number])
        .collect();
    let found = found(&daemons, wanted, printer)?;
    if wanted.path {
        return Ok(paths(&found));
    }
    let many = Many::open(found, wanted, printer)?;
    understood::check(&many.logs, &filter, wanted.follow, printer)?;
    if wanted.summary {
        let counted = many
            .logs
            .summary(&filter)
            .map_err(|error| unreadable(&error))?;
        return Ok(summary::answer(&counted, &many.whole, printer));
    }
    let mut out = Out::new(printer);
    let shown = many.show(&filter, wanted, &mut out, printer);
    let shown = shown.and_then(|()| out.flush().map_err(LogsError::Tell));
    printed(shown)
}

/// Where the logs of a daemon are.
type Found<'a> = (&'a Managed, Source);

/// The logs of each; it is told of whom there are none, unless there are none of anybody.
fn found<'a>(
    daemons: &[&'a Managed],
    wanted: &args::Logs,
    printer: &Printer,
) -> Result<Vec<Found<'a>>, Refusal> {
    let mut found = Vec::new();
    let mut refused = Vec::new();
    for managed in daemons {
        match Source::find(managed, wanted) {
            Ok(source) => found.push((*managed, source)),
            Err(refusal) => refused.push((&managed.id, refusal)),
        }
    }
    if found.is_empty() && refused.len() != 1 {
        let ids: Vec<&str> = daemons.iter().map(|managed| managed.id.as_str()).collect();
        return Err(Refusal {
            code: 1,
            message: format!("no logs of any of them: {}", ids.join(", ")),
            hint: Some("`inneros daemon logs NAME` says where they would be".into()),
            ..Refusal::default()
        });
    }
    if found.is_empty()
        && let Some((_, refusal)) = refused.pop()
    {
        return Err(refusal);
    }
    for (id, refusal) in refused {
        printer.progress(&format!("{id}: {}", refusal.message));
    }
    Ok(found)
}

/// The paths alone.
fn paths(found: &[Found<'_>]) -> Answer {
    let paths: Vec<String> = found.iter().map(|(_, source)| source.shown(":")).collect();
    let mut answer = Answer {
        success: true,
        message: paths.join("\n"),
        ..Answer::default()
    };
    answer.fields.insert("log_files".into(), paths.into());
    answer
}

/// The logs of several, open.
struct Many<'a> {
    daemons: Vec<&'a Managed>,
    /// What is followed of each.
    followed: Vec<Followed>,
    /// Whose each file is.
    owners: Vec<(PathBuf, usize)>,
    logs: Logs,
    /// All of it, by its folders.
    whole: Source,
}

impl<'a> Many<'a> {
    fn open(
        found: Vec<Found<'a>>,
        wanted: &args::Logs,
        printer: &Printer,
    ) -> Result<Self, Refusal> {
        let (mut daemons, mut followed) = (Vec::new(), Vec::new());
        let (mut files, mut owners, mut folders) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (managed, mut source)) in found.into_iter().enumerate() {
            let hints = managed.daemon.log_hints();
            let logs = source.open(&hints, wanted.raw || wanted.follow, printer)?;
            for file in logs.into_files() {
                owners.push((file.path(), number));
                files.push(file);
            }
            folders.extend(source.paths().iter().cloned());
            followed.push(source.followed());
            daemons.push(managed);
        }
        let whole = Source::All(folders, Vec::new(), files.len());
        Ok(Self {
            daemons,
            followed,
            owners,
            logs: Logs::of_several(files),
            whole,
        })
    }

    fn owner(&self, file: &LogFile) -> usize {
        let path = file.path();
        let owner = self.owners.iter().find(|(of, _)| *of == path);
        owner.map_or(0, |(_, owner)| *owner)
    }

    fn show(
        &self,
        filter: &Filter,
        wanted: &args::Logs,
        out: &mut Out,
        printer: &Printer,
    ) -> Result<(), LogsError> {
        let count = match (wanted.lines, wanted.since) {
            (Some(count), _) => Some(count),
            (None, Some(_)) => None,
            (None, None) => Some(LINES),
        };
        if printer.is_json() && !wanted.follow {
            let mut entries = Entries::begin(out, true);
            let count = self.logs.last(filter, count, |entry| {
                entries.add_of(entry, &self.daemons[self.owner(entry.file)].id)
            })?;
            let message = self.whole.message(count, "entries");
            return entries.end(&self.whole, &message).map_err(LogsError::Tell);
        }
        let mut show = Show::new(&self.daemons, out, wanted.raw, printer);
        let found = self.logs.last(filter, count, |entry| {
            show.entry(self.owner(entry.file), entry)
        })?;
        show.flush().map_err(LogsError::Tell)?;
        if wanted.follow {
            return self.follow(filter, &mut show, printer);
        }
        if found == 0 {
            printer.progress(&self.whole.nothing_fits());
        }
        Ok(())
    }

    /// Shows what is added to any of them, until nobody reads it any more.
    fn follow(
        &self,
        filter: &Filter,
        show: &mut Show<'_>,
        printer: &Printer,
    ) -> Result<(), LogsError> {
        let mut all = Vec::new();
        for (number, followed) in self.followed.iter().enumerate() {
            let mut files = self.logs.files().iter();
            let file = files.rfind(|file| self.owner(file) == number);
            let hints = self.daemons[number].daemon.log_hints();
            let gather = follow::gather(file, filter.clone(), &hints)?;
            let follow = Follow::behind(followed.clone(), file)?;
            let dialect = gather.dialect().clone().of_any_line();
            all.push((number, follow, gather, dialect));
        }
        loop {
            let mut any = false;
            for (number, follow, gather, dialect) in &mut all {
                let show = |part: Gathered<'_>| show.part(*number, part, dialect);
                any |= added(follow, gather, show, printer)?;
                for note in follow.notes() {
                    printer.progress(&said(&note));
                }
            }
            show.flush().map_err(LogsError::Tell)?;
            if reader::is_gone_within(if any { INTERVAL / 4 } else { INTERVAL }) {
                return Ok(());
            }
        }
    }
}

/// Shows what was added to one of them; returns whether anything was.
fn added(
    follow: &mut Follow,
    gather: &mut Gather,
    mut show: impl FnMut(Gathered<'_>) -> io::Result<()>,
    printer: &Printer,
) -> Result<bool, LogsError> {
    let mut shown = Ok(());
    let mut tell = |part: Gathered<'_>| {
        if shown.is_ok() {
            shown = show(part);
        }
    };
    let mut refuse = |error: &LogsError| {
        let refusal = unreadable(error);
        printer.progress(&format!("not followed yet: {}", refusal.message));
    };
    let grew = follow.tell_new(&mut |lines| gather.push(lines, &mut tell), &mut refuse)?;
    if !grew {
        gather.quiet(&mut tell);
    }
    shown.map_err(LogsError::Tell)?;
    Ok(grew)
}

/// How the entries of several are shown.
enum Show<'a> {
    /// With the name of the daemon whose they are in front of each line.
    Text(LogScreen<Marked<'a>>, Rc<Cell<usize>>),
    /// Of each daemon its name, and the entry that has begun.
    Json(&'a mut Out, Vec<(&'a str, Vec<u8>)>),
}

impl<'a> Show<'a> {
    fn new(daemons: &[&'a Managed], out: &'a mut Out, raw: bool, printer: &Printer) -> Self {
        let names = daemons.iter().map(|managed| managed.id.as_str());
        if printer.is_json() {
            return Show::Json(out, names.map(|name| (name, Vec::new())).collect());
        }
        let width = names.clone().map(str::len).max().unwrap_or(0);
        let whose = Rc::new(Cell::new(0));
        let marked = Marked {
            out,
            marks: names.map(|name| format!("{name:<width$} | ")).collect(),
            whose: Rc::clone(&whose),
            at_start: true,
        };
        Show::Text(LogScreen::new(marked, raw, printer), whose)
    }

    fn entry(&mut self, of: usize, entry: FoundEntry<'_>) -> io::Result<()> {
        match self {
            Show::Text(screen, whose) => {
                whose.set(of);
                screen.entry(entry)?;
                // What is held back is this one's.
                screen.finish()
            }
            Show::Json(out, names) => {
                json::write(out, entry, &[("daemon", names[of].0)])?;
                out.write_all(b"\n")
            }
        }
    }

    fn part(&mut self, of: usize, part: Gathered<'_>, dialect: &Dialect) -> io::Result<()> {
        /// As much of an entry as is kept until it ends.
        const MOST: usize = 1024 * 1024;
        match (self, part) {
            (
                Show::Text(screen, whose),
                Gathered::Entry(text) | Gathered::Begin(text) | Gathered::More(text),
            ) => {
                whose.set(of);
                screen.push(text)?;
                screen.finish()
            }
            (Show::Text(..), Gathered::End) => Ok(()),
            (Show::Json(out, names), Gathered::Entry(text)) => {
                json::line(out, text, dialect, &[("daemon", names[of].0)])
            }
            (Show::Json(_, names), Gathered::Begin(text) | Gathered::More(text)) => {
                let held = &mut names[of].1;
                held.extend(&text[..text.len().min(MOST.saturating_sub(held.len()))]);
                Ok(())
            }
            (Show::Json(out, names), Gathered::End) => {
                let text = std::mem::take(&mut names[of].1);
                json::line(out, &text, dialect, &[("daemon", names[of].0)])
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Show::Text(screen, _) => screen.finish(),
            Show::Json(out, _) => out.flush(),
        }
    }
}

/// Puts the name of a daemon in front of each line.
struct Marked<'a> {
    out: &'a mut Out,
    marks: Vec<String>,
    whose: Rc<Cell<usize>>,
    at_start: bool,
}

impl Write for Marked<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.at_start {
                self.out
                    .write_all(self.marks[self.whose.get()].as_bytes())?;
            }
            self.out.write_all(line)?;
            self.at_start = line.ends_with(b"\n");
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
