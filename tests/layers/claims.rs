//! SECURITY.md names the test that holds each of its claims.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use syn::visit::Visit;

#[test]
fn each_claim_in_security_md_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let tests_in = |file: &str| {
        let source = fs::read_to_string(root.join(file)).unwrap_or_default();
        tests(&source)
    };

    let found = flaws(&text, tests_in);

    assert!(found.is_empty(), "\n{}", found.join("\n"));
    assert!(
        references(&text).len() > 40,
        "the references were not found"
    );
}

/// Claims without a test, and tests that are not there, in words. A claim is an item of
/// a list.
fn flaws(text: &str, tests_in: impl Fn(&str) -> BTreeSet<String>) -> Vec<String> {
    let without_test = text
        .split("\n- ")
        .skip(1)
        .map(|item| item.split("\n\n").next().unwrap_or_default())
        .filter(|claim| references(claim).is_empty())
        .map(|claim| format!("no test holds: {claim}"));
    let missing = references(text)
        .into_iter()
        .filter(|(file, name)| !tests_in(file).contains(name))
        .map(|(file, name)| format!("no test `{name}` in {file}"));
    without_test.chain(missing).collect()
}

/// What stands as `file.rs: name`, which may go on in the next line.
fn references(text: &str) -> Vec<(String, String)> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once(".rs:"))
        .map(|(file, name)| (format!("{file}.rs"), name.trim().to_owned()))
        .collect()
}

/// The names of all tests in a source file.
fn tests(source: &str) -> BTreeSet<String> {
    struct Tests(BTreeSet<String>);
    impl<'ast> Visit<'ast> for Tests {
        fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
            if function.attrs.iter().any(|a| a.path().is_ident("test")) {
                self.0.insert(function.sig.ident.to_string());
            }
        }
    }
    let mut tests = Tests(BTreeSet::new());
    tests.visit_file(&syn::parse_file(source).unwrap());
    tests.0
}

#[test]
fn a_claim_whose_test_is_missing_is_found() {
    let source = "#[test] fn held() {}  fn helper() {}  mod m { #[test] fn inner() {} }";
    let text = "- A.\n  `tests/a.rs: held`\n- B.\n  `tests/a.rs:\n  inner`\n\n\
                - C.\n\n`tests/a.rs: helper` and `code`\n- D. `tests/b.rs: held`\n";

    let found = flaws(text, |file| {
        tests(if file == "tests/a.rs" { source } else { "" })
    });

    assert_eq!(
        found,
        [
            "no test holds: C.",
            "no test `helper` in tests/a.rs",
            "no test `held` in tests/b.rs",
        ]
    );
}
