//! How things are said: durations, sizes, commands, exits.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use super::observation::{Logged, Said, Usage};
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

/// The memory of a process: `24 MB`, or `72 MB in 3 processes`.
pub fn memory(usage: &Usage) -> Option<String> {
    let bytes = size(usage.memory_bytes?);
    Some(match usage.processes {
        0 | 1 => bytes,
        many => format!("{bytes} in {many} processes"),
    })
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

/// A log entry on a line: when, who and what, `14:32:05 src.daemon: no lock`. The day is
/// said where it is not today.
pub fn logged(entry: &Logged, now: DateTime<FixedOffset>) -> String {
    let format = if entry.at.date() == now.date_naive() {
        "%H:%M:%S"
    } else {
        "%b %-d %H:%M:%S"
    };
    let time = entry.at.format(format);
    match &entry.component {
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
    shortened(&printable(&shell_words::join(words)), LONGEST)
}

/// A text of at most so many characters; what was cut off is marked.
pub fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Text from outside with every control character made visible, so that it can
/// neither drive a terminal nor break a line nor pass for another text.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// What is not seen, ends a line, or turns the direction of what stands around it (the
/// bidirectional controls of Unicode, UAX #9).
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
    )
}

/// Makes the control characters of a text visible that comes in pieces: line ends and tabs
/// are passed on, whatever else could drive a terminal is written as an escape.
#[derive(Debug)]
pub struct Visible {
    terminal: bool,
    /// The end of the last piece, where it depends on the next one what it is.
    held: Vec<u8>,
}

impl Visible {
    /// For a terminal U+FFFD is made of bytes that are no text, and what is not seen is written
    /// as an escape; else both are passed on.
    pub fn new(terminal: bool) -> Self {
        Self {
            terminal,
            held: Vec::new(),
        }
    }

    /// Whether a piece is shown as it is: most are, and need not be copied.
    pub fn is_plain(&self, piece: &[u8]) -> bool {
        // Without a way out in the loop the compiler looks at many bytes at a time. In
        // UTF-8 the control characters above ASCII begin with C2.
        let odd = |byte: u8| {
            matches!(byte, 0..=8 | 11..=31 | 0x7f | 0xc2) || (self.terminal && byte >= 0x80)
        };
        let is_odd =
            |block: &[u8]| block.iter().fold(0, |any, byte| any | u8::from(odd(*byte))) > 0;
        self.held.is_empty() && !piece.chunks(1024).any(is_odd)
    }

    /// Adds what a piece shows.
    pub fn push(&mut self, piece: &[u8], shown: &mut Vec<u8>) {
        let mut text = std::mem::take(&mut self.held);
        text.extend(piece);
        self.held = text.split_off(text.len() - unclear(&text));
        self.show(&text, shown);
    }

    /// Adds what is left.
    pub fn finish(&mut self, shown: &mut Vec<u8>) {
        let text = std::mem::take(&mut self.held);
        self.show(&text, shown);
    }

    fn show(&self, text: &[u8], shown: &mut Vec<u8>) {
        for chunk in text.utf8_chunks() {
            let mut characters = chunk.valid().chars().peekable();
            let mut place = [0; 4];
            while let Some(character) = characters.next() {
                let ends_line = character == '\r' && characters.peek() == Some(&'\n');
                let drives = character.is_control() && !matches!(character, '\n' | '\t');
                let deceives = self.terminal && is_invisible(character);
                if (drives && !ends_line) || deceives {
                    shown.extend(character.escape_default().map(|ascii| ascii as u8));
                } else {
                    shown.extend(character.encode_utf8(&mut place).bytes());
                }
            }
            if chunk.invalid().is_empty() || !self.terminal {
                shown.extend(chunk.invalid());
            } else {
                shown.extend("\u{fffd}".bytes());
            }
        }
    }
}

/// How many bytes at the end may be the beginning of a character or of a line end.
fn unclear(text: &[u8]) -> usize {
    if text.ends_with(b"\r") {
        return 1;
    }
    (1..=text.len().min(3))
        .find(|length| {
            str::from_utf8(&text[text.len() - length..])
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log_line;

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
            let line = log_line::parse(line.as_bytes()).unwrap();
            Logged::of(&line, *now.offset()).unwrap()
        };
        let said = |line: &str| logged(&entry(line), now);

        assert_eq!(
            said("2026-11-22 20:14:27 [ERROR] src.daemon: no lock "),
            "20:14:27 src.daemon: no lock"
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
            said(&Said { logged, last_line }, now)
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

    #[test]
    fn escapes_are_made_visible() {
        assert_eq!(printable("a\x1b[31mb\n"), "a\\u{1b}[31mb\\n");
        assert_eq!(printable("a\u{202e}b\u{2028}"), "a\\u{202e}b\\u{2028}");
        assert_eq!(printable("ä 日本 é"), "ä 日本 é");
    }

    fn visible(pieces: &[&[u8]], terminal: bool) -> Vec<u8> {
        let mut visible = Visible::new(terminal);
        let mut shown = Vec::new();
        for piece in pieces {
            visible.push(piece, &mut shown);
        }
        visible.finish(&mut shown);
        shown
    }

    #[test]
    fn only_what_drives_a_terminal_is_changed() {
        let text = "a\tä\r\n\x1b[31m\0\x7f\u{9b}x\ry\u{fffd}€\r";

        let shown = visible(&[text.as_bytes()], false);

        let expected = "a\tä\r\n\\u{1b}[31m\\u{0}\\u{7f}\\u{9b}x\\ry\u{fffd}€\\r";
        assert_eq!(String::from_utf8(shown).unwrap(), expected);
    }

    #[test]
    fn what_is_not_seen_is_made_visible_on_a_terminal() {
        let text = "a\u{202e}b\u{200b}c\u{2028}é";

        let shown = visible(&[text.as_bytes()], true);

        let expected = "a\\u{202e}b\\u{200b}c\\u{2028}é";
        assert_eq!(String::from_utf8(shown).unwrap(), expected);
        assert_eq!(visible(&[text.as_bytes()], false), text.as_bytes());
        assert!(!Visible::new(true).is_plain(text.as_bytes()));
    }

    #[test]
    fn bytes_that_are_no_text_are_passed_on_or_replaced() {
        let bytes = b"a\xff\xc2";

        assert_eq!(visible(&[bytes], false), bytes);
        assert_eq!(visible(&[bytes], true), "a\u{fffd}\u{fffd}".as_bytes());
    }

    #[test]
    fn where_a_text_is_cut_does_not_matter() {
        let text = "ä\r\n\u{9b}€😀\r\x1b\n".as_bytes();
        let whole = visible(&[text], true);

        for cut in 0..text.len() {
            let (a, b) = text.split_at(cut);
            assert_eq!(visible(&[a, b], true), whole, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(visible(&bytes, true), whole);
    }

    proptest::proptest! {
        #[test]
        fn what_is_plain_is_shown_as_it_is(
            text in proptest::collection::vec(0_u8..=255, 0..6), replace: bool,
        ) {
            if Visible::new(replace).is_plain(&text) {
                proptest::prop_assert_eq!(visible(&[&text], replace), text);
            }
        }
    }

    #[test]
    fn plain_text_is_seen_to_be_plain() {
        for (text, passed_on, replaced) in [
            ("a\tb\n", true, true),
            ("ä€", true, false),
            ("\u{9b}", false, false),
            ("\x1b", false, false),
        ] {
            assert_eq!(
                Visible::new(false).is_plain(text.as_bytes()),
                passed_on,
                "{text:?}"
            );
            assert_eq!(
                Visible::new(true).is_plain(text.as_bytes()),
                replaced,
                "{text:?}"
            );
        }
    }
}
