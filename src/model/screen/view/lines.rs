//! The state in words: headline, detail, tooltip.

use chrono::{DateTime, FixedOffset};

use super::{WIDEST, fitting, jobs};
use crate::model::config::Standing;
use crate::model::life::health::part;
use crate::model::life::status::{Alive, Crash, Foreign, RestCause, State, Status};
use crate::model::screen::command::{Command, Operation, Target};
use crate::model::screen::machine::{Company, Failed, Machine};
use crate::model::text;
use crate::model::text::first_upper;
use crate::model::words;

/// The state and, in a few words, its cause.
pub fn headline(machine: &Machine) -> String {
    let mut said = state(machine);
    if machine.busy.is_some() {
        return said;
    }
    if let (Some(Status::Crashed(Crash { at: Some(at), .. })), Some(now)) =
        (&machine.status, machine.now)
    {
        said = format!("{said} at {}", words::moment(*at, now.wall));
    }
    match cause(machine) {
        Some(cause) => format!("{said}: {cause}"),
        None => said,
    }
}

/// What is below the headline, and what a click on it opens: what the words come from.
pub fn detail(machine: &Machine) -> (String, Command) {
    let configuration = Command::Open(Target::Configuration);
    if let Some(who) = &machine.waiting {
        return (one_line(who), Command::Tell);
    }
    if let (Some(broken), Company::Alone) = (&machine.misconfigured, machine.company) {
        return (
            format!("Configuration: {}", one_line(&broken.what)),
            configuration,
        );
    }
    if let Some(failed) = &machine.click_failed {
        return (first_upper(&one_line(&failed.body)), Command::Tell);
    }
    if let Some(Failed { problem, .. }) = &machine.failed {
        let place = problem.place.map_or(Command::Tell, Command::Open);
        return (first_upper(&one_line(&problem.what)), place);
    }
    let log = Command::Open(Target::Log);
    let state = machine.status.as_ref().map(Status::state);
    let is_wrong = matches!(
        state,
        Some(State::Crashed | State::CrashLooping | State::Unhealthy)
    );
    if let (Some(missed), false) = (&machine.missed, is_wrong) {
        return (missed.text.clone(), log);
    }
    let now = machine.now.map(|now| now.wall);
    let said = now.and_then(|now| words::said(&machine.said, now).into_iter().next());
    if let Some(said) = said {
        return (one_line(&said), log);
    }
    let Some(status) = &machine.status else {
        return (command(machine), configuration);
    };
    let reason = || first_upper(&one_line(&status.reason().unwrap_or_default()));
    match status {
        Status::Starting(alive)
        | Status::Running(alive)
        | Status::Unhealthy { alive, .. }
        | Status::Stopping(alive) => match (&alive.note, now) {
            (Some(note), _) => (first_upper(&one_line(note)), Command::Tell),
            (None, Some(now)) => (process(alive, machine.cpu.percent(), now), log),
            (None, None) => (command(machine), configuration),
        },
        Status::Stopped(rest) => match rest.cause {
            RestCause::NotConfigured => (
                "Choose the program that is your daemon".into(),
                configuration,
            ),
            RestCause::Finished { .. } => (reason(), log),
            RestCause::NotRunning if rest.note.is_none() => (command(machine), configuration),
            RestCause::NotRunning | RestCause::Restarted => (reason(), Command::Tell),
        },
        // How it ended is above, if that is known.
        Status::Crashed(crash) if crash.exit.is_some() => (after(crash), log),
        Status::Crashed(_) => (reason(), log),
        Status::CrashLooping { .. } => (reason(), log),
        Status::Foreign(_) | Status::Unknown { .. } => (reason(), Command::Tell),
    }
}

/// When each component has logged something last, of as many as fit.
pub fn activity(machine: &Machine) -> Option<String> {
    let said = words::activity(&machine.said.activity, machine.now?.wall);
    let mut row = String::new();
    for (name, when) in said {
        let more = match row.as_str() {
            "" => fitting(&format!("Last active: {name} {when}")),
            row => format!("{row}, {name} {when}"),
        };
        if more.chars().count() > WIDEST {
            break;
        }
        row = more;
    }
    (!row.is_empty()).then_some(row)
}

/// Why notifications cannot be shown.
pub fn mute(why: &str) -> String {
    fitting(&format!("Cannot notify: {}", one_line(why)))
}

/// Everything that there is to say, a line each: for who asks.
pub fn all(machine: &Machine) -> String {
    let status = machine.status.as_ref();
    let hint = match status {
        Some(Status::Unknown { hint, .. }) => Some(first_upper(hint)),
        Some(Status::Foreign(foreign)) => Some(way_out(foreign).into()),
        Some(
            Status::Stopped(_)
            | Status::Starting(_)
            | Status::Running(_)
            | Status::Unhealthy { .. }
            | Status::Stopping(_)
            | Status::Crashed(_)
            | Status::CrashLooping { .. },
        )
        | None => None,
    };
    let alive = status.and_then(Status::alive);
    let process = alive
        .zip(machine.now)
        .map(|(alive, now)| process(alive, machine.cpu.percent(), now.wall));
    let mut lines: Vec<String> = Vec::new();
    let jobs = jobs::trouble(&machine.jobs).map(|trouble| format!("Jobs: {trouble}"));
    for line in [Some(detail(machine).0), hint, process, jobs]
        .into_iter()
        .flatten()
    {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// The headline and why: what is wrong with the configuration comes first.
pub fn tooltip(machine: &Machine) -> String {
    let state = state(machine);
    if let Some(who) = &machine.waiting {
        return format!("{state} {}", one_line(who));
    }
    let broken = machine.misconfigured.as_ref();
    let why = broken
        .map(|broken| {
            let whose = if machine.is_configured() {
                "configuration: "
            } else {
                ""
            };
            match &broken.place {
                Some(place) => format!("{whose}{} ({place})", broken.what),
                None => format!("{whose}{}", broken.what),
            }
        })
        .or_else(|| {
            let problem = &machine.failed.as_ref()?.problem;
            Some(match &problem.why {
                Some(why) => format!("{}: {why}", problem.what),
                None => problem.what.clone(),
            })
        })
        .or_else(|| machine.status.as_ref()?.reason())
        .or_else(|| {
            let missed = machine.missed.as_ref().filter(|missed| !missed.was_shown);
            missed.map(|missed| missed.text.clone())
        });
    let said = match why {
        Some(why) => format!("{state}: {}", one_line(&why)),
        None => state,
    };
    match jobs::trouble(&machine.jobs) {
        Some(trouble) => format!("{said}; {trouble}"),
        None => said,
    }
}

fn state(machine: &Machine) -> String {
    let said = match (&machine.status, machine.busy) {
        _ if matches!(machine.standing(), Standing::Misconfigured(_)) => "misconfigured",
        (_, Some(Operation::Restart)) => "restarting…",
        (_, Some(Operation::Start)) => "starting…",
        (_, Some(Operation::Stop | Operation::ForceStop)) => "stopping…",
        _ if !machine.is_configured() && machine.misconfigured.is_some() => {
            "the configuration cannot be used"
        }
        (None, _) => "looking…",
        (Some(Status::Foreign(_)), _) => "another process has its PID",
        (Some(Status::CrashLooping { .. }), _) => "keeps crashing",
        (Some(Status::Unknown { .. }), _) => "unknown whether it is running",
        (Some(Status::Stopped(_)), _) if machine.start_failed() => "did not start",
        (Some(status), _) if machine.overdue.is_some() && status.alive().is_some() => {
            "still running, it did not stop"
        }
        (Some(status), _) => status.state().word(),
    };
    let name = &machine.name;
    let gone = match machine.standing() {
        Standing::Removed => ", no longer configured",
        Standing::Configured | Standing::Misconfigured(_) => "",
    };
    match stale_since(machine) {
        Some(since) => format!("{name}: {said}{gone} (as of {since})"),
        None => format!("{name}: {said}{gone}"),
    }
}

fn cause(machine: &Machine) -> Option<String> {
    if let Standing::Misconfigured(why) = machine.standing() {
        return Some(one_line(why));
    }
    if machine.start_failed() {
        let problem = &machine.failed.as_ref()?.problem;
        return problem.why.as_deref().map(one_line);
    }
    let how = |crash: &Crash| {
        let cause = crash.cause.as_deref().map(one_line);
        cause.or_else(|| crash.exit.map(words::exit))
    };
    match machine.status.as_ref()? {
        Status::Crashed(crash) | Status::CrashLooping { crash, .. } => how(crash),
        Status::Unhealthy { reason, .. } => Some(one_line(reason)),
        Status::Running(alive) if !alive.failing.is_empty() => {
            Some(one_line(&part::sentence(&alive.failing)))
        }
        Status::Stopped(_)
        | Status::Starting(_)
        | Status::Running(_)
        | Status::Stopping(_)
        | Status::Foreign(_)
        | Status::Unknown { .. } => None,
    }
}

/// Since when nothing was seen, once that is longer than twice the interval.
fn stale_since(machine: &Machine) -> Option<String> {
    let (now, seen) = (machine.now?, machine.seen?);
    let limit = machine.interval * 2;
    (now.clock.saturating_sub(seen.clock) > limit).then(|| words::moment(seen.wall, now.wall))
}

/// What is run, if nothing more is to be said.
fn command(machine: &Machine) -> String {
    format!("Command: {}", words::command(&machine.command))
}

/// What follows a crash that left no words.
fn after(crash: &Crash) -> String {
    match crash.supervised.and_then(|supervised| supervised.due) {
        Some(due) => format!("Starts again at {}", due.format("%H:%M:%S")),
        None => "It printed no last words; see the log for what came before".into(),
    }
}

fn way_out(foreign: &Foreign) -> &'static str {
    if foreign.certain {
        "Start leaves that process alone"
    } else {
        "If that is not the daemon, Forget That PID removes the PID file"
    }
}

/// `pid 812 · since 14:32 · 24 MB · CPU 0 %`: nothing in it ticks with seconds.
fn process(alive: &Alive, cpu_percent: Option<u64>, now: DateTime<FixedOffset>) -> String {
    let mut parts = vec![
        format!("pid {}", alive.identity.pid),
        format!("since {}", words::moment(alive.started_at, now)),
    ];
    parts.extend(words::memory(&alive.usage));
    parts.extend(cpu_percent.map(|percent| format!("CPU {percent} %")));
    parts.join(" · ")
}

/// Text from outside, fit to be shown: one line, not too long.
pub fn one_line(text: &str) -> String {
    const LONGEST: usize = 200;
    let line = text::printable(text.lines().next().unwrap_or_default().trim());
    text::shortened(&line, LONGEST)
}
