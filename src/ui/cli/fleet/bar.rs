//! All daemons on one line, or in one menu, for the bars that people have.

use std::fmt::Write;

use serde_json::json;

use super::super::args::Bar;
use super::super::status::StatusPage;
use super::{message, note, one};
use crate::model::fleet::worst::{self, One};
use crate::model::life::status::State;

/// What a bar shows, with the newline at its end.
pub fn of(bar: Bar, pages: &[StatusPage<'_>]) -> String {
    let ones: Vec<One> = pages.iter().map(one).collect();
    let line = message(pages, &ones);
    match bar {
        Bar::Line => line + "\n",
        Bar::Waybar => waybar(pages, &ones, &line),
        Bar::Swiftbar => swiftbar(pages, &ones),
    }
}

/// Before each menu but the first, where they come one after the other (streamable
/// plugins).
pub const NEXT_MENU: &str = "~~~\n";

/// Text and tooltip are Pango markup.
fn waybar(pages: &[StatusPage<'_>], ones: &[One], line: &str) -> String {
    let escaped = |text: &str| {
        let text = text.replace('&', "&amp;");
        text.replace('<', "&lt;").replace('>', "&gt;")
    };
    let class = worst::word(worst::worst(ones)).replace(' ', "-");
    let rows: Vec<String> = pages.iter().map(|page| escaped(&row(page))).collect();
    let object = json!({
        "text": escaped(line),
        "alt": class,
        "class": class,
        "tooltip": rows.join("\n"),
    });
    format!("{object}\n")
}

/// A bar separates its parameters from the text.
fn swiftbar(pages: &[StatusPage<'_>], ones: &[One]) -> String {
    let running = pages
        .iter()
        .filter(|page| page.report.status.alive().is_some());
    let color = color(worst::code(ones), worst::worst(ones));
    let mut text = format!(
        "● {}/{} | color={color}\n---\n",
        running.count(),
        pages.len()
    );
    for page in pages {
        let color = self::color(worst::code(&[one(page)]), page.state());
        let _ = writeln!(text, "{} | color={color}", row(page).replace('|', "¦"));
    }
    text
}

/// `sync: crashed, ended with exit code 1`
fn row(page: &StatusPage<'_>) -> String {
    let (id, state) = (&page.managed.id, worst::word(page.state()));
    match note(page) {
        Some(note) => format!("{id}: {state}, {note}"),
        None => format!("{id}: {state}"),
    }
}

fn color(code: u8, state: Option<State>) -> &'static str {
    match (code, state) {
        (1 | 4, _) | (_, Some(State::Unhealthy)) => "red",
        (0, Some(State::Running)) => "green",
        (3, _) | (_, Some(State::Degraded | State::Starting | State::Stopping)) => "orange",
        (_, _) => "gray",
    }
}
