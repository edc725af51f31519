//! Times: as a log writes them, and as a person asks for them.

use chrono::{
    DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta,
};

/// What a person may write for a time.
pub const WHEN: &str = "a duration (\"10m\", \"2h 30m\"), \"14:30\", \"today\", \"yesterday\", \"2026-11-22\", \"2026-11-22 14:30\" or RFC 3339";

/// Date and time of a log entry. Without a zone it is the local time of whoever wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    wall: NaiveDateTime,
    zone: Option<FixedOffset>,
    known: Known,
}

/// What a log writes of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Date and time.
    Whole,
    /// No year.
    WithoutYear,
    /// The time of day alone.
    WithoutDate,
}

impl Stamp {
    /// Reads what [`length`] has found.
    pub(super) fn of_iso_8601(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| text[from..to].parse::<u32>().ok();
        let date = NaiveDate::from_ymd_opt(text[..4].parse().ok()?, number(5, 7)?, number(8, 10)?)?;
        let rest = &text[STAMP..];
        let (fraction, zone) = match rest.find(['Z', '+', '-']) {
            Some(at) => (&rest[..at], Some(zone(&rest[at..])?)),
            None => (rest, None),
        };
        let digits = fraction.get(1..).unwrap_or_default();
        let nanos = format!("{digits:0<9.9}").parse().ok()?;
        let time =
            NaiveTime::from_hms_nano_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, nanos)?;
        Some(Self::new(date.and_time(time), zone, Known::Whole))
    }

    pub(super) fn new(wall: NaiveDateTime, zone: Option<FixedOffset>, known: Known) -> Self {
        Self { wall, zone, known }
    }

    #[allow(clippy::cast_possible_truncation)] // Saturates; what is out of range has no date.
    pub(super) fn since_1970(number: f64) -> Option<Self> {
        let micros = match number {
            0.0..1e11 => number * 1e6,
            1e11..1e14 => number * 1e3,
            1e14..1e17 => number,
            1e17..1e20 => number / 1e3,
            _ => return None,
        };
        let wall = DateTime::from_timestamp_micros(micros as i64)?.naive_utc();
        Some(Self::new(wall, FixedOffset::east_opt(0), Known::Whole))
    }

    /// The same time of another day.
    pub(super) fn on(self, date: NaiveDate) -> Self {
        Self::new(date.and_time(self.wall.time()), self.zone, Known::Whole)
    }

    /// What it is in a log that was written to last at `near`, if it has no year or no date.
    #[must_use]
    pub fn near(self, near: NaiveDateTime) -> Self {
        let wall = latest(self.wall, self.known, near);
        Self::new(wall, self.zone, Known::Whole)
    }

    /// The same in this zone, if it has none of its own.
    #[must_use]
    pub fn in_zone(self, zone: Option<FixedOffset>) -> Self {
        let zone = self.zone.or(zone);
        Self { zone, ..self }
    }

    /// Whether it has a zone of its own.
    pub fn has_zone(self) -> bool {
        self.zone.is_some()
    }

    /// Whether a date is a part of it.
    pub fn has_date(self) -> bool {
        self.known != Known::WithoutDate
    }

    /// The local time, for putting entries in order; `here` is the local zone.
    pub fn wall(self, here: FixedOffset) -> NaiveDateTime {
        match self.zone {
            Some(zone) => self.wall - zone + here,
            None => self.wall,
        }
    }

    /// Whether it is earlier than a moment.
    pub fn is_before(self, moment: Moment) -> bool {
        match self.zone {
            Some(zone) => self.wall - zone < moment.utc,
            None => self.wall < moment.wall,
        }
    }

    /// Whether it is later than a moment.
    pub fn is_after(self, moment: Moment) -> bool {
        match self.zone {
            Some(zone) => self.wall - zone > moment.utc,
            None => self.wall > moment.wall,
        }
    }
}

/// What a stamp without a year or a date is where something was written last at `near`: the
/// latest time that is not past it.
fn latest(wall: NaiveDateTime, known: Known, near: NaiveDateTime) -> NaiveDateTime {
    // A clock may be a little ahead of the file's.
    let Some(limit) = near.checked_add_signed(TimeDelta::hours(1)) else {
        return wall;
    };
    match known {
        Known::Whole => wall,
        Known::WithoutDate => {
            let that_day = limit.date().and_time(wall.time());
            let day_before = that_day.checked_sub_days(Days::new(1)).unwrap_or(that_day);
            if that_day > limit {
                day_before
            } else {
                that_day
            }
        }
        Known::WithoutYear => (limit.year() - 4..=limit.year())
            .rev()
            .filter_map(|year| wall.with_year(year))
            .find(|wall| *wall <= limit)
            .unwrap_or(wall),
    }
}

/// A moment in both forms: log lines without a zone are compared by the clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// In local time.
    pub wall: NaiveDateTime,
    /// In UTC.
    pub utc: NaiveDateTime,
}

/// A time that a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// By the clock on the wall.
    Wall(NaiveDateTime),
    /// Wherever the clock hangs.
    Exact(DateTime<FixedOffset>),
}

/// Reads a time as [`WHEN`] says; a duration counts back from `now`.
pub fn when(text: &str, now: DateTime<FixedOffset>) -> Option<When> {
    let text = text.trim();
    let today = now.date_naive();
    let midnight = |date: NaiveDate| When::Wall(date.and_time(NaiveTime::MIN));
    match text {
        "now" => return Some(When::Exact(now)),
        "today" => return Some(midnight(today)),
        "yesterday" => return Some(midnight(today.checked_sub_days(Days::new(1))?)),
        _ => {}
    }
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return Some(When::Exact(exact));
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(midnight(date));
    }
    for format in ["%H:%M", "%H:%M:%S"] {
        if let Ok(time) = NaiveTime::parse_from_str(text, format) {
            return Some(When::Wall(today.and_time(time)));
        }
    }
    for format in [
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
    ] {
        if let Ok(wall) = NaiveDateTime::parse_from_str(text, format) {
            return Some(When::Wall(wall));
        }
    }
    let ago = humantime::parse_duration(text.trim_end_matches(" ago")).ok()?;
    Some(When::Exact(
        now.checked_sub_signed(TimeDelta::from_std(ago).ok()?)?,
    ))
}

/// The length of a date and a time without a fraction and a zone.
const STAMP: usize = "2026-11-22 20:14:24".len();

/// How long the date and time is that a line begins with: `2026-11-22 20:14:24` or with a
/// `T`, with or without a fraction (`,123`, `.123456`), with or without a zone (`Z`,
/// `+01:00`, `+0100`).
pub fn length(line: &[u8]) -> Option<usize> {
    const DIGITS: [usize; 14] = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18];
    let stamp = line.first_chunk::<STAMP>()?;
    // The marks first: this is asked of every line of a long log.
    let fits = stamp[4] == b'-'
        && stamp[7] == b'-'
        && matches!(stamp[10], b' ' | b'T')
        && stamp[13] == b':'
        && stamp[16] == b':'
        && DIGITS.iter().all(|place| stamp[*place].is_ascii_digit());
    if !fits {
        return None;
    }
    let mut end = STAMP;
    if let [b'.' | b',', rest @ ..] = &line[end..] {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        end += if digits == 0 { 0 } else { digits + 1 };
    }
    end += match &line[end..] {
        [b'Z', ..] => 1,
        [b'+' | b'-', a, b, b':', c, d, ..] if is_number(&[*a, *b, *c, *d]) => 6,
        [b'+' | b'-', a, b, c, d, ..] if is_number(&[*a, *b, *c, *d]) => 5,
        _ => 0,
    };
    Some(end)
}

fn is_number(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

fn zone(text: &str) -> Option<FixedOffset> {
    let digits: Vec<i32> = text
        .chars()
        .filter_map(|digit| digit.to_digit(10)?.try_into().ok())
        .collect();
    let seconds = match digits[..] {
        [a, b, c, d] => (a * 10 + b) * 3600 + (c * 10 + d) * 60,
        _ => 0,
    };
    FixedOffset::east_opt(if text.starts_with('-') {
        -seconds
    } else {
        seconds
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339("2026-11-23T09:30:00+01:00").unwrap()
    }

    fn wall(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap()
    }

    fn here() -> FixedOffset {
        FixedOffset::east_opt(3600).unwrap()
    }

    #[test]
    fn a_stamp_is_read_in_every_form() {
        for (text, expected) in [
            ("2026-11-22 20:14:24", "2026-11-22 20:14:24"),
            ("2026-11-22T20:14:24", "2026-11-22 20:14:24"),
            ("2026-11-22 20:14:24,5", "2026-11-22 20:14:24.5"),
            (
                "2026-11-22 20:14:24.123456789123",
                "2026-11-22 20:14:24.123456789",
            ),
            ("2026-11-22T20:14:24Z", "2026-11-22 21:14:24"),
            ("2026-11-22T20:14:24.25+03:00", "2026-11-22 18:14:24.25"),
            ("2026-11-22T20:14:24-0530", "2026-11-23 02:44:24"),
            ("1795378464", "2026-11-22 21:14:24"),
            ("1795378464.5", "2026-11-22 21:14:24.5"),
            ("1795378464500", "2026-11-22 21:14:24.5"),
        ] {
            let stamp = Stamp::parse(text).unwrap_or_else(|| panic!("{text} is not read"));
            assert_eq!(stamp.wall(here()), wall(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_no_stamp() {
        for text in [
            "",
            "2026-11-22",
            "2026-13-22 20:14:24",
            "2026-11-22 24:14:24",
            "2026-11-22 20:14:24 ",
            "2026-11-22T20:14:24+99:00",
            "-5",
            "1e40",
            "NaN",
            "ä026-11-22 20:14:24",
        ] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_stamp_with_a_zone_is_compared_by_it() {
        let moment = Moment {
            wall: wall("2026-11-22 20:00:00"),
            utc: wall("2026-11-22 19:00:00"),
        };
        let stamp = |text: &str| Stamp::parse(text).unwrap();

        assert!(stamp("2026-11-22 19:59:59").is_before(moment));
        assert!(!stamp("2026-11-22 20:00:00").is_before(moment));
        assert!(!stamp("2026-11-22 20:00:00").is_after(moment));
        assert!(stamp("2026-11-22T18:59:59Z").is_before(moment));
        assert!(stamp("2026-11-22T19:00:01Z").is_after(moment));
        assert!(!stamp("2026-11-22T19:30:00Z").is_before(moment));
    }

    #[test]
    fn a_person_may_ask_for_a_time_in_many_ways() {
        let at = |text: &str| Some(When::Wall(wall(text)));
        let exact = |text: &str| Some(When::Exact(DateTime::parse_from_rfc3339(text).unwrap()));
        for (text, expected) in [
            ("10m", exact("2026-11-23T09:20:00+01:00")),
            ("2h 30m", exact("2026-11-23T07:00:00+01:00")),
            ("1d ago", exact("2026-11-22T09:30:00+01:00")),
            ("now", exact("2026-11-23T09:30:00+01:00")),
            ("today", at("2026-11-23 00:00:00")),
            ("yesterday", at("2026-11-22 00:00:00")),
            ("14:30", at("2026-11-23 14:30:00")),
            ("14:30:05", at("2026-11-23 14:30:05")),
            ("2026-11-20", at("2026-11-20 00:00:00")),
            ("2026-11-20 14:30", at("2026-11-20 14:30:00")),
            ("2026-11-20 14:30:05.5", at("2026-11-20 14:30:05.5")),
            ("2026-11-20T14:30", at("2026-11-20 14:30:00")),
            ("2026-11-20T14:30:05", at("2026-11-20 14:30:05")),
            ("2026-11-20T14:30:05Z", exact("2026-11-20T14:30:05Z")),
        ] {
            assert_eq!(when(text, now()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "10",
            "tomorrow",
            "25:00",
            "2026-13-01",
            "10x",
            "-5m",
            "ago",
        ] {
            assert_eq!(when(text, now()), None, "{text}");
        }
        assert_eq!(when("300000000000000y", now()), None);
    }
}
