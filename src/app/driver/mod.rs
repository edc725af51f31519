//! Between the daemons and the screen: feeds the fleet with looks and clicks, carries out its
//! effects, and sends the view on when it has changed.
//!
//! It paints nothing: its [`Screen`] may be a tray, or anything else that can show a view.

mod jobs;
mod message;
mod others;
mod shared;
mod work;

pub use shared::Screen;
pub use work::message;

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use self::message::{Message, pass, send};
use self::others::Others;
use self::shared::{Next, Shared, flags};
use crate::app::look;
use crate::app::monitor::{Monitor, News};
use crate::app::settings::{SettingsError, Watched};
use crate::model::config::Config;
use crate::model::screen::command::Command;
use crate::model::screen::fleet::{Fleet, Whom};
use crate::model::screen::hold::Hold;
use crate::model::screen::machine::Input;
use crate::model::screen::notice::{self, Action, Notice};
use crate::model::screen::view::{View, fleet};
use crate::os::job_files;
use crate::os::notifier::{Notifier, NotifierCalls};

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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
