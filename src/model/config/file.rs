//! What a configuration file may contain, and what is wrong with anything else.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, Key};
use super::{Draft, Origin};
use crate::model::{text, url};

/// What is wrong in a configuration text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Line, from 1.
    pub line: usize,
    /// The key that stands on that line, where one does.
    pub key: Option<String>,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The text of a file, which is one in UTF-8 (`toml.io`).
pub fn decode(bytes: Vec<u8>) -> Result<String, Flaw> {
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        let at = error.utf8_error().valid_up_to();
        let begin = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let (found, from) = match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => ("the file is UTF-16".to_owned(), "UTF-16"),
            _ => {
                let (place, byte) = (at - begin + 1, bytes[at]);
                (format!("byte {place} of the line, 0x{byte:02X}, is not UTF-8"), "WINDOWS-1252")
            }
        };
        let message = format!(
            "{found}, expected a text in UTF-8: save it so in your editor, or with `iconv -f {from} -t UTF-8`"
        );
        // What stands before it is text.
        flaw(&String::from_utf8_lossy(bytes), at, &message)
    })
}

impl Flaw {
    /// With the name of the file.
    pub fn at(&self, path: &Path) -> String {
        let key = self.key.as_ref().map(|key| format!("{key}: "));
        let key = key.unwrap_or_default();
        format!("{}:{}: {key}{}", path.display(), self.line, self.message)
    }
}

/// Where the value of each key begins, in bytes.
pub(super) type Starts = BTreeMap<&'static str, usize>;

/// A text as the TOML that it is.
pub(super) fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, Flaw> {
    DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let mut flaw = flaw(text, start, error.message());
        let mut lines = text.lines().map(str::trim);
        let line = lines.clone().nth(flaw.line - 1).unwrap_or_default();
        let first = lines.position(|other| other == line).unwrap_or(flaw.line) + 1;
        if line.starts_with('[') && first < flaw.line {
            let line = text::printable(line);
            flaw.message += &format!(": `{line}` is already in line {first}");
        }
        flaw
    })
}

/// Puts what the configuration file says of `[daemon]`, and of all daemons, into the draft.
pub(super) fn apply(
    document: &DeTable<'_>,
    text: &str,
    draft: &mut Draft,
    user_home: &Path,
) -> Result<Starts, Flaw> {
    read(entries(document), text, draft, user_home, Origin::File)
}

/// Puts what a table says of a daemon into the draft.
pub(super) fn read_daemon(
    table: &DeTable<'_>,
    text: &str,
    draft: &mut Draft,
    user_home: &Path,
    origin: Origin,
) -> Result<Starts, Flaw> {
    let mut entries = Vec::new();
    let added = add(&mut entries, table, &keys::of_daemon(), |name, value| {
        (name == "health").then(|| table_of(value, "health = { url = \"http://…\" }"))
    });
    read(added.map(|()| entries), text, draft, user_home, origin)
}

/// Puts the values of keys into the draft, in the order of the text.
fn read(
    entries: Result<Vec<Entry<'_, '_>>, At>,
    text: &str,
    draft: &mut Draft,
    user_home: &Path,
    origin: Origin,
) -> Result<Starts, Flaw> {
    let mut entries = entries.map_err(|(start, why)| flaw(text, start, &why))?;
    entries.sort_by_key(|(_, value)| value.span().start);
    let mut starts = Starts::new();
    for (key, value) in entries {
        key.field
            .read(draft, value.get_ref(), user_home)
            .map_err(|why| flaw(text, value.span().start, &why))?;
        draft.managed.origins.insert(key.name, origin);
        starts.insert(key.name, value.span().start);
    }
    // Here and not while it is read: another key has a say in it.
    if let Some(start) = starts.get("health.url") {
        let health = draft.health_mut();
        url::check_url(&health.url, health.allow_remote).map_err(|why| flaw(text, *start, &why))?;
    }
    Ok(starts)
}

type Entry<'a, 'i> = (&'static Key, &'a Spanned<DeValue<'i>>);

/// Where something begins that should not be there, and why not.
type At = (usize, String);

/// The values with their keys; if there is something else, where it begins, and why it should not be
/// there. Tables in which names stand instead of keys are read elsewhere.
fn entries<'a, 'i>(document: &'a DeTable<'i>) -> Result<Vec<Entry<'a, 'i>>, At> {
    let mut entries = Vec::new();
    for (table, content) in document {
        if keys::OTHER_TABLES.contains(&table.get_ref().as_ref()) {
            continue;
        }
        let known = keys::of_table(table.get_ref());
        if known.is_empty() {
            let why = unknown("table", table.get_ref(), &keys::tables());
            return Err((table.span().start, why));
        }
        let content = table_of(content, &format!("[{}]", table.get_ref()))?;
        add(&mut entries, content, &known, |_, _| None)?;
    }
    Ok(entries)
}

/// The table that the value of a key is, where that has keys of its own.
type Inner<'a, 'i> = fn(&str, &'a Spanned<DeValue<'i>>) -> Option<Result<&'a DeTable<'i>, At>>;

/// Adds the values of a table with their keys.
fn add<'a, 'i>(
    entries: &mut Vec<Entry<'a, 'i>>,
    table: &'a DeTable<'i>,
    known: &[(&'static str, &'static Key)],
    inner: Inner<'a, 'i>,
) -> Result<(), At> {
    for (name, value) in table {
        if let Some(table) = inner(name.get_ref(), value) {
            add(entries, table?, &keys::of_table(name.get_ref()), |_, _| {
                None
            })?;
            continue;
        }
        let Some((_, key)) = known.iter().find(|(known, _)| *known == name.get_ref()) else {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            return Err((name.span().start, unknown("key", name.get_ref(), &names)));
        };
        entries.push((*key, value));
    }
    Ok(())
}

/// The table that a value is.
fn table_of<'a, 'i>(value: &'a Spanned<DeValue<'i>>, such_as: &str) -> Result<&'a DeTable<'i>, At> {
    let why = || {
        (
            value.span().start,
            format!("expected a table, such as {such_as}"),
        )
    };
    value.get_ref().as_table().ok_or_else(why)
}

pub(super) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let listed = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    match text::nearest(name, known) {
        Some(near) => format!("unknown {what} `{name}`, did you mean `{near}`?"),
        None => format!("unknown {what} `{name}`, expected one of {}", listed(known)),
    }
}

/// The flaw that begins so many bytes behind the start of the text.
pub(super) fn flaw(text: &str, start: usize, message: &str) -> Flaw {
    let before = text.get(..start).unwrap_or(text);
    // What is not closed is missed behind the last line.
    let last = text.lines().count().saturating_sub(1);
    let line = before.matches('\n').count().min(last);
    let key = text.lines().nth(line).and_then(|line| {
        let (key, _) = line.split_once('=')?;
        let key = key.trim();
        let is_key = !key.is_empty() && !key.starts_with('#');
        (is_key && !key.contains(char::is_control)).then(|| key.to_owned())
    });
    Flaw {
        line: line + 1,
        key,
        message: text::printable(&message.trim().replace('\n', " ")),
    }
}

/// A configuration text with a boolean set; comments and order are kept.
#[cfg(feature = "tray")]
pub fn with_bool(text: &str, table: &str, key: &str, value: bool) -> Result<String, Flaw> {
    let mut document: toml_edit::DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| Flaw {
            line: 1,
            key: None,
            message: error.message().to_owned(),
        })?;
    let place = document
        .entry(table)
        .or_insert_with(toml_edit::table)
        .as_table_like_mut()
        .ok_or_else(|| Flaw {
            line: 1,
            key: Some(table.to_owned()),
            message: "expected a table".into(),
        })?;
    match place.get_mut(key).and_then(toml_edit::Item::as_value_mut) {
        Some(present) => {
            // A comment behind the value belongs to its decoration.
            let decor = present.decor().clone();
            *present = value.into();
            *present.decor_mut() = decor;
        }
        None => {
            place.insert(key, toml_edit::value(value));
        }
    }
    Ok(document.to_string())
}
