//! Desktop notifications: one at a time, sent from a thread of its own.

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
pub struct Answers {
    /// One was clicked: on this button, or beside them.
    pub clicked: Arc<dyn Fn(Option<Action>) + Send + Sync>,
    /// One was shown, or could not be, and why.
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

/// What the thread is told.
#[derive(Debug)]
enum Message {
    Notify(Notice),
    Withdraw,
    /// The notification of this number was clicked or closed.
    Ended {
        number: u64,
        clicked: bool,
    },
}

impl Notifier {
    /// Begins. `app` is the name that notifications carry.
    pub fn start(app: &'static str, answers: Answers) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let ended = sender.clone();
        thread::Builder::new()
            .name("notifier".into())
            .spawn(move || run(app, &receiver, &ended, &answers))?;
        Ok(Self { sender })
    }

    /// Shows a notification in the place of the one that is shown.
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

fn run(
    app: &'static str,
    receiver: &Receiver<Message>,
    ended: &Sender<Message>,
    answers: &Answers,
) {
    let mut shown: Option<(u64, platform::Shown)> = None;
    let mut number = 0;
    // Why the last one could not be shown: what stays as it is, is said once.
    let mut failed: Option<String> = None;
    for message in receiver {
        match message {
            Message::Notify(notice) => {
                let replaced = shown.take().map(|(_, shown)| shown);
                number += 1;
                let this = number;
                let (ended, on_click) = (ended.clone(), Arc::clone(&answers.clicked));
                let on_end = move |click: Option<Click>| {
                    if let Some(Click(action)) = click {
                        on_click(action);
                    }
                    // The thread is gone when the tray is: nobody to tell.
                    let _ = ended.send(Message::Ended {
                        number: this,
                        clicked: click.is_some(),
                    });
                };
                let result = platform::Shown::show(app, &notice, replaced, on_end);
                (answers.shown)(match result {
                    Ok(handle) => {
                        shown = Some((this, handle));
                        failed = None;
                        Ok(())
                    }
                    Err(error) => {
                        let error = error.to_string();
                        if failed.as_ref() != Some(&error) {
                            tracing::warn!("cannot notify '{}': {error}", notice.title);
                        }
                        failed = Some(error.clone());
                        Err(error)
                    }
                });
            }
            Message::Withdraw => {
                if let Some((_, shown)) = shown.take() {
                    shown.close();
                }
            }
            Message::Ended { number, clicked } => {
                // Not every desktop takes away what was clicked: dunst leaves it where the
                // action was chosen from its menu.
                if let Some((_, shown)) = shown.take_if(|(shown, _)| *shown == number)
                    && clicked
                {
                    shown.close();
                }
            }
        }
    }
}
