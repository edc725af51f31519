//! When to interrupt: on transitions only, never for what this user just asked for.

use super::config::Notifications;
use super::status::{State, Status};
use super::words;

/// A notification about the daemon. There is one at a time: a later one replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// One line: what happened.
    pub title: String,
    /// Why, and the last thing the daemon said.
    pub body: String,
    /// Whether it may break through a quiet mode.
    pub urgent: bool,
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
}

/// What the policy looks at.
#[derive(Debug, Clone, Copy)]
pub struct Transition<'a> {
    /// The state before; nothing at the first look.
    pub old: Option<&'a Status>,
    /// The state now.
    pub new: &'a Status,
    /// The last line the daemon wrote, where it explains the new state.
    pub last_error: Option<&'a str>,
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
        last_error,
        asked,
    } = transition;
    let announce = |wanted: bool, title: String, urgent: bool| {
        if wanted {
            Verdict::Announce(Notice {
                title,
                body: body(new, last_error),
                urgent,
            })
        } else {
            Verdict::Nothing
        }
    };
    let crashed = || announce(switches.crashed, format!("{name} crashed"), true);
    let unhealthy = || announce(switches.unhealthy, format!("{name} is unhealthy"), true);
    let started = || announce(switches.started && !asked, format!("{name} started"), false);
    let stopped = || announce(switches.stopped && !asked, format!("{name} stopped"), false);
    let withdraw_or = |verdict: Verdict| match verdict {
        Verdict::Announce(notice) => Verdict::Announce(notice),
        Verdict::Withdraw | Verdict::Nothing => Verdict::Withdraw,
    };

    let Some(old) = old else {
        // The state found at start-up is shown, not announced; a crash is told once.
        return match mood(new) {
            Dead => crashed(),
            Resting | Well | Sick | Unsure => Verdict::Nothing,
        };
    };
    match (mood(old), mood(new)) {
        (Dead, Dead) if crash_of(old) == crash_of(new) => Verdict::Nothing,
        (Resting | Well | Sick | Dead | Unsure, Dead) => crashed(),
        (Resting | Unsure, Well) => started(),
        (Dead | Sick, Well) => withdraw_or(started()),
        (Well, Well) => match (old.alive(), new.alive()) {
            (Some(old), Some(new)) if old.identity != new.identity => started(),
            (Some(_) | None, Some(_) | None) => Verdict::Nothing,
        },
        (Resting | Well | Dead | Unsure, Sick) => unhealthy(),
        (Sick, Sick) => Verdict::Nothing,
        (Well | Sick, Resting) => withdraw_or(stopped()),
        (Dead, Resting) => Verdict::Withdraw,
        (Well | Sick, Unsure) if new.state() == State::Foreign => {
            announce(switches.crashed, format!("{name} is gone"), true)
        }
        (Resting | Well | Sick | Dead | Unsure, Unsure) | (Resting | Unsure, Resting) => {
            Verdict::Nothing
        }
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
        State::Crashed => Mood::Dead,
        State::Foreign | State::Unknown => Mood::Unsure,
    }
}

/// Which crash it is; the exit may become known a moment after the crash itself.
fn crash_of(status: &Status) -> Option<i32> {
    match status {
        Status::Crashed(crash) => Some(crash.pid),
        Status::Stopped(_)
        | Status::Starting(_)
        | Status::Running(_)
        | Status::Unhealthy { .. }
        | Status::Stopping(_)
        | Status::Foreign(_)
        | Status::Unknown { .. } => None,
    }
}

fn body(new: &Status, last_error: Option<&str>) -> String {
    let mut lines = Vec::new();
    if let Some(reason) = new.reason() {
        lines.push(first_upper(&reason));
    } else if let Some(alive) = new.alive() {
        lines.push(format!("Process {}", alive.identity.pid));
    }
    lines.extend(last_error.map(words::printable));
    lines.join("\n")
}

/// A reason as a sentence of its own.
pub fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
