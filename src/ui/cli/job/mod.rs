//! `inneros job …`

pub mod args;
mod list;
mod logs;
mod run;
mod switch;

use self::args::Job;
pub use self::list::trouble;
use super::args::Cli;
use super::output::{Answer, Printer, Refusal};
use super::{source, unusable_settings};
use crate::app::jobs::list::Overview;
use crate::model::jobs::listed::Listed;
use crate::model::jobs::selection;
use crate::model::text;

pub fn answer(cli: &Cli, command: &Job, printer: &Printer) -> Result<Answer, Refusal> {
    let look = || Overview::of(&source(cli)).map_err(|error| unusable_settings(&error));
    match command {
        Job::Run {
            name,
            force,
            timeout,
            command,
        } => run::answer(cli, name, *force, *timeout, command, printer),
        Job::List(which) => list::answer(&look()?, which, printer),
        Job::Status(which) => list::status(&look()?, which, printer),
        Job::Logs { name, lines, path } => logs::answer(&look()?, name, *lines, *path),
        Job::Enable(which) => switch::answer(&look, &source(cli), which, true),
        Job::Disable(which) => switch::answer(&look, &source(cli), which, false),
        Job::Acknowledge { names, group, undo } => {
            switch::acknowledge(&look, names, group.as_deref(), *undo)
        }
        Job::Adopt { names, undo } => switch::adopt(&look, &source(cli), names, *undo),
    }
}

/// The answer of `job list` for all of them.
pub fn all(overview: &Overview, printer: &Printer) -> Answer {
    let jobs: Vec<&Listed> = overview.jobs.iter().collect();
    list::answer_for(overview, &jobs, printer)
}

/// The jobs that are meant, in the order in which they are listed.
fn chosen<'a>(
    overview: &'a Overview,
    patterns: &[String],
    group: Option<&str>,
) -> Result<Vec<&'a Listed>, Refusal> {
    let names: Vec<&str> = overview.jobs.iter().map(|job| job.name.as_str()).collect();
    if let Some(pattern) = selection::unknown(patterns, &names) {
        return Err(unknown(overview, pattern));
    }
    let is_meant = |job: &&Listed| {
        let by_name = patterns.is_empty()
            || patterns
                .iter()
                .any(|pattern| selection::fits(pattern, &job.name));
        by_name && group.is_none_or(|group| job.group.as_deref() == Some(group))
    };
    let chosen: Vec<&Listed> = overview.jobs.iter().filter(is_meant).collect();
    match group {
        Some(group) if chosen.is_empty() => {
            let groups: Vec<&str> = overview
                .jobs
                .iter()
                .filter_map(|job| job.group.as_deref())
                .collect();
            let nearest = text::nearest(group, &groups);
            Err(Refusal {
                code: 4,
                message: format!("no job is in the group '{}'", text::printable(group)),
                hint: nearest.map(|near| format!("did you mean `--group {near}`?")),
                ..Refusal::default()
            })
        }
        Some(_) | None => Ok(chosen),
    }
}

fn unknown(overview: &Overview, name: &str) -> Refusal {
    let names: Vec<&str> = overview.jobs.iter().map(|job| job.name.as_str()).collect();
    let hint = match text::nearest(name, &names) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!(
            "add [jobs.NAME] to '{}'; the lines of your crontab are jobs, too",
            overview.configured.config_file.display()
        ),
        None => "`inneros job list` lists them".to_owned(),
    };
    Refusal {
        code: 4,
        message: format!("no job is called '{}'", text::printable(name)),
        hint: Some(hint),
        ..Refusal::default()
    }
}
