//! What the words and marks in a line's header can be.

use super::level::{Level, NamedLevel};

/// A header is no longer, in bytes, nor a part of it.
pub(super) const LONGEST: usize = 256;

/// What parts one part from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Spaces(usize),
    Dash,
    Pipe,
    Tab,
    Colon,
}

impl Mark {
    /// Whether parts between two of these are fields, whatever is in them.
    pub(super) fn delimits(self) -> bool {
        matches!(self, Mark::Dash | Mark::Pipe | Mark::Tab)
    }
}

/// The name that structlog puts behind a message, in brackets, and the message.
pub(super) fn name_behind(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = &message[..message.len().min(2 * LONGEST)];
    let open = memchr::memchr_iter(b'[', head).find(|open| *open > 0 && head[open - 1] == b' ')?;
    let close = open + memchr::memchr(b']', &head[open..])?;
    let name = &head[open + 1..close];
    let rest = &message[close + 1..];
    if !is_name(name) || !(rest.is_empty() || rest.starts_with(b" ")) {
        return None;
    }
    // The pairs behind it are told with the message.
    let whole = if rest.trim_ascii().is_empty() {
        message[..open].trim_ascii_end()
    } else {
        message
    };
    Some((name, whole))
}

/// The mark at a place, and where the next part begins.
pub(super) fn mark(text: &[u8], from: usize) -> (Mark, usize) {
    let mut at = from;
    let mut mark = Mark::None;
    while at < text.len() && at - from < LONGEST {
        (mark, at) = match (&text[at..], mark) {
            ([b' ', ..], Mark::Spaces(count)) => (Mark::Spaces(count + 1), at + 1),
            ([b' ', ..], Mark::None) => (Mark::Spaces(1), at + 1),
            ([b' ', ..], _) => (mark, at + 1),
            ([b'\t', ..], Mark::None | Mark::Tab) => (Mark::Tab, at + 1),
            ([b'|', ..], Mark::None | Mark::Spaces(_)) => (Mark::Pipe, at + 1),
            ([b'-', b'-', b'-', b' ', ..], Mark::Spaces(_)) => (Mark::Dash, at + 4),
            ([b'-', b'-', b' ', ..], Mark::Spaces(_)) => (Mark::Dash, at + 3),
            ([b'-', b' ', ..], Mark::Spaces(_)) => (Mark::Dash, at + 2),
            ([b':', b' ', ..], Mark::None | Mark::Spaces(_)) => (Mark::Colon, at + 2),
            _ => return (mark, at),
        };
    }
    (mark, at)
}

/// A level in brackets: `ERROR`, `core:error`, `ERROR/MainProcess`, `ERROR main`, `E`.
pub(super) fn in_bracket(inner: &[u8]) -> Option<(NamedLevel<'_>, Option<&[u8]>)> {
    let named = |word: &[u8]| Level::named(word).is_some();
    if named(inner) {
        return Some((Level::of(inner), None));
    }
    if let [letter] = inner {
        return Some(((Level::letter(*letter)?, None), None));
    }
    let at = inner
        .iter()
        .position(|byte| matches!(byte, b':' | b'/' | b' '))?;
    let (first, second) = (&inner[..at], inner[at + 1..].trim_ascii());
    match inner[at] {
        b':' if named(second) => Some((Level::of(second), Some(first))),
        b'/' | b' ' if named(first) => Some((Level::of(first), Some(second))),
        _ => None,
    }
}

/// A level that stands as a word, and no word of a message.
pub(super) fn level_word(
    word: &[u8],
    has_colon: bool,
    stands_alone: bool,
) -> Option<NamedLevel<'_>> {
    Level::named(word)?;
    let is_usual = Level::plain(word).is_some();
    let is_one = match (is_upper(word), is_usual) {
        (true, true) => true,
        (true, false) => has_colon || stands_alone,
        (false, true) => has_colon || stands_alone,
        (false, false) => stands_alone,
    };
    is_one.then(|| Level::of(word))
}

/// `LEVEL:name:message`, `name.LEVEL:`; gives where the message begins.
pub(super) fn joined<'a>(
    text: &'a [u8],
    at: usize,
    word: &'a [u8],
) -> Option<(NamedLevel<'a>, Option<&'a [u8]>, usize)> {
    let colon = memchr::memchr(b':', word)?;
    let (first, behind) = (&word[..colon], at + colon + 1);
    if is_upper(first) && Level::named(first).is_some() {
        let name = text[behind..]
            .iter()
            .take(LONGEST)
            .take_while(|byte| is_of_name(**byte) && **byte != b':')
            .count();
        let is_name = name > 0 && text.get(behind + name) == Some(&b':');
        let level = Level::of(first);
        return Some(if is_name {
            (level, Some(&text[behind..behind + name]), behind + name + 1)
        } else {
            (level, None, behind)
        });
    }
    let dot = first.iter().rposition(|byte| *byte == b'.')?;
    let (name, level) = (&first[..dot], &first[dot + 1..]);
    let is_one = is_upper(level) && Level::named(level).is_some() && is_name(name);
    is_one.then(|| (Level::of(level), Some(name), behind))
}

/// The errors of PHP that have two words for a level.
pub(super) fn php(text: &[u8]) -> Option<usize> {
    let marks: [&[u8]; 2] = [b"PHP Fatal error: ", b"PHP Parse error: "];
    let mark = marks.iter().find(|mark| text.starts_with(mark))?;
    Some(mark.len())
}

/// The length of two numbers, as Django writes process and thread behind the module.
pub(super) fn processes(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for _ in 0..2 {
        let rest = text[at..].strip_prefix(b" ")?;
        let digits = rest
            .iter()
            .take(20)
            .take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        at += if digits == 0 { return None } else { digits + 1 };
    }
    (text.get(at) == Some(&b' ')).then_some(at)
}

/// A number, as processes and threads have them: `812`, `#812`, `812#812`.
pub(super) fn is_process(word: &[u8]) -> bool {
    !word.is_empty()
        && word
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'#')
}

pub(super) fn is_zone(word: &[u8]) -> bool {
    (3..=5).contains(&word.len()) && is_upper(word)
}

pub(super) fn is_upper(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_uppercase)
        && word
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether what follows a single letter is a header, and no sentence.
pub(super) fn is_head(text: &[u8]) -> bool {
    matches!(
        text,
        [b' ', b' ' | b'[' | b'(', ..] | [b' ', b'-', b' ', ..]
    ) || matches!(text, [b' ', a, b, ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase())
}

/// `main.go:12`
pub(super) fn is_place(word: &[u8]) -> bool {
    let Some(colon) = memchr::memrchr(b':', word) else {
        return false;
    };
    let digits = &word[colon + 1..];
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

pub(super) fn has_path(word: &[u8]) -> bool {
    memchr::memmem::find(word, b"::").is_some()
}

/// What a name may hold, by byte.
const OF_NAME: [bool; 256] = {
    let mut of_name = [false; 256];
    let mut byte = u8::MAX;
    while byte > 0 {
        of_name[byte as usize] = byte >= 0x80 || byte.is_ascii_alphanumeric();
        byte -= 1;
    }
    let mut marks = b"._:-/$()<>[]#*@~".as_slice();
    while let [mark, rest @ ..] = marks {
        of_name[*mark as usize] = true;
        marks = rest;
    }
    of_name
};

fn is_of_name(byte: u8) -> bool {
    OF_NAME[usize::from(byte)]
}

/// Whether a word can be the name of a logger.
pub(super) fn is_name(word: &[u8]) -> bool {
    word.first()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
        && word.iter().all(|byte| is_of_name(*byte))
}

/// The name of a logger without the place in its code: `a.b:run:12`, `main.go:12`,
/// `A.B(F:87)`, `app[812]`.
pub(super) fn cleaned(name: &[u8]) -> &[u8] {
    let end = name
        .iter()
        .position(|byte| matches!(byte, b'(' | b'['))
        .filter(|end| *end > 0);
    let name = &name[..end.unwrap_or(name.len())];
    if !is_place(name) {
        return name;
    }
    let colon = memchr::memrchr(b':', name).unwrap_or(name.len());
    let file = &name[..colon];
    // The function, where one stands between.
    match memchr::memrchr(b':', file) {
        Some(at) if at > 0 && file[at - 1] != b':' => &file[..at],
        Some(_) | None => file,
    }
}

/// A message without the marks in front of it.
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    let (mark, from) = mark(text, 0);
    match mark {
        Mark::None => text,
        Mark::Spaces(_) | Mark::Dash | Mark::Pipe | Mark::Tab | Mark::Colon => &text[from..],
    }
}
