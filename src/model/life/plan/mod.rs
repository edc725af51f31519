//! What is done next with a daemon: facts in, the next step out. `app` does the steps, under
//! the daemon's lock.

mod end;
mod restart;
mod start;
mod stop;
#[cfg(test)]
mod transcripts;
mod turn;

pub use self::end::{End, on_end};
pub use self::restart::{AfterStop, on_restart, still_supervised};
pub use self::start::{Start, on_failed_start, on_start};
pub use self::stop::{Farewell, OnceGone, Stop, on_gone, on_left, on_stop};
pub use self::turn::{Facts, Step, hung_up, turn, unsupervised};

use crate::model::life::observation::Observation;
use crate::model::life::record::Supervisor;
use crate::model::life::status::Foreign;

/// Why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanRefusal {
    /// There is a daemon already, with this PID.
    AlreadyRunning(i32),
    /// There is nothing to start.
    NotConfigured,
    /// The PID file names a process that is not shown to be the daemon.
    Foreign(Foreign),
    /// Whether it runs could not be found out.
    Unknown {
        /// Why not.
        reason: String,
        /// What to do about it.
        hint: String,
    },
}

/// How far a stop goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Force {
    /// It asks, mostly by SIGTERM, and goes no further.
    #[default]
    No,
    /// SIGKILL for all that belongs to the daemon once the time limit is over.
    Kill,
}

/// The supervisor that the record names, if it is still there. A start that it did not
/// make itself clears what it remembers.
pub fn kept_supervisor(seen: &Observation) -> Option<Supervisor> {
    let supervisor = seen.supervisor()?;
    Some(Supervisor {
        identity: supervisor.identity.clone(),
        attempt: 1,
    })
}
