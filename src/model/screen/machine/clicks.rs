//! What the user asks for, and what comes of it.

use super::{By, Effect, Failed, Machine, Note, is_on};
use crate::model::life::status::Status;
use crate::model::screen::command::{Command, Operation, Target};
use crate::model::screen::job_command::JobCommand;
use crate::model::screen::notice::{self, Action, Notice};
use crate::model::screen::problem::Problem;
use crate::model::screen::view::summary;
use crate::model::text::first_upper;
use crate::model::words;

impl Machine {
    pub(super) fn asked(&mut self, command: Command) -> Vec<Effect> {
        match command {
            // A second click while the first is at work would only wait behind it.
            Command::Run(_) | Command::Forget | Command::StopAndQuit if self.busy.is_some() => {
                Vec::new()
            }
            Command::Run(operation) => self.begin(operation),
            // It is for the fleet to know which those are.
            Command::All(_) => Vec::new(),
            Command::Cancel => match self.busy {
                Some(Operation::Start | Operation::Restart) => vec![Effect::Cancel],
                Some(Operation::Stop | Operation::ForceStop | Operation::Forget(_)) | None => {
                    Vec::new()
                }
            },
            Command::AskToForget => self.ask_to_forget(),
            Command::Forget => match self.foreign() {
                Some(pid) if self.forgetting == Some(pid) => self.begin(Operation::Forget(pid)),
                Some(_) | None => Vec::new(),
            },
            Command::Open(target) => vec![Effect::Open(self.place(target))],
            Command::Toggle(switch) => vec![Effect::Write(switch, !switch.is_on(self.switches))],
            Command::ToggleLogin(item) => {
                let on = self.login(item).is_some_and(is_on);
                vec![Effect::SetLogin(item, !on)]
            }
            Command::Job(id, command) => self.ask_job(id, command),
            Command::ToldJob(command) => self.ask_told_job(command),
            Command::Tell => self.tell(),
            Command::Follow => self.follow(),
            // Cut short, it would leave the daemon stopped. Who asks twice means it.
            Command::Quit if self.busy == Some(Operation::Restart) && !self.quit_when_done => {
                self.quit_when_done = true;
                Vec::new()
            }
            Command::Quit => vec![Effect::Quit],
            Command::StopAndQuit => {
                self.quit_when_done = true;
                self.begin(Operation::Stop)
            }
        }
    }

    /// The log that matters is the one that what is shown comes from.
    fn place(&self, target: Target) -> Target {
        let place = self.failed.as_ref().and_then(|failed| failed.problem.place);
        let is_printed = self.said.logged.is_none() && self.said.last_line.is_some();
        match target {
            Target::Log if place == Some(Target::Output) || is_printed => Target::Output,
            Target::Log
            | Target::Output
            | Target::LogsFolder
            | Target::Dashboard
            | Target::Configuration => target,
        }
    }

    /// What stands is told again as it was; a state that is wrong, with all that is known of it.
    fn tell(&mut self) -> Vec<Effect> {
        if let Some(Note {
            notice,
            by: By::Look | By::Operation | By::Click | By::Job(_),
            ..
        }) = &self.note
        {
            return vec![Effect::Notify(notice.clone())];
        }
        let now = self.now.map(|now| now.wall);
        let said = now
            .map(|now| words::said(&self.said, now))
            .unwrap_or_default();
        let status = self.status.as_ref().filter(|_| self.busy.is_none());
        match status.and_then(|status| notice::standing(&self.name, status, &said)) {
            Some(notice) => self.notify(By::Look, notice),
            None => self.notify(By::Talk, summary(self)),
        }
    }

    fn follow(&mut self) -> Vec<Effect> {
        // It has been seen, and is gone.
        match self.note.take().map(|note| note.by) {
            Some(By::Configuration) if !self.is_demo() => vec![Effect::Open(Target::Configuration)],
            Some(By::Job(_) | By::Jobs) => self.ask_told_job(JobCommand::OpenOutput),
            Some(By::Configuration | By::Click) => Vec::new(),
            Some(By::Look | By::Operation | By::Talk) | None => {
                vec![Effect::Open(self.place(Target::Log))]
            }
        }
    }

    fn ask_to_forget(&mut self) -> Vec<Effect> {
        let Some(Status::Foreign(foreign)) = &self.status else {
            return Vec::new();
        };
        let notice = Notice {
            title: format!("Forget pid {}?", foreign.pid),
            body: format!(
                "{}\nOnly the PID file is removed; the process is left alone.",
                first_upper(&foreign.sentence())
            ),
            urgent: false,
            actions: &[Action::Forget],
        };
        self.forgetting = Some(foreign.pid);
        self.notify(By::Talk, notice)
    }

    pub(in crate::model::screen) fn begin(&mut self, operation: Operation) -> Vec<Effect> {
        self.busy = Some(operation);
        vec![Effect::Run(operation)]
    }

    pub(super) fn done(
        &mut self,
        operation: Operation,
        result: Result<(), Problem>,
    ) -> Vec<Effect> {
        (self.busy, self.waiting) = (None, None);
        self.settling = true;
        let quit = std::mem::take(&mut self.quit_when_done);
        let held = self.held.take().filter(|_| self.is_down());
        match (result, held) {
            (Ok(()), _) if quit => vec![Effect::Quit],
            (Ok(()), held) => {
                (self.failed, self.click_failed, self.overdue) = (None, None, None);
                // It went well, and the daemon was gone again before that was known.
                if let Some(notice) = held {
                    return self.notify(By::Look, notice);
                }
                // What was wrong has been put right by what the user did.
                let mut over = vec![By::Look, By::Operation, By::Click, By::Talk];
                // What the demo says is worth reading once it runs, too.
                over.extend((!self.is_demo()).then_some(By::Configuration));
                self.withdraw(&over)
            }
            (Err(problem), _) => {
                let is_stop = matches!(operation, Operation::Stop | Operation::ForceStop);
                self.overdue = self.alive().filter(|_| is_stop);
                let notice = Notice {
                    title: format!("{} did not {}", self.name, operation.verb()),
                    body: problem.text(),
                    urgent: true,
                    actions: remedies(operation, &problem),
                };
                self.failed = Some(Failed {
                    operation,
                    problem,
                    process: self.process(),
                });
                let mut effects = self.notify(By::Operation, notice);
                // A daemon that could not be stopped is not left behind.
                effects.extend((quit && operation != Operation::Stop).then_some(Effect::Quit));
                effects
            }
        }
    }
}

/// What can be done about an operation that failed.
fn remedies(operation: Operation, problem: &Problem) -> &'static [Action] {
    match (operation, problem.place) {
        (Operation::Stop | Operation::ForceStop, _) => &[Action::ForceStop, Action::OpenLog],
        (Operation::Forget(_), _) => &[],
        (Operation::Start | Operation::Restart, Some(Target::Output)) => {
            &[Action::Start, Action::OpenOutput]
        }
        (Operation::Start | Operation::Restart, Some(Target::Configuration)) => {
            &[Action::OpenConfiguration]
        }
        (
            Operation::Start | Operation::Restart,
            Some(Target::Log | Target::LogsFolder | Target::Dashboard) | None,
        ) => &[Action::Start, Action::OpenLog],
    }
}
