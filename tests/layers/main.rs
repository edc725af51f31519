//! The layer rule: `bin -> ui -> app -> os -> model`, imports point right only.
//!
//! Every source file is parsed, for every platform and feature at once, and each path
//! that it names is held against what its layer may know.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and its name says what it shows"
)]

mod broken;
mod circles;
mod claims;
mod paths;
mod rules;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use circles::circles;
use paths::Source;
use rules::breaches;

#[test]
fn every_source_file_keeps_to_its_layer() {
    let sources = sources();
    assert!(
        sources.len() > 30,
        "only {} files were found",
        sources.len()
    );

    let found: Vec<String> = sources.values().flat_map(breaches).collect();

    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let found = circles(sources().values());

    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_layer_has_its_files() {
    let sources = sources();

    for layer in ["app", "bin", "model", "os", "ui/cli"] {
        let files = sources.keys().filter(|name| name.starts_with(layer));
        assert!(files.count() > 0, "no files of {layer} were checked");
    }
}

/// Every file under `src/` by its path from there, without those that only tests use.
fn sources() -> BTreeMap<String, Source> {
    let mut sources = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    read(&root, &root, &mut sources);
    let only_for_tests: Vec<Vec<String>> = sources
        .values()
        .flat_map(|source: &Source| source.modules_for_tests.clone())
        .collect();
    sources.retain(|_, source| {
        !only_for_tests
            .iter()
            .any(|module| source.module.starts_with(module))
    });
    sources
}

fn read(root: &Path, folder: &Path, sources: &mut BTreeMap<String, Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let source = Source::read(&name, &fs::read_to_string(&path).unwrap());
            sources.insert(name, source);
        }
    }
}
