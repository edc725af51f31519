//! The grammar of the command line.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::Local;
use clap::builder::NonEmptyStringValueParser;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::job::args::Job;
use crate::model::logs::line::Level;
use crate::model::logs::time::{self, When};
use crate::model::words;

/// Start, stop, watch and explain the InnerOS automation daemon.
#[derive(Debug, Parser)]
#[command(
    name = "inneros",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  inneros config init               create a configuration file to fill in
  inneros daemon start              start the daemon
  inneros daemon status --json      show its state, for scripts
  inneros daemon logs -n 50         show the last 50 lines of the newest log
  inneros autostart enable          start the tray at login

You can leave out `daemon` before `start`, `stop`, `restart`, `logs` and `run`: `inneros start`
is `inneros daemon start`. `inneros status` shows the daemon and the jobs.

Exit codes:
  0  done; status: running
  1  failed; status: crashed
  2  wrong usage or configuration
  3  status, stop: not running
  4  unknown, not permitted, or a foreign process
  5  start: already running

Environment: INNEROS_HOME, INNEROS_CONFIG, INNEROS_PID_FILE, INNEROS_LOGS_DIR,
INNEROS_DAEMON_COMMAND, NO_COLOR. Flags override these, and these override the file."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub group: Group,
}

/// Below which the flags stand that every command takes.
const GLOBAL: &str = "Global options";

#[derive(Debug, Args)]
pub struct Global {
    /// Print one JSON object to standard output, also for errors
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub json: bool,
    /// The configuration file [default: config.toml in the home folder]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// The folder for PID file, record and configuration [default: ~/.inneros]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub home: Option<PathBuf>,
    /// Print errors only
    #[arg(short, long, global = true, help_heading = GLOBAL, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print each step to standard error
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also in a pipe
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Group {
    /// Start, stop, watch and explain the daemon
    #[command(
        subcommand,
        after_help = "\
Examples:
  inneros daemon start
  inneros daemon status
  inneros daemon logs -n 50
  inneros daemon stop"
    )]
    Daemon(Daemon),
    /// Show the daemon and the jobs on one screen, and what is wrong
    #[command(after_help = "\
Without jobs, this is the same as `inneros daemon status`. Looking changes nothing.

The exit code is the worst of what is shown: 4 unknown, foreign or misconfigured, 1 crashed,
failed or missed, 3 not running, 0 all well.

Examples:
  inneros status
  inneros status --json | jq -r '.jobs[]? | select(.missed) | .name'
  inneros -q status || notify-send 'something is wrong'")]
    Status {
        #[command(flatten)]
        which: Which,
        /// Print it as a bar wants it
        #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
        format: Option<Bar>,
        /// Keep running and print each change of the daemon
        #[arg(short, long)]
        watch: bool,
    },
    /// Run, record, list and switch scheduled jobs
    #[command(
        subcommand,
        after_help = "\
Configure jobs as [jobs.NAME], or in a file jobs.d/NAME.toml in the home folder. The lines of
your crontab are jobs, too. launchd, systemd or cron starts them.

Examples:
  inneros job list
  inneros job run screenshots
  inneros job disable screenshots --for 2h
  inneros job adopt backup"
    )]
    Job(Job),
    /// Show the history of the daemon and the jobs
    #[command(after_help = "\
Each start, stop, crash and run is one line of the file history.jsonl in the home folder, written
by what does or sees it: the commands, the tray, `daemon run`, `job run`. Looking writes
nothing.

Examples:
  inneros history
  inneros history screenshots --since yesterday
  inneros history -n 20 --follow
  inneros history --json | jq '.events[] | select(.event == \"crashed\")'")]
    History(History),
    /// Print metrics of the daemon and the jobs, for Prometheus
    #[command(after_help = "\
The tray and `inneros daemon run` write the same to the file that `[metrics] file` names, on each
change and each minute.

Examples:
  inneros metrics
  inneros metrics | promtool check metrics
  inneros metrics --json | jq -r .metrics")]
    Metrics,
    /// Print the status page, one file in HTML
    #[command(after_help = "\
The tray and `inneros daemon run` write the same to the file that `[page] file` names, on each
change and each minute. It has no scripts and loads nothing.

Examples:
  inneros page > status.html
  inneros page --json | jq -r .page")]
    Page,
    /// Run the hook for events that it has not been given yet
    #[command(after_help = "\
The commands, the tray and `inneros daemon run` do this by themselves: each event is given once to
the command that `[hooks] command` names.

Examples:
  inneros hooks
  inneros hooks --json | jq .told")]
    Hooks,
    /// Create, show, find and edit the configuration
    #[command(
        subcommand,
        after_help = "\
Examples:
  inneros config init
  inneros config edit
  inneros config show"
    )]
    Config(Config),
    /// Start the tray or the daemon at login
    #[command(
        subcommand,
        after_help = "\
Takes effect at your next login. Nothing is started or stopped now.

Examples:
  inneros autostart enable          start the tray at login
  inneros autostart enable daemon   start the daemon at login
  inneros autostart status"
    )]
    Autostart(Autostart),
    /// Link this program into a folder in the PATH
    #[command(after_help = "\
Asks before it writes. Meant for the program inside InnerOS.app.

Examples:
  /Applications/InnerOS.app/Contents/MacOS/inneros install-cli
  inneros install-cli --dir ~/.local/bin --yes")]
    InstallCli {
        /// Where to put the link
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = "/usr/local/bin")]
        dir: Option<PathBuf>,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Check the setup and suggest fixes
    #[command(after_help = "\
Changes nothing; a file that it writes to test the disk is removed at once. The exit code is 0
if nothing is broken, otherwise 1.

Examples:
  inneros doctor
  inneros doctor --json | jq '.checks[] | select(.verdict != \"ok\")'")]
    Doctor,
    /// Print completions for a shell
    #[command(after_help = "\
Examples:
  inneros completions bash > ~/.local/share/bash-completion/completions/inneros
  inneros completions zsh > ~/.zfunc/_inneros
  inneros completions fish > ~/.config/fish/completions/inneros.fish")]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual, or write all its pages
    #[command(after_help = "\
Examples:
  inneros man | man -l -
  inneros man --dir ~/.local/share/man/man1")]
    Man {
        /// Write a page for each command to this folder
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

/// The form that a bar wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Bar {
    /// One line of plain text
    Line,
    /// A line of JSON for a custom module with `"return-type": "json"` (waybar-custom(5))
    Waybar,
    /// A title and a menu, for `SwiftBar` and `xbar`
    Swiftbar,
}

// Which daemons are meant.
#[derive(Debug, Clone, Default, Args)]
pub struct Which {
    /// Which daemons; `*` and `?` match any characters
    #[arg(value_name = "DAEMON", value_hint = ValueHint::Other)]
    pub daemons: Vec<String>,
    /// The daemons of this group
    #[arg(long, value_name = "GROUP", value_hint = ValueHint::Other)]
    pub group: Option<String>,
    /// All of them
    #[arg(long, conflicts_with_all = ["daemons", "group"])]
    pub all: bool,
}

#[derive(Debug, Args)]
pub struct History {
    /// Only these daemons and jobs; `*` matches any characters
    #[arg(value_name = "NAME", value_hint = ValueHint::Other)]
    pub names: Vec<String>,
    /// Only events from this time on
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, value_parser = time)]
    pub since: Option<When>,
    /// Only events up to this time
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, value_parser = time)]
    pub until: Option<When>,
    /// Only the last N of them
    #[arg(short = 'n', long, value_name = "N", value_hint = ValueHint::Other)]
    pub lines: Option<usize>,
    /// Keep showing events as they happen
    #[arg(short, long, conflicts_with = "until")]
    pub follow: bool,
}

#[derive(Debug, Args)]
pub struct StopHow {
    /// How long it may take to end, instead of the configured time
    #[arg(long, value_name = "SECONDS", value_hint = ValueHint::Other, value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Kill it, and what it started, after the time limit
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Daemon {
    /// Start the daemon and check that it stays alive
    #[command(after_help = "\
The start succeeds if the daemon is still alive after `start_grace` (1 s). Otherwise its exit
code and its last lines are shown, and nothing is left behind.

Examples:
  inneros daemon start
  inneros daemon start sync 'web-*' start some of several, after what they need
  inneros daemon start --wait 5     it must stay alive for 5 seconds
  pid=$(inneros daemon start --json | jq .pid)")]
    Start {
        #[command(flatten)]
        which: Which,
        /// How long it must stay alive (or may take to be ready), instead of the
        /// configured time; 0 does not wait
        #[arg(long, value_name = "SECONDS", value_hint = ValueHint::Other, value_parser = duration)]
        wait: Option<Duration>,
    },
    /// Stop the daemon and wait until it is gone
    #[command(after_help = "\
When it has ended, all other processes of its session get SIGTERM. Whatever is still alive
after the time limit is named, and killed with --force, even if the daemon crashed earlier.

Examples:
  inneros daemon stop
  inneros daemon stop --all         stop all of several, each after what needs it
  inneros daemon stop --timeout 60
  inneros daemon stop --force       kill what is left after the time limit")]
    Stop {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: StopHow,
        /// Stop those that need it as well, before it
        #[arg(long)]
        dependents: bool,
    },
    /// Stop the daemon if it is running, then start it
    #[command(after_help = "\
Nothing starts beside the old daemon: all processes of its session end first, unless `leave`
is set. If any are still alive after `stop_timeout`, the restart fails.

Examples:
  inneros daemon restart
  inneros daemon restart --force    kill what does not end in time
  inneros daemon restart --json     `pid` is the new PID")]
    Restart {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: StopHow,
        /// How long the new daemon must stay alive, instead of the configured time
        #[arg(long, value_name = "SECONDS", value_hint = ValueHint::Other, value_parser = duration)]
        wait: Option<Duration>,
    },
    /// Show whether it is running, since when, and what is wrong
    #[command(after_help = "\
Looking changes nothing: no file is written, no signal is sent.

Examples:
  inneros daemon status
  inneros daemon status --watch     print a line each time something changes
  inneros daemon status --json | jq -r .state
  inneros -q daemon status || inneros daemon start")]
    Status {
        #[command(flatten)]
        which: Which,
        /// Print it as a bar wants it
        #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
        format: Option<Bar>,
        /// Keep running and print each change
        #[arg(short, long)]
        watch: bool,
    },
    /// List the daemons: state, since when, CPU, memory, what is wrong
    #[command(after_help = "\
Exit codes: 4 a daemon is unknown, foreign or misconfigured, or no daemon has the name,
1 one has crashed, 3 one that is meant to run does not, 0 all is well

Examples:
  inneros daemon list
  inneros daemon list --group web
  inneros daemon list --json | jq -r '.daemons[] | select(.state == \"crashed\") | .name'")]
    List(Which),
    /// Run the daemon in the foreground, for launchd and systemd
    #[command(after_help = "\
Starts the daemon, and returns its exit code when it ends (128 and the number for a signal).
SIGTERM and SIGINT are passed on to the daemon and end the run; a daemon that does not end
within `stop_timeout` is killed. SIGHUP is passed on, and ends the run only if it ends the
daemon. `inneros daemon stop` ends the run, too.

With `restart = \"on-failure\"` in the configuration, or \"always\", a daemon that ends by
itself is restarted: after 1 s, 2 s, 4 s and so on, until it has been started 5 times within
60 s. Then it is crash-looping, the run ends with code 1, and `inneros daemon start` tries
again. Under systemd, the state is reported with sd_notify(3).

Examples:
  inneros daemon run
  inneros daemon run --all
  ExecStart=/usr/bin/inneros daemon run     in a systemd unit of Type=exec")]
    Run(Which),
    /// Show the end of the newest log, or matching entries
    #[command(after_help = "\
Without a filter, shows the last lines, like `tail`; with one, the last matching entries,
each with the lines that belong to it. TIME is a duration (\"10m\",
\"2h 30m\"), \"14:30\", \"today\", \"yesterday\", \"2026-11-22\", \"2026-11-22 14:30\" or
RFC 3339. Control characters are made visible.

Examples:
  inneros daemon logs
  inneros daemon logs -n 100 --level WARNING
  inneros daemon logs --follow --component src.automation
  inneros daemon logs --since yesterday --grep 'no lock' --all
  inneros daemon logs --summary --since 1h
  less \"$(inneros daemon logs --path)\"")]
    Logs(Logs),
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // Flags, each its own.
pub struct Logs {
    /// Which daemons; `*` and `?` match any characters
    #[arg(value_name = "DAEMON", value_hint = ValueHint::Other)]
    pub daemons: Vec<String>,
    /// The daemons of this group
    #[arg(long, value_name = "GROUP", value_hint = ValueHint::Other)]
    pub group: Option<String>,
    /// How many matching entries to show, or lines without a filter [default: 10, or all
    /// with --since]
    #[arg(short = 'n', long, value_name = "N", value_hint = ValueHint::Other)]
    pub lines: Option<usize>,
    /// Only this level and higher: DEBUG, INFO, WARNING, ERROR, CRITICAL
    #[arg(long, value_parser = LevelParser, hide_possible_values = true)]
    pub level: Option<Level>,
    /// Only this component and those below it (`src` includes `src.automation`); `*`
    /// matches any characters
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other, value_parser = NonEmptyStringValueParser::new())]
    pub component: Option<String>,
    /// Only entries with this text in one of their lines
    #[arg(long, value_name = "TEXT", value_hint = ValueHint::Other, value_parser = line)]
    pub grep: Option<String>,
    /// Treat the text of --grep as a regular expression
    #[arg(long, requires = "grep")]
    pub regex: bool,
    /// Only entries from this time on
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, value_parser = time)]
    pub since: Option<When>,
    /// Only entries up to this time
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, value_parser = time)]
    pub until: Option<When>,
    /// Keep showing what is added, also when the file is rotated
    #[arg(short, long, conflicts_with_all = ["all", "until"])]
    pub follow: bool,
    /// All files in the logs folder, in order of time
    #[arg(long)]
    pub all: bool,
    /// What the daemon wrote to standard output and standard error
    #[arg(long, conflicts_with = "all")]
    pub output: bool,
    /// Count matching entries by level and component, and the most frequent errors
    #[arg(long, conflicts_with_all = ["lines", "follow", "raw"])]
    pub summary: bool,
    /// Print control characters as they are, but not to a terminal
    #[arg(long)]
    pub raw: bool,
    /// Print only the path of the log file
    #[arg(long, conflicts_with_all = ["all", "follow", "summary"])]
    pub path: bool,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Autostart {
    /// Start it at login
    #[command(after_help = "\
The home folder and the configuration file in use now are registered with it, even if a flag
or a variable names them. If you move the program, enable it again.

Examples:
  inneros autostart enable
  inneros autostart enable daemon
  inneros autostart enable tray --force     replace an entry edited by hand

Exit codes: 0 enabled, 1 failed, 4 not permitted, or needs approval in System Settings")]
    Enable {
        /// What to start at login
        #[arg(value_name = "ITEM", default_value = "tray")]
        item: AutostartItem,
        /// Replace an entry that was edited by hand
        #[arg(long)]
        force: bool,
    },
    /// Stop starting it at login
    #[command(after_help = "\
Removes everything that any version has registered. What is running keeps running.

Examples:
  inneros autostart disable
  inneros autostart disable daemon
  inneros autostart disable tray --force    remove an entry edited by hand

Exit codes: 0 disabled, 1 failed, 4 not permitted")]
    Disable {
        /// What not to start at login
        #[arg(value_name = "ITEM", default_value = "tray")]
        item: AutostartItem,
        /// Remove an entry that was edited by hand
        #[arg(long)]
        force: bool,
    },
    /// Show whether it starts at login
    #[command(after_help = "\
Exit codes: 0 enabled, 1 enabled for a program that was moved or for other arguments,
3 not enabled, 4 needs approval in System Settings, or not permitted to look.
For both items, the first of 4, 1, 3, 0 that applies to either.

Examples:
  inneros autostart status
  inneros autostart status tray
  inneros autostart status --json | jq -r .daemon.state")]
    Status {
        /// What to show [default: both]
        #[arg(value_name = "ITEM")]
        item: Option<AutostartItem>,
    },
}

/// What can start at login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AutostartItem {
    /// The icon in the menu bar or panel
    Tray,
    /// The daemon, in `inneros daemon run`
    Daemon,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Config {
    /// Create a commented configuration file
    #[command(after_help = "\
Examples:
  inneros config init
  inneros config init --daemon sync
  inneros config init --force       keep the present file as config.toml.bak")]
    Init {
        /// Write a file of its own for one of several daemons: daemons.d/NAME.toml
        #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
        daemon: Option<String>,
        /// Replace an existing file
        #[arg(long)]
        force: bool,
    },
    /// Show every value in effect, and which layer set it
    #[command(after_help = "\
Masks what looks like a secret: a password or token in a URL, and in `env` and `command` the
value of anything called PASSWORD, TOKEN, SECRET, KEY or the like.

Examples:
  inneros config show
  inneros config show sync
  INNEROS_LOGS_DIR=/tmp inneros config show --json | jq .settings")]
    Show {
        /// Which daemon
        #[arg(value_name = "DAEMON", value_hint = ValueHint::Other)]
        daemon: Option<String>,
        /// Also show passwords and tokens
        #[arg(long)]
        show_secrets: bool,
    },
    /// Check the configuration, and those of single daemons
    #[command(after_help = "\
The exit code is 2 if something cannot be used.

Examples:
  inneros config check
  inneros config check && inneros daemon start --all")]
    Check,
    /// Print the path of the configuration file
    #[command(after_help = "\
Examples:
  inneros config path
  cat \"$(inneros config path)\"")]
    Path,
    /// Edit the configuration file with $VISUAL or $EDITOR, and check it
    #[command(after_help = "\
Examples:
  inneros config edit
  EDITOR=nano inneros config edit")]
    Edit,
}

/// A number of seconds or a duration with units, up to a day.
fn duration(text: &str) -> Result<Duration, String> {
    words::span(text)
        .filter(|span| *span <= Duration::from_secs(86400))
        .ok_or_else(|| {
            "expected a number of seconds from 0 to 86400, or a duration such as \"2s\" or \"1m 30s\""
                .to_owned()
        })
}

/// A level, in any case; shells offer the usual words.
#[derive(Clone)]
struct LevelParser;

impl TypedValueParser for LevelParser {
    type Value = Level;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Level, clap::Error> {
        (level as fn(&str) -> Result<Level, String>).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let words = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
        Some(Box::new(words.into_iter().map(PossibleValue::new)))
    }
}

fn level(text: &str) -> Result<Level, String> {
    Level::named(text.as_bytes())
        .ok_or_else(|| "expected DEBUG, INFO, WARNING, ERROR or CRITICAL".into())
}

fn time(text: &str) -> Result<When, String> {
    // A larger number is more likely a year.
    let is_seconds = text.parse::<u32>().is_ok_and(|number| number < 1000);
    let text = &if is_seconds {
        format!("{text}s")
    } else {
        text.to_owned()
    };
    time::when(text, Local::now().fixed_offset()).ok_or_else(|| format!("expected {}", time::WHEN))
}

/// A text that a line can have in it.
fn line(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains('\n') {
        return Err("expected a text of one line".into());
    }
    Ok(text.into())
}
