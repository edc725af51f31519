//! Where files are, and what the environment says.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::model::config::{self, KEYS, Origin, Overrides, Places, UNKNOWN_HOME};

/// Something in the environment cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// Nobody knows where the user's files are.
    #[error("cannot find your home folder: HOME is not set")]
    NoHome,
    /// A variable holds what it should not.
    #[error("{variable} is not valid: {reason}")]
    Invalid {
        /// Its name.
        variable: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// Variables of the environment by name; a value that is empty counts as not set.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The variables of this process.
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Finds the folder for everything that is ours and the configuration file: flag,
/// then environment, then default.
pub fn places(
    home_flag: Option<&Path>,
    config_flag: Option<&Path>,
    variables: Variables<'_>,
) -> Result<Places, EnvironmentError> {
    let user_home = match user_home(variables) {
        // Most of what is done needs none.
        Err(EnvironmentError::NoHome) => UNKNOWN_HOME.into(),
        found => found?,
    };
    let pick = |flag: Option<&Path>, (option, variable)| match (flag, variables(variable)) {
        (Some(path), _) => from_here(option, path).map(|path| Some((path, Origin::Flag))),
        (None, Some(value)) => {
            by_variable(variable, value, &user_home).map(|path| Some((path, Origin::Environment)))
        }
        (None, None) => Ok(None),
    };
    let home = match pick(home_flag, ("--home", "INNEROS_HOME"))? {
        Some(home) => home,
        None if user_home.is_absolute() => (user_home.join(".inneros"), Origin::Default),
        None => return Err(EnvironmentError::NoHome),
    };
    let config_file = pick(config_flag, ("--config", "INNEROS_CONFIG"))?
        .unwrap_or_else(|| (home.0.join("config.toml"), Origin::Default));
    Ok(Places {
        user_home,
        home,
        config_file,
    })
}

/// The user's home folder: by the environment, or else by the system's list of users.
pub fn user_home(variables: Variables<'_>) -> Result<PathBuf, EnvironmentError> {
    let Some(home) = variables("HOME") else {
        let listed = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        return listed
            .filter(|home| home.is_absolute())
            .ok_or(EnvironmentError::NoHome);
    };
    match text("HOME", home)? {
        home if Path::new(&home).is_absolute() => Ok(home.into()),
        home => Err(EnvironmentError::Invalid {
            variable: "HOME",
            reason: format!("{home:?} is not an absolute path"),
        }),
    }
}

/// What the environment says: each variable that stands for a key.
pub fn overrides(variables: Variables<'_>) -> Result<Overrides, EnvironmentError> {
    let set = KEYS
        .iter()
        .filter_map(|key| key.variable)
        .filter_map(|name| Some((name, variables(name)?)));
    set.map(|(variable, value)| Ok((variable, text(variable, value)?)))
        .collect()
}

/// A path in a variable, which another folder must not change: two commands would mean two
/// daemons.
fn by_variable(
    variable: &'static str,
    value: OsString,
    user_home: &Path,
) -> Result<PathBuf, EnvironmentError> {
    config::path(&text(variable, value)?, user_home)
        .map_err(|reason| EnvironmentError::Invalid { variable, reason })
}

/// A path in a flag is one from the folder where it is typed.
fn from_here(flag: &'static str, path: &Path) -> Result<PathBuf, EnvironmentError> {
    let absolute = std::path::absolute(path).map_err(|error| EnvironmentError::Invalid {
        variable: flag,
        reason: error.to_string(),
    })?;
    text(flag, absolute.into()).map(PathBuf::from)
}

/// Records, answers and configuration files are UTF-8 and hold these paths.
fn text(variable: &'static str, value: OsString) -> Result<String, EnvironmentError> {
    value
        .into_string()
        .map_err(|value| EnvironmentError::Invalid {
            variable,
            reason: format!("{:?} is not UTF-8", value.display().to_string()),
        })
}
