//! From flags, environment and file to the configuration that holds.

use std::path::Path;

use crate::model::config::{self, Config, FileConfig};
use crate::os::config_file::{self, ConfigError};
use crate::os::paths::{self, EnvironmentError, Variables};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
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
    join(home, config, variables, |path| {
        config_file::read(path).map(Option::unwrap_or_default)
    })
}

/// The configuration without the file: for what must work while it is broken.
pub fn load_without_file(
    home: Option<&Path>,
    config: Option<&Path>,
    variables: Variables<'_>,
) -> Result<Config, SettingsError> {
    join(home, config, variables, |_| Ok(FileConfig::default()))
}

fn join(
    home: Option<&Path>,
    config: Option<&Path>,
    variables: Variables<'_>,
    read: impl FnOnce(&Path) -> Result<FileConfig, ConfigError>,
) -> Result<Config, SettingsError> {
    let places = paths::places(home, config, variables)?;
    let overrides = paths::overrides(variables)?;
    let file = read(&places.config_file.0)?;
    Ok(config::resolve(places, file, overrides))
}
