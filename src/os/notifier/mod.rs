//! Desktop notifications: one at a time, sent from a separate thread.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as platform;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::model::screen::notice::{Action, Notice};

/// What is done about notifications.
#[derive(Clone)]
pub struct NotifierCalls {
    /// One was clicked: on this button, or beside them.
    pub clicked: Arc<dyn Fn(Option<Action>) + Send + Sync>,
    /// They can be shown, or cannot, and why: known at the start, and with each that is
    /// shown.
    pub shown: Arc<dyn Fn(Result<(), String>) + Send + Sync>,
}

/// Sends notifications. A missing notification service is a warning in the log, and
/// nothing else.
#[derive(Debug, Clone)]
pub struct Notifier {
    sender: Sender<Message>,
}

/// A click on a notification: on this button, or beside them.
#[derive(Debug, Clone, Copy)]
struct Click(Option<Action>);

/// What the desktop says of notifications.
#[derive(Debug)]
enum Told {
    /// The one that is shown was clicked.
    Clicked(Click),
    /// They can be shown from now on, or cannot, and why.
    Able(Result<(), String>),
}

/// What the thread is told.
#[derive(Debug)]
enum Message {
    Notify(Notice),
    Withdraw,
    Heard(platform::Heard),
}

impl Notifier {
    /// Begins. `app` is the name that notifications carry.
    pub fn start(app: &'static str, answers: NotifierCalls) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let heard = sender.clone();
        let service = platform::Service::new(app, move |said| {
            // The thread is gone when the tray is: nobody to tell.
            let _ = heard.send(Message::Heard(said));
        });
        thread::Builder::new()
            .name("notifier".into())
            .spawn(move || run(service, &receiver, &answers))?;
        Ok(Self { sender })
    }

    /// Shows a notification in place of the one that is shown.
    pub fn notify(&self, notice: Notice) {
        self.tell(Message::Notify(notice));
    }

    /// Takes the notification away that is shown.
    pub fn withdraw(&self) {
        self.tell(Message::Withdraw);
    }

    fn tell(&self, message: Message) {
        if self.sender.send(message).is_err() {
            tracing::error!("the notifier is gone");
        }
    }
}

fn run(mut service: platform::Service, receiver: &Receiver<Message>, answers: &NotifierCalls) {
    (answers.shown)(service.is_there());
    // Why the last one could not be shown: what stays as it is, is said once.
    let mut failed: Option<String> = None;
    for message in receiver {
        match message {
            Message::Notify(notice) => {
                let result = service.show(&notice);
                if let Err(error) = &result
                    && failed.as_ref() != Some(error)
                {
                    tracing::warn!("cannot notify '{}': {error}", notice.title);
                }
                failed = result.as_ref().err().cloned();
                (answers.shown)(result);
            }
            Message::Withdraw => service.close(),
            Message::Heard(heard) => match service.hear(heard) {
                Some(Told::Clicked(Click(action))) => {
                    (answers.clicked)(action);
                    // Not every desktop takes away what was clicked: dunst leaves it where
                    // the action was chosen from its menu.
                    service.close();
                }
                Some(Told::Able(able)) => (answers.shown)(able),
                None => {}
            },
        }
    }
}
