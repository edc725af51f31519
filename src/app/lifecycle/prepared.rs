//! What can be looked for before a start does anything: a restart that could not start the
//! daemon again does not stop it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::failure::Failure;
use crate::model::config::{Managed, Ready};
use crate::os::{login_path, process};

/// What a start needs that can be looked for before anything is done.
pub(super) struct Prepared {
    pub(super) program: PathBuf,
    pub(super) environment: Vec<(OsString, OsString)>,
}

impl Prepared {
    /// Fails where no start can succeed.
    pub(super) fn new(managed: &Managed) -> Result<Self, Failure> {
        let daemon = &managed.daemon;
        if daemon.ready == Ready::Health && managed.health.is_none() {
            return Err(Failure::NoHealthUrl);
        }
        let Some(program) = daemon.command.first() else {
            return Err(Failure::NotConfigured {
                config_file: managed.configured_in.clone(),
            });
        };
        process::check_working_dir(&daemon.working_dir).map_err(|source| Failure::WorkingDir {
            path: daemon.working_dir.clone(),
            source,
        })?;
        let environment = environment(&daemon.env);
        let path = environment
            .iter()
            .find_map(|(key, value)| (key == "PATH").then_some(value.clone()))
            .unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        let program = process::resolve_program(program, &daemon.working_dir, &path)?;
        Ok(Self {
            program,
            environment,
        })
    }
}

/// What a service manager says to its own child alone (`sd_notify(3)`,
/// `sd_watchdog_enabled(3)`), and would hear from the daemon as from it.
const SERVICE_MANAGERS: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"];

/// The environment of this process with the configured variables in it, and with the
/// PATH of the login shell in the place of a bare one.
pub fn environment(configured: &BTreeMap<String, String>) -> Vec<(OsString, OsString)> {
    let path = std::env::var_os("PATH");
    let better = login_path::is_bare(path.as_deref()) && !configured.contains_key("PATH");
    let path = better
        .then(|| login_path::get(std::env::var_os("SHELL").as_deref()))
        .flatten()
        .or(path);
    std::env::vars_os()
        .filter(|(key, _)| key != "PATH" && !SERVICE_MANAGERS.iter().any(|name| key == name))
        .chain(path.map(|path| ("PATH".into(), path)))
        .filter(|(key, _)| !key.to_str().is_some_and(|key| configured.contains_key(key)))
        .chain(
            configured
                .iter()
                .map(|(key, value)| (key.into(), value.into())),
        )
        .collect()
}
