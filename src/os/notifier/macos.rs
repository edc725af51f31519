//! Notifications through `UNUserNotificationCenter`. It serves only programs in a
//! bundle.

use std::error::Error;
use std::thread;
use std::time::Duration;

use mac_usernotifications::{
    Action as Button, InterruptionLevel, Notification, NotificationResponse, block_on, blocking,
    check_bundle,
};

use super::Click;
use crate::model::screen::notice::{Action, Notice};

/// What every notification is called. The system puts the next one in the place of the
/// one that is there, also of one that an earlier tray has left; and whoever waits for a
/// click on the old one stops waiting, so that no more than one thread ever does.
const ID: &str = "daemon";

/// How long a notification without buttons is there. The system does not tell when such
/// a one is dismissed: with a limit it is waited for, without one the library asks twice
/// a second whether it is there still.
const WITHOUT_BUTTONS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A notification on the screen.
pub struct Shown;

impl Shown {
    pub fn show(
        _app: &str,
        notice: &Notice,
        _replaced: Option<Shown>,
        on_end: impl FnOnce(Option<Click>) + Send + 'static,
    ) -> Result<Self, Box<dyn Error>> {
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
        let waiter = thread::Builder::new().name("notification".into());
        let started = waiter.spawn(move || {
            on_end(match block_on(handle.response()) {
                Ok(response) => click(&response),
                // Another one has taken its place.
                Err(error) => {
                    tracing::debug!("the notification is waited for no more: {error}");
                    None
                }
            });
        });
        if let Err(error) = started {
            tracing::warn!("a click on the notification will not be seen: {error}");
        }
        Ok(Self)
    }

    /// Its thread goes on waiting until the next notification comes: the library has no
    /// other way to stop it, and there is only ever one.
    #[allow(clippy::unused_self)] // The same shape as on Linux.
    pub fn close(self) {
        blocking::close_delivered(ID);
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
