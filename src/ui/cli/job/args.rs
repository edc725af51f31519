//! The grammar of `inneros job`.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, Local};
use clap::{Args, Subcommand, ValueHint};

use crate::model::config::check_name;
use crate::model::jobs::until;
use crate::model::words;

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Job {
    /// Run a job now, and record how it ends
    #[command(after_help = "\
With `-- COMMAND`, runs that command as the job NAME, which need not be configured: this is how
to record any line of a crontab. Two runs of a job never overlap. The output is kept for
`inneros job logs`. Prints nothing if all went well, and the end of the output if not: cron
mails that.

Exit codes: the job's own, 128 and the number for a signal, 124 after the time limit,
126 or 127 if the command cannot be run, 5 if it is already running, 4 for an unknown or
misconfigured job, 0 if it is paused

Examples:
  inneros job run screenshots
  inneros job run backup --timeout 30m -- rsync -a notes/ /mnt/notes/")]
    Run {
        /// Which job
        #[arg(value_name = "NAME", value_hint = ValueHint::Other, value_parser = name)]
        name: String,
        /// Run it even if it is paused
        #[arg(long)]
        force: bool,
        /// How long it may take, such as `30m`, instead of the configured time
        #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, value_parser = span)]
        timeout: Option<Duration>,
        /// The command to run as this job
        #[arg(last = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
        command: Vec<String>,
    },
    /// List the jobs: last run, result, next run, what was missed
    #[command(after_help = "\
The lines of your crontab are jobs, too. A run is missed if it was due and did not begin,
although the computer was on and awake for the job's `grace`.

Exit codes: 0 all is well, 1 a job failed or was missed, 4 a job is misconfigured or how
it ended is unknown, or no job has the name

Examples:
  inneros job list
  inneros job list 'backup*'
  inneros job list --json | jq -r '.jobs[] | select(.missed) | .name'")]
    List(Which),
    /// Show the details of jobs, line by line
    #[command(after_help = "\
Exit codes: as `inneros job list`; 3 for a single job that is disabled

Examples:
  inneros job status screenshots
  inneros job status --group web")]
    Status(Which),
    /// Show the output of the last run of a job
    #[command(after_help = "\
Examples:
  inneros job logs screenshots
  inneros job logs screenshots -n 100
  less \"$(inneros job logs screenshots --path)\"")]
    Logs {
        /// Which job
        #[arg(value_name = "NAME", value_hint = ValueHint::Other, value_parser = name)]
        name: String,
        /// How many of the last lines to show [default: all, up to 256 KiB]
        #[arg(short = 'n', long, value_name = "N", value_hint = ValueHint::Other)]
        lines: Option<usize>,
        /// Print only the path of the file
        #[arg(long)]
        path: bool,
    },
    /// Run jobs when they are due
    #[command(after_help = "\
A configured job gets a systemd user timer, a LaunchAgent, or, if there is neither, lines in
your crontab. A disabled line of your crontab is switched on.

Examples:
  inneros job enable screenshots
  inneros job enable screenshots --until 18:00
  inneros job enable --group web

Exit codes: 0 enabled, 1 failed, 4 unknown or misconfigured, or not permitted")]
    Enable(SwitchArgs),
    /// Stop running jobs when they are due
    #[command(after_help = "\
A line of the crontab gets `#DISABLED# ` in front; the crontab is first copied to the folder
`crontab` in the home folder. A run in progress is left alone.

Examples:
  inneros job disable screenshots
  inneros job disable screenshots --for 2h
  inneros job disable 'backup*' --until tomorrow

Exit codes: 0 disabled, 1 failed, 4 unknown, or not permitted")]
    Disable(SwitchArgs),
    /// Acknowledge what went wrong with jobs
    #[command(after_help = "\
A job that failed or was missed changes the tray's icon and the exit code of `job list` until
it has run well. If you acknowledge it, it counts as well until it fails or is missed again.

Examples:
  inneros job acknowledge screenshots
  inneros job acknowledge '*'
  inneros job acknowledge screenshots --undo

Exit codes: 0 done, 1 failed, 4 unknown, or not permitted")]
    Acknowledge {
        /// Which jobs; `*` and `?` match any characters
        #[arg(value_name = "NAME", value_hint = ValueHint::Other, required_unless_present = "group")]
        names: Vec<String>,
        /// The jobs of this group
        #[arg(long, value_hint = ValueHint::Other)]
        group: Option<String>,
        /// Take the acknowledgement back
        #[arg(long)]
        undo: bool,
    },
    /// Record the runs of crontab lines
    #[command(after_help = "\
The line is wrapped in `inneros job run NAME`, after a copy of the crontab is made. `--undo`
restores the line, byte for byte.

Examples:
  inneros job adopt screenshots
  inneros job adopt screenshots --undo

Exit codes: 0 done, 1 failed, 4 unknown, or not permitted")]
    Adopt {
        /// Which jobs; `*` and `?` match any characters
        #[arg(value_name = "NAME", value_hint = ValueHint::Other, required = true)]
        names: Vec<String>,
        /// Remove the wrapper
        #[arg(long)]
        undo: bool,
    },
}

impl Job {
    /// Whether it leaves files in the home folder.
    pub fn writes(&self) -> bool {
        match self {
            Job::Run { .. }
            | Job::Enable(_)
            | Job::Disable(_)
            | Job::Acknowledge { .. }
            | Job::Adopt { .. } => true,
            Job::List(_) | Job::Status(_) | Job::Logs { .. } => false,
        }
    }
}

#[derive(Debug, Args)]
pub struct Which {
    /// Which jobs; `*` and `?` match any characters [default: all]
    #[arg(value_name = "NAME", value_hint = ValueHint::Other)]
    pub names: Vec<String>,
    /// The jobs of this group
    #[arg(long, value_hint = ValueHint::Other)]
    pub group: Option<String>,
}

#[derive(Debug, Args)]
pub struct SwitchArgs {
    /// Which jobs; `*` and `?` match any characters
    #[arg(value_name = "NAME", value_hint = ValueHint::Other, required_unless_present = "group")]
    pub names: Vec<String>,
    /// The jobs of this group
    #[arg(long, value_hint = ValueHint::Other)]
    pub group: Option<String>,
    /// For this long, such as `2h`
    #[arg(long = "for", value_name = "TIME", value_hint = ValueHint::Other, value_parser = span, conflicts_with = "until")]
    pub span: Option<Duration>,
    /// Until this time: `18:00`, `tomorrow`, `2026-12-24`, `2026-12-24 18:00`
    #[arg(long, value_name = "WHEN", value_hint = ValueHint::Other, value_parser = moment)]
    pub until: Option<DateTime<FixedOffset>>,
    /// Replace or remove an entry that was edited by hand
    #[arg(long)]
    pub force: bool,
}

impl SwitchArgs {
    /// Until when, where a time is named.
    pub fn end(&self) -> Option<DateTime<FixedOffset>> {
        self.until
            .or_else(|| Some(Local::now().fixed_offset() + self.span?))
    }
}

fn name(text: &str) -> Result<String, String> {
    check_name(text).map(|()| text.to_owned())
}

fn span(text: &str) -> Result<Duration, String> {
    let year = Duration::from_secs(366 * 86400);
    words::span(text)
        .filter(|span| !span.is_zero() && *span <= year)
        .ok_or_else(|| "expected a duration such as \"30m\", \"2h\" or \"3d\"".into())
}

fn moment(text: &str) -> Result<DateTime<FixedOffset>, String> {
    until::moment(text, &Local::now())
        .map(|at| at.fixed_offset())
        .ok_or_else(|| format!("expected {}", until::WHEN))
}
