//! When an expression is due: the next and the previous time, in a time zone.
//!
//! A zone's clock jumps. As in Debian's cron, an expression whose minute or hour begins with `*`
//! follows it: what falls into a skipped hour does not happen, and what falls into a repeated hour
//! happens twice. Every other expression is due once: right after the skipped hour, or in the
//! first of the two. A jump of more than three hours means that the clock was set, and nothing is
//! made up for.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone};

use super::expression::{Expression, numbers};

/// How far is looked: 29 February falls on the same day of the week after 40 years at most.
const DAYS: u64 = 41 * 366;

/// The longest jump that is made up for, in minutes.
const LONGEST_GAP: i64 = 180;

impl Expression {
    /// The first time after this moment.
    pub fn next<Tz: TimeZone>(&self, after: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        // What fell into a gap yesterday may be due today.
        let first = after.naive_local().date().checked_sub_days(Days::new(1))?;
        (0..DAYS).find_map(|days| {
            let date = first.checked_add_days(Days::new(days))?;
            let times = self.times(date, &after.timezone());
            times.into_iter().find(|time| time > after)
        })
    }

    /// The last time that is not after this moment.
    pub fn previous<Tz: TimeZone>(&self, at: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        let last = at.naive_local().date();
        (0..DAYS).find_map(|days| {
            let date = last.checked_sub_days(Days::new(days))?;
            let times = self.times(date, &at.timezone());
            times.into_iter().rev().find(|time| time <= at)
        })
    }

    /// When it is due on a day, in order.
    fn times<Tz: TimeZone>(&self, date: NaiveDate, zone: &Tz) -> Vec<DateTime<Tz>> {
        let weekday = date.weekday().num_days_from_sunday();
        if !self.has_day(date.month(), date.day(), weekday) {
            return Vec::new();
        }
        let hours = numbers(self.hours);
        let times = hours.flat_map(|hour| numbers(self.minutes).map(move |minute| (hour, minute)));
        let times = times.filter_map(|(hour, minute)| date.and_hms_opt(hour, minute, 0));
        if let Some(offset) = steady_offset(date, zone) {
            return times
                .filter_map(|time| time.checked_sub_offset(offset.fix()))
                .map(|time| zone.from_utc_datetime(&time))
                .collect();
        }
        let mut times: Vec<_> = times.flat_map(|time| self.moments(time, zone)).collect();
        times.sort();
        times.dedup();
        times
    }

    /// The moments that a time of the clock stands for, on a day on which it jumps.
    fn moments<Tz: TimeZone>(&self, time: NaiveDateTime, zone: &Tz) -> Vec<DateTime<Tz>> {
        let there = zone.from_local_datetime(&time);
        match (there.clone().earliest(), there.latest()) {
            (Some(first), Some(second)) if self.by_clock && first != second => vec![first, second],
            (Some(first), _) => vec![first],
            (None, _) if self.by_clock => Vec::new(),
            (None, _) => (1..=LONGEST_GAP)
                .find_map(|minutes| {
                    zone.from_local_datetime(&(time + TimeDelta::minutes(minutes)))
                        .earliest()
                })
                .into_iter()
                .collect(),
        }
    }
}

/// The offset that holds for a whole day, if it is one.
fn steady_offset<Tz: TimeZone>(date: NaiveDate, zone: &Tz) -> Option<Tz::Offset> {
    let at = |date: NaiveDate| {
        let midnight = date.and_hms_opt(0, 0, 0)?;
        zone.offset_from_local_datetime(&midnight).single()
    };
    let (begin, end) = (at(date)?, at(date.succ_opt()?)?);
    (begin.fix() == end.fix()).then_some(begin)
}
