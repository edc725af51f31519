//! The layers joined: flags over environment over file over defaults.

use std::collections::BTreeMap;
use std::path::Path;

use super::file::{self, Flaw};
use super::keys::KEYS;
use super::{
    Config, Daemon, HealthCheck, Managed, Notifications, Origin, Overrides, PidFileOwner, Places,
    Ready, Tray, UNKNOWN_HOME, seconds,
};
use crate::model::life::restart::{Restart, RestartPolicy};

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
    // Another layer may name these as well.
    let mut pid_files = vec![config.managed.daemon.pid_file.clone()];
    let lines = file::apply(text, &mut config, &user_home)?;
    if config.origins["daemon.working_dir"] == Origin::File
        && config.origins["daemon.logs_dir"] == Origin::Default
    {
        config.managed.daemon.logs_dir = config.managed.daemon.working_dir.join(".automation/logs");
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

/// What holds for somebody whose home folder is called `~`.
pub(super) fn blank() -> Config {
    let home = Path::new(UNKNOWN_HOME).join(".inneros");
    defaults(Places {
        user_home: UNKNOWN_HOME.into(),
        config_file: (home.join("config.toml"), Origin::Default),
        home: (home, Origin::Default),
    })
}

/// What holds where nobody says anything.
fn defaults(places: Places) -> Config {
    let Places {
        user_home,
        home: (home, home_origin),
        config_file: (config_file, config_origin),
    } = places;
    let keys = KEYS.iter().map(|key| (key.name, Origin::Default));
    let ours = [("home", home_origin), ("config", config_origin)];
    Config {
        managed: Managed {
            configured_in: config_file.clone(),
            daemon: Daemon {
                name: "InnerOS".into(),
                command: Vec::new(),
                working_dir: user_home,
                env: BTreeMap::new(),
                pid_file: home.join("daemon.pid"),
                pid_file_owner: PidFileOwner::Manager,
                logs_dir: home.join("logs"),
                log_format: String::new(),
                log_zone: "auto".into(),
                start_grace: seconds(1),
                stop_timeout: seconds(10),
                stop_signal: "SIGTERM".into(),
                stop_group: false,
                stop_force: false,
                leave: false,
                ready: Ready::Alive,
                ready_timeout: seconds(30),
                restart: RestartPolicy {
                    restart: Restart::Never,
                    delay: seconds(1),
                    limit: 5,
                    window: seconds(60),
                },
            },
            health: None,
            dashboard_url: None,
        },
        tray: Tray {
            poll_interval: seconds(2),
        },
        notifications: Notifications {
            crashed: true,
            unhealthy: true,
            degraded: true,
            started: false,
            stopped: false,
        },
        home,
        config_file,
        origins: keys.chain(ours).collect(),
    }
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
