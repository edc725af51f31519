//! Logs in which a filter finds nothing because nothing in them is understood.

use super::super::output::{Printer, Refusal};
use super::{shown, unreadable};
use crate::app::logs::Logs;
use crate::model::logs::filter::Filter;
use crate::model::text;

/// Refuses a filter on what no line of the logs says; where they are followed, it is told.
pub fn check(logs: &Logs, filter: &Filter, follow: bool, printer: &Printer) -> Result<(), Refusal> {
    const LONGEST: usize = 160;
    let lacking = logs.lacking(filter).map_err(|error| unreadable(&error))?;
    let Some((file, part, understood)) = lacking else {
        return Ok(());
    };
    let known = understood.entries() > 0 && understood.has_any(part);
    let message = format!(
        "{} line of '{}' has a {} that is known",
        if known { "hardly any" } else { "no" },
        shown(&file.path()),
        part.word()
    );
    if follow {
        printer.progress(&message);
        return Ok(());
    }
    let lines = understood.examples.iter();
    Err(Refusal {
        code: 1,
        message,
        hint: Some(
            "use `--grep`, or describe its lines with `log_format` in the configuration".into(),
        ),
        output: lines.map(|line| text::shortened(line, LONGEST)).collect(),
        unrecognised: u32::try_from(understood.lines).ok(),
        ..Refusal::default()
    })
}
