//! How serious an entry is.

/// Severity, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

impl Level {
    /// All of them, least first.
    pub const ALL: [Self; 5] = [
        Level::Debug,
        Level::Info,
        Level::Warning,
        Level::Error,
        Level::Critical,
    ];

    /// The word for it in a log.
    pub fn word(self) -> &'static str {
        match self {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
            Level::Critical => "CRITICAL",
        }
    }

    /// What a word means, in capitals or not.
    pub fn named(word: &[u8]) -> Option<Self> {
        let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        // The first letter decides which words to compare: most lines are judged by it.
        Some(match word.first()?.to_ascii_uppercase() {
            b'D' if is("DEBUG") => Level::Debug,
            b'T' if is("TRACE") => Level::Debug,
            b'I' if is("INFO") => Level::Info,
            b'W' if is("WARNING") || is("WARN") => Level::Warning,
            b'E' if is("ERROR") => Level::Error,
            b'C' if is("CRITICAL") => Level::Critical,
            b'F' if is("FATAL") => Level::Critical,
            _ => return None,
        })
    }
}
