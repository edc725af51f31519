//! `inneros job enable`, `disable` and `adopt`

use serde_json::{Value, json};

use super::super::output::{Answer, Refusal};
use super::args::SwitchArgs;
use super::chosen;
use crate::app::autostart::Edited;
use crate::app::jobs::list::Overview;
use crate::app::jobs::switch::{self, SwitchDone, SwitchFailure, SwitchTo};
use crate::app::settings::Source;
use crate::model::jobs::crontab::NotAdopted;
use crate::model::jobs::listed::Listed;
use crate::os::crontab::CrontabError;

/// Looks at all jobs again.
type Look<'a> = &'a dyn Fn() -> Result<Overview, Refusal>;

pub fn answer(
    look: Look<'_>,
    source: &Source,
    which: &SwitchArgs,
    on: bool,
) -> Result<Answer, Refusal> {
    let until = which.end();
    let wanted = if on {
        SwitchTo::On(until)
    } else {
        SwitchTo::Off(until)
    };
    let edited = if which.force {
        Edited::Replace
    } else {
        Edited::Keep
    };
    let mut word = if on { "enabled" } else { "disabled" }.to_owned();
    if let Some(until) = until {
        word += &format!(" until {}", until.format("%Y-%m-%d %H:%M"));
    }
    each(
        look,
        &which.names,
        which.group.as_deref(),
        &word,
        |overview, job| switch::set(overview, job, wanted, edited, source),
    )
}

pub fn adopt(
    look: Look<'_>,
    source: &Source,
    names: &[String],
    undo: bool,
) -> Result<Answer, Refusal> {
    let word = if undo { "as it was before" } else { "adopted" };
    each(look, names, None, word, |overview, job| {
        switch::adopt(overview, job, undo, source)
    })
}

pub fn acknowledge(
    look: Look<'_>,
    names: &[String],
    group: Option<&str>,
    undo: bool,
) -> Result<Answer, Refusal> {
    let word = if undo {
        "not acknowledged"
    } else {
        "acknowledged"
    };
    each(look, names, group, word, |overview, job| {
        switch::acknowledge(overview, job, undo)
    })
}

/// Does something to each of the jobs that are meant. What fails for one is no matter to the
/// next.
fn each(
    look: Look<'_>,
    names: &[String],
    group: Option<&str>,
    word: &str,
    change: impl Fn(&Overview, &Listed) -> Result<SwitchDone, SwitchFailure>,
) -> Result<Answer, Refusal> {
    let overview = look()?;
    let meant: Vec<String> = chosen(&overview, names, group)?
        .iter()
        .map(|job| job.name.clone())
        .collect();
    let (mut messages, mut hints, mut list) = (Vec::new(), Vec::new(), Vec::new());
    let mut code = 0;
    let mut overview = Some(overview);
    for name in meant {
        // The crontab is another one after each change.
        let seen = match overview.take() {
            Some(seen) => seen,
            None => look()?,
        };
        let Some(job) = seen.jobs.iter().find(|job| job.name == name) else {
            continue;
        };
        match change(&seen, job) {
            Ok(done) => {
                let already = if done.changed { "" } else { "already " };
                messages.push(format!("{name}: {already}{word}"));
                list.push(object(&name, Some(&done), None));
            }
            Err(failure) => {
                let refusal = Refusal::new(code_of(&failure), &failure);
                code = code.max(refusal.code);
                list.push(object(&name, None, Some(&refusal.message)));
                messages.push(format!("{name}: {}", refusal.message));
                hints.extend(hint(&name, &failure));
            }
        }
    }
    let message = messages.join("; ");
    let hint = hints.into_iter().next();
    if code != 0 && list.len() == 1 {
        return Err(Refusal {
            code,
            message,
            hint,
            ..Refusal::default()
        });
    }
    let mut answer = Answer {
        code,
        success: code == 0,
        text: Some(messages.join("\n") + "\n"),
        message,
        hint,
        ..Answer::default()
    };
    answer.fields.insert("jobs".into(), Value::Array(list));
    Ok(answer)
}

fn object(name: &str, done: Option<&SwitchDone>, error: Option<&str>) -> Value {
    let backup = done.and_then(|done| done.backup.as_ref());
    json!({
        "name": name,
        "changed": done.is_some_and(|done| done.changed),
        "backup": backup.map(|path| path.display().to_string()),
        "error": error,
    })
}

fn code_of(failure: &SwitchFailure) -> u8 {
    match failure {
        SwitchFailure::Misconfigured(_) | SwitchFailure::NoSchedule | SwitchFailure::Unsaid(_) => 4,
        SwitchFailure::Crontab(CrontabError::Failed { said, .. })
            if said.contains("not allowed") =>
        {
            4
        }
        SwitchFailure::File(error)
            if error.source.kind() == std::io::ErrorKind::PermissionDenied =>
        {
            4
        }
        SwitchFailure::NotAdopted
        | SwitchFailure::Line(_)
        | SwitchFailure::NoLine
        | SwitchFailure::EditedByHand(_)
        | SwitchFailure::Nobody
        | SwitchFailure::Lock(_)
        | SwitchFailure::Crontab(_)
        | SwitchFailure::Manager(_)
        | SwitchFailure::File(_) => 1,
    }
}

fn hint(name: &str, failure: &SwitchFailure) -> Option<String> {
    Some(match failure {
        SwitchFailure::NoSchedule => format!("set `schedule` or `every` in [jobs.{name}]"),
        SwitchFailure::NotAdopted => format!("`inneros job adopt {name}` first"),
        SwitchFailure::EditedByHand(_) => "use `--force` to replace or remove it anyway".into(),
        SwitchFailure::Nobody => "install cron, or log in with systemd".into(),
        SwitchFailure::Crontab(CrontabError::Changed) => "try again".into(),
        SwitchFailure::Line(NotAdopted::Shell(_)) => {
            format!("put `inneros job run {name} --` in front of its command yourself")
        }
        SwitchFailure::Manager(error) => return error.hint(),
        SwitchFailure::Misconfigured(_)
        | SwitchFailure::Unsaid(_)
        | SwitchFailure::Line(_)
        | SwitchFailure::NoLine
        | SwitchFailure::Lock(_)
        | SwitchFailure::Crontab(_)
        | SwitchFailure::File(_) => return None,
    })
}
