//! What a service manager wants to hear from its main process (`sd_notify(3)`). Where
//! none listens, nothing is said.

use sd_notify::NotifyState;

/// Whether one wants to hear anything.
pub fn is_there() -> bool {
    std::env::var_os("NOTIFY_SOCKET").is_some()
}

/// That the daemon runs.
pub fn ready() -> String {
    NotifyState::Ready.to_string()
}

/// What goes on, in one line.
pub fn status(text: &str) -> String {
    NotifyState::Status(text).to_string()
}

/// That the end has begun.
pub fn stopping() -> String {
    NotifyState::Stopping.to_string()
}

/// Tells it one of these. It waits while the service manager takes nothing.
pub fn tell(state: &[u8]) {
    let state = String::from_utf8_lossy(state);
    if let Err(error) = sd_notify::notify(&[NotifyState::Custom(&state)]) {
        tracing::warn!("cannot tell the service manager: {error}");
    }
}
