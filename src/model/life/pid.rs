//! The text of a PID file: a PID, a newline, and nothing else.

use crate::model::text;

/// How many bytes of a PID file are read.
pub const MOST: usize = 256;

/// The PID in the first bytes of a file: its first line, trimmed, is decimal digits
/// only, from 2 to the `largest` PID there is.
pub fn parse(bytes: &[u8], largest: i32) -> Option<i32> {
    let line = first_line(bytes);
    // A line that was cut off may have gone on with digits.
    if line.len() >= MOST {
        return None;
    }
    let digits = line.trim_ascii();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pid = str::from_utf8(digits).ok()?.parse().ok()?;
    (2..=largest).contains(&pid).then_some(pid)
}

/// What a PID file holds.
pub fn text(pid: i32) -> String {
    format!("{pid}\n")
}

/// Whether these first bytes of a long file are lines of text: it is no PID file that was
/// damaged, but somebody's file, and not to be replaced.
pub fn is_prose(bytes: &[u8]) -> bool {
    let lines = bytes.trim_ascii().split(|byte| *byte == b'\n').count();
    let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    lines > 1 && bytes.iter().all(is_text)
}

/// What is where a PID should, in words.
pub fn found(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(first_line(bytes).trim_ascii());
    match text.as_ref() {
        _ if bytes.is_empty() => "an empty file".into(),
        "" => "an empty line".into(),
        _ => format!("'{}'", text::printable(&text::shortened(&text, 40))),
    }
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGEST: i32 = 1 << 22;

    #[test]
    fn digits_on_the_first_line_are_a_pid() {
        for (text, pid) in [
            ("812\n", 812),
            ("812", 812),
            ("  812 \r\n", 812),
            ("000812\n", 812),
            ("812\nanything\n", 812),
            ("2\n", 2),
            ("4194304\n", LARGEST),
        ] {
            assert_eq!(parse(text.as_bytes(), LARGEST), Some(pid), "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "",
            "\n",
            "abc",
            "12abc",
            "0x10",
            "+5",
            "-1",
            "-812",
            "0",
            "1",
            "1 2",
            "1.5",
            "٣٤",
            "81\x002",
            "2147483648",
            "99999999999999999999",
            "4194305",
        ] {
            assert_eq!(parse(text.as_bytes(), LARGEST), None, "{text:?}");
        }
    }

    #[test]
    fn a_line_that_was_cut_off_is_not() {
        let whole = format!("{}812", "0".repeat(MOST - 4));
        let cut = format!("{}812", " ".repeat(MOST - 3));

        assert_eq!(parse(whole.as_bytes(), LARGEST), Some(812));
        assert_eq!(parse(cut.as_bytes(), LARGEST), None);
    }
}
