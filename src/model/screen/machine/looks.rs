//! How a look changes the machine.

use super::{By, Effect, Machine, MissedProblem};
use crate::model::life::health::part::PartKind;
use crate::model::life::report::Report;
use crate::model::life::status::{State, Status};
use crate::model::screen::announcer::Look;
use crate::model::screen::command::Operation;
use crate::model::screen::notice::Interruption;
use crate::model::words;

impl Machine {
    pub(super) fn observed(&mut self, report: Report) -> Vec<Effect> {
        let asked = self.busy.is_some() || self.settling;
        let verdict = self.announcer.decide(Look {
            name: &self.name,
            report: &report,
            interval: self.interval,
            asked,
            switches: self.switches,
        });
        let new = report.status;
        self.dashboard = report.dashboard;
        self.cpu.measure(&new, report.now);
        let told = self.settling && self.failed.is_some();
        let settled = !std::mem::take(&mut self.settling);
        let before = self.status.replace(new);
        self.said = report.said;
        self.crashes = report.crashes;
        let parts = report.health.into_iter().flat_map(|health| health.parts);
        self.handlers = parts
            .filter(|part| part.kind == PartKind::Handler)
            .collect();
        self.seen = Some(report.now);
        self.now = Some(report.now);
        let mut effects = self.what_is_over(before.as_ref(), settled);
        effects.extend(match verdict {
            // What is under way will say by itself how it went, or has just said so.
            Interruption::Announce(notice) if self.is_down() && self.busy.is_some() => {
                self.held = Some(notice);
                Vec::new()
            }
            Interruption::Announce(_) if self.is_down() && told => Vec::new(),
            Interruption::Announce(notice) => self.notify(By::Look, notice),
            Interruption::Withdraw => {
                if !asked {
                    self.miss();
                }
                self.withdraw(&[By::Look])
            }
            Interruption::Nothing | Interruption::Later => Vec::new(),
        });
        effects
    }

    /// Forgets what a look has shown to be over: an operation that failed, when something else
    /// has come of it; a stop that is overdue, with its process.
    fn what_is_over(&mut self, before: Option<&Status>, settled: bool) -> Vec<Effect> {
        let alive = self.alive();
        self.overdue = self.overdue.filter(|pid| Some(*pid) == alive);
        if let (Some(Status::Stopping(was)), Some(Status::Running(is)), None) =
            (before, &self.status, self.busy)
            && was.identity == is.identity
        {
            self.overdue = alive;
        }
        let is_over = self.failed.as_ref().is_some_and(|failed| {
            let process = self.process();
            let changed = process != failed.process;
            match failed.operation {
                Operation::Start | Operation::Restart => changed && process.is_some(),
                Operation::Stop | Operation::ForceStop => changed,
                Operation::Forget(pid) => self.foreign() != Some(pid),
            }
        });
        if !settled || !is_over {
            return Vec::new();
        }
        self.failed = None;
        self.withdraw(&[By::Operation])
    }

    /// Keeps the end of what is being withdrawn for who was not there to see it.
    fn miss(&mut self) {
        let note = self.note.as_ref().filter(|note| note.by == By::Look);
        let Some((note, now)) = note.zip(self.now) else {
            return;
        };
        let at = note.at.unwrap_or(now).wall;
        self.missed = Some(MissedProblem {
            text: format!(
                "Missed at {}: {}",
                words::moment(at, now.wall),
                note.notice.title
            ),
            was_shown: false,
        });
    }

    pub(in crate::model::screen) fn is_down(&self) -> bool {
        matches!(
            self.status.as_ref().map(Status::state),
            Some(State::Crashed | State::CrashLooping | State::Foreign)
        )
    }

    /// The process that has the daemon's PID file and may be the daemon or not.
    pub(super) fn foreign(&self) -> Option<i32> {
        match &self.status {
            Some(Status::Foreign(foreign)) if !foreign.certain => Some(foreign.pid),
            Some(_) | None => None,
        }
    }
}
