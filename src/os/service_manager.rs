//! What a service manager wants to hear from its main process (`sd_notify(3)`). Where
//! none listens, nothing is said.

use sd_notify::NotifyState;

/// Says that the daemon runs.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// Says what goes on, in one line.
pub fn status(text: &str) {
    tell(NotifyState::Status(text));
}

/// Says that the end has begun.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!("cannot tell the service manager: {error}");
    }
}
