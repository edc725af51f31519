//! The layers joined: flags over environment over file over defaults.

#[cfg(feature = "tray")]
use super::UNKNOWN_HOME;
#[cfg(feature = "tray")]
use super::defaults::blank;
use super::defaults::defaults;
use super::file::{self, Flaw};
use super::keys::KEYS;
use super::{Config, HealthCheck, Origin, Overrides, Places, seconds};

/// Why layers make no configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// The file says what it should not.
    File(Flaw),
    /// A variable of the environment or a flag does.
    Variable {
        /// Its name.
        variable: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl From<Flaw> for Unfit {
    fn from(flaw: Flaw) -> Self {
        Self::File(flaw)
    }
}

/// Joins the layers into the configuration that holds; `text` is that of the file.
pub fn resolve(places: Places, text: &str, overrides: &Overrides) -> Result<Config, Unfit> {
    let user_home = places.user_home.clone();
    let mut config = defaults(places);
    config
        .origins
        .extend(KEYS.iter().map(|key| (key.name, Origin::Default)));
    // Another layer may name these as well.
    let mut pid_files = vec![config.managed.daemon.pid_file.clone()];
    let lines = file::apply(text, &mut config, &user_home)?;
    if config.origins["daemon.working_dir"] == Origin::File
        && config.origins["daemon.logs_dir"] == Origin::Default
    {
        let folder = config.managed.daemon.working_dir.join(".automation/logs");
        config.managed.daemon.logs_dirs = vec![folder];
    }
    pid_files.push(config.managed.daemon.pid_file.clone());
    for key in KEYS {
        let said = key.variable.and_then(|name| overrides.get_key_value(name));
        let Some((variable, text)) = said else {
            continue;
        };
        key.field
            .read_variable(&mut config, text, &user_home)
            .map_err(|reason| Unfit::Variable { variable, reason })?;
        config.origins.insert(key.name, Origin::Environment);
    }
    config.managed.health = config
        .managed
        .health
        .filter(|health| !health.url.is_empty());
    let dashboard = config.managed.dashboard_url;
    config.managed.dashboard_url = dashboard.filter(|url| !url.is_empty());
    match config.check_names(&pid_files) {
        Ok(()) => Ok(config),
        Err(why) => Err(badly_named(
            &config,
            text,
            lines.get("daemon.pid_file"),
            why,
        )),
    }
}

/// Whether a text may be in the file.
#[cfg(feature = "tray")]
pub fn check(text: &str) -> Result<(), Flaw> {
    file::apply(text, &mut blank(), UNKNOWN_HOME.as_ref()).map(drop)
}

/// Whoever named the PID file, or else the configuration file, named it so that two files
/// would be one.
fn badly_named(config: &Config, text: &str, start: Option<&usize>, reason: String) -> Unfit {
    let by_variable = |key| config.origins.get(key) == Some(&Origin::Environment);
    let variable = match start {
        _ if by_variable("daemon.pid_file") => "INNEROS_PID_FILE",
        Some(start) => return file::flaw(text, *start, &reason).into(),
        None if by_variable("config") => "INNEROS_CONFIG",
        None => "--config",
    };
    Unfit::Variable { variable, reason }
}

impl Config {
    /// The health probe while it is put together; without a URL there is none.
    pub(super) fn health_mut(&mut self) -> &mut HealthCheck {
        self.managed.health.get_or_insert_with(|| HealthCheck {
            url: String::new(),
            timeout: seconds(2),
            interval: seconds(10),
            allow_remote: false,
        })
    }
}
