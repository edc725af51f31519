//! What the icon says.

use crate::model::life::status::State;

/// The drawings: one ring, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Icon {
    NotConfigured,
    Stopped,
    Starting,
    Running,
    Unhealthy,
    Stopping,
    /// A stop was asked for and has taken longer than it may.
    StopOverdue,
    /// It does not run because a start failed.
    FailedStart,
    Crashed,
    CrashLooping,
    Foreign,
    Unknown,
    /// The daemon is well or at rest, and a job has failed or was missed.
    JobFailed,
}

impl Icon {
    /// Every drawing, in the order of the enum.
    pub const ALL: [Icon; 13] = [
        Icon::NotConfigured,
        Icon::Stopped,
        Icon::Starting,
        Icon::Running,
        Icon::Unhealthy,
        Icon::Stopping,
        Icon::StopOverdue,
        Icon::FailedStart,
        Icon::Crashed,
        Icon::CrashLooping,
        Icon::Foreign,
        Icon::Unknown,
        Icon::JobFailed,
    ];

    /// The drawing of a state.
    pub fn of(state: State) -> Self {
        match state {
            State::NotConfigured => Icon::NotConfigured,
            State::Stopped => Icon::Stopped,
            State::Starting => Icon::Starting,
            // Which part of it fails is said in words.
            State::Running | State::Degraded => Icon::Running,
            State::Unhealthy => Icon::Unhealthy,
            State::Stopping => Icon::Stopping,
            State::Crashed => Icon::Crashed,
            State::CrashLooping => Icon::CrashLooping,
            State::Foreign => Icon::Foreign,
            State::Unknown => Icon::Unknown,
        }
    }

    /// Its name among the icons of a theme, which a desktop colours to fit its panel
    /// (icon-naming-spec; the ending is GTK's).
    pub fn themed(self) -> &'static str {
        match self {
            Icon::NotConfigured => "inneros-not-configured-symbolic",
            Icon::Stopped => "inneros-stopped-symbolic",
            Icon::Starting => "inneros-starting-symbolic",
            Icon::Running => "inneros-running-symbolic",
            Icon::Unhealthy => "inneros-unhealthy-symbolic",
            Icon::Stopping => "inneros-stopping-symbolic",
            Icon::StopOverdue => "inneros-stop-overdue-symbolic",
            Icon::FailedStart => "inneros-failed-start-symbolic",
            Icon::Crashed => "inneros-crashed-symbolic",
            Icon::CrashLooping => "inneros-crash-looping-symbolic",
            Icon::Foreign => "inneros-foreign-symbolic",
            Icon::Unknown => "inneros-unknown-symbolic",
            Icon::JobFailed => "inneros-job-failed-symbolic",
        }
    }

    /// Whether somebody should look at it.
    pub fn needs_attention(self) -> bool {
        match self {
            Icon::Unhealthy
            | Icon::StopOverdue
            | Icon::FailedStart
            | Icon::Crashed
            | Icon::CrashLooping
            | Icon::JobFailed => true,
            Icon::NotConfigured
            | Icon::Stopped
            | Icon::Starting
            | Icon::Running
            | Icon::Stopping
            | Icon::Foreign
            | Icon::Unknown => false,
        }
    }
}
