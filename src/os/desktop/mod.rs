//! What the tray needs from the desktop, and whether it is there.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as platform;

use std::path::Path;

/// One thing that the tray needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What it is.
    pub name: &'static str,
    /// What was found; what is missing otherwise.
    pub found: Result<String, String>,
    /// What to do about it when it is missing.
    pub hint: &'static str,
}

/// What to do where no panel shows tray icons.
pub const NO_PANEL: &str =
    "add a StatusNotifier tray to the panel; GNOME needs the AppIndicator extension";

/// What shows a log from its end: a command that wants the file besides, and ends at once. Nothing
/// where only the desktop knows how it opens one.
pub fn log_viewer(log: &Path) -> Option<Vec<String>> {
    platform::log_viewer(log)
}

/// The command that opens a text file to be edited, if that is not left to the desktop.
pub fn text_editor() -> Option<Vec<String>> {
    platform::text_editor()
}

/// Whether a left click on the icon only activates it: this desktop's panel opens the menu with
/// the right button alone.
pub fn left_click_activates() -> bool {
    platform::left_click_activates()
}

/// What the user has set for this app under this name, where the desktop keeps such switches.
pub fn setting(name: &str) -> Option<bool> {
    platform::setting(name)
}

/// Whether the desktop knows an icon of ours by its name.
pub fn has_icon(name: &str) -> bool {
    platform::has_icon(name)
}

/// What happens to a tray on its desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code)] // macOS has words of its own for each.
pub enum Event {
    /// Another one was started, which asks this one to show itself.
    Activated,
    /// The icon's connection to the session is over.
    IconLost,
    /// The desktop's session is over.
    Ended,
}

/// Takes part in the session as the tray of this name, until the process ends or the session
/// does.
pub fn take_part(id: &str, tell: impl Fn(Event) + Send + 'static) -> Result<(), String> {
    platform::take_part(id, tell)
}

/// Asks the tray of this name to show itself. Nothing, if this session has none.
pub fn activate(id: &str) -> Result<(), String> {
    platform::activate(id)
}

/// Whether the tray of this name and PID takes part in this session.
pub fn is_here(id: &str, pid: i32) -> Result<bool, String> {
    platform::is_here(id, pid)
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
