//! What is done with several daemons: each under its own lock as ever, in the order in which they
//! need each other, and as many at once as that allows.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use super::lifecycle::{Failure, Started};
use super::{look, looker};
use crate::model::config::{Config, Managed, after_of};
use crate::model::life::judge::judge;
use crate::model::life::report::Report;

/// What became of a daemon.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It was done.
    Done(T),
    /// It was not.
    Failed(Failure),
    /// It was not begun, because this one that it needs does not run.
    Needs(String),
    /// It was not begun, because the command was interrupted.
    Interrupted,
}

impl<T> Outcome<T> {
    fn of(done: Result<T, Failure>) -> Self {
        done.map_or_else(Self::Failed, Self::Done)
    }
}

/// The daemons that are meant, by their numbers in the configuration, and when to stop going on.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations)] // It holds a call.
pub struct Walk<'a> {
    /// All of them.
    pub config: &'a Config,
    /// Those that are meant.
    pub meant: &'a [usize],
    /// Whether nothing more is to be begun.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
}

impl Walk<'_> {
    /// Starts them, each when what it needs is ready. `told` hears of each.
    pub fn start(
        &self,
        how: impl Fn(&Managed) -> Result<Started, Failure> + Sync,
        told: impl Fn(&Managed, &Outcome<Started>) + Sync,
    ) -> Vec<Outcome<Started>> {
        let after = after_of(self.config.daemons.iter());
        self.each(
            |one| after[one].clone(),
            |managed, needed| match needed.iter().find(|(_, runs)| !runs) {
                Some((name, _)) => Outcome::Needs(name.clone()),
                None => Outcome::of(how(managed)),
            },
            |outcome| match outcome {
                Outcome::Done(_) | Outcome::Failed(Failure::AlreadyRunning { .. }) => true,
                Outcome::Failed(_) | Outcome::Needs(_) | Outcome::Interrupted => false,
            },
            told,
        )
    }

    /// Does something with them, each after those that need it.
    pub fn in_reverse<T: Send>(
        &self,
        what: impl Fn(&Managed) -> Result<T, Failure> + Sync,
        told: impl Fn(&Managed, &Outcome<T>) + Sync,
    ) -> Vec<Outcome<T>> {
        let after = after_of(self.config.daemons.iter());
        let needs = |one: usize| {
            let all = 0..after.len();
            all.filter(|other| after[*other].contains(&one)).collect()
        };
        self.each(
            needs,
            |managed, _| Outcome::of(what(managed)),
            |_| true,
            told,
        )
    }

    /// Does something with each of them once all that `before` names, of those that are meant, is
    /// done; `act` is told how that went.
    fn each<T: Send>(
        &self,
        before: impl Fn(usize) -> Vec<usize> + Sync,
        act: impl Fn(&Managed, &[(String, bool)]) -> Outcome<T> + Sync,
        is_good: impl Fn(&Outcome<T>) -> bool + Sync,
        told: impl Fn(&Managed, &Outcome<T>) + Sync,
    ) -> Vec<Outcome<T>> {
        let daemons = &self.config.daemons;
        let went: Mutex<Vec<Option<bool>>> = Mutex::new(vec![None; daemons.len()]);
        let lock = || went.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = Condvar::new();
        let one = |number: usize| {
            let needed: Vec<usize> = before(number)
                .into_iter()
                .filter(|one| self.meant.contains(one))
                .collect();
            let is_open =
                |went: &mut Vec<Option<bool>>| needed.iter().any(|one| went[*one].is_none());
            let known = changed
                .wait_while(lock(), is_open)
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let how = |one: &usize| (daemons[*one].id.clone(), known[*one] == Some(true));
            let needed: Vec<_> = needed.iter().map(how).collect();
            let managed = &daemons[number];
            let outcome = if (self.is_over)() {
                Outcome::Interrupted
            } else {
                act(managed, &needed)
            };
            told(managed, &outcome);
            lock()[number] = Some(is_good(&outcome));
            changed.notify_all();
            outcome
        };
        thread::scope(|scope| {
            let one = &one;
            let threads: Vec<_> = self
                .meant
                .iter()
                .map(|number| scope.spawn(move || one(*number)))
                .collect();
            let join = |thread: thread::ScopedJoinHandle<'_, Outcome<T>>| thread.join().ok();
            threads.into_iter().filter_map(join).collect()
        })
    }
}

/// The names of those that run.
pub fn running(config: &Config, numbers: impl Iterator<Item = usize>) -> Vec<String> {
    let runs = |managed: &&Managed| judge(&look::observe(&managed.daemon)).alive().is_some();
    let running = numbers.map(|number| &config.daemons[number]).filter(runs);
    running.map(|managed| managed.id.clone()).collect()
}

/// One look at each of them. Those that are asked for their health are looked at at once.
pub fn reports(daemons: &[&Managed]) -> Vec<Report> {
    const AT_ONCE: usize = 32;
    if daemons.iter().all(|managed| managed.health.is_none()) {
        return daemons
            .iter()
            .map(|managed| looker::look_at(managed))
            .collect();
    }
    let mut reports = Vec::new();
    for some in daemons.chunks(AT_ONCE) {
        thread::scope(|scope| {
            let looks: Vec<_> = some
                .iter()
                .map(|managed| scope.spawn(|| looker::look_at(managed)))
                .collect();
            reports.extend(looks.into_iter().filter_map(|look| look.join().ok()));
        });
    }
    reports
}
