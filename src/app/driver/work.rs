//! What the user asked for, done: each of these may take its time.

use std::error::Error;
use std::path::Path;

use crate::app::capture;
use crate::app::lifecycle::{self, Failure, Force, Launching};
use crate::app::settings::SettingsError;
use crate::model::config::{Config, Daemon, secrets};
use crate::model::life::report::Report;
use crate::model::screen::command::{Operation, Switch, Target};
use crate::model::screen::machine::Input;
use crate::model::screen::problem::Problem;
use crate::os::{config_file, desktop, log_files, opener};

/// The tray is there all day, so it keeps the daemon's capture file short.
pub fn keep_output_short(daemon: &Daemon, report: &Report) {
    if report.status.alive().is_some()
        && let Err(error) = capture::keep_short(daemon)
    {
        tracing::warn!("{error}: {}", error.source);
    }
}

pub fn operate(config: &Config, operation: Operation) -> Result<(), Problem> {
    // The tray may be a unit of the session; the daemon must outlive it.
    let how = Launching {
        before_run: Some(&desktop::leave_unit),
        ..Launching::default()
    };
    let result = match operation {
        Operation::Start => match lifecycle::start(&config.managed, how) {
            // Somebody else was faster: what was asked for is so.
            Err(Failure::AlreadyRunning { .. }) => Ok(()),
            result => result.map(drop),
        },
        Operation::Stop => match lifecycle::stop(&config.managed, None, Force::No) {
            Err(Failure::NotRunning { .. }) => Ok(()),
            result => result.map(drop),
        },
        Operation::Restart => lifecycle::restart(&config.managed, how).map(drop),
    };
    result.map_err(|failure| Problem {
        what: message(&failure),
        why: failure.why().map(str::to_owned),
        way_out: failure.hint(),
    })
}

/// An error with its causes, and the way out on a line of its own.
pub fn explain(hint: Option<String>, error: &dyn Error) -> String {
    let message = message(error);
    match hint {
        Some(hint) if !hint.is_empty() => format!("{message}\n{hint}"),
        Some(_) | None => message,
    }
}

/// An error with its causes. What a library says of its own cause is not said twice.
pub fn message(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let cause = error.to_string();
        if !said.ends_with(&cause) {
            said = format!("{said}: {cause}");
        }
        next = error.source();
    }
    said
}

pub fn open(config: &Config, target: Target) -> Result<(), String> {
    let daemon = &config.managed.daemon;
    let opened = match target {
        Target::RecentLog => {
            let newest = log_files::newest(&daemon.logs_dir).map_err(|error| error.to_string())?;
            let log = newest.or_else(|| Some(daemon.output_file()).filter(|path| path.exists()));
            let Some(path) = log else {
                return Err(format!("no logs in '{}'", daemon.logs_dir.display()));
            };
            opener::open_in(path, desktop::LOG_VIEWER)
        }
        Target::LogsFolder if !daemon.logs_dir.is_dir() => {
            return Err(format!(
                "there is no logs folder '{}'",
                daemon.logs_dir.display()
            ));
        }
        Target::LogsFolder => opener::open(&daemon.logs_dir),
        Target::Dashboard => match &config.managed.dashboard_url {
            Some(url) => opener::open(url),
            None => return Err("no dashboard URL is configured".into()),
        },
        Target::Configuration => {
            if !config.config_file.exists() {
                config_file::create(
                    &config.config_file,
                    &crate::model::config::template(),
                    false,
                )
                .map_err(|error| error.to_string())?;
            }
            opener::open(&config.config_file)
        }
    };
    opened.map_err(|error| format!("cannot open it: {}", secrets::in_text(&error.to_string())))
}

pub fn write_switch(path: &Path, switch: Switch, on: bool) -> Result<bool, String> {
    config_file::set_bool(path, "notifications", switch.key(), on)
        .map(|()| on)
        .map_err(|error| error.to_string())
}

/// What the menu says of a configuration that cannot be used.
pub fn misconfigured(error: &SettingsError) -> Input {
    let message = error.to_string();
    tracing::warn!("{message}");
    Input::Misconfigured(message)
}
