//! What starts at login: the entries that say so, and what to make of those that are found.

pub mod desktop_entry;
pub mod launch_agent;
pub mod login_item;
pub mod program;
pub mod seal;
mod state;
pub mod systemd_unit;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use self::state::{Found, LoginState, Named, SystemSwitch, judge};

/// What can start at login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtLogin {
    /// The tray.
    Tray,
    /// The daemon, in `inneros daemon run`.
    Daemon,
}

impl AtLogin {
    /// Both, in the order in which they are shown.
    pub const ALL: [AtLogin; 2] = [AtLogin::Tray, AtLogin::Daemon];

    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            AtLogin::Tray => "tray",
            AtLogin::Daemon => "daemon",
        }
    }

    /// The file name of the program that it runs.
    pub fn program(self) -> &'static str {
        match self {
            AtLogin::Tray => "inneros-tray",
            AtLogin::Daemon => "inneros",
        }
    }
}

impl fmt::Display for AtLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How an item is made to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A file in the XDG autostart folder (Desktop Application Autostart Specification).
    DesktopEntry,
    /// A unit of the user's systemd.
    SystemdUnit,
    /// A property list for launchd.
    LaunchAgent,
    /// macOS's own list, for an app that lives in a bundle: there is no file.
    LoginItem,
}

impl Way {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Way::DesktopEntry => "desktop entry",
            Way::SystemdUnit => "systemd unit",
            Way::LaunchAgent => "launch agent",
            Way::LoginItem => "login item",
        }
    }
}

/// What is written into an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginEntry {
    /// For what.
    pub item: AtLogin,
    /// The command line, program first, as an absolute path. No control characters.
    pub command: Vec<String>,
    /// How long the daemon may take to end: whoever ends its supervisor must wait longer.
    pub stop_timeout: Duration,
    /// Where what the daemon's supervisor says is to be kept, if nobody else keeps it.
    pub said: Option<PathBuf>,
}

impl LoginEntry {
    /// The text of the file; a login item has none.
    pub fn text(&self, way: Way) -> Option<String> {
        match way {
            Way::DesktopEntry => Some(desktop_entry::write(self)),
            Way::SystemdUnit => Some(systemd_unit::write(self)),
            Way::LaunchAgent => Some(launch_agent::write(self)),
            Way::LoginItem => None,
        }
    }

    /// Seconds until the supervisor of the daemon is killed: as long as the daemon may
    /// take, and what the supervisor needs after that.
    fn stop_seconds(&self) -> u64 {
        self.stop_timeout.as_secs() + 20
    }
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryReading {
    /// The command line that it runs, if it names one.
    pub command: Option<Vec<String>>,
    /// Whether it is switched on, as far as the file itself says.
    pub on: bool,
    /// The mark that a file with this content has.
    pub mark: String,
    /// Whether it has that mark: it is as some version of this program wrote it.
    pub intact: bool,
}

impl EntryReading {
    /// Reads a file.
    pub fn of(way: Way, content: &[u8]) -> Option<Self> {
        let text = || String::from_utf8_lossy(content);
        match way {
            Way::DesktopEntry => Some(desktop_entry::read(&text())),
            Way::SystemdUnit => Some(systemd_unit::read(&text())),
            Way::LaunchAgent => Some(launch_agent::read(content)),
            Way::LoginItem => None,
        }
    }
}

#[cfg(test)]
mod tests;
