//! A future time, as people write it.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};

/// What can be said.
pub const WHEN: &str =
    "a future time: \"18:00\", \"tomorrow\", \"2026-12-24\", \"2026-12-24 18:00\" or RFC 3339";

/// The moment that a text says, if it says one that is still to come. A time of the clock is
/// the next one: today, or tomorrow.
pub fn moment<Tz: TimeZone>(text: &str, now: &DateTime<Tz>) -> Option<DateTime<Tz>> {
    let zone = now.timezone();
    // Where the clock jumps over a time, it is the same one after the jump.
    let at = |time: NaiveDateTime| {
        let moments = [time, time + TimeDelta::hours(1)];
        let mut moments = moments.iter().map(|time| zone.from_local_datetime(time));
        moments.find_map(chrono::LocalResult::earliest)
    };
    let today = now.naive_local().date();
    let text = text.trim();
    let midnight = |date: NaiveDate| at(date.and_time(NaiveTime::MIN));
    let found = if text == "tomorrow" {
        midnight(today.succ_opt()?)
    } else if let Ok(time) = NaiveTime::parse_from_str(text, "%H:%M") {
        let days = [today, today.checked_add_days(Days::new(1))?];
        days.into_iter()
            .filter_map(|day| at(day.and_time(time)))
            .find(|at| at > now)
    } else if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        midnight(date)
    } else if let Ok(time) = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M") {
        at(time)
    } else {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Some(time.with_timezone(&zone))
    };
    found.filter(|at| at > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_does_not_begin_at_midnight_begins_after_the_jump() {
        let now = chrono_tz::America::Santiago
            .with_ymd_and_hms(2026, 9, 5, 18, 0, 0)
            .unwrap();

        let tomorrow = moment("tomorrow", &now).unwrap();

        assert_eq!(tomorrow.to_rfc3339(), "2026-09-06T01:00:00-03:00");
    }

    #[test]
    fn a_moment_is_to_come() {
        let now = DateTime::parse_from_rfc3339("2026-11-30T17:30:00+01:00").unwrap();
        let said = |text: &str| moment(text, &now).map(|at| at.to_rfc3339());

        assert_eq!(said("18:00").as_deref(), Some("2026-11-30T18:00:00+01:00"));
        assert_eq!(said("17:30").as_deref(), Some("2026-12-01T17:30:00+01:00"));
        assert_eq!(
            said("tomorrow").as_deref(),
            Some("2026-12-01T00:00:00+01:00")
        );
        assert_eq!(
            said("2026-12-24").as_deref(),
            Some("2026-12-24T00:00:00+01:00")
        );
        assert_eq!(
            said("2026-12-24 18:00").as_deref(),
            Some("2026-12-24T18:00:00+01:00")
        );
        assert_eq!(
            said("2026-12-24T18:00:00Z").as_deref(),
            Some("2026-12-24T19:00:00+01:00")
        );
        for wrong in ["2026-11-30", "yesterday", "25:00", "", "2026-11-30 17:30"] {
            assert_eq!(said(wrong), None, "{wrong}");
        }
    }
}
