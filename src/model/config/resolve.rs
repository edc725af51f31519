//! The layers joined: flags over environment over file over defaults.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::DeTable;

#[cfg(feature = "tray")]
use super::defaults::nowhere;
use super::defaults::{MAIN, defaults};
use super::file::{self, Flaw};
use super::fleet::{Made, Maker, finished};
use super::keys::KEYS;
use super::names::check_name;
use super::{Besides, Config, Draft, HealthCheck, Managed, Origin, Overrides, Places, seconds};

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
pub fn resolve(
    places: &Places,
    text: &str,
    overrides: &Overrides,
    besides: &Besides,
) -> Result<Config, Unfit> {
    let user_home = &places.user_home;
    let document = file::parse(text)?;
    let document = document.get_ref();
    let mut base = defaults(places);
    base.managed.origins = KEYS.iter().map(|key| (key.name, Origin::Default)).collect();
    read_defaults(document, text, &mut base, user_home)?;
    let mut draft = base.clone();
    // Another layer may name these as well.
    let mut pid_files = vec![draft.managed.daemon.pid_file.clone()];
    let starts = file::apply(document, text, &mut draft, user_home)?;
    pid_files.push(draft.managed.daemon.pid_file.clone());
    let maker = Maker {
        places,
        base: &base,
        text,
    };
    let mut made = maker.in_file(document)?;
    let is_alone = made.is_empty() && besides.files.is_empty();
    let has_main = is_alone
        || document.contains_key("daemon")
        || overrides.contains_key("INNEROS_DAEMON_COMMAND");
    if has_main {
        read_variables(&mut draft, overrides, user_home)?;
    } else if let Some((key, start)) = starts.iter().find(|(key, _)| is_of_main(key)) {
        let why =
            format!("`{key}` is for [daemon], and there is none: write it into [daemons.NAME]");
        return Err(file::flaw(text, *start, &why).into());
    }
    let Draft {
        managed,
        tray,
        notifications,
        elsewhere,
    } = draft;
    let mut main = finished(managed);
    main.id = as_name(&main.daemon.name);
    let of_all = main.origins.iter().filter(|(key, _)| !is_of_main(key));
    let mut origins = BTreeMap::from([("home", places.home.1), ("config", places.config_file.1)]);
    origins.extend(of_all);
    let mut config = Config {
        home: places.home.0.clone(),
        config_file: places.config_file.0.clone(),
        daemons: Vec::new(),
        tray,
        notifications,
        elsewhere,
        has_jobs: document.contains_key("jobs"),
        origins,
    };
    if let Some(start) = starts.get("metrics.file")
        && config.elsewhere.metrics_file.starts_with(&config.home)
    {
        let why = format!(
            "found a file in the home folder '{}', which nobody else can read, expected one elsewhere",
            config.home.display()
        );
        return Err(file::flaw(text, *start, &why).into());
    }
    if has_main {
        config
            .check_names(&main.daemon.pid_file, &pid_files)
            .map_err(|why| {
                let start = starts.get("daemon.pid_file");
                badly_named(&config, &main, text, start, why)
            })?;
        let start = document.get_key_value("daemon");
        let start = start.map_or(0, |(key, _)| key.span().start);
        made.push(Made::of_file(&maker, main, starts, start));
    }
    config.daemons = maker.fleet(made, besides, &config)?;
    Ok(config)
}

/// What `[defaults]` says of every daemon.
fn read_defaults(
    document: &DeTable<'_>,
    text: &str,
    base: &mut Draft,
    user_home: &Path,
) -> Result<(), Flaw> {
    let Some((key, table)) = document.get_key_value("defaults") else {
        return Ok(());
    };
    let Some(table) = table.get_ref().as_table() else {
        let why = "expected a table, such as [defaults]";
        return Err(file::flaw(text, key.span().start, why));
    };
    file::read_daemon(table, text, base, user_home, Origin::Defaults).map(drop)
}

/// What the environment says of `[daemon]`.
fn read_variables(draft: &mut Draft, overrides: &Overrides, user_home: &Path) -> Result<(), Unfit> {
    for key in KEYS {
        let said = key.variable.and_then(|name| overrides.get_key_value(name));
        let Some((variable, text)) = said else {
            continue;
        };
        key.field
            .read_variable(draft, text, user_home)
            .map_err(|reason| Unfit::Variable { variable, reason })?;
        draft.managed.origins.insert(key.name, Origin::Environment);
    }
    Ok(())
}

/// Whether a key says something of one daemon.
fn is_of_main(key: &str) -> bool {
    key.starts_with("daemon.") || key.starts_with("health.") || key == "tray.dashboard_url"
}

/// The word by which commands know the daemon of `[daemon]`: `My Vault` is `my-vault`.
fn as_name(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let letter = |c: char| if fits(c) { c } else { '-' };
    let word: String = name.to_lowercase().chars().map(letter).collect();
    let word = word.trim_matches(['-', '.', '_']);
    let word = if check_name(word).is_ok() { word } else { MAIN };
    word.to_owned()
}

/// Whether a text may be in the file.
#[cfg(feature = "tray")]
pub fn check(text: &str) -> Result<(), Flaw> {
    match resolve(&nowhere(), text, &Overrides::default(), &Besides::default()) {
        Err(Unfit::File(flaw)) => Err(flaw),
        Ok(_) | Err(Unfit::Variable { .. }) => Ok(()),
    }
}

/// Whoever named the PID file, or else the configuration file, named it so that two files
/// would be one.
fn badly_named(
    config: &Config,
    main: &Managed,
    text: &str,
    start: Option<&usize>,
    reason: String,
) -> Unfit {
    let origin = |key| config.origins.get(key).or(main.origins.get(key));
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
