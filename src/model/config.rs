//! The configuration: what a file may say, and what holds in the end.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::{Deserializer, Error as _, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

/// What the configuration file says. Every key may be left out.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileConfig {
    daemon: FileDaemon,
    health: FileHealth,
    tray: FileTray,
    notifications: FileNotifications,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileDaemon {
    name: Option<NonEmpty>,
    command: Option<CommandLine>,
    working_dir: Option<FilePath>,
    env: Option<Variables>,
    pid_file: Option<FilePath>,
    pid_file_owner: Option<OwnerWord>,
    logs_dir: Option<FilePath>,
    start_grace: Option<Span>,
    stop_timeout: Option<Span>,
    ready: Option<ReadyWord>,
    ready_timeout: Option<Span>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileHealth {
    url: Option<HealthUrl>,
    timeout: Option<ProbeTimeout>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileTray {
    poll_interval: Option<PollInterval>,
    dashboard_url: Option<HttpUrl>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileNotifications {
    crashed: Option<bool>,
    unhealthy: Option<bool>,
    started: Option<bool>,
    stopped: Option<bool>,
}

/// Who writes the PID file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PidFileOwner {
    /// We do.
    Manager,
    /// The daemon writes its own, and we wait for it.
    Daemon,
}

/// What has to be true for a start to have succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// Still alive after the grace time.
    Alive,
    /// Alive after the grace time, and the health URL has answered well.
    Health,
}

/// A daemon, as a value: nothing in here is global.
#[derive(Debug, Clone, PartialEq)]
pub struct Daemon {
    /// What people call it.
    pub name: String,
    /// The command line, program first; empty while none is configured.
    pub command: Vec<String>,
    /// Where it runs; the user's home folder by default.
    pub working_dir: PathBuf,
    /// Added to the environment that it inherits.
    pub env: BTreeMap<String, String>,
    /// Absolute path of the PID file.
    pub pid_file: PathBuf,
    /// Who writes the PID file.
    pub pid_file_owner: PidFileOwner,
    /// The folder with its `*.log` files.
    pub logs_dir: PathBuf,
    /// How long it must stay alive for a start to have succeeded.
    pub start_grace: Duration,
    /// How long it may take to end after SIGTERM.
    pub stop_timeout: Duration,
    /// What a successful start means.
    pub ready: Ready,
    /// How long the first good health answer, or the daemon's own PID file, may take.
    pub ready_timeout: Duration,
}

impl Daemon {
    /// The run record, beside the PID file.
    pub fn record_file(&self) -> PathBuf {
        self.beside("json")
    }

    /// The lock that serialises start, stop and restart.
    pub fn lock_file(&self) -> PathBuf {
        self.beside("lock")
    }

    /// The capture file: the daemon's standard output and standard error.
    pub fn output_file(&self) -> PathBuf {
        self.beside("out")
    }

    /// The PID file's name with another extension, or with one more where that would
    /// be the PID file itself.
    fn beside(&self, extension: &str) -> PathBuf {
        let path = self.pid_file.with_extension(extension);
        if path != self.pid_file {
            return path;
        }
        let mut longer = path.into_os_string();
        longer.push(".");
        longer.push(extension);
        longer.into()
    }

    /// Whether there is a command to start.
    pub fn is_configured(&self) -> bool {
        !self.command.is_empty()
    }
}

/// The health probe, where one is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// An `http://` URL.
    pub url: String,
    /// Time limit of one probe.
    pub timeout: Duration,
}

/// What the tray shows and how often it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tray {
    /// Time between two looks, 250 ms to 1 h.
    pub poll_interval: Duration,
    /// What Open Dashboard opens.
    pub dashboard_url: Option<String>,
}

/// Which transitions are announced.
#[allow(clippy::struct_excessive_bools)] // Four switches, each its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notifications {
    /// The daemon ended and nobody asked it to.
    pub crashed: bool,
    /// The health probe failed three times in a row.
    pub unhealthy: bool,
    /// It was started by somebody else.
    pub started: bool,
    /// It was stopped by somebody else.
    pub stopped: bool,
}

/// The configuration that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The folder for everything that is ours, `~/.inneros` by default.
    pub home: PathBuf,
    /// Where the configuration file is or would be.
    pub config_file: PathBuf,
    /// The daemon.
    pub daemon: Daemon,
    /// Its health probe.
    pub health: Option<HealthCheck>,
    /// The tray.
    pub tray: Tray,
    /// The notifications.
    pub notifications: Notifications,
    /// Which layer set each key.
    pub origins: BTreeMap<&'static str, Origin>,
}

/// The layer that set a value; a later one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Built in.
    Default,
    /// The configuration file.
    File,
    /// An environment variable.
    Environment,
    /// A command-line flag.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::Default => "default",
            Origin::File => "file",
            Origin::Environment => "environment",
            Origin::Flag => "flag",
        })
    }
}

/// Where things are before the file is read, with the layer that said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The user's home folder: what `~` stands for.
    pub user_home: PathBuf,
    /// The folder for everything that is ours.
    pub home: (PathBuf, Origin),
    /// The configuration file.
    pub config_file: (PathBuf, Origin),
}

/// What the environment says about the daemon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `INNEROS_PID_FILE`.
    pub pid_file: Option<PathBuf>,
    /// `INNEROS_LOGS_DIR`.
    pub logs_dir: Option<PathBuf>,
    /// `INNEROS_DAEMON_COMMAND`, split as a shell would.
    pub command: Option<Vec<String>>,
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
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        let line = before.matches('\n').count();
        let key = text.lines().nth(line).and_then(|line| {
            let (key, _) = line.split_once('=')?;
            let key = key.trim();
            (!key.is_empty() && !key.starts_with('#')).then(|| key.to_owned())
        });
        Flaw {
            line: line + 1,
            key,
            message: error.message().trim().replace('\n', " "),
        }
    })
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

/// Joins the layers into the configuration that holds.
pub fn resolve(places: Places, file: FileConfig, overrides: Overrides) -> Config {
    let Places {
        user_home,
        home: (home, home_origin),
        config_file: (config_file, config_origin),
    } = places;
    let mut layers = Layers {
        origins: BTreeMap::from([("home", home_origin), ("config", config_origin)]),
    };
    let path = |path: FilePath| expand(&path.0, &user_home);
    let span = |span: Span| span.0;

    let FileDaemon {
        name,
        command,
        working_dir,
        env,
        pid_file,
        pid_file_owner,
        logs_dir,
        start_grace,
        stop_timeout,
        ready,
        ready_timeout,
    } = file.daemon;

    let working_dir = working_dir.map(path);
    let default_logs_dir = working_dir
        .as_ref()
        .map_or_else(|| home.join("logs"), |dir| dir.join(".automation/logs"));

    let daemon = Daemon {
        name: layers.pick("daemon.name", name.map(|name| name.0), || "InnerOS".into()),
        command: layers.pick_over(
            "daemon.command",
            overrides.command,
            command.map(|command| command.0),
            Vec::new,
        ),
        working_dir: layers.pick("daemon.working_dir", working_dir, || user_home.clone()),
        env: layers.pick("daemon.env", env.map(|env| env.0), BTreeMap::new),
        pid_file: layers.pick_over(
            "daemon.pid_file",
            overrides.pid_file,
            pid_file.map(path),
            || home.join("daemon.pid"),
        ),
        pid_file_owner: layers.pick(
            "daemon.pid_file_owner",
            pid_file_owner.map(|word| word.0),
            || PidFileOwner::Manager,
        ),
        logs_dir: layers.pick_over(
            "daemon.logs_dir",
            overrides.logs_dir,
            logs_dir.map(path),
            || default_logs_dir,
        ),
        start_grace: layers.pick("daemon.start_grace", start_grace.map(span), || seconds(1)),
        stop_timeout: layers.pick("daemon.stop_timeout", stop_timeout.map(span), || {
            seconds(10)
        }),
        ready: layers.pick("daemon.ready", ready.map(|word| word.0), || Ready::Alive),
        ready_timeout: layers.pick("daemon.ready_timeout", ready_timeout.map(span), || {
            seconds(30)
        }),
    };

    let url = layers.pick("health.url", file.health.url.map(|url| Some(url.0)), || {
        None
    });
    let timeout = layers.pick(
        "health.timeout",
        file.health.timeout.map(|timeout| timeout.0),
        || seconds(2),
    );
    let tray = Tray {
        poll_interval: layers.pick(
            "tray.poll_interval",
            file.tray.poll_interval.map(|interval| interval.0),
            || seconds(2),
        ),
        dashboard_url: layers.pick(
            "tray.dashboard_url",
            file.tray.dashboard_url.map(|url| Some(url.0)),
            || None,
        ),
    };
    let said = file.notifications;
    let notifications = Notifications {
        crashed: layers.pick("notifications.crashed", said.crashed, || true),
        unhealthy: layers.pick("notifications.unhealthy", said.unhealthy, || true),
        started: layers.pick("notifications.started", said.started, || false),
        stopped: layers.pick("notifications.stopped", said.stopped, || false),
    };

    Config {
        home,
        config_file,
        daemon,
        health: url.map(|url| HealthCheck { url, timeout }),
        tray,
        notifications,
        origins: layers.origins,
    }
}

impl Config {
    /// Every key with its value in TOML notation, in the order of the file.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let daemon = &self.daemon;
        let text = |text: &str| format!("{text:?}");
        let path = |path: &Path| format!("{:?}", path.display().to_string());
        let limit = |limit: Duration| format!("{:?}", super::words::limit(limit));
        let env: Vec<String> = daemon
            .env
            .iter()
            .map(|(key, value)| format!("{key} = {value:?}"))
            .collect();
        let env = match env.join(", ") {
            inner if inner.is_empty() => "{}".to_owned(),
            inner => format!("{{ {inner} }}"),
        };
        let url = |url: Option<&String>| url.map_or("\"\"".to_owned(), |url| format!("{url:?}"));
        vec![
            ("home", path(&self.home)),
            ("config", path(&self.config_file)),
            ("daemon.name", text(&daemon.name)),
            ("daemon.command", format!("{:?}", daemon.command)),
            ("daemon.working_dir", path(&daemon.working_dir)),
            ("daemon.env", env),
            ("daemon.pid_file", path(&daemon.pid_file)),
            (
                "daemon.pid_file_owner",
                text(match daemon.pid_file_owner {
                    PidFileOwner::Manager => "manager",
                    PidFileOwner::Daemon => "daemon",
                }),
            ),
            ("daemon.logs_dir", path(&daemon.logs_dir)),
            ("daemon.start_grace", limit(daemon.start_grace)),
            ("daemon.stop_timeout", limit(daemon.stop_timeout)),
            (
                "daemon.ready",
                text(match daemon.ready {
                    Ready::Alive => "alive",
                    Ready::Health => "health",
                }),
            ),
            ("daemon.ready_timeout", limit(daemon.ready_timeout)),
            ("health.url", url(self.health.as_ref().map(|h| &h.url))),
            (
                "health.timeout",
                limit(self.health.as_ref().map_or(seconds(2), |h| h.timeout)),
            ),
            ("tray.poll_interval", limit(self.tray.poll_interval)),
            ("tray.dashboard_url", url(self.tray.dashboard_url.as_ref())),
            (
                "notifications.crashed",
                self.notifications.crashed.to_string(),
            ),
            (
                "notifications.unhealthy",
                self.notifications.unhealthy.to_string(),
            ),
            (
                "notifications.started",
                self.notifications.started.to_string(),
            ),
            (
                "notifications.stopped",
                self.notifications.stopped.to_string(),
            ),
        ]
    }
}

/// The commented file that `config init` writes: every key at its default.
pub const TEMPLATE: &str = include_str!("../../assets/config.toml");

/// Notes, while values are picked, which layer each came from.
struct Layers {
    origins: BTreeMap<&'static str, Origin>,
}

impl Layers {
    fn pick<T>(&mut self, key: &'static str, file: Option<T>, default: impl FnOnce() -> T) -> T {
        self.pick_over(key, None, file, default)
    }

    fn pick_over<T>(
        &mut self,
        key: &'static str,
        environment: Option<T>,
        file: Option<T>,
        default: impl FnOnce() -> T,
    ) -> T {
        let (value, origin) = match (environment, file) {
            (Some(value), _) => (value, Origin::Environment),
            (None, Some(value)) => (value, Origin::File),
            (None, None) => (default(), Origin::Default),
        };
        self.origins.insert(key, origin);
        value
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Puts the user's home folder in the place of a leading `~`.
fn expand(path: &str, user_home: &Path) -> PathBuf {
    match path.strip_prefix('~') {
        Some("") => user_home.to_owned(),
        Some(rest) if rest.starts_with('/') => user_home.join(rest.trim_start_matches('/')),
        Some(_) | None => PathBuf::from(path),
    }
}

/// A string type whose value is checked while it is read, so that an error carries
/// the line it stands on.
macro_rules! checked_string {
    ($name:ident, $value:ty, $expected:literal, $check:expr) => {
        #[derive(Debug, Clone, PartialEq)]
        struct $name($value);

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
    HealthUrl,
    String,
    "a URL that starts with \"http://\"",
    |text| text.starts_with("http://").then(|| web_address(text))?
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

/// Environment variables whose names can be names (`environ(7)`).
#[derive(Debug, Clone, PartialEq)]
struct Variables(BTreeMap<String, String>);

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
struct CommandLine(Vec<String>);

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

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        Places {
            user_home: "/home/me".into(),
            home: ("/home/me/.inneros".into(), Origin::Default),
            config_file: ("/home/me/.inneros/config.toml".into(), Origin::Default),
        }
    }

    fn flaw(text: &str) -> Flaw {
        parse(text).expect_err("the text should be refused")
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        let config = resolve(
            places(),
            parse("").expect("an empty file is valid"),
            Overrides::default(),
        );

        assert!(!config.daemon.is_configured());
        assert_eq!(
            config.daemon.pid_file,
            Path::new("/home/me/.inneros/daemon.pid")
        );
        assert_eq!(config.daemon.logs_dir, Path::new("/home/me/.inneros/logs"));
        assert_eq!(config.tray.poll_interval, seconds(2));
        assert!(config.origins.values().all(|o| *o == Origin::Default));
    }

    #[test]
    fn the_template_is_valid_and_changes_nothing() {
        let from_template = parse(TEMPLATE).expect("the template is valid");

        assert_eq!(from_template, FileConfig::default());
    }

    #[test]
    fn every_key_of_the_template_is_one_we_know() {
        let uncommented: String = TEMPLATE
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.contains(" = ") => format!("{rest}\n"),
                Some(_) | None => format!("{line}\n"),
            })
            .collect();

        let config = resolve(
            places(),
            parse(&uncommented).expect("the uncommented template is valid"),
            Overrides::default(),
        );

        for (key, _) in config.settings() {
            let expected = match key {
                "home" | "config" => Origin::Default,
                _ => Origin::File,
            };
            assert_eq!(config.origins[key], expected, "{key}");
        }
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = parse("[daemon]\npid_file = \"/a.pid\"\ncommand = [\"a\"]").expect("valid");
        let overrides = Overrides {
            pid_file: Some("/b.pid".into()),
            ..Overrides::default()
        };

        let config = resolve(places(), file, overrides);

        assert_eq!(config.daemon.pid_file, Path::new("/b.pid"));
        assert_eq!(config.origins["daemon.pid_file"], Origin::Environment);
        assert_eq!(config.origins["daemon.command"], Origin::File);
    }

    #[test]
    fn the_logs_folder_follows_the_working_folder() {
        let file = parse("[daemon]\nworking_dir = \"~/inner\"").expect("valid");

        let config = resolve(places(), file, Overrides::default());

        assert_eq!(
            config.daemon.logs_dir,
            Path::new("/home/me/inner/.automation/logs")
        );
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let flaw = flaw("[daemon]\nname = \"x\"\ncomand = [\"a\"]\n");

        assert_eq!(flaw.line, 3);
        assert_eq!(flaw.key.as_deref(), Some("comand"));
        assert!(flaw.message.contains("`comand`"), "{}", flaw.message);
        assert!(flaw.message.contains("`command`"), "{}", flaw.message);
    }

    #[cfg(feature = "tray")]
    #[test]
    fn a_switch_is_set_and_comments_stay() {
        let text = "# mine\n[notifications]\ncrashed = true # loud\n\n[tray]\n";

        let set = with_bool(text, "notifications", "crashed", false).expect("valid");
        assert_eq!(set, text.replace("true", "false"));
        let added = with_bool("", "notifications", "started", true).expect("valid");
        assert_eq!(added, "[notifications]\nstarted = true\n");
    }

    #[test]
    fn wrong_values_are_refused_with_what_would_be_right() {
        for (text, line, wanted) in [
            ("[daemon]\ncommand = \"a b\"", 2, "sequence"),
            ("[daemon]\ncommand = []", 2, "the command is empty"),
            ("\n[daemon]\nworking_dir = \"dev\"", 3, "absolute path"),
            ("[daemon]\nstart_grace = \"soon\"", 2, "\"500ms\""),
            ("[daemon]\nstart_grace = 5", 2, "\"500ms\""),
            ("[tray]\npoll_interval = \"1ms\"", 2, "250ms"),
            ("[health]\nurl = \"ftp://x\"", 2, "http://"),
            ("[daemon]\npid_file_owner = \"me\"", 2, "`manager`"),
            ("[daemon]\nready = true", 2, "`health`"),
            ("[notifications]\ncrashed = \"yes\"", 2, "boolean"),
            ("[daemon\n", 1, ""),
        ] {
            let flaw = flaw(text);

            assert_eq!(flaw.line, line, "{text}: {}", flaw.message);
            assert!(flaw.message.contains(wanted), "{text}: {}", flaw.message);
        }
    }
}
