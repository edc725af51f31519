//! From flags, environment and file to the configuration that holds.

use std::path::Path;

use crate::model::config::{self, Config};
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
    let places = paths::places(home, config, variables)?;
    let overrides = paths::overrides(variables)?;
    let file = config_file::read(&places.config_file.0)?;
    Ok(config::resolve(places, file.unwrap_or_default(), overrides))
}

/// The configuration without the file: for what must work while it is broken.
pub fn load_without_file(
    home: Option<&Path>,
    config: Option<&Path>,
    variables: Variables<'_>,
) -> Result<Config, SettingsError> {
    let places = paths::places(home, config, variables)?;
    let overrides = paths::overrides(variables)?;
    Ok(config::resolve(
        places,
        config::FileConfig::default(),
        overrides,
    ))
}
