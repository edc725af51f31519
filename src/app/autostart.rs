//! Starting at login: whether the tray and the daemon do, and switching it.
//!
//! A switch takes effect at the next login: nothing is started or stopped now.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::autostart::program::{Program, Unsteady};
pub use crate::model::autostart::{AtLogin, LoginState, Way};
use crate::model::autostart::{EntryReading, Found, LoginEntry, Named, SystemSwitch, judge};
use crate::model::config::{Config, Origin};
use crate::os::autostart::{self, AutostartError};
use crate::os::paths;

/// Whether an item starts at login, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginStatus {
    /// Of what.
    pub item: AtLogin,
    /// Whether it starts.
    pub state: LoginState,
    /// How it is registered, or would be.
    pub way: Way,
    /// The file that registers it, or would; a login item has none.
    pub path: Option<PathBuf>,
    /// The program that is registered, where a file names one.
    pub program: Option<PathBuf>,
}

/// What a switch has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginDone {
    /// What holds now.
    pub status: LoginStatus,
    /// Whether anything was to be done.
    pub changed: bool,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// That it starts at login.
    Enabled,
    /// That it does not.
    Disabled,
}

/// What becomes of an entry that was edited by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// It is left alone, and the switch fails.
    Keep,
    /// It is overwritten or removed.
    Replace,
}

/// Why nothing was switched.
#[derive(Debug, thiserror::Error)]
pub enum LoginFailure {
    /// Nobody knows where this program is.
    #[error("cannot find out where this program is")]
    ThisProgram(#[source] io::Error),
    /// The program to be registered is not there.
    #[error("cannot find '{}'", path.display())]
    NoProgram {
        /// What is missing.
        path: PathBuf,
    },
    /// The program will not be there at the next login.
    #[error("'{}' {}", path.display(), match why {
        Unsteady::Translocated => "runs from a copy that macOS removes again (app translocation)",
        Unsteady::OtherDisk => "is on a disk image or another disk, which may be missing at login",
    })]
    Unsteady {
        /// The program.
        path: PathBuf,
        /// What is wrong with its place.
        why: Unsteady,
    },
    /// A path that no entry can hold.
    #[error("an entry cannot hold the path {path:?}: it {why}")]
    Path {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Somebody else wrote the entry, or into it.
    #[error("'{}' was edited by hand: left alone", path.display())]
    EditedByHand {
        /// Of what.
        item: AtLogin,
        /// The entry.
        path: PathBuf,
    },
    /// The system.
    #[error(transparent)]
    System(#[from] AutostartError),
}

impl LoginFailure {
    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            LoginFailure::ThisProgram(_) => return None,
            LoginFailure::NoProgram { .. } => {
                "keep `inneros` and `inneros-tray` together in one folder".into()
            }
            LoginFailure::Unsteady { .. } => {
                "move InnerOS to the Applications folder, open it there, and try again".into()
            }
            LoginFailure::Path { .. } => "move it to a folder with a plain name".into(),
            LoginFailure::EditedByHand { item, .. } => {
                return LoginState::EditedByHand { enabled: true }.hint(*item);
            }
            LoginFailure::System(error) => return error.hint(),
        })
    }
}

/// Whether the item starts at login. Looking changes nothing; it may take as long as a
/// call of launchctl or systemctl.
pub fn status(item: AtLogin, config: &Config) -> Result<LoginStatus, LoginFailure> {
    let program = autostart::this_program().map_err(LoginFailure::ThisProgram)?;
    let found = autostart::registered(item, &program)?;
    Ok(status_of(item, config, &program, &found))
}

/// Makes the item start at login, or not any more. If the user has to approve it, the
/// state is [`LoginState::NeedsApproval`], and the system's settings are open.
pub fn set(
    item: AtLogin,
    wanted: Wanted,
    edited: Edited,
    config: &Config,
) -> Result<LoginDone, LoginFailure> {
    let program = autostart::this_program().map_err(LoginFailure::ThisProgram)?;
    let found = autostart::registered(item, &program)?;
    if found.is_edited() && edited == Edited::Keep {
        let path = found.path;
        return Err(LoginFailure::EditedByHand { item, path });
    }
    let mut status = status_of(item, config, &program, &found);
    let changed = match wanted {
        Wanted::Enabled => enable(&mut status, config, &program, &found)?,
        Wanted::Disabled => {
            status.state = LoginState::Disabled;
            status.program = None;
            let there = !found.is_nothing();
            if there {
                autostart::disable(item, &program, &found)?;
            }
            there
        }
    };
    if changed {
        status.way = autostart::way(item, &program);
        status.path = (status.way != Way::LoginItem).then_some(found.path);
    }
    Ok(LoginDone { status, changed })
}

/// Returns whether anything was to be done.
fn enable(
    status: &mut LoginStatus,
    config: &Config,
    program: &Program,
    found: &Found,
) -> Result<bool, LoginFailure> {
    let item = status.item;
    let path =
        autostart::program_of(item, program).map_err(|path| LoginFailure::NoProgram { path })?;
    if let Some(why) = autostart::unsteady(&program.file) {
        return Err(LoginFailure::Unsteady { path, why });
    }
    let way = autostart::way(item, program);
    let entry = LoginEntry {
        item,
        command: command(item, config, &path)
            .into_iter()
            .map(writable)
            .collect::<Result<_, _>>()?,
        stop_timeout: longest_stop(config),
        said: autostart::said_file(),
    };
    let text = entry.text(way).unwrap_or_default();
    // An earlier version may have written another text for the same.
    let same = EntryReading::of(way, text.as_bytes()) == found.entry;
    if status.state == LoginState::Enabled && status.way == way && same {
        return Ok(false);
    }
    status.state = match autostart::enable(item, program, found, &text)? {
        SystemSwitch::On | SystemSwitch::Off => LoginState::Enabled,
        SystemSwitch::NeedsApproval => LoginState::NeedsApproval,
    };
    status.program = (way != Way::LoginItem).then_some(path);
    Ok(true)
}

/// How long it may take until all have ended that the entry runs.
fn longest_stop(config: &Config) -> Duration {
    let times = config
        .daemons
        .iter()
        .map(|managed| managed.daemon.stop_timeout);
    times.max().unwrap_or_default()
}

/// What keeps the item from doing at login what it would do now.
pub fn caveat(status: &LoginStatus, config: &Config) -> Option<String> {
    let file = config.config_file.display();
    if status.item == AtLogin::Tray {
        let needs_flags = command(AtLogin::Tray, config, Path::new("")).len() > 1;
        return (status.way == Way::LoginItem && needs_flags).then(|| {
            "a login item takes no flags: the tray starts with its default home and configuration"
                .into()
        });
    }
    if !config.daemons.iter().any(|one| one.daemon.is_configured()) {
        return Some(format!(
            "no daemon is configured yet: set `command` in '{file}'"
        ));
    }
    let (key, _) = config
        .main()
        .origins
        .iter()
        .find(|(key, origin)| key.starts_with("daemon.") && **origin == Origin::Environment)?;
    Some(format!(
        "`{key}` comes from this shell's environment, which is not there at login: set it in '{file}'"
    ))
}

fn status_of(item: AtLogin, config: &Config, program: &Program, found: &Found) -> LoginStatus {
    let path = autostart::program_of(item, program).unwrap_or_else(|missing| missing);
    let expected: Vec<String> = command(item, config, &path)
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let named = found.program().map_or(Named::Gone, |registered| {
        autostart::named(registered, &path)
    });
    let way = match (found.login_item, &found.entry) {
        (SystemSwitch::On | SystemSwitch::NeedsApproval, _) => Way::LoginItem,
        (SystemSwitch::Off, Some(_)) => found.way,
        (SystemSwitch::Off, None) => autostart::way(item, program),
    };
    let in_file = way != Way::LoginItem;
    LoginStatus {
        item,
        state: judge(found, named, &expected),
        way,
        path: in_file.then(|| found.path.clone()),
        program: found.program().filter(|_| in_file).map(Path::to_owned),
    }
}

/// The command line that the entry runs: with flags only where they are needed, and with
/// those that an environment variable stands for now.
fn command(item: AtLogin, config: &Config, program: &Path) -> Vec<PathBuf> {
    let only_home = |name: &str| (name == "HOME").then(|| paths::variable(name)).flatten();
    let default_home = paths::places(None, None, &only_home).map(|places| places.home.0);
    let mut words = vec![program.to_owned()];
    if default_home.ok().as_ref() != Some(&config.home) {
        words.extend(["--home".into(), config.home.clone()]);
    }
    if config.config_file != config.home.join("config.toml") {
        words.extend(["--config".into(), config.config_file.clone()]);
    }
    if item == AtLogin::Daemon {
        words.extend(["daemon".into(), "run".into()]);
        if config.daemons.len() > 1 {
            words.push("--all".into());
        }
    }
    words
}

fn writable(word: PathBuf) -> Result<String, LoginFailure> {
    let refuse = |path: PathBuf, why| Err(LoginFailure::Path { path, why });
    match word.into_os_string().into_string() {
        Ok(word) if word.contains(char::is_control) => {
            refuse(word.into(), "has a control character")
        }
        Ok(word) => Ok(word),
        Err(word) => refuse(word.into(), "is not UTF-8"),
    }
}
