//! From flags, environment and file to the configuration in effect.

use std::path::{Path, PathBuf};

use crate::model::config::{self, Config, Managed, Origin, Unfit};
use crate::os::config_file::{self, ConfigError, FileStamp};
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
    join(home, config, variables, config_file::read)
}

/// The configuration without the file: for what must work while it is broken.
pub fn load_without_file(
    home: Option<&Path>,
    config: Option<&Path>,
    variables: Variables<'_>,
) -> Result<Config, SettingsError> {
    join(home, config, variables, |_, _| Ok(String::new()))
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
    stamp: Option<FileStamp>,
}

impl Watched {
    /// Takes the file as it is now for known.
    pub fn new(source: Source, path: &Path) -> Self {
        Self {
            source,
            path: path.to_owned(),
            stamp: config_file::stamp(path),
        }
    }

    /// Where the configuration comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The configuration anew, if the file was written since the last time.
    pub fn changed(&mut self) -> Option<Result<Config, SettingsError>> {
        let stamp = config_file::stamp(&self.path);
        if stamp == self.stamp {
            return None;
        }
        self.stamp = stamp;
        Some(self.source.load())
    }
}

fn join(
    home: Option<&Path>,
    config: Option<&Path>,
    variables: Variables<'_>,
    read: impl FnOnce(&Path, bool) -> Result<String, ConfigError>,
) -> Result<Config, SettingsError> {
    let places = paths::places(home, config, variables)?;
    let overrides = paths::overrides(variables)?;
    let (path, origin) = places.config_file.clone();
    // Whoever names a file means one that is there.
    let text = read(&path, origin != Origin::Default)?;
    let config = config::resolve(places, &text, &overrides).map_err(|unfit| match unfit {
        Unfit::File(flaw) => ConfigError::Invalid { path, flaw }.into(),
        Unfit::Variable { variable, reason } => {
            SettingsError::from(EnvironmentError::Invalid { variable, reason })
        }
    })?;
    if config.daemons.iter().any(Managed::needs_unknown_home) {
        return Err(EnvironmentError::NoHome.into());
    }
    Ok(config)
}
