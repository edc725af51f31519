//! Notifications through `UNUserNotificationCenter`. It serves only programs in a
//! bundle.

use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use mac_usernotifications::{
    Action as Button, InterruptionLevel, Notification, NotificationResponse, block_on, blocking,
    check_bundle,
};

use super::{Click, Told};
use crate::model::screen::notice::{Action, Notice};

/// What every notification is called. The system puts the next one in the place of the
/// one that is there, also of one that an earlier tray has left; and whoever waits for a
/// click on the old one stops waiting, so that no more than one thread ever does.
const ID: &str = "daemon";

/// How long a notification without buttons is there. The system does not tell when such
/// a one is dismissed: with a limit it is waited for, without one the library asks twice
/// a second whether it is there still.
const WITHOUT_BUTTONS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The system, and what it shows of ours.
pub struct Service {
    tell: Arc<dyn Fn(Heard) + Send + Sync>,
    /// The number of the last one that was shown, while it is waited for.
    shown: Option<u64>,
    last: u64,
}

/// The notification of this number was clicked or closed.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    number: u64,
    click: Option<Click>,
}

impl Service {
    pub fn new(_app: &'static str, tell: impl Fn(Heard) + Send + Sync + 'static) -> Self {
        Self {
            tell: Arc::new(tell),
            shown: None,
            last: 0,
        }
    }

    /// The system asks the user at the first need, and not before.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps)] // The same shape as on Linux.
    pub fn is_there(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// Shows this in the place of what is shown.
    pub fn show(&mut self, notice: &Notice) -> Result<(), String> {
        self.shown = None;
        self.try_to_show(notice).map_err(|error| error.to_string())
    }

    /// Takes away what is shown. Its thread goes on waiting until the next notification
    /// comes: the library has no other way to stop it, and there is only ever one.
    pub fn close(&mut self) {
        if self.shown.take().is_some() {
            blocking::close_delivered(ID);
        }
    }

    /// What became of a notification, where it is the one that is shown.
    pub fn hear(&mut self, heard: Heard) -> Option<Told> {
        if self.shown != Some(heard.number) {
            return None;
        }
        if heard.click.is_none() {
            self.shown = None;
        }
        heard.click.map(Told::Clicked)
    }

    fn try_to_show(&mut self, notice: &Notice) -> Result<(), Box<dyn Error>> {
        check_bundle().map_err(|error| {
            format!("notifications need the app bundle, see the README: {error}")
        })?;
        // The system asks the user once, at the first need, and remembers the answer.
        if !blocking::request_auth()? {
            return Err("not allowed: see System Settings, Notifications, InnerOS".into());
        }
        // The blocking calls of the library (and all of notify-rust) fail when the main
        // thread is not idle at that very moment, as it is not while it paints. Sending
        // does not need it, and a click waits until it has time.
        let handle = block_on(notification(notice).send())?;
        self.last += 1;
        let (number, tell) = (self.last, Arc::clone(&self.tell));
        self.shown = Some(number);
        let waiter = thread::Builder::new().name("notification".into());
        let started = waiter.spawn(move || {
            let click = match block_on(handle.response()) {
                Ok(response) => click(&response),
                // Another one has taken its place.
                Err(error) => {
                    tracing::debug!("the notification is waited for no more: {error}");
                    None
                }
            };
            tell(Heard { number, click });
        });
        if let Err(error) = started {
            tracing::warn!("a click on the notification will not be seen: {error}");
        }
        Ok(())
    }
}

fn notification(notice: &Notice) -> Notification {
    let notification = Notification::new()
        .id(ID)
        .title(&notice.title)
        .message(&notice.body)
        .interruption_level(if notice.urgent {
            InterruptionLevel::TimeSensitive
        } else {
            InterruptionLevel::Active
        });
    if notice.actions.is_empty() {
        return notification.timeout(WITHOUT_BUTTONS);
    }
    let buttons = notice.actions.iter();
    buttons.fold(notification, |notification, action| {
        notification.action(Button::button(action.key(), action.label()))
    })
}

fn click(response: &NotificationResponse) -> Option<Click> {
    if response.close_reason.is_some() {
        None
    } else if response.is_default_action() {
        Some(Click(None))
    } else {
        Some(Click(Action::of_key(&response.action_identifier)))
    }
}
