//! Why an operation was not carried out, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::left::{Left, NotKilled};
use crate::app::explain::Cause;
use crate::model::config::{Managed, Standing};
use crate::model::life::holder::Holder;
use crate::model::life::record::Exit;
use crate::model::life::status::Foreign;
use crate::model::words;
use crate::os::errno;
use crate::os::lock::LockError;
use crate::os::private_file::FileError;
use crate::os::process::{ProgramError, SpawnError};

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// There is nothing to start.
    #[error("no daemon is configured")]
    NotConfigured {
        /// Where to configure one.
        config_file: PathBuf,
    },
    /// What is configured of it cannot be used.
    #[error("misconfigured: {why}")]
    Misconfigured {
        /// Why not, with file and line.
        why: String,
    },
    /// There is one already.
    #[error("already running (pid {pid})")]
    AlreadyRunning {
        /// Its PID.
        pid: i32,
    },
    /// There is none to stop.
    #[error("not running{}", beside_not_running(*.tidied, left))]
    NotRunning {
        /// Whether something left over was removed.
        tidied: bool,
        /// What it started and is still alive.
        left: Vec<Left>,
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
    /// The program cannot be used, because the command is written as for a shell.
    #[error("{error}")]
    ForAShell {
        /// Why not.
        error: ProgramError,
        /// The command line as a list.
        list: String,
    },
    /// A variable of `env` cannot be put together, and why.
    #[error("{0}")]
    Environment(String),
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
        /// What the daemon before it started and is still alive: it may be why.
        left: Vec<Left>,
        /// Why, where its last words say so.
        cause: Option<Cause>,
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
        /// The last lines that it wrote.
        output: Vec<String>,
    },
    /// The start was given up before it was over, and the daemon was stopped again.
    #[error("given up before the start of pid {pid} was over")]
    GivenUp {
        /// The PID that it had.
        pid: i32,
    },
    /// The daemon did not end in time.
    #[error("pid {pid} is still running {} after {signal}{}", words::limit(*waited), if *.killed { " and SIGKILL" } else { "" })]
    StillRunning {
        /// Its PID.
        pid: i32,
        /// How long was waited.
        waited: Duration,
        /// By which signal it was asked to end.
        signal: String,
        /// Whether SIGKILL was sent.
        killed: bool,
    },
    /// What the daemon before has left is still alive, and nothing starts beside it.
    #[error("not started: {}", Left::sentence(left, "the daemon before it"))]
    Left {
        /// What that is.
        left: Vec<Left>,
    },
    /// The daemon is gone, nothing but its PID file tells of it, and processes that may be its own are
    /// still alive.
    #[error(
        "pid {pid} in the PID file is gone, but in its session {}",
        Left::still_there(left)
    )]
    LeftUnrecorded {
        /// The PID that it had.
        pid: i32,
        /// What that is.
        left: Vec<Left>,
        /// The file.
        pid_file: PathBuf,
    },
    /// A restart has stopped the daemon, and could not start it again.
    #[error("stopped (pid {pid}), but {}{failure}", if let Failure::Left { .. } = **failure { "" } else { "not started again: " })]
    NotRestarted {
        /// The PID that it had.
        pid: i32,
        /// Why not.
        #[source]
        failure: Box<Failure>,
    },
    /// Another operation takes too long.
    #[error("another start, stop or restart is under way")]
    Busy(#[source] LockError),
    /// There can be no lock, and so nothing was done.
    #[error(transparent)]
    NoLock(FileError),
    /// A file or folder of ours cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The daemon itself, or what it has started, asks for its end.
    #[error("permission denied: pid {pid} is never signalled by a command that runs inside of it")]
    FromWithin {
        /// Its PID.
        pid: i32,
    },
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
    /// That there is nothing to start.
    pub(super) fn unconfigured(managed: &Managed) -> Self {
        match &managed.standing {
            Standing::Misconfigured(why) => Failure::Misconfigured { why: why.clone() },
            Standing::Configured | Standing::Removed => Failure::NotConfigured {
                config_file: managed.configured_in.clone(),
            },
        }
    }

    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Failure::Misconfigured { .. } => {
                "correct that file; other daemons are not affected".into()
            }
            Failure::NotConfigured { config_file } => format!(
                "run `inneros config init` and set `command` in '{}'",
                config_file.display()
            ),
            Failure::AlreadyRunning { .. } => "`inneros daemon restart` starts it anew".into(),
            Failure::NotRunning { left, .. } if left.is_empty() => return None,
            Failure::NotRunning { left, .. } | Failure::Left { left } => Left::way_out(left),
            Failure::LeftUnrecorded { pid_file, .. } => format!(
                "no record shows whose it is: end it yourself, or, if it is not the daemon's, remove \
                 '{}'",
                pid_file.display()
            ),
            Failure::NotRestarted { failure, .. } => return failure.hint(),
            Failure::Foreign {
                foreign, pid_file, ..
            } => format!(
                "if pid {} is not the daemon, remove '{}'; if it is, end it yourself",
                foreign.pid,
                pid_file.display()
            ),
            Failure::Unknown { hint, .. } => hint.clone(),
            Failure::FromWithin { .. } => {
                "ask from outside it, for example with `setsid -f inneros daemon restart`; or let it end \
                 by itself, and have `inneros daemon run` restart it (`restart = \"always\"`)"
                    .into()
            }
            Failure::NoHealthUrl => "set `url` in the [health] section".into(),
            Failure::WorkingDir { .. } => {
                "create the folder, or set `working_dir` in the configuration".into()
            }
            Failure::Program(_) => {
                "check `command` in the configuration; a full path always works".into()
            }
            Failure::ForAShell { list, .. } => format!(
                "no shell reads `command`; write it as a list, one string per word: command = {list}"
            ),
            Failure::Environment(_) => {
                "set it in the environment that starts the daemon, or write `$$` for a dollar sign".into()
            }
            Failure::Spawn { source, .. } => return after_spawn(source),
            Failure::EndedAtStart {
                exit,
                output_file,
                left,
                cause,
                ..
            } => after_end(*exit, output_file, left, cause.as_ref()),
            Failure::NotReady { .. } => {
                "it was stopped again; `--wait` and `ready_timeout` give it more time".into()
            }
            Failure::GivenUp { .. } => return None,
            Failure::StillRunning { killed, .. } => while_it_runs(*killed).into(),
            Failure::Busy(_) => self
                .holder()
                .map_or_else(|| "try again when it is done".into(), Holder::way_out),
            Failure::NoLock(error) => {
                let way_out = errno::way_out(&error.source)?;
                format!("nothing was started or signalled; {way_out}")
            }
            Failure::File(error) => return way_out(&error.source),
            Failure::Process { source, .. } => return way_out(source),
        })
    }

    /// Of a restart, why its start failed; else this.
    pub fn of_the_start(&self) -> &Failure {
        if let Failure::NotRestarted { failure, .. } = self {
            failure
        } else {
            self
        }
    }

    /// Who does not let go of the lock, where that is known.
    pub fn holder(&self) -> Option<&Holder> {
        if let Failure::Busy(LockError::Held { holder, .. }) = self {
            holder.as_ref()
        } else {
            None
        }
    }

    /// What has led to it, where the daemon's last words say so: a cause that was found in
    /// them, or the last of them.
    pub fn why(&self) -> Option<&str> {
        let cause = if let Failure::EndedAtStart { cause, .. } = self.of_the_start() {
            cause.as_ref().and_then(Cause::in_few_words)
        } else {
            None
        };
        cause.or_else(|| self.output().last().map(String::as_str))
    }

    /// The lines to show below the message.
    pub fn output(&self) -> &[String] {
        match self {
            Failure::EndedAtStart { output, .. } | Failure::NotReady { output, .. } => output,
            Failure::NotRestarted { failure, .. } => failure.output(),
            Failure::NotConfigured { .. }
            | Failure::Misconfigured { .. }
            | Failure::AlreadyRunning { .. }
            | Failure::NotRunning { .. }
            | Failure::Foreign { .. }
            | Failure::Unknown { .. }
            | Failure::NoHealthUrl
            | Failure::WorkingDir { .. }
            | Failure::Program(_)
            | Failure::ForAShell { .. }
            | Failure::Environment(_)
            | Failure::Spawn { .. }
            | Failure::GivenUp { .. }
            | Failure::FromWithin { .. }
            | Failure::StillRunning { .. }
            | Failure::Left { .. }
            | Failure::LeftUnrecorded { .. }
            | Failure::Busy(_)
            | Failure::NoLock(_)
            | Failure::File(_)
            | Failure::Process { .. } => &[],
        }
    }
}

impl From<NotKilled> for Failure {
    fn from(NotKilled { pid, source }: NotKilled) -> Self {
        Failure::Process { pid, source }
    }
}

/// Where the program could not be run.
fn after_spawn(error: &SpawnError<FileError>) -> Option<String> {
    match error {
        SpawnError::Exec(error) if error.raw_os_error() == Some(libc::ENOEXEC) => {
            Some("a script needs a `#!` line that names its interpreter".into())
        }
        SpawnError::Exec(_) => Some("check the program and its `#!` line".into()),
        SpawnError::Fork(error) => way_out(error),
        SpawnError::Publish(error) => way_out(&error.source),
        SpawnError::Nul | SpawnError::WorkingDir(_) => None,
    }
}

/// Where the daemon ended during its start.
fn after_end(
    exit: Option<Exit>,
    output_file: &Path,
    left: &[Left],
    cause: Option<&Cause>,
) -> String {
    match (cause, exit) {
        (Some(cause), _) => cause.way_out(),
        (None, _) if !left.is_empty() => format!(
            "{}, and may be why; {}",
            Left::sentence(left, "the daemon before it"),
            Left::way_out(left)
        ),
        (None, Some(Exit::Code(0))) => {
            "the command must stay in the foreground; if it writes a PID file, \
             `pid_file_owner = \"daemon\"` lets it go into the background"
                .into()
        }
        (None, _) => format!("its whole output is in '{}'", output_file.display()),
    }
}

/// Where the daemon did not end.
fn while_it_runs(killed: bool) -> &'static str {
    if killed {
        "it waits in the kernel, for a disk or a network file system"
    } else {
        "its PID file was kept; wait, or end it with `inneros daemon stop --force`"
    }
}

fn beside_not_running(tidied: bool, left: &[Left]) -> String {
    match left {
        [] if tidied => " (a PID file left by a crash was removed)".into(),
        [] => String::new(),
        left => format!(", but {}", Left::sentence(left, "it")),
    }
}

fn way_out(error: &io::Error) -> Option<String> {
    errno::way_out(error).map(str::to_owned)
}
