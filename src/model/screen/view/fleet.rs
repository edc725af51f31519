//! The view of several daemons: a headline, a row each with its own menu, and what is done to all.

use super::{Row, Slot, View, fitting, jobs, lines, menu, with_jobs};
use crate::model::config::Standing;
use crate::model::life::status::{State, Status};
use crate::model::screen::command::{AllOperation, Command, DaemonId, Operation, Target};
use crate::model::screen::fleet::{Fleet, Member};
use crate::model::screen::icon::Icon;
use crate::model::screen::machine::Machine;
use crate::model::screen::notice::Notice;

/// Past so many daemons, those that are well have a menu of their own.
const UNFOLDED: usize = 12;

/// The heavier, the earlier: the icon of all is the first that one of them has.
const BY_WEIGHT: [Icon; 12] = [
    Icon::CrashLooping,
    Icon::Crashed,
    Icon::FailedStart,
    Icon::StopOverdue,
    Icon::Unhealthy,
    Icon::Unknown,
    Icon::Foreign,
    Icon::Starting,
    Icon::Stopping,
    Icon::Running,
    Icon::Stopped,
    Icon::NotConfigured,
];

/// Reads the view off a fleet: that of one daemon is the view of that daemon.
pub fn view(fleet: &Fleet) -> View {
    match fleet.members() {
        [only] => super::view(&only.machine),
        _ => of_several(fleet),
    }
}

fn of_several(fleet: &Fleet) -> View {
    let troubled = troubled(fleet);
    let names: Vec<&str> = troubled
        .iter()
        .map(|member| member.machine.name())
        .collect();
    let title = match &names[..] {
        [] => "InnerOS".to_owned(),
        names => format!("InnerOS: {}", list(names)),
    };
    let icons: Vec<Icon> = fleet.members().iter().map(drawing).collect();
    let worst = BY_WEIGHT.into_iter().find(|icon| icons.contains(icon));
    View {
        icon: with_jobs(fleet.house(), worst.unwrap_or(Icon::NotConfigured)),
        title,
        tooltip: tooltip(fleet, &troubled),
        rows: rows(fleet, &troubled),
    }
}

/// How all are, for somebody who asks for it.
pub fn summary(fleet: &Fleet) -> Notice {
    let all = fleet.members().iter();
    let lines: Vec<String> = all.map(sentence).collect();
    Notice {
        title: count(fleet),
        body: lines.join("\n"),
        urgent: false,
        actions: &[],
    }
}

/// `a`, `a and b`, `a, b and 3 more`: few enough to be read at a glance.
pub fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, other, third] => format!("{one}, {other} and {third}"),
        [one, other, more @ ..] => format!("{one}, {other} and {} more", more.len()),
    }
}

fn count(fleet: &Fleet) -> String {
    let all = fleet.members();
    let running = all.iter().filter(|member| runs(member)).count();
    format!("{running} of {} run", all.len())
}

/// Those that somebody should look at, the worst first.
fn troubled(fleet: &Fleet) -> Vec<&Member> {
    let weight = |member: &&Member| BY_WEIGHT.iter().position(|icon| *icon == drawing(member));
    let is_troubled = |member: &&Member| {
        let icon = drawing(member);
        icon.needs_attention() || matches!(icon, Icon::Foreign | Icon::Unknown) && is_known(member)
    };
    let mut troubled: Vec<&Member> = fleet.members().iter().filter(is_troubled).collect();
    troubled.sort_by_key(weight);
    troubled
}

/// The drawing of one of them.
fn drawing(member: &Member) -> Icon {
    match member.machine.standing() {
        Standing::Misconfigured(_) => Icon::Unknown,
        Standing::Configured | Standing::Removed => super::icon(&member.machine),
    }
}

/// Whether it was looked at, or need not be.
fn is_known(member: &Member) -> bool {
    member.machine.status.is_some() || *member.machine.standing() != Standing::Configured
}

fn is_alive(member: &Member) -> bool {
    menu::is_alive(&member.machine)
}

/// Whether it is alive, and not only about to be.
fn runs(member: &Member) -> bool {
    let state = member.machine.status.as_ref().map(Status::state);
    is_alive(member) && !is_starting(&member.machine) && state != Some(State::Starting)
}

fn is_starting(machine: &Machine) -> bool {
    matches!(machine.busy, Some(Operation::Start | Operation::Restart))
}

/// `sync: crashed at 20:14: exit code 1`.
fn sentence(member: &Member) -> String {
    fitting(&lines::headline(&member.machine))
}

/// The same behind a number of others: `sync crashed at 20:14: exit code 1`.
fn clause(member: &Member) -> String {
    let name = member.machine.name();
    let said = lines::headline(&member.machine);
    let rest = said.strip_prefix(name).unwrap_or(&said);
    format!("{name}{}", rest.strip_prefix(':').unwrap_or(rest))
}

fn tooltip(fleet: &Fleet, troubled: &[&Member]) -> String {
    let house = fleet.house();
    let broken = house.misconfigured.as_ref();
    let broken = broken.map(|broken| format!("configuration: {}", lines::one_line(&broken.what)));
    let trouble = troubled.iter().map(|member| clause(member));
    let jobs = jobs::trouble(&house.jobs);
    let parts: Vec<String> = std::iter::once(count(fleet))
        .chain(broken)
        .chain(trouble)
        .chain(jobs)
        .collect();
    parts.join("; ")
}

fn rows(fleet: &Fleet, troubled: &[&Member]) -> Vec<Row> {
    let house = fleet.house();
    let groups = [
        information(fleet, troubled),
        daemons(fleet),
        for_all(fleet),
        menu::jobs(house),
        vec![menu::settings(house, "Start Daemons at Login")],
        vec![leaving(fleet)],
    ];
    menu::with_lines_between(groups)
}

/// How all are, and what is wrong besides.
fn information(fleet: &Fleet, troubled: &[&Member]) -> Vec<Row> {
    let house = fleet.house();
    let mut headline = count(fleet);
    if let Some(worst) = troubled.first() {
        headline = format!("{headline} · {}", clause(worst));
    }
    let mut rows = vec![menu::item(
        Slot::Headline,
        fitting(&headline),
        Command::Tell,
    )];
    let detail = if let Some(broken) = &house.misconfigured {
        let what = format!("Configuration: {}", lines::one_line(&broken.what));
        Some((what, Command::Open(Target::Configuration)))
    } else if let Some(failed) = &house.click_failed {
        Some((lines::one_line(&failed.body), Command::Tell))
    } else {
        let others = troubled.get(1..).unwrap_or_default();
        let others: Vec<String> = others.iter().map(|member| clause(member)).collect();
        (!others.is_empty()).then(|| (others.join(" · "), Command::Tell))
    };
    rows.extend(detail.map(|(text, command)| menu::item(Slot::Detail, fitting(&text), command)));
    rows
}

/// A row each in the order of the configuration, those of a group below its name.
fn daemons(fleet: &Fleet) -> Vec<Row> {
    let members = fleet.members();
    let folds = members.len() > UNFOLDED;
    let is_well = |member: &Member| folds && drawing(member) == Icon::Running;
    let mut groups: Vec<&str> = Vec::new();
    for member in members {
        if !groups.contains(&member.group.as_str()) {
            groups.push(&member.group);
        }
    }
    // What belongs to none comes first, not below another's name.
    groups.sort_by_key(|group| !group.is_empty());
    let numbered = || members.iter().enumerate();
    let mut rows = Vec::new();
    for (number, group) in groups.into_iter().enumerate() {
        let inside = numbered().filter(|(_, member)| member.group == group && !is_well(member));
        let inside: Vec<Row> = inside
            .map(|(at, member)| daemon(DaemonId(at), member))
            .collect();
        if !group.is_empty() && !inside.is_empty() {
            rows.push(menu::item(Slot::Group(number), fitting(group), None));
        }
        rows.extend(inside);
    }
    let well = numbered().filter(|(_, member)| is_well(member));
    let well: Vec<Row> = well
        .map(|(at, member)| daemon(DaemonId(at), member))
        .collect();
    if !well.is_empty() {
        rows.push(Row::Submenu {
            slot: Slot::Well,
            text: format!("{} Running", well.len()),
            rows: well,
        });
    }
    rows
}

/// The row of a daemon, with what its own menu would have.
fn daemon(id: DaemonId, member: &Member) -> Row {
    let inside = menu::of_daemon(&member.machine);
    Row::Submenu {
        slot: Slot::Daemon(id),
        text: sentence(member),
        rows: inside.into_iter().map(|row| row.within(id)).collect(),
    }
}

fn for_all(fleet: &Fleet) -> Vec<Row> {
    let offered = [
        (AllOperation::Start, Slot::StartAll, "Start All"),
        (AllOperation::Stop, Slot::StopAll, "Stop All"),
        (
            AllOperation::StartCrashed,
            Slot::StartCrashed,
            "Start What Has Crashed",
        ),
    ];
    let is_open = |operation| {
        let mut all = fleet.members().iter().map(|member| &member.machine);
        let is_starting =
            |machine: &Machine| matches!(machine.busy, Some(Operation::Start | Operation::Restart));
        all.any(|machine| {
            machine.is_open_to(operation) || operation == AllOperation::Stop && is_starting(machine)
        })
    };
    offered
        .into_iter()
        .filter(|(operation, ..)| is_open(*operation))
        .map(|(operation, slot, text)| menu::item(slot, text, Command::All(operation)))
        .collect()
}

fn leaving(fleet: &Fleet) -> Row {
    let text = if fleet.members().iter().any(is_alive) {
        "Quit (daemons keep running)"
    } else {
        "Quit"
    };
    menu::item(Slot::Quit, text, Command::Quit)
}
