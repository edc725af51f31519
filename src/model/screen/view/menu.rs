//! Which rows the menu has.

use super::{Row, Slot, fitting, jobs, lines};
use crate::model::autostart::{AtLogin, LoginState};
use crate::model::config::Standing;
use crate::model::history::crashes_in_words;
use crate::model::life::status::{State, Status};
use crate::model::screen::command::{Command, NoticeSwitch, Operation, Target};
use crate::model::screen::machine::{Machine, is_on};

/// The rows for a state, top to bottom, in groups with lines between them.
pub fn rows(machine: &Machine) -> Vec<Row> {
    with_lines_between([
        information(machine),
        operations(machine),
        places(machine),
        jobs(machine),
        vec![settings(machine, "Start Daemon at Login")],
        leaving(machine),
    ])
}

/// The rows of a daemon among several: what concerns it alone.
pub fn of_daemon(machine: &Machine) -> Vec<Row> {
    if let Standing::Misconfigured(why) = machine.standing() {
        let open = Command::Open(Target::Configuration);
        return vec![
            item(Slot::Detail, fitting(&lines::one_line(why)), open),
            Row::Separator,
            item(Slot::Configuration, "Edit Configuration…", open),
        ];
    }
    let mut information = information(machine);
    // It stands in the row that opens this.
    information.remove(0);
    with_lines_between([information, operations(machine), places(machine)])
}

/// Groups of rows, one below the other.
pub fn with_lines_between(groups: impl IntoIterator<Item = Vec<Row>>) -> Vec<Row> {
    let mut rows = Vec::new();
    for group in groups {
        if !rows.is_empty() && !group.is_empty() {
            rows.push(Row::Separator);
        }
        rows.extend(group);
    }
    rows
}

pub fn item(slot: Slot, text: impl Into<String>, command: impl Into<Option<Command>>) -> Row {
    Row::Item {
        slot,
        text: text.into(),
        command: command.into(),
    }
}

fn is_configured(machine: &Machine) -> bool {
    let status = machine.status.as_ref();
    machine.is_configured() && status.map(Status::state) != Some(State::NotConfigured)
}

/// How the daemon is: two rows that can be clicked, and so are shown in full ink.
fn information(machine: &Machine) -> Vec<Row> {
    let mut rows = Vec::new();
    if is_configured(machine) {
        let command = if is_alive(machine) && can_open_dashboard(machine) {
            Command::Open(Target::Dashboard)
        } else {
            Command::Tell
        };
        let headline = fitting(&lines::headline(machine));
        rows.push(item(Slot::Headline, headline, command));
    } else {
        let set_up = Command::Open(Target::Configuration);
        rows.push(item(
            Slot::Headline,
            format!("Set Up {}…", machine.name),
            set_up,
        ));
    }
    let (text, command) = lines::detail(machine);
    rows.push(item(Slot::Detail, fitting(&text), command));
    if is_alive(machine) {
        let log = Command::Open(Target::Log);
        let activity = lines::activity(machine);
        rows.extend(activity.map(|text| item(Slot::Activity, text, log)));
        rows.extend(handlers(machine));
    }
    let lies_in_one = machine.status.as_ref().and_then(Status::crash).is_some();
    let crashes = crashes_in_words(machine.crashes, lies_in_one);
    rows.extend(crashes.map(|text| item(Slot::Crashes, text, Command::Open(Target::Log))));
    rows
}

/// A row a handler, where the daemon tells of any.
fn handlers(machine: &Machine) -> Vec<Row> {
    let handlers = &machine.handlers;
    let shown = handlers.iter().take(Slot::HANDLERS).enumerate();
    let mut rows: Vec<Row> = shown
        .map(|(at, handler)| {
            let text = fitting(&handler.sentence());
            item(Slot::Handler(at), text, Command::Open(Target::Log))
        })
        .collect();
    let more = handlers.len().saturating_sub(Slot::HANDLERS);
    if more > 0 {
        rows.push(item(
            Slot::MoreHandlers,
            format!("{more} more"),
            Command::Tell,
        ));
    }
    rows
}

/// What can be done to the daemon in its state, and nothing else.
fn operations(machine: &Machine) -> Vec<Row> {
    let idle = machine.busy.is_none();
    let run =
        |slot, text: &str, operation| item(slot, text, idle.then_some(Command::Run(operation)));
    let start = |text| run(Slot::Start, text, Operation::Start);
    let stop = || run(Slot::Stop, "Stop", Operation::Stop);
    let force = || run(Slot::ForceStop, "Force Stop", Operation::ForceStop);
    match (machine.busy, &machine.status) {
        (Some(Operation::Start | Operation::Restart), _) => {
            vec![item(Slot::Cancel, "Cancel", Command::Cancel)]
        }
        (Some(Operation::Stop | Operation::ForceStop | Operation::Forget(_)), _)
        | (None, Some(Status::Unknown { .. })) => Vec::new(),
        // Mostly it is that, a moment later.
        (None, None) => vec![item(Slot::Start, "Start", None)],
        // What somebody else has started.
        (None, Some(Status::Starting(_))) => {
            vec![item(Slot::Cancel, "Cancel", Command::Run(Operation::Stop))]
        }
        (None, Some(Status::Running(_) | Status::Unhealthy { .. })) => {
            let mut rows = vec![stop(), run(Slot::Restart, "Restart", Operation::Restart)];
            rows.extend(machine.overdue.map(|_| force()));
            rows
        }
        (None, Some(Status::Stopping(_))) => machine.overdue.map(|_| force()).into_iter().collect(),
        (None, Some(Status::Stopped(_))) if !is_configured(machine) => Vec::new(),
        (None, Some(Status::Stopped(_))) => {
            vec![start(if machine.start_failed() {
                "Start Again"
            } else {
                "Start"
            })]
        }
        (None, Some(Status::Crashed(crash))) => {
            let mut rows = vec![start("Start Again")];
            // To stop what is about to be started again is to leave it be.
            rows.extend(crash.supervised.map(|_| stop()));
            rows
        }
        (None, Some(Status::CrashLooping { .. })) => vec![start("Start Again")],
        (None, Some(Status::Foreign(foreign))) if foreign.certain => vec![start("Start")],
        (None, Some(Status::Foreign(_))) => {
            vec![item(Slot::Forget, "Forget That PID…", Command::AskToForget)]
        }
    }
}

/// What can be opened.
fn places(machine: &Machine) -> Vec<Row> {
    if !is_configured(machine) {
        return Vec::new();
    }
    let open = |slot, text: &str, target| item(slot, text, Command::Open(target));
    let mut rows = vec![
        open(Slot::Log, "Open Log", Target::Log),
        open(Slot::Output, "Open Output", Target::Output),
        open(Slot::LogsFolder, "Open Logs Folder", Target::LogsFolder),
    ];
    if machine.has_dashboard {
        let can = can_open_dashboard(machine);
        let text = match machine.dashboard {
            Some(false) => "Open Dashboard (Nothing Listens There)",
            Some(true) | None => "Open Dashboard",
        };
        let command = can.then_some(Command::Open(Target::Dashboard));
        rows.push(item(Slot::Dashboard, text, command));
    }
    rows
}

pub fn jobs(machine: &Machine) -> Vec<Row> {
    let now = machine.now.map(|now| now.wall);
    let submenu = now.and_then(|now| jobs::submenu(&machine.jobs, now));
    submenu.into_iter().collect()
}

pub fn is_alive(machine: &Machine) -> bool {
    machine.status.as_ref().and_then(Status::alive).is_some()
}

fn can_open_dashboard(machine: &Machine) -> bool {
    machine.has_dashboard && machine.dashboard != Some(false)
}

pub fn settings(machine: &Machine, start_at_login: &str) -> Row {
    let switches = NoticeSwitch::ALL.into_iter().map(|switch| {
        let (slot, text) = match switch {
            NoticeSwitch::Crashed => (Slot::WhenCrashed, "Notify When It Crashes"),
            NoticeSwitch::Unhealthy => (Slot::WhenUnhealthy, "Notify When It Becomes Unhealthy"),
            NoticeSwitch::Degraded => (Slot::WhenDegraded, "Notify When a Part of It Fails"),
            NoticeSwitch::Started => (Slot::WhenStarted, "Notify When Started Elsewhere"),
            NoticeSwitch::Stopped => (Slot::WhenStopped, "Notify When Stopped Elsewhere"),
        };
        Row::Check {
            slot,
            text: text.into(),
            checked: switch.is_on(machine.switches),
            command: Some(Command::Toggle(switch)),
        }
    });
    let edit = match machine.misconfigured {
        Some(_) => "Edit Configuration… (Cannot Be Used)",
        None => "Edit Configuration…",
    };
    let mute = machine.mute.as_ref();
    let mute = mute.map(|why| item(Slot::Mute, lines::mute(why), None));
    let mut rows: Vec<Row> = mute.into_iter().chain(switches).collect();
    rows.extend([
        Row::Separator,
        login(machine, AtLogin::Tray, "Open at Login"),
        login(machine, AtLogin::Daemon, start_at_login),
        Row::Separator,
        item(
            Slot::Configuration,
            edit,
            Command::Open(Target::Configuration),
        ),
        item(
            Slot::About,
            concat!("InnerOS Tray ", env!("CARGO_PKG_VERSION")),
            None,
        ),
    ]);
    Row::Submenu {
        slot: Slot::Settings,
        text: match &machine.mute {
            Some(_) => "Settings (Notifications Cannot Be Shown)".into(),
            None => "Settings".into(),
        },
        rows,
    }
}

fn login(machine: &Machine, item: AtLogin, text: &str) -> Row {
    let slot = match item {
        AtLogin::Tray => Slot::TrayLogin,
        AtLogin::Daemon => Slot::DaemonLogin,
    };
    let login = machine.login(item);
    let note = match login {
        _ if machine.is_demo() => " (Not in the Demo)",
        None | Some(LoginState::Enabled | LoginState::Disabled) => "",
        Some(LoginState::NeedsApproval) => " (Needs Your Approval)",
        Some(LoginState::Moved { .. }) => " (Registered from Elsewhere)",
        Some(LoginState::Differs { .. }) => " (Registered Differently)",
        Some(LoginState::EditedByHand { .. }) => " (Edited by Hand)",
    };
    Row::Check {
        slot,
        text: format!("{text}{note}"),
        checked: login.is_some_and(is_on) && !machine.is_demo(),
        command: (!machine.is_demo()).then_some(Command::ToggleLogin(item)),
    }
}

fn leaving(machine: &Machine) -> Vec<Row> {
    if !is_alive(machine) {
        return vec![item(Slot::Quit, "Quit", Command::Quit)];
    }
    let mut rows = vec![item(
        Slot::Quit,
        "Quit (daemon keeps running)",
        Command::Quit,
    )];
    if machine.busy.is_none() {
        rows.push(item(
            Slot::StopAndQuit,
            "Stop Daemon and Quit",
            Command::StopAndQuit,
        ));
    }
    rows
}
