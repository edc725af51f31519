//! The anchors that GitHub gives to headings.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of events grow with Markdown"
)]

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// The anchors of a page, in order.
pub fn of(text: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut heading = None;
    for event in Parser::new(text) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(String::new()),
            (Event::End(TagEnd::Heading(_)), Some(text)) => {
                let slug = slug(text);
                let count = seen.entry(slug.clone()).or_default();
                anchors.push(match *count {
                    0 => slug,
                    again => format!("{slug}-{again}"),
                });
                *count += 1;
                heading = None;
            }
            (Event::Text(part) | Event::Code(part), Some(text)) => *text += &part,
            (Event::SoftBreak, Some(text)) => text.push(' '),
            _ => {}
        }
    }
    anchors
}

/// Lower case, spaces made hyphens, punctuation left out.
fn slug(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn anchors_are_those_of_github() {
    let text = "# On a Mac\n## \"invalid PID\"\n### `pid_file`: what, why?\n## A – b\n# On a Mac\n\
                ```\n# no heading\n```\n";

    assert_eq!(
        of(text),
        [
            "on-a-mac",
            "invalid-pid",
            "pid_file-what-why",
            "a--b",
            "on-a-mac-1"
        ]
    );
}
