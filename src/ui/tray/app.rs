//! The thread between the daemon and the screen: it has the machine, feeds it, does
//! its effects and sends the view on when it has changed.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::event_loop::{self, Proxy};
use crate::app::autostart::{self, Edited, Item, Wanted};
use crate::app::lifecycle::{self, Failure, Force, Launching};
use crate::app::look;
use crate::app::monitor::{Monitor, News};
use crate::app::settings::{SettingsError, Watched};
use crate::model::command::{Command, Operation, Switch, Target};
use crate::model::config::Config;
use crate::model::machine::{Effect, Input, Machine};
use crate::model::notice::Action;
use crate::model::problem::Problem;
use crate::model::view::{View, view};
use crate::os::notifier::{Answers, Notifier};
use crate::os::{config_file, desktop, log_files, opener};

/// What reaches the thread.
enum Message {
    Input(Input),
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
    view: Arc<Mutex<View>>,
}

impl App {
    /// Starts to watch the daemon; the demo's is started, too, if it does not run.
    pub fn start(config: Config, file: Watched, proxy: Proxy, is_demo: bool) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let machine = Machine::new(&config);
        let shown = Arc::new(Mutex::new(view(&machine)));

        let tell = sender.clone();
        let monitor = Monitor::start(config.clone(), file, move |news| {
            let input = match news {
                News::Seen(seen) => Input::Observed(seen),
                News::Configured(config) => {
                    tracing::info!("the configuration was changed");
                    Input::Configured(config)
                }
                News::Misconfigured(error) => misconfigured(&error),
            };
            send(&tell, input);
        })?;
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
        let brain = Brain {
            config: Arc::new(config),
            machine,
            monitor,
            notifier,
            sender: sender.clone(),
            proxy,
            shown: Arc::clone(&shown),
            is_demo,
        };
        if is_demo {
            send(&sender, Input::Asked(Command::Run(Operation::Start)));
        }
        thread::Builder::new()
            .name("app".into())
            .spawn(move || brain.run(&receiver))?;
        Ok(Self {
            sender,
            view: shown,
        })
    }

    /// The view as it is now, for the first painting.
    pub fn view(&self) -> View {
        lock(&self.view).clone()
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

struct Brain {
    config: Arc<Config>,
    machine: Machine,
    monitor: Monitor,
    notifier: Notifier,
    sender: Sender<Message>,
    proxy: Proxy,
    shown: Arc<Mutex<View>>,
    is_demo: bool,
}

impl Brain {
    fn run(mut self, receiver: &Receiver<Message>) {
        // Looks come once an interval; where they fail to, the view says so.
        self.look_at_logins();
        loop {
            let longest = self.config.tray.poll_interval * 2 + Duration::from_millis(500);
            let input = match receiver.recv_timeout(longest) {
                Ok(Message::Input(input)) => input,
                Ok(Message::Chosen(row)) => match lock(&self.shown).command(row) {
                    Some(command) => Input::Asked(command),
                    None => continue,
                },
                Ok(Message::Nudge) => {
                    self.monitor.nudge();
                    self.look_at_logins();
                    continue;
                }
                Ok(Message::Done) => {
                    self.monitor.nudge();
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => Input::Waited(look::now()),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Input::Configured(config) = &input {
                self.config = Arc::new((**config).clone());
            }
            // A check row has shown its new state by itself before it is known to be so.
            let repaint = matches!(input, Input::Switched(..) | Input::Login(..));
            for effect in self.machine.step(input) {
                if effect == Effect::Quit {
                    tracing::info!("quits");
                    // The monitor looks no more once its icon is gone.
                    drop(self.monitor);
                    self.proxy.quit();
                    return;
                }
                self.perform(effect);
            }
            let new = view(&self.machine);
            let mut shown = lock(&self.shown);
            if repaint || *shown != new {
                *shown = new.clone();
                drop(shown);
                self.proxy.paint(new);
            }
        }
    }

    /// Asks the system anew: its settings can be changed behind our back.
    fn look_at_logins(&self) {
        for item in Item::ALL {
            self.work(move |config| match autostart::status(item, config) {
                Ok(status) => Some(Input::Login(item, Ok(status.state))),
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
                Some(Input::Done(operation, result))
            }),
            Effect::Open(target) => self.work(move |config| {
                let message = open(config, target).err()?;
                tracing::warn!("{message}");
                Some(Input::NotOpened(message))
            }),
            Effect::SetLogin(item, _) if self.is_demo => {
                let refused = format!("the demo's {item} does not start at login");
                send(&self.sender, Input::Login(item, Err(refused)));
            }
            Effect::SetLogin(item, on) => self.work(move |config| {
                let wanted = if on {
                    Wanted::Enabled
                } else {
                    Wanted::Disabled
                };
                let result = autostart::set(item, wanted, Edited::Keep, config);
                Some(Input::Login(
                    item,
                    result
                        .map(|done| done.status.state)
                        .map_err(|failure| explain(failure.hint(), failure)),
                ))
            }),
            Effect::Write(switch, on) => self.work(move |config| {
                Some(Input::Switched(
                    switch,
                    write_switch(&config.config_file, switch, on),
                ))
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
    fn work(&self, job: impl FnOnce(&Config) -> Option<Input> + Send + 'static) {
        let config = Arc::clone(&self.config);
        let sender = self.sender.clone();
        let started = thread::Builder::new().name("work".into()).spawn(move || {
            if let Some(input) = job(&config) {
                send(&sender, input);
            }
            // What was done shows at once.
            pass(&sender, Message::Done);
        });
        if let Err(error) = started {
            tracing::error!("cannot make a thread: {error}");
        }
    }
}

fn operate(config: &Config, operation: Operation) -> Result<(), Problem> {
    // The tray may be a unit of the session; the daemon must outlive it.
    let how = Launching {
        before_run: Some(&desktop::leave_unit),
        ..Launching::default()
    };
    let result = match operation {
        Operation::Start => match lifecycle::start(config, how) {
            // Somebody else was faster: what was asked for is so.
            Err(Failure::AlreadyRunning { .. }) => Ok(()),
            result => result.map(drop),
        },
        Operation::Stop => match lifecycle::stop(config, None, Force::No) {
            Err(Failure::NotRunning { .. }) => Ok(()),
            result => result.map(drop),
        },
        Operation::Restart => lifecycle::restart(config, how).map(drop),
    };
    result.map_err(|failure| Problem {
        why: failure.why().map(str::to_owned),
        way_out: failure.hint(),
        what: explain(None, failure),
    })
}

/// An error with its causes, and the way out on a line of its own.
fn explain(hint: Option<String>, error: impl Into<anyhow::Error>) -> String {
    let message = format!("{:#}", error.into());
    match hint {
        Some(hint) if !hint.is_empty() => format!("{message}\n{hint}"),
        Some(_) | None => message,
    }
}

fn open(config: &Config, target: Target) -> Result<(), String> {
    let daemon = &config.daemon;
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
        Target::Dashboard => match &config.tray.dashboard_url {
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
