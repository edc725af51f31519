//! What the tray needs of the desktop, and whether it is there.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as platform;

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

/// Looks for everything that the tray needs of this desktop.
pub fn needs() -> Vec<Need> {
    platform::needs()
}
