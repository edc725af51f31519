//! Files that use each other in a circle: neither can be read, or changed, without the other.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::Source;

/// Every circle, with what each of its files uses.
pub fn circles<'a>(sources: impl Iterator<Item = &'a Source>) -> Vec<String> {
    let sources: BTreeMap<&[String], &Source> = sources
        .map(|source| (source.module.as_slice(), source))
        .collect();
    let used: BTreeMap<&str, BTreeSet<&str>> = sources
        .values()
        .map(|source| (source.name.as_str(), used_by(source, &sources)))
        .collect();
    let reached: BTreeMap<&str, BTreeSet<&str>> = used
        .keys()
        .map(|name| (*name, reached_from(name, &used)))
        .collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut circles = Vec::new();
    for (name, others) in &reached {
        if !others.contains(name) || told.contains(name) {
            continue;
        }
        let circle: BTreeSet<&str> = others
            .iter()
            .filter(|other| reached[**other].contains(name))
            .copied()
            .collect();
        let arrows = circle.iter().map(|file| {
            let next: Vec<&str> = used[file].intersection(&circle).copied().collect();
            format!("  {file} uses {}", next.join(", "))
        });
        circles.push(format!(
            "a circle:\n{}",
            arrows.collect::<Vec<_>>().join("\n")
        ));
        told.extend(circle);
    }
    circles
}

/// The other files whose items a file names, but for the heads of its own folders (`mod.rs`): what
/// such a folder is about stands there, for the files below it, and is read first.
fn used_by<'a>(source: &Source, sources: &BTreeMap<&[String], &'a Source>) -> BTreeSet<&'a str> {
    let paths = source.paths.iter();
    let files = paths.filter_map(|path| file_of(path.clone(), sources));
    files
        .filter(|file| !source.module.starts_with(&file.module))
        .map(|file| file.name.as_str())
        .collect()
}

/// The file in which a path's item stands, whoever passes it on.
fn file_of<'a>(
    mut path: Vec<String>,
    sources: &BTreeMap<&[String], &'a Source>,
) -> Option<&'a Source> {
    // The bound guards against a circle of its own, which no compiler would accept.
    for _ in 0..8 {
        let (root, inside) = path.split_first()?;
        if root != "crate" {
            return None;
        }
        let length = (0..=inside.len())
            .rev()
            .find(|length| sources.contains_key(&inside[..*length]))?;
        let source = sources[&inside[..length]];
        let next = inside
            .get(length)
            .and_then(|name| source.passed_on.get(name));
        let Some(next) = next else {
            return Some(source);
        };
        let rest = inside[length + 1..].to_vec();
        path = next.iter().cloned().chain(rest).collect();
    }
    None
}

fn reached_from<'a>(name: &str, used: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = used[name].iter().copied().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(&used[next]);
        }
    }
    reached
}
