//! What can be checked before a start changes anything: a restart that could not start the
//! daemon again does not stop it.

use std::ffi::OsString;
use std::path::PathBuf;

use super::failure::Failure;
use crate::app::environment;
use crate::model::config::{Managed, Ready, Standing, shell};
use crate::os::process;

/// What a start needs that can be looked for before anything is done.
pub(super) struct Prepared {
    pub(super) program: PathBuf,
    pub(super) environment: Vec<(OsString, OsString)>,
}

impl Prepared {
    /// Fails where no start can succeed.
    pub(super) fn new(managed: &Managed) -> Result<Self, Failure> {
        let daemon = &managed.daemon;
        if managed.standing != Standing::Configured {
            return Err(Failure::unconfigured(managed));
        }
        if daemon.ready == Ready::Health && managed.health.is_none() {
            return Err(Failure::NoHealthUrl);
        }
        let Some(program) = daemon.command.first() else {
            return Err(Failure::unconfigured(managed));
        };
        process::check_working_dir(&daemon.working_dir).map_err(|source| Failure::WorkingDir {
            path: daemon.working_dir.clone(),
            source,
        })?;
        let environment =
            environment::of(&daemon.env, &daemon.working_dir).map_err(Failure::Environment)?;
        let path = environment
            .iter()
            .find_map(|(key, value)| (key == "PATH").then_some(value.clone()))
            .unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        let program =
            process::resolve_program(program, &daemon.working_dir, &path).map_err(|error| {
                match shell::as_list(&daemon.command) {
                    Some(list) => Failure::ForAShell { error, list },
                    None => Failure::Program(error),
                }
            })?;
        Ok(Self {
            program,
            environment,
        })
    }
}
