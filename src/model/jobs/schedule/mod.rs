//! When a job is due.

mod expression;
mod occurrence;

use std::time::Duration;

use chrono::{DateTime, TimeZone};

pub use self::expression::{Expression, numbers};

/// When a job is due: one expression of crontab(5), or the few that together say `every`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// As it was written.
    pub text: String,
    /// It is due when any of them is.
    pub expressions: Vec<Expression>,
    /// The lines of a crontab that say the same.
    pub lines: Vec<String>,
}

impl Schedule {
    /// Five fields of crontab(5), or a word such as `@daily`.
    pub fn cron(text: &str) -> Result<Self, String> {
        let text = text.trim_matches([' ', '\t']);
        Ok(Self {
            text: text.to_owned(),
            expressions: vec![Expression::parse(text)?],
            lines: vec![text.to_owned()],
        })
    }

    /// Every so often, counted from midnight: what divides a day into equal parts.
    pub fn every(span: Duration) -> Result<Self, String> {
        const DAY: u64 = 24 * 60;
        let minutes = span.as_secs() / 60;
        let whole = span == Duration::from_secs(minutes * 60);
        if !whole || minutes == 0 || !DAY.is_multiple_of(minutes) {
            return Err(
                "expected whole minutes that divide a day, such as \"15m\", \"90m\", \"4h\" or \"1d\"; use `schedule` for any other times"
                    .into(),
            );
        }
        // The hours that have the same minutes are on one line.
        let mut lines: Vec<(Vec<u64>, Vec<u64>)> = Vec::new();
        for hour in 0..24 {
            let of_hour = (hour * 60..hour * 60 + 60).filter(|at: &u64| at.is_multiple_of(minutes));
            let of_hour: Vec<u64> = of_hour.map(|at| at % 60).collect();
            match lines.iter_mut().find(|(minutes, _)| *minutes == of_hour) {
                Some((_, hours)) => hours.push(hour),
                None if of_hour.is_empty() => {}
                None => lines.push((of_hour, vec![hour])),
            }
        }
        let lines: Vec<String> = lines
            .iter()
            .map(|(minutes, hours)| {
                let hours = if hours.len() == 24 {
                    "*".into()
                } else {
                    listed(hours)
                };
                format!("{} {hours} * * *", listed(minutes))
            })
            .collect();
        Ok(Self {
            text: format!("every {}", humantime::format_duration(span)),
            expressions: lines
                .iter()
                .map(|line| Expression::parse(line))
                .collect::<Result<_, _>>()?,
            lines,
        })
    }

    /// Whether it ever comes: 31 February does not.
    pub fn ever_comes(&self) -> bool {
        self.next(&DateTime::UNIX_EPOCH).is_some()
    }

    /// The first time after this moment; nothing if it never comes again.
    pub fn next<Tz: TimeZone>(&self, after: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        self.expressions
            .iter()
            .filter_map(|one| one.next(after))
            .min()
    }

    /// The last time that is not after this moment.
    pub fn previous<Tz: TimeZone>(&self, at: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        self.expressions
            .iter()
            .filter_map(|one| one.previous(at))
            .max()
    }
}

fn listed(numbers: &[u64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    numbers.join(",")
}
