//! What is found in the places that matter at login, and what that means.

use std::path::{Path, PathBuf};

use super::{AtLogin, EntryReading, Way};
use crate::model::text;
use crate::model::words;

/// A switch that is outside the entry's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemSwitch {
    /// Nothing keeps it from starting.
    On,
    /// It will not start.
    Off,
    /// The user has to allow it first.
    NeedsApproval,
}

/// What was found where an item is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How it is, or would be, made to start.
    pub way: Way,
    /// The entry's file, whether it is there or not.
    pub path: PathBuf,
    /// What the file says, if there is one.
    pub entry: Option<EntryReading>,
    /// The switch for that file.
    pub switch: SystemSwitch,
    /// The system's own list, which may know the item besides.
    pub login_item: SystemSwitch,
}

impl Found {
    /// Whether anything is there that a removal would remove.
    pub fn is_nothing(&self) -> bool {
        self.entry.is_none()
            && self.switch == SystemSwitch::Off
            && self.login_item == SystemSwitch::Off
    }

    /// Whether somebody else has written the file, or into it.
    pub fn is_edited(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| !entry.intact)
    }

    /// The program that the file names.
    pub fn program(&self) -> Option<&Path> {
        let command = self.entry.as_ref()?.command.as_ref()?;
        command.first().map(Path::new)
    }
}

/// What became of the program that an entry names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// It is the one that would be registered now.
    Ours,
    /// It is another one.
    Other,
    /// It is not there any more.
    Gone,
}

/// Whether an item starts at login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginState {
    /// It does.
    Enabled,
    /// It does not.
    Disabled,
    /// It does once the user has allowed it in the system's settings.
    NeedsApproval,
    /// What is registered is not this program, which was moved or is a copy.
    Moved {
        /// What is registered.
        registered: PathBuf,
        /// Whether that is still there and starts.
        exists: bool,
    },
    /// This program is registered, but with other arguments than it would be now.
    Differs {
        /// What is registered.
        command: Vec<String>,
    },
    /// The entry was edited by hand, or is not ours at all.
    EditedByHand {
        /// Whether it starts something.
        enabled: bool,
    },
}

impl LoginState {
    /// Its name for scripts.
    pub fn word(&self) -> &'static str {
        match self {
            LoginState::Enabled => "enabled",
            LoginState::Disabled => "disabled",
            LoginState::NeedsApproval => "needs-approval",
            LoginState::Moved { .. } => "moved",
            LoginState::Differs { .. } => "differs",
            LoginState::EditedByHand { .. } => "edited-by-hand",
        }
    }

    /// Whether something starts at login.
    pub fn starts(&self) -> bool {
        match self {
            LoginState::Enabled | LoginState::Differs { .. } => true,
            LoginState::Disabled | LoginState::NeedsApproval => false,
            LoginState::Moved { exists: starts, .. }
            | LoginState::EditedByHand { enabled: starts } => *starts,
        }
    }

    /// What it says to people.
    pub fn sentence(&self) -> String {
        match self {
            LoginState::Enabled => "enabled".into(),
            LoginState::Disabled => "disabled".into(),
            LoginState::NeedsApproval => "needs approval in System Settings".into(),
            LoginState::Moved {
                registered,
                exists: true,
            } => format!("enabled for another program, '{}'", shown(registered)),
            LoginState::Moved {
                registered,
                exists: false,
            } => format!("enabled, but '{}' no longer exists", shown(registered)),
            LoginState::Differs { command } => {
                format!("enabled with other arguments: {}", words::command(command))
            }
            LoginState::EditedByHand { enabled: true } => "enabled, edited by hand".into(),
            LoginState::EditedByHand { enabled: false } => "disabled, edited by hand".into(),
        }
    }

    /// What to do about it, if there is something to get out of.
    pub fn hint(&self, item: AtLogin) -> Option<String> {
        match self {
            LoginState::Enabled | LoginState::Disabled => None,
            LoginState::NeedsApproval => {
                Some("allow InnerOS in System Settings > General > Login Items".into())
            }
            LoginState::Moved { .. } | LoginState::Differs { .. } => Some(format!(
                "`inneros autostart enable {item}` registers it as it is now, `inneros autostart disable {item}` removes it"
            )),
            LoginState::EditedByHand { .. } => Some(format!(
                "`inneros autostart enable {item} --force` replaces it, `inneros autostart disable {item} --force` removes it"
            )),
        }
    }
}

/// Concludes a state from what was found. `expected` is the command line that would be
/// registered now.
pub fn judge(found: &Found, named: Named, expected: &[String]) -> LoginState {
    match found.login_item {
        SystemSwitch::On => return LoginState::Enabled,
        SystemSwitch::NeedsApproval => return LoginState::NeedsApproval,
        SystemSwitch::Off => {}
    }
    let Some(entry) = &found.entry else {
        return LoginState::Disabled;
    };
    if !entry.intact {
        return LoginState::EditedByHand {
            enabled: entry.on && found.switch == SystemSwitch::On,
        };
    }
    let (Some(command), true) = (&entry.command, entry.on) else {
        return LoginState::Disabled;
    };
    match found.switch {
        SystemSwitch::Off => return LoginState::Disabled,
        SystemSwitch::NeedsApproval => return LoginState::NeedsApproval,
        SystemSwitch::On => {}
    }
    let registered = || command.first().map(PathBuf::from).unwrap_or_default();
    match named {
        Named::Gone => LoginState::Moved {
            registered: registered(),
            exists: false,
        },
        Named::Other => LoginState::Moved {
            registered: registered(),
            exists: true,
        },
        Named::Ours if command.get(1..) != expected.get(1..) => LoginState::Differs {
            command: command.clone(),
        },
        Named::Ours => LoginState::Enabled,
    }
}

fn shown(path: &Path) -> String {
    text::printable(&path.display().to_string())
}
