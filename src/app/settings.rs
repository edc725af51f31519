//! From flags, environment and file to the configuration in effect.

use std::path::{Path, PathBuf};

use crate::model::config::{self, Besides, Config, DaemonFile, Managed, Origin, Places, Unfit};
use crate::os::config_file::{self, ConfigError, FileStamp};
use crate::os::daemon_files;
use crate::os::paths::{self, EnvironmentError, Variables};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The environment.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The file.
    #[error(transparent)]
    File(#[from] ConfigError),
}

/// Joins the layers: flags over environment over file over defaults.
pub fn load(
    home: Option<&Path>,
    config: Option<&Path>,
    variables: Variables<'_>,
) -> Result<Config, SettingsError> {
    join(home, config, variables, |places| {
        let (path, origin) = &places.config_file;
        // Whoever names a file means one that is there.
        let text = config_file::read(path, *origin != Origin::Default)?;
        Ok((text, besides(&places.home.0)?))
    })
}

/// The configuration without the file: for what must work while it is broken.
pub fn load_without_file(
    home: Option<&Path>,
    config: Option<&Path>,
    variables: Variables<'_>,
) -> Result<Config, SettingsError> {
    join(home, config, variables, |_| {
        Ok((String::new(), Besides::default()))
    })
}

/// Where the configuration comes from besides the environment: what flags say.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The folder for everything that is ours.
    pub home: Option<PathBuf>,
    /// The configuration file.
    pub config: Option<PathBuf>,
}

impl Source {
    /// As [`load`].
    pub fn load(&self) -> Result<Config, SettingsError> {
        load(
            self.home.as_deref(),
            self.config.as_deref(),
            &paths::variable,
        )
    }

    /// As [`load_without_file`].
    pub fn load_without_file(&self) -> Result<Config, SettingsError> {
        load_without_file(
            self.home.as_deref(),
            self.config.as_deref(),
            &paths::variable,
        )
    }
}

/// A configuration file that is looked at again and again.
#[derive(Debug)]
pub struct Watched {
    source: Source,
    path: PathBuf,
    home: PathBuf,
    /// The daemons that it is about, if not about all.
    only: Option<Vec<String>>,
    stamps: Vec<Option<FileStamp>>,
}

impl Watched {
    /// Takes the file as it is now for known.
    pub fn new(source: Source, path: &Path) -> Self {
        let placed = source.load_without_file().map(|placed| placed.home);
        let mut watched = Self {
            home: placed.unwrap_or_else(|_| path.to_owned()),
            source,
            path: path.to_owned(),
            only: None,
            stamps: Vec::new(),
        };
        watched.stamps = watched.look();
        watched
    }

    /// Of these daemons alone, by their ids: of no other is anything told.
    #[must_use]
    pub fn of(mut self, ids: Vec<String>) -> Self {
        self.only = Some(ids);
        self
    }

    /// Where the configuration comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The configuration anew, if the file was written since the last time.
    pub fn changed(&mut self) -> Option<Result<Config, SettingsError>> {
        let stamps = self.look();
        if stamps == self.stamps {
            return None;
        }
        self.stamps = stamps;
        let loaded = self.source.load();
        let (Some(ids), Ok(config)) = (&self.only, &loaded) else {
            return Some(loaded);
        };
        let is_one = |number: &usize| ids.contains(&config.daemons[*number].id);
        let numbers: Vec<usize> = (0..config.daemons.len()).filter(is_one).collect();
        // Those that are all gone without a trace stay what they were.
        (!numbers.is_empty()).then(|| Ok(config.only(&numbers)))
    }

    /// The stamps of the configuration file and of those beside it.
    fn look(&self) -> Vec<Option<FileStamp>> {
        let stamp = config_file::stamp(&self.path);
        let others = daemon_files::configured(&self.home.join("daemons.d")).unwrap_or_default();
        let others = others.iter().map(|(_, path)| config_file::stamp(path));
        std::iter::once(stamp).chain(others).collect()
    }
}

/// What the home folder has besides the configuration file.
fn besides(home: &Path) -> Result<Besides, ConfigError> {
    let found = daemon_files::find(home)?;
    let files = found.files.into_iter().map(|(name, path)| {
        let text = config_file::read(&path, true).map_err(|error| with_cause(&error));
        DaemonFile { name, path, text }
    });
    Ok(Besides {
        files: files.collect(),
        run: found.run,
    })
}

fn with_cause(error: &ConfigError) -> String {
    match error {
        ConfigError::File(file) => format!("{file}: {}", file.source),
        ConfigError::Invalid { .. } | ConfigError::Changed(_) | ConfigError::Exists(_) => {
            error.to_string()
        }
    }
}

fn join(
    home: Option<&Path>,
    config: Option<&Path>,
    variables: Variables<'_>,
    read: impl FnOnce(&Places) -> Result<(String, Besides), ConfigError>,
) -> Result<Config, SettingsError> {
    let places = paths::places(home, config, variables)?;
    let overrides = paths::overrides(variables)?;
    let (text, besides) = read(&places)?;
    let resolved = config::resolve(&places, &text, &overrides, &besides);
    let config = resolved.map_err(|unfit| match unfit {
        Unfit::File(flaw) => {
            let path = places.config_file.0.clone();
            ConfigError::Invalid { path, flaw }.into()
        }
        Unfit::Variable { variable, reason } => {
            SettingsError::from(EnvironmentError::Invalid { variable, reason })
        }
    })?;
    if config.daemons.iter().any(Managed::needs_unknown_home) {
        return Err(EnvironmentError::NoHome.into());
    }
    Ok(config)
}
