//! The jobs in the menu.

use chrono::{DateTime, FixedOffset};

use super::{JobRow, Row, Slot, fitting};
use crate::model::jobs::listed::{JobState, Listed};
use crate::model::jobs::record::{How, Last};
use crate::model::screen::command::Command;
use crate::model::screen::job_command::{JobCommand, JobId};
use crate::model::screen::jobs::{JobSeen, Jobs};
use crate::model::words;

/// So many jobs the menu has at most. A menu is sent whole.
const MOST: usize = 20;

/// The menu of the jobs; nothing where there are none.
pub fn submenu(jobs: &Jobs, now: DateTime<FixedOffset>) -> Option<Row> {
    if jobs.seen().is_empty() {
        return None;
    }
    let shown = shown(jobs);
    let mut rows: Vec<Row> = shown.iter().map(|(id, seen)| job(*id, seen, now)).collect();
    let left_out = jobs.seen().len() - shown.len();
    if left_out > 0 {
        rows.push(Row::Item {
            slot: Slot::MoreJobs,
            text: format!("{left_out} More (See `inneros job list`)"),
            command: None,
        });
    }
    Some(Row::Submenu {
        slot: Slot::Jobs,
        text: fitting(&title(jobs)),
        rows,
    })
}

/// What is to be seen without opening that menu.
fn title(jobs: &Jobs) -> String {
    match trouble(jobs) {
        Some(trouble) => format!("Jobs: {trouble}"),
        None => "Jobs".into(),
    }
}

/// What is wrong with jobs, in a few words.
pub fn trouble(jobs: &Jobs) -> Option<String> {
    let wrong: Vec<&JobSeen> = jobs.wrong().collect();
    match wrong[..] {
        [] => None,
        [seen] if seen.job.missed.is_some() => Some(format!("{} was missed", seen.job.name)),
        [seen] => Some(match &seen.job.last {
            Last::Lost(_) => format!("{} was cut short", seen.job.name),
            Last::Never | Last::Running(_) | Last::Ended(..) | Last::Unreadable(_) => {
                format!("{} failed", seen.job.name)
            }
        }),
        _ => Some(format!("{} failed or were missed", wrong.len())),
    }
}

/// Where there are too many, those that went wrong and then the first of the others, all in
/// their order.
fn shown(jobs: &Jobs) -> Vec<&(JobId, JobSeen)> {
    let wrong = jobs.seen().iter().filter(|(_, seen)| seen.job.is_wrong());
    let well = jobs.seen().iter().filter(|(_, seen)| !seen.job.is_wrong());
    let chosen: Vec<JobId> = wrong.chain(well).take(MOST).map(|(id, _)| *id).collect();
    let is_chosen = |(id, _): &&(JobId, JobSeen)| chosen.contains(id);
    jobs.seen().iter().filter(is_chosen).collect()
}

fn job(id: JobId, seen: &JobSeen, now: DateTime<FixedOffset>) -> Row {
    let job = &seen.job;
    let mut parts = vec![job.name.clone()];
    parts.extend(last(job, now));
    parts.extend(next(job, now));
    Row::Submenu {
        slot: Slot::Job(id, JobRow::Itself),
        text: fitting(&parts.join(" · ")),
        rows: rows(id, job, now),
    }
}

/// The result of the last run, and when that was.
fn last(job: &Listed, now: DateTime<FixedOffset>) -> Option<String> {
    let at = |at: DateTime<FixedOffset>| words::moment(at.with_timezone(now.offset()), now);
    if let Some(missed) = job.missed {
        return Some(format!("missed {}", at(missed.due)));
    }
    Some(match &job.last {
        Last::Ended(_, end) => {
            let word = match &end.how {
                How::TimedOut(_) => "timed out",
                How::NotStarted { .. } => "not started",
                how if how.is_good() => "ok",
                How::Exit(_) => "failed",
            };
            format!("{word} {}", at(end.at.wall))
        }
        Last::Running(record) => format!("running since {}", at(record.began.wall)),
        Last::Lost(record) => format!("cut short, started {}", at(record.began.wall)),
        Last::Unreadable(why) => (*why).into(),
        Last::Never if job.recorded => return None,
        Last::Never => "not recorded".into(),
    })
}

/// When it runs next.
fn next(job: &Listed, now: DateTime<FixedOffset>) -> Option<String> {
    let at = |at: DateTime<FixedOffset>| words::moment(at.with_timezone(now.offset()), now);
    match &job.state {
        JobState::Enabled | JobState::Differs => job.next.map(|next| format!("next {}", at(next))),
        JobState::HeldBack(Some(until)) => Some(format!("paused until {}", at(*until))),
        JobState::Disabled | JobState::HeldBack(None) => Some("disabled".into()),
        JobState::Misconfigured(_) => Some("misconfigured".into()),
        JobState::Edited(_) => Some("edited by hand".into()),
    }
}

/// What is known of a job, and what can be done about it.
fn rows(id: JobId, job: &Listed, now: DateTime<FixedOffset>) -> Vec<Row> {
    let item = |row, text: String, command: Option<JobCommand>| Row::Item {
        slot: Slot::Job(id, row),
        text: fitting(&text),
        command: command.map(|command| Command::Job(id, command)),
    };
    let mut rows = vec![
        item(
            JobRow::Last,
            match last(job, now) {
                Some(last) => format!("Last: {last}"),
                None => "Has not run yet".into(),
            },
            job.last.record().map(|_| JobCommand::OpenOutput),
        ),
        item(
            JobRow::Next,
            match job.next {
                Some(at) => {
                    let at = words::moment(at.with_timezone(now.offset()), now);
                    format!("Next: {at}")
                }
                None => "Next: unknown".into(),
            },
            None,
        ),
        Row::Separator,
    ];
    rows.extend(actions(job, item));
    rows
}

/// What can be done about a job, each a row that `item` makes.
fn actions(job: &Listed, item: impl Fn(JobRow, String, Option<JobCommand>) -> Row) -> Vec<Row> {
    let running = matches!(job.last, Last::Running(_));
    let run = if running {
        "Run Now (Running)"
    } else if job.recorded {
        "Run Now"
    } else {
        "Run Now (Adopt It First)"
    };
    let can_run = job.recorded && !running && !matches!(job.state, JobState::Misconfigured(_));
    let has_run = job.last.record().is_some();
    let mut rows = vec![
        item(JobRow::Run, run.into(), can_run.then_some(JobCommand::Run)),
        item(
            JobRow::Output,
            "Open Output".into(),
            has_run.then_some(JobCommand::OpenOutput),
        ),
    ];
    match &job.state {
        JobState::Enabled | JobState::Differs if job.recorded => rows.push(item(
            JobRow::Pause,
            "Pause Until Tomorrow".into(),
            Some(JobCommand::Pause),
        )),
        JobState::HeldBack(_) => rows.push(item(
            JobRow::Resume,
            "Resume".into(),
            Some(JobCommand::Resume),
        )),
        JobState::Enabled
        | JobState::Differs
        | JobState::Disabled
        | JobState::Edited(_)
        | JobState::Misconfigured(_) => {}
    }
    if job.is_wrong() {
        rows.push(item(
            JobRow::Acknowledge,
            "Acknowledge".into(),
            Some(JobCommand::Acknowledge),
        ));
    }
    rows
}
