//! How a summary of a log is shown.

use serde_json::{Map, Value, json};

use super::super::output::{Answer, Paint, Printer};
use super::Source;
use crate::model::logs::line::Level;
use crate::model::logs::summary::{Summary, Tally};
use crate::model::text;

/// So many components and messages are shown.
const TOP: usize = 10;

pub fn answer(summary: &Summary, source: &Source, printer: &Printer) -> Answer {
    let mut answer = Answer {
        success: true,
        message: source.message(summary.entries, "entries"),
        ..Answer::default()
    };
    if printer.is_json() {
        answer.fields = fields(summary, source);
    } else {
        answer.text = Some(text(summary, printer));
    }
    answer
}

fn fields(summary: &Summary, source: &Source) -> Map<String, Value> {
    let all = Level::ALL.iter().zip(summary.levels);
    let levels: Map<String, Value> = all
        .filter(|(level, count)| *count > 0 || Level::USUAL.contains(level))
        .map(|(level, count)| (level.word().to_owned(), count.into()))
        .collect();
    let named: Vec<Value> = summary
        .named
        .iter()
        .map(|(label, (_, count))| json!({ "level": label, "count": count }))
        .collect();
    let list = |tally: &Tally, name: &str| -> Vec<Value> {
        let top = tally.top(TOP).into_iter();
        top.map(|(text, count)| json!({ name: text, "count": count }))
            .collect()
    };
    let (path, several) = source.place();
    let values = [
        ("log_file", path),
        ("count", json!(summary.entries)),
        ("unrecognised", json!(summary.unrecognised)),
        ("first", json!(summary.first)),
        ("last", json!(summary.last)),
        ("levels", levels.into()),
        ("named_levels", named.into()),
        ("components", list(&summary.components, "component").into()),
        ("components_forgot", json!(summary.components.forgot)),
        ("errors", list(&summary.errors, "message").into()),
        ("errors_forgot", json!(summary.errors.forgot)),
    ];
    values
        .into_iter()
        .chain(several.map(|several| ("logs_dirs", several)))
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn text(summary: &Summary, printer: &Printer) -> String {
    let mut text = format!("{} entries\n", summary.entries);
    if let (Some(first), Some(last)) = (&summary.first, &summary.last) {
        text += &format!("  from {first}\n  to   {last}\n");
    }
    if summary.unrecognised > 0 {
        text += &format!("  {} of them in no known format\n", summary.unrecognised);
    }
    let usual = Level::ALL.iter().zip(summary.levels);
    let mut rows: Vec<(Level, &str, u64)> = usual
        .filter(|(_, count)| *count > 0)
        .map(|(level, count)| (*level, level.word(), count))
        .collect();
    let named = summary.named.iter();
    rows.extend(named.map(|(label, (level, count))| (*level, label.as_str(), *count)));
    rows.sort_by_key(|(level, ..)| std::cmp::Reverse(*level));
    let rows: Vec<(&str, u64)> = rows
        .iter()
        .map(|(_, word, count)| (*word, *count))
        .collect();
    table(&mut text, printer, "by level", &rows);
    for (name, tally) in [
        ("by component", &summary.components),
        ("most frequent errors", &summary.errors),
    ] {
        table(&mut text, printer, name, &tally.top(TOP));
        let more = tally.len().saturating_sub(TOP);
        if tally.forgot {
            text += "  and many more: the rare ones were not counted\n";
        } else if more > 0 {
            text += &format!("  and {more} more\n");
        }
    }
    text
}

fn table(text: &mut String, printer: &Printer, name: &str, rows: &[(&str, u64)]) {
    if rows.is_empty() {
        return;
    }
    *text += &format!("\n{}\n", printer.paint(Paint::Dim, name));
    let width = rows
        .iter()
        .map(|(_, count)| count.to_string().len())
        .max()
        .unwrap_or_default();
    for (row, count) in rows {
        let row = row.lines().next().unwrap_or_default();
        *text += &format!("  {count:>width$}  {}\n", text::printable(row));
    }
}
