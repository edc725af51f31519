//! Where things are, and what the environment says.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::model::config::{Origin, Overrides, Places, UNKNOWN_HOME, check_command};

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
    let user_home = user_home(variables);
    let pick = |flag: Option<&Path>, name: &'static str| match (flag, variables(name)) {
        (Some(path), _) => absolute("the path", path).map(|path| Some((path, Origin::Flag))),
        (None, Some(path)) => {
            absolute(name, Path::new(&path)).map(|path| Some((path, Origin::Environment)))
        }
        (None, None) => Ok(None),
    };
    let home = match (pick(home_flag, "INNEROS_HOME")?, &user_home) {
        (Some(home), _) => home,
        (None, Ok(user_home)) => (user_home.join(".inneros"), Origin::Default),
        (None, Err(_)) => return Err(EnvironmentError::NoHome),
    };
    let config_file = pick(config_flag, "INNEROS_CONFIG")?
        .unwrap_or_else(|| (home.0.join("config.toml"), Origin::Default));
    Ok(Places {
        // Most of what is done needs none.
        user_home: user_home.unwrap_or_else(|_| UNKNOWN_HOME.into()),
        home,
        config_file,
    })
}

/// The user's home folder: by the environment, or else by the system's list of users.
pub fn user_home(variables: Variables<'_>) -> Result<PathBuf, EnvironmentError> {
    variables("HOME")
        .map(PathBuf::from)
        .or_else(|| directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()))
        .filter(|home| home.is_absolute())
        .ok_or(EnvironmentError::NoHome)
}

/// What the environment says about the daemon.
pub fn overrides(variables: Variables<'_>) -> Result<Overrides, EnvironmentError> {
    let path = |name: &'static str| {
        variables(name)
            .map(|path| absolute(name, Path::new(&path)))
            .transpose()
    };
    Ok(Overrides {
        pid_file: path("INNEROS_PID_FILE")?,
        logs_dir: path("INNEROS_LOGS_DIR")?,
        command: variables("INNEROS_DAEMON_COMMAND")
            .map(|line| command(&line))
            .transpose()?,
    })
}

fn command(line: &OsString) -> Result<Vec<String>, EnvironmentError> {
    let invalid = |reason: String| EnvironmentError::Invalid {
        variable: "INNEROS_DAEMON_COMMAND",
        reason,
    };
    let line = line
        .to_str()
        .ok_or_else(|| invalid("it is not UTF-8".into()))?;
    let words = shell_words::split(line).map_err(|error| invalid(error.to_string()))?;
    check_command(&words).map_err(|reason| invalid(reason.into()))?;
    Ok(words)
}

fn absolute(variable: &'static str, path: &Path) -> Result<PathBuf, EnvironmentError> {
    std::path::absolute(path).map_err(|error| EnvironmentError::Invalid {
        variable,
        reason: error.to_string(),
    })
}
