//! What somebody concludes from looks at a daemon: what has happened to it in between.

use super::{Event, EventKind};
use crate::model::life::record::Identity;
use crate::model::life::report::Report;
use crate::model::life::status::Status;

/// Whoever looks at a daemon again and again.
#[derive(Debug, Default)]
pub struct Witness {
    /// The process that was the daemon at the last look that found one.
    known: Option<Identity>,
    /// Whether its end was told.
    has_ended: bool,
    was_unhealthy: bool,
    is_given_up: bool,
}

impl Witness {
    /// What has happened since the last look, as far as a look can tell.
    pub fn see(&mut self, name: &str, report: &Report) -> Vec<Event> {
        let now = report.now.wall;
        let mut events = Vec::new();
        if let Some(alive) = report.status.alive() {
            let identity = &alive.identity;
            // Whoever starts it knows more.
            if matches!(report.status, Status::Starting(_)) {
                return events;
            }
            if self.known.as_ref() != Some(identity) {
                // Nobody has seen how the one before it ended.
                self.known = Some(identity.clone());
                (self.has_ended, self.was_unhealthy) = (false, false);
                self.is_given_up = false;
                let at = alive.started_at;
                events.push(Event::of_daemon(name, EventKind::Started, at, identity));
            }
            let unhealthy = if let Status::Unhealthy { reason, .. } = &report.status {
                Some(reason.clone())
            } else {
                None
            };
            let is_unhealthy = unhealthy.is_some();
            if is_unhealthy != self.was_unhealthy {
                self.was_unhealthy = is_unhealthy;
                let kind = if is_unhealthy {
                    EventKind::Unhealthy
                } else {
                    EventKind::Recovered
                };
                events.push(Event::of_daemon(name, kind, now, identity).because(unhealthy));
            }
            return events;
        }
        let Some(identity) = &self.known else {
            return events;
        };
        let crash = report
            .status
            .crash()
            .filter(|crash| crash.pid == identity.pid);
        if !self.has_ended {
            let ended = match (&report.status, crash) {
                (_, Some(crash)) => {
                    let at = crash.at.unwrap_or(now);
                    let logged = report
                        .said
                        .logged
                        .as_ref()
                        .map(|entry| entry.message.clone());
                    let why = crash
                        .cause
                        .clone()
                        .or(logged)
                        .or(report.said.last_line.clone());
                    Some(
                        Event::of_daemon(name, EventKind::Crashed, at, identity)
                            .ended(crash.exit)
                            .because(why),
                    )
                }
                (Status::Stopped(rest), None) => {
                    Some(Event::of_rest(name, identity, rest.cause, report.now))
                }
                // Not known is not ended.
                (_, None) => None,
            };
            self.has_ended = ended.is_some();
            events.extend(ended);
        }
        if let (Status::CrashLooping { .. }, Some(crash), false) =
            (&report.status, crash, self.is_given_up)
        {
            self.is_given_up = true;
            let at = crash.at.unwrap_or(now);
            let why = report.status.reason();
            events.push(Event::of_daemon(name, EventKind::GivenUp, at, identity).because(why));
        }
        events
    }
}
