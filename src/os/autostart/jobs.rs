//! Jobs that a service manager runs: systemd user timers, launch agents.

#[cfg(target_os = "linux")]
use std::fs;
use std::io;
use std::path::PathBuf;
#[cfg(target_os = "macos")]
use std::thread;
use std::time::Duration;
#[cfg(target_os = "macos")]
use std::time::Instant;

#[cfg(target_os = "macos")]
use super::user_home;
use super::{AutostartError, tool};
#[cfg(target_os = "macos")]
use crate::model::autostart::launch_agent;
#[cfg(target_os = "macos")]
use crate::model::jobs::entry::label;
#[cfg(target_os = "linux")]
use crate::model::jobs::entry::timer;
use crate::model::jobs::entry::{EntryFile, Manager};
#[cfg(target_os = "linux")]
use crate::os::paths;
use crate::os::private_file::{self, FileError};
use crate::os::process;

/// The files of a job as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEntry {
    /// Each with its text, if it is there; what starts the job comes last.
    pub files: Vec<(PathBuf, Option<String>)>,
    /// Whether they are switched on.
    pub on: bool,
}

impl JobEntry {
    /// Whether there is any file.
    pub fn is_there(&self) -> bool {
        self.files.iter().any(|(_, text)| text.is_some())
    }
}

/// The service manager that could run jobs on this system.
#[cfg(target_os = "linux")]
pub const MANAGER_OF_JOBS: Option<Manager> = Some(Manager::Systemd);
/// As on Linux.
#[cfg(target_os = "macos")]
pub const MANAGER_OF_JOBS: Option<Manager> = Some(Manager::Launchd);

/// The service manager that runs this user's jobs; none where only cron may.
#[cfg(target_os = "linux")]
pub fn job_manager() -> Option<Manager> {
    // Where `systemctl --user` finds it.
    manager_folder()
        .is_some_and(|folder| folder.join("private").exists())
        .then_some(Manager::Systemd)
}

/// As on Linux.
#[cfg(target_os = "macos")]
pub fn job_manager() -> Option<Manager> {
    Some(Manager::Launchd)
}

/// How long the service manager is there in this boot, in awake time, as far as that can be
/// told.
#[cfg(target_os = "linux")]
pub fn job_manager_is_there_for() -> Duration {
    let created = manager_folder().and_then(|folder| fs::metadata(folder).ok()?.created().ok());
    let there = created.and_then(|created| created.elapsed().ok());
    let awake = process::awake_clock();
    there.map_or(awake, |there| there.min(awake))
}

/// As on Linux: not told, and so since the boot.
#[cfg(target_os = "macos")]
pub fn job_manager_is_there_for() -> Duration {
    process::awake_clock()
}

/// The files of a job. Looking changes nothing.
pub fn look_at_job(manager: Manager, name: &str) -> Result<JobEntry, AutostartError> {
    let folder = folder()?;
    let mut files = Vec::new();
    for file in manager.file_names(name) {
        let path = folder.join(file);
        let text = match private_file::read_small(&path) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(FileError::at("read", &path)(error).into()),
        };
        files.push((path, text));
    }
    let on = files.last().is_some_and(|(_, text)| text.is_some()) && is_linked(name)?;
    Ok(JobEntry { files, on })
}

/// Makes the service manager run a job from now on. If that fails, nothing is left of it.
pub fn enable_job(manager: Manager, name: &str, files: &[EntryFile]) -> Result<(), AutostartError> {
    let folder = folder()?;
    for file in files {
        private_file::write(&folder.join(&file.name), file.text.as_bytes())?;
    }
    let done = start(name);
    if done.is_err() {
        // What failed is the news.
        let _ = disable_job(manager, name);
    }
    done
}

/// Makes it forget a job. A run in progress is left alone by systemd, and ended by launchd.
pub fn disable_job(manager: Manager, name: &str) -> Result<(), AutostartError> {
    let folder = folder()?;
    let stopped = stop(name);
    for file in manager.file_names(name) {
        private_file::remove(&folder.join(file))?;
    }
    forget(name)?;
    // Where the manager does not answer, the files alone decide.
    if let Err(error) = stopped {
        tracing::warn!("{error}");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn manager_folder() -> Option<PathBuf> {
    let runtime = paths::variable("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime.map(|runtime| runtime.join("systemd"))
}

#[cfg(target_os = "linux")]
fn folder() -> Result<PathBuf, AutostartError> {
    Ok(super::platform::config_folder()?.join("systemd/user"))
}

#[cfg(target_os = "linux")]
fn link(name: &str) -> Result<PathBuf, AutostartError> {
    Ok(folder()?.join("timers.target.wants").join(timer(name)))
}

#[cfg(target_os = "linux")]
fn is_linked(name: &str) -> Result<bool, AutostartError> {
    Ok(fs::symlink_metadata(link(name)?).is_ok())
}

#[cfg(target_os = "linux")]
fn start(name: &str) -> Result<(), AutostartError> {
    let timer = timer(name);
    systemctl(&["daemon-reload"])?;
    systemctl(&["enable", &timer])?;
    // One that runs already has the new times from here on.
    systemctl(&["restart", &timer])
}

#[cfg(target_os = "linux")]
fn stop(name: &str) -> Result<(), AutostartError> {
    let timer = timer(name);
    systemctl(&["disable", "--now", &timer])?;
    // Else one that is enabled again would at once make up for what it was not to do.
    if let Err(error) = systemctl(&["clean", "--what=state", &timer]) {
        tracing::debug!("{error}");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn forget(name: &str) -> Result<(), AutostartError> {
    private_file::remove(&link(name)?)?;
    if let Err(error) = systemctl(&["daemon-reload"]) {
        tracing::warn!("{error}");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn systemctl(arguments: &[&str]) -> Result<(), AutostartError> {
    let arguments: Vec<&str> = ["--user"].iter().chain(arguments).copied().collect();
    tool::run("systemctl", &arguments).map(drop)
}

#[cfg(target_os = "macos")]
fn folder() -> Result<PathBuf, AutostartError> {
    Ok(user_home()?.join("Library/LaunchAgents"))
}

#[cfg(target_os = "macos")]
#[allow(clippy::unnecessary_wraps)] // As on Linux.
fn is_linked(_name: &str) -> Result<bool, AutostartError> {
    Ok(true)
}

#[cfg(target_os = "macos")]
fn start(name: &str) -> Result<(), AutostartError> {
    // One that is loaded already would keep its old times.
    if let Err(error) = stop(name) {
        tracing::debug!("{error}");
    }
    let file = folder()?.join(format!("{}.plist", label(name)));
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match launchctl(&["bootstrap", &domain(), &file.display().to_string()]) {
            Err(AutostartError::Failed { exit, .. })
                if launch_agent::is_too_early(exit) && Instant::now() < deadline =>
            {
                thread::sleep(Duration::from_millis(250));
            }
            result => return result,
        }
    }
}

#[cfg(target_os = "macos")]
fn stop(name: &str) -> Result<(), AutostartError> {
    match launchctl(&["bootout", &format!("{}/{}", domain(), label(name))]) {
        Err(AutostartError::Failed { exit, .. }) if launch_agent::is_booted_out(exit) => Ok(()),
        result => result,
    }
}

#[cfg(target_os = "macos")]
#[allow(clippy::unnecessary_wraps)] // As on Linux.
fn forget(_name: &str) -> Result<(), AutostartError> {
    Ok(())
}

#[cfg(target_os = "macos")]
fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}

#[cfg(target_os = "macos")]
fn launchctl(arguments: &[&str]) -> Result<(), AutostartError> {
    // In full: an app that launchd has started has a bare PATH.
    tool::run("/bin/launchctl", arguments).map(drop)
}
