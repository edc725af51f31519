//! The layers joined: flags over environment over file over defaults.

#[cfg(feature = "tray")]
use super::UNKNOWN_HOME;
#[cfg(feature = "tray")]
use super::defaults::blank;
use super::defaults::defaults;
use super::file::{self, Flaw};
use super::keys::KEYS;
use super::{Config, Draft, HealthCheck, Origin, Overrides, Places, seconds};
use crate::model::text;

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
    let mut draft = defaults(&places);
    let keys = KEYS.iter().map(|key| (key.name, Origin::Default));
    draft.managed.origins = keys.collect();
    let Places {
        user_home,
        home: (home, home_origin),
        config_file: (config_file, config_origin),
    } = places;
    // Another layer may name these as well.
    let mut pid_files = vec![draft.managed.daemon.pid_file.clone()];
    let said = file::apply(text, &mut draft, &user_home)?;
    let managed = &mut draft.managed;
    if managed.origins["daemon.working_dir"] == Origin::File
        && managed.origins["daemon.logs_dir"] == Origin::Default
    {
        let folder = managed.daemon.working_dir.join(".automation/logs");
        managed.daemon.logs_dirs = vec![folder];
    }
    pid_files.push(managed.daemon.pid_file.clone());
    for key in KEYS {
        let said = key.variable.and_then(|name| overrides.get_key_value(name));
        let Some((variable, text)) = said else {
            continue;
        };
        key.field
            .read_variable(&mut draft, text, &user_home)
            .map_err(|reason| Unfit::Variable { variable, reason })?;
        draft.managed.origins.insert(key.name, Origin::Environment);
    }
    let Draft {
        mut managed,
        tray,
        notifications,
        elsewhere,
    } = draft;
    // It is shown everywhere, and does not drive a terminal anywhere.
    managed.daemon.name = text::printable(&managed.daemon.name);
    managed.health = managed.health.filter(|health| !health.url.is_empty());
    managed.dashboard_url = managed.dashboard_url.filter(|url| !url.is_empty());
    let config = Config {
        home,
        config_file,
        daemons: vec![managed],
        tray,
        notifications,
        elsewhere,
        has_jobs: said.has_jobs,
        origins: [("home", home_origin), ("config", config_origin)].into(),
    };
    if let Some(start) = said.starts.get("metrics.file")
        && config.elsewhere.metrics_file.starts_with(&config.home)
    {
        let why = format!(
            "found a file in the home folder '{}', which nobody else can read, expected one elsewhere",
            config.home.display()
        );
        return Err(file::flaw(text, *start, &why).into());
    }
    let named = config.check_names(&config.main().daemon.pid_file, &pid_files);
    let at = said.starts.get("daemon.pid_file");
    named
        .map_err(|why| badly_named(&config, text, at, why))
        .map(|()| config)
}

/// Whether a text may be in the file.
#[cfg(feature = "tray")]
pub fn check(text: &str) -> Result<(), Flaw> {
    file::apply(text, &mut blank(), UNKNOWN_HOME.as_ref()).map(drop)
}

/// Whoever named the PID file, or else the configuration file, named it so that two files
/// would be one.
fn badly_named(config: &Config, text: &str, start: Option<&usize>, reason: String) -> Unfit {
    let managed = &config.main().origins;
    let origin = |key| config.origins.get(key).or(managed.get(key));
    let by_variable = |key| origin(key) == Some(&Origin::Environment);
    let variable = match start {
        _ if by_variable("daemon.pid_file") => "INNEROS_PID_FILE",
        Some(start) => return file::flaw(text, *start, &reason).into(),
        None if by_variable("config") => "INNEROS_CONFIG",
        None => "--config",
    };
    Unfit::Variable { variable, reason }
}

impl Draft {
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
