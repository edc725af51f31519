//! The fleet behind the screen, and its effects.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use super::message::{Message, pass};
use super::others::Others;
use super::{jobs, work};
use crate::app::autostart::{self, AtLogin, Wanted};
use crate::app::settings::Source;
use crate::model::config::Config;
use crate::model::screen::command::{AllOperation, Command, DaemonId, Operation};
use crate::model::screen::fleet::{Fleet, FleetEffect, Whom};
use crate::model::screen::hold::Hold;
use crate::model::screen::machine::{Effect, Input};
use crate::model::screen::problem::Problem;
use crate::model::screen::view::{View, fleet};
use crate::os::notifier::Notifier;
use crate::os::{job_files, process};

/// Where views are shown: a handle on it, from any thread. Neither call waits.
pub trait Screen: Send + 'static {
    /// Has this shown from now on.
    fn paint(&self, view: View);
    /// Ends it: nothing more will come.
    fn quit(&self);
}

/// Whether the tray goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    GoOn,
    Quit,
}

/// The fleet, and what its effects need. Nothing that is done with it takes its time.
pub struct Shared<S> {
    /// Who is told what is seen; nobody in the demo.
    pub others: Option<Others>,
    pub config: Arc<Config>,
    pub source: Source,
    pub fleet: Fleet,
    /// What is on the screen.
    pub shown: View,
    pub notifier: Notifier,
    pub sender: Sender<Message>,
    pub screen: S,
    pub menu: Hold,
    /// Of each daemon, whether the start that is under way is to be given up.
    pub cancelled: Vec<Arc<AtomicBool>>,
}

impl<S: Screen> Shared<S> {
    /// Feeds the fleet, does its effects, and paints where that has changed the view.
    pub fn take(&mut self, whom: &Whom, input: Input) -> Next {
        let next = self.feed(whom, input);
        self.menu = self.menu.at(process::boot_clock());
        let new = self.view();
        if self.shown != new {
            self.paint(new);
        }
        next
    }

    /// For how long nothing need come before something is to be done.
    pub fn wait(&self) -> Duration {
        // Looks come once an interval; where they fail to, the view says so.
        let longest = self.config.tray.poll_interval * 2 + Duration::from_millis(500);
        let held = self.menu.left(process::boot_clock());
        held.map_or(longest, |held| held.min(longest))
    }

    /// What the row of this number asks for. A menu closes with the choice.
    pub fn chosen(&mut self, row: usize) -> Option<(Whom, Command)> {
        let menu = std::mem::take(&mut self.menu);
        if !menu.takes_a_choice(process::boot_clock()) {
            tracing::info!("the rows had just moved: the click was ignored");
            return None;
        }
        let (daemon, command) = self.shown.choice(row)?;
        let of = |DaemonId(number): DaemonId| self.config.daemons.get(number);
        Some(match daemon {
            Some(daemon) => (Whom::One(of(daemon)?.id.clone()), command),
            None => (Whom::All, command),
        })
    }

    pub fn take_and_paint(&mut self, input: Input) -> Next {
        let next = self.feed(&Whom::All, input);
        self.paint(self.view());
        next
    }

    fn view(&self) -> View {
        let new = fleet::view(&self.fleet);
        if self.menu.holds() {
            return new.held(&self.shown);
        }
        new
    }

    /// The view for a menu that opens now, and has been closed before.
    pub fn open(&mut self) -> View {
        self.shown = fleet::view(&self.fleet);
        self.menu = Hold::Opened(process::boot_clock());
        self.shown.clone()
    }

    fn feed(&mut self, whom: &Whom, input: Input) -> Next {
        if let Input::Configured(config) = &input {
            self.config = Arc::new((**config).clone());
            self.cancelled
                .resize_with(config.daemons.len(), Arc::default);
        }
        for effect in self.fleet.step(whom, input) {
            match effect {
                FleetEffect::One(_, Effect::Quit) => return Next::Quit,
                FleetEffect::One(daemon, effect) => self.perform(daemon, effect),
                FleetEffect::All(operation, daemons) => self.perform_all(operation, &daemons),
            }
        }
        Next::GoOn
    }

    fn paint(&mut self, view: View) {
        if !view.has_the_rows_of(&self.shown) {
            self.menu = self.menu.moved(process::boot_clock());
        }
        self.shown = view.clone();
        self.screen.paint(view);
    }

    /// Asks the system anew: its settings can be changed behind our back.
    pub fn look_at_logins(&self) {
        for item in AtLogin::ALL {
            self.work(move |config| match autostart::status(item, config) {
                Ok(status) => Some(Message::Input(Whom::All, Input::Login(item, status.state))),
                Err(failure) => {
                    tracing::warn!("{}", work::explain(failure.hint(), &failure));
                    None
                }
            });
        }
    }

    /// Does something to several daemons, each when it is its turn.
    fn perform_all(&self, operation: AllOperation, daemons: &[DaemonId]) {
        let meant: Vec<usize> = daemons.iter().map(|DaemonId(number)| *number).collect();
        let cancelled = self.cancelled.clone();
        for number in &meant {
            cancelled[*number].store(false, Ordering::Relaxed);
        }
        let sender = self.sender.clone();
        self.work(move |config| {
            work::operate_all(
                config,
                operation,
                &meant,
                &cancelled,
                |managed, operation, result| {
                    tell_of(&managed.daemon.name, operation, &result);
                    let whom = Whom::One(managed.id.clone());
                    pass(
                        &sender,
                        Message::Input(whom, Input::Done(operation, result)),
                    );
                    pass(&sender, Message::Done);
                },
            );
            None
        });
    }

    fn perform(&self, DaemonId(number): DaemonId, effect: Effect) {
        let managed = &self.config.daemons[number];
        let whom = Whom::One(managed.id.clone());
        match effect {
            Effect::Run(operation) => {
                let cancelled = Arc::clone(&self.cancelled[number]);
                cancelled.store(false, Ordering::Relaxed);
                let sender = self.sender.clone();
                let managed = managed.clone();
                self.work(move |_| {
                    let is_cancelled = || cancelled.load(Ordering::Relaxed);
                    let waits =
                        |who| pass(&sender, Message::Input(whom.clone(), Input::Waiting(who)));
                    let result = work::operate(&managed, operation, &is_cancelled, &waits);
                    tell_of(&managed.daemon.name, operation, &result);
                    Some(Message::Input(whom.clone(), Input::Done(operation, result)))
                });
            }
            Effect::Cancel => self.cancelled[number].store(true, Ordering::Relaxed),
            Effect::Open(target) => {
                let managed = managed.clone();
                self.work(move |config| {
                    let result = work::open(config, &managed, target);
                    if let Err(message) = &result {
                        tracing::warn!("{message}");
                    }
                    Some(Message::Input(whom, Input::Opened(target, result)))
                });
            }
            Effect::SetLogin(item, on) => self.work(move |config| {
                let wanted = if on {
                    Wanted::Enabled
                } else {
                    Wanted::Disabled
                };
                let result = autostart::set(item, wanted, autostart::Edited::Keep, config);
                Some(Message::Toggled(Input::LoginSet(
                    item,
                    result
                        .map(|done| done.status.state)
                        .map_err(|failure| work::explain(failure.hint(), &failure)),
                )))
            }),
            Effect::Write(switch, on) => self.work(move |config| {
                Some(Message::Toggled(Input::Switched(
                    switch,
                    work::write_switch(&config.config_file, switch, on),
                )))
            }),
            Effect::Job(name, command) => {
                let source = self.source.clone();
                self.work(move |_| {
                    let result = jobs::obey(&source, &name, command);
                    if let Err(message) = &result {
                        tracing::warn!("could not {} {name}: {message}", command.verb());
                    }
                    Some(Message::Input(
                        Whom::All,
                        Input::JobDone(name, command, result),
                    ))
                });
            }
            Effect::Remember(told) => {
                if let Err(error) = job_files::write_told(&self.config.home, &told) {
                    tracing::warn!("{error}: {}", error.source);
                }
            }
            Effect::Notify(notice) => {
                tracing::info!("notifies: {}: {}", notice.title, notice.body);
                self.notifier.notify(notice);
            }
            Effect::Withdraw => self.notifier.withdraw(),
            // Handled by whoever has the thread.
            Effect::Quit => {}
        }
    }

    /// Does something that may take its time on a thread of its own.
    fn work(&self, job: impl FnOnce(&Config) -> Option<Message> + Send + 'static) {
        let config = Arc::clone(&self.config);
        let sender = self.sender.clone();
        let started = thread::Builder::new().name("work".into()).spawn(move || {
            if let Some(message) = job(&config) {
                pass(&sender, message);
            }
            // What was done shows at once.
            pass(&sender, Message::Done);
        });
        if let Err(error) = started {
            tracing::error!("cannot make a thread: {error}");
        }
    }
}

fn tell_of(name: &str, operation: Operation, result: &Result<(), Problem>) {
    if let Err(problem) = result {
        tracing::warn!("could not {} {name}: {}", operation.verb(), problem.text());
    }
}

/// Of each daemon, whether its start is to be given up.
pub fn flags(daemons: usize) -> Vec<Arc<AtomicBool>> {
    (0..daemons).map(|_| Arc::default()).collect()
}
