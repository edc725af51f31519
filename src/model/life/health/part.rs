//! A part of a daemon, as the daemon's health report describes it.

use crate::model::text;

/// A check or a handler, or the daemon as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// Which of them it is.
    pub kind: PartKind,
    /// Its name; `daemon` for the whole.
    pub name: String,
    /// The word that it says about itself, such as `unhealthy`; nothing if that is a bare yes
    /// or no.
    pub word: Option<String>,
    /// What it also says, such as `error rate 100 %`.
    pub detail: Option<String>,
    /// What follows from that; nothing where the word is not known.
    pub is_well: Option<bool>,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartKind {
    /// The daemon as a whole.
    Whole,
    /// Something that the daemon checks of itself.
    Check,
    /// Something that works for it.
    Handler,
}

impl Part {
    pub(super) fn new(
        kind: PartKind,
        name: &str,
        verdict: &PartVerdict,
        detail: Option<&str>,
    ) -> Self {
        const LONGEST: usize = 80;
        let fit = |text: &str| text::printable(&text::shortened(text, LONGEST));
        let (word, is_well) = match verdict {
            PartVerdict::Plain(is_well) => (None, Some(*is_well)),
            PartVerdict::Word(word) => (Some(fit(word)), judge(word)),
        };
        Self {
            kind,
            name: fit(name),
            word,
            detail: detail.and_then(first_line).map(fit),
            is_well,
        }
    }

    /// Whether it says that it fails.
    pub fn fails(&self) -> bool {
        self.is_well == Some(false)
    }

    /// How it is, in a few words: `file_watcher fails`, `youtube unhealthy (error rate 100 %)`.
    pub fn sentence(&self) -> String {
        let Self { name, detail, .. } = self;
        let says = match (&self.word, self.is_well) {
            (Some(word), _) => word.as_str(),
            (None, Some(false)) => "fails",
            (None, Some(true) | None) => "ok",
        };
        match detail {
            Some(detail) if self.fails() => format!("{name} {says} ({detail})"),
            Some(_) | None => format!("{name} {says}"),
        }
    }
}

/// The parts that fail. What is said about the whole counts only if no other part says what it
/// is that fails.
pub fn failing(parts: &[Part]) -> Vec<&Part> {
    let is_whole = |part: &Part| part.kind == PartKind::Whole || part.name == "daemon";
    let fail = || parts.iter().filter(|part| part.fails());
    let told: Vec<&Part> = fail().filter(|part| !is_whole(part)).collect();
    if told.is_empty() {
        fail().take(1).collect()
    } else {
        told
    }
}

/// How several parts are, in one line.
pub fn sentence<'a>(parts: impl IntoIterator<Item = &'a Part>) -> String {
    const LONGEST: usize = 300;
    let said: Vec<String> = parts.into_iter().map(Part::sentence).collect();
    text::shortened(&said.join("; "), LONGEST)
}

/// What a report says about a part.
pub(super) enum PartVerdict {
    /// Yes or no.
    Plain(bool),
    /// A word of its own.
    Word(String),
}

/// Whether a word means well. Only words that are known to be bad are bad: nobody is to be
/// alarmed by one that nobody has heard.
fn judge(word: &str) -> Option<bool> {
    const BAD: &[&str] = &[
        "bad",
        "broken",
        "crashed",
        "critical",
        "dead",
        "degraded",
        "disconnected",
        "down",
        "error",
        "fail",
        "failed",
        "failing",
        "failure",
        "false",
        "fatal",
        "notok",
        "notready",
        "offline",
        "outofservice",
        "timeout",
        "unavailable",
        "unhealthy",
        "unreachable",
    ];
    const GOOD: &[&str] = &[
        "active",
        "alive",
        "available",
        "connected",
        "disabled",
        "enabled",
        "good",
        "healthy",
        "idle",
        "normal",
        "ok",
        "okay",
        "online",
        "operational",
        "pass",
        "passed",
        "passing",
        "ready",
        "running",
        "serving",
        "started",
        "success",
        "true",
        "up",
        "working",
    ];
    // `OUT_OF_SERVICE`, `not ready`.
    let bare: String = word
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if BAD.contains(&bare.as_str()) {
        Some(false)
    } else {
        GOOD.contains(&bare.as_str()).then_some(true)
    }
}

/// The first line that says something.
pub(super) fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}
