//! The pages for people, held to what they say: each command in them is run, in a home of its
//! own, and each answer compared; what a page quotes is what the program says; no link leads
//! into nothing.
//!
//! What a page needs behind the reader's back stands in its comments, such as
//! `<!-- home: set up -->`: see `page.rs`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and its name says what it shows"
)]

mod anchors;
#[path = "../cli/answer.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod answer;
mod broken;
#[path = "../cli/caller.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod caller;
mod compare;
#[path = "../cli/home.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod home;
mod links;
mod literals;
mod marks;
mod page;
#[path = "../cli/process.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod process;
mod quotes;
mod sandbox;
#[path = "../cli/skip.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod skip;
mod terminal;
mod walk;

use std::fs;
use std::path::Path;

use page::Page;

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    walk::through(&page("README.md"));
}

#[test]
fn every_command_of_the_guide_does_what_it_says() {
    walk::through(&page("docs/guide.md"));
}

#[test]
fn every_command_of_the_troubleshooting_page_does_what_it_says() {
    walk::through(&page("docs/troubleshooting.md"));
}

#[test]
fn what_the_pages_quote_is_what_the_program_says() {
    let literals = literals::of_sources(&root().join("src"));
    assert!(literals.len() > 500, "only {} were found", literals.len());
    for (name, least) in [("docs/guide.md", 1), ("docs/troubleshooting.md", 20)] {
        let page = page(name);

        let found = quotes::flaws(&page, &literals);

        assert!(found.is_empty(), "\n{}", found.join("\n"));
        let count = page.quotes().len();
        assert!(count >= least, "{name}: only {count} quotes were found");
    }
}

#[test]
fn no_link_of_any_page_leads_into_nothing() {
    let pages = links::pages(&root());
    let names: Vec<&str> = pages.keys().map(String::as_str).collect();
    for name in ["README.md", "docs/guide.md", "docs/decisions/README.md"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    let count: usize = pages.values().map(|text| links::of(text).len()).sum();
    assert!(count > 60, "only {count} links were found");

    let found = links::flaws(&root(), &pages);

    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn page(name: &str) -> Page {
    Page::read(name, &fs::read_to_string(root().join(name)).unwrap())
}
