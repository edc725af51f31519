//! Why an operation was not done, and the way out.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::record::Exit;
use crate::model::status::Foreign;
use crate::model::words;
use crate::os::lock::LockError;
use crate::os::private_file::FileError;
use crate::os::process::{ProgramError, SpawnError};

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is nothing to start.
    #[error("no daemon is configured")]
    NotConfigured {
        /// Where to configure one.
        config_file: PathBuf,
    },
    /// There is one already.
    #[error("already running (pid {pid})")]
    AlreadyRunning {
        /// Its PID.
        pid: i32,
    },
    /// There is none to stop.
    #[error("not running{}", if *.tidied { " (a PID file left by a crash was removed)" } else { "" })]
    NotRunning {
        /// Whether something left over was removed.
        tidied: bool,
    },
    /// The PID file names a process that is not shown to be the daemon.
    #[error("{action}: foreign process, {}", foreign.sentence())]
    Foreign {
        /// What was not done.
        action: &'static str,
        /// The process.
        foreign: Foreign,
        /// The PID file.
        pid_file: PathBuf,
    },
    /// It could not be found out whether the daemon runs.
    #[error("{reason}")]
    Unknown {
        /// Why not.
        reason: String,
        /// The way out.
        hint: String,
    },
    /// A start is to wait for a health URL that is not there.
    #[error("`ready` is \"health\", but no health URL is configured")]
    NoHealthUrl,
    /// The working folder cannot be used.
    #[error("cannot use working folder '{}' (`working_dir`)", path.display())]
    WorkingDir {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The program cannot be used.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The program could not be run.
    #[error("cannot start '{command}'")]
    Spawn {
        /// The command line.
        command: String,
        /// Why not.
        #[source]
        source: SpawnError<FileError>,
    },
    /// The daemon ended before its start was over.
    #[error("ended during its start{}", exit.map(|exit| format!(": {}", words::exit(exit))).unwrap_or_default())]
    EndedAtStart {
        /// How, where it is a child of ours.
        exit: Option<Exit>,
        /// The last lines that it wrote.
        output: Vec<String>,
        /// Where all of them are.
        output_file: PathBuf,
    },
    /// The daemon lives, but is not ready.
    #[error("pid {pid} is not ready after {}: {reason}", words::limit(*waited))]
    NotReady {
        /// Its PID; it was stopped again.
        pid: i32,
        /// How long was waited.
        waited: Duration,
        /// What is missing.
        reason: String,
    },
    /// The daemon did not end in time.
    #[error("pid {pid} is still running {} after SIGTERM{}", words::limit(*waited), if *.killed { " and SIGKILL" } else { "" })]
    StillRunning {
        /// Its PID.
        pid: i32,
        /// How long was waited.
        waited: Duration,
        /// Whether SIGKILL was sent.
        killed: bool,
    },
    /// Another operation takes too long.
    #[error("another start, stop or restart is under way")]
    Busy(#[source] LockError),
    /// A file or folder of ours cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The process cannot be dealt with.
    #[error("cannot signal or watch pid {pid}")]
    Process {
        /// Its PID.
        pid: i32,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl Failure {
    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Failure::NotConfigured { config_file } => format!(
                "run `inneros config init` and set `command` in '{}'",
                config_file.display()
            ),
            Failure::AlreadyRunning { .. } => "`inneros daemon restart` starts it anew".into(),
            Failure::NotRunning { .. } => return None,
            Failure::Foreign {
                foreign, pid_file, ..
            } => format!(
                "if pid {} is not the daemon, remove '{}'; if it is, end it yourself",
                foreign.pid,
                pid_file.display()
            ),
            Failure::Unknown { hint, .. } => hint.clone(),
            Failure::NoHealthUrl => "set `url` in the [health] section".into(),
            Failure::WorkingDir { .. } => {
                "make the folder, or set `working_dir` in the configuration".into()
            }
            Failure::Program(_) => {
                "check `command` in the configuration; a full path always works".into()
            }
            Failure::Spawn { source, .. } => match source {
                SpawnError::Exec(error) if error.raw_os_error() == Some(libc::ENOEXEC) => {
                    "a script needs a `#!` line that names its interpreter".into()
                }
                SpawnError::Exec(_) => "check the program and its `#!` line".into(),
                SpawnError::Fork(_) => "the system is short of processes or memory".into(),
                SpawnError::Nul | SpawnError::WorkingDir(_) | SpawnError::Publish(_) => {
                    return None;
                }
            },
            Failure::EndedAtStart {
                exit: Some(Exit::Code(0)),
                ..
            } => "it ended without an error; the command must stay in the foreground".into(),
            Failure::EndedAtStart { output_file, .. } => {
                format!("its whole output is in '{}'", output_file.display())
            }
            Failure::NotReady { .. } => {
                "it was stopped again; `--wait` and `ready_timeout` give it more time".into()
            }
            Failure::StillRunning { killed: false, .. } => {
                "its PID file was kept; wait, or end it with `inneros daemon stop --force`".into()
            }
            Failure::StillRunning { killed: true, .. } => {
                "it waits in the kernel, for a disk or a network file system".into()
            }
            Failure::Busy(_) => "try again when it is done".into(),
            Failure::File(error) => return file_hint(error.source.kind()),
            Failure::Process { .. } => return None,
        })
    }

    /// The lines to show below the message.
    pub fn output(&self) -> &[String] {
        match self {
            Failure::EndedAtStart { output, .. } => output,
            Failure::NotConfigured { .. }
            | Failure::AlreadyRunning { .. }
            | Failure::NotRunning { .. }
            | Failure::Foreign { .. }
            | Failure::Unknown { .. }
            | Failure::NoHealthUrl
            | Failure::WorkingDir { .. }
            | Failure::Program(_)
            | Failure::Spawn { .. }
            | Failure::NotReady { .. }
            | Failure::StillRunning { .. }
            | Failure::Busy(_)
            | Failure::File(_)
            | Failure::Process { .. } => &[],
        }
    }
}

fn file_hint(kind: io::ErrorKind) -> Option<String> {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, StorageFull};
    if matches!(kind, PermissionDenied | ReadOnlyFilesystem) {
        return Some("make it writable for you, or choose another place with --home".into());
    }
    (kind == StorageFull).then(|| "the disk is full: make room".into())
}
