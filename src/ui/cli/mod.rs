//! The command line: it calls the library, prints, and returns an exit code.

mod args;
mod aside;
mod autostart;
mod completions;
mod config;
mod daemon;
mod doctor;
mod done;
mod fleet;
mod history;
mod install;
mod job;
mod known;
mod logs;
mod man;
mod output;
mod overview;
mod refusal;
mod run;
mod status;
mod watch;
mod which;

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ColorChoice, Command, CommandFactory, FromArgMatches, Subcommand};
use tracing_subscriber::fmt::time::ChronoLocal;

use self::args::{Cli, Global, Group};
use self::aside::Aside;
use self::job::args::Job;
use self::output::{Answer, Printer, Refusal};
use crate::app::settings::{SettingsError, Source};
use crate::model::config::Config;
use crate::os::config_file::ConfigError;
use crate::os::paths::EnvironmentError;
use crate::os::{private_file, process};

const NAME: &str = "inneros";

/// So long whoever must not wait for the reader of its words waits for it in the end.
const GIVEN_UP: Duration = Duration::from_secs(1);

/// The commands of the daemon that may stand without `daemon` before them.
const SHORT_FORMS: [&str; 5] = ["start", "stop", "restart", "logs", "run"];

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let (words, at) = with_group(std::env::args_os().collect());
    let parsed = words.get(at).and_then(|group| only(group));
    let parsed = parsed.and_then(|grammar| parse(grammar, &words).ok());
    // The whole grammar has the right words for what is wrong, and for its help.
    let whole = || parse(Cli::command().color(color(&words)), &words);
    let cli = match parsed.map_or_else(whole, Ok) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let is_run = matches!(cli.group, Group::Daemon(args::Daemon::Run(_)));
    // Without a thread it is said all the same, and waited for.
    let aside = (cli.global.verbose || is_run).then(Aside::to_stderr);
    let aside = aside.and_then(Result::ok);
    if cli.global.verbose {
        trace(aside.clone());
    }
    let printer = Printer::new(&cli.global, aside.clone());
    let answered = answer(&cli, &printer);
    if let Some(aside) = aside {
        aside.finish(GIVEN_UP);
    }
    let code = match &answered {
        Ok(answer) => answer.code,
        Err(refusal) => refusal.code,
    };
    let print = move || match answered {
        Ok(answer) => printer.answer(answer),
        Err(refusal) => printer.refuse(refusal),
    };
    if is_run {
        // Nor does its end wait for a reader.
        return aside::within(GIVEN_UP, print).unwrap_or(ExitCode::from(code));
    }
    print()
}

/// The grammar of one group and nothing else: that of them all would cost more than the look
/// that most runs are for.
fn only(group: &OsStr) -> Option<Command> {
    let group = match group.to_str()? {
        "daemon" => args::Daemon::augment_subcommands(Command::new("daemon")),
        "job" => Job::augment_subcommands(Command::new("job")),
        _ => return None,
    };
    Some(Global::augment_args(Command::new(NAME)).subcommand(group))
}

fn parse(mut grammar: Command, words: &[OsString]) -> Result<Cli, clap::Error> {
    let parsed = grammar
        .try_get_matches_from_mut(words)
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    // Taking it apart would cost as much.
    std::mem::forget(grammar);
    parsed
}

/// Says each step, for people.
fn trace(aside: Option<Aside>) {
    let lines = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_timer(ChronoLocal::new("%H:%M:%S%.3f".into()))
        .with_level(false)
        .with_target(false);
    match aside {
        Some(aside) => lines.with_writer(move || aside.clone()).init(),
        None => lines.with_writer(std::io::stderr).init(),
    }
}

/// The words with `daemon` where a short form leaves it out, and where the first stands that is
/// no flag. The grammar has each command once.
fn with_group(mut words: Vec<OsString>) -> (Vec<OsString>, usize) {
    let mut at = 1;
    while let Some(word) = words.get(at).and_then(|word| word.to_str()) {
        match word {
            "--config" | "--home" | "--color" => at += 2,
            "help" => at += 1,
            flag if flag.starts_with('-') && flag != "--" => at += 1,
            _ if SHORT_FORMS.contains(&word) => {
                words.insert(at, "daemon".into());
                break;
            }
            _ => break,
        }
    }
    (words, at)
}

/// The colours of help and of errors in the flags, which are told before flags are known.
fn color(words: &[OsString]) -> ColorChoice {
    let words = words.iter().filter_map(|word| word.to_str());
    let wanted = words.clone().zip(words.skip(1).chain([""]));
    let wanted = wanted.filter_map(|(word, next)| match word.split_once('=') {
        Some(("--color", value)) => Some(value),
        None if word == "--color" => Some(next),
        Some(_) | None => None,
    });
    match wanted.last() {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        Some(_) | None => {
            let terminal = std::io::stdout().is_terminal() || std::io::stderr().is_terminal();
            match (output::auto_colors(false), output::auto_colors(terminal)) {
                (true, _) => ColorChoice::Always,
                (false, true) => ColorChoice::Auto,
                (false, false) => ColorChoice::Never,
            }
        }
    }
}

fn answer(cli: &Cli, printer: &Printer) -> Result<Answer, Refusal> {
    if let Some(owner) = writes(&cli.group).then(|| whose_home(cli)).flatten() {
        printer.aside(&format!(
            "root is writing to the home folder of user {owner}, who cannot use or change root's \
             files there; leave out `sudo`, or set HOME"
        ));
    }
    let answered = answer_group(cli, printer);
    if makes_events(&cli.group) {
        crate::app::known::hooks::deliver_aside(&source(cli));
    }
    answered
}

fn answer_group(cli: &Cli, printer: &Printer) -> Result<Answer, Refusal> {
    match &cli.group {
        Group::Daemon(command) => daemon::answer(&load(cli)?, &source(cli), command, printer),
        Group::Status {
            which,
            format,
            watch,
        } => overview::answer(&load(cli)?, &source(cli), which, *format, *watch, printer),
        Group::Job(command) => job::answer(cli, command, printer),
        Group::History(wanted) => history::answer(&load(cli)?, &source(cli), wanted, printer),
        Group::Hooks => Ok(known::hooks(&load(cli)?)),
        Group::Page => Ok(known::page(&load(cli)?, &source(cli))),
        Group::Metrics => Ok(known::metrics(&load(cli)?, &source(cli))),
        Group::Config(command) => config::answer(cli, command, printer),
        Group::Autostart(command) => autostart::answer(cli, command, printer),
        Group::InstallCli { dir, yes } => install::answer(dir.as_deref(), *yes, printer),
        Group::Doctor => doctor::answer(cli, printer),
        Group::Completions { shell } => Ok(completions::answer(*shell)),
        Group::Man { dir } => man::answer(dir.as_deref()),
    }
}

/// Whether something happens by the command that is told to hooks.
fn makes_events(group: &Group) -> bool {
    let is_run = matches!(group, Group::Job(job::args::Job::Run { .. }));
    is_run || matches!(group, Group::Daemon(_)) && writes(group)
}

/// Whether the command leaves files in the home folder.
fn writes(group: &Group) -> bool {
    use args::{Autostart, Config, Daemon};
    match group {
        Group::Daemon(command) => match command {
            Daemon::Start { .. }
            | Daemon::Stop { .. }
            | Daemon::Restart { .. }
            | Daemon::Run(_) => true,
            Daemon::Status { .. } | Daemon::List(_) | Daemon::Logs(_) => false,
        },
        Group::Config(command) => match command {
            Config::Init { .. } | Config::Edit => true,
            Config::Show { .. } | Config::Check | Config::Path => false,
        },
        Group::Job(command) => command.writes(),
        Group::Autostart(command) => match command {
            Autostart::Enable { .. } | Autostart::Disable { .. } => true,
            Autostart::Status { .. } => false,
        },
        Group::Status { .. }
        | Group::History(_)
        | Group::Metrics
        | Group::Page
        | Group::Hooks
        | Group::InstallCli { .. }
        | Group::Doctor
        | Group::Completions { .. }
        | Group::Man { .. } => false,
    }
}

/// To root, the user whose home folder it is, where that is another one.
fn whose_home(cli: &Cli) -> Option<u32> {
    (process::our_uid() == 0).then_some(())?;
    let placed = source(cli).load_without_file().ok()?;
    let home = placed.main().daemon.pid_file.parent()?.to_owned();
    private_file::owner(&home).filter(|owner| *owner != 0)
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
            Some("set HOME, or use --home and absolute paths".into())
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
