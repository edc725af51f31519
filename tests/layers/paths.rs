//! What a source file names: each path from its beginning, wherever it stands.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "syn's kinds of items grow with the language"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, Macro, UseTree, Visibility};

/// A source file, read.
#[derive(Debug)]
pub struct Source {
    /// Its path under `src/`.
    pub name: String,
    /// The module that it is, from the crate's root.
    pub module: Vec<String>,
    /// The paths that it names, from `crate` or an external crate on; `*` for all of
    /// a module.
    pub paths: BTreeSet<Vec<String>>,
    /// What of other files it passes on, by the name that it gives to it.
    pub passed_on: BTreeMap<String, Vec<String>>,
    /// The macros that it calls, by their last name.
    pub macros: BTreeSet<String>,
    /// Whether it asks for the operating system it is built for.
    pub asks_for_target: bool,
    /// The modules that it declares for tests only.
    pub modules_for_tests: Vec<Vec<String>>,
}

impl Source {
    /// Reads a file whose path under `src/` is `name`.
    pub fn read(name: &str, text: &str) -> Self {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut names = Names::default();
        names.visit_file(&file);
        let module = module_of(name);
        let mut reader = Reader {
            names,
            here: module.clone(),
            source: Source {
                name: name.to_owned(),
                module,
                paths: BTreeSet::new(),
                passed_on: BTreeMap::new(),
                macros: BTreeSet::new(),
                asks_for_target: false,
                modules_for_tests: Vec::new(),
            },
        };
        reader.visit_file(&file);
        reader.source
    }
}

/// `os/process/mod.rs` is `os::process`, `lib.rs` the root itself.
fn module_of(name: &str) -> Vec<String> {
    let name = name.trim_end_matches(".rs");
    let name = name.strip_suffix("/mod").unwrap_or(name);
    if name == "lib" {
        return Vec::new();
    }
    name.split('/').map(str::to_owned).collect()
}

/// What the names of a file stand for.
#[derive(Default)]
struct Names {
    /// Imported names with the paths that they were imported by.
    imported: HashMap<String, Vec<String>>,
    /// Modules that the file declares.
    declared: HashSet<String>,
}

impl Visit<'_> for Names {
    fn visit_item(&mut self, item: &Item) {
        match item {
            Item::Use(import) if !is_for_tests(&import.attrs) => {
                for (path, name) in flatten(&import.tree) {
                    self.imported.insert(name, path);
                }
            }
            Item::ExternCrate(import) => {
                let name = import
                    .rename
                    .as_ref()
                    .map_or(&import.ident, |(_, name)| name);
                self.imported
                    .insert(name.to_string(), vec![import.ident.to_string()]);
            }
            Item::Mod(module) if !is_for_tests(&module.attrs) => {
                self.declared.insert(module.ident.to_string());
                visit::visit_item_mod(self, module);
            }
            Item::Mod(_) => {}
            other => visit::visit_item(self, other),
        }
    }
}

impl Names {
    /// The path from the crate's root or from an external crate on.
    fn resolve(&self, path: &[String], here: &[String]) -> Vec<String> {
        let mut path = path.to_vec();
        // A name may be imported through another imported name; the bound guards
        // against a circle, which no compiler would accept.
        for _ in 0..8 {
            match self.imported.get(&path[0]) {
                Some(target) if target[0] != path[0] => {
                    path.splice(..1, target.iter().cloned());
                }
                Some(target) if target.len() > 1 && path.len() == 1 => path.clone_from(target),
                Some(_) | None => break,
            }
        }
        let mut module = here.to_vec();
        let mut rest = path.as_slice();
        match path[0].as_str() {
            "crate" => return path,
            "self" | "super" => {
                while let Some((first, others)) = rest.split_first() {
                    match first.as_str() {
                        "self" => {}
                        "super" => drop(module.pop()),
                        _ => break,
                    }
                    rest = others;
                }
            }
            name if self.declared.contains(name) => {}
            _ => return path,
        }
        let root = ["crate".to_owned()];
        root.iter().chain(&module).chain(rest).cloned().collect()
    }
}

struct Reader {
    names: Names,
    /// The module that is being read: a file's own, or one inside it.
    here: Vec<String>,
    source: Source,
}

impl Reader {
    fn found(&mut self, path: &[String]) {
        let resolved = self.names.resolve(path, &self.here);
        self.source.paths.insert(resolved);
    }

    /// What stands in a macro or an attribute is not parsed: it is read word by word.
    fn read_tokens(&mut self, tokens: &str) {
        for path in paths_in(tokens) {
            self.found(&path);
        }
    }
}

impl Visit<'_> for Reader {
    fn visit_item(&mut self, item: &Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        } else if let Item::Mod(module) = item {
            let name = module.ident.to_string();
            let path = self.here.iter().cloned().chain([name]).collect();
            self.source.modules_for_tests.push(path);
        }
    }

    fn visit_item_mod(&mut self, module: &ItemMod) {
        self.here.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.here.pop();
    }

    fn visit_item_use(&mut self, import: &syn::ItemUse) {
        for (path, name) in flatten(&import.tree) {
            self.found(&path);
            if !matches!(import.vis, Visibility::Inherited) && self.here == self.source.module {
                let resolved = self.names.resolve(&path, &self.here);
                self.source.passed_on.insert(name, resolved);
            }
        }
        for attribute in &import.attrs {
            self.visit_attribute(attribute);
        }
    }

    fn visit_item_extern_crate(&mut self, import: &syn::ItemExternCrate) {
        self.found(&[import.ident.to_string()]);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.found(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &Macro) {
        if let Some(last) = call.path.segments.last() {
            self.source.macros.insert(last.ident.to_string());
            if last.ident == "cfg" && asks_for_target(&call.tokens.to_string()) {
                self.source.asks_for_target = true;
            }
        }
        self.read_tokens(&call.tokens.to_string());
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &Attribute) {
        let tokens = tokens(attribute);
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            self.source.asks_for_target |= asks_for_target(&tokens);
        }
        self.read_tokens(&tokens);
        visit::visit_attribute(self, attribute);
    }
}

fn asks_for_target(tokens: &str) -> bool {
    ["target_os", "target_family", "target_vendor"]
        .iter()
        .any(|word| tokens.contains(word))
}

/// Every path of a tree of imports, with the name that it is imported under.
fn flatten(tree: &UseTree) -> Vec<(Vec<String>, String)> {
    match tree {
        UseTree::Path(path) => {
            let mut all = flatten(&path.tree);
            for (segments, name) in &mut all {
                if segments[0] == "self" {
                    segments.clear();
                }
                if name == "self" {
                    *name = path.ident.to_string();
                }
                segments.insert(0, path.ident.to_string());
            }
            all
        }
        UseTree::Name(name) => vec![(vec![name.ident.to_string()], name.ident.to_string())],
        UseTree::Rename(name) => vec![(vec![name.ident.to_string()], name.rename.to_string())],
        UseTree::Glob(_) => vec![(vec!["*".into()], "*".into())],
        UseTree::Group(group) => group.items.iter().flat_map(flatten).collect(),
    }
}

/// The paths of two or more parts in the text of tokens, strings left out.
fn paths_in(tokens: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut joined = false;
    let mut end = |path: &mut Vec<String>| {
        if path.len() > 1 {
            paths.push(std::mem::take(path));
        }
        path.clear();
    };
    for word in words_in(tokens) {
        if word == "::" {
            joined = true;
            continue;
        }
        let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if !(joined && is_name) {
            end(&mut path);
        }
        if is_name {
            path.push(word);
        }
        joined = false;
    }
    end(&mut path);
    paths
}

/// Names, `::`, and a mark for anything else.
fn words_in(tokens: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = tokens;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            ':' if rest.starts_with("::") => 2,
            c if c.is_alphanumeric() || c == '_' => rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (word, others) = rest.split_at(length);
        if !first.is_whitespace() {
            words.push(word.to_owned());
        }
        rest = others;
    }
    words
}

/// The length of a string literal with both of its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return index + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Whether something is compiled for tests alone.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let tokens = tokens(attribute);
        attribute.path().is_ident("cfg")
            && (tokens == "test" || tokens.replace(' ', "").starts_with("all(test,"))
    })
}

fn tokens(attribute: &Attribute) -> String {
    match &attribute.meta {
        syn::Meta::Path(_) => String::new(),
        syn::Meta::List(list) => list.tokens.to_string(),
        // The value is an expression, which is visited as one.
        syn::Meta::NameValue(_) => String::new(),
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
