//! What a supervisor does next.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use crate::model::life::observation::{Observation, PidFileSeen};
use crate::model::life::record::{Exit, Identity, Phase, RunRecord};
use crate::model::life::status::{Crash, Rest, RestCause, Status};

/// How often it is looked whether the exit of a child was recorded.
const SOON: Duration = Duration::from_millis(2);

/// What a supervisor knows at its turn.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What was seen under the lock.
    pub seen: &'a Observation,
    /// What is concluded from it.
    pub status: &'a Status,
    /// The supervisor's own process.
    pub us: &'a Identity,
    /// After the end of this process, the next start is due at this time of the boot clock.
    pub due: Option<&'a (Identity, Duration)>,
    /// Whether the recorded process is a child of the supervisor, alive or not yet reaped.
    pub is_our_child: bool,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Waits for the end of this process, which is the daemon.
    Watch(Identity),
    /// Waits for this time, and looks again.
    Wait(Duration),
    /// Starts the daemon again.
    Start(RunRecord),
    /// The recorded daemon has ended: whether it is started again is to be decided.
    Ended {
        /// The record.
        record: RunRecord,
        /// How it ended, if that is known.
        exit: Option<Exit>,
        /// When.
        at: DateTime<FixedOffset>,
    },
    /// Nothing: the daemon has ended by itself, and is started once only.
    Over(Option<Exit>),
    /// Nothing: somebody else has stopped the daemon.
    Stopped,
}

/// Decides what comes next for a supervisor that starts the daemon again.
pub fn turn(facts: Facts<'_>) -> Step {
    let Facts { seen, us, .. } = facts;
    let ours = |record: &&RunRecord| {
        let supervisor = record.supervisor.as_ref();
        supervisor.is_some_and(|supervisor| supervisor.identity == *us)
    };
    let Some(record) = seen.record.as_ref().filter(ours).cloned() else {
        return Step::Stopped;
    };
    if let Some(alive) = facts.status.alive() {
        return Step::Watch(alive.identity.clone());
    }
    let ended = |record, exit, at| Step::Ended { record, exit, at };
    if let Some((_, due)) = facts.due.filter(|(of, _)| *of == record.identity) {
        let left = due.saturating_sub(seen.now.clock);
        return if left.is_zero() {
            Step::Start(record)
        } else {
            Step::Wait(left)
        };
    }
    match record.phase {
        // Whoever stopped it did not live to clear up.
        Phase::Stopping { deadline } if deadline.is_ahead(seen.now.clock) => Step::Stopped,
        Phase::Ended { exit, at }
        | Phase::Backoff { exit, at, .. }
        | Phase::CrashLooping { exit, at, .. } => ended(record, exit, at),
        // Whoever reaps it is about to record how it ended.
        Phase::Running | Phase::Starting { .. } | Phase::Stopping { .. } if facts.is_our_child => {
            Step::Wait(SOON)
        }
        // It was not our child, so nobody has recorded how it ended. One that took
        // its own PID file away went in good order.
        Phase::Running if seen.pid_file == PidFileSeen::Absent => {
            ended(record, Some(Exit::Code(0)), seen.now.wall)
        }
        // A stop that it outlived is none.
        Phase::Running | Phase::Starting { .. } | Phase::Stopping { .. } => {
            ended(record, None, seen.now.wall)
        }
    }
}

/// Decides what comes next for a run that started `known` and starts no other.
pub fn unsupervised(status: &Status, known: Option<&Identity>) -> Step {
    match status {
        Status::Crashed(Crash { exit, .. })
        | Status::CrashLooping {
            crash: Crash { exit, .. },
            ..
        } => Step::Over(*exit),
        Status::Stopped(Rest {
            cause: RestCause::Finished { .. },
            ..
        }) => Step::Over(Some(Exit::Code(0))),
        Status::Starting(alive)
        | Status::Running(alive)
        | Status::Unhealthy { alive, .. }
        | Status::Stopping(alive)
            if known == Some(&alive.identity) =>
        {
            Step::Watch(alive.identity.clone())
        }
        // Whatever is there now is another one.
        Status::Stopped(_)
        | Status::Starting(_)
        | Status::Running(_)
        | Status::Unhealthy { .. }
        | Status::Stopping(_)
        | Status::Foreign(_)
        | Status::Unknown { .. } => Step::Stopped,
    }
}

/// Whether the daemon ended by the hangup of this number that was handed on to `to`: it is one
/// that does not read its configuration again.
pub fn hung_up(status: &Status, to: Option<&Identity>, hangup: i32) -> bool {
    let Status::Crashed(crash) = status else {
        return false;
    };
    to.is_some_and(|to| to.pid == crash.pid) && crash.exit == Some(Exit::Signal(hangup))
}
