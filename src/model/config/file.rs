//! What a configuration file may say, and what is wrong with one that says otherwise.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Unexpected, Visitor};
use toml::Spanned;

use super::{PidFileOwner, Ready, seconds};
use crate::model::life::health;
use crate::model::life::restart::Restart;
use crate::model::text;

/// What the configuration file says. Every key may be left out.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileConfig {
    pub(super) daemon: FileDaemon,
    pub(super) health: FileHealth,
    pub(super) tray: FileTray,
    pub(super) notifications: FileNotifications,
    /// Where the PID file is named.
    #[serde(skip)]
    pid_file_at: Option<Flaw>,
}

impl FileConfig {
    /// This flaw, where the PID file is named; nothing where it is not.
    pub fn flaw_of_pid_file(&self, message: String) -> Option<Flaw> {
        let place = self.pid_file_at.clone()?;
        Some(Flaw { message, ..place })
    }
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileDaemon {
    pub(super) name: Option<NonEmpty>,
    pub(super) command: Option<CommandLine>,
    pub(super) working_dir: Option<FilePath>,
    pub(super) env: Option<Variables>,
    pub(super) pid_file: Option<Spanned<FilePath>>,
    pub(super) pid_file_owner: Option<OwnerWord>,
    pub(super) logs_dir: Option<FilePath>,
    pub(super) start_grace: Option<Span>,
    pub(super) stop_timeout: Option<Span>,
    pub(super) ready: Option<ReadyWord>,
    pub(super) ready_timeout: Option<Span>,
    pub(super) restart: Option<RestartWord>,
    pub(super) restart_delay: Option<Span>,
    pub(super) restart_limit: Option<RestartLimit>,
    pub(super) restart_window: Option<Span>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileHealth {
    pub(super) url: Option<Spanned<String>>,
    pub(super) timeout: Option<ProbeTimeout>,
    pub(super) allow_remote: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileTray {
    pub(super) poll_interval: Option<PollInterval>,
    pub(super) dashboard_url: Option<HttpUrl>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileNotifications {
    pub(super) crashed: Option<bool>,
    pub(super) unhealthy: Option<bool>,
    pub(super) started: Option<bool>,
    pub(super) stopped: Option<bool>,
}

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

/// Reads a configuration text.
pub fn parse(text: &str) -> Result<FileConfig, Flaw> {
    let mut file: FileConfig = toml::from_str(text).map_err(|error| {
        flaw(
            text,
            error.span().map_or(0, |span| span.start),
            error.message(),
        )
    })?;
    // Here and not while it is read: another key has a say in it.
    if let Some(url) = &file.health.url {
        let allow_remote = file.health.allow_remote.unwrap_or(false);
        health::check_url(url.get_ref(), allow_remote)
            .map_err(|why| flaw(text, url.span().start, &why))?;
    }
    let pid_file = file.daemon.pid_file.as_ref();
    file.pid_file_at = pid_file.map(|path| flaw(text, path.span().start, ""));
    Ok(file)
}

/// The flaw that begins so many bytes behind the start of the text.
fn flaw(text: &str, start: usize, message: &str) -> Flaw {
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

/// A string type whose value is checked while it is read, so that an error carries
/// the line it stands on.
macro_rules! checked_string {
    ($name:ident, $value:ty, $expected:literal, $check:expr) => {
        #[derive(Debug, Clone, PartialEq)]
        pub(super) struct $name(pub(super) $value);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        let check: fn(&str) -> Option<$value> = $check;
                        check(text)
                            .map($name)
                            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

checked_string!(NonEmpty, String, "a text that is not empty", |text| {
    (!text.trim().is_empty()).then(|| text.to_owned())
});
checked_string!(
    FilePath,
    String,
    "an absolute path, or one that starts with \"~/\"",
    |text| {
        let fits = (text.starts_with('/') || text == "~" || text.starts_with("~/"))
            && !text.contains('\0');
        fits.then(|| text.to_owned())
    }
);
checked_string!(
    Span,
    Duration,
    "a duration of at most a day with a unit, such as \"2s\", \"500ms\" or \"1m 30s\"",
    |text| {
        humantime::parse_duration(text)
            .ok()
            .filter(|span| *span <= seconds(86400))
    }
);
checked_string!(
    ProbeTimeout,
    Duration,
    "a duration from \"10ms\" to \"1h\"",
    |text| {
        humantime::parse_duration(text)
            .ok()
            .filter(|span| (Duration::from_millis(10)..=seconds(3600)).contains(span))
    }
);
checked_string!(
    PollInterval,
    Duration,
    "a duration from \"250ms\" to \"1h\"",
    |text| {
        humantime::parse_duration(text)
            .ok()
            .filter(|span| (Duration::from_millis(250)..=seconds(3600)).contains(span))
    }
);
checked_string!(
    OwnerWord,
    PidFileOwner,
    "`manager` or `daemon`",
    |text| match text {
        "manager" => Some(PidFileOwner::Manager),
        "daemon" => Some(PidFileOwner::Daemon),
        _ => None,
    }
);
checked_string!(ReadyWord, Ready, "`alive` or `health`", |text| match text {
    "alive" => Some(Ready::Alive),
    "health" => Some(Ready::Health),
    _ => None,
});
checked_string!(
    RestartWord,
    Restart,
    "`never`, `on-failure` or `always`",
    |text| {
        [Restart::Never, Restart::OnFailure, Restart::Always]
            .into_iter()
            .find(|restart| restart.word() == text)
    }
);
checked_string!(
    HttpUrl,
    String,
    "a URL that starts with \"http://\" or \"https://\"",
    web_address
);

fn web_address(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"))?;
    (!rest.is_empty() && !rest.contains(char::is_whitespace)).then(|| text.to_owned())
}

/// A number of starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RestartLimit(pub(super) u32);

impl<'de> Deserialize<'de> for RestartLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        u32::try_from(number)
            .ok()
            .filter(|limit| (1..=1000).contains(limit))
            .map(Self)
            .ok_or_else(|| {
                D::Error::invalid_value(Unexpected::Signed(number), &"a number from 1 to 1000")
            })
    }
}

/// Environment variables whose names can be names (`environ(7)`).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variables(pub(super) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Variables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let variables = BTreeMap::<String, String>::deserialize(deserializer)?;
        for (name, value) in &variables {
            if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
                return Err(D::Error::custom(format!(
                    "{name:?} is no variable, expected a name without \"=\" and a text without NUL characters",
                )));
            }
        }
        Ok(Self(variables))
    }
}

/// A command line that has a program.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CommandLine(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        check_command(&words).map_err(D::Error::custom)?;
        Ok(Self(words))
    }
}

/// Whether a command line can be run at all.
pub fn check_command(words: &[String]) -> Result<(), &'static str> {
    if words
        .first()
        .is_none_or(|program| program.trim().is_empty())
    {
        return Err(
            "the command is empty, expected the program first, such as [\"python3\", \"-m\", \"src.automation.daemon\"]",
        );
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err("the command holds a NUL character");
    }
    Ok(())
}
