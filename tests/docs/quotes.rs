//! What a page quotes of the program: the lines of its `text` blocks, and what stands between
//! quotation marks in its prose.
//!
//! A literal of the source has it, or, in prose, a line of an answer on the same page, which
//! is compared when the page is walked through. `[..]` and `…` stand for what varies.

use crate::page::{Kind, Page};

/// The quotes that the program does not say, in words.
pub fn flaws(page: &Page, literals: &[String]) -> Vec<String> {
    let of = |kind| page.blocks.iter().filter(move |block| block.kind == kind);
    let said: Vec<&str> = of(Kind::Compare)
        .flat_map(|block| block.text.lines())
        .collect();
    let in_source = |quote: &str| literals.iter().any(|literal| has(literal, quote));
    let in_blocks = of(Kind::Quote)
        .flat_map(|block| block.text.lines().map(move |line| (block.line, line)))
        .filter(|(_, quote)| !in_source(quote));
    let in_prose = page
        .quotes()
        .into_iter()
        .filter(|(_, quote)| !in_source(quote) && !said.iter().any(|line| has(line, quote)));
    in_blocks
        .chain(in_prose)
        .map(|(line, quote)| format!("{}:{line}: it never says {quote:?}", page.name))
        .collect()
}

/// Whether a text has all parts of a quote that do not vary, in order.
fn has(text: &str, quote: &str) -> bool {
    let quote = quote.replace('…', "[..]");
    let mut rest = text;
    let mut parts = quote
        .split("[..]")
        .filter(|part| !part.trim().is_empty())
        .peekable();
    parts.peek().is_some()
        && parts.all(|part| {
            rest.split_once(part)
                .map(|(_, behind)| rest = behind)
                .is_some()
        })
}

#[test]
fn a_quote_may_leave_out_what_varies() {
    let literal = "cannot read '{path}': found {what}";

    assert!(has(literal, "cannot read"));
    assert!(has(literal, "cannot read '…': found …"));
    assert!(has(literal, "cannot read '[..]"));
    assert!(!has(literal, "cannot read '/etc/x'"));
    assert!(!has(literal, "found … cannot"));
    assert!(!has(literal, "…"));
}
