//! `inneros history`

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::args::History;
use super::output::{Answer, Paint, Printer, Refusal, UNWRITTEN, visible};
use crate::app::history::{self, Happened};
use crate::app::settings::Source;
use crate::model::config::Config;
use crate::model::history::{Event, is_within};
use crate::model::jobs::selection;
use crate::model::text;
use crate::os::reader;

/// Between two looks of `--follow`.
const INTERVAL: Duration = Duration::from_millis(200);

pub fn answer(
    config: &Config,
    source: &Source,
    wanted: &History,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let mut happened = Happened::read(config).map_err(|error| Refusal::of(1, &error))?;
    if !wanted.names.is_empty() {
        let names = happened.names(config, source);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some(unknown) = selection::unknown(&wanted.names, &names) {
            return Err(nobody(unknown, &names));
        }
    }
    let [since, until] = [wanted.since, wanted.until].map(|when| when.map(history::moment));
    let is_meant = |event: &Event| {
        let name = event.of.name();
        let by_name = wanted
            .names
            .iter()
            .any(|pattern| selection::fits(pattern, name));
        (wanted.names.is_empty() || by_name) && is_within(event, since, until)
    };
    let mut events: Vec<&Event> = happened
        .events
        .iter()
        .filter(|event| is_meant(event))
        .collect();
    let most = wanted.lines.unwrap_or(usize::MAX);
    events.drain(..events.len().saturating_sub(most));
    if !wanted.follow {
        return Ok(listed(&events, printer));
    }
    let shown: Vec<String> = events.iter().map(|event| line(event, printer)).collect();
    let told = print(&shown).and_then(|()| {
        while !reader::is_gone_within(INTERVAL) {
            let new = happened.added();
            let new = new.iter().filter(|event| is_meant(event));
            print(&new.map(|event| line(event, printer)).collect::<Vec<_>>())?;
        }
        Ok(())
    });
    match told {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Refusal {
            code: 1,
            message: format!("{UNWRITTEN}: {error}"),
            ..Refusal::default()
        }),
        Ok(()) | Err(_) => Ok(Answer {
            success: true,
            printed: true,
            ..Answer::default()
        }),
    }
}

fn listed(events: &[&Event], printer: &Printer) -> Answer {
    let message = match events.len() {
        0 => "no events".to_owned(),
        1 => "1 event".to_owned(),
        many => format!("{many} events"),
    };
    let list: Vec<Value> = events.iter().map(|event| json!(event)).collect();
    let mut answer = Answer {
        success: true,
        message,
        ..Answer::default()
    };
    answer.fields.insert("events".into(), list.into());
    if !events.is_empty() {
        answer.text = Some(events.iter().map(|event| line(event, printer)).collect());
    }
    answer
}

/// An event on a line: for programs as it stands in the file.
fn line(event: &Event, printer: &Printer) -> String {
    if printer.is_json() {
        return format!("{}\n", json!(event));
    }
    let time = event.at.format("%Y-%m-%d %H:%M:%S");
    let said = text::printable(&event.sentence());
    let said = if event.kind.is_bad() {
        printer.paint(Paint::Red, &said)
    } else {
        said
    };
    format!("{time}  {}  {said}\n", text::printable(event.of.name()))
}

fn print(lines: &[String]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    out.write_all(visible(&lines.concat(), true).as_bytes())?;
    out.flush()
}

fn nobody(unknown: &str, names: &[&str]) -> Refusal {
    let near = text::nearest(unknown, names);
    Refusal {
        code: 4,
        message: format!("no daemon or job is called '{}'", text::printable(unknown)),
        hint: Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`inneros history` shows the events of all of them".to_owned(),
        }),
        ..Refusal::default()
    }
}
