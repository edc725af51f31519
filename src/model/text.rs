//! Text from outside, made safe to show: cut, and with control characters visible.

/// A text of at most so many characters; what was cut off is marked.
pub fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A reason as a sentence of its own.
pub fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The one of the names that was probably meant: with at most a third of its letters wrong.
pub fn nearest<'a>(meant: &str, names: &[&'a str]) -> Option<&'a str> {
    let distances = names.iter().map(|name| (distance(meant, name), *name));
    let (distance, name) = distances.min()?;
    (distance * 3 <= name.chars().count()).then_some(name)
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], done + 1);
        for (column, theirs) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *theirs);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

/// A text without the sequences that colour it (SGR of ECMA-48). Others stay, to be seen.
pub fn without_colors(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        plain += before;
        let end = behind.find(|c: char| !c.is_ascii_digit() && c != ';');
        rest = match end.map(|end| behind.split_at(end)) {
            Some((_, colored)) if colored.starts_with('m') => &colored[1..],
            Some(_) | None => {
                plain += "\u{1b}[";
                behind
            }
        };
    }
    plain + rest
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

/// What is not seen, ends a line, or turns the direction of what is around it (the
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
    /// The end of the last piece, if it depends on the next one what it is.
    held: Vec<u8>,
    /// So many bytes behind it are zero.
    zeros: u64,
}

/// So many zeros are a hole, as a file has where somebody cut it that another still writes to.
const HOLE: u64 = 256;

impl Visible {
    /// For a terminal U+FFFD is made of bytes that are no text, and what is not seen is written
    /// as an escape; else both are passed on.
    pub fn new(terminal: bool) -> Self {
        Self {
            terminal,
            held: Vec::new(),
            zeros: 0,
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
        self.held.is_empty() && self.zeros == 0 && !piece.chunks(1024).any(is_odd)
    }

    /// Adds what a piece shows.
    pub fn push(&mut self, mut piece: &[u8], shown: &mut Vec<u8>) {
        while !piece.is_empty() {
            let text = memchr::memchr(0, piece).unwrap_or(piece.len());
            if text > 0 {
                self.end_hole(shown);
                self.push_text(&piece[..text], shown);
            }
            let rest = &piece[text..];
            let zeros = rest.iter().take_while(|byte| **byte == 0).count();
            if zeros > 0 && self.zeros == 0 {
                self.end_text(shown);
            }
            self.zeros += zeros as u64;
            piece = &rest[zeros..];
        }
    }

    /// Adds what is left.
    pub fn finish(&mut self, shown: &mut Vec<u8>) {
        self.end_text(shown);
        self.end_hole(shown);
    }

    fn push_text(&mut self, piece: &[u8], shown: &mut Vec<u8>) {
        let mut text = std::mem::take(&mut self.held);
        text.extend(piece);
        self.held = text.split_off(text.len() - unclear(&text));
        self.show(&text, shown);
    }

    fn end_text(&mut self, shown: &mut Vec<u8>) {
        let text = std::mem::take(&mut self.held);
        self.show(&text, shown);
    }

    /// A hole is one mark, however large it is.
    fn end_hole(&mut self, shown: &mut Vec<u8>) {
        match std::mem::take(&mut self.zeros) {
            zeros @ 0..HOLE => (0..zeros).for_each(|_| shown.extend(b"\\u{0}")),
            zeros => shown.extend(format!("[{zeros} NUL bytes]").bytes()),
        }
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

    #[test]
    fn escapes_are_made_visible() {
        assert_eq!(printable("a\x1b[31mb\n"), "a\\u{1b}[31mb\\n");
        assert_eq!(printable("a\u{202e}b\u{2028}"), "a\\u{202e}b\\u{2028}");
        assert_eq!(printable("ä 日本 é"), "ä 日本 é");
    }

    #[test]
    fn colours_are_taken_away_and_nothing_else() {
        for (text, plain) in [
            ("\x1b[1;31mred\x1b[0m", "red"),
            ("\x1b[2Jgone", "\x1b[2Jgone"),
            ("cut\x1b[3", "cut\x1b[3"),
            ("\x1b]0;title", "\x1b]0;title"),
        ] {
            assert_eq!(without_colors(text), plain);
        }
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
    fn a_hole_is_one_mark() {
        let piece = [0; 1000];

        let shown = visible(&[b"a", &piece, &piece, b"b\0c", &piece], false);

        let expected = "a[2000 NUL bytes]b\\u{0}c[1000 NUL bytes]";
        assert_eq!(String::from_utf8(shown).unwrap(), expected);
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
