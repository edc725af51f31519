//! The configuration: what a file may contain, and which values are in effect.

mod defaults;
mod field;
mod file;
mod fleet;
pub mod job;
mod keys;
mod names;
mod resolve;
pub mod secrets;
pub mod shell;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use self::field::quoted;
use self::secrets::Secrets;
use crate::model::life::plan::Force;
use crate::model::life::restart::RestartPolicy;
use crate::model::logs::dialect::{Format, Hints, Zone};

pub use self::field::path;
#[cfg(feature = "tray")]
pub use self::file::with_bool;
pub use self::file::{Flaw, decode};
pub use self::fleet::{after_of, check_daemon};
pub use self::keys::{KEYS, Key, SIGNALS};
pub use self::names::{check_name, history_file};
#[cfg(feature = "tray")]
pub use self::resolve::check;
pub use self::resolve::{Unfit, resolve};
pub use self::template::{daemon_template, template};

/// Who writes the PID file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PidFileOwner {
    /// We do.
    Manager,
    /// The daemon writes its own, and we wait for it.
    Daemon,
}

/// What has to be true for a start to have succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    /// Still alive after the grace time.
    Alive,
    /// Alive after the grace time, and the health URL has answered well.
    Health,
    /// The same, and something listens at this port of this computer.
    Port(u16),
    /// The same, and it has written a line with this text in it.
    Line(String),
}

/// Whether a daemon is meant to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All the time: that it does not run is worth a word.
    Always,
    /// When somebody starts it.
    OnDemand,
}

/// What the configuration says of a daemon as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is configured.
    Configured,
    /// What is said of it cannot be used: why, with file and line.
    Misconfigured(String),
    /// Nothing is said of it any more, and there are files of a run.
    Removed,
}

/// A daemon, as a value: nothing in here is global.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Daemon {
    /// What people call it.
    pub name: String,
    /// The command line, program first; empty while none is configured.
    pub command: Vec<String>,
    /// Where it runs; the user's home folder by default, which is not an absolute path where
    /// nobody knows it.
    pub working_dir: PathBuf,
    /// Added to the environment that it inherits.
    pub env: BTreeMap<String, String>,
    /// Absolute path of the PID file.
    pub pid_file: PathBuf,
    /// Who writes the PID file.
    pub pid_file_owner: PidFileOwner,
    /// The folders with its `*.log` files, at least one.
    pub logs_dirs: Vec<PathBuf>,
    /// A regular expression for the lines of its logs, where nobody can guess their format.
    pub log_format: String,
    /// The zone of times in its logs that have none: `auto`, `local`, `UTC` or `+01:00`.
    pub log_zone: String,
    /// How long it must stay alive for a start to have succeeded.
    pub start_grace: Duration,
    /// How long it may take to end after it was asked to, with all that belongs to it.
    pub stop_timeout: Duration,
    /// The name of the signal that asks it to end, such as `SIGTERM`.
    pub stop_signal: String,
    /// Whether that signal goes to all processes of its session.
    pub stop_group: bool,
    /// Whether what does not end in time is killed.
    pub stop_force: bool,
    /// Whether it leaves processes behind deliberately, beside which it may be started again.
    pub leave: bool,
    /// What a successful start means.
    pub ready: Ready,
    /// How long the first good health answer, or the daemon's own PID file, may take.
    pub ready_timeout: Duration,
    /// What its supervisor does when it ends.
    pub restart: RestartPolicy,
    /// The file that tells what has happened to it, and to others.
    pub history_file: PathBuf,
}

impl Daemon {
    /// Whether there is a command to start.
    pub fn is_configured(&self) -> bool {
        !self.command.is_empty()
    }

    /// How its logs are read.
    pub fn log_hints(&self) -> Arc<Hints> {
        Arc::new(Hints {
            format: Format::new(&self.log_format).ok(),
            zone: Zone::parse(&self.log_zone).unwrap_or_default(),
        })
    }

    /// How far a stop goes at least.
    pub fn force(&self) -> Force {
        if self.stop_force {
            Force::Kill
        } else {
            Force::No
        }
    }
}

/// The health probe, where one is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealthCheck {
    /// An `http://` URL, on this computer unless `allow_remote` is set.
    pub url: String,
    /// Time limit of one probe.
    pub timeout: Duration,
    /// Between two probes while all is well, 250 ms to 1 h. While it is not, each look asks.
    pub interval: Duration,
    /// Whether the URL may lead to another computer.
    pub allow_remote: bool,
}

/// A daemon with all that is configured for it: what an operation on one daemon needs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Managed {
    /// What commands call it: the NAME of `[daemons.NAME]`; of `[daemon]` its name as such a word.
    pub id: String,
    /// Whether it can be used.
    pub standing: Standing,
    /// Whether it is meant to run.
    pub wanted: Wanted,
    /// The daemons that are ready before it is started, by their ids.
    pub after: Vec<String>,
    /// The group that it belongs to; empty where it belongs to none.
    pub group: String,
    /// What it is for, in a line; may be empty.
    pub description: String,
    /// The file that configures it, or would.
    pub configured_in: PathBuf,
    /// The daemon.
    pub daemon: Daemon,
    /// Its health probe.
    pub health: Option<HealthCheck>,
    /// What Open Dashboard opens.
    pub dashboard_url: Option<String>,
    /// Which layer set each key that holds for it.
    pub origins: BTreeMap<&'static str, Origin>,
}

/// How often the tray looks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tray {
    /// Time between two looks, 250 ms to 1 h.
    pub poll_interval: Duration,
}

/// Which transitions are announced.
#[allow(clippy::struct_excessive_bools)] // Five switches, each its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notifications {
    /// The daemon ended and nobody asked it to.
    pub crashed: bool,
    /// The health probe failed three times in a row.
    pub unhealthy: bool,
    /// It answers well, and says that a part of it fails.
    pub degraded: bool,
    /// It was started by somebody else.
    pub started: bool,
    /// It was stopped by somebody else.
    pub stopped: bool,
}

/// What others are told, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Elsewhere {
    /// The file that takes the metrics; empty for none.
    pub metrics_file: PathBuf,
    /// The file that takes the status page; empty for none.
    pub page_file: PathBuf,
    /// Who may read it, in octal digits.
    pub page_mode: String,
    /// The command that is given each event; empty for none.
    pub hook: Vec<String>,
    /// The file with the URL that is asked while all is well; empty for none.
    pub heartbeat_file: PathBuf,
}

impl Elsewhere {
    /// Who may read the status page.
    pub fn page_mode(&self) -> u32 {
        u32::from_str_radix(&self.page_mode, 8).unwrap_or(0o600)
    }

    /// Whether no file is written.
    pub fn is_empty(&self) -> bool {
        self.metrics_file.as_os_str().is_empty() && self.page_file.as_os_str().is_empty()
    }
}

/// The configuration that holds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// The folder for everything that is ours, `~/.inneros` by default.
    pub home: PathBuf,
    /// Where the configuration file is or would be.
    pub config_file: PathBuf,
    /// The daemons, each with its health probe and its dashboard, in the order of the file. There
    /// is always one, be it that nothing is configured of it yet.
    pub daemons: Vec<Managed>,
    /// The tray.
    pub tray: Tray,
    /// The notifications.
    pub notifications: Notifications,
    /// What others are told.
    pub elsewhere: Elsewhere,
    /// Whether the file says anything of jobs.
    pub has_jobs: bool,
    /// Which layer says where the home folder is, and where the file.
    pub origins: BTreeMap<&'static str, Origin>,
}

/// What the keys of the file are read into: one daemon, and what concerns all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    managed: Managed,
    tray: Tray,
    notifications: Notifications,
    elsewhere: Elsewhere,
}

/// The layer that set a value; a later one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Built in.
    Default,
    /// `[defaults]` of the configuration file.
    Defaults,
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
            Origin::Defaults => "defaults",
            Origin::File => "file",
            Origin::Environment => "environment",
            Origin::Flag => "flag",
        })
    }
}

/// What stands for the user's home folder where nobody knows it: no path that can be used, for it
/// is not absolute.
pub const UNKNOWN_HOME: &str = "~";

/// Where things are before the file is read, with the layer that said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The user's home folder, or [`UNKNOWN_HOME`]: what `~` stands for.
    pub user_home: PathBuf,
    /// The folder for everything that is ours.
    pub home: (PathBuf, Origin),
    /// The configuration file.
    pub config_file: (PathBuf, Origin),
}

/// What there is besides the configuration file.
#[derive(Debug, Clone, Default)]
pub struct Besides {
    /// The files `daemons.d/NAME.toml`, in the order of their names.
    pub files: Vec<DaemonFile>,
    /// The folders in the home folder that have the files of a run, by the names of their daemons.
    pub run: Vec<String>,
}

/// A file `daemons.d/NAME.toml`.
#[derive(Debug, Clone)]
pub struct DaemonFile {
    /// The NAME.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What is in it; else why it cannot be read.
    pub text: Result<String, String>,
}

/// What the environment says: the text of each variable that has a key.
pub type Overrides = BTreeMap<&'static str, String>;

impl Managed {
    /// Whether it is meant to run, as far as the configuration says.
    pub fn is_wanted(&self) -> bool {
        self.wanted == Wanted::Always && self.standing != Standing::Removed
    }

    /// Whether something that is needed to find the daemon and what it wrote lies in a home folder
    /// that nobody knows. Where the daemon runs matters only to its start.
    pub fn needs_unknown_home(&self) -> bool {
        let Daemon {
            pid_file,
            logs_dirs,
            ..
        } = &self.daemon;
        let program = self.daemon.command.first();
        let mut needed = logs_dirs.iter().chain([pid_file]);
        needed.any(|path| !path.is_absolute())
            || program.is_some_and(|program| Path::new(program).starts_with(UNKNOWN_HOME))
    }
}

impl Config {
    /// Whether the home folder is the one that everybody has.
    pub fn is_default_home(&self) -> bool {
        self.origins.get("home") == Some(&Origin::Default)
    }

    /// The daemon that is meant where no other is named: the first of the file.
    pub fn main(&self) -> &Managed {
        &self.daemons[0]
    }

    /// As if these daemons were all.
    #[must_use]
    pub fn only(&self, numbers: &[usize]) -> Self {
        let mut only = self.clone();
        let these = numbers.iter().map(|number| self.daemons[*number].clone());
        only.daemons = these.collect();
        only
    }

    /// Every key with its value for a daemon in TOML notation and the layer that set it, in the
    /// order of the file.
    pub fn settings(
        &self,
        managed: &Managed,
        secrets: Secrets,
    ) -> Vec<(&'static str, String, Origin)> {
        let path = |path: &Path| quoted(&path.display().to_string());
        let ours = [
            ("home", path(&self.home)),
            ("config", path(&self.config_file)),
        ];
        let mut draft = Draft {
            managed: managed.clone(),
            tray: self.tray.clone(),
            notifications: self.notifications,
            elsewhere: self.elsewhere.clone(),
        };
        let is_one = self.daemons.len() == 1;
        let says = |key: &&Key| {
            let is_set = managed.origins.get(key.name) != Some(&Origin::Default);
            !(is_one && key.is_for_several) || is_set
        };
        let keys = KEYS
            .iter()
            .filter(says)
            .map(|key| (key.name, key.field.show(&mut draft, secrets)));
        let origin = |key| self.origins.get(key).or(managed.origins.get(key));
        ours.into_iter()
            .chain(keys)
            .map(|(key, value)| (key, value, *origin(key).unwrap_or(&Origin::Default)))
            .collect()
    }
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
