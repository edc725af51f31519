//! `inneros status`: the daemon, the jobs, and what is wrong, on one screen.

use std::time::SystemTime;

use chrono::{DateTime, Local};
use serde_json::json;

use super::args::{Bar, Which};
use super::output::{Answer, Paint, Printer, Refusal};
use super::{daemon, job, unusable_settings};
use crate::app::jobs::list::Overview;
use crate::app::jobs::load;
use crate::app::settings::Source;
use crate::model::config::Config;
use crate::model::text;
use crate::model::words;
use crate::os::log_files;

/// Where no job is configured and none was ever run, this is what `inneros daemon status`
/// answers: it costs nothing more, and scripts know it.
pub fn answer(
    config: &Config,
    source: &Source,
    which: &Which,
    format: Option<Bar>,
    watch: bool,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let status = super::args::Daemon::Status {
        which: which.clone(),
        format,
        watch,
    };
    let is_named = !which.daemons.is_empty() || which.group.is_some();
    if watch
        || format.is_some()
        || is_named
        || !(config.has_jobs || load::are_elsewhere(&config.home))
    {
        return daemon::answer(config, source, &status, printer);
    }
    let overview = Overview::of(source).map_err(|error| unusable_settings(&error))?;
    let daemon = daemon::answer(config, source, &status, printer)?;
    let jobs = job::all(&overview, printer);
    let activity = last_activity(config);
    let mut answer = Answer {
        code: worst([daemon_code(config, &daemon), jobs.code]),
        success: daemon.success,
        message: format!("{}; {}", daemon.message, jobs.message),
        fields: daemon.fields,
        ..Answer::default()
    };
    let [list, counts] = ["jobs", "counts"].map(|key| jobs.fields.get(key).cloned());
    answer.fields.insert("jobs".into(), json!(list));
    answer.fields.insert("job_counts".into(), json!(counts));
    let (at, log) = activity.clone().unzip();
    let at = at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, false));
    answer.fields.insert("last_activity".into(), json!(at));
    answer.fields.insert("last_log".into(), json!(log));
    if let Some(why) = &jobs.hint {
        answer.fields.insert("jobs_hint".into(), json!(why));
    }
    let mut shown = daemon.text.unwrap_or_default();
    if let Some((at, log)) = activity.as_ref() {
        let label = printer.paint(Paint::Dim, "activity  ");
        let now = Local::now().fixed_offset();
        let log = text::printable(log);
        shown += &format!(
            "  {label} {}, in {log}\n",
            words::moment(at.fixed_offset(), now)
        );
    }
    shown += &format!("\n{}\n", jobs.message);
    for line in jobs.text.iter().flat_map(|text| text.lines()) {
        shown += &format!("  {line}\n");
    }
    for line in overview
        .jobs
        .iter()
        .filter_map(job::trouble)
        .chain(jobs.hint)
    {
        shown += &format!("  {}\n", text::printable(&line));
    }
    answer.text = (!printer.is_json()).then_some(shown);
    Ok(answer)
}

/// Who has only jobs has no daemon that should run.
fn daemon_code(config: &Config, daemon: &Answer) -> u8 {
    let is_configured = config.daemons.iter().any(|one| one.daemon.is_configured());
    if daemon.code == 3 && !is_configured {
        return 0;
    }
    daemon.code
}

/// The exit code that outweighs the others.
fn worst<const N: usize>(codes: [u8; N]) -> u8 {
    let order = [4, 1, 3, 0];
    order
        .into_iter()
        .find(|code| codes.contains(code))
        .unwrap_or(0)
}

/// When a log was written to last, and which.
fn last_activity(config: &Config) -> Option<(DateTime<Local>, String)> {
    let folders = config
        .daemons
        .iter()
        .flat_map(|one| one.daemon.logs_dirs.clone());
    let newest = log_files::newest(&folders.collect::<Vec<_>>()).ok()??;
    let written: SystemTime = newest.metadata().ok()?.modified().ok()?;
    let name = newest.file_name()?.to_string_lossy().into_owned();
    Some((written.into(), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_code_is_that_of_the_screen() {
        for (codes, expected) in [
            ([0, 0], 0),
            ([3, 0], 3),
            ([0, 1], 1),
            ([3, 1], 1),
            ([1, 4], 4),
            ([4, 0], 4),
        ] {
            assert_eq!(worst(codes), expected, "{codes:?}");
        }
    }
}
