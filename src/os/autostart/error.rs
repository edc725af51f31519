//! Why something could not be registered.

use std::io;
use std::path::PathBuf;

use crate::model::life::record::Exit;
use crate::model::words;
use crate::os::errno;
use crate::os::paths::EnvironmentError;
use crate::os::private_file::FileError;

/// Why something is not registered, or cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum AutostartError {
    /// Nobody knows where the user's files are.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// An entry or its folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// The tool is not there.
    #[error("cannot find `{tool}`")]
    NoTool {
        /// Its name.
        tool: &'static str,
    },
    /// The tool does not run.
    #[error("cannot run `{command}`")]
    Run {
        /// The whole command.
        command: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The tool failed.
    #[error("`{command}` failed with {}{}", words::exit(*exit), if said.is_empty() { String::new() } else { format!(": {said}") })]
    Failed {
        /// The whole command.
        command: String,
        /// How it ended.
        exit: Exit,
        /// What it said, in one line.
        said: String,
    },
    /// macOS takes this process for something else than a part of the app.
    #[error("macOS does not see this program as a part of '{}'", bundle.display())]
    NotOfBundle {
        /// The app.
        bundle: PathBuf,
    },
    /// The system's list of login items refuses.
    #[error("macOS cannot {doing} the login item: {said} (error {code})")]
    LoginItem {
        /// What was tried.
        doing: &'static str,
        /// The code, one of `SMErrors.h`.
        code: isize,
        /// What it says about it.
        said: String,
    },
}

/// `kSMErrorInvalidSignature` of `SMErrors.h`.
const INVALID_SIGNATURE: isize = 3;

impl AutostartError {
    /// What to do about it, if there is one to name.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            AutostartError::Environment(_) => "set HOME to your home folder".into(),
            AutostartError::File(error) => return errno::way_out(&error.source).map(str::to_owned),
            AutostartError::NoTool { .. } => {
                "without systemd, let your system run `inneros daemon run` at login".into()
            }
            AutostartError::Run { .. } => return None,
            AutostartError::Failed { command, said, .. } => {
                // systemctl's words where no systemd of the user answers.
                let no_bus = ["bus", "XDG_RUNTIME_DIR", "Host is down"];
                if !command.starts_with("systemctl") {
                    return None;
                }
                if no_bus.iter().any(|words| said.contains(words)) {
                    "log in as this user instead of using su or sudo: systemd has no session for you here".into()
                } else {
                    "see `systemctl --user status`".into()
                }
            }
            AutostartError::NotOfBundle { bundle } => format!(
                "open '{}' and switch on Open at Login in its menu",
                bundle.display()
            ),
            AutostartError::LoginItem { code, .. } if *code == INVALID_SIGNATURE => {
                // Not `codesign --force --deep --sign -`, which destroys a notarized signature.
                "the app's signature is not valid: reinstall it from its disk image, or build it with bundle/run.sh".into()
            }
            AutostartError::LoginItem { .. } => {
                "switch on Open at Login in the menu of the app, or see System Settings > General > Login Items".into()
            }
        })
    }
}
