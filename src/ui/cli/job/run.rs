//! `inneros job run`

use std::io::{IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use serde_json::json;

use super::super::args::Cli;
use super::super::output::{self, Answer, Printer, Refusal};
use super::super::{place, source, unusable_settings};
use crate::app::jobs::list::Overview;
use crate::app::jobs::load::Configured;
use crate::app::jobs::run::{EndedRun, NoRun, Outcome, Task, run};
use crate::app::settings::Source;
use crate::model::config::job::Notify;
use crate::model::jobs::crontab::as_cron;
use crate::model::jobs::listed::JobOrigin;
use crate::model::jobs::record::How;
use crate::model::life::record::Exit;
use crate::model::{text, words};
use crate::os::paths::{user_home, variable};

pub fn answer(
    cli: &Cli,
    name: &str,
    force: bool,
    timeout: Option<Duration>,
    command: &[String],
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let (home, mut task, notify) = if command.is_empty() {
        configured(cli, name)?
    } else {
        (place(cli)?.home, wrapped(name, command)?, Notify::Failure)
    };
    task.force = force;
    task.timeout = timeout.or(task.timeout);
    match run(&home, &task).map_err(|error| not_run(name, &error))? {
        Outcome::HeldBack(until) => {
            let until = until.map_or(String::new(), |at| {
                format!(" until {}", at.format("%Y-%m-%d %H:%M"))
            });
            Ok(Answer {
                success: true,
                message: format!("{name}: not run, it is disabled{until}"),
                fields: fields(name, None),
                // Cron mails what is printed.
                printed: !output::is_terminal() && !printer.is_json(),
                ..Answer::default()
            })
        }
        Outcome::Ended(ended) => Ok(told(name, &ended, notify, printer)),
    }
}

fn configured(cli: &Cli, name: &str) -> Result<(std::path::PathBuf, Task, Notify), Refusal> {
    let configured = Configured::load(&source(cli)).map_err(|error| unusable_settings(&error))?;
    let Some(found) = configured.find(name) else {
        if let Some(task) = of_crontab(&source(cli), name)? {
            return Ok((configured.home, task, Notify::Failure));
        }
        let names: Vec<&str> = configured
            .jobs
            .iter()
            .map(|found| found.name.as_str())
            .collect();
        let near = text::nearest(name, &names).map(|near| format!("did you mean `{near}`?"));
        let file = configured.config_file.display();
        return Err(Refusal {
            code: 4,
            message: format!("no job is called '{name}'"),
            hint: near.or_else(|| {
                Some(format!(
                    "add [jobs.{name}] to '{file}', or put the command behind `--`"
                ))
            }),
            ..Refusal::default()
        });
    };
    let job = found.job.as_ref().map_err(|error| Refusal::new(4, error))?;
    let task = Task {
        name: job.name.clone(),
        command: job.command.clone(),
        working_dir: job.working_dir.clone(),
        env: job.env.clone(),
        timeout: job.timeout,
        input: None,
        force: false,
    };
    let notify = job.notify;
    Ok((configured.home, task, notify))
}

fn wrapped(name: &str, command: &[String]) -> Result<Task, Refusal> {
    let here = std::env::current_dir().map_err(|error| Refusal::new(1, &error))?;
    Ok(Task {
        name: name.to_owned(),
        command: command.to_vec(),
        working_dir: here,
        env: std::collections::BTreeMap::new(),
        timeout: None,
        // Behind a `%` in a crontab stands what it reads.
        input: stdin(),
        force: false,
    })
}

/// A line of the crontab whose runs are recorded, run as cron runs it.
fn of_crontab(source: &Source, name: &str) -> Result<Option<Task>, Refusal> {
    let Ok(overview) = Overview::of(source) else {
        return Ok(None);
    };
    let job = overview.jobs.iter().find(|job| job.name == name);
    let Some((job, JobOrigin::Line(line))) = job.map(|job| (job, &job.origin)) else {
        return Ok(None);
    };
    if !job.recorded {
        return Err(Refusal {
            code: 4,
            message: format!("{name} is a line of your crontab that is not adopted"),
            hint: Some(format!("`inneros job adopt {name}` records its runs")),
            ..Refusal::default()
        });
    }
    let text = overview.crontab.as_deref().unwrap_or_default();
    let (Some(cron), Ok(home)) = (as_cron(text, *line), user_home(&variable)) else {
        return Ok(None);
    };
    // In `env` of a job a `$` stands for a variable; cron takes it as it is.
    let literal = |(key, value): (String, String)| (key, value.replace('$', "$$"));
    Ok(Some(Task {
        name: name.to_owned(),
        command: vec![cron.shell, "-c".into(), cron.command],
        working_dir: home,
        env: cron.env.into_iter().map(literal).collect(),
        timeout: None,
        input: cron.input.and_then(|text| readable(&text)),
        force: false,
    }))
}

/// A text that can be read once. A line of a crontab is shorter than what a pipe holds.
fn readable(text: &str) -> Option<OwnedFd> {
    let (reader, mut writer) = std::io::pipe().ok()?;
    writer.write_all(text.as_bytes()).ok()?;
    Some(reader.into())
}

/// Standard input under a descriptor of our own. Of a terminal's a job gets nothing, for it has
/// a session of its own.
fn stdin() -> Option<OwnedFd> {
    let stdin = std::io::stdin();
    let own = (!stdin.is_terminal()).then(|| stdin.as_fd().try_clone_to_owned().ok());
    own.flatten()
}

/// What is said of a run. When all is well nothing is, unless somebody looks: cron mails it.
fn told(name: &str, ended: &EndedRun, notify: Notify, printer: &Printer) -> Answer {
    let good = ended.how.is_good();
    let message = format!(
        "{name}: {}, took {}",
        in_words(&ended.how, ended.killed),
        words::uptime(ended.took)
    );
    let loud = match notify {
        Notify::Failure => !good || output::is_terminal(),
        Notify::Always => true,
        Notify::Never => output::is_terminal(),
    };
    if let Some(error) = &ended.unrecorded {
        printer.warn(&format!(
            "{name}: this run is not recorded: {error}: {}",
            error.source
        ));
    }
    let mut fields = fields(name, Some(ended));
    let lines = if good { Vec::new() } else { ended.last_words() };
    fields.insert("last_lines".into(), json!(lines));
    let mut shown = format!("{message}\n");
    for line in &lines {
        shown += &format!("  | {}\n", text::printable(line));
    }
    Answer {
        code: ended.how.code(),
        success: good,
        message,
        fields,
        text: Some(shown),
        printed: !loud && !printer.is_json(),
        ..Answer::default()
    }
}

fn fields(name: &str, ended: Option<&EndedRun>) -> serde_json::Map<String, serde_json::Value> {
    let exit = ended.and_then(|ended| super::list::exit(&ended.how));
    let code = exit.and_then(|exit| match exit {
        Exit::Code(code) => Some(code),
        Exit::Signal(_) => None,
    });
    let signal = exit.and_then(|exit| match exit {
        Exit::Signal(signal) => Some(signal),
        Exit::Code(_) => None,
    });
    let values = [
        ("name", json!(name)),
        ("ran", json!(ended.is_some())),
        ("pid", json!(ended.and_then(|ended| ended.pid))),
        ("exit_code", json!(code)),
        ("signal", json!(signal)),
        (
            "timed_out",
            json!(ended.is_some_and(|ended| matches!(ended.how, How::TimedOut(_)))),
        ),
        (
            "took_ms",
            json!(ended.map(|ended| super::list::milliseconds(ended.took))),
        ),
        (
            "recorded",
            json!(ended.is_some_and(|ended| ended.unrecorded.is_none())),
        ),
    ];
    values
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn in_words(how: &How, killed: bool) -> String {
    match how {
        How::Exit(Exit::Code(0)) => "ok".into(),
        How::Exit(exit) => format!("failed with {}", words::exit(*exit)),
        How::TimedOut(_) if killed => "took too long and did not end, killed".into(),
        How::TimedOut(_) => "took too long, ended".into(),
        How::NotStarted { why, .. } => format!("could not be started: {}", text::printable(why)),
    }
}

fn not_run(name: &str, error: &NoRun) -> Refusal {
    let (code, hint) = match error {
        NoRun::Running { .. } => (
            5,
            Some(format!("`inneros job status {name}` shows since when")),
        ),
        NoRun::Newer(path) => (
            4,
            Some(format!(
                "use that version, or remove '{}' once the job does not run",
                path.display()
            )),
        ),
        NoRun::File(error) if error.source.kind() == std::io::ErrorKind::PermissionDenied => {
            (4, None)
        }
        NoRun::File(_) | NoRun::Blind(_) | NoRun::Wait(_) => (1, None),
    };
    let mut refusal = Refusal::new(code, error).hint(hint);
    refusal.message = format!("{name}: {}", refusal.message);
    if let NoRun::Running { pid } = error {
        refusal.pid = *pid;
    }
    refusal
}
