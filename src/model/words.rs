//! How things are worded: durations, sizes, commands, exits.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use crate::model::config::secrets;
use crate::model::life::observation::{Activity, Logged, Said, Usage};
use crate::model::life::record::Exit;
use crate::model::text::{printable, shortened};

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

/// How often something was started in a while.
pub fn starts(count: u32, window: Duration) -> String {
    let starts = if count == 1 { "start" } else { "starts" };
    format!("{count} {starts} within {}", limit(window))
}

/// A duration as a person writes it: `2s`, `1m 30s`, or a number of seconds.
pub fn span(text: &str) -> Option<Duration> {
    match text.trim().parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => humantime::parse_duration(text).ok(),
    }
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

/// The memory of a process: `24 MB`, or `72 MB in 3 processes`.
pub fn memory(usage: &Usage) -> Option<String> {
    let bytes = size(usage.memory_bytes?);
    Some(match usage.processes {
        0 | 1 => bytes,
        many => format!("{bytes} in {many} processes"),
    })
}

/// A moment as it is in a row that must not tick: `14:32` today, else
/// `Nov 22 14:32`.
pub fn moment(at: DateTime<FixedOffset>, now: DateTime<FixedOffset>) -> String {
    let format = if at.date_naive() == now.date_naive() {
        "%H:%M"
    } else {
        "%b %-d %H:%M"
    };
    at.format(format).to_string()
}

/// When each component has logged something last, by the last part of its name: `youtube` and
/// `14:02`, or `yesterday`, or `3 days ago`, or `2026-09-22`. It changes at midnight only.
pub fn activity(activity: &[Activity], now: DateTime<FixedOffset>) -> Vec<(String, String)> {
    let mut said = Vec::<(String, String)>::new();
    for Activity { component, at } in activity {
        let name = printable(last_part(component));
        if said.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let day = match (now.date_naive() - at.date()).num_days() {
            0 => at.format("%H:%M").to_string(),
            1 => "yesterday".into(),
            days @ 2..60 => format!("{days} days ago"),
            _ => at.format("%Y-%m-%d").to_string(),
        };
        said.push((name, day));
    }
    said
}

/// A log entry on a line: when, who and what, `14:32:05 daemon: no lock`, with the last part of
/// who it is. The day is said where it is not today.
pub fn logged(entry: &Logged, now: DateTime<FixedOffset>) -> String {
    let component = entry.component.as_deref().map(last_part);
    entry_of(entry, component, now)
}

/// The same with all of who it is, `14:32:05 src.daemon: no lock`.
pub fn logged_in_full(entry: &Logged, now: DateTime<FixedOffset>) -> String {
    entry_of(entry, entry.component.as_deref(), now)
}

/// The last part of a dotted name: `YouTubeFeatureHandler`. A file's name is one part.
pub fn last_part(component: &str) -> &str {
    const FILES: [&str; 9] = ["c", "cpp", "go", "java", "js", "php", "py", "rb", "rs"];
    match component.rsplit_once('.') {
        Some((_, last)) if last.is_empty() || last.starts_with(|c: char| c.is_ascii_digit()) => {
            component
        }
        Some((_, last)) if FILES.contains(&last.split(':').next().unwrap_or(last)) => component,
        Some((_, last)) => last,
        None => component,
    }
}

fn entry_of(entry: &Logged, component: Option<&str>, now: DateTime<FixedOffset>) -> String {
    let format = if entry.at.date() == now.date_naive() {
        "%H:%M:%S"
    } else {
        "%b %-d %H:%M:%S"
    };
    let time = entry.at.format(format);
    match component {
        Some(component) => format!("{time} {component}: {}", entry.message),
        None => format!("{time} {}", entry.message),
    }
}

/// What a daemon said itself of what went wrong, a line each: the last error that it
/// logged, and the last line that it wrote.
pub fn said(said: &Said, now: DateTime<FixedOffset>) -> Vec<String> {
    let logged = said.logged.as_ref();
    let repeats = |line: &String, message: &str| !message.is_empty() && line.ends_with(message);
    let is_new = |line: &&String| logged.is_none_or(|entry| !repeats(line, &entry.message));
    let last_line = said.last_line.as_ref().filter(is_new).cloned();
    let logged = logged.map(|entry| self::logged(entry, now));
    logged.into_iter().chain(last_line).collect()
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

/// A signal: `SIGTERM`.
pub fn signal(number: i32) -> String {
    match signal_name(number) {
        Some(name) => format!("SIG{name}"),
        None => format!("signal {number}"),
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

/// A command line is cut where it grows too long to read, in characters.
const LONGEST: usize = 120;

/// A command line as a shell would take it, cut where it grows too long to read. A process that
/// has changed its title has filled the rest with nothing.
pub fn command(words: &[String]) -> String {
    let last = words.iter().rposition(|word| !word.is_empty());
    let words = &words[..last.map_or(0, |last| last + 1)];
    let words = secrets::in_command(words);
    shortened(&printable(&shell_words::join(words)), LONGEST)
}

/// Paths in quotes: `'/a'`, or `'/a' and '/b'`.
pub fn paths(paths: &[PathBuf]) -> String {
    let quoted = paths
        .iter()
        .map(|path| format!("'{}'", printable(&path.display().to_string())));
    quoted.collect::<Vec<_>>().join(" and ")
}

/// The command line of a process, in quotes.
pub fn process(command_line: &[String]) -> String {
    let line = match command_line {
        // A title is not quoted twice.
        [title, rest @ ..] if rest.iter().all(String::is_empty) => {
            shortened(&printable(title), LONGEST)
        }
        words => command(words),
    };
    if line.is_empty() {
        return "a command line that is not shown".into();
    }
    format!("'{line}'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::logs::line;

    #[test]
    fn a_title_is_quoted_once() {
        let title = |text: &str| process(&[text.to_owned(), String::new(), String::new()]);

        assert_eq!(title("master [inneros]"), "'master [inneros]'");
        assert_eq!(title("a\nb"), "'a\\nb'");
        assert_eq!(title(""), "a command line that is not shown");
        let words = ["sh", "-c", "sleep 300"].map(String::from);
        assert_eq!(process(&words), "'sh -c 'sleep 300''");
    }

    #[test]
    fn one_start_is_one() {
        let minute = Duration::from_secs(60);

        assert_eq!(starts(1, minute), "1 start within 1m");
        assert_eq!(starts(5, minute), "5 starts within 1m");
    }

    #[test]
    fn a_title_is_shown_without_the_empty_words_behind_it() {
        let mut line = vec!["celery: master".to_owned()];
        line.extend(vec![String::new(); 30]);

        assert_eq!(process(&line), "'celery: master'");
        assert_eq!(process(&[]), "a command line that is not shown");
    }

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
    fn a_logged_error_is_said_on_a_line() {
        let now = DateTime::parse_from_rfc3339("2026-11-22T21:00:00+01:00").unwrap();
        let entry = |line: &str| {
            let line = line::parse(line.as_bytes()).unwrap();
            Logged::of(&line, line.time().unwrap().wall(*now.offset()))
        };
        let said = |line: &str| logged(&entry(line), now);

        assert_eq!(
            said("2026-11-22 20:14:27 [ERROR] src.daemon: no lock "),
            "20:14:27 daemon: no lock"
        );
        assert_eq!(
            logged_in_full(&entry("2026-11-22 20:14:27 [ERROR] src.daemon: no"), now),
            "20:14:27 src.daemon: no"
        );
        assert_eq!(said("2026-11-22T19:14:27Z ERROR: x"), "20:14:27 x");
        assert_eq!(said("2026-11-21 20:14:27 ERROR: x"), "Nov 21 20:14:27 x");
        assert_eq!(
            said(r#"{"ts":"2026-11-22 20:14:27","level":"error","msg":"a\nb"}"#),
            "20:14:27 a"
        );
        let long = said(&format!("2026-11-22 20:14:27 ERROR: {}", "ä".repeat(300)));
        assert_eq!(long.chars().count(), "20:14:27 ".len() + 201);
    }

    #[test]
    fn of_a_dotted_name_the_last_part_is_said() {
        for (component, part) in [
            (
                "src.automation.YouTubeFeatureHandler",
                "YouTubeFeatureHandler",
            ),
            ("__main__", "__main__"),
            ("server.py:12", "server.py:12"),
            ("main.go", "main.go"),
            ("odd.", "odd."),
            ("10.0.0.5", "10.0.0.5"),
        ] {
            assert_eq!(last_part(component), part);
        }
    }

    #[test]
    fn what_was_logged_and_printed_is_said_once() {
        let now = DateTime::parse_from_rfc3339("2026-11-22T21:00:00+01:00").unwrap();
        let at = now.naive_local();
        let lines = |message: &str, last_line: &str| {
            let (component, message) = (None, message.to_owned());
            let logged = Some(Logged {
                at,
                component,
                message,
            });
            let last_line = Some(last_line.to_owned());
            said(
                &Said {
                    logged,
                    last_line,
                    ..Said::default()
                },
                now,
            )
        };

        assert_eq!(lines("no lock", "ERROR: no lock"), ["21:00:00 no lock"]);
        assert_eq!(lines("no lock", "bye"), ["21:00:00 no lock", "bye"]);
        assert_eq!(lines("", "bye"), ["21:00:00 ", "bye"]);
        assert_eq!(
            lines("no lock", "Error: no lock on /v"),
            ["21:00:00 no lock", "Error: no lock on /v"]
        );
    }

    #[test]
    fn exits_are_named() {
        assert_eq!(exit(Exit::Code(3)), "exit code 3");
        assert_eq!(exit(Exit::Signal(9)), "signal 9 (KILL)");
        assert_eq!(exit(Exit::Signal(40)), "signal 40");
    }
}
