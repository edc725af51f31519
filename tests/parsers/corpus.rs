//! What the fuzz targets begin with, and what they once found.

use std::fs;
use std::path::Path;

use crate::rules;

#[test]
fn the_rules_hold_for_the_corpus_of_the_fuzz_targets() {
    for (target, rule) in [
        ("pid_file", rules::pid_file as fn(&[u8])),
        ("record", rules::record),
        ("config", |bytes| {
            rules::config(&String::from_utf8_lossy(bytes));
        }),
        ("log_line", |bytes| {
            rules::log_line(bytes);
        }),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        let files: Vec<_> = fs::read_dir(folder.join(target)).unwrap().collect();
        assert!(files.len() >= 10, "{target} has only {}", files.len());

        for file in files {
            rule(&fs::read(file.unwrap().path()).unwrap());
        }
    }
}
