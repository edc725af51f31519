//! What a stop does.

use super::{Force, PlanRefusal};
use crate::model::life::observation::Observation;
use crate::model::life::record::RunRecord;
use crate::model::life::status::{Alive, Crash, Status};

/// What there is to stop.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// A living daemon.
    End {
        /// The process.
        alive: Alive,
        /// Its record, if it is the recorded one.
        record: Option<Box<RunRecord>>,
    },
    /// Nothing, or what a daemon that is gone has left.
    Clear(Option<Crash>),
}

/// What is done about processes that a daemon has left which is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// They are named.
    Name,
    /// They are asked to end, and named where they do not.
    Ask,
    /// They are killed, once their time is over.
    Kill,
}

/// Decides about what a daemon has left: stopped is it when nothing is, unless it leaves
/// processes behind deliberately.
pub fn on_left(leaves: bool, force: Force) -> Farewell {
    match (force, leaves) {
        (Force::Kill, _) => Farewell::Kill,
        (Force::No, false) => Farewell::Ask,
        (Force::No, true) => Farewell::Name,
    }
}

/// Decides what a stop is about.
pub fn on_stop(seen: &Observation, status: Status) -> Result<Stop, PlanRefusal> {
    match status {
        Status::Starting(alive)
        | Status::Running(alive)
        | Status::Unhealthy { alive, .. }
        | Status::Stopping(alive) => {
            let record = seen.record.clone();
            let record = record.filter(|record| record.identity == alive.identity);
            let record = record.map(Box::new);
            Ok(Stop::End { alive, record })
        }
        Status::Stopped(_) => Ok(Stop::Clear(None)),
        Status::Crashed(crash) | Status::CrashLooping { crash, .. } => Ok(Stop::Clear(Some(crash))),
        Status::Foreign(foreign) => Err(PlanRefusal::Foreign(foreign)),
        Status::Unknown { reason, hint } => Err(PlanRefusal::Unknown { reason, hint }),
    }
}

/// What a stop does where the daemon is gone.
#[derive(Debug, Clone, PartialEq)]
pub enum OnceGone {
    /// Names what is left. The files stay, by which a later stop finds it.
    Name,
    /// Takes the record out of its supervisor's hands, and names what is left.
    LeaveAlone(Box<RunRecord>),
    /// Kills what is left, and removes the record, and the PID file of this process.
    Clear {
        /// Of which; nothing if none is known.
        pid: Option<i32>,
    },
}

/// Decides about a stop where the daemon is gone: by `crash`, if it was not stopped before.
pub fn on_gone(
    crash: Option<&Crash>,
    record: Option<&RunRecord>,
    left: bool,
    force: Force,
) -> OnceGone {
    if left && force == Force::No {
        let supervised = crash.filter(|crash| crash.supervised.is_some());
        return match (supervised, record) {
            (Some(crash), Some(record)) => {
                let at = crash.at.unwrap_or(record.started_at);
                OnceGone::LeaveAlone(Box::new(record.clone().left_alone().ended(crash.exit, at)))
            }
            (Some(_) | None, Some(_) | None) => OnceGone::Name,
        };
    }
    // Whoever stopped it may not have lived to remove its PID file.
    let pid = crash.map(|crash| crash.pid);
    OnceGone::Clear {
        pid: pid.or_else(|| record.map(|record| record.identity.pid)),
    }
}
