//! What the tray needs of the desktop, and whether it is there.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as platform;

/// The program that a log is opened with, where it is not the one that the desktop chooses.
pub const LOG_VIEWER: Option<&str> = platform::LOG_VIEWER;

/// One thing that the tray needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What it is.
    pub name: &'static str,
    /// What was found; what is missing otherwise.
    pub found: Result<String, String>,
    /// The way out when it is missing.
    pub hint: &'static str,
}

/// Takes a process that was just made out of the unit that this process belongs to,
/// where the session's service manager runs this process as a unit: it ends with all
/// that is in it, whatever session a process has made itself (`systemd.kill(5)`).
pub fn leave_unit(pid: i32) {
    platform::leave_unit(pid);
}

/// Looks for everything that the tray needs of this desktop.
pub fn needs() -> Vec<Need> {
    platform::needs()
}
