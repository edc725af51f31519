//! Lines with colours.

use std::borrow::Cow;

/// The line without the sequences that colour it, where it has any (ECMA-48).
pub(super) fn without_colors(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(0x1b, line).is_none() {
        return Cow::Borrowed(line);
    }
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(escape) = memchr::memchr(0x1b, rest) {
        plain.extend(&rest[..escape]);
        rest = &rest[escape + 1..];
        if let [b'[', sequence @ ..] = rest {
            let end = sequence.iter().position(|byte| (0x40..0x7f).contains(byte));
            rest = &sequence[end.map_or(sequence.len(), |end| end + 1)..];
        }
    }
    plain.extend(rest);
    Cow::Owned(plain)
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
        ] {
            assert_eq!(*without_colors(line.as_bytes()), *plain.as_bytes());
        }
    }
}
