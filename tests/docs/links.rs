//! The links of every page of the project.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of events grow with Markdown"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{BrokenLink, CowStr, Event, LinkType, Options, Parser, Tag};

use crate::anchors;

/// What no link is: it marks a reference that leads to no definition.
const UNDEFINED: &str = "undefined:";

/// Every Markdown page below a folder, by its path from there.
pub fn pages(root: &Path) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    collect(root, root, &mut pages);
    pages
}

fn collect(root: &Path, folder: &Path, pages: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if name != "target" && name != ".git" {
                collect(root, &path, pages);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            pages.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The links and pictures of a page, each with its line.
pub fn of(text: &str) -> Vec<(usize, String)> {
    let undefined = |link: BrokenLink<'_>| {
        // `[..]` alone is a text in brackets.
        let is_meant = matches!(link.link_type, LinkType::Reference | LinkType::Collapsed);
        let target: CowStr<'_> = format!("{UNDEFINED}{}", link.reference).into();
        is_meant.then_some((target, CowStr::from("")))
    };
    Parser::new_with_broken_link_callback(text, Options::ENABLE_TABLES, Some(undefined))
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                let line = text[..range.start].matches('\n').count() + 1;
                Some((line, dest_url.into_string()))
            }
            _ => None,
        })
        .collect()
}

/// The links that lead into nothing, in words.
pub fn flaws(root: &Path, pages: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in pages {
        for (line, link) in of(text) {
            if let Err(why) = follow(root, pages, name, &link) {
                found.push(format!("{name}:{line}: {link}: {why}"));
            }
        }
    }
    found
}

fn follow(
    root: &Path,
    pages: &BTreeMap<String, String>,
    from: &str,
    link: &str,
) -> Result<(), &'static str> {
    if link.starts_with(UNDEFINED) {
        return Err("it is defined nowhere");
    }
    if link.contains("://") || link.starts_with("mailto:") {
        return external(link);
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() {
        PathBuf::from(from)
    } else {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        plain(&folder.join(path)).ok_or("it leads out of the project")?
    };
    if !root.join(&target).exists() && !pages.contains_key(&target.display().to_string()) {
        return Err("there is no such file");
    }
    if link.contains('#') {
        let page = pages.get(&target.display().to_string());
        let text = page.ok_or("it is no page that has anchors")?;
        if !anchors::of(text).iter().any(|known| known == anchor) {
            return Err("there is no such heading");
        }
    }
    Ok(())
}

/// The path without `..`; nothing where it leads out.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir if plain.pop() => {}
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}

fn external(link: &str) -> Result<(), &'static str> {
    if !link.starts_with("https://") {
        return Err("it is not https");
    }
    let address: http::Uri = link.parse().map_err(|_| "it is no address")?;
    match address.host() {
        Some(host) if host.contains('.') && address.port().is_none() => Ok(()),
        Some(_) | None => Err("its host has no name that others know"),
    }
}
