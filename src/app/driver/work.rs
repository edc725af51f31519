//! Carries out what the user asked for; each of these may take a while.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::app::capture;
use crate::app::fleet::{Outcome, Walk};
use crate::app::lifecycle::{self, Failure, Force, Holder, Launching, Left, Started, Stopping};
use crate::app::settings::SettingsError;
use crate::model::config::{Config, Daemon, Managed, Standing, secrets};
use crate::model::life::report::Report;
use crate::model::screen::command::{AllOperation, NoticeSwitch, Operation, Target};
use crate::model::screen::machine::Input;
use crate::model::screen::problem::{Broken, Problem};
use crate::model::words;
use crate::os::config_file::ConfigError;
use crate::os::{config_file, desktop, log_files, opener};

/// The tray is there all day, so it keeps the daemon's capture file short.
pub fn keep_output_short(daemon: &Daemon, report: &Report) {
    if report.status.alive().is_some()
        && let Err(error) = capture::keep_short(daemon)
    {
        tracing::warn!("{error}: {}", error.source);
    }
}

/// Does it; a start is given up once `is_cancelled`.
pub fn operate(
    managed: &Managed,
    operation: Operation,
    is_cancelled: &dyn Fn() -> bool,
    waits: &dyn Fn(String),
) -> Result<(), Problem> {
    let waiting = |holder: Option<&Holder>| {
        let who = holder.map_or(
            "another start, stop or restart".to_owned(),
            Holder::sentence,
        );
        waits(format!("Waiting for {who}"));
    };
    let stopping = Stopping {
        waiting: Some(&waiting),
        ..Stopping::default()
    };
    // The tray may be a unit of the session; the daemon must outlive it.
    let how = Launching {
        before_run: Some(&desktop::leave_unit),
        give_up: Some(is_cancelled),
        waiting: Some(&waiting),
        ..Launching::default()
    };
    let result = match operation {
        Operation::Start => match lifecycle::start(managed, how) {
            // Somebody else was faster: what was asked for is so.
            Err(Failure::AlreadyRunning { .. } | Failure::GivenUp { .. }) => Ok(()),
            result => result.map(drop),
        },
        Operation::Stop => return stop(managed, stopping),
        Operation::ForceStop => {
            // It has had its time.
            let how = Stopping {
                timeout: Some(Duration::from_secs(1)),
                force: Force::Kill,
                ..stopping
            };
            return stop(managed, how);
        }
        Operation::Restart => match lifecycle::restart(managed, how, stopping) {
            Err(failure) if matches!(failure.of_the_start(), Failure::GivenUp { .. }) => Ok(()),
            result => result.map(drop),
        },
        Operation::Forget(pid) => lifecycle::forget(managed, pid),
    };
    result.map_err(|failure| problem(&failure))
}

/// Does it to several daemons, in the order in which they need each other; `done` hears of each.
/// The start of one is given up once its flag is set.
pub fn operate_all(
    config: &Config,
    operation: AllOperation,
    meant: &[usize],
    cancelled: &[Arc<AtomicBool>],
    done: impl Fn(&Managed, Operation, Result<(), Problem>) + Sync,
) {
    let number = |managed: &Managed| {
        let mut all = config.daemons.iter();
        all.position(|other| other.id == managed.id)
    };
    let is_cancelled = |managed: &Managed| {
        let flag = number(managed).and_then(|number| cancelled.get(number));
        flag.is_some_and(|flag| flag.load(Ordering::Relaxed))
    };
    let walk = Walk {
        config,
        meant,
        is_over: &|| false,
    };
    match operation {
        AllOperation::Start | AllOperation::StartCrashed => {
            walk.start(
                |managed| {
                    let give_up = || is_cancelled(managed);
                    let how = Launching {
                        before_run: Some(&desktop::leave_unit),
                        give_up: Some(&give_up),
                        ..Launching::default()
                    };
                    lifecycle::start(managed, how)
                },
                |managed, outcome| done(managed, Operation::Start, started(outcome)),
            );
        }
        AllOperation::Stop => {
            walk.in_reverse(
                |managed| Ok(stop(managed, Stopping::default())),
                |managed, outcome| {
                    if let Outcome::Done(result) = outcome {
                        done(managed, Operation::Stop, result.clone());
                    }
                },
            );
        }
    }
}

fn started(outcome: &Outcome<Started>) -> Result<(), Problem> {
    match outcome {
        Outcome::Done(_)
        | Outcome::Interrupted
        | Outcome::Failed(Failure::AlreadyRunning { .. } | Failure::GivenUp { .. }) => Ok(()),
        Outcome::Failed(failure) => Err(problem(failure)),
        Outcome::Needs(name) => Err(Problem {
            what: format!("it needs {name}, which does not run"),
            why: None,
            way_out: Some(format!("start {name} first")),
            place: None,
        }),
    }
}

fn problem(failure: &Failure) -> Problem {
    // Who that is stands first: a row is short.
    let what = match failure.holder() {
        Some(holder) if holder.is_suspended => format!("suspended: {}", holder.who),
        Some(holder) => format!("busy: {}", holder.who),
        None => message(failure),
    };
    Problem {
        what,
        why: failure.why().map(str::to_owned).or_else(|| beside(failure)),
        way_out: failure.hint(),
        place: place(failure.of_the_start()),
    }
}

/// What a daemon is not started beside, in few words.
fn beside(failure: &Failure) -> Option<String> {
    if let Failure::Left { left } = failure.of_the_start() {
        Some(Left::still_alive(left))
    } else {
        None
    }
}

fn stop(managed: &Managed, how: Stopping<'_>) -> Result<(), Problem> {
    match lifecycle::stop(managed, how) {
        Err(Failure::NotRunning { .. }) => Ok(()),
        Ok(stopped) if !stopped.left.is_empty() && !managed.daemon.leave => Err(Problem {
            what: Left::sentence(&stopped.left, "it"),
            why: None,
            way_out: Some(Left::way_out(&stopped.left)),
            place: None,
        }),
        Ok(_) => Ok(()),
        Err(failure) => Err(problem(&failure)),
    }
}

/// Where the words of a failure come from, or where it is mended.
fn place(failure: &Failure) -> Option<Target> {
    match failure {
        Failure::EndedAtStart { .. } => Some(Target::Output),
        Failure::NotConfigured { .. }
        | Failure::Misconfigured { .. }
        | Failure::NoHealthUrl
        | Failure::WorkingDir { .. }
        | Failure::Program(_)
        | Failure::ForAShell { .. }
        | Failure::Environment(_)
        | Failure::Spawn { .. } => Some(Target::Configuration),
        Failure::NotReady { .. } => Some(Target::Log),
        Failure::AlreadyRunning { .. }
        | Failure::NotRunning { .. }
        | Failure::Foreign { .. }
        | Failure::Unknown { .. }
        | Failure::GivenUp { .. }
        | Failure::FromWithin { .. }
        | Failure::StillRunning { .. }
        | Failure::Left { .. }
        | Failure::LeftUnrecorded { .. }
        | Failure::NotRestarted { .. }
        | Failure::Busy(_)
        | Failure::NoLock(_)
        | Failure::File(_)
        | Failure::Process { .. } => None,
    }
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

pub fn open(config: &Config, managed: &Managed, target: Target) -> Result<(), String> {
    let daemon = &managed.daemon;
    let opened = match target {
        Target::Log => {
            let newest = log_files::newest(&daemon.logs_dirs).map_err(|error| error.to_string())?;
            let log = newest.or_else(|| Some(daemon.output_file()).filter(|path| path.exists()));
            let Some(path) = log else {
                return Err(format!("no logs in {}", words::paths(&daemon.logs_dirs)));
            };
            opener::open_in(&path, desktop::log_viewer(&path).as_deref())
        }
        Target::Output => {
            let output = daemon.output_file();
            if !output.exists() {
                return Err(format!("there is no output yet in '{}'", output.display()));
            }
            opener::open_in(&output, desktop::log_viewer(&output).as_deref())
        }
        Target::LogsFolder => {
            let Some(folder) = logs_folder(&daemon.logs_dirs) else {
                let folders = words::paths(&daemon.logs_dirs);
                return Err(format!("there is no logs folder {folders}"));
            };
            opener::open(folder)
        }
        Target::Dashboard => match &managed.dashboard_url {
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
            let file = match managed.standing {
                Standing::Misconfigured(_) => &managed.configured_in,
                Standing::Configured | Standing::Removed => &config.config_file,
            };
            opener::open_in(file, desktop::text_editor().as_deref())
        }
    };
    opened.map_err(|error| format!("cannot open it: {}", secrets::in_text(&error.to_string())))
}

/// The folder of the newest log; where there is none, the first that is there.
fn logs_folder(folders: &[PathBuf]) -> Option<PathBuf> {
    let newest = log_files::newest(folders).ok().flatten();
    let folder = newest.and_then(|log| log.parent().map(Path::to_owned));
    folder.or_else(|| folders.iter().find(|folder| folder.is_dir()).cloned())
}

pub fn write_switch(path: &Path, switch: NoticeSwitch, on: bool) -> Result<bool, String> {
    config_file::set_bool(path, "notifications", switch.key(), on)
        .map(|()| on)
        .map_err(|error| error.to_string())
}

/// What is said of a configuration that cannot be used: the message first, then where.
pub fn misconfigured(error: &SettingsError) -> Input {
    tracing::warn!("{error}");
    let (what, place) = match error {
        SettingsError::File(ConfigError::Invalid { path, flaw }) => {
            let key = flaw
                .key
                .as_ref()
                .map_or(String::new(), |key| format!("{key}: "));
            let place = format!("{}, line {}", path.display(), flaw.line);
            (format!("{key}{}", flaw.message), Some(place))
        }
        SettingsError::File(_) | SettingsError::Environment(_) => (error.to_string(), None),
    };
    Input::Misconfigured(Broken { what, place })
}
