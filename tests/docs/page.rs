//! A page as the test reads it: its blocks in order, and what it says between them.
//!
//! | block | is |
//! |---|---|
//! | `sh` | run, and each line must succeed |
//! | `console` | run line by line (`$ …`), and what is said compared; one that fails must say so |
//! | `toml` | written over what the configuration file has |
//! | `text` | a quote: each line is something that the program says |
//!
//! Behind the language stand marks (`marks.rs`). A comment `<!-- sh … -->` or `<!-- toml … -->`
//! is such a block, too, that readers do not see; `<!-- home: empty -->` and
//! `<!-- home: set up -->` begin anew in another home.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of events grow with Markdown"
)]

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::marks;
use crate::sandbox::Start;

/// A page.
pub struct Page {
    pub name: String,
    pub blocks: Vec<Block>,
    /// What keeps it from being tested whole, in words.
    pub flaws: Vec<String>,
    /// Headings and paragraphs.
    pub prose: Vec<(usize, String)>,
}

/// A block of code, or a comment that is one.
pub struct Block {
    /// Its first line in the page, counted from 1.
    pub line: usize,
    pub kind: Kind,
    pub text: String,
}

/// What is to be done with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Run,
    Compare,
    Fill,
    Quote,
    Home(Start),
    /// Nothing, for this reason.
    Leave(&'static str),
}

impl Page {
    /// Takes a page apart.
    pub fn read(name: &str, text: &str) -> Self {
        let mut page = Self {
            name: name.to_owned(),
            blocks: Vec::new(),
            flaws: Vec::new(),
            prose: Vec::new(),
        };
        // The text of the block or the paragraph that is being read.
        let mut said = String::new();
        let mut info = None;
        let mut begin = 1;
        let options = Options::ENABLE_TABLES;
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            let line = text[..range.start].matches('\n').count() + 1;
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    (begin, info) = (line, Some(info_of(&kind)));
                    said.clear();
                }
                Event::End(TagEnd::CodeBlock) => {
                    let info = info.take().unwrap_or_default();
                    page.add(begin, &info, std::mem::take(&mut said));
                }
                Event::Start(Tag::HtmlBlock) => {
                    begin = line;
                    said.clear();
                }
                Event::End(TagEnd::HtmlBlock) => {
                    page.add_comment(begin, &std::mem::take(&mut said));
                }
                Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::Item | Tag::TableCell) => {
                    begin = line;
                }
                Event::End(
                    TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell,
                ) if !said.is_empty() => page.prose.push((begin, std::mem::take(&mut said))),
                // A quotation mark in code quotes nothing.
                Event::Code(code) => said += &format!("`{}`", code.replace('"', "'")),
                Event::Text(text) | Event::Html(text) => said += &text,
                Event::SoftBreak | Event::HardBreak => said.push(' '),
                _ => {}
            }
        }
        page
    }

    /// What stands between quotation marks in its prose, with the line.
    pub fn quotes(&self) -> Vec<(usize, &str)> {
        self.prose
            .iter()
            .flat_map(|(line, text)| {
                let parts = text.split('"').skip(1).step_by(2);
                parts.map(|quote| (*line, quote))
            })
            .collect()
    }

    fn add(&mut self, line: usize, info: &str, text: String) {
        let mut words = info.split_whitespace();
        let kind = match words.next() {
            Some("sh") => Kind::Run,
            Some("console") => Kind::Compare,
            Some("toml") => Kind::Fill,
            Some("text") => Kind::Quote,
            Some(other) => return self.flaw(line, &format!("nobody knows what '{other}' is")),
            None => return self.flaw(line, "the block does not say what it is"),
        };
        let kind = match marks::why_not(words) {
            Ok(None) => kind,
            Ok(Some(why)) => Kind::Leave(why),
            Err(mark) => return self.flaw(line, &format!("nobody knows the mark '{mark}'")),
        };
        self.blocks.push(Block { line, kind, text });
    }

    /// Comments: several may stand one below the other.
    fn add_comment(&mut self, line: usize, html: &str) {
        let mut rest = html.trim();
        while !rest.is_empty() {
            let inner = rest
                .strip_prefix("<!--")
                .and_then(|rest| rest.split_once("-->"));
            let Some((comment, behind)) = inner else {
                return self.flaw(line, "HTML that is no comment");
            };
            rest = behind.trim();
            match comment.trim() {
                "home: empty" => self.home(line, Start::Empty),
                "home: set up" => self.home(line, Start::SetUp),
                block => {
                    let (info, text) = block.split_once('\n').unwrap_or((block, ""));
                    self.add(line, info, format!("{text}\n"));
                }
            }
        }
    }

    fn home(&mut self, line: usize, start: Start) {
        self.blocks.push(Block {
            line,
            kind: Kind::Home(start),
            text: String::new(),
        });
    }

    fn flaw(&mut self, line: usize, what: &str) {
        self.flaws.push(format!("{}:{line}: {what}", self.name));
    }
}

fn info_of(kind: &CodeBlockKind) -> String {
    match kind {
        CodeBlockKind::Fenced(info) => info.to_string(),
        CodeBlockKind::Indented => String::new(),
    }
}
