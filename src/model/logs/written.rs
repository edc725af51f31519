//! Dates and times in the formats that loggers write, besides ISO 8601.

use chrono::{FixedOffset, NaiveDate, NaiveTime};

use super::time::{Known, Stamp, length};

impl Stamp {
    /// Reads what `length` or `find` has found, or a number: seconds since 1970, or milli-,
    /// micro- or nanoseconds where it is too large for that.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if length(bytes) == Some(text.len()) {
            return Self::of_iso_8601(text);
        }
        let found = find(bytes).or_else(|| find_terse(bytes));
        match found.filter(|(length, _)| *length == text.len()) {
            Some((_, stamp)) => Some(stamp),
            None => Self::since_1970(text.parse().ok()?),
        }
    }
}

/// A time at the beginning of a text, and how long it is there.
pub fn find(text: &[u8]) -> Option<(usize, Stamp)> {
    let digits = count_digits(text);
    let mut cursor = Cursor { text, at: 0 };
    let stamp = match (digits, text.get(digits)) {
        (0, _) => cursor.named_month()?,
        (1 | 2, Some(b':')) => cursor.time_only()?,
        (1 | 2, Some(b'/' | b'-' | b'.' | b' ')) => cursor.day_first()?,
        (4, Some(b'-' | b'/' | b'.')) => cursor.year_first()?,
        (8, Some(b'T' | b' ' | b'-' | b'_')) | (14, _) => cursor.compact()?,
        (10 | 13 | 16 | 19, _) => cursor.since_1970(digits)?,
        _ => return None,
    };
    Some((cursor.at, stamp))
}

/// `1122 20:14:27.123456` as glog writes it, or `261122 20:14:27` as Tornado does.
pub fn find_terse(text: &[u8]) -> Option<(usize, Stamp)> {
    let digits = count_digits(text);
    let mut cursor = Cursor { text, at: 0 };
    let (year, known) = match digits {
        4 => (NO_YEAR, Known::WithoutYear),
        6 => (
            2000 + i32::try_from(cursor.digits(2, 2)?).ok()?,
            Known::Whole,
        ),
        _ => return None,
    };
    let (month, day) = (cursor.digits(2, 2)?, cursor.digits(2, 2)?);
    cursor.skip(b" ")?;
    let time = cursor.clock(true)?;
    let wall = NaiveDate::from_ymd_opt(year, month, day)?.and_time(time);
    Some((cursor.at, Stamp::new(wall, None, known)))
}

/// A leap year, so that 29 February has a place where the year is not known.
const NO_YEAR: i32 = 1972;

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    fn skip(&mut self, mark: &[u8]) -> Option<()> {
        self.rest().starts_with(mark).then(|| self.at += mark.len())
    }

    fn one_of(&mut self, marks: &[u8]) -> Option<u8> {
        let byte = *self.rest().first()?;
        marks.contains(&byte).then(|| {
            self.at += 1;
            byte
        })
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = count_digits(&self.rest()[..self.rest().len().min(most)]);
        let number = (digits >= least).then(|| number(&self.rest()[..digits]))??;
        self.at += digits;
        Some(number)
    }

    fn year(&mut self) -> Option<i32> {
        i32::try_from(self.digits(4, 4)?).ok()
    }

    fn name(&mut self, names: &[&str]) -> Option<u32> {
        let word = self.rest().get(..3)?;
        let at = names
            .iter()
            .position(|name| word.eq_ignore_ascii_case(name.as_bytes()))?;
        self.at += 3;
        u32::try_from(at).ok()
    }

    fn month(&mut self) -> Option<u32> {
        const NAMES: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        Some(self.name(&NAMES)? + 1)
    }

    /// `20:14`, `20:14:27`, `20:14:27.123`, `8:14:27 PM`
    fn clock(&mut self, seconds: bool) -> Option<NaiveTime> {
        let mut hour = self.digits(1, 2)?;
        self.skip(b":")?;
        let minute = self.digits(2, 2)?;
        let mut second = 0;
        let mut nanos = 0;
        let mut is_whole = false;
        if self.skip(b":").is_some() {
            is_whole = true;
            second = self.digits(2, 2)?;
            if let [b'.' | b',', more @ ..] = self.rest() {
                let digits = count_digits(more);
                let shown = &more[..digits.min(9)];
                let scale = 10_u32.pow(9 - u32::try_from(shown.len()).ok()?);
                nanos = number(shown).unwrap_or_default() * scale;
                self.at += if digits == 0 { 0 } else { digits + 1 };
            }
        }
        if let Some(is_afternoon) = self.half_of_the_day() {
            is_whole = true;
            hour = match (hour, is_afternoon) {
                (12, false) => 0,
                (1..=11, true) => hour + 12,
                (1..=12, _) => hour,
                _ => return None,
            };
        }
        if (seconds && !is_whole) || self.rest().first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        // A leap second is the end of the one before.
        NaiveTime::from_hms_nano_opt(hour, minute, second.min(59), nanos)
    }

    fn half_of_the_day(&mut self) -> Option<bool> {
        let space = usize::from(self.rest().first() == Some(&b' '));
        let rest = &self.rest()[space..];
        let word = rest.get(..2)?;
        let is_afternoon = word.eq_ignore_ascii_case(b"PM");
        let is_word = is_afternoon || word.eq_ignore_ascii_case(b"AM");
        let ends = !rest.get(2).is_some_and(u8::is_ascii_alphanumeric);
        (is_word && ends).then(|| {
            self.at += space + 2;
            is_afternoon
        })
    }

    /// `Z`, `+01:00`, `+0100`, `+01`, and behind a space `UTC` or `+0100`
    fn zone(&mut self) -> Option<FixedOffset> {
        let space = usize::from(self.rest().first() == Some(&b' '));
        let rest = &self.rest()[space..];
        let (length, seconds) = match rest {
            [b'Z', ..] if space == 0 => (1, 0),
            [b'U', b'T', b'C', ..] | [b'G', b'M', b'T', ..] => (3, 0),
            [sign @ (b'+' | b'-'), hours @ ..] => {
                let (length, seconds) = offset(hours)?;
                // A number with a sign is no zone.
                if space == 1 && length < 4 {
                    return None;
                }
                let sign = if *sign == b'-' { -1 } else { 1 };
                (length + 1, sign * seconds)
            }
            _ => return None,
        };
        if rest.get(length).is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        self.at += space + length;
        FixedOffset::east_opt(seconds)
    }

    fn at_clock(&mut self, year: i32, month: u32, day: u32, known: Known) -> Option<Stamp> {
        let time = self.clock(known != Known::Whole)?;
        let date = NaiveDate::from_ymd_opt(year, month, day)?;
        let zone = self.zone();
        Some(Stamp::new(date.and_time(time), zone, known))
    }

    /// `2026/11/22 20:14:27`, `2026-11-22T20:14:27,123+01`
    fn year_first(&mut self) -> Option<Stamp> {
        let year = self.year()?;
        let mark = self.one_of(b"-/.")?;
        let month = self.digits(1, 2)?;
        self.skip(&[mark])?;
        let day = self.digits(1, 2)?;
        // loguru's documentation has an `at` between them; MariaDB pads the hour.
        if self.skip(b" at ").is_none() {
            self.one_of(b" T_:-")?;
            self.skip(b" ");
        }
        self.at_clock(year, month, day, Known::Whole)
    }

    /// `22/Nov/2026:20:14:27 +0100`, `22 Nov 2026 20:14:27.123`, `22.11.2026 20:14:27`,
    /// `11/22/2026 8:14:27 PM`
    fn day_first(&mut self) -> Option<Stamp> {
        let first = self.digits(1, 2)?;
        let mark = self.one_of(b"/-. ")?;
        if let Some(month) = self.month() {
            self.skip(&[mark])?;
            let year = self.year()?;
            self.one_of(b": ")?;
            return self.at_clock(year, month, first, Known::Whole);
        }
        let second = self.digits(1, 2)?;
        if mark == b'-' && self.skip(b" ").is_some() {
            // `11-22 20:14:27.123`, as on Android.
            return self.at_clock(NO_YEAR, first, second, Known::WithoutYear);
        }
        self.skip(&[mark])?;
        let year = self.year()?;
        self.skip(b",");
        self.one_of(b" -T")?;
        let from = self.at;
        let stamp = self.at_clock(year, second, first, Known::Whole);
        // The 12-hour clock is where the month comes first.
        let is_american = second > 12
            || mark == b'/'
                && self.text[from..self.at]
                    .iter()
                    .any(|byte| byte | 32 == b'm');
        if !is_american {
            return stamp;
        }
        self.at = from;
        self.at_clock(year, first, second, Known::Whole)
    }

    /// `Nov 22 20:14:27`, `Nov 22, 2026 8:14:27 PM`, `Sun Nov 22 20:14:27.123456 2026`,
    /// `Sun, 22 Nov 2026 20:14:27 GMT`
    fn named_month(&mut self) -> Option<Stamp> {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        if self.name(&DAYS).is_some() {
            if self.skip(b", ").is_some() {
                return self.day_first();
            }
            self.skip(b" ")?;
        }
        let month = self.month()?;
        self.skip(b" ")?;
        self.skip(b" ");
        let day = self.digits(1, 2)?;
        let has_comma = self.skip(b",").is_some();
        self.skip(b" ")?;
        if has_comma || count_digits(self.rest()) == 4 {
            let year = self.year()?;
            self.skip(b" ")?;
            return self.at_clock(year, month, day, Known::Whole);
        }
        let stamp = self.at_clock(NO_YEAR, month, day, Known::WithoutYear)?;
        let before = self.at;
        if self.skip(b" ").is_some()
            && let Some(year) = self.year()
            && !self.rest().first().is_some_and(u8::is_ascii_alphanumeric)
            && let Some(date) = NaiveDate::from_ymd_opt(year, month, day)
        {
            return Some(stamp.on(date));
        }
        self.at = before;
        Some(stamp)
    }

    /// `20261122T201427Z`, `20261122-20:14:27.123`, `20261122201427`
    fn compact(&mut self) -> Option<Stamp> {
        let (year, month, day) = (self.year()?, self.digits(2, 2)?, self.digits(2, 2)?);
        self.one_of(b"T -_");
        if self.rest().get(2) == Some(&b':') {
            return self.at_clock(year, month, day, Known::Whole);
        }
        let (hour, minute, second) = (self.digits(2, 2)?, self.digits(2, 2)?, self.digits(2, 2)?);
        if self.rest().first().is_some_and(u8::is_ascii_digit) || !(1970..2200).contains(&year) {
            return None;
        }
        let time = NaiveTime::from_hms_opt(hour, minute, second)?;
        let date = NaiveDate::from_ymd_opt(year, month, day)?;
        let zone = self.zone();
        Some(Stamp::new(date.and_time(time), zone, Known::Whole))
    }

    /// `20:14:27.123`, `8:14PM`
    fn time_only(&mut self) -> Option<Stamp> {
        let time = self.clock(true)?;
        let date = NaiveDate::from_ymd_opt(NO_YEAR, 1, 1)?;
        let zone = self.zone();
        Some(Stamp::new(date.and_time(time), zone, Known::WithoutDate))
    }

    /// Seconds since 1970 with or without a fraction, or milli-, micro-, nanoseconds.
    fn since_1970(&mut self, mut length: usize) -> Option<Stamp> {
        if let Some([b'.', more @ ..]) = self.text.get(length..)
            && length == 10
        {
            let digits = count_digits(more);
            length += if digits == 0 { 0 } else { digits + 1 };
        }
        if self.text.get(length).is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        self.at = length;
        Stamp::since_1970(str::from_utf8(&self.text[..length]).ok()?.parse().ok()?)
    }
}

/// The length and the seconds of `01:00`, `0100` or `01`.
fn offset(text: &[u8]) -> Option<(usize, i32)> {
    let digits = |from: usize| {
        let two = text.get(from..from + 2)?;
        i32::try_from(number(two)?).ok()
    };
    let hours = digits(0)?;
    let (length, minutes) = match text.get(2) {
        Some(b':') => (5, digits(3)?),
        Some(b'0'..=b'9') => (4, digits(2)?),
        Some(_) | None => (2, 0),
    };
    let is_one = hours <= 14 && minutes < 60 && minutes % 15 == 0;
    is_one.then_some((length, hours * 3600 + minutes * 60))
}

fn count_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn number(digits: &[u8]) -> Option<u32> {
    let mut number = None;
    for byte in digits {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        number = Some(
            number
                .unwrap_or(0_u32)
                .checked_mul(10)?
                .checked_add(digit)?,
        );
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDateTime;

    #[test]
    fn every_form_is_read() {
        let here = FixedOffset::east_opt(3600).unwrap();
        for (text, expected) in [
            ("2026/11/22 20:14:27", "2026-11-22 20:14:27"),
            ("2026/11/22 20:14:27.123456", "2026-11-22 20:14:27.123456"),
            ("2026-11-22 20:14:27.123 UTC", "2026-11-22 21:14:27.123"),
            ("2026-11-22 20:14:27.123+00", "2026-11-22 21:14:27.123"),
            ("2026-11-22 20:14:27 -0800", "2026-11-23 05:14:27"),
            ("2026-11-22 08:14:27 PM", "2026-11-22 20:14:27"),
            ("22/Nov/2026:20:14:27 +0000", "2026-11-22 21:14:27"),
            ("22/Nov/2026 20:14:27", "2026-11-22 20:14:27"),
            ("22-Nov-2026 20:14:27 UTC", "2026-11-22 21:14:27"),
            ("22 Nov 2026 20:14:27.123", "2026-11-22 20:14:27.123"),
            ("22.11.2026-20:14:27.430", "2026-11-22 20:14:27.43"),
            ("22/11/2026 20:14:27", "2026-11-22 20:14:27"),
            ("11/22/2026 8:14:27 PM", "2026-11-22 20:14:27"),
            ("11/02/2026 12:14:27 AM", "2026-11-02 00:14:27"),
            ("Nov 22, 2026 8:14:27 PM", "2026-11-22 20:14:27"),
            ("Sun Nov 22 20:14:27.5 2026", "2026-11-22 20:14:27.5"),
            ("Sun, 22 Nov 2026 20:14:27 GMT", "2026-11-22 21:14:27"),
            ("20261122T201427Z", "2026-11-22 21:14:27"),
            ("20261122-20:14:27.123", "2026-11-22 20:14:27.123"),
            ("20261122201427", "2026-11-22 20:14:27"),
            ("1795378464.5", "2026-11-22 21:14:24.5"),
            ("1795378464500", "2026-11-22 21:14:24.5"),
            ("Nov 22 20:14:27", "2026-11-22 20:14:27"),
            ("Dec  2 20:14:27", "2025-12-02 20:14:27"),
            ("11-22 20:14:27.123", "2026-11-22 20:14:27.123"),
            ("20:14:27.123", "2026-11-22 20:14:27.123"),
            ("8:14PM", "2026-11-22 20:14:00"),
            ("21:59:00", "2026-11-21 21:59:00"),
            ("2026-11-22 20:14:60", "2026-11-22 20:14:59"),
            ("2026-11-22 at 20:14:27", "2026-11-22 20:14:27"),
            ("2026-11-22  9:14:27", "2026-11-22 09:14:27"),
        ] {
            let read = |text: &str| NaiveDateTime::parse_from_str(text, "%F %T%.f").unwrap();
            let (length, stamp) = find(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));

            let stamp = stamp.near(read("2026-11-22 20:30:00"));

            assert_eq!(length, text.len(), "{text}");
            assert_eq!(stamp.wall(here), read(expected), "{text}");
        }
        assert!(find_terse(b"1122 20:14:27.123456  12 a.go:1] x").is_some());
        assert!(find_terse(b"261122 20:14:27 web:2239] x").is_some());
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "1",
            "12",
            "12:30",
            "1.2.3.4",
            "2026-11-22",
            "2026-11-22 x",
            "Nov",
            "Nov 22",
            "2026-02-30 10:00:00",
            "25:00:00",
            "13:14PM",
            "12345678901",
            "127.0.0.1 - -",
            "20:14:271",
            "31/Foo/2026:20:14:27",
            "Monday",
            "Sun",
            "1-2-3",
            "99999999 999999",
        ] {
            assert_eq!(find(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_number_with_a_sign_is_no_zone() {
        let (length, _) = find(b"2026/11/22 20:14:27 -5 degrees").unwrap();

        assert_eq!(length, 19);
    }
}
