//! The command line: it asks the library, prints, and gives an exit code.

mod args;
mod autostart;
mod config;
mod daemon;
mod doctor;
mod install;
mod job;
mod logs;
mod man;
mod output;
mod run;
mod status;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use tracing_subscriber::fmt::time::ChronoLocal;

use self::args::{Cli, Group};
use self::output::{Answer, Printer, Refusal};
use crate::app::settings::{SettingsError, Source};
use crate::model::config::Config;
use crate::os::config_file::ConfigError;
use crate::os::paths::EnvironmentError;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let mut grammar = Cli::command();
    let parsed = grammar
        .try_get_matches_from_mut(std::env::args_os())
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    // To take it apart would cost more than the look that most runs are for.
    std::mem::forget(grammar);
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    if cli.global.verbose {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(std::io::stderr)
            .with_timer(ChronoLocal::new("%H:%M:%S%.3f".into()))
            .with_level(false)
            .with_target(false)
            .init();
    }
    let printer = Printer::new(&cli.global);
    match answer(&cli, &printer) {
        Ok(answer) => printer.answer(answer),
        Err(refusal) => printer.refuse(refusal),
    }
}

fn answer(cli: &Cli, printer: &Printer) -> Result<Answer, Refusal> {
    match &cli.group {
        Group::Daemon(command) => daemon::answer(&load(cli)?, source(cli), command, printer),
        Group::Job(command) => job::answer(cli, command, printer),
        Group::Config(command) => config::answer(cli, command, printer),
        Group::Autostart(command) => autostart::answer(cli, command, printer),
        Group::InstallCli { dir, yes } => install::answer(dir.as_deref(), *yes, printer),
        Group::Doctor => doctor::answer(cli, printer),
        Group::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "inneros", &mut script);
            let mut answer = Answer {
                success: true,
                message: format!("completions for {shell}"),
                ..Answer::default()
            };
            answer.fields.insert(
                "script".into(),
                String::from_utf8_lossy(&script).into_owned().into(),
            );
            answer.raw = Some(script);
            Ok(answer)
        }
        Group::Man { dir } => man::answer(dir.as_deref()),
    }
}

fn load(cli: &Cli) -> Result<Config, Refusal> {
    load_settings(cli).map_err(|error| unusable_settings(&error))
}

fn load_settings(cli: &Cli) -> Result<Config, SettingsError> {
    source(cli).load()
}

/// Where everything is, whatever the file says: it may be broken or missing.
fn place(cli: &Cli) -> Result<Config, Refusal> {
    let placed = source(cli).load_without_file();
    placed.map_err(|error| unusable_settings(&error))
}

fn source(cli: &Cli) -> Source {
    Source {
        home: cli.global.home.clone(),
        config: cli.global.config.clone(),
    }
}

fn unusable_settings(error: &SettingsError) -> Refusal {
    let hint = match error {
        SettingsError::File(ConfigError::Invalid { path, .. }) => Some(format!(
            "correct it with `inneros config edit`, or see the keys in a new one: `inneros --config {}.new config init`",
            path.display()
        )),
        SettingsError::File(ConfigError::Changed(_)) => None,
        SettingsError::File(ConfigError::Exists(_)) => {
            Some("`--force` keeps it as a backup".into())
        }
        SettingsError::File(ConfigError::File(error))
            if error.source.kind() == std::io::ErrorKind::NotFound =>
        {
            let path = error.path.display();
            Some(format!(
                "correct the path, or write a new one: `inneros --config {path} config init`"
            ))
        }
        SettingsError::File(ConfigError::File(_)) => None,
        SettingsError::Environment(EnvironmentError::NoHome) => {
            Some("set HOME, or say where with --home and absolute paths".into())
        }
        SettingsError::Environment(EnvironmentError::Invalid { variable, .. }) => {
            let is_flag = variable.starts_with("--");
            let what = if is_flag {
                "give another path"
            } else {
                "correct or unset the variable"
            };
            Some(what.into())
        }
    };
    Refusal::of(2, error).hint(hint)
}

/// Errors in the flags, and the texts of `--help` and `--version`.
fn usage(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && json {
        let text = error.render().to_string();
        // The first paragraph: what is missing may stand on a line of its own.
        let said: Vec<&str> = text
            .lines()
            .take_while(|line| !line.is_empty())
            .map(str::trim)
            .collect();
        return Printer::plain(true).refuse(Refusal {
            code: 2,
            message: said.join(" ").trim_start_matches("error: ").to_owned(),
            hint: Some("see `inneros --help`".into()),
            ..Refusal::default()
        });
    }
    let printed = error.print();
    if error.use_stderr() {
        // The exit code says it all the same.
        return ExitCode::from(2);
    }
    output::end(0, printed)
}
