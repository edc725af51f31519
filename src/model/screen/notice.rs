//! When to interrupt: on transitions only, never for what this user just asked for.

use crate::model::config::Notifications;
use crate::model::life::status::{State, Status};
use crate::model::screen::command::{Command, Operation, Target};
use crate::model::text;

/// A notification about the daemon. There is one at a time: a later one replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// One line: what happened.
    pub title: String,
    /// Why, and the last thing the daemon said.
    pub body: String,
    /// Whether it may break through a quiet mode.
    pub urgent: bool,
    /// The buttons, where the desktop has them. A click beside them opens the log.
    pub actions: &'static [Action],
}

/// A button of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Action {
    Start,
    Restart,
    OpenLog,
}

impl Action {
    const ALL: [Action; 3] = [Action::Start, Action::Restart, Action::OpenLog];

    /// What the button says.
    pub fn label(self) -> &'static str {
        match self {
            Action::Start => "Start",
            Action::Restart => "Restart",
            Action::OpenLog => "Open Log",
        }
    }

    /// What it is called between programs.
    pub fn key(self) -> &'static str {
        match self {
            Action::Start => "start",
            Action::Restart => "restart",
            Action::OpenLog => "open-log",
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
            Action::Restart => Command::Run(Operation::Restart),
            Action::OpenLog => Command::Open(Target::RecentLog),
        }
    }
}

/// What to do about a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Show this, in the place of whatever is shown.
    Announce(Notice),
    /// Take away what is shown: it is no longer true.
    Withdraw,
    /// Leave everything as it is.
    Nothing,
    /// Leave everything as it is, and decide anew at the next look: this one says nothing
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
pub fn decide(name: &str, transition: Transition<'_>, switches: Notifications) -> Verdict {
    use Mood::{Dead, Resting, Sick, Unsure, Well};

    let Transition {
        old,
        new,
        said,
        flapping,
        asked,
    } = transition;
    let announce = |wanted: bool, title: String, urgent: bool| {
        if wanted {
            Verdict::Announce(Notice {
                title,
                body: body(new, said),
                urgent,
                actions: actions(new),
            })
        } else {
            Verdict::Nothing
        }
    };
    let crashed = || {
        let looping = new.state() == State::CrashLooping;
        let verb = if looping { "keeps crashing" } else { "crashed" };
        announce(switches.crashed, format!("{name} {verb}"), true)
    };
    let unhealthy = || announce(switches.unhealthy, format!("{name} is unhealthy"), true);
    let started = || announce(switches.started && !asked, format!("{name} started"), false);
    let stopped = || announce(switches.stopped && !asked, format!("{name} stopped"), false);
    let withdraw_or = |verdict: Verdict| match verdict {
        Verdict::Announce(notice) => Verdict::Announce(notice),
        Verdict::Withdraw | Verdict::Nothing | Verdict::Later => Verdict::Withdraw,
    };
    let is_same = |old: &Status| {
        old.alive().map(|alive| &alive.identity) == new.alive().map(|alive| &alive.identity)
    };
    // A look that saw nothing is no change.
    if new.state() == State::Unknown {
        return Verdict::Later;
    }

    let Some(old) = old else {
        // The state found at start-up is shown, not announced; but what is wrong is told once.
        return match mood(new) {
            Dead => crashed(),
            Sick => unhealthy(),
            Resting | Well | Unsure => Verdict::Nothing,
        };
    };
    match (mood(old), mood(new)) {
        (Dead, Dead) if crash_of(old) == crash_of(new) => Verdict::Nothing,
        // The first crash of a row was told, and so will be the end of the row.
        (Resting | Well | Sick | Dead | Unsure, Dead) if is_repeated(new) => Verdict::Nothing,
        (Resting | Well | Sick | Dead | Unsure, Dead) => crashed(),
        (Resting, Well) => started(),
        (Sick, Well) if is_same(old) => Verdict::Withdraw,
        (Dead | Sick | Unsure, Well) => withdraw_or(started()),
        (Well, Well) if is_same(old) => Verdict::Nothing,
        (Well, Well) => started(),
        (Resting | Well | Dead | Unsure, Sick) if flapping => Verdict::Later,
        (Resting | Well | Dead | Unsure, Sick) => unhealthy(),
        (Sick, Sick) if is_same(old) => Verdict::Nothing,
        (Sick, Sick) => unhealthy(),
        (Well | Sick, Resting) => withdraw_or(stopped()),
        (Dead | Unsure, Resting) => Verdict::Withdraw,
        (Well | Sick, Unsure) => announce(switches.crashed, format!("{name} is gone"), true),
        // Its crash was told already.
        (Dead, Unsure) => Verdict::Later,
        (Resting | Unsure, Unsure) | (Resting, Resting) => Verdict::Nothing,
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
        State::Starting | State::Running | State::Stopping => Mood::Well,
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

/// A reason as a sentence of its own.
pub fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
