//! Every text in the source that the program may say: its string literals, but for those of
//! tests and documentation.

use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The literals of all source files below a folder.
pub fn of_sources(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(of_sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(of_source(&fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The literals of a source text.
pub fn of_source(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(text.parse().unwrap(), &mut found);
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                // `#![…]` is about what it stands in.
                tokens.next_if(|token| is_mark(token, '!'));
                let Some(TokenTree::Group(attribute)) = tokens.next() else {
                    continue;
                };
                match attribute.stream().to_string().as_str() {
                    "cfg (test)" | "cfg(test)" => pass_over_item(&mut tokens),
                    text if text.starts_with("doc =") => {}
                    _ => collect(attribute.stream(), found),
                }
            }
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Literal(literal) => {
                let text = syn::parse_str::<syn::LitStr>(&literal.to_string());
                found.extend(text.map(|text| text.value()));
            }
            TokenTree::Punct(_) | TokenTree::Ident(_) => {}
        }
    }
}

/// To the end of the item that begins here: its body, or its semicolon.
fn pass_over_item(tokens: &mut impl Iterator<Item = TokenTree>) {
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    tokens.find(|token| is_body(token) || is_mark(token, ';'));
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

#[test]
fn literals_are_found_wherever_they_stand_but_in_tests_and_documentation() {
    let source = r#"
        //! "module"
        /// "item"
        #[error("in an attribute {pid}")]
        fn f() { g!("in a macro", [1, "deep"]); let _ = "over \
            two lines"; }
        #[cfg(test)]
        use x;
        #[cfg(test)]
        mod tests { const T: &str = "in a test"; }
        const AFTER: &str = "after";
    "#;

    let found = of_source(source);

    assert_eq!(
        found,
        [
            "in an attribute {pid}",
            "in a macro",
            "deep",
            "over two lines",
            "after"
        ]
    );
}
