//! What the names of log files say.

use std::cmp::Reverse;

/// The place of a file among those of its folder: by name, and of one log from the oldest
/// file to the one that is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePlace<'a> {
    log: &'a str,
    age: Age<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Age<'a> {
    /// `daemon.log.2026-11-21`, `daemon.log-20261121`
    Dated(&'a str),
    /// `daemon.log.1`; with each rotation it becomes more.
    Numbered(Reverse<u64>),
    /// `daemon.log.old`
    Old,
    /// `daemon.log.gz`
    Packed,
    /// `daemon.log`
    Current,
}

/// The name of a file without what says how it is packed.
pub fn unpacked(name: &str) -> &str {
    let packed = name.strip_suffix(".gz");
    packed.or(name.strip_suffix(".zst")).unwrap_or(name)
}

/// The place of a log, or of what a rotation has made of one, packed or not; nothing for any
/// other file.
pub fn place(name: &str) -> Option<FilePlace<'_>> {
    const END: &str = ".log";
    let is_packed = unpacked(name).len() < name.len();
    let name = unpacked(name);
    if name.ends_with(END) {
        return Some(FilePlace {
            log: name,
            age: if is_packed { Age::Packed } else { Age::Current },
        });
    }
    let end = name.rfind(".log.").or_else(|| name.rfind(".log-"))? + END.len();
    let suffix = &name[end + 1..];
    if suffix == "old" {
        return Some(FilePlace {
            log: &name[..end],
            age: Age::Old,
        });
    }
    let is_part_of_a_date =
        |byte| matches!(byte, b'0'..=b'9' | b'-' | b'_' | b'.' | b':' | b'T' | b'Z');
    if !suffix.starts_with(|first: char| first.is_ascii_digit())
        || !suffix.bytes().all(is_part_of_a_date)
    {
        return None;
    }
    let age = match suffix.parse() {
        // `20261121` is no number of a rotation.
        Ok(number) if suffix.len() < 8 => Age::Numbered(Reverse(number)),
        Ok(_) | Err(_) => Age::Dated(suffix),
    };
    Some(FilePlace {
        log: &name[..end],
        age,
    })
}

/// Whether a file's name is that of another but for a later date in it, as those of daily
/// logs are.
pub fn is_later_day(name: &str, later: &str) -> bool {
    let (Some((before, date, behind)), Some(other)) = (around_date(name), around_date(later))
    else {
        return false;
    };
    (before, behind) == (other.0, other.2) && date < other.1
}

/// What a log is called: its name, without what dates or counts it.
pub fn title(name: &str) -> &str {
    let stem = name.strip_suffix(".log").unwrap_or(name);
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    match stem.trim_end_matches(is_number) {
        "" => name,
        title => title,
    }
}

/// Whether two names differ in their numbers only: those of one log, with another date, time,
/// count or PID in them.
pub fn is_of_one_log(name: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = char> {
        name.chars().filter(|letter| !letter.is_ascii_digit())
    }
    let has_number = name.contains(|letter: char| letter.is_ascii_digit());
    has_number && letters(name).eq(letters(other))
}

/// The last date in a name, and what is around it.
fn around_date(name: &str) -> Option<(&str, &str, &str)> {
    const DATE: &[u8] = b"dddd-dd-dd";
    let start = name.as_bytes().windows(DATE.len()).rposition(|window| {
        window.iter().zip(DATE).all(|(byte, shape)| match shape {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
    })?;
    let end = start + DATE.len();
    Some((&name[..start], &name[start..end], &name[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rotated_stands_in_front_of_what_is_written() {
        let in_order = [
            "a.log.20261120-1",
            "a.log.20261121",
            "a.log-20261122",
            "a.log.10",
            "a.log.9",
            "a.log.0.gz",
            "a.log.old",
            "a.log.gz",
            "a.log",
            "a.log.log",
            "b_2026-11-21.log",
            "b_2026-11-22.log.2026-11-22_23-00",
            "b_2026-11-22.log.2026-11-23",
            "b_2026-11-22.log.2",
            "b_2026-11-22.log",
        ];
        let mut places: Vec<_> = in_order.iter().map(|name| place(name)).collect();

        assert!(places.iter().all(Option::is_some), "{places:?}");
        assert!(places.is_sorted());
        places.dedup();
        assert_eq!(places.len(), in_order.len());
    }

    #[test]
    fn a_log_is_called_by_its_name_without_its_day() {
        for (name, title) in [
            ("inbox_2026-11-24.log", "inbox"),
            ("daemon.log", "daemon"),
            ("run-20261127-201427.log", "run"),
            ("2026-11-24.log", "2026-11-24.log"),
        ] {
            assert_eq!(super::title(name), title);
        }
    }

    #[test]
    fn what_is_no_log_has_no_place() {
        for name in [
            "a.log.1.bz2",
            "a.log.bak",
            "a.log.",
            "a.log-",
            "a.log.-1",
            "a.txt",
            "a.logs.1",
            "alog.1",
            "a.log.1 (copy)",
            "log",
            "",
        ] {
            assert_eq!(place(name), None, "{name}");
        }
    }

    #[test]
    fn every_rotation_names_logs() {
        for name in [
            // logrotate: numbers, `dateext`, `dateformat` with the second, `extension`.
            "a.log.1",
            "a.log.2.gz",
            "a.log.3.zst",
            "a.log-20261121",
            "a.log-20261121.gz",
            "a.log-20261121-1795378464.gz",
            "a-20261121.log.gz",
            // Python's RotatingFileHandler and TimedRotatingFileHandler; loguru.
            "a.log.2026-11-21",
            "a.log.2026-11-21_20-14-27",
            "a.2026-11-21_20-14-27_123456.log",
            "a.2026-11-21_20-14-27_123456.log.gz",
            // log4j, logback, log4rs.
            "a-2026-11-21-1.log.gz",
            "a.2026-11-21.0.log.gz",
            "a.log.2026-11-21.0.gz",
            "a.log.2026-11-21-20",
            // winston, log4js, pm2, lumberjack, tracing-appender.
            "a-2026-11-21.log",
            "a-2026-11-21.log.1",
            "a-2026-11-21.log.gz",
            "a.log.2026-11-21.gz",
            "a-out__2026-11-21_00-00-00.log",
            "a-2026-11-21T20-14-27.123.log.gz",
            // newsyslog, Docker, Kubernetes, Apache's rotatelogs, systems that keep one.
            "a.log.0.gz",
            "a.log.20261121T201427.gz",
            "a.log.20261121T201427Z",
            "0123abcd-json.log.1",
            "0.log.20261121-201427.gz",
            "access.log.1795378464",
            "a.log.old",
        ] {
            assert!(place(name).is_some(), "{name}");
        }
    }

    #[test]
    fn names_of_one_log_differ_in_numbers() {
        for (one, other) in [
            ("app_20261126.log", "app_20261127.log"),
            ("run-20261127-201427.log", "run-20261127-211427.log"),
            ("daemon.812.log", "daemon.14.log"),
        ] {
            assert!(is_of_one_log(one, other) && is_of_one_log(other, one));
        }
        assert!(!is_of_one_log("app.log", "app-new.log"));
        assert!(!is_of_one_log("access.log", "error.log"));
        assert!(!is_of_one_log("a1.log", "b1.log"));
    }

    #[test]
    fn a_later_day_is_told_by_its_name() {
        let day = "daemon_2026-11-22.log";
        for later in ["daemon_2026-11-23.log", "daemon_2027-01-01.log"] {
            assert!(is_later_day(day, later), "{later}");
        }
        for other in [
            day,
            "daemon_2026-11-21.log",
            "handler_2026-11-23.log",
            "daemon_2026-11-23.log.gz",
            "daemon.log",
        ] {
            assert!(!is_later_day(day, other), "{other}");
        }
        assert!(!is_later_day("daemon.log", "daemon.log"));
    }
}
