//! A login item for the tray of a bundle; launch agents for everything else.
//!
//! Nothing here starts or ends a job: launchd finds new property lists at the next login. Making
//! it load one now would start the daemon now, and making it forget a running one would end it,
//! including the tray itself when its own switch is used.

use std::io;
use std::path::{Path, PathBuf};

use super::{AutostartError, login_item, read, replace, tool, user_home};
use crate::model::autostart::launch_agent::{self, Request as Launchctl};
use crate::model::autostart::login_item::{Refusal, Request};
use crate::model::autostart::program::{self, Program, Unsteady};
use crate::model::autostart::{AtLogin, Found, SystemSwitch, Way};
use crate::os::private_file;

pub fn called() -> io::Result<PathBuf> {
    // It may be as it was typed.
    std::path::absolute(std::env::current_exe()?)
}

pub fn unsteady(program: &Path) -> Option<Unsteady> {
    program::unsteady(program)
}

pub fn said_file() -> Option<PathBuf> {
    Some(launch_agent::said_file(&user_home().ok()?))
}

pub fn ask_login_item(request: Request) -> Result<SystemSwitch, Refusal> {
    login_item::answer(request)
}

pub fn way(item: AtLogin, program: &Program) -> Way {
    match item {
        AtLogin::Tray if program.bundle().is_some() => Way::LoginItem,
        AtLogin::Tray | AtLogin::Daemon => Way::LaunchAgent,
    }
}

pub fn registered(item: AtLogin, program: &Program) -> Result<Found, AutostartError> {
    let path = user_home()?
        .join("Library/LaunchAgents")
        .join(launch_agent::file_name(item));
    let entry = read(Way::LaunchAgent, &path)?;
    let switch = match entry {
        Some(_) => agent_switch(item, &path),
        None => SystemSwitch::Off,
    };
    let login_item = match bundle_of(item, program) {
        Some(bundle) => login_item::status(bundle),
        None => SystemSwitch::Off,
    };
    Ok(Found {
        way: Way::LaunchAgent,
        path,
        entry,
        switch,
        login_item,
    })
}

pub fn enable(
    item: AtLogin,
    program: &Program,
    found: &Found,
    text: &str,
) -> Result<SystemSwitch, AutostartError> {
    if let Some(bundle) = bundle_of(item, program) {
        let switch = login_item::register(bundle)?;
        // Else a version from before there was a bundle would be started as well.
        remove_agent(item, found)?;
        return Ok(switch);
    }
    let switch = replace(&found.path, text, || {
        if is_disabled(item) {
            launchctl(Launchctl::Enable(item))?;
        }
        Ok(agent_switch(item, &found.path))
    })?;
    if switch == SystemSwitch::NeedsApproval {
        login_item::open_settings();
    }
    Ok(switch)
}

pub fn disable(item: AtLogin, program: &Program, found: &Found) -> Result<(), AutostartError> {
    if let Some(bundle) = bundle_of(item, program) {
        login_item::unregister(bundle)?;
    }
    remove_agent(item, found)
}

/// The bundle that is the login item.
fn bundle_of(item: AtLogin, program: &Program) -> Option<&Path> {
    match item {
        AtLogin::Tray => program.bundle(),
        AtLogin::Daemon => None,
    }
}

fn agent_switch(item: AtLogin, path: &Path) -> SystemSwitch {
    match login_item::legacy_status(path) {
        SystemSwitch::NeedsApproval => SystemSwitch::NeedsApproval,
        // A property list that the system has not met yet is not in its list.
        SystemSwitch::On | SystemSwitch::Off if is_disabled(item) => SystemSwitch::Off,
        SystemSwitch::On | SystemSwitch::Off => SystemSwitch::On,
    }
}

/// Where launchd does not say, as in a session without a screen, nothing was disabled.
fn is_disabled(item: AtLogin) -> bool {
    launchctl(Launchctl::PrintDisabled)
        .is_ok_and(|printed| launch_agent::is_disabled(&printed, item))
}

fn remove_agent(item: AtLogin, found: &Found) -> Result<(), AutostartError> {
    if found.entry.is_none() {
        return Ok(());
    }
    private_file::remove(&found.path)?;
    // launchd would keep it in mind until the next login. A job that it does not know
    // is the usual case: exit code 113.
    let idle =
        launchctl(Launchctl::Print(item)).is_ok_and(|printed| launch_agent::is_idle(&printed));
    if !idle {
        return Ok(());
    }
    match launchctl(Launchctl::Bootout(item)) {
        // The property list is gone: nothing brings it back.
        Err(AutostartError::Failed { exit, .. }) if launch_agent::is_booted_out(exit) => Ok(()),
        result => result.map(drop),
    }
}

fn launchctl(request: Launchctl) -> Result<String, AutostartError> {
    let uid = rustix::process::getuid().as_raw();
    // In full: an app that launchd has started has a bare PATH.
    tool::run("/bin/launchctl", &request.arguments(uid))
}
