//! What a menu row or a notification can ask for.

use crate::model::autostart::AtLogin;
use crate::model::config::Notifications;
use crate::model::screen::job_command::{JobCommand, JobId};

/// What the lifecycle library can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operation {
    Start,
    Stop,
    Restart,
    /// A stop that kills what does not end.
    ForceStop,
    /// Remove the PID file that names this process, which is not the daemon.
    Forget(i32),
}

impl Operation {
    /// The verb, for "could not …".
    pub fn verb(self) -> &'static str {
        match self {
            Operation::Start => "start",
            Operation::Stop => "stop",
            Operation::Restart => "restart",
            Operation::ForceStop => "stop",
            Operation::Forget(_) => "forget that PID",
        }
    }
}

/// The place of a daemon in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DaemonId(pub usize);

/// What can be done to all daemons at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AllOperation {
    Start,
    Stop,
    /// Start those that have crashed.
    StartCrashed,
}

/// A notification switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum NoticeSwitch {
    Crashed,
    Unhealthy,
    Degraded,
    Started,
    Stopped,
}

impl NoticeSwitch {
    /// Every switch, in the order of the menu.
    pub const ALL: [NoticeSwitch; 5] = [
        NoticeSwitch::Crashed,
        NoticeSwitch::Unhealthy,
        NoticeSwitch::Degraded,
        NoticeSwitch::Started,
        NoticeSwitch::Stopped,
    ];

    /// Its key in the `[notifications]` table.
    pub fn key(self) -> &'static str {
        match self {
            NoticeSwitch::Crashed => "crashed",
            NoticeSwitch::Unhealthy => "unhealthy",
            NoticeSwitch::Degraded => "degraded",
            NoticeSwitch::Started => "started",
            NoticeSwitch::Stopped => "stopped",
        }
    }

    /// Whether it is on.
    pub fn is_on(self, switches: Notifications) -> bool {
        match self {
            NoticeSwitch::Crashed => switches.crashed,
            NoticeSwitch::Unhealthy => switches.unhealthy,
            NoticeSwitch::Degraded => switches.degraded,
            NoticeSwitch::Started => switches.started,
            NoticeSwitch::Stopped => switches.stopped,
        }
    }

    pub(super) fn set(self, switches: &mut Notifications, on: bool) {
        match self {
            NoticeSwitch::Crashed => switches.crashed = on,
            NoticeSwitch::Unhealthy => switches.unhealthy = on,
            NoticeSwitch::Degraded => switches.degraded = on,
            NoticeSwitch::Started => switches.started = on,
            NoticeSwitch::Stopped => switches.stopped = on,
        }
    }
}

/// Something a program of the desktop is asked to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Target {
    /// The log that what is shown comes from, else the newest.
    Log,
    /// What the daemon wrote to its standard output and standard error.
    Output,
    LogsFolder,
    Dashboard,
    Configuration,
}

impl Target {
    /// What it is, for "could not open …".
    pub fn noun(self) -> &'static str {
        match self {
            Target::Log => "the log",
            Target::Output => "the output",
            Target::LogsFolder => "the logs folder",
            Target::Dashboard => "the dashboard",
            Target::Configuration => "the configuration",
        }
    }
}

/// What a menu row or a notification asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Command {
    Run(Operation),
    /// The same to all daemons that it can be done to.
    All(AllOperation),
    /// Give up the start that is under way.
    Cancel,
    /// Ask whether the PID file that names a process that is not the daemon may go.
    AskToForget,
    /// Yes, it may.
    Forget,
    Open(Target),
    Toggle(NoticeSwitch),
    ToggleLogin(AtLogin),
    Job(JobId, JobCommand),
    /// The same for the job that was announced last.
    ToldJob(JobCommand),
    /// Say how the daemon is.
    Tell,
    /// A click on the notification, beside its buttons.
    Follow,
    Quit,
    StopAndQuit,
}
