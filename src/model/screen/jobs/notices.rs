//! Notifications about jobs.

use super::JobSeen;
use crate::model::jobs::missed::MOST;
use crate::model::jobs::record::{How, Last};
use crate::model::screen::notice::{Action, Notice};
use crate::model::{text, words};

/// A run that did not end well.
pub fn unwell(seen: &JobSeen) -> Notice {
    let name = &seen.job.name;
    let (title, why) = match &seen.job.last {
        Last::Ended(_, end) => match &end.how {
            How::NotStarted { why, .. } => {
                (format!("{name} could not be started"), text::printable(why))
            }
            How::TimedOut(_) => (
                format!("{name} took too long"),
                "It was stopped at its time limit".into(),
            ),
            How::Exit(exit) => (
                format!("{name} failed"),
                format!("Ended with {}", words::exit(*exit)),
            ),
        },
        Last::Lost(_) | Last::Never | Last::Running(_) | Last::Unreadable(_) => (
            format!("{name} was cut short"),
            "How it ended is not known".into(),
        ),
    };
    let said = seen.said.iter().map(|line| text::printable(line));
    let lines: Vec<String> = std::iter::once(why).chain(said).collect();
    Notice {
        title,
        body: lines.join("\n"),
        urgent: true,
        actions: &[Action::RunAgain, Action::OpenJobOutput, Action::PauseJob],
    }
}

/// Runs that did not begin.
pub fn missed(seen: &JobSeen) -> Option<Notice> {
    let missed = seen.job.missed?;
    let due = missed.due.format("%Y-%m-%d %H:%M");
    let body = match missed.count {
        1 => format!("It was due {due} and has not run"),
        MOST => format!("It was due {MOST} times or more since {due} and has not run"),
        many => format!("It was due {many} times since {due} and has not run"),
    };
    Some(Notice {
        title: format!("{} was missed", seen.job.name),
        body,
        urgent: true,
        actions: &[Action::RunAgain, Action::PauseJob],
    })
}

/// A run that ended well, for whoever wants to hear of each.
pub fn well(seen: &JobSeen) -> Notice {
    Notice {
        title: format!("{} ran", seen.job.name),
        body: "It ended well".into(),
        urgent: false,
        actions: &[Action::OpenJobOutput],
    }
}

/// Several of these at once.
pub fn of_many<'a>(notices: impl Iterator<Item = &'a Notice>) -> Notice {
    let notices: Vec<&Notice> = notices.collect();
    let lines: Vec<&str> = notices.iter().map(|notice| notice.title.as_str()).collect();
    Notice {
        title: format!("Updates on {} jobs", notices.len()),
        body: lines.join("\n"),
        urgent: notices.iter().any(|notice| notice.urgent),
        actions: &[],
    }
}
