//! Where in a long text an entry of a level may be, found without parsing its lines.

use std::sync::OnceLock;

use aho_corasick::Span;
use aho_corasick::packed::Searcher;

use crate::model::logs::line::Level;

/// Finds what stands in the head of every entry of a level or a higher one; what it finds may
/// as well be a part of a message.
#[derive(Debug)]
pub(super) struct Sieve {
    least: Level,
    words: Searcher,
    names: Searcher,
    /// What a level is where it is a single letter.
    letters: Vec<u8>,
}

/// The words of each level begin with these, in capitals, small or like a name.
const WORDS: [(Level, &[&str]); 3] = [
    (Level::Warning, &["WARN", "WRN"]),
    (Level::Error, &["ERR", "SEVE", "FAIL"]),
    (
        Level::Critical,
        &["CRIT", "FATA", "FTL", "PANI", "PNC", "EMER", "ALER"],
    ),
];

/// The ends of the names that a level has in JSON, where it may be a number.
const NAMES: [&str; 9] = [
    "evel\"",
    "evelname\"",
    "evel_name\"",
    "evelno\"",
    "everity\"",
    "lvl\"",
    "ORITY\"",
    "\"@l\"",
    "\"L\"",
];

/// What JSON may hide a word in.
const ESCAPE: &str = r"\u00";

/// `Level 45` of Python, and what an entry of journald begins with, whose level is on a line
/// below. With the words of an error these are 32: of more, half as many bytes are looked at in
/// one step.
const OTHERS: [&str; 2] = ["Level ", JOURNAL];

const JOURNAL: &str = "__CURSOR=";

impl Sieve {
    /// For a level and those above it; none where most lines of a log have one.
    pub(super) fn of(least: Level) -> Option<&'static Self> {
        static MADE: [OnceLock<Option<Sieve>>; Level::ALL.len()] =
            [const { OnceLock::new() }; Level::ALL.len()];
        let made = MADE[least as usize].get_or_init(|| Self::new(least));
        made.as_ref()
    }

    fn new(least: Level) -> Option<Self> {
        if least < Level::Warning {
            return None;
        }
        let wanted = WORDS.iter().filter(|(level, _)| *level >= least);
        let words = wanted.flat_map(|(_, words)| *words).flat_map(|word| {
            let small = word.to_ascii_lowercase();
            let title = format!("{}{}", &word[..1], &small[1..]);
            [(*word).to_owned(), small, title]
        });
        let letters = (b'A'..=b'Z').filter(|letter| Level::letter(*letter) >= Some(least));
        let letters: Vec<u8> = letters.collect();
        // The mark that Redis has for a warning.
        let mark = (least == Level::Warning).then_some(" # ");
        let others = OTHERS.iter().copied().chain(mark).map(str::to_owned);
        let all: Vec<String> = words.chain(others).collect();
        Some(Self {
            least,
            // There is none for some processors: then every line is taken apart.
            words: Searcher::new(&all)?,
            names: Searcher::new(NAMES.iter().chain([&ESCAPE]))?,
            letters,
        })
    }

    /// The first word at or behind `from`; the end of all texts where there is none.
    fn word(&self, text: &[u8], mut from: usize) -> usize {
        while let Some(found) = self.words.find_in(text, Span::from(from..text.len())) {
            let at = found.start();
            if !is_in_sentence(text, at) && !is_in_json_text(text, at) {
                return at;
            }
            from = found.end();
        }
        usize::MAX
    }

    /// The first number of a level in JSON at or behind `from`, or what may hide a word.
    fn number(&self, text: &[u8], mut from: usize) -> usize {
        while let Some(found) = self.names.find_in(text, Span::from(from..text.len())) {
            let is_one = if found.pattern().as_usize() == NAMES.len() {
                !is_in_json_text(text, found.start())
            } else {
                self.is_number(&text[found.end()..])
            };
            if is_one {
                return found.start();
            }
            from = found.end();
        }
        usize::MAX
    }

    /// Whether the value of a name in JSON may be the number of a level.
    fn is_number(&self, value: &[u8]) -> bool {
        let value = value.trim_ascii_start();
        let Some(value) = value.strip_prefix(b":") else {
            return false;
        };
        let value = value.trim_ascii_start();
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        let value = value.strip_prefix(b"+").unwrap_or(value);
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
        let count = digits.clone().count();
        if matches!(value.get(count), Some(b'.' | b'e' | b'E')) {
            return count > 0;
        }
        let number = digits.fold(0_u32, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(u32::from(digit - b'0'))
        });
        count > 0 && Level::python(number).max(Level::numeric(number)) >= self.least
    }

    /// The first letter or priority of syslog at or behind `from`.
    fn mark(&self, text: &[u8], mut from: usize) -> usize {
        const CHUNK: usize = 64;
        let (Some(first), Some(last)) = (self.letters.first(), self.letters.last()) else {
            return usize::MAX;
        };
        let width = last - first;
        // A chunk that has none is passed over at once: this is compiled to vectors.
        while let Some(chunk) = text.get(from..=from + CHUNK) {
            let any = chunk[..CHUNK]
                .iter()
                .zip(&chunk[1..])
                .fold(0, |any, (one, next)| {
                    let is = u8::from;
                    let may_be = is(one.wrapping_sub(*first) <= width) | is(*one == b'<');
                    let ends =
                        is(next.cast_signed() < 0x40) | is(*next == b']') | is(*next == b'|');
                    any | (may_be & ends)
                });
            if any != 0
                && let Some(at) = (from..from + CHUNK).find(|at| self.is_mark(text, *at))
            {
                return at;
            }
            from += CHUNK;
        }
        let mut rest = from..text.len();
        rest.find(|at| self.is_mark(text, *at))
            .unwrap_or(usize::MAX)
    }

    fn is_mark(&self, text: &[u8], at: usize) -> bool {
        match text[at] {
            b'<' => {
                let rest = &text[at + 1..text.len().min(at + 5)];
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let number = str::from_utf8(&rest[..digits]).ok();
                let number = number.and_then(|number| number.parse().ok());
                number.is_some_and(|number| Level::syslog(number) >= self.least)
            }
            letter if self.letters.contains(&letter) => {
                let is_behind = at == 0 || !text[at - 1].is_ascii_alphanumeric();
                let next = text.get(at + 1);
                !next.is_some_and(u8::is_ascii_alphabetic)
                    && (is_behind || is_behind_color(text, at))
            }
            _ => false,
        }
    }
}

/// Whether a word that is no capitals stands between two others, with a space on each side: a
/// level does not, whatever the shape.
fn is_in_sentence(text: &[u8], at: usize) -> bool {
    let is_word = |word: &[u8]| word[0] != b'L' && word[0].is_ascii_alphabetic();
    if !is_word(&text[at..]) || !text[at + 1].is_ascii_lowercase() {
        return false;
    }
    let Some((before, [b' '])) = text[..at].split_last_chunk() else {
        return false;
    };
    let rest = &text[at..];
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic());
    let is_followed =
        matches!(rest[length.count()..], [b' ', next, ..] if next.is_ascii_alphanumeric());
    is_followed
        && before.last().is_some_and(u8::is_ascii_alphanumeric)
        && !is_behind_color(text, at - 1)
}

/// Whether a word is within a text of a JSON line: a level is the beginning of one, but for a
/// letter.
fn is_in_json_text(text: &[u8], at: usize) -> bool {
    const LONGEST: usize = 4096;
    let head = &text[at.saturating_sub(LONGEST)..at];
    let is_first = |byte: &u8| matches!(byte, b'"' | b'D' | b'd' | b'\n' | b'\\');
    let line = match memchr::memrchr(b'\n', head) {
        Some(end) => &head[end + 1..],
        None if head.len() < LONGEST => head,
        None => return false,
    };
    line.first() == Some(&b'{') && !line.last().is_some_and(is_first)
}

/// Whether a colour ends right in front of a place.
fn is_behind_color(text: &[u8], at: usize) -> bool {
    const LONGEST: usize = 64;
    let head = &text[at.saturating_sub(LONGEST)..at];
    let escape = memchr::memrchr(0x1b, head);
    escape.is_some_and(|escape| match &head[escape + 1..] {
        [b'[', parts @ .., end] => {
            let is_end = |byte: &u8| (0x40..0x7f).contains(byte);
            is_end(end) && !parts.iter().any(is_end)
        }
        rest => rest.is_empty(),
    })
}

/// What a sieve finds in a text, one after the other.
#[derive(Debug)]
pub(super) struct Hits<'a> {
    sieve: &'static Sieve,
    text: &'a [u8],
    word: usize,
    mark: usize,
    number: usize,
}

impl<'a> Hits<'a> {
    pub(super) fn new(sieve: &'static Sieve, text: &'a [u8]) -> Self {
        Self {
            word: sieve.word(text, 0),
            mark: sieve.mark(text, 0),
            // Most logs have none of what JSON must have.
            number: match memchr::memchr(b'{', text) {
                Some(from) => sieve.number(text, from),
                None => usize::MAX,
            },
            sieve,
            text,
        }
    }

    /// The first at or behind a place that is never in front of the one before.
    pub(super) fn next(&mut self, from: usize) -> Option<usize> {
        if self.word < from {
            self.word = self.sieve.word(self.text, from);
        }
        if self.mark < from {
            self.mark = self.sieve.mark(self.text, from);
        }
        if self.number < from {
            self.number = self.sieve.number(self.text, from);
        }
        let first = self.word.min(self.mark).min(self.number);
        (first < self.text.len()).then_some(first)
    }

    /// Whether an entry of journald begins at a place.
    pub(super) fn is_journal(&self, at: usize) -> bool {
        self.text[at..].starts_with(JOURNAL.as_bytes())
    }
}
