//! `inneros job list` and `inneros job status`

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value, json};

use super::super::output::{Answer, Paint, Printer, Refusal};
use super::args::Which;
use super::chosen;
use crate::app::jobs::list::Overview;
use crate::model::jobs::listed::{By, JobOrigin, JobState, Listed};
use crate::model::jobs::missed::MOST;
use crate::model::jobs::record::{How, Last};
use crate::model::life::record::Exit;
use crate::model::{text, words};

pub fn answer(overview: &Overview, which: &Which, printer: &Printer) -> Result<Answer, Refusal> {
    let jobs = chosen(overview, &which.names, which.group.as_deref())?;
    Ok(answer_for(overview, &jobs, printer))
}

pub fn answer_for(overview: &Overview, jobs: &[&Listed], printer: &Printer) -> Answer {
    let mut answer = answer_of(overview, jobs);
    answer.text = Some(table(overview, jobs, printer));
    answer
}

/// What is wrong with a job and what to do about it, in a line.
pub fn trouble(job: &Listed) -> Option<String> {
    if !job.is_bad() && !job.is_unclear() {
        return None;
    }
    let what = match &job.state {
        JobState::Misconfigured(_) | JobState::Edited(_) => state(job),
        JobState::Enabled | JobState::Differs | JobState::Disabled | JobState::HeldBack(_)
            if job.missed.is_some() =>
        {
            "a run was missed".into()
        }
        JobState::Enabled | JobState::Differs | JobState::Disabled | JobState::HeldBack(_) => {
            result(job)
        }
    };
    let hint = hint(job).map_or(String::new(), |hint| format!("; {hint}"));
    Some(format!("{}: {what}{hint}", job.name))
}

pub fn status(overview: &Overview, which: &Which, printer: &Printer) -> Result<Answer, Refusal> {
    let jobs = chosen(overview, &which.names, which.group.as_deref())?;
    let mut answer = answer_of(overview, &jobs);
    if let ([job], [name]) = (&jobs[..], &which.names[..])
        && job.name == *name
    {
        let off = matches!(job.state, JobState::Disabled | JobState::HeldBack(_));
        if off && answer.code == 0 {
            answer.code = 3;
        }
    }
    let blocks: Vec<String> = jobs
        .iter()
        .map(|job| block(overview, job, printer))
        .collect();
    answer.text = Some(blocks.join("\n"));
    Ok(answer)
}

fn answer_of(overview: &Overview, jobs: &[&Listed]) -> Answer {
    let count = |is: &dyn Fn(&Listed) -> bool| jobs.iter().filter(|job| is(job)).count();
    let (bad, unclear) = (count(&Listed::is_bad), count(&Listed::is_unclear));
    let enabled = count(&Listed::is_enabled);
    let missed = count(&|job| job.missed.is_some());
    let mut message = match jobs.len() {
        0 => "no jobs".to_owned(),
        1 => format!("1 job, {enabled} enabled"),
        many => format!("{many} jobs, {enabled} enabled"),
    };
    for (number, what) in [(bad, "failed or missed"), (unclear, "unclear")] {
        if number > 0 {
            message += &format!(", {number} {what}");
        }
    }
    let unread = overview
        .unread
        .as_ref()
        .map(|error| Refusal::new(1, error).message);
    let hint = unread
        .as_ref()
        .map(|why| format!("the crontab's jobs are not listed: {why}"));
    let mut answer = Answer {
        code: match (unclear, bad) {
            (0, 0) => 0,
            (0, _) => 1,
            (_, _) => 4,
        },
        success: true,
        message,
        hint,
        ..Answer::default()
    };
    let list: Vec<Value> = jobs
        .iter()
        .map(|job| Value::Object(object(overview, job)))
        .collect();
    answer.fields.insert("jobs".into(), list.into());
    answer.fields.insert(
        "counts".into(),
        json!({
            "jobs": jobs.len(),
            "enabled": enabled,
            "missed": missed,
            "bad": bad,
            "unclear": unclear,
        }),
    );
    answer
}

/// The table of `job list`.
fn table(overview: &Overview, jobs: &[&Listed], printer: &Printer) -> String {
    if jobs.is_empty() {
        return format!(
            "no jobs: add [jobs.NAME] to '{}'; the lines of your crontab are jobs, too\n",
            overview.configured.config_file.display()
        );
    }
    let head = ["NAME", "LAST", "RESULT", "TOOK", "NEXT", "MISSED"].map(str::to_owned);
    let rows: Vec<[String; 6]> = jobs.iter().map(|job| row(overview, job)).collect();
    let widths: Vec<usize> = (0..6)
        .map(|column| {
            let cells = rows
                .iter()
                .chain([&head])
                .map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        })
        .collect();
    let line = |cells: &[String; 6]| {
        let cells = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut text = printer.paint(Paint::Dim, &line(&head)) + "\n";
    for (job, row) in jobs.iter().zip(&rows) {
        let line = line(row);
        let line = match (job.is_bad() || job.is_unclear(), &job.state) {
            (true, _) => printer.paint(Paint::Red, &line),
            (false, JobState::Disabled | JobState::HeldBack(_)) => printer.paint(Paint::Dim, &line),
            (false, _) => line,
        };
        text += &(line + "\n");
    }
    text
}

fn row(overview: &Overview, job: &Listed) -> [String; 6] {
    let now = overview.now.wall;
    let none = || "-".to_owned();
    let moment = |at: DateTime<FixedOffset>| words::moment(at.with_timezone(now.offset()), now);
    let began = job.last.record().map(|record| record.began.wall);
    [
        job.name.clone(),
        began.map_or_else(none, moment),
        result(job),
        job.last
            .took(&overview.now)
            .map_or_else(none, words::uptime),
        match (&job.state, job.next) {
            _ if job.origin == JobOrigin::Record => none(),
            (JobState::Disabled, _) => "disabled".into(),
            (JobState::HeldBack(None), _) => "disabled".into(),
            (_, Some(next)) => moment(next),
            (_, None) => none(),
        },
        job.missed.map_or_else(none, |missed| match missed.count {
            1 => moment(missed.due),
            MOST => format!("{MOST} or more since {}", moment(missed.due)),
            many => format!("{many} since {}", moment(missed.due)),
        }),
    ]
}

/// The word of the last run, and how it ended.
fn result(job: &Listed) -> String {
    match (&job.state, &job.last) {
        (JobState::Misconfigured(_), _) => "misconfigured".into(),
        (JobState::Edited(_), _) => "edited by hand".into(),
        (_, Last::Never) if !job.recorded => "not recorded".into(),
        (_, Last::Ended(_, end)) => match &end.how {
            How::Exit(Exit::Code(0)) => "ok".into(),
            How::Exit(exit) => format!("failed: {}", words::exit(*exit)),
            How::TimedOut(_) => "timed out".into(),
            How::NotStarted { .. } => "not started".into(),
        },
        (_, Last::Never) => "never run".into(),
        (_, Last::Running(_)) => "running".into(),
        (_, Last::Lost(_) | Last::Unreadable(_)) => "not known".into(),
    }
}

/// The word for programs.
fn word(job: &Listed) -> &'static str {
    match &job.last {
        Last::Never if job.recorded => "never",
        Last::Never => "not-recorded",
        Last::Running(_) => "running",
        Last::Lost(_) | Last::Unreadable(_) => "unknown",
        Last::Ended(_, end) => match &end.how {
            How::Exit(Exit::Code(0)) => "ok",
            How::Exit(_) => "failed",
            How::TimedOut(_) => "timed-out",
            How::NotStarted { .. } => "not-started",
        },
    }
}

/// A job with all that is known of it, for people.
fn block(overview: &Overview, job: &Listed, printer: &Printer) -> String {
    let now = overview.now.wall;
    let at = |at: DateTime<FixedOffset>| {
        at.with_timezone(now.offset())
            .format("%Y-%m-%d %H:%M:%S")
            .to_string()
    };
    let mut rows: Vec<(&str, String)> = Vec::new();
    rows.push(("state", state(job)));
    if let Some(schedule) = &job.schedule {
        let by = job.by.filter(|_| job.state != JobState::Disabled);
        let by = by.map_or(String::new(), |by| format!(", by {}", by.word()));
        rows.push(("schedule", format!("{schedule}{by}")));
    }
    rows.push(("command", text::printable(&job.command)));
    if let Some(record) = job.last.record() {
        rows.push(("last", at(record.began.wall)));
    }
    let how = match &job.last {
        Last::Ended(_, end) => match &end.how {
            How::NotStarted { why, .. } => format!("not started: {}", text::printable(why)),
            How::TimedOut(exit) => format!("timed out, ended with {}", words::exit(*exit)),
            How::Exit(_) => result(job),
        },
        Last::Lost(_) => "how it ended is unknown: its `inneros job run` was killed, or the computer was switched off".into(),
        Last::Unreadable(why) => (*why).into(),
        Last::Never | Last::Running(_) => result(job),
    };
    let seen = if job.acknowledged {
        ", acknowledged"
    } else {
        ""
    };
    rows.push(("result", how + seen));
    if let Some(took) = job.last.took(&overview.now) {
        rows.push(("took", words::uptime(took)));
    }
    if let Some(next) = job.next {
        rows.push(("next", at(next)));
    }
    if let Some(missed) = job.missed {
        let times = if missed.count == 1 {
            String::new()
        } else {
            format!("{} times, first ", missed.count)
        };
        rows.push(("missed", format!("{times}due {}", at(missed.due))));
    }
    if let Some(hint) = hint(job) {
        rows.push(("hint", hint));
    }
    let mut text = format!("{}\n", job.name);
    for (label, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let label = printer.paint(Paint::Dim, &format!("{label:<10}"));
        text += &format!("  {label} {value}\n");
    }
    text
}

fn state(job: &Listed) -> String {
    match &job.state {
        JobState::Enabled => "enabled".into(),
        JobState::Differs => "enabled, but not as it is configured now".into(),
        JobState::Edited(path) => format!("'{}' was edited by hand", path.display()),
        JobState::Disabled => "disabled".into(),
        JobState::HeldBack(None) => "disabled".into(),
        JobState::HeldBack(Some(until)) => {
            format!("disabled until {}", until.format("%Y-%m-%d %H:%M"))
        }
        JobState::Misconfigured(why) => format!("misconfigured: {}", text::printable(why)),
    }
}

fn hint(job: &Listed) -> Option<String> {
    let name = &job.name;
    Some(match (&job.state, &job.last) {
        (JobState::Differs, _) => format!("`inneros job enable {name}` brings it up to date"),
        (JobState::Edited(_), _) => format!("`inneros job enable {name} --force` replaces it"),
        (JobState::Disabled | JobState::HeldBack(_), _) if job.schedule.is_some() => {
            format!("`inneros job enable {name}` lets it run")
        }
        (JobState::Enabled, Last::Never) if !job.recorded => {
            format!("`inneros job adopt {name}` records its runs")
        }
        (_, Last::Ended(_, end)) if !end.how.is_good() => {
            format!("`inneros job logs {name}` shows what it wrote")
        }
        _ => return None,
    })
}

fn object(overview: &Overview, job: &Listed) -> Map<String, Value> {
    let time = |at: Option<DateTime<FixedOffset>>| json!(at.map(|at| at.to_rfc3339()));
    let record = job.last.record();
    let end = match &job.last {
        Last::Ended(_, end) => Some(end),
        Last::Never | Last::Running(_) | Last::Lost(_) | Last::Unreadable(_) => None,
    };
    let exit = end.and_then(|end| exit(&end.how));
    let (state, until, flaw) = match &job.state {
        JobState::Enabled => ("enabled", None, None),
        JobState::Differs => ("differs", None, None),
        JobState::Edited(_) => ("edited", None, None),
        JobState::Disabled => ("disabled", None, None),
        JobState::HeldBack(until) => ("disabled", *until, None),
        JobState::Misconfigured(why) => ("misconfigured", None, Some(why.clone())),
    };
    let reason = match end.map(|end| &end.how) {
        Some(How::NotStarted { why, .. }) => Some(why.clone()),
        Some(How::Exit(_) | How::TimedOut(_)) | None => flaw,
    };
    let (file, line) = match &job.origin {
        JobOrigin::File(path) => (Some(path.display().to_string()), None),
        JobOrigin::Line(line) => (None, Some(line + 1)),
        JobOrigin::Record => (None, None),
    };
    let pid = match &job.last {
        Last::Running(record) => record.process.as_ref().map(|process| process.pid),
        Last::Never | Last::Ended(..) | Last::Lost(_) | Last::Unreadable(_) => None,
    };
    let values = [
        ("name", json!(job.name)),
        ("state", json!(state)),
        ("until", time(until)),
        ("scheduler", json!(job.by.map(By::word))),
        ("schedule", json!(job.schedule)),
        ("group", json!(job.group)),
        ("command", json!(job.command)),
        ("file", json!(file)),
        ("crontab_line", json!(line)),
        ("recorded", json!(job.recorded)),
        ("result", json!(word(job))),
        ("exit_code", json!(exit.and_then(code))),
        ("signal", json!(exit.and_then(signal))),
        ("reason", json!(reason)),
        ("pid", json!(pid)),
        ("started_at", time(record.map(|record| record.began.wall))),
        ("ended_at", time(end.map(|end| end.at.wall))),
        (
            "succeeded_at",
            time(record.and_then(|record| record.succeeded_at)),
        ),
        (
            "took_ms",
            json!(job.last.took(&overview.now).map(milliseconds)),
        ),
        ("next", time(job.next)),
        (
            "missed",
            json!(job.missed.map(|missed| json!({
                "due": missed.due.to_rfc3339(),
                "count": missed.count,
            }))),
        ),
        ("acknowledged", json!(job.acknowledged)),
        ("hint", json!(hint(job))),
    ];
    values
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// How the process of a run ended, if there was one.
pub fn exit(how: &How) -> Option<Exit> {
    match how {
        How::Exit(exit) | How::TimedOut(exit) => Some(*exit),
        How::NotStarted { .. } => None,
    }
}

pub fn code(exit: Exit) -> Option<i32> {
    match exit {
        Exit::Code(code) => Some(code),
        Exit::Signal(_) => None,
    }
}

pub fn signal(exit: Exit) -> Option<i32> {
    match exit {
        Exit::Signal(signal) => Some(signal),
        Exit::Code(_) => None,
    }
}

pub fn milliseconds(span: Duration) -> u64 {
    span.as_millis().try_into().unwrap_or(u64::MAX)
}
