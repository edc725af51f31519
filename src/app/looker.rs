//! The one who looks for everybody who shows a daemon: `status`, `--watch`, the doctor and the
//! tray. A look is judged once.

use std::time::Duration;

use super::explain::Explainer;
use super::look;
use crate::model::config::{HealthCheck, Managed};
use crate::model::life::judge::{FAILURES_THAT_COUNT, judge};
use crate::model::life::observation::{Health, Probe};
use crate::model::life::record::Identity;
use crate::model::life::report::{Findings, Report};
use crate::model::life::status::Alive;
use crate::os::{health, process};

/// What the addresses of a daemon answered.
#[derive(Debug, Default)]
pub struct Answers {
    /// The health URL.
    pub health: Option<Health>,
    /// Whether anything listens at the dashboard's.
    pub dashboard: Option<bool>,
}

/// Looks again and again, and remembers what one look cannot tell.
#[derive(Debug, Default)]
pub struct Looker {
    explainer: Explainer,
    /// What was found alive last, and when by the boot clock.
    lived: Option<(Identity, Duration)>,
}

impl Looker {
    /// Looks at a daemon, concludes how it is, and finds out what belongs to that. `ask` asks
    /// the addresses of one that is alive.
    pub fn look(&mut self, managed: &Managed, ask: impl FnOnce(&Alive) -> Answers) -> Report {
        tracing::debug!("looks for the daemon");
        let mut seen = look::look_at_end(&managed.daemon);
        seen.lived.clone_from(&self.lived);
        let status = judge(&seen);
        tracing::debug!("concludes: {}", status.state().word());
        let (said, cause) = self.explainer.explain(managed, &seen, &status);
        let mut found = Findings {
            said,
            cause,
            ..Findings::default()
        };
        if let Some(alive) = status.alive() {
            self.lived = Some((alive.identity.clone(), seen.now.clock));
            found.usage = Some(process::usage(alive.identity.pid));
            let answers = ask(alive);
            (found.health, found.dashboard) = (answers.health, answers.dashboard);
        }
        Report::new(seen.now, status, found)
    }
}

/// One look, with the answer of the health URL. That is asked up to three times in a row: one
/// bad answer is not a state.
pub fn report(managed: &Managed) -> Report {
    Looker::default().look(managed, |_| Answers {
        health: managed.health.as_ref().map(ask),
        dashboard: None,
    })
}

fn ask(check: &HealthCheck) -> Health {
    let mut failures = 0;
    loop {
        let last = health::probe(check);
        match last {
            Probe::Good => return Health { failures: 0, last },
            Probe::Bad(_) => failures += 1,
        }
        if failures == FAILURES_THAT_COUNT {
            return Health { failures, last };
        }
    }
}
