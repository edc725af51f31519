//! Lines with colours.

use std::borrow::Cow;

/// The line without the sequences that colour it, if it has any (ECMA-48). Within a word they
/// stay: it is none that is known.
pub(super) fn without_colors(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(0x1b, line).is_none() {
        return Cow::Borrowed(line);
    }
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(escape) = memchr::memchr(0x1b, rest) {
        plain.extend(&rest[..escape]);
        let colors = &rest[escape..];
        rest = behind_colors(colors);
        let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'<';
        if plain.last().is_some_and(is_of_word) && rest.first().is_some_and(is_of_word) {
            plain.extend(&colors[..colors.len() - rest.len()]);
        }
    }
    plain.extend(rest);
    Cow::Owned(plain)
}

/// What comes after the sequences that a text begins with.
fn behind_colors(mut text: &[u8]) -> &[u8] {
    while let [0x1b, rest @ ..] = text {
        text = rest;
        if let [b'[', sequence @ ..] = rest {
            let end = sequence.iter().position(|byte| (0x40..0x7f).contains(byte));
            text = &sequence[end.map_or(sequence.len(), |end| end + 1)..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_taken_away() {
        for (line, plain) in [
            ("\x1b[32mgreen\x1b[0m", "green"),
            ("\x1b[1;31mred", "red"),
            ("cut\x1b[3", "cut"),
            ("cut\x1b", "cut"),
            ("plain", "plain"),
            ("\x1b[1m\x1b[31mred\x1b[0m\x1b[0m.", "red."),
            ("ER\x1b[0m\x1b[1mROR", "ER\x1b[0m\x1b[1mROR"),
        ] {
            assert_eq!(*without_colors(line.as_bytes()), *plain.as_bytes());
        }
    }
}
