//! Between the daemons and the screen: feeds the fleet with looks and clicks, carries out its
//! effects, and sends the view on when it has changed.
//!
//! It paints nothing: its [`Screen`] may be a tray, or anything else that can show a view.

mod jobs;
mod others;
mod work;

pub use work::message;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use self::others::Others;
use crate::app::autostart::{self, AtLogin, Wanted};
use crate::app::look;
use crate::app::monitor::{Monitor, News};
use crate::app::settings::{SettingsError, Source, Watched};
use crate::model::config::Config;
use crate::model::screen::command::{AllOperation, Command, DaemonId, Operation};
use crate::model::screen::fleet::{Fleet, FleetEffect, Whom};
use crate::model::screen::hold::Hold;
use crate::model::screen::machine::{Effect, Input};
use crate::model::screen::notice::{self, Action, Notice};
use crate::model::screen::problem::Problem;
use crate::model::screen::view::{View, fleet};
use crate::os::job_files;
use crate::os::notifier::{Notifier, NotifierCalls};
use crate::os::process;

/// Where views are shown: a handle on it, from any thread. Neither call waits.
pub trait Screen: Send + 'static {
    /// Has this shown from now on.
    fn paint(&self, view: View);
    /// Ends it: nothing more will come.
    fn quit(&self);
}

/// What reaches the thread.
enum Message {
    Input(Whom, Input),
    /// What became of a click on a row with a tick, which shows its new state by itself
    /// before it is known to be so.
    Toggled(Input),
    /// The row of this number was chosen (see [`View::choice`]).
    Chosen(usize),
    /// A notification was clicked, which asks for this.
    Clicked(Command),
    /// The user opened the app although it runs already, and is to be told this, if anything,
    /// in the place of how the daemon is.
    Opened(Option<Notice>),
    /// The user is about to look.
    Nudge,
    /// The menu was opened or closed.
    Menu {
        is_open: bool,
    },
    /// Something was done to the daemon.
    Done,
}

/// What drives a screen, from outside.
pub struct Driver<S> {
    sender: Sender<Message>,
    shared: Arc<Mutex<Shared<S>>>,
}

impl<S: Screen> Driver<S> {
    /// Starts to watch the daemon.
    pub fn start(config: Config, file: Watched, screen: S, is_demo: bool) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let click = sender.clone();
        let shown_note = sender.clone();
        let notifier = Notifier::start(
            "InnerOS",
            NotifierCalls {
                clicked: Arc::new(move |action| {
                    let command = action.map_or(Command::Follow, Action::command);
                    pass(&click, Message::Clicked(command));
                }),
                shown: Arc::new(move |result| send(&shown_note, Input::Notified(result))),
            },
        )?;
        let told = job_files::read_told(&config.home);
        let others = if is_demo {
            None
        } else {
            Some(Others::start(&config, file.source().clone())?)
        };
        let fleet = Fleet::new(&config, is_demo, told);
        let daemons = config.daemons.len();
        let shared = Arc::new(Mutex::new(Shared {
            others,
            config: Arc::new(config.clone()),
            source: file.source().clone(),
            shown: fleet::view(&fleet),
            fleet,
            notifier,
            sender: sender.clone(),
            screen,
            menu: Hold::Closed,
            cancelled: flags(daemons),
        }));
        // A look is taken where it was made: mostly it changes nothing, and nobody else is
        // woken for it.
        let looks = Arc::clone(&shared);
        let tell = move |news| {
            if let Some(others) = &mut lock(&looks).others {
                others.hear(&news);
            }
            let (whom, input) = match news {
                News::Seen(number, report) => {
                    let config = Arc::clone(&lock(&looks).config);
                    let managed = &config.daemons[number];
                    work::keep_output_short(&managed.daemon, &report);
                    (Whom::One(managed.id.clone()), Input::Observed(report))
                }
                News::Configured(config) => {
                    tracing::info!("the configuration was changed");
                    (Whom::All, Input::Configured(config))
                }
                News::Misconfigured(error) => (Whom::All, work::misconfigured(&error)),
                News::Jobs(jobs) => (Whom::All, Input::Jobs(jobs)),
            };
            // No look ends the tray.
            lock(&looks).take(&whom, input);
        };
        // The demo has none, and those of the user's crontab are not its.
        let monitor = if is_demo {
            Monitor::start(config, file, tell)?
        } else {
            Monitor::start_with_jobs(config, file, tell)?
        };
        let listener = Listener {
            shared: Arc::clone(&shared),
            monitor,
        };
        thread::Builder::new()
            .name("driver".into())
            .spawn(move || listener.run(&receiver))?;
        Ok(Self { sender, shared })
    }

    /// To be called once the screen is there: the demo's daemon is started, if it does not run.
    pub fn appeared(&self) {
        send(&self.sender, Input::Appeared);
    }

    /// The view as it is now, for the first painting.
    pub fn view(&self) -> View {
        lock(&self.shared).shown.clone()
    }

    /// Says that the configuration file cannot be used.
    pub fn misconfigured(&self, error: &SettingsError) {
        send(&self.sender, work::misconfigured(error));
    }

    /// To be called with the number of a row when it is chosen.
    pub fn chooser(&self) -> impl Fn(usize) + Send + Sync + 'static {
        let sender = Mutex::new(self.sender.clone());
        move |row| pass(&lock(&sender), Message::Chosen(row))
    }

    /// To be called when the user is about to look.
    pub fn nudger(&self) -> impl Fn() + Send + Sync + 'static {
        let sender = Mutex::new(self.sender.clone());
        move || pass(&lock(&sender), Message::Nudge)
    }

    /// To be called when the menu is opened, with `true`, and when it is closed again: in
    /// between its rows stay where they are.
    pub fn holder(&self) -> impl Fn(bool) + Send + Sync + 'static {
        let sender = Mutex::new(self.sender.clone());
        move |is_open| pass(&lock(&sender), Message::Menu { is_open })
    }

    /// To be called when the menu opens, if nobody tells when it closes: it gives what the
    /// menu is to show. Its rows stay where they are while it is read (see [`Hold`]).
    pub fn opener(&self) -> impl Fn() -> View + Send + Sync + 'static {
        let nudge = self.nudger();
        let shared = Arc::clone(&self.shared);
        move || {
            let view = lock(&shared).open();
            nudge();
            view
        }
    }

    /// Shows this notification.
    pub fn notify(&self, notice: Notice) {
        lock(&self.shared).notifier.notify(notice);
    }

    /// To be called when the user opens the app although it runs already.
    pub fn teller(&self) -> impl Fn() + Send + Sync + 'static {
        let tell = self.teller_of();
        move || tell(None)
    }

    /// The same with what the user is to be told in the place of how the daemon is, if there is
    /// anything.
    pub fn teller_of(&self) -> impl Fn(Option<Notice>) + Send + Sync + 'static {
        let sender = Mutex::new(self.sender.clone());
        move |notice| pass(&lock(&sender), Message::Opened(notice))
    }

    /// To be called when the tray is to quit.
    pub fn quitter(&self) -> impl Fn() + Send + Sync + 'static {
        let sender = Mutex::new(self.sender.clone());
        move || send(&lock(&sender), Input::Asked(Command::Quit))
    }
}

/// The thread of what the user does, and of what becomes of it.
struct Listener<S> {
    shared: Arc<Mutex<Shared<S>>>,
    monitor: Monitor,
}

impl<S: Screen> Listener<S> {
    fn run(self, receiver: &Receiver<Message>) {
        lock(&self.shared).look_at_logins();
        // When a notification was clicked last, by the boot clock.
        let mut clicked = None;
        loop {
            let wait = lock(&self.shared).wait();
            let (whom, input) = match receiver.recv_timeout(wait) {
                Ok(Message::Input(whom, input)) => (whom, input),
                Ok(Message::Toggled(input)) => {
                    // The row has to be written, whether or not it is what was shown before.
                    lock(&self.shared).take_and_paint(input);
                    continue;
                }
                Ok(Message::Chosen(row)) => match lock(&self.shared).chosen(row) {
                    Some((whom, command)) => (whom, Input::Asked(command)),
                    None => continue,
                },
                Ok(Message::Clicked(command)) => {
                    clicked = Some(look::now().clock);
                    (Whom::Told, Input::Asked(command))
                }
                Ok(Message::Opened(_)) if notice::is_of_a_click(clicked, look::now().clock) => {
                    continue;
                }
                Ok(Message::Opened(Some(notice))) => {
                    lock(&self.shared).notifier.notify(notice);
                    continue;
                }
                Ok(Message::Opened(None)) => (Whom::All, Input::Asked(Command::Tell)),
                Ok(Message::Nudge) => {
                    self.monitor.nudge();
                    lock(&self.shared).look_at_logins();
                    (Whom::All, Input::Viewed)
                }
                Ok(Message::Menu { is_open }) => {
                    lock(&self.shared).menu = if is_open { Hold::Open } else { Hold::Closed };
                    (Whom::All, Input::Waited(look::now()))
                }
                Ok(Message::Done) => {
                    self.monitor.nudge();
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => (Whom::All, Input::Waited(look::now())),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let next = lock(&self.shared).take(&whom, input);
            if next == Next::Quit {
                tracing::info!("quits");
                // The monitor looks no more once its icon is gone. It may be in the middle
                // of a look, which it must be able to hand over.
                drop(self.monitor);
                lock(&self.shared).screen.quit();
                return;
            }
        }
    }
}

/// Whether the tray goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    Quit,
}

/// The machine, and what its effects need. Nothing that is done with it takes its time.
struct Shared<S> {
    /// Who is told what is seen; nobody in the demo.
    others: Option<Others>,
    config: Arc<Config>,
    source: Source,
    fleet: Fleet,
    /// What is on the screen.
    shown: View,
    notifier: Notifier,
    sender: Sender<Message>,
    screen: S,
    menu: Hold,
    /// Whether the start that is under way is to be given up.
    cancelled: Vec<Arc<AtomicBool>>,
}

impl<S: Screen> Shared<S> {
    /// Feeds the machine, does its effects, and paints where that has changed the view.
    fn take(&mut self, whom: &Whom, input: Input) -> Next {
        let next = self.feed(whom, input);
        self.menu = self.menu.at(process::boot_clock());
        let new = self.view();
        if self.shown != new {
            self.paint(new);
        }
        next
    }

    /// For how long nothing need come before something is to be done.
    fn wait(&self) -> Duration {
        // Looks come once an interval; where they fail to, the view says so.
        let longest = self.config.tray.poll_interval * 2 + Duration::from_millis(500);
        let held = self.menu.left(process::boot_clock());
        held.map_or(longest, |held| held.min(longest))
    }

    /// What the row of this number asks for. A menu closes with the choice.
    fn chosen(&mut self, row: usize) -> Option<(Whom, Command)> {
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

    fn take_and_paint(&mut self, input: Input) -> Next {
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
    fn open(&mut self) -> View {
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
    fn look_at_logins(&self) {
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

fn send(sender: &Sender<Message>, input: Input) {
    pass(sender, Message::Input(Whom::All, input));
}

fn tell_of(name: &str, operation: Operation, result: &Result<(), Problem>) {
    if let Err(problem) = result {
        tracing::warn!("could not {} {name}: {}", operation.verb(), problem.text());
    }
}

/// One a daemon.
fn flags(daemons: usize) -> Vec<Arc<AtomicBool>> {
    (0..daemons).map(|_| Arc::default()).collect()
}

fn pass(sender: &Sender<Message>, message: Message) {
    // The thread is gone only when the tray quits: nothing is left to be told.
    let _ = sender.send(message);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
