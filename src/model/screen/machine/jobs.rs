//! How a look at the jobs changes the machine, and what is asked for them.

use super::{By, Effect, Machine};
use crate::model::screen::job_command::{JobCommand, JobId};
use crate::model::screen::jobs::JobSeen;

impl Machine {
    pub(super) fn jobs_observed(&mut self, seen: Vec<JobSeen>) -> Vec<Effect> {
        let before = self.jobs.told().clone();
        let news = self.jobs.observe(seen);
        let mut effects = match news {
            Some(news) => {
                self.told_job = news.job;
                let by = news.job.filter(|_| news.stands).map_or(By::Jobs, By::Job);
                self.notify(by, news.notice)
            }
            None => self.withdraw_told_job(),
        };
        if before != *self.jobs.told() {
            effects.push(Effect::Remember(self.jobs.told().clone()));
        }
        effects
    }

    /// Withdraws what was announced about a job that has become well.
    fn withdraw_told_job(&mut self) -> Vec<Effect> {
        match self.note.as_ref().map(|note| note.by) {
            Some(By::Job(id)) if !self.jobs.is_wrong(id) => self.withdraw(&[By::Job(id)]),
            Some(_) | None => Vec::new(),
        }
    }

    pub(super) fn ask_job(&mut self, id: JobId, command: JobCommand) -> Vec<Effect> {
        let Some(name) = self.jobs.name(id).map(str::to_owned) else {
            return Vec::new();
        };
        if command == JobCommand::Run {
            self.jobs.ask(id);
        }
        vec![Effect::Job(name, command)]
    }

    pub(super) fn ask_told_job(&mut self, command: JobCommand) -> Vec<Effect> {
        match self.told_job {
            Some(id) => self.ask_job(id, command),
            None => Vec::new(),
        }
    }
}
