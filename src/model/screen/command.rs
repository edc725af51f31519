//! What can be asked for, from a menu row or a notification.

use crate::model::autostart::Item;
use crate::model::config::Notifications;

/// What the lifecycle library can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operation {
    Start,
    Stop,
    Restart,
}

impl Operation {
    /// The verb, for "could not …".
    pub fn verb(self) -> &'static str {
        match self {
            Operation::Start => "start",
            Operation::Stop => "stop",
            Operation::Restart => "restart",
        }
    }
}

/// A notification switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Switch {
    Crashed,
    Unhealthy,
    Started,
    Stopped,
}

impl Switch {
    /// Every switch, in the order of the menu.
    pub const ALL: [Switch; 4] = [
        Switch::Crashed,
        Switch::Unhealthy,
        Switch::Started,
        Switch::Stopped,
    ];

    /// Its key in the `[notifications]` table.
    pub fn key(self) -> &'static str {
        match self {
            Switch::Crashed => "crashed",
            Switch::Unhealthy => "unhealthy",
            Switch::Started => "started",
            Switch::Stopped => "stopped",
        }
    }

    /// Whether it is on.
    pub fn is_on(self, switches: Notifications) -> bool {
        match self {
            Switch::Crashed => switches.crashed,
            Switch::Unhealthy => switches.unhealthy,
            Switch::Started => switches.started,
            Switch::Stopped => switches.stopped,
        }
    }

    pub(super) fn set(self, switches: &mut Notifications, on: bool) {
        match self {
            Switch::Crashed => switches.crashed = on,
            Switch::Unhealthy => switches.unhealthy = on,
            Switch::Started => switches.started = on,
            Switch::Stopped => switches.stopped = on,
        }
    }
}

/// Something a program of the desktop is asked to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Target {
    RecentLog,
    LogsFolder,
    Dashboard,
    Configuration,
}

/// What a menu row asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Command {
    Run(Operation),
    Open(Target),
    Toggle(Switch),
    ToggleLogin(Item),
    /// Say how the daemon is.
    Tell,
    Quit,
    StopAndQuit,
}
