//! How the command line reports a failure of the lifecycle.

use super::output::Refusal;
use crate::app::lifecycle::Failure;
use crate::os::process::SpawnError;

/// A failure with its exit code.
pub fn refusal(failure: &Failure) -> Refusal {
    let code = match failure {
        Failure::NotConfigured { .. }
        | Failure::Misconfigured { .. }
        | Failure::NoHealthUrl
        | Failure::WorkingDir { .. }
        | Failure::Program(_)
        | Failure::ForAShell { .. }
        | Failure::Environment(_) => 2,
        Failure::NotRunning { .. } => 3,
        Failure::Foreign { .. } | Failure::Unknown { .. } | Failure::FromWithin { .. } => 4,
        Failure::AlreadyRunning { .. } => 5,
        Failure::NoLock(_)
        | Failure::File(_)
        | Failure::Process { .. }
        | Failure::Spawn {
            source: SpawnError::Publish(_),
            ..
        } => Refusal::of(1, failure).code,
        Failure::NotRestarted { failure, .. } => refusal(failure).code,
        Failure::Left { .. }
        | Failure::LeftUnrecorded { .. }
        | Failure::Spawn { .. }
        | Failure::EndedAtStart { .. }
        | Failure::NotReady { .. }
        | Failure::GivenUp { .. }
        | Failure::StillRunning { .. }
        | Failure::Busy(_) => 1,
    };
    let mut refusal = Refusal::new(code, failure).hint(failure.hint());
    refusal.output = failure.output().to_vec();
    refusal.pid = failure.holder().map(|holder| holder.pid);
    if let Failure::AlreadyRunning { pid } = failure {
        refusal.pid = Some(*pid);
    }
    if let Failure::NotRunning { left, .. }
    | Failure::EndedAtStart { left, .. }
    | Failure::Left { left }
    | Failure::LeftUnrecorded { left, .. } = failure.of_the_start()
    {
        refusal.left_pids = left.iter().map(|left| left.pid).collect();
    }
    refusal
}
