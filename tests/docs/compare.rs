//! What a page shows beside what the program says: the same, but for what no two runs have in
//! common.

use std::sync::LazyLock;

use regex::Regex;
use snapbox::{Assert, IntoData};

/// What differs from run to run, and what it is compared as.
static VARYING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\b(pid|PID)( +)\d+", "${1}${2}812"),
        (r"\d{4}-\d{2}-\d{2}", "2026-11-22"),
        (r"\d{2}:\d{2}:\d{2}", "20:14:24"),
        (r"\(up [0-9dhms ]+\)", "(up 1s)"),
        (r"\d+(\.\d+)? [KMG]B( in \d+ processes)?", "24 MB"),
        (r"\d+\.\d % since its start", "1.0 % since its start"),
        (r"taken by \S+ \(", "taken by python3 ("),
    ]
    .map(|(pattern, shown)| (Regex::new(pattern).unwrap(), shown))
    .into()
});

/// Compares; an error shows the difference. In `expected`, `[..]` stands for any characters
/// and a line `...` for any lines.
pub fn compare(expected: &str, actual: &str) -> Result<(), String> {
    Assert::new()
        .normalize_paths(false)
        .try_eq(
            None,
            uniform(actual).into_data(),
            uniform(expected).into_data(),
        )
        .map_err(|difference| difference.to_string())
}

fn uniform(text: &str) -> String {
    let text = text.trim_end().to_owned();
    VARYING.iter().fold(text, |text, (pattern, shown)| {
        pattern.replace_all(&text, *shown).into_owned()
    })
}

#[test]
fn what_varies_is_the_same() {
    for (expected, actual) in [
        ("started (pid 812)", "started (pid 4194303)"),
        ("  pid        1", "  pid        22"),
        (
            "up: 2026-11-22 20:14:24 (up 1s)",
            "up: 2031-01-02 03:04:05 (up 2m 3s)",
        ),
        ("memory 24 MB", "memory 3.1 MB in 2 processes"),
        ("a\n...\nd", "a\nb\nc\nd"),
        ("a [..] d\n", "a b c d"),
    ] {
        assert_eq!(compare(expected, actual), Ok(()), "{expected}");
    }
}

#[test]
fn what_differs_is_shown() {
    for (expected, actual) in [
        ("started (pid 812)", "started"),
        ("is running", "is not running"),
        ("a\nd", "a\nb\nd"),
        ("a\n...\nd", "a\nb\n"),
        ("", "error: not running"),
        ("exit code 1", "exit code 2"),
    ] {
        let difference = compare(expected, actual).unwrap_err();

        assert!(
            difference.contains(actual.lines().next_back().unwrap()),
            "{difference}"
        );
    }
}
