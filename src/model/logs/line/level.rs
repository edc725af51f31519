//! How serious an entry is.

use std::borrow::Cow;

/// Severity, least first. A level of another name counts as the one below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Notice,
    Warning,
    Error,
    Critical,
}

/// The level of an entry, and its name where that is another.
pub type NamedLevel<'a> = (Level, Option<Cow<'a, str>>);

impl Level {
    /// All of them, least first.
    pub const ALL: [Self; 7] = [
        Level::Trace,
        Level::Debug,
        Level::Info,
        Level::Notice,
        Level::Warning,
        Level::Error,
        Level::Critical,
    ];

    /// Those that a summary has always had.
    pub const USUAL: [Self; 5] = [
        Level::Debug,
        Level::Info,
        Level::Warning,
        Level::Error,
        Level::Critical,
    ];

    /// The word for it in a log.
    pub fn word(self) -> &'static str {
        match self {
            Level::Trace => "TRACE",
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Notice => "NOTICE",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
            Level::Critical => "CRITICAL",
        }
    }

    /// What a word means, in capitals, small or like a name, long or short.
    pub fn named(word: &[u8]) -> Option<Self> {
        Self::spelled(word).filter(|_| is_of_one_case(word))
    }

    fn spelled(word: &[u8]) -> Option<Self> {
        let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        let any = |names: &[&str]| names.iter().any(|name| is(name));
        // The first letter decides which words to compare: most lines are judged by it.
        Some(match word.first()?.to_ascii_uppercase() {
            b'D' if any(&["DEBUG", "DBG", "DEBU", "DBUG", "DEBG"]) => Level::Debug,
            b'D' if is("DPANIC") => Level::Critical,
            b'D' if word.len() == 6 && is_numbered(word, b"DEBUG") => Level::Debug,
            b'T' if any(&["TRACE", "TRC", "TRAC", "TRCE"]) => Level::Trace,
            b'I' if any(&["INFO", "INF", "INFORMATION", "INFORMATIONAL"]) => Level::Info,
            b'N' if any(&["NOTICE", "NOTE"]) => Level::Notice,
            b'S' if any(&["SUCCESS"]) => Level::Notice,
            b'S' if any(&["SEVERE"]) => Level::Error,
            b'L' if is("LOG") => Level::Info,
            b'W' if any(&["WARNING", "WARN", "WRN"]) => Level::Warning,
            b'E' if any(&["ERROR", "ERR", "ERRO"]) => Level::Error,
            b'E' if any(&["EMERG", "EMERGENCY"]) => Level::Critical,
            b'A' if is("ALERT") => Level::Critical,
            b'C' if any(&["CRITICAL", "CRIT"]) => Level::Critical,
            b'C' if is("CONFIG") => Level::Debug,
            b'F' if any(&["FATAL", "FTL", "FATA"]) => Level::Critical,
            b'F' if is("FAIL") => Level::Error,
            b'F' if is("FINE") => Level::Debug,
            b'F' if any(&["FINER", "FINEST"]) => Level::Trace,
            b'P' if any(&["PANIC", "PANI", "PNC"]) => Level::Critical,
            b'V' if any(&["VERBOSE", "VRB"]) => Level::Trace,
            _ => return None,
        })
    }

    /// What a word means that has no other meaning.
    pub(super) fn plain(word: &[u8]) -> Option<Self> {
        let level = Self::named(word)?;
        let others: [&[u8]; 7] = [
            b"SUCCESS", b"LOG", b"NOTE", b"FAIL", b"FINE", b"CONFIG", b"ALERT",
        ];
        (!others.iter().any(|other| word.eq_ignore_ascii_case(other))).then_some(level)
    }

    /// The level of a word that stands where a level does. A word that is not known is one of
    /// its own, which counts as information, or by its number.
    pub fn of(word: &[u8]) -> NamedLevel<'_> {
        let own = || Some(String::from_utf8_lossy(word));
        match Self::named(word) {
            Some(Level::Notice) if word.eq_ignore_ascii_case(b"SUCCESS") => {
                (Level::Notice, Some("SUCCESS".into()))
            }
            Some(level) => (level, None),
            None => match numbered(word) {
                Some(number) => (Self::python(number), own()),
                None => (Level::Info, own()),
            },
        }
    }

    /// By the numbers of Python.
    pub fn python(number: u32) -> Self {
        match number {
            0..10 => Level::Trace,
            10..20 => Level::Debug,
            20..25 => Level::Info,
            25..30 => Level::Notice,
            30..40 => Level::Warning,
            40..50 => Level::Error,
            50.. => Level::Critical,
        }
    }

    /// By a number in JSON: those of syslog up to 7, else those of pino and bunyan.
    pub fn numeric(number: u32) -> Self {
        match number {
            0..8 => Self::syslog(number),
            8..20 => Level::Trace,
            20..30 => Level::Debug,
            30..40 => Level::Info,
            40..50 => Level::Warning,
            50..60 => Level::Error,
            60.. => Level::Critical,
        }
    }

    /// By the priorities of syslog.
    pub fn syslog(priority: u32) -> Self {
        match priority % 8 {
            0..=2 => Level::Critical,
            3 => Level::Error,
            4 => Level::Warning,
            5 => Level::Notice,
            6 => Level::Info,
            _ => Level::Debug,
        }
    }

    /// By the letter that glog, Ruby, `MongoDB` and others write.
    pub fn letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'T' | b'V' => Level::Trace,
            b'D' => Level::Debug,
            b'I' => Level::Info,
            b'N' => Level::Notice,
            b'W' => Level::Warning,
            b'E' => Level::Error,
            b'C' | b'F' => Level::Critical,
            _ => return None,
        })
    }
}

/// Whether a word stands where a level may and looks like one that has a name of its own.
pub(super) fn may_be_one(word: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
    (3..=16).contains(&word.len()) && word.iter().all(is_name) || numbered(word).is_some()
}

/// The number of `Level 35`.
fn numbered(word: &[u8]) -> Option<u32> {
    str::from_utf8(word.strip_prefix(b"Level ")?)
        .ok()?
        .parse()
        .ok()
}

fn is_of_one_case(word: &[u8]) -> bool {
    let [first, rest @ ..] = word else {
        return false;
    };
    let is_small = !rest.iter().any(u8::is_ascii_uppercase);
    is_small || (first.is_ascii_uppercase() && !rest.iter().any(u8::is_ascii_lowercase))
}

fn is_numbered(word: &[u8], name: &[u8]) -> bool {
    word[..name.len()].eq_ignore_ascii_case(name) && word[name.len()].is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_of_another_name_has_its_place() {
        let of = |word: &str| {
            let (level, name) = Level::of(word.as_bytes());
            (level, name.map(Cow::into_owned))
        };

        assert_eq!(of("warn"), (Level::Warning, None));
        assert_eq!(of("SUCCESS"), (Level::Notice, Some("SUCCESS".into())));
        assert_eq!(of("Level 35"), (Level::Warning, Some("Level 35".into())));
        assert_eq!(of("AUDIT"), (Level::Info, Some("AUDIT".into())));
        assert_eq!(Level::numeric(50), Level::Error);
        assert_eq!(Level::numeric(3), Level::Error);
        assert!(Level::ALL.is_sorted());
    }
}
