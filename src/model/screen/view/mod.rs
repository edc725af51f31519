//! What is on the screen: a projection of the machine, and nothing else.

mod access_key;
pub mod fleet;
mod jobs;
mod lines;
mod menu;

use crate::model::life::status::{State, Status};
use crate::model::screen::command::{Command, DaemonId, Operation};
use crate::model::screen::icon::Icon;
use crate::model::screen::job_command::JobId;
use crate::model::screen::machine::Machine;
use crate::model::screen::notice::Notice;
use crate::model::text;

/// Everything that the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Which drawing.
    pub icon: Icon,
    /// What people call the daemon, fit to be shown.
    pub title: String,
    /// The state in words.
    pub tooltip: String,
    /// The menu, top to bottom. Which rows there are depends on the configuration and on the
    /// state: a menu that is open keeps its own (see [`View::held`]).
    pub rows: Vec<Row>,
}

/// The place of a row in the menu: the same row has the same one, whatever its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Slot {
    Headline,
    Detail,
    Activity,
    Crashes,
    Handler(usize),
    MoreHandlers,
    Start,
    Cancel,
    Stop,
    Restart,
    ForceStop,
    Forget,
    Log,
    Output,
    LogsFolder,
    Dashboard,
    Settings,
    Mute,
    WhenCrashed,
    WhenUnhealthy,
    WhenDegraded,
    WhenStarted,
    WhenStopped,
    TrayLogin,
    DaemonLogin,
    Configuration,
    About,
    Quit,
    StopAndQuit,
    Jobs,
    MoreJobs,
    Job(JobId, JobRow),
    /// A daemon among several.
    Daemon(DaemonId),
    /// A row of its own menu, by its number there.
    Of(DaemonId, usize),
    /// The name of a group of daemons.
    Group(usize),
    /// The daemons that are well, where there are many.
    Well,
    StartAll,
    StopAll,
    StartCrashed,
}

/// A row of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum JobRow {
    Itself,
    Last,
    Next,
    Run,
    Output,
    Pause,
    Resume,
    Acknowledge,
}

impl Slot {
    /// Those that there is one of.
    const SINGLE: [Slot; 34] = [
        Slot::Headline,
        Slot::Detail,
        Slot::Activity,
        Slot::Crashes,
        Slot::MoreHandlers,
        Slot::Start,
        Slot::Cancel,
        Slot::Stop,
        Slot::Restart,
        Slot::ForceStop,
        Slot::Forget,
        Slot::Log,
        Slot::Output,
        Slot::LogsFolder,
        Slot::Dashboard,
        Slot::Settings,
        Slot::Mute,
        Slot::WhenCrashed,
        Slot::WhenUnhealthy,
        Slot::WhenDegraded,
        Slot::WhenStarted,
        Slot::WhenStopped,
        Slot::TrayLogin,
        Slot::DaemonLogin,
        Slot::Configuration,
        Slot::About,
        Slot::Quit,
        Slot::StopAndQuit,
        Slot::Jobs,
        Slot::MoreJobs,
        Slot::Well,
        Slot::StartAll,
        Slot::StopAll,
        Slot::StartCrashed,
    ];
    /// So many handlers have a row.
    pub const HANDLERS: usize = 8;
    /// So many rows a job has at most.
    const OF_A_JOB: usize = 8;

    /// Its number, which tells it from the others.
    pub fn number(self) -> usize {
        /// Jobs have fewer.
        const OF_DAEMONS: usize = 1_000_000;
        const OF_A_DAEMON: usize = 1_000;
        let single = Self::SINGLE.len();
        if let Slot::Job(JobId(job), row) = self {
            single + Self::HANDLERS + job * Self::OF_A_JOB + row as usize
        } else if let Slot::Handler(handler) = self {
            single + handler
        } else if let Slot::Of(DaemonId(daemon), row) = self {
            OF_DAEMONS + daemon * OF_A_DAEMON + row
        } else if let Slot::Daemon(DaemonId(daemon)) = self {
            OF_DAEMONS + (daemon + 1) * OF_A_DAEMON - 1
        } else if let Slot::Group(group) = self {
            usize::MAX / 2 + group
        } else {
            let place = Self::SINGLE.iter().position(|slot| *slot == self);
            place.unwrap_or(usize::MAX)
        }
    }
}

/// A row of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A text; without a command it is disabled.
    Item {
        /// Which row it is.
        slot: Slot,
        /// What it says.
        text: String,
        /// What it asks for.
        command: Option<Command>,
    },
    /// A switch; without a command it is disabled.
    Check {
        /// Which row it is.
        slot: Slot,
        /// What it says.
        text: String,
        /// Whether it is on.
        checked: bool,
        /// What it asks for.
        command: Option<Command>,
    },
    /// A line.
    Separator,
    /// A menu within the menu.
    Submenu {
        /// Which row it is.
        slot: Slot,
        /// What it says.
        text: String,
        /// Its rows.
        rows: Vec<Row>,
    },
}

impl Row {
    /// Which row it is; lines have no place of their own.
    pub fn slot(&self) -> Option<Slot> {
        match self {
            Row::Item { slot, .. } | Row::Check { slot, .. } | Row::Submenu { slot, .. } => {
                Some(*slot)
            }
            Row::Separator => None,
        }
    }

    /// The same in the menu of a daemon among several. Nothing in there has a menu of its own.
    fn within(mut self, id: DaemonId) -> Self {
        match &mut self {
            Row::Item { slot, .. } | Row::Check { slot, .. } | Row::Submenu { slot, .. } => {
                *slot = Slot::Of(id, slot.number());
            }
            Row::Separator => {}
        }
        self
    }

    /// What it says; of a line, two dashes.
    #[cfg(test)]
    pub fn text(&self) -> &str {
        match self {
            Row::Item { text, .. } | Row::Check { text, .. } | Row::Submenu { text, .. } => text,
            Row::Separator => "--",
        }
    }

    fn command(&self) -> Option<Command> {
        match self {
            Row::Item { command, .. } | Row::Check { command, .. } => *command,
            Row::Separator | Row::Submenu { .. } => None,
        }
    }
}

impl View {
    /// The command of the row whose slot has this number, as it is now.
    #[cfg(test)]
    pub fn command(&self, number: usize) -> Option<Command> {
        self.choice(number).map(|(_, command)| command)
    }

    /// The command of the row whose slot has this number, as it is now, and which of several
    /// daemons it is for, if one.
    pub fn choice(&self, number: usize) -> Option<(Option<DaemonId>, Command)> {
        let row = flat(&self.rows).find(|row| row.slot().map(Slot::number) == Some(number))?;
        let daemon = match row.slot() {
            Some(Slot::Of(daemon, _)) => Some(daemon),
            Some(_) | None => None,
        };
        Some((daemon, row.command()?))
    }

    /// This view in a menu that is open and has the rows of `open`: those stay where they are,
    /// with what they say and do now. What is no longer possible cannot be clicked.
    #[must_use]
    pub fn held(mut self, open: &View) -> Self {
        let now = std::mem::take(&mut self.rows);
        self.rows = open.rows.iter().map(|row| held(row, &now)).collect();
        self
    }

    /// Whether there is anything to watch: a daemon, or jobs.
    pub fn is_watching(&self) -> bool {
        let has_jobs = flat(&self.rows).any(|row| row.slot() == Some(Slot::Jobs));
        self.icon != Icon::NotConfigured || has_jobs
    }

    /// Whether a menu with the rows of `other` need only be written to.
    pub fn has_the_rows_of(&self, other: &View) -> bool {
        let slots = |view: &View| flat(&view.rows).map(Row::slot).collect::<Vec<_>>();
        slots(self) == slots(other)
    }
}

fn held(row: &Row, now: &[Row]) -> Row {
    let Some(slot) = row.slot() else {
        return Row::Separator;
    };
    let same = now.iter().find(|other| other.slot() == Some(slot));
    let mut shown = same.unwrap_or(row).clone();
    match (&mut shown, row) {
        (Row::Submenu { rows: now, .. }, Row::Submenu { rows: open, .. }) => {
            *now = open.iter().map(|row| held(row, now)).collect();
        }
        (Row::Item { command, .. } | Row::Check { command, .. }, _) if same.is_none() => {
            *command = None;
        }
        (Row::Item { .. } | Row::Check { .. } | Row::Separator | Row::Submenu { .. }, _) => {}
    }
    shown
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

/// So long a row of the menu is at most, in characters.
const WIDEST: usize = 60;

/// A text that is no wider than a row may be.
fn fitting(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    text::shortened(text, WIDEST - 1)
}

/// Reads the view off the machine.
pub fn view(machine: &Machine) -> View {
    View {
        icon: icon(machine),
        title: machine.name.clone(),
        tooltip: lines::tooltip(machine),
        rows: menu::rows(machine),
    }
}

/// The state as a notification, for somebody who asks for it.
pub fn summary(machine: &Machine) -> Notice {
    Notice {
        title: lines::headline(machine),
        body: lines::all(machine),
        urgent: false,
        actions: &[],
    }
}

/// What the user asked for is shown at once, before a look confirms it.
fn icon(machine: &Machine) -> Icon {
    let state = machine.status.as_ref().map(Status::state);
    match (machine.busy, state) {
        (Some(Operation::Start | Operation::Restart), _) => Icon::Starting,
        (Some(Operation::Stop | Operation::ForceStop), _) => Icon::Stopping,
        (Some(Operation::Forget(_)) | None, Some(State::Stopped)) if machine.start_failed() => {
            Icon::FailedStart
        }
        (Some(Operation::Forget(_)) | None, Some(_)) if machine.overdue.is_some() => {
            Icon::StopOverdue
        }
        (Some(Operation::Forget(_)) | None, Some(state)) => with_jobs(machine, Icon::of(state)),
        (Some(Operation::Forget(_)) | None, None) => Icon::Unknown,
    }
}

/// A job that went wrong shows where nothing worse does.
fn with_jobs(machine: &Machine, icon: Icon) -> Icon {
    let is_calm = matches!(icon, Icon::NotConfigured | Icon::Stopped | Icon::Running);
    if is_calm && machine.jobs.wrong().next().is_some() {
        Icon::JobFailed
    } else {
        icon
    }
}
