//! What is told of a look: the status, concluded once, and what was found out besides.

use crate::model::life::clock::Now;
use crate::model::life::health::part;
use crate::model::life::health::{FAILURES_THAT_COUNT, Health, Probe};
use crate::model::life::observation::{Said, Usage};
use crate::model::life::status::{Alive, Status};

/// One look at a daemon, with all that is concluded from it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// When.
    pub now: Now,
    /// How the daemon is.
    pub status: Status,
    /// What its health URL last said, if one is configured and was asked.
    pub health: Option<Health>,
    /// What it said itself of what went wrong.
    pub said: Said,
    /// Whether anything listens at the dashboard's address, if that was found out.
    pub dashboard: Option<bool>,
    /// How often it crashed in the last 24 hours, as far as its history tells.
    pub crashes: usize,
}

/// What was found out about a daemon once it was known whether it lives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    /// What it uses, if it is alive.
    pub usage: Option<Usage>,
    /// As in [`Report`].
    pub health: Option<Health>,
    /// Whether it may still be starting: it did not answer well, and nobody knows that it ever
    /// did.
    pub may_start: bool,
    /// As in [`Report`].
    pub said: Said,
    /// Why it crashed, if its last words say so.
    pub cause: Option<String>,
    /// As in [`Report`].
    pub dashboard: Option<bool>,
    /// As in [`Report`].
    pub crashes: usize,
}

impl Report {
    /// Completes what was judged of a look by what was found out after it.
    pub fn new(now: Now, judged: Status, found: Findings) -> Self {
        let mut status = judged;
        match &mut status {
            Status::Starting(alive)
            | Status::Running(alive)
            | Status::Unhealthy { alive, .. }
            | Status::Stopping(alive) => alive.usage = found.usage.unwrap_or_default(),
            Status::Crashed(crash) | Status::CrashLooping { crash, .. } => {
                crash.cause = found.cause;
            }
            Status::Stopped(_) | Status::Foreign(_) | Status::Unknown { .. } => {}
        }
        if let Status::Running(alive) = status {
            status = by_health(alive, found.health.as_ref(), found.may_start);
        }
        Self {
            now,
            status,
            health: found.health,
            said: found.said,
            dashboard: found.dashboard,
            crashes: found.crashes,
        }
    }
}

/// How a daemon is that is alive, by what its health URL answered.
fn by_health(mut alive: Alive, health: Option<&Health>, may_start: bool) -> Status {
    let Some(Health {
        failures,
        last,
        parts,
    }) = health
    else {
        return if may_start {
            Status::Starting(alive)
        } else {
            Status::Running(alive)
        };
    };
    match last {
        Probe::Good => {
            alive.failing = part::failing(parts).into_iter().cloned().collect();
            Status::Running(alive)
        }
        Probe::Bad(_) if may_start => Status::Starting(alive),
        Probe::Bad(reason) if *failures >= FAILURES_THAT_COUNT => Status::Unhealthy {
            alive,
            reason: reason.clone(),
        },
        Probe::Bad(_) => Status::Running(alive),
    }
}
