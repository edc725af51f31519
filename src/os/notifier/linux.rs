//! Notifications over D-Bus (Desktop Notifications Specification 1.2).

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use futures_lite::future::block_on;
use notify_rust::{Notification, NotificationHandle, NotificationResponse, Urgency};

use super::Click;
use crate::model::screen::notice::{Action, Notice};

type OnEnd = Box<dyn FnOnce(Option<Click>) + Send>;

/// A notification on the screen.
pub struct Shown {
    handle: Arc<NotificationHandle>,
    // The thread that waits for a click calls whatever stands here by then: a
    // notification that replaced another in its place goes on with its thread.
    on_end: Arc<Mutex<Option<OnEnd>>>,
}

impl Shown {
    pub fn show(
        app: &str,
        notice: &Notice,
        replaced: Option<Shown>,
        on_end: impl FnOnce(Option<Click>) + Send + 'static,
    ) -> Result<Self, notify_rust::error::Error> {
        let (icon, urgency) = if notice.urgent {
            ("dialog-error", Urgency::Critical)
        } else {
            ("dialog-information", Urgency::Normal)
        };
        let mut notification = Notification::new();
        notification
            .appname(app)
            .summary(&notice.title)
            .body(&body(&notice.body))
            .icon(icon)
            .action("default", "Open Log")
            .urgency(urgency);
        for action in notice.actions {
            notification.action(action.key(), action.label());
        }
        if let Some(replaced) = &replaced {
            notification.id(replaced.handle.id());
        }
        let handle = notification.show()?;
        let on_end: OnEnd = Box::new(on_end);

        if let Some(replaced) = replaced.filter(|replaced| replaced.handle.id() == handle.id()) {
            *lock(&replaced.on_end) = Some(on_end);
            return Ok(replaced);
        }
        let shown = Self {
            handle: Arc::new(handle),
            on_end: Arc::new(Mutex::new(Some(on_end))),
        };
        shown.wait();
        Ok(shown)
    }

    pub fn close(self) {
        lock(&self.on_end).take();
        block_on(self.handle.close_async());
    }

    fn wait(&self) {
        let handle = Arc::clone(&self.handle);
        let on_end = Arc::clone(&self.on_end);
        let waiter = thread::Builder::new().name("notification".into());
        let started = waiter.spawn(move || {
            block_on(handle.wait_for_action_async(|response| {
                let click = match response {
                    NotificationResponse::Default => Some(Click(None)),
                    NotificationResponse::Action(key) => Some(Click(Action::of_key(key))),
                    NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => None,
                };
                if let Some(on_end) = lock(&on_end).take() {
                    on_end(click);
                }
            }));
        });
        if let Err(error) = started {
            tracing::warn!("a click on the notification will not be seen: {error}");
        }
    }
}

/// Most services read a few HTML tags in the body (`body-markup`); what the daemon
/// wrote must not be taken for such.
fn body(text: &str) -> String {
    let markup = notify_rust::get_capabilities()
        .is_ok_and(|all| all.iter().any(|capability| capability == "body-markup"));
    if markup {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    } else {
        text.to_owned()
    }
}

fn lock(on_end: &Mutex<Option<OnEnd>>) -> std::sync::MutexGuard<'_, Option<OnEnd>> {
    on_end.lock().unwrap_or_else(PoisonError::into_inner)
}
