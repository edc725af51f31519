//! What a restart does once its stop is over.

use chrono::{DateTime, FixedOffset};

use crate::model::life::record::{RunRecord, Supervisor};

/// What became of the stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterStop {
    /// The daemon was stopped.
    Stopped {
        /// Whether something of it is still alive beside which nothing may be started.
        left: bool,
    },
    /// There was none to stop.
    NotRunning,
    /// The PID file names a process that is not the daemon; whether that is certain.
    Foreign {
        /// A start may pass over one that is certainly not the daemon.
        certain: bool,
    },
    /// The daemon was not stopped.
    Failed,
}

/// Whether a new daemon may be started.
pub fn on_restart(stopped: AfterStop) -> bool {
    match stopped {
        AfterStop::Stopped { left } => !left,
        AfterStop::NotRunning => true,
        AfterStop::Foreign { certain } => certain,
        AfterStop::Failed => false,
    }
}

/// After a restart that has stopped the daemon and could not start another, its supervisor
/// continues from this record, and tries again. `there` is the record that is there now.
pub fn still_supervised(
    before: Option<RunRecord>,
    supervisor: Option<Supervisor>,
    there: Option<&RunRecord>,
    now: DateTime<FixedOffset>,
) -> Option<RunRecord> {
    if there.is_some() {
        return None;
    }
    Some(before?.supervised_by(supervisor?).ended(None, now))
}
