//! What a key may hold: how it is read, and how it is shown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeValue;

use super::defaults::blank;
use super::names::check_name;
use super::secrets::{self, Secrets};
use super::{Draft, PidFileOwner, Ready, Wanted, shell};
use crate::model::life::restart::Restart;
use crate::model::text::shortened;
use crate::model::words;

/// Where in a configuration a value is kept.
type At<T> = fn(&mut Draft) -> &mut T;

/// The type of a key, with its limits and the place of its value.
#[derive(Debug)]
pub enum Field {
    /// A text of some form.
    Text(&'static Form, At<String>),
    /// A command line, program first; the program may start with `~/`.
    Command(Empty, At<Vec<String>>),
    /// Variables of the environment.
    Variables(At<BTreeMap<String, String>>),
    /// A path.
    Path(At<PathBuf>),
    /// A path of some form, or none.
    File(&'static Form, At<PathBuf>),
    /// A path, or several.
    Paths(At<Vec<PathBuf>>),
    /// A duration within a range.
    Span(&'static Range, At<Duration>),
    /// A number, with the least and the greatest that fit.
    Number((u32, u32), At<u32>),
    /// Names of daemons.
    Names(At<Vec<String>>),
    /// A boolean.
    Switch(At<bool>),
    /// A word out of a few.
    Choice(fn(&mut Draft) -> &mut dyn Choice),
}

/// What it means that a command has no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// That there is no command.
    IsNone,
    /// Nothing: it is refused.
    IsWrong,
}

/// A form of text.
#[derive(Debug)]
pub struct Form {
    /// What it is, with its article.
    pub kind: &'static str,
    /// Whether a text has it.
    pub fits: fn(&str) -> bool,
}

/// A range of durations.
#[derive(Debug)]
pub struct Range {
    /// What it is, with its article.
    pub kind: &'static str,
    /// The shortest that fits.
    pub least: Duration,
    /// The longest that fits.
    pub most: Duration,
}

/// A value that has a word in the file.
pub trait Choice {
    /// The words, in the order in which they are named.
    fn words(&self) -> Vec<&'static str>;
    /// The word for the value.
    fn word(&self) -> Cow<'static, str>;
    /// Takes the value of a word, if it is one.
    fn choose(&mut self, word: &str) -> Option<()>;
}

/// An enumeration with a word for each value.
trait Words: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

impl<T: Words> Choice for T {
    fn words(&self) -> Vec<&'static str> {
        T::WORDS.iter().map(|(word, _)| *word).collect()
    }

    fn word(&self) -> Cow<'static, str> {
        let found = T::WORDS.iter().find(|(_, value)| value == self);
        found.map_or("", |(word, _)| word).into()
    }

    fn choose(&mut self, word: &str) -> Option<()> {
        let (_, value) = T::WORDS.iter().find(|(known, _)| *known == word)?;
        *self = *value;
        Some(())
    }
}

impl Words for PidFileOwner {
    const WORDS: &'static [(&'static str, Self)] =
        &[("manager", Self::Manager), ("daemon", Self::Daemon)];
}

impl Choice for Ready {
    fn words(&self) -> Vec<&'static str> {
        vec!["alive", "health", "port:NUMBER", "line:TEXT"]
    }

    fn word(&self) -> Cow<'static, str> {
        match self {
            Ready::Alive => "alive".into(),
            Ready::Health => "health".into(),
            Ready::Port(port) => format!("port:{port}").into(),
            Ready::Line(text) => format!("line:{text}").into(),
        }
    }

    fn choose(&mut self, word: &str) -> Option<()> {
        *self = match word.split_once(':') {
            None if word == "alive" => Ready::Alive,
            None if word == "health" => Ready::Health,
            Some(("port", port)) => Ready::Port(port.parse().ok().filter(|port| *port != 0)?),
            Some(("line", text)) if is_of_a_line(text) => Ready::Line(text.into()),
            Some(_) | None => return None,
        };
        Some(())
    }
}

/// Whether a line may have the text in it.
fn is_of_a_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(['\n', '\0'])
}

impl Words for Wanted {
    const WORDS: &'static [(&'static str, Self)] =
        &[("always", Self::Always), ("on-demand", Self::OnDemand)];
}

impl Words for Restart {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("never", Self::Never),
        ("on-failure", Self::OnFailure),
        ("always", Self::Always),
    ];
}

impl Field {
    /// What fits, in words: `a number from 1 to 1000`.
    pub fn kind(&self) -> String {
        match self {
            Field::Text(form, _) | Field::File(form, _) => form.kind.to_owned(),
            Field::Command(..) => "a list of texts in brackets, program first".to_owned(),
            Field::Variables(_) => "a table of texts in braces".to_owned(),
            Field::Path(_) => PATH.to_owned(),
            Field::Paths(_) => format!("{PATH}, or a list of such in brackets"),
            Field::Span(range, _) => range.kind.to_owned(),
            Field::Number((least, most), _) => format!("a number from {least} to {most}"),
            Field::Names(_) => "a list of names of daemons in brackets".to_owned(),
            Field::Switch(_) => "`true` or `false`".to_owned(),
            Field::Choice(at) => {
                let words: Vec<String> = at(&mut blank())
                    .words()
                    .iter()
                    .map(|word| format!("`{word}`"))
                    .collect();
                match words.split_last() {
                    Some((last, before)) => format!("{} or {last}", before.join(", ")),
                    None => String::new(),
                }
            }
        }
    }

    /// What the kind alone does not tell of how it is written.
    fn such_as(&self) -> &'static str {
        match self {
            Field::Command(..) => ", such as [\"python3\", \"-m\", \"src.automation.daemon\"]",
            Field::Variables(_) => ", such as { LANG = \"C\" }",
            Field::Span(..) => ", such as \"2s\", \"500ms\" or \"1m 30s\"",
            Field::Names(_) => ", such as [\"vault\"]",
            Field::Text(..)
            | Field::Path(_)
            | Field::File(..)
            | Field::Paths(_)
            | Field::Number(..)
            | Field::Switch(_)
            | Field::Choice(_) => "",
        }
    }

    /// Puts a value of the file into the draft; if it does not fit, why, and what would.
    pub fn read(
        &self,
        draft: &mut Draft,
        value: &DeValue<'_>,
        user_home: &Path,
    ) -> Result<(), String> {
        let taken = match self {
            Field::Text(form, at) => value
                .as_str()
                .filter(|text| (form.fits)(text))
                .map(|text| text.clone_into(at(draft))),
            Field::Command(Empty::IsNone, at)
                if texts(value).is_some_and(|words| words.is_empty()) =>
            {
                at(draft).clear();
                Some(())
            }
            Field::Command(_, at) => match texts(value) {
                Some(words) => {
                    *at(draft) = with_program(checked_command(words)?, user_home);
                    Some(())
                }
                None => return Err(no_list(value)),
            },
            Field::Variables(at) => match variables(value) {
                Some(variables) => {
                    *at(draft) = checked_variables(variables)?;
                    Some(())
                }
                None => None,
            },
            Field::Path(at) => value
                .as_str()
                .and_then(|text| expanded(text, user_home))
                .map(|path| *at(draft) = path),
            Field::File(form, at) => value
                .as_str()
                .and_then(|text| match text {
                    "" => Some(PathBuf::new()),
                    text => expanded(text, user_home).filter(|_| (form.fits)(text)),
                })
                .map(|path| *at(draft) = path),
            Field::Paths(at) => one_or_several(value)
                .iter()
                .map(|text| expanded(text, user_home))
                .collect::<Option<Vec<_>>>()
                .filter(|paths| !paths.is_empty())
                .map(|paths| *at(draft) = paths),
            Field::Span(range, at) => span(value)
                .filter(|span| (range.least..=range.most).contains(span))
                .map(|span| *at(draft) = span),
            Field::Number((least, most), at) => value
                .as_integer()
                .and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok())
                .filter(|number| (least..=most).contains(&number))
                .map(|number| *at(draft) = number),
            Field::Names(at) => match one_or_several(value) {
                names
                    if names.is_empty() && value.as_array().is_none_or(|list| !list.is_empty()) =>
                {
                    None
                }
                names => {
                    for name in &names {
                        check_name(name)?;
                    }
                    *at(draft) = names;
                    Some(())
                }
            },
            Field::Switch(at) => value.as_bool().map(|on| *at(draft) = on),
            Field::Choice(at) => value.as_str().and_then(|word| at(draft).choose(word)),
        };
        taken.ok_or_else(|| {
            let (kind, such_as) = (self.kind(), self.such_as());
            format!("found {}, expected {kind}{such_as}", found(value))
        })
    }

    /// Puts the value of an environment variable into the draft.
    pub fn read_variable(
        &self,
        draft: &mut Draft,
        text: &str,
        user_home: &Path,
    ) -> Result<(), String> {
        let value = |text: &str| DeValue::String(text.to_owned().into());
        match self {
            Field::Command(_, at) => {
                let words = shell_words::split(text).map_err(|error| error.to_string())?;
                *at(draft) = with_program(checked_command(words)?, user_home);
                Ok(())
            }
            Field::Paths(at) => {
                *at(draft) = vec![path(text, user_home)?];
                Ok(())
            }
            Field::Text(..)
            | Field::Variables(_)
            | Field::Path(_)
            | Field::File(..)
            | Field::Span(..)
            | Field::Number(..)
            | Field::Names(_)
            | Field::Switch(_)
            | Field::Choice(_) => self.read(draft, &value(text), user_home),
        }
    }

    /// The value in TOML notation.
    pub fn show(&self, draft: &mut Draft, secrets: Secrets) -> String {
        let is_shown = secrets == Secrets::Shown;
        match self {
            Field::Text(_, at) if is_shown => quoted(at(draft)),
            Field::Text(_, at) => quoted(&secrets::in_text(at(draft))),
            Field::Command(_, at) => {
                let words = at(draft);
                let words = if is_shown {
                    words.clone()
                } else {
                    secrets::in_command(words)
                };
                let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                format!("[{}]", words.join(", "))
            }
            Field::Variables(at) => {
                let variables = at(draft).iter().map(|(name, value)| {
                    let value = if is_shown {
                        value.clone()
                    } else {
                        secrets::of_variable(name, value)
                    };
                    format!("{} = {}", bare_or_quoted(name), quoted(&value))
                });
                match variables.collect::<Vec<String>>().join(", ") {
                    inner if inner.is_empty() => "{}".to_owned(),
                    inner => format!("{{ {inner} }}"),
                }
            }
            Field::Path(at) | Field::File(_, at) => quoted(&at(draft).display().to_string()),
            Field::Paths(at) => {
                let paths = at(draft).iter();
                let paths: Vec<String> = paths
                    .map(|path| quoted(&path.display().to_string()))
                    .collect();
                match paths.as_slice() {
                    [one] => one.clone(),
                    several => format!("[{}]", several.join(", ")),
                }
            }
            Field::Span(_, at) => quoted(&words::limit(*at(draft))),
            Field::Number(_, at) => at(draft).to_string(),
            Field::Names(at) => {
                let names: Vec<String> = at(draft).iter().map(|name| quoted(name)).collect();
                format!("[{}]", names.join(", "))
            }
            Field::Switch(at) => at(draft).to_string(),
            Field::Choice(at) => quoted(&at(draft).word()),
        }
    }
}

const PATH: &str = "an absolute path, or one that starts with \"~/\"";

/// The path that a text stands for; if it is none, why, and what would be one.
pub fn path(text: &str, user_home: &Path) -> Result<PathBuf, String> {
    let why = || format!("found {}, expected {PATH}", quoted(text));
    expanded(text, user_home).ok_or_else(why)
}

/// A value as it is named in a message.
pub(super) fn found(value: &DeValue<'_>) -> String {
    const LONGEST: usize = 60;
    match value {
        DeValue::String(text) => quoted(&shortened(&secrets::in_text(text), LONGEST)),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

pub(super) fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    let words = value.as_array()?.iter();
    words
        .map(|word| word.get_ref().as_str().map(str::to_owned))
        .collect()
}

/// A text, or the texts of a list; none where it is neither.
fn one_or_several(value: &DeValue<'_>) -> Vec<String> {
    let one = value.as_str().map(|text| vec![text.to_owned()]);
    one.or_else(|| texts(value)).unwrap_or_default()
}

pub(super) fn variables(value: &DeValue<'_>) -> Option<BTreeMap<String, String>> {
    let entries = value.as_table()?.iter();
    entries
        .map(|(name, value)| {
            let value = value.get_ref().as_str()?;
            Some((name.get_ref().clone().into_owned(), value.to_owned()))
        })
        .collect()
}

/// A number without a unit is one of seconds.
pub(super) fn span(value: &DeValue<'_>) -> Option<Duration> {
    match value {
        DeValue::String(text) => words::span(text),
        DeValue::Integer(number) => words::span(&number.to_string()),
        DeValue::Float(number) => words::span(number.as_str()),
        DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

pub(super) fn expanded(text: &str, user_home: &Path) -> Option<PathBuf> {
    let begins = text.starts_with('/') || text == "~" || text.starts_with("~/");
    (begins && !text.contains('\0')).then(|| expand(text, user_home))
}

/// Names that can be names (`environ(7)`).
pub(super) fn checked_variables(
    variables: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, String> {
    for (name, value) in &variables {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(format!(
                "{name:?} is not a variable, expected a name without \"=\" and a text without NUL characters",
            ));
        }
    }
    Ok(variables)
}

/// Why a command is none; of a line as for a shell, the list that it would be.
fn no_list(value: &DeValue<'_>) -> String {
    let line = value.as_str().map(|line| [line.to_owned()]);
    let list = line.and_then(|line| {
        let word = || {
            shell_words::split(&line[0])
                .ok()
                .filter(|words| words.len() == 1)
        };
        shell::as_list(&line).or_else(|| Some(shell::list(&word()?)))
    });
    let such_as = list.unwrap_or_else(|| "[\"python3\", \"-m\", \"src.automation.daemon\"]".into());
    format!(
        "found {}, expected a list of texts in brackets, program first, such as {such_as}",
        found(value)
    )
}

/// A command line that can be run at all.
pub(super) fn checked_command(words: Vec<String>) -> Result<Vec<String>, String> {
    let program = words.first().map(|program| program.trim());
    if program.is_none_or(str::is_empty) {
        return Err(
            "the command is empty, expected the program first, such as [\"python3\", \"-m\", \"src.automation.daemon\"]"
                .to_owned(),
        );
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err("the command holds a NUL character".to_owned());
    }
    Ok(words)
}

/// A command line whose program may be given from the user's home folder on. Its arguments
/// are the daemon's business.
pub(super) fn with_program(mut command: Vec<String>, user_home: &Path) -> Vec<String> {
    if let Some(program) = command.first_mut() {
        *program = expand(program, user_home).display().to_string();
    }
    command
}

/// Puts the user's home folder in the place of a leading `~`.
fn expand(path: &str, user_home: &Path) -> PathBuf {
    match path.strip_prefix('~') {
        Some("") => user_home.to_owned(),
        Some(rest) if rest.starts_with('/') => user_home.join(rest.trim_start_matches('/')),
        Some(_) | None => PathBuf::from(path),
    }
}

/// A key in TOML notation.
fn bare_or_quoted(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(is_bare) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

/// A text in TOML notation, with every control character escaped: it is printed.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() => {
                quoted += &format!("\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}
