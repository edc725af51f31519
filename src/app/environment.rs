//! The environment that a daemon or a job gets.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::model::config::shell;
use crate::os::{login_path, process};

/// What a service manager says to its own child alone (`sd_notify(3)`,
/// `sd_watchdog_enabled(3)`), and would hear from the daemon as from it; where a shell was; and the
/// mark of a daemon that has started us.
const NOT_ITS_OWN: [&str; 6] = [
    process::MARK,
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "PWD",
    "OLDPWD",
];

/// The environment of this process with the configured variables in it, and with the
/// PATH of the login shell in place of a bare one. An error names the variable that cannot
/// be put together.
pub fn of(
    configured: &BTreeMap<String, String>,
    working_dir: &Path,
) -> Result<Vec<(OsString, OsString)>, String> {
    let path = std::env::var_os("PATH");
    let own = configured.get("PATH");
    let wanted = own.is_none_or(|path| path.contains("$PATH") || path.contains("${PATH}"));
    let path = (wanted && login_path::is_bare(path.as_deref()))
        .then(|| login_path::get(std::env::var_os("SHELL").as_deref()))
        .flatten()
        .or(path);
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    let known = |name: &str| match name {
        "PATH" => path.clone().and_then(|path| path.into_string().ok()),
        name => std::env::var(name).ok(),
    };
    let own: BTreeMap<&String, String> = configured
        .iter()
        .map(|(key, value)| match shell::expanded(value, &home, known) {
            Ok(value) => Ok((key, value)),
            Err(why) => Err(format!("env.{key}: {why}")),
        })
        .collect::<Result<_, _>>()?;
    let inherited = std::env::vars_os()
        .filter(|(key, _)| key != "PATH" && !NOT_ITS_OWN.iter().any(|name| key == name));
    let working_dir = working_dir.as_os_str().to_owned();
    let given = path
        .map(|path| ("PATH".into(), path))
        .into_iter()
        .chain([("PWD".into(), working_dir)]);
    Ok(inherited
        .chain(given)
        .filter(|(key, _): &(OsString, OsString)| {
            !key.to_str().is_some_and(|key| configured.contains_key(key))
        })
        .chain(
            own.into_iter()
                .map(|(key, value)| (key.into(), value.into())),
        )
        .collect())
}
