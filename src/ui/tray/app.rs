//! Between the daemon and the screen: the machine is fed with looks and clicks, its effects
//! are done, and the view is sent on when it has changed.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::event_loop::{self, Proxy};
use crate::app::autostart::{self, Edited, Item, Wanted};
use crate::app::lifecycle::{self, Failure, Force, Launching};
use crate::app::monitor::{Monitor, News};
use crate::app::settings::{SettingsError, Watched};
use crate::app::{capture, look};
use crate::model::config::{Config, Daemon};
use crate::model::life::judge::judge;
use crate::model::life::observation::Observation;
use crate::model::screen::command::{Command, Operation, Switch, Target};
use crate::model::screen::machine::{Effect, Input, Machine};
use crate::model::screen::notice::Action;
use crate::model::screen::problem::Problem;
use crate::model::screen::view::{View, view};
use crate::os::notifier::{Answers, Notifier};
use crate::os::{config_file, desktop, log_files, opener};

/// What reaches the thread.
enum Message {
    Input(Input),
    /// What became of a click on a row with a tick, which shows its new state by itself
    /// before it is known to be so.
    Toggled(Input),
    /// The row of this number was chosen (see [`View::command`]).
    Chosen(usize),
    /// The user is about to look.
    Nudge,
    /// Something was done to the daemon.
    Done,
}

/// The running app, from outside.
pub struct App {
    sender: Sender<Message>,
    core: Arc<Mutex<Core>>,
}

impl App {
    /// Starts to watch the daemon.
    pub fn start(config: Config, file: Watched, proxy: Proxy, is_demo: bool) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let click = sender.clone();
        let shown_note = sender.clone();
        let notifier = Notifier::start(
            "InnerOS",
            Answers {
                clicked: Arc::new(move |action| {
                    let action = action.unwrap_or(Action::OpenLog);
                    send(&click, Input::Asked(action.command()));
                }),
                shown: Arc::new(move |result| send(&shown_note, Input::Notified(result))),
            },
        )?;
        let machine = Machine::new(&config);
        let core = Arc::new(Mutex::new(Core {
            config: Arc::new(config.clone()),
            shown: view(&machine),
            machine,
            notifier,
            sender: sender.clone(),
            proxy,
            is_demo,
        }));
        // A look is taken where it was made: mostly it changes nothing, and nobody else is
        // woken for it.
        let looks = Arc::clone(&core);
        let monitor = Monitor::start(config, file, move |news| {
            let input = match news {
                News::Seen(seen) => {
                    let config = Arc::clone(&lock(&looks).config);
                    keep_output_short(&config.managed.daemon, &seen);
                    Input::Observed(seen)
                }
                News::Configured(config) => {
                    tracing::info!("the configuration was changed");
                    Input::Configured(config)
                }
                News::Misconfigured(error) => misconfigured(&error),
            };
            // No look ends the tray.
            lock(&looks).take(input);
        })?;
        let brain = Brain {
            core: Arc::clone(&core),
            monitor,
        };
        thread::Builder::new()
            .name("app".into())
            .spawn(move || brain.run(&receiver))?;
        Ok(Self { sender, core })
    }

    /// To be called once there is an icon: the demo's daemon is started, if it does not run.
    pub fn appeared(&self) {
        if lock(&self.core).is_demo {
            send(&self.sender, Input::Asked(Command::Run(Operation::Start)));
        }
    }

    /// The view as it is now, for the first painting.
    pub fn view(&self) -> View {
        lock(&self.core).shown.clone()
    }

    /// Says that the configuration file cannot be used.
    pub fn misconfigured(&self, error: &SettingsError) {
        send(&self.sender, misconfigured(error));
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

    /// To be called when the user opens the app although it runs already.
    pub fn teller(&self) -> impl Fn() + Send + Sync + 'static {
        let sender = Mutex::new(self.sender.clone());
        move || send(&lock(&sender), Input::Asked(Command::Tell))
    }

    /// To be called when the tray is to quit.
    pub fn quitter(&self) -> impl Fn() + Send + Sync + 'static {
        let sender = Mutex::new(self.sender.clone());
        move || send(&lock(&sender), Input::Asked(Command::Quit))
    }
}

/// The thread of what the user does, and of what becomes of it.
struct Brain {
    core: Arc<Mutex<Core>>,
    monitor: Monitor,
}

impl Brain {
    fn run(self, receiver: &Receiver<Message>) {
        lock(&self.core).look_at_logins();
        loop {
            // Looks come once an interval; where they fail to, the view says so.
            let longest = lock(&self.core).config.tray.poll_interval * 2;
            let input = match receiver.recv_timeout(longest + Duration::from_millis(500)) {
                Ok(Message::Input(input)) => input,
                Ok(Message::Toggled(input)) => {
                    // The row has to be written, whether or not it is what was shown before.
                    lock(&self.core).take_and_paint(input);
                    continue;
                }
                Ok(Message::Chosen(row)) => match lock(&self.core).shown.command(row) {
                    Some(command) => Input::Asked(command),
                    None => continue,
                },
                Ok(Message::Nudge) => {
                    self.monitor.nudge();
                    lock(&self.core).look_at_logins();
                    continue;
                }
                Ok(Message::Done) => {
                    self.monitor.nudge();
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => Input::Waited(look::now()),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let next = lock(&self.core).take(input);
            if next == Next::Quit {
                tracing::info!("quits");
                // The monitor looks no more once its icon is gone. It may be in the middle
                // of a look, which it must be able to hand over.
                drop(self.monitor);
                lock(&self.core).proxy.quit();
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
struct Core {
    config: Arc<Config>,
    machine: Machine,
    /// What is on the screen.
    shown: View,
    notifier: Notifier,
    sender: Sender<Message>,
    proxy: Proxy,
    is_demo: bool,
}

impl Core {
    /// Feeds the machine, does its effects, and paints where that has changed the view.
    fn take(&mut self, input: Input) -> Next {
        let next = self.feed(input);
        let new = view(&self.machine);
        if self.shown != new {
            self.paint(new);
        }
        next
    }

    fn take_and_paint(&mut self, input: Input) -> Next {
        let next = self.feed(input);
        self.paint(view(&self.machine));
        next
    }

    fn feed(&mut self, input: Input) -> Next {
        if let Input::Configured(config) = &input {
            self.config = Arc::new((**config).clone());
        }
        for effect in self.machine.step(input) {
            if effect == Effect::Quit {
                return Next::Quit;
            }
            self.perform(effect);
        }
        Next::GoOn
    }

    fn paint(&mut self, view: View) {
        self.shown = view.clone();
        self.proxy.paint(view);
    }

    /// Asks the system anew: its settings can be changed behind our back.
    fn look_at_logins(&self) {
        for item in Item::ALL {
            self.work(move |config| match autostart::status(item, config) {
                Ok(status) => Some(Message::Input(Input::Login(item, Ok(status.state)))),
                Err(failure) => {
                    tracing::warn!("{}", explain(failure.hint(), failure));
                    None
                }
            });
        }
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Run(operation) => self.work(move |config| {
                let result = operate(config, operation);
                if let Err(problem) = &result {
                    tracing::warn!("could not {}: {}", operation.verb(), problem.text());
                }
                Some(Message::Input(Input::Done(operation, result)))
            }),
            Effect::Open(target) => self.work(move |config| {
                let message = open(config, target).err()?;
                tracing::warn!("{message}");
                Some(Message::Input(Input::NotOpened(message)))
            }),
            Effect::SetLogin(item, _) if self.is_demo => {
                let refused = format!("the demo's {item} does not start at login");
                pass(
                    &self.sender,
                    Message::Toggled(Input::Login(item, Err(refused))),
                );
            }
            Effect::SetLogin(item, on) => self.work(move |config| {
                let wanted = if on {
                    Wanted::Enabled
                } else {
                    Wanted::Disabled
                };
                let result = autostart::set(item, wanted, Edited::Keep, config);
                Some(Message::Toggled(Input::Login(
                    item,
                    result
                        .map(|done| done.status.state)
                        .map_err(|failure| explain(failure.hint(), failure)),
                )))
            }),
            Effect::Write(switch, on) => self.work(move |config| {
                Some(Message::Toggled(Input::Switched(
                    switch,
                    write_switch(&config.config_file, switch, on),
                )))
            }),
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

/// The tray is there all day, so it keeps the daemon's capture file short.
fn keep_output_short(daemon: &Daemon, seen: &Observation) {
    if judge(seen).alive().is_some()
        && let Err(error) = capture::keep_short(daemon)
    {
        tracing::warn!("{error}: {}", error.source);
    }
}

fn operate(config: &Config, operation: Operation) -> Result<(), Problem> {
    // The tray may be a unit of the session; the daemon must outlive it.
    let how = Launching {
        before_run: Some(&desktop::leave_unit),
        ..Launching::default()
    };
    let result = match operation {
        Operation::Start => match lifecycle::start(&config.managed, how) {
            // Somebody else was faster: what was asked for is so.
            Err(Failure::AlreadyRunning { .. }) => Ok(()),
            result => result.map(drop),
        },
        Operation::Stop => match lifecycle::stop(&config.managed, None, Force::No) {
            Err(Failure::NotRunning { .. }) => Ok(()),
            result => result.map(drop),
        },
        Operation::Restart => lifecycle::restart(&config.managed, how).map(drop),
    };
    result.map_err(|failure| Problem {
        why: failure.why().map(str::to_owned),
        way_out: failure.hint(),
        what: explain(None, failure),
    })
}

/// An error with its causes, and the way out on a line of its own.
fn explain(hint: Option<String>, error: impl Into<anyhow::Error>) -> String {
    let message = super::message(&error.into());
    match hint {
        Some(hint) if !hint.is_empty() => format!("{message}\n{hint}"),
        Some(_) | None => message,
    }
}

fn open(config: &Config, target: Target) -> Result<(), String> {
    let daemon = &config.managed.daemon;
    let opened = match target {
        Target::RecentLog => {
            let newest = log_files::newest(&daemon.logs_dir).map_err(|error| error.to_string())?;
            let log = newest.or_else(|| Some(daemon.output_file()).filter(|path| path.exists()));
            let Some(path) = log else {
                return Err(format!("no logs in '{}'", daemon.logs_dir.display()));
            };
            opener::open_in(path, event_loop::LOG_VIEWER)
        }
        Target::LogsFolder if !daemon.logs_dir.is_dir() => {
            return Err(format!(
                "there is no logs folder '{}'",
                daemon.logs_dir.display()
            ));
        }
        Target::LogsFolder => opener::open(&daemon.logs_dir),
        Target::Dashboard => match &config.managed.dashboard_url {
            Some(url) => opener::open(url),
            None => return Err("no dashboard URL is configured".into()),
        },
        Target::Configuration => {
            if !config.config_file.exists() {
                config_file::create(&config.config_file, crate::model::config::TEMPLATE, false)
                    .map_err(|error| error.to_string())?;
            }
            opener::open(&config.config_file)
        }
    };
    opened.map_err(|error| format!("cannot open it: {error}"))
}

fn write_switch(path: &Path, switch: Switch, on: bool) -> Result<bool, String> {
    config_file::set_bool(path, "notifications", switch.key(), on)
        .map(|()| on)
        .map_err(|error| error.to_string())
}

/// What the menu says of a configuration that cannot be used.
fn misconfigured(error: &SettingsError) -> Input {
    let message = explain(None, anyhow::anyhow!("{error}"));
    tracing::warn!("{message}");
    Input::Misconfigured(message)
}

fn send(sender: &Sender<Message>, input: Input) {
    pass(sender, Message::Input(input));
}

fn pass(sender: &Sender<Message>, message: Message) {
    // The thread is gone only when the tray quits: nothing is left to be told.
    let _ = sender.send(message);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
