//! What is on the screen: a projection of the machine and of nothing else.

use chrono::{DateTime, FixedOffset};

use crate::model::autostart::{Item, State as Login};
use crate::model::life::status::{Alive, Crash, State, Status};
use crate::model::screen::command::{Command, Operation, Switch, Target};
use crate::model::screen::icon::Icon;
use crate::model::screen::machine::{Machine, is_on};
use crate::model::screen::notice::{Notice, first_upper};
use crate::model::text;
use crate::model::words;

/// Everything that the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Which drawing.
    pub icon: Icon,
    /// The state in words.
    pub tooltip: String,
    /// The menu, top to bottom. The number and the kind of the rows never change,
    /// so that a menu is built once and afterwards only written to.
    pub rows: Vec<Row>,
}

impl View {
    /// The command of a row by its number: rows are counted from 0, top to bottom,
    /// those of a submenu right after it.
    pub fn command(&self, number: usize) -> Option<Command> {
        flat(&self.rows).nth(number).and_then(|row| match row {
            Row::Item { command, .. } => *command,
            Row::Check { command, .. } => Some(*command),
            Row::Separator | Row::Submenu { .. } => None,
        })
    }
}

fn flat(rows: &[Row]) -> Box<dyn Iterator<Item = &Row> + '_> {
    Box::new(rows.iter().flat_map(|row| {
        let inner: &[Row] = match row {
            Row::Submenu { rows, .. } => rows,
            Row::Item { .. } | Row::Check { .. } | Row::Separator => &[],
        };
        std::iter::once(row).chain(flat(inner))
    }))
}

/// A row of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A text; without a command it is disabled.
    Item {
        /// What it says.
        text: String,
        /// What it asks for.
        command: Option<Command>,
    },
    /// A switch.
    Check {
        /// What it says.
        text: String,
        /// Whether it is on.
        checked: bool,
        /// What it asks for.
        command: Command,
    },
    /// A line.
    Separator,
    /// A menu within the menu.
    Submenu {
        /// What it says.
        text: String,
        /// Its rows.
        rows: Vec<Row>,
    },
}

/// Reads the view off the machine.
pub fn view(machine: &Machine) -> View {
    let state = shown_state(machine);
    let headline = headline(machine, state);
    let tooltip = match why(machine) {
        Some(why) => format!("{headline}: {why}"),
        None => headline.clone(),
    };
    let idle = machine.busy.is_none();
    let when = |possible: bool, operation| possible.then_some(Command::Run(operation));
    let open = |target| Some(Command::Open(target));
    let can = possible(machine.status.as_ref());
    let switches = Switch::ALL
        .into_iter()
        .map(|switch| Row::Check {
            text: switch_text(switch).into(),
            checked: switch.is_on(machine.switches),
            command: Command::Toggle(switch),
        })
        .collect();

    View {
        icon: Icon::of(state),
        tooltip,
        rows: vec![
            item(status_line(machine, headline), None),
            item(details(machine), None),
            item(last_words(machine), None),
            Row::Separator,
            item("Start", when(idle && can.start, Operation::Start)),
            item("Stop", when(idle && can.stop, Operation::Stop)),
            item("Restart", when(idle && can.stop, Operation::Restart)),
            Row::Separator,
            item("Open Recent Log", open(Target::RecentLog)),
            item("Open Logs Folder", open(Target::LogsFolder)),
            dashboard(machine),
            Row::Separator,
            Row::Submenu {
                text: match &machine.mute {
                    Some(_) => "Notifications (Cannot Be Shown)".into(),
                    None => "Notifications".into(),
                },
                rows: switches,
            },
            login(machine, Item::Tray),
            login(machine, Item::Daemon),
            item(
                match machine.misconfigured {
                    Some(_) => "Edit Configuration… (Cannot Be Used)",
                    None => "Edit Configuration…",
                },
                open(Target::Configuration),
            ),
            item(concat!("InnerOS Tray ", env!("CARGO_PKG_VERSION")), None),
            Row::Separator,
            item("Quit (Daemon Keeps Running)", Some(Command::Quit)),
            item(
                "Stop Daemon and Quit",
                (idle && can.stop).then_some(Command::StopAndQuit),
            ),
        ],
    }
}

/// The state as a notification, for somebody who opens the app once more.
pub fn summary(machine: &Machine) -> Notice {
    Notice {
        title: status_line(machine, headline(machine, shown_state(machine))),
        body: details(machine),
        urgent: false,
        actions: &[],
    }
}

fn item(text: impl Into<String>, command: Option<Command>) -> Row {
    Row::Item {
        text: text.into(),
        command,
    }
}

fn login(machine: &Machine, item: Item) -> Row {
    let text = match item {
        Item::Tray => "Open at Login",
        Item::Daemon => "Start Daemon at Login",
    };
    let login = machine.login(item);
    let note = match login {
        None | Some(Login::Enabled | Login::Disabled) => "",
        Some(Login::NeedsApproval) => " (Needs Your Approval)",
        Some(Login::Moved { .. }) => " (Registered from Elsewhere)",
        Some(Login::Differs { .. }) => " (Registered Differently)",
        Some(Login::EditedByHand { .. }) => " (Edited by Hand)",
    };
    Row::Check {
        text: format!("{text}{note}"),
        checked: login.is_some_and(is_on),
        command: Command::ToggleLogin(item),
    }
}

fn switch_text(switch: Switch) -> &'static str {
    match switch {
        Switch::Crashed => "When It Crashes",
        Switch::Unhealthy => "When It Becomes Unhealthy",
        Switch::Started => "When Somebody Else Starts It",
        Switch::Stopped => "When Somebody Else Stops It",
    }
}

/// What can be done in a state.
struct Possible {
    start: bool,
    stop: bool,
}

fn possible(status: Option<&Status>) -> Possible {
    let (start, stop) = match status {
        None | Some(Status::Unknown { .. }) => (false, false),
        Some(Status::Starting(_) | Status::Running(_) | Status::Unhealthy { .. }) => (false, true),
        // A stop that takes too long may be asked for again.
        Some(Status::Stopping(_)) => (false, true),
        Some(Status::Stopped(rest)) => (
            *rest != crate::model::life::status::Rest::NotConfigured,
            false,
        ),
        // To stop what is about to be started again is to leave it be.
        Some(Status::Crashed(crash)) => (true, crash.supervised.is_some()),
        Some(Status::CrashLooping { .. }) => (true, false),
        Some(Status::Foreign(foreign)) => (foreign.certain, false),
    };
    Possible { start, stop }
}

/// What the user asked for is shown at once, before a look confirms it.
fn shown_state(machine: &Machine) -> State {
    match (machine.busy, &machine.status) {
        (Some(Operation::Start | Operation::Restart), _) => State::Starting,
        (Some(Operation::Stop), _) => State::Stopping,
        (None, Some(status)) => status.state(),
        (None, None) => State::Unknown,
    }
}

fn headline(machine: &Machine, state: State) -> String {
    let name = &machine.name;
    let said = match (&machine.status, machine.busy) {
        (None, None) => format!("{name}: looking…"),
        (Some(_) | None, Some(Operation::Restart)) => format!("{name}: restarting…"),
        (Some(_) | None, Some(Operation::Start)) => format!("{name}: starting…"),
        (Some(_) | None, Some(Operation::Stop)) => format!("{name}: stopping…"),
        (Some(Status::Foreign(_)), None) => format!("{name}: another process has its PID"),
        (Some(Status::CrashLooping { .. }), None) => format!("{name}: keeps crashing"),
        (Some(_), None) => format!("{name}: {}", state.word()),
    };
    match stale_since(machine) {
        Some(since) => format!("{said} (as of {since})"),
        None => said,
    }
}

/// The first row: the state and, in a few words, its cause.
fn status_line(machine: &Machine, headline: String) -> String {
    if machine.busy.is_some() {
        return headline;
    }
    let how = |crash: &Crash| {
        let cause = crash.cause.as_deref().map(one_line);
        cause
            .or_else(|| crash.exit.map(words::exit))
            .map_or(String::new(), |cause| format!(": {cause}"))
    };
    match (&machine.status, machine.now) {
        (Some(Status::Crashed(crash)), Some(now)) => {
            let at = crash.at.map_or(String::new(), |at| {
                format!(" at {}", words::moment(at, now.wall))
            });
            format!("{headline}{at}{}", how(crash))
        }
        (Some(Status::CrashLooping { crash, .. }), _) => format!("{headline}{}", how(crash)),
        (Some(Status::Unhealthy { reason, .. }), _) => format!("{headline}: {}", one_line(reason)),
        // Why it did not start; that it did not stands below.
        (Some(Status::Stopped(_)), _) => {
            let problem = machine.problem.as_ref();
            match problem.and_then(|problem| problem.why.as_deref()) {
                Some(why) => format!("{headline}: {}", one_line(why)),
                None => headline,
            }
        }
        (
            Some(
                Status::Crashed(_)
                | Status::Starting(_)
                | Status::Running(_)
                | Status::Stopping(_)
                | Status::Foreign(_)
                | Status::Unknown { .. },
            )
            | None,
            _,
        ) => headline,
    }
}

fn dashboard(machine: &Machine) -> Row {
    let alive = machine.status.as_ref().and_then(Status::alive).is_some();
    let (text, can) = match machine.dashboard {
        _ if !machine.has_dashboard => ("Open Dashboard (None Configured)", false),
        _ if !alive => ("Open Dashboard (Daemon Does Not Run)", false),
        Some(false) => ("Open Dashboard (Nothing Listens There)", false),
        Some(true) | None => ("Open Dashboard", true),
    };
    item(text, can.then_some(Command::Open(Target::Dashboard)))
}

/// Since when nothing was seen, once that is longer than twice the interval.
fn stale_since(machine: &Machine) -> Option<String> {
    let (now, seen) = (machine.now?, machine.seen?);
    let limit = machine.interval * 2;
    (now.clock.saturating_sub(seen.clock) > limit).then(|| words::moment(seen.wall, now.wall))
}

fn why(machine: &Machine) -> Option<String> {
    let problem = machine.problem.as_ref();
    problem
        .map(|problem| match &problem.why {
            Some(why) => format!("{}: {why}", problem.what),
            None => problem.what.clone(),
        })
        .or_else(|| machine.misconfigured.clone())
        .or_else(|| machine.status.as_ref()?.reason())
        .map(|why| one_line(&why))
}

/// The second row: the process, or why there is none.
fn details(machine: &Machine) -> String {
    let Some(status) = &machine.status else {
        return "…".into();
    };
    if let (Some(alive), Some(now)) = (status.alive(), machine.now) {
        return process(alive, machine.cpu.percent(), now.wall);
    }
    match status.reason() {
        Some(reason) => first_upper(&one_line(&reason)),
        None => "No process".into(),
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

/// The third row: what went wrong last, if anything did.
fn last_words(machine: &Machine) -> String {
    let problem = machine.problem.as_ref().map(|problem| &problem.what);
    if let Some(problem) = problem.or(machine.misconfigured.as_ref()) {
        return first_upper(&one_line(problem));
    }
    let said = machine
        .now
        .and_then(|now| words::said(&machine.said, now.wall).into_iter().next());
    if let (Some(mute), None) = (&machine.mute, &said) {
        return format!("Cannot notify: {}", one_line(mute));
    }
    match (&machine.status, said) {
        (
            Some(
                Status::Starting(Alive {
                    note: Some(note), ..
                })
                | Status::Running(Alive {
                    note: Some(note), ..
                })
                | Status::Stopping(Alive {
                    note: Some(note), ..
                }),
            ),
            _,
        ) => first_upper(&one_line(note)),
        (_, Some(said)) => one_line(&said),
        (Some(Status::Unhealthy { reason, .. }), None) => {
            format!("Unhealthy: {}", one_line(reason))
        }
        (Some(Status::Stopped(crate::model::life::status::Rest::NotConfigured)), None) => {
            "Choose Edit Configuration… to set one".into()
        }
        (Some(Status::Unknown { hint, .. }), None) => first_upper(&one_line(hint)),
        (Some(Status::Crashed(_) | Status::CrashLooping { .. }), None) => {
            "It left no last words".into()
        }
        (Some(Status::Foreign(foreign)), None) if foreign.certain => {
            "The daemon is gone; Start leaves that process alone".into()
        }
        (Some(Status::Foreign(_)), None) => "See `inneros daemon status` for the way out".into(),
        (
            Some(
                Status::Starting(_) | Status::Running(_) | Status::Stopping(_) | Status::Stopped(_),
            )
            | None,
            None,
        ) => "No problems".into(),
    }
}

/// Text from outside, fit for a menu: one line, not too long.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 100;
    let line = text::printable(text.lines().next().unwrap_or_default().trim());
    text::shortened(&line, LONGEST)
}
