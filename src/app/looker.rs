//! The one look for everything that shows a daemon: `status`, `--watch`, the doctor and the
//! tray. A look is judged once.

use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset};

use super::autostart::{self, AtLogin, LoginState};
use super::explain::Explainer;
use super::history::LateCrashes;
use super::look;
use crate::model::config::{Config, HealthCheck, Managed, Ready};
use crate::model::life::health::{FAILURES_THAT_COUNT, Health, Probe};
use crate::model::life::judge::{TIME_TO_LOG_IN, judge};
use crate::model::life::observation::Observation;
use crate::model::life::record::{Exit, Identity, Phase};
use crate::model::life::report::{Findings, Report};
use crate::model::life::status::{Alive, RestCause, Status};
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
    /// How a daemon was seen to end, and when.
    ended: Option<(Identity, Exit, DateTime<FixedOffset>)>,
    /// Which daemon has answered well.
    was_well: Option<Identity>,
    crashes: LateCrashes,
}

impl Looker {
    /// Remembers how a daemon has ended just now.
    pub fn remember_end(&mut self, of: Identity, exit: Exit) {
        self.ended = Some((of, exit, look::now().wall));
    }

    /// Looks at a daemon, concludes how it is, and finds out what belongs to that. `ask` asks
    /// its addresses, the health URL only of one that is alive.
    pub fn conclude(
        &mut self,
        managed: &Managed,
        ask: impl FnOnce(Option<&Alive>) -> Answers,
    ) -> Report {
        tracing::debug!("looks for the daemon");
        let mut seen = look::look_at_end(&managed.daemon);
        seen.lived.clone_from(&self.lived);
        seen.ended.clone_from(&self.ended);
        let status = judge(&seen);
        tracing::debug!("concludes: {}", status.state().word());
        let (said, cause) = self.explainer.explain(managed, &seen, &status);
        let mut found = Findings {
            said,
            cause,
            crashes: self.crashes.of(&managed.daemon, seen.now.wall),
            ..Findings::default()
        };
        if let Some(alive) = status.alive() {
            self.lived = Some((alive.identity.clone(), seen.now.clock));
            found.usage = Some(process::usage(alive.identity.pid));
            let answers = ask(Some(alive));
            (found.health, found.dashboard) = (answers.health, answers.dashboard);
            if matches!(
                &found.health,
                Some(Health {
                    last: Probe::Good,
                    ..
                })
            ) {
                self.was_well = Some(alive.identity.clone());
            } else {
                found.may_start = self.may_start(managed, &seen, alive);
            }
        } else {
            found.dashboard = ask(None).dashboard;
        }
        Report::new(seen.now, status, found)
    }

    /// Whether a daemon that does not answer well need not be ill: it was started lately, and
    /// nobody knows that it ever did.
    fn may_start(&self, managed: &Managed, seen: &Observation, alive: &Alive) -> bool {
        let daemon = &managed.daemon;
        let record = seen.record.as_ref();
        let record = record.filter(|record| record.identity == alive.identity);
        let was_ready = daemon.ready != Ready::Alive
            && record.is_some_and(|record| matches!(record.phase, Phase::Running));
        managed.health.is_some()
            && alive.uptime < daemon.ready_timeout
            && self.was_well.as_ref() != Some(&alive.identity)
            && !was_ready
    }
}

/// One look, with the answer of the health URL. One bad answer is not a state: it is asked again
/// and again, within a second where each answer comes at once.
pub fn report(config: &Config) -> Report {
    look(&mut Looker::default(), config, config.main())
}

/// The same by somebody who looks again and again.
pub fn look(looker: &mut Looker, config: &Config, managed: &Managed) -> Report {
    let mut report = concluded(looker, managed);
    note_login(&mut report, || starts_at_login(config));
    report
}

/// The same of one of several.
pub fn look_at(managed: &Managed) -> Report {
    concluded(&mut Looker::default(), managed)
}

fn concluded(looker: &mut Looker, managed: &Managed) -> Report {
    looker.conclude(managed, |alive| Answers {
        health: alive.and(managed.health.as_ref()).map(ask),
        dashboard: None,
    })
}

/// Notes of a daemon that ended with the computer that it was to be started at login, and was
/// not, though there was time for that.
pub fn note_login(report: &mut Report, starts_at_login: impl FnOnce() -> bool) {
    if let Status::Stopped(rest) = &mut report.status
        && rest.cause == RestCause::Restarted
        && rest.note.is_none()
        && report.now.clock > TIME_TO_LOG_IN
        && starts_at_login()
    {
        rest.note = Some("it is to start at login, and was not started".into());
    }
}

/// Whether the daemon is registered to start at login.
pub fn starts_at_login(config: &Config) -> bool {
    match autostart::status(AtLogin::Daemon, config) {
        Ok(status) => status.state == LoginState::Enabled,
        Err(error) => {
            tracing::warn!("cannot tell whether the daemon starts at login: {error}");
            false
        }
    }
}

fn ask(check: &HealthCheck) -> Health {
    /// From one question to the next.
    const PAUSE: Duration = Duration::from_millis(450);
    let mut begin = Instant::now();
    let mut health = Health::after(None, health::probe(check));
    while health.last != Probe::Good && health.failures < FAILURES_THAT_COUNT {
        thread::sleep(PAUSE.saturating_sub(begin.elapsed()));
        begin = Instant::now();
        health = Health::after(Some(&health), health::probe(check));
    }
    health
}
