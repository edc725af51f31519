//! How things are said: durations, sizes, commands, exits.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use super::record::Exit;

/// A duration in its two largest units: `42s`, `5m 3s`, `2h 5m`, `3d 4h`.
pub fn uptime(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {}s", seconds % 60),
        (0, _, _) => format!("{hours}h {minutes}m"),
        (_, _, _) => format!("{days}d {hours}h"),
    }
}

/// A limit as a person sets it: `1s`, `500ms`, `2m 30s`.
pub fn limit(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// A size in bytes with two significant digits, so that it does not change with
/// every page: `940 KB`, `24 MB`, `1.2 GB` (powers of ten, as file managers count).
pub fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000_000 => (1_000, "KB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        1_000_000_000.. => (1_000_000_000, "GB"),
    };
    let tenths = bytes * 10 / unit;
    if tenths < 100 && unit > 1_000 {
        return format!("{}.{} {name}", tenths / 10, tenths % 10);
    }
    let whole = tenths / 10;
    let rounded = if whole < 100 { whole } else { whole / 10 * 10 };
    format!("{rounded} {name}")
}

/// A moment as it stands in a row that must not tick: `14:32` today, else
/// `Nov 22 14:32`.
pub fn moment(at: DateTime<FixedOffset>, now: DateTime<FixedOffset>) -> String {
    let format = if at.date_naive() == now.date_naive() {
        "%H:%M"
    } else {
        "%b %-d %H:%M"
    };
    at.format(format).to_string()
}

/// How a process ended: `exit code 3`, `signal 9 (KILL)`.
pub fn exit(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit code {code}"),
        Exit::Signal(number) => match signal_name(number) {
            Some(name) => format!("signal {number} ({name})"),
            None => format!("signal {number}"),
        },
    }
}

/// The names of the signals whose numbers are the same on Linux and macOS
/// (`signal(7)`, POSIX.1).
fn signal_name(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "HUP",
        2 => "INT",
        3 => "QUIT",
        4 => "ILL",
        5 => "TRAP",
        6 => "ABRT",
        8 => "FPE",
        9 => "KILL",
        11 => "SEGV",
        13 => "PIPE",
        14 => "ALRM",
        15 => "TERM",
        24 => "XCPU",
        25 => "XFSZ",
        _ => return None,
    })
}

/// A command line as a shell would take it, cut where it grows too long to read.
pub fn command(words: &[String]) -> String {
    const LONGEST: usize = 120;
    let line = printable(&shell_words::join(words));
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Text from outside with every control character made visible, so that it can
/// neither drive a terminal nor break a line.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_shows_two_units() {
        let said = |seconds| uptime(Duration::from_secs(seconds));

        assert_eq!(said(0), "0s");
        assert_eq!(said(59), "59s");
        assert_eq!(said(60), "1m 0s");
        assert_eq!(said(7_500), "2h 5m");
        assert_eq!(said(273_600), "3d 4h");
    }

    #[test]
    fn size_has_two_digits() {
        assert_eq!(size(0), "0 KB");
        assert_eq!(size(942_999), "940 KB");
        assert_eq!(size(7_400_000), "7.4 MB");
        assert_eq!(size(24_900_000), "24 MB");
        assert_eq!(size(257_000_000), "250 MB");
        assert_eq!(size(1_250_000_000), "1.2 GB");
    }

    #[test]
    fn exits_are_named() {
        assert_eq!(exit(Exit::Code(3)), "exit code 3");
        assert_eq!(exit(Exit::Signal(9)), "signal 9 (KILL)");
        assert_eq!(exit(Exit::Signal(40)), "signal 40");
    }

    #[test]
    fn escapes_are_made_visible() {
        assert_eq!(printable("a\x1b[31mb\n"), "a\\u{1b}[31mb\\n");
    }
}
