//! Jobs as the configuration says them: `[jobs.NAME]`, or a file `jobs.d/NAME.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::field::{
    checked_command, checked_variables, expanded, found, span, texts, variables, with_program,
};
use super::file::{Flaw, flaw, parse, unknown};
use super::names::check_name;
use super::seconds;
use crate::model::jobs::schedule::Schedule;

/// A job, as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What it is called everywhere.
    pub name: String,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Where it runs; the user's home folder by default.
    pub working_dir: PathBuf,
    /// Added to the environment that it inherits.
    pub env: BTreeMap<String, String>,
    /// When it is due; never, where nothing is said.
    pub schedule: Option<Schedule>,
    /// How much awake time may pass until a run that has not begun counts as missed.
    pub grace: Duration,
    /// How long a run may take.
    pub timeout: Option<Duration>,
    /// The group that it belongs to.
    pub group: Option<String>,
    /// When a run is told.
    pub notify: Notify,
}

/// When the end of a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// When it failed or was missed.
    Failure,
    /// Each time.
    Always,
    /// Never.
    Never,
}

/// A job's name and what is said of it, or what is wrong with that.
pub type NamedJob = (String, Result<Job, Flaw>);

/// The grace of a job that names none.
pub const GRACE: Duration = Duration::from_secs(3600);

const KEYS: [&str; 9] = [
    "command",
    "working_dir",
    "env",
    "schedule",
    "every",
    "grace",
    "timeout",
    "group",
    "notify",
];
const DAY: Duration = seconds(86400);
/// Of a grace, and of a run's time limit.
const LONGEST: Duration = seconds(7 * 86400);

/// The jobs of a configuration file. What is wrong with one is no matter to the others.
pub fn jobs(text: &str, user_home: &Path) -> Result<Vec<NamedJob>, Flaw> {
    let document = parse(text)?;
    let Some((key, jobs)) = document.get_ref().get_key_value("jobs") else {
        return Ok(Vec::new());
    };
    let Some(jobs) = jobs.get_ref().as_table() else {
        return Err(flaw(
            text,
            key.span().start,
            "expected tables, such as [jobs.backup]",
        ));
    };
    let mut jobs: Vec<_> = jobs.iter().collect();
    jobs.sort_by_key(|(name, _)| name.span().start);
    let read = jobs.into_iter().map(|(name, value)| {
        let start = name.span().start;
        let name = name.get_ref().clone().into_owned();
        let job = check_name(&name)
            .map_err(|why| (start, why))
            .and_then(|()| match value.get_ref().as_table() {
                Some(table) => job_of(&name, start, table, user_home),
                None => Err((start, format!("expected a table, such as [jobs.{name}]"))),
            })
            .map_err(|(start, why)| flaw(text, start, &why));
        (name, job)
    });
    Ok(read.collect())
}

/// The job of a file of its own, whose keys stand at the top.
pub fn job(name: &str, text: &str, user_home: &Path) -> Result<Job, Flaw> {
    let document = parse(text)?;
    check_name(name)
        .map_err(|why| (0, why))
        .and_then(|()| job_of(name, 0, document.get_ref(), user_home))
        .map_err(|(start, why)| flaw(text, start, &why))
}

/// Where a flaw begins, and what it is.
type At = (usize, String);

fn job_of(name: &str, start: usize, table: &DeTable<'_>, home: &Path) -> Result<Job, At> {
    let mut job = Job {
        name: name.to_owned(),
        command: Vec::new(),
        working_dir: home.to_owned(),
        env: BTreeMap::new(),
        schedule: None,
        grace: GRACE,
        timeout: None,
        group: None,
        notify: Notify::Failure,
    };
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let (at, key) = (key.span().start, key.get_ref().as_ref());
        if matches!(key, "schedule" | "every") && job.schedule.is_some() {
            return Err((at, "expected `schedule` or `every`, not both".into()));
        }
        take(&mut job, key, value.get_ref(), home).map_err(|why| match why {
            Wrong::Key(why) => (at, why),
            Wrong::Value(why) => (value.span().start, why),
        })?;
    }
    if job.command.is_empty() {
        return Err((start, "`command` is missing".into()));
    }
    Ok(job)
}

enum Wrong {
    Key(String),
    Value(String),
}

/// Takes one key.
fn take(job: &mut Job, key: &str, value: &DeValue<'_>, home: &Path) -> Result<(), Wrong> {
    let expected = |kind: &str| Wrong::Value(format!("found {}, expected {kind}", found(value)));
    let text = |kind: &str| value.as_str().ok_or_else(|| expected(kind));
    let span_of = |least: Duration, most: Duration, kind: &str| {
        let fits = span(value).filter(|span| (least..=most).contains(span));
        fits.ok_or_else(|| expected(kind))
    };
    match key {
        "command" => {
            let words = texts(value).ok_or_else(|| {
                expected(
                    "a list of texts in brackets, program first, such as [\"~/bin/backup.sh\"]",
                )
            })?;
            job.command = with_program(checked_command(words).map_err(Wrong::Value)?, home);
        }
        "working_dir" => {
            const KIND: &str = "an absolute path, or one that starts with \"~/\"";
            job.working_dir = expanded(text(KIND)?, home).ok_or_else(|| expected(KIND))?;
        }
        "env" => {
            let names = variables(value)
                .ok_or_else(|| expected("a table of texts in braces, such as { LANG = \"C\" }"))?;
            job.env = checked_variables(names).map_err(Wrong::Value)?;
        }
        "schedule" => {
            let said = text("five fields of crontab(5), such as \"30 23 * * *\"")?;
            let wrong = |why| Wrong::Value(format!("{said:?} is no schedule: {why}"));
            let schedule = Schedule::cron(said).map_err(wrong)?;
            if !schedule.ever_comes() {
                return Err(wrong("it never comes".into()));
            }
            job.schedule = Some(schedule);
        }
        "every" => {
            let every = span_of(
                seconds(60),
                DAY,
                "a duration of at most a day, such as \"15m\" or \"4h\"",
            )?;
            let wrong = |why| Wrong::Value(format!("found {}, {why}", found(value)));
            job.schedule = Some(Schedule::every(every).map_err(wrong)?);
        }
        "grace" => job.grace = span_of(Duration::ZERO, LONGEST, "a duration of at most a week")?,
        "timeout" => {
            let timeout = span_of(
                Duration::from_millis(1),
                LONGEST,
                "a duration of at most a week",
            )?;
            job.timeout = Some(timeout);
        }
        "group" => {
            let group = text("a name")?;
            check_name(group).map_err(Wrong::Value)?;
            job.group = Some(group.to_owned());
        }
        "notify" => {
            job.notify = match text("`failure`, `always` or `never`")? {
                "failure" => Notify::Failure,
                "always" => Notify::Always,
                "never" => Notify::Never,
                _ => return Err(expected("`failure`, `always` or `never`")),
            };
        }
        _ => return Err(Wrong::Key(unknown("key", key, &KEYS))),
    }
    Ok(())
}
