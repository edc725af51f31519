//! The table of several daemons.

use super::super::output::{Paint, Printer};
use super::super::status::StatusPage;
use crate::model::config::{Standing, Wanted};
use crate::model::fleet::worst;
use crate::model::life::status::{Alive, State, Status};
use crate::model::{text, words};

/// As wide as a terminal is at least.
const WIDTH: usize = 80;

const COLUMNS: usize = 6;

/// What there is to say of a daemon besides its state.
pub fn note(page: &StatusPage<'_>) -> Option<String> {
    let managed = page.managed;
    let said = match &managed.standing {
        Standing::Misconfigured(why) => {
            // There is no room for the folder.
            let folder = managed.configured_in.parent().map(|folder| folder.join(""));
            let folder = folder.unwrap_or_default().display().to_string();
            Some(why.strip_prefix(&folder).unwrap_or(why).to_owned())
        }
        Standing::Removed => Some("no longer configured".into()),
        Standing::Configured => page.report.status.reason().or_else(|| {
            let rests = matches!(page.report.status, Status::Stopped(_));
            (rests && managed.wanted == Wanted::OnDemand).then(|| "on demand".to_owned())
        }),
    };
    said.map(|said| text::printable(&said))
}

/// The whole table.
pub fn of(pages: &[StatusPage<'_>], printer: &Printer) -> String {
    let head = ["NAME", "STATE", "SINCE", "CPU", "MEMORY", "NOTE"].map(str::to_owned);
    let rows: Vec<[String; COLUMNS]> = pages.iter().map(row).collect();
    let widths: Vec<usize> = (0..COLUMNS - 1)
        .map(|column| {
            let cells = rows
                .iter()
                .chain([&head])
                .map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        })
        .collect();
    let room = WIDTH.saturating_sub(widths.iter().map(|width| width + 2).sum());
    let line = |cells: &[String; COLUMNS]| {
        let cells_and_widths = cells.iter().zip(&widths);
        let padded = cells_and_widths.map(|(cell, width)| format!("{cell:<width$}"));
        let mut line = padded.collect::<Vec<_>>().join("  ") + "  ";
        line += &text::shortened(&cells[COLUMNS - 1], room.max(10) - 1);
        line.trim_end().to_owned()
    };
    let mut text = printer.paint(Paint::Dim, &line(&head)) + "\n";
    for (page, row) in pages.iter().zip(&rows) {
        let color = color(page.state(), page.managed.is_wanted());
        let line = line(row);
        text += &color.map_or_else(|| line.clone(), |color| printer.paint(color, &line));
        text.push('\n');
    }
    text
}

fn row(page: &StatusPage<'_>) -> [String; COLUMNS] {
    const LONGEST: usize = 23;
    let status = &page.report.status;
    let none = || "-".to_owned();
    let now = page.report.now.wall;
    let since = match status {
        Status::Crashed(crash) | Status::CrashLooping { crash, .. } => crash.at,
        Status::Stopped(_)
        | Status::Starting(_)
        | Status::Running(_)
        | Status::Unhealthy { .. }
        | Status::Stopping(_)
        | Status::Foreign(_)
        | Status::Unknown { .. } => status.alive().map(|alive| alive.started_at),
    };
    let cpu = status.alive().and_then(Alive::cpu_percent);
    let memory = status.alive().and_then(|alive| alive.usage.memory_bytes);
    [
        text::shortened(&page.managed.id, LONGEST),
        worst::word(page.state()).to_owned(),
        since.map_or_else(none, |at| words::moment(at, now)),
        cpu.map_or_else(none, |percent| format!("{percent:.1} %")),
        memory.map_or_else(none, words::size),
        note(page).unwrap_or_default(),
    ]
}

/// As in the status of one.
fn color(state: Option<State>, is_wanted: bool) -> Option<Paint> {
    Some(match state {
        None
        | Some(
            State::Unhealthy
            | State::Crashed
            | State::CrashLooping
            | State::Foreign
            | State::Unknown,
        ) => Paint::Red,
        Some(State::Starting | State::Stopping | State::Degraded) => Paint::Yellow,
        Some(State::Stopped | State::NotConfigured) if is_wanted => Paint::Yellow,
        Some(State::Stopped | State::NotConfigured) => Paint::Dim,
        Some(State::Running) => return None,
    })
}
