//! When to interrupt: only on changes, never for what this user just asked for.

use std::time::Duration;

use crate::model::config::Notifications;
use crate::model::life::health::part::Part;
use crate::model::life::status::{State, Status};
use crate::model::screen::command::{AllOperation, Command, Operation, Target};
use crate::model::screen::job_command::JobCommand;
use crate::model::text;
use crate::model::text::first_upper;

/// A notification about the daemon. There is one at a time: a later one replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// One line: what happened.
    pub title: String,
    /// Why, and the last thing the daemon said.
    pub body: String,
    /// Whether it may break through a quiet mode.
    pub urgent: bool,
    /// The buttons, where the desktop has them. A click beside them is [`Command::Follow`].
    pub actions: &'static [Action],
}

/// A button of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Action {
    Start,
    StartCrashed,
    Restart,
    ForceStop,
    Forget,
    SetUp,
    OpenLog,
    OpenOutput,
    OpenConfiguration,
    RunAgain,
    OpenJobOutput,
    PauseJob,
}

impl Action {
    const ALL: [Action; 12] = [
        Action::Start,
        Action::StartCrashed,
        Action::Restart,
        Action::ForceStop,
        Action::Forget,
        Action::SetUp,
        Action::OpenLog,
        Action::OpenOutput,
        Action::OpenConfiguration,
        Action::RunAgain,
        Action::OpenJobOutput,
        Action::PauseJob,
    ];

    /// What the button says.
    pub fn label(self) -> &'static str {
        match self {
            Action::Start => "Start",
            Action::StartCrashed => "Start Them",
            Action::Restart => "Restart",
            Action::ForceStop => "Force Stop",
            Action::Forget => "Forget That PID",
            Action::SetUp => "Set Up",
            Action::OpenLog => "Open Log",
            Action::OpenOutput | Action::OpenJobOutput => "Open Output",
            Action::OpenConfiguration => "Open Configuration",
            Action::RunAgain => "Run Again",
            Action::PauseJob => "Pause Until Tomorrow",
        }
    }

    /// What it is called between programs.
    pub fn key(self) -> &'static str {
        match self {
            Action::Start => "start",
            Action::StartCrashed => "start-crashed",
            Action::Restart => "restart",
            Action::ForceStop => "force-stop",
            Action::Forget => "forget",
            Action::SetUp => "set-up",
            Action::OpenLog => "open-log",
            Action::OpenOutput => "open-output",
            Action::OpenConfiguration => "open-configuration",
            Action::RunAgain => "run-again",
            Action::OpenJobOutput => "open-job-output",
            Action::PauseJob => "pause-job",
        }
    }

    /// The action of this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.key() == key)
    }

    /// What it asks for.
    pub fn command(self) -> Command {
        match self {
            Action::Start => Command::Run(Operation::Start),
            Action::StartCrashed => Command::All(AllOperation::StartCrashed),
            Action::Restart => Command::Run(Operation::Restart),
            Action::ForceStop => Command::Run(Operation::ForceStop),
            Action::Forget => Command::Forget,
            Action::OpenLog => Command::Open(Target::Log),
            Action::OpenOutput => Command::Open(Target::Output),
            Action::SetUp | Action::OpenConfiguration => Command::Open(Target::Configuration),
            Action::RunAgain => Command::ToldJob(JobCommand::Run),
            Action::OpenJobOutput => Command::ToldJob(JobCommand::OpenOutput),
            Action::PauseJob => Command::ToldJob(JobCommand::Pause),
        }
    }
}

/// What the user did with a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// It was clicked beside its buttons.
    Opened,
    /// It was taken away.
    Dismissed,
    /// The button of this key was chosen.
    Button(String),
}

/// What that asks for: nothing, or a click on a button, or beside them. A button counts only
/// where the notification is the one that is shown now. What an earlier tray has left offers what
/// may be no longer so, to force an end, say: a click on it shows how things are.
pub fn clicked(response: &Response, is_shown: bool) -> Option<Option<Action>> {
    match response {
        Response::Dismissed => None,
        Response::Button(key) if is_shown => Some(Action::of_key(key)),
        Response::Opened | Response::Button(_) => Some(None),
    }
}

/// How long after a click on a notification macOS may still tell that the app was opened.
const OF_A_CLICK: Duration = Duration::from_secs(1);

/// Whether the app was opened once more by that click (`applicationShouldHandleReopen`), and not
/// by the user, who then wants to see how things are. Both times are of the boot clock.
pub fn is_of_a_click(clicked: Option<Duration>, opened: Duration) -> bool {
    clicked.is_some_and(|clicked| opened.saturating_sub(clicked) <= OF_A_CLICK)
}

/// What to do about a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interruption {
    /// Show this, in place of whatever is shown.
    Announce(Notice),
    /// Take away what is shown: it is no longer true.
    Withdraw,
    /// Leave everything as it is.
    Nothing,
    /// Leave everything as it is, and decide again at the next look: this one says nothing
    /// that could be told, or it is too early to tell it.
    Later,
}

/// What the policy looks at.
#[derive(Debug, Clone, Copy)]
pub struct Transition<'a> {
    /// The state before; nothing at the first look.
    pub old: Option<&'a Status>,
    /// The state now.
    pub new: &'a Status,
    /// What the daemon said itself of what went wrong, a line each.
    pub said: &'a [String],
    /// Whether this daemon's ill health was announced only lately: one whose health comes
    /// and goes is not announced each time, but one that stays ill is.
    pub flapping: bool,
    /// Whether this user asked for an operation that is under way or just done: then
    /// that it was started or stopped is no news.
    pub asked: bool,
}

/// Decides about a transition.
pub fn decide(name: &str, transition: Transition<'_>, switches: Notifications) -> Interruption {
    let Transition { old, new, .. } = transition;
    // A look that saw nothing is no change.
    if new.state() == State::Unknown {
        return Interruption::Later;
    }
    let Some(old) = old else {
        // The state found at start-up is shown, not announced; but what is wrong is announced once.
        let wanted = match mood(new) {
            Mood::Dead => switches.crashed,
            Mood::Sick => switches.unhealthy,
            Mood::Resting | Mood::Well | Mood::Unsure => false,
        };
        let notice = standing(name, new, transition.said).filter(|_| wanted);
        return notice.map_or(Interruption::Nothing, Interruption::Announce);
    };
    between(name, old, transition, switches)
}

/// Decides about the change from one state that was seen to another.
fn between(
    name: &str,
    old: &Status,
    transition: Transition<'_>,
    switches: Notifications,
) -> Interruption {
    use Mood::{Dead, Resting, Sick, Unsure, Well};

    let Transition {
        new,
        said,
        flapping,
        asked,
        ..
    } = transition;
    let announce = |wanted: bool, title: String, urgent: bool| {
        if wanted {
            Interruption::Announce(notice(title, new, said, urgent))
        } else {
            Interruption::Nothing
        }
    };
    let wrong = |wanted: bool| {
        let notice = standing(name, new, said).filter(|_| wanted);
        notice.map_or(Interruption::Nothing, Interruption::Announce)
    };
    let crashed = || wrong(switches.crashed);
    let unhealthy = || wrong(switches.unhealthy);
    let started = || announce(switches.started && !asked, format!("{name} started"), false);
    let stopped = || announce(switches.stopped && !asked, format!("{name} stopped"), false);
    let withdraw_or = |verdict: Interruption| match verdict {
        Interruption::Announce(notice) => Interruption::Announce(notice),
        Interruption::Withdraw | Interruption::Nothing | Interruption::Later => {
            Interruption::Withdraw
        }
    };
    let is_same = |old: &Status| {
        old.alive().map(|alive| &alive.identity) == new.alive().map(|alive| &alive.identity)
    };
    match (mood(old), mood(new)) {
        (Dead, Dead) if crash_of(old) == crash_of(new) => Interruption::Nothing,
        // The first crash of a row was told, and so will be the end of the row.
        (Resting | Well | Sick | Dead | Unsure, Dead) if is_repeated(new) => Interruption::Nothing,
        (Resting | Well | Sick | Dead | Unsure, Dead) => crashed(),
        (Resting, Well) => started(),
        (Sick, Well) if is_same(old) => Interruption::Withdraw,
        (Dead | Sick | Unsure, Well) => withdraw_or(started()),
        (Well, Well) if is_same(old) => Interruption::Nothing,
        (Well, Well) => started(),
        (Resting | Well | Dead | Unsure, Sick) if flapping => Interruption::Later,
        (Resting | Well | Dead | Unsure, Sick) => unhealthy(),
        (Sick, Sick) if is_same(old) => Interruption::Nothing,
        (Sick, Sick) => unhealthy(),
        (Well | Sick, Resting) => withdraw_or(stopped()),
        (Dead | Unsure, Resting) => Interruption::Withdraw,
        (Well | Sick, Unsure) => announce(switches.crashed, format!("{name} is gone"), true),
        // Its crash was already announced.
        (Dead, Unsure) => Interruption::Later,
        (Resting | Unsure, Unsure) | (Resting, Resting) => Interruption::Nothing,
    }
}

/// What to announce about a state that is wrong, whenever it is announced.
pub fn standing(name: &str, status: &Status, said: &[String]) -> Option<Notice> {
    let title = match (mood(status), status.state()) {
        (Mood::Dead, State::CrashLooping) => format!("{name} keeps crashing"),
        (Mood::Dead, _) => format!("{name} crashed"),
        (Mood::Sick, _) => format!("{name} is unhealthy"),
        (Mood::Resting | Mood::Well | Mood::Unsure, _) => return None,
    };
    Some(notice(title, status, said, true))
}

/// What to announce about parts of a daemon that have begun to fail, a line each.
pub fn of_parts(name: &str, failing: &[&Part]) -> Notice {
    let lines: Vec<String> = failing.iter().map(|part| part.sentence()).collect();
    Notice {
        title: format!("{name} is degraded"),
        body: lines.join("\n"),
        urgent: false,
        actions: &[Action::Restart, Action::OpenLog],
    }
}

fn notice(title: String, status: &Status, said: &[String], urgent: bool) -> Notice {
    Notice {
        title,
        body: body(status, said),
        urgent,
        actions: actions(status),
    }
}

/// The states as far as an interruption is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Resting,
    Well,
    Sick,
    Dead,
    Unsure,
}

fn mood(status: &Status) -> Mood {
    match status.state() {
        State::NotConfigured | State::Stopped => Mood::Resting,
        State::Starting | State::Running | State::Degraded | State::Stopping => Mood::Well,
        State::Unhealthy => Mood::Sick,
        State::Crashed | State::CrashLooping => Mood::Dead,
        State::Foreign | State::Unknown => Mood::Unsure,
    }
}

/// Which crash it is, and whether somebody is about to do something about it; the exit
/// may become known a moment after the crash itself.
fn crash_of(status: &Status) -> Option<(i32, bool, State)> {
    let crash = status.crash()?;
    Some((crash.pid, crash.supervised.is_some(), status.state()))
}

/// Whether it is a further crash of a daemon that is started again each time.
fn is_repeated(status: &Status) -> bool {
    status
        .crash()
        .and_then(|crash| crash.supervised)
        .is_some_and(|supervised| supervised.attempt > 1)
}

fn actions(new: &Status) -> &'static [Action] {
    match mood(new) {
        Mood::Dead => &[Action::Start, Action::OpenLog],
        Mood::Sick => &[Action::Restart, Action::OpenLog],
        Mood::Resting => &[Action::Start],
        Mood::Well => &[],
        Mood::Unsure => &[Action::OpenLog],
    }
}

fn body(new: &Status, said: &[String]) -> String {
    let mut lines = Vec::new();
    if let Status::Unhealthy { reason, .. } = new {
        lines.push(format!("Unhealthy: {reason}"));
    } else if let Some(reason) = new.reason() {
        lines.push(first_upper(&reason));
    } else if let Some(alive) = new.alive() {
        lines.push(format!("Process {}", alive.identity.pid));
    }
    lines.extend(said.iter().map(|line| text::printable(line)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_counts_only_on_what_is_shown() {
        let force = Response::Button("force-stop".into());

        assert_eq!(clicked(&force, true), Some(Some(Action::ForceStop)));
        assert_eq!(clicked(&force, false), Some(None));
        assert_eq!(clicked(&Response::Opened, true), Some(None));
        assert_eq!(clicked(&Response::Opened, false), Some(None));
        assert_eq!(clicked(&Response::Dismissed, true), None);
        assert_eq!(clicked(&Response::Button("new".into()), true), Some(None));
    }

    #[test]
    fn an_opening_right_after_a_click_is_that_click() {
        let at = Duration::from_millis;

        assert!(is_of_a_click(Some(at(5000)), at(5000)));
        assert!(is_of_a_click(Some(at(5000)), at(6000)));
        assert!(!is_of_a_click(Some(at(5000)), at(6001)));
        assert!(!is_of_a_click(None, at(6000)));
    }
}
