//! `inneros daemon run` for several daemons.

use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, Scope};

use super::super::output::{Answer, Printer, Refusal};
use super::super::refusal::refusal;
use super::super::run::{Herald, tell, teller};
use crate::app::capture;
use crate::app::known::Teller;
use crate::app::lifecycle::Failure;
use crate::app::settings::Source;
use crate::app::supervise::{self, Asker, Ended, Progress, Run};
use crate::model::config::{Config, after_of};
use crate::model::fleet::order;
use crate::model::fleet::run::{Next, RunPlan};
use crate::model::life::record::Exit;
use crate::model::words;
use crate::os::process::Signal;
use crate::os::{service_manager, signals};

/// What a run of several is told.
enum Event {
    Signal(i32),
    /// One of them runs, and is ready.
    Runs(usize),
    /// The run of one is over.
    Over(usize, Result<Ended, Failure>),
}

/// A run of several in one process: each is started once what it needs is ready, and supervised as
/// if it were alone.
pub fn run(
    config: &Config,
    numbers: &[usize],
    source: &Source,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let (sender, events) = channel();
    let told = sender.clone();
    signals::on_end(move |signal| drop(told.send(Event::Signal(signal))))
        .map_err(|error| Refusal::new(1, &error))?;
    if let Err(error) = capture::keep_said_short() {
        printer.warn(&format!("{error}: {}", error.source));
    }
    supervise::reap_orphans().map_err(|error| Refusal::new(1, &error))?;
    let after = after_of(config.daemons.iter());
    let numbers = order::needed(&after, numbers);
    let teller = teller(config, source, printer)?;
    let mut fleet = Fleet {
        config,
        printer,
        teller: &teller,
        herald: Herald::start(),
        plan: RunPlan::new(after, &numbers),
        askers: BTreeMap::new(),
        asked: None,
        is_ready: false,
        failed: Vec::new(),
    };
    thread::scope(|scope| {
        fleet.go_on(scope, &sender);
        while !fleet.plan.is_over() {
            // This one holds a sender itself.
            let Ok(event) = events.recv() else { break };
            fleet.hear(event);
            fleet.go_on(scope, &sender);
        }
    });
    fleet.herald.say(&service_manager::stopping());
    fleet.herald.finish();
    let answer = fleet.answer(numbers.len());
    teller.finish();
    Ok(answer)
}

struct Fleet<'a> {
    config: &'a Config,
    printer: &'a Printer,
    teller: &'a Teller,
    herald: Herald,
    plan: RunPlan,
    /// Of each whose run has begun, and was not asked to end.
    askers: BTreeMap<usize, Asker>,
    /// The signal that ends all of it, once there was one.
    asked: Option<i32>,
    /// Whether it was told that all that can run does.
    is_ready: bool,
    failed: Vec<String>,
}

impl<'a> Fleet<'a> {
    fn hear(&mut self, event: Event) {
        match event {
            Event::Signal(signal) if signal == Signal::HUP.as_raw() => {
                self.askers.values().for_each(|asker| asker.ask(signal));
            }
            Event::Signal(signal) => self.asked = Some(signal),
            Event::Runs(one) => self.plan.runs(one),
            Event::Over(one, Err(failure @ Failure::AlreadyRunning { .. })) => {
                self.plan.runs_elsewhere(one);
                self.say(one, &refusal(&failure).message);
            }
            Event::Over(one, ended) => {
                self.plan.is_over_for(one);
                self.askers.remove(&one);
                match ended {
                    Ok(ended) => self.over(one, &ended),
                    Err(failure) => self.fail(one, &refusal(&failure).message),
                }
            }
        }
    }

    fn over(&mut self, one: usize, ended: &Ended) {
        match ended {
            Ended::Asked | Ended::Stopped => self.say(one, "stopped"),
            Ended::ByItself(Some(exit @ Exit::Code(0))) => {
                self.say(one, &format!("ended by itself: {}", words::exit(*exit)));
            }
            Ended::ByItself(exit) => {
                let how = exit.map_or(String::new(), |exit| format!(": {}", words::exit(exit)));
                self.fail(one, &format!("ended by itself{how}"));
            }
            Ended::GivenUp { starts, window, .. } => {
                let starts = words::starts(*starts, *window);
                self.fail(
                    one,
                    &format!("crash-looping: {starts}; it is not started again"),
                );
            }
        }
    }

    /// Does what is to be done now.
    fn go_on<'s>(&mut self, scope: &'s Scope<'s, '_>, sender: &Sender<Event>)
    where
        'a: 's,
    {
        if let Some(signal) = self.asked {
            for one in self.plan.to_end() {
                if let Some(asker) = self.askers.remove(&one) {
                    asker.ask(signal);
                }
            }
            return;
        }
        for next in self.plan.go_on() {
            match next {
                Next::Begin(one) => self.begin(one, scope, sender.clone()),
                Next::Needs(one, other) => {
                    let other = &self.config.daemons[other].id;
                    self.fail(
                        one,
                        &format!("not started: it needs {other}, which is not running"),
                    );
                }
            }
        }
        if !self.is_ready && self.plan.is_settled() {
            self.is_ready = true;
            self.herald.say(&service_manager::ready());
        }
    }

    fn begin<'s>(&mut self, one: usize, scope: &'s Scope<'s, '_>, sender: Sender<Event>)
    where
        'a: 's,
    {
        let (managed, printer) = (&self.config.daemons[one], self.printer);
        let (teller, herald) = (self.teller, self.herald.clone());
        let run = Run::default();
        self.askers.insert(one, run.asker());
        scope.spawn(move || {
            let ended = run.run(managed, |progress| {
                teller.changed();
                let said = tell(&managed.daemon.name, progress);
                printer.progress(&said);
                herald.say(&service_manager::status(&said));
                if let Progress::Running { .. } = progress {
                    // Nobody listens any more at the end.
                    let _ = sender.send(Event::Runs(one));
                }
            });
            let _ = sender.send(Event::Over(one, ended));
        });
    }

    fn say(&self, one: usize, what: &str) {
        let said = format!("{} {what}", self.config.daemons[one].daemon.name);
        self.printer.progress(&said);
        self.herald.say(&service_manager::status(&said));
    }

    fn fail(&mut self, one: usize, why: &str) {
        let said = format!("{}: {why}", self.config.daemons[one].daemon.name);
        self.printer.progress(&said);
        self.herald.say(&service_manager::status(&said));
        self.failed.push(said);
    }

    fn answer(self, all: usize) -> Answer {
        let is_well = self.failed.is_empty();
        let message = match self.failed.len() {
            0 => format!("all {all} have ended"),
            failed => format!("{failed} of {all} failed; {}", self.failed.join("; ")),
        };
        Answer {
            code: u8::from(!is_well),
            success: is_well,
            message,
            ..Answer::default()
        }
    }
}
