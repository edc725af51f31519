//! `inneros daemon logs --follow`

use std::io::{self, Write};
use std::time::Duration;

use super::super::output::Printer;
use super::screen::LogScreen;
use super::{Out, Source, json, shown, unreadable};
use crate::app::logs::follow::{self, Follow, Note};
use crate::app::logs::{Logs, LogsError};
use crate::model::logs::dialect::{Dialect, Hints};
use crate::model::logs::filter::Filter;
use crate::model::logs::gather::Gathered;
use crate::os::reader;

/// Between two looks.
pub const INTERVAL: Duration = Duration::from_millis(200);

/// Shows the last entries and then those that are added, until it is interrupted or
/// nobody reads it any more.
pub fn follow(
    source: &Source,
    (logs, hints): (&Logs, &Hints),
    filter: Filter,
    count: Option<usize>,
    raw: bool,
    out: &mut Out,
    printer: &Printer,
) -> Result<(), LogsError> {
    let file = match source {
        Source::Output(path) => logs.files().last().filter(|file| file.path() == *path),
        Source::Newest(_) | Source::All(..) | Source::ToCome(_) => logs.files().last(),
    };
    if file.is_none() {
        printer.progress("there is no log yet: waiting for one");
    }
    let mut follow = Follow::behind(source.followed(), file)?;
    let mut show = if printer.is_json() {
        Show::Json(out, None)
    } else {
        Show::Text(LogScreen::new(out, raw, printer))
    };
    let lines_only = filter.is_empty() && !printer.is_json();
    match (count, &mut show) {
        (Some(lines), Show::Text(screen)) if lines_only => {
            logs.last_lines(lines, |block| screen.push(block))?;
        }
        (_, Show::Text(screen)) => {
            logs.last(&filter, count, |entry| screen.entry(entry))?;
        }
        (_, Show::Json(out, _)) => {
            logs.last(&filter, count, |entry| {
                json::write(out, entry, &[])?;
                out.write_all(b"\n")
            })?;
        }
    }
    show.flush().map_err(LogsError::Tell)?;
    let mut gather = follow::gather(file, filter, hints)?;
    // What is told has begun an entry.
    let dialect = gather.dialect().clone().of_any_line();
    loop {
        let mut shown = Ok(());
        let mut tell = |part: Gathered<'_>| {
            if shown.is_ok() {
                shown = show.add(part, &dialect);
            }
        };
        let mut refuse = |error: &LogsError| {
            let refusal = unreadable(error);
            printer.progress(&format!("not followed yet: {}", refusal.message));
        };
        let grew = if lines_only {
            follow.tell_new(&mut |lines| tell(Gathered::Entry(lines)), &mut refuse)?
        } else {
            let grew = follow.tell_new(&mut |lines| gather.push(lines, &mut tell), &mut refuse)?;
            if !grew {
                gather.quiet(&mut tell);
            }
            grew
        };
        shown.map_err(LogsError::Tell)?;
        for note in follow.notes() {
            printer.progress(&said(&note));
        }
        show.flush().map_err(LogsError::Tell)?;
        // What is being written is there in a moment: an entry need not wait for a look.
        if !grew && reader::is_gone_within(INTERVAL) {
            return Ok(());
        }
        if grew && reader::is_gone_within(INTERVAL / 4) {
            return Ok(());
        }
    }
}

pub fn said(note: &Note) -> String {
    match note {
        Note::Next(path) => format!("==> {} <==", shown(path)),
        Note::Gone(path) => format!("'{}' was removed: waiting for a log", shown(path)),
        Note::Beside(path) => format!("'{}' grows now, and this log does not", shown(path)),
    }
}

/// How what is added is shown.
enum Show<'a> {
    Text(LogScreen<&'a mut Out>),
    /// And the entry whose beginning was written.
    Json(&'a mut Out, Option<json::Long>),
}

impl Show<'_> {
    fn add(&mut self, part: Gathered<'_>, dialect: &Dialect) -> io::Result<()> {
        match (self, part) {
            (
                Show::Text(screen),
                Gathered::Entry(text) | Gathered::Begin(text) | Gathered::More(text),
            ) => screen.push(text),
            (Show::Text(_), Gathered::End) => Ok(()),
            (Show::Json(out, _), Gathered::Entry(text)) => json::line(out, text, dialect, &[]),
            (Show::Json(out, long), Gathered::Begin(text)) => {
                *long = Some(json::Long::begin(text, dialect, &[], out)?);
                Ok(())
            }
            (Show::Json(out, Some(long)), Gathered::More(text)) => long.push(text, out),
            (Show::Json(out, long), Gathered::End) => match long.take() {
                Some(long) => {
                    long.end(out)?;
                    out.write_all(b"\n")
                }
                None => Ok(()),
            },
            (Show::Json(_, None), Gathered::More(_)) => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Show::Text(screen) => screen.finish(),
            Show::Json(out, _) => out.flush(),
        }
    }
}
