//! What a start does.

use super::{PlanRefusal, kept_supervisor};
use crate::model::life::observation::{Observation, PidFileSeen};
use crate::model::life::record::{RunRecord, Supervisor};
use crate::model::life::status::Status;

/// A start that may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The process that the PID file may still name although the daemon is gone.
    pub gone: Option<i32>,
    /// Whether there is a PID file that holds no PID.
    pub damaged: bool,
    /// Who starts the daemon again when it ends.
    pub supervisor: Option<Supervisor>,
    /// Whether the record names a supervisor that is still there.
    pub was_supervised: bool,
}

/// Decides about a start by `supervisor`, or by nobody who would start the daemon again.
pub fn on_start(
    seen: &Observation,
    status: Status,
    supervisor: Option<&Supervisor>,
) -> Result<Start, PlanRefusal> {
    if let Some(alive) = status.alive() {
        return Err(PlanRefusal::AlreadyRunning(alive.identity.pid));
    }
    if seen.command.is_empty() {
        return Err(PlanRefusal::NotConfigured);
    }
    let gone = match status {
        Status::Foreign(foreign) if !foreign.certain => return Err(PlanRefusal::Foreign(foreign)),
        Status::Unknown { reason, hint } => return Err(PlanRefusal::Unknown { reason, hint }),
        Status::Crashed(crash) | Status::CrashLooping { crash, .. } => Some(crash.pid),
        Status::Foreign(foreign) => Some(foreign.pid),
        // Whoever stopped it may not have lived to remove its PID file.
        Status::Stopped(_) => seen.record.as_ref().map(|record| record.identity.pid),
        Status::Starting(_)
        | Status::Running(_)
        | Status::Unhealthy { .. }
        | Status::Stopping(_) => None,
    };
    let kept = kept_supervisor(seen);
    Ok(Start {
        gone,
        damaged: matches!(seen.pid_file, PidFileSeen::Damaged { .. }),
        was_supervised: kept.is_some(),
        supervisor: supervisor.cloned().or(kept),
    })
}

/// The record to put back after a start that has failed. `there` is what it has left in its
/// place; `left` is whether something of the daemon before is still alive.
pub fn on_failed_start<'a>(
    start: &Start,
    before: Option<&'a RunRecord>,
    there: Option<&RunRecord>,
    left: bool,
) -> Option<&'a RunRecord> {
    // A supervisor continues as if nobody had tried.
    let goes_on = start.was_supervised && there.is_none();
    // By the record a stop can still find what is left; but a supervisor continues from the
    // record of the start that failed.
    let finds = left && start.supervisor.is_none();
    before.filter(|_| goes_on || finds)
}
