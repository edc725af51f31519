//! Notifications through `UNUserNotificationCenter`. It serves only programs in a
//! bundle: an unbundled one is told so once, in the log.

use std::sync::Once;
use std::thread;

use mac_usernotifications::blocking;
use notify_rust::{Notification, NotificationId, NotificationResponse, Urgency};

use super::Click;
use crate::model::notice::{Action, Notice};

/// A notification on the screen.
pub struct Shown {
    id: String,
}

impl Shown {
    pub fn show(
        app: &str,
        notice: &Notice,
        replaced: Option<Shown>,
        on_end: impl FnOnce(Option<Click>) + Send + 'static,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        static UNBUNDLED: Once = Once::new();
        if let Err(error) = notify_rust::check_bundle() {
            UNBUNDLED.call_once(|| {
                tracing::warn!("notifications need the app bundle, see the README: {error}");
            });
            return Err(error.into());
        }
        // The system asks the user once, at the first need, and remembers the answer.
        if !blocking::request_auth()? {
            return Err("not allowed: see System Settings, Notifications, InnerOS".into());
        }
        let mut notification = Notification::new();
        notification
            .appname(app)
            .summary(&notice.title)
            .body(&notice.body)
            .urgency(if notice.urgent {
                Urgency::Critical
            } else {
                Urgency::Normal
            });
        for action in notice.actions {
            notification.action(action.key(), action.label());
        }
        if let Some(replaced) = replaced {
            notification.id(NotificationId::Mac(replaced.id));
        }
        let handle = notification.show()?;
        let id = match handle.id() {
            NotificationId::Mac(id) => id,
            NotificationId::Xdg(id) => id.to_string(),
        };
        let waiter = thread::Builder::new().name("notification".into());
        let started = waiter.spawn(move || {
            let answered = handle.wait_for_response(move |response: &NotificationResponse| {
                on_end(match response {
                    NotificationResponse::Default => Some(Click(None)),
                    NotificationResponse::Action(key) => Some(Click(Action::of_key(key))),
                    NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => None,
                });
            });
            if let Err(error) = answered {
                tracing::warn!("a click on the notification was not seen: {error}");
            }
        });
        if let Err(error) = started {
            tracing::warn!("a click on the notification will not be seen: {error}");
        }
        Ok(Self { id })
    }

    pub fn close(self) {
        blocking::close_delivered(&self.id);
    }
}
