//! Markdown.

use std::fs;
use std::time::Duration;

/// Prints a row.
pub fn row(name: &str, cells: impl IntoIterator<Item = String>) {
    let cells: Vec<String> = cells.into_iter().collect();
    println!("| {name} | {} |", cells.join(" | "));
}

/// Prints the row of names, and the one below it.
pub fn head<'a>(first: &str, names: impl IntoIterator<Item = &'a str>) {
    let names: Vec<String> = names.into_iter().map(Into::into).collect();
    let line = vec!["--:".to_owned(); names.len()];
    row(first, names);
    println!("|---|{}|", line.join("|"));
}

/// The medians of the columns, and how they stand to that of the column `base`.
pub fn times(columns: &[Vec<Duration>], base: Option<usize>) -> Vec<String> {
    let base = base.and_then(|number| median(&columns[number]));
    columns
        .iter()
        .map(|times| match (median(times), base) {
            (Some(median), Some(base)) => {
                format!("{} ({})", millis(median), ratio(median, base))
            }
            (Some(median), None) => millis(median),
            (None, _) => "–".into(),
        })
        .collect()
}

/// Numbers that are mostly the same: the median, and what else there was.
pub fn counts(mut numbers: Vec<usize>) -> String {
    numbers.sort_unstable();
    let (least, most) = (numbers[0], numbers[numbers.len() - 1]);
    if least == most {
        return least.to_string();
    }
    format!("{} ({least} to {most})", numbers[numbers.len() / 2])
}

pub fn median<T: Copy + Ord>(values: &[T]) -> Option<T> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

pub fn millis(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1e3;
    let digits = usize::from(millis < 100.0);
    format!("{millis:.digits$} ms")
}

fn ratio(time: Duration, base: Duration) -> String {
    let ratio = time.as_secs_f64() / base.as_secs_f64();
    let digits = if ratio < 10.0 { 2 } else { 0 };
    format!("{ratio:.digits$}×")
}

/// What it is measured on, and how busy that is.
pub fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    format!(
        "{}: {} × {model}, Linux {}, load {}",
        chrono::Local::now().format("%Y-%m-%d"),
        std::thread::available_parallelism().map_or(1, usize::from),
        read("/proc/sys/kernel/osrelease").trim(),
        load()
    )
}

/// Of the last minute.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}
