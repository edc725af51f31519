//! The doctor: checks the setup and suggests fixes. It changes nothing: what it writes to test
//! the disk is removed at once.

use std::io;
use std::path::{Path, PathBuf};

use super::autostart::{self, AtLogin};
use super::environment;
use super::explain;
use super::known::{self, Refused, heartbeat};
use super::looker;
use super::settings::SettingsError;
use crate::model::config::{Config, Daemon, Managed, Standing, secrets, shell};
use crate::model::life::health::Probe;
use crate::model::life::report::Report;
use crate::model::life::status::Status;
use crate::model::logs::understood::LinePart;
use crate::model::text::first_upper;
use crate::model::words;
use crate::os::config_file::ConfigError;
use crate::os::errno;
use crate::os::lock;
use crate::os::log_files::{self, LogFile};
use crate::os::private_file::{self, FileError};
use crate::os::process::{self, check_working_dir, our_uid, resolve_program};

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Warn,
    /// Something will not work.
    Fail,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// What was found.
    pub message: String,
    /// The way out, where there is something to be done.
    pub hint: Option<String>,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Ok,
            message: message.into(),
            hint: None,
        }
    }

    fn bad(
        name: &'static str,
        verdict: Verdict,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            name,
            verdict,
            message: message.into(),
            hint: Some(hint.into()),
        }
    }
}

/// Checks everything about a configuration. `error` is what was wrong with its file,
/// if anything was: then the rest is checked with the defaults.
pub fn examine(config: &Config, error: Option<&SettingsError>) -> Vec<Check> {
    let mut checks = vec![configuration(config, error)];
    for managed in &config.daemons {
        let mut of_it = of_daemon(config, managed, error.is_none());
        if config.daemons.len() > 1 {
            for check in &mut of_it {
                check.message = format!("{}: {}", managed.id, check.message);
            }
        }
        checks.extend(of_it);
    }
    checks.push(tray(config));
    checks.extend(published(config));
    checks.extend(called(config));
    checks.extend(other_programs());
    checks.extend(AtLogin::ALL.map(|item| login(item, config)));
    checks.extend(desktop());
    checks
}

/// Checks everything about one daemon.
fn of_daemon(config: &Config, managed: &Managed, is_known: bool) -> Vec<Check> {
    let daemon = &managed.daemon;
    let mut checks = Vec::new();
    match &managed.standing {
        Standing::Configured if is_known => checks.extend([command(daemon), working_dir(daemon)]),
        Standing::Misconfigured(why) => {
            let way_out = "correct that file; other daemons are not affected";
            checks.push(Check::bad("configuration", Verdict::Fail, why, way_out));
        }
        Standing::Removed => {
            let why = "it has run, and is no longer configured";
            let way_out = format!("`inneros daemon stop {}` ends it", managed.id);
            checks.push(Check::bad("configuration", Verdict::Warn, why, way_out));
        }
        Standing::Configured => {}
    }
    let report = if config.daemons.len() == 1 {
        looker::report(config)
    } else {
        looker::look_at(managed)
    };
    checks.push(home(daemon));
    checks.extend(files(daemon));
    checks.extend(held(daemon));
    checks.extend([logs(daemon), state(daemon, &report.status)]);
    checks.extend(health_url(managed, &report));
    checks
}

/// The hook, and the file with the URL of the heartbeat.
fn called(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(program) = config.elsewhere.hook.first() {
        let path = std::env::var_os("PATH").unwrap_or_default();
        checks.push(match resolve_program(program, &config.home, &path) {
            Ok(path) => Check::ok("hooks", format!("'{}' can be run", path.display())),
            Err(error) => Check::bad(
                "hooks",
                Verdict::Fail,
                error.to_string(),
                "correct `command` in [hooks] with `inneros config edit`",
            ),
        });
    }
    let file = &config.elsewhere.heartbeat_file;
    if !file.as_os_str().is_empty() {
        checks.push(match heartbeat::url(file) {
            Ok(_) => Check::ok("heartbeat", format!("'{}' holds a URL", file.display())),
            Err(why) => Check::bad(
                "heartbeat",
                Verdict::Fail,
                why,
                format!(
                    "write the URL into it, and run `chmod 600 '{}'`",
                    file.display()
                ),
            ),
        });
    }
    checks
}

/// The files for others.
fn published(config: &Config) -> Vec<Check> {
    let checks = known::check(config).into_iter();
    checks
        .map(|(name, path, checked)| match checked {
            Ok(()) => Check::ok(name, format!("'{}' can be written", path.display())),
            Err(Refused::File(error)) => unwritable(name, &error),
            Err(refused) => Check::bad(
                name,
                Verdict::Fail,
                refused.to_string(),
                format!("correct `file` in [{name}] with `inneros config edit`"),
            ),
        })
        .collect()
}

/// Which `inneros` a shell finds, where there are several: InnerOS installs one of its own.
fn other_programs() -> Option<Check> {
    const NAME: &str = "command";
    let ours = std::env::current_exe().ok()?.canonicalize().ok()?;
    let found = process::programs_named("inneros", &std::env::var_os("PATH")?);
    let other = found.iter().find(|program| **program != ours)?;
    let (ours_shown, other_shown) = (ours.display(), other.display());
    Some(if found.first() == Some(&ours) {
        Check::ok(
            NAME,
            format!("'inneros' is '{ours_shown}'; there is another in PATH, '{other_shown}'"),
        )
    } else {
        Check::bad(
            NAME,
            Verdict::Warn,
            format!("a shell runs '{other_shown}' as 'inneros', not this program, '{ours_shown}'"),
            "leave the virtual environment with `deactivate`, or put this program's folder first in PATH",
        )
    })
}

fn configuration(config: &Config, error: Option<&SettingsError>) -> Check {
    let path = config.config_file.display();
    match error {
        Some(SettingsError::File(ConfigError::File(error))) => Check::bad(
            "configuration",
            Verdict::Fail,
            format!("{error}: {}", error.source),
            way_out(&error.source),
        ),
        Some(error) => Check::bad(
            "configuration",
            Verdict::Fail,
            error.to_string(),
            "correct it with `inneros config edit`",
        ),
        None if config.config_file.exists() => {
            Check::ok("configuration", format!("'{path}' is valid"))
        }
        None => Check::bad(
            "configuration",
            Verdict::Warn,
            format!("there is no '{path}'"),
            "`inneros config init` writes one",
        ),
    }
}

fn command(daemon: &Daemon) -> Check {
    let Some(program) = daemon.command.first() else {
        return Check::bad(
            "command",
            Verdict::Fail,
            "no daemon is configured",
            "set `command` with `inneros config edit`",
        );
    };
    let environment = match environment::of(&daemon.env, &daemon.working_dir) {
        Ok(environment) => environment,
        Err(why) => {
            let way_out =
                "set it in the environment that starts the daemon, or write `$$` for a dollar sign";
            return Check::bad("command", Verdict::Fail, why, way_out);
        }
    };
    let path = environment.into_iter().find(|(key, _)| key == "PATH");
    let path = path.map(|(_, value)| value).unwrap_or_default();
    match resolve_program(program, &daemon.working_dir, &path) {
        Ok(found) => Check::ok("command", format!("'{}'", found.display())),
        Err(error) => Check::bad(
            "command",
            Verdict::Fail,
            error.to_string(),
            match shell::as_list(&daemon.command) {
                Some(list) => format!("no shell reads it; write it as a list: command = {list}"),
                None => "check `command` in the configuration; a full path always works".into(),
            },
        ),
    }
}

fn working_dir(daemon: &Daemon) -> Check {
    let path = &daemon.working_dir;
    match check_working_dir(path) {
        Ok(()) => Check::ok("working folder", format!("'{}'", path.display())),
        Err(error) => Check::bad(
            "working folder",
            Verdict::Fail,
            format!("'{}': {error}", path.display()),
            "create it, or set `working_dir`",
        ),
    }
}

/// What a start opens or replaces must be ours: one command under sudo leaves files of root.
fn files(daemon: &Daemon) -> Vec<Check> {
    let bad = |message: String, hint: String| Check::bad("files", Verdict::Fail, message, hint);
    let opened = [daemon.lock_file(), daemon.output_file()];
    let opened = opened.into_iter().filter_map(|path| {
        let (error, owner) = private_file::check_writable(&path).err()?;
        let shown = path.display();
        Some(match owner.and_then(|owner| theirs(&path, owner)) {
            Some((whose, way_out)) => bad(format!("cannot write '{shown}': {whose}"), way_out),
            None => bad(
                format!("cannot write '{shown}': {error}"),
                way_out(&error).to_owned(),
            ),
        })
    });
    let replaced = [daemon.record_file(), daemon.pid_file.clone()];
    let replaced = replaced.into_iter().filter_map(|path| {
        let (owner, _) = private_file::owner_and_mode(&path).ok()?;
        let (whose, way_out) = theirs(&path, owner)?;
        Some(bad(
            format!("cannot trust '{}': {whose}", path.display()),
            way_out,
        ))
    });
    opened.chain(replaced).collect()
}

/// Of what belongs to another user: that it does, and the way out.
fn theirs(path: &Path, owner: u32) -> Option<(String, String)> {
    let us = our_uid();
    let way_out = if us == 0 {
        format!("run this as user {owner}, without `sudo`")
    } else {
        format!("sudo chown {us} '{}'", path.display())
    };
    (owner != us).then(|| (format!("it belongs to user {owner}"), way_out))
}

/// Whoever starts or stops the daemon just now, and may never come to an end.
fn held(daemon: &Daemon) -> Option<Check> {
    let holder = lock::is_held(&daemon.lock_file()).ok()???;
    let said = format!("held by {}", holder.sentence());
    Some(if holder.is_suspended {
        Check::bad("lock", Verdict::Warn, said, holder.way_out())
    } else {
        Check::ok("lock", said)
    })
}

/// The folder that has the PID file must be ours alone: who can write it can put another file
/// there. And it must have room.
fn home(daemon: &Daemon) -> Check {
    const NAME: &str = "home folder";
    let folder = daemon.pid_file.parent().unwrap_or(Path::new("/"));
    let shown = folder.display();
    let (owner, mode) = match private_file::owner_and_mode(folder) {
        Ok(known) => known,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let above = folder.ancestors().find(|folder| folder.exists());
            let made = above.map_or(Ok(()), |above| {
                private_file::try_write(&above.join("inneros"))
            });
            return match made {
                Ok(()) => Check::ok(
                    NAME,
                    format!("'{shown}' will be created at the first start"),
                ),
                Err(error) => unwritable(NAME, &error),
            };
        }
        Err(error) => {
            return Check::bad(
                NAME,
                Verdict::Fail,
                format!("'{shown}': {error}"),
                way_out(&error),
            );
        }
    };
    let sticky = mode & 0o1000 != 0;
    if owner != our_uid() && !sticky {
        return Check::bad(
            NAME,
            Verdict::Fail,
            format!("'{shown}' belongs to user {owner}"),
            theirs(folder, owner).map_or_else(String::new, |(_, way_out)| {
                format!("{way_out}, or choose a `pid_file` in a folder of your own")
            }),
        );
    }
    if mode & 0o002 != 0 && !sticky {
        return Check::bad(
            NAME,
            Verdict::Fail,
            format!("other users can write to '{shown}'"),
            format!("chmod 700 '{shown}'"),
        );
    }
    // As a start writes it.
    match private_file::try_write(&daemon.record_file()) {
        Ok(()) => Check::ok(NAME, format!("'{shown}'")),
        Err(error) => unwritable(NAME, &error),
    }
}

fn unwritable(name: &'static str, error: &FileError) -> Check {
    Check::bad(
        name,
        Verdict::Fail,
        format!("{error}: {}", error.source),
        way_out(&error.source),
    )
}

fn logs(daemon: &Daemon) -> Check {
    let folders = &daemon.logs_dirs;
    let has_none = |folder: &&PathBuf| {
        let newest = log_files::newest(std::slice::from_ref(*folder));
        newest.is_ok_and(|newest| newest.is_none())
    };
    let without: Vec<PathBuf> = folders.iter().filter(has_none).cloned().collect();
    match log_files::newest(folders) {
        Ok(_) if !without.is_empty() => Check::bad(
            "logs",
            Verdict::Warn,
            format!("no *.log in {}", words::paths(&without)),
            "set `logs_dir` to the folder with the daemon's logs",
        ),
        Ok(Some(newest)) => match LogFile::open(&newest) {
            Ok(file) => understood(&file.with(&daemon.log_hints())),
            Err(error) => unreadable(&error),
        },
        // One has come this moment, or gone.
        Ok(None) => Check::ok("logs", words::paths(folders)),
        Err(error) => unreadable(&error),
    }
}

fn unreadable(error: &FileError) -> Check {
    Check::bad(
        "logs",
        Verdict::Fail,
        format!("{error}: {}", error.source),
        "make the folder and its files readable to you",
    )
}

/// How much of the newest log is understood, and how.
fn understood(file: &LogFile) -> Check {
    const NAME: &str = "logs";
    let path = file.path();
    let shown = path.display();
    let understood = match file.understood() {
        Ok(understood) => understood,
        Err(error) => return unreadable(&FileError::at("read log file", &path)(error)),
    };
    if understood.lines == 0 {
        return Check::ok(NAME, format!("the newest is '{shown}', which is empty"));
    }
    let shapes = understood.shapes.keys().map(|shape| shape.word());
    let shapes = shapes.collect::<Vec<_>>().join(", ");
    let (known, lines) = (understood.known(), understood.lines);
    let mut message =
        format!("the newest is '{shown}': {known} of its last {lines} lines are understood");
    if !shapes.is_empty() {
        message += &format!(", as {shapes}");
    }
    if let Some(zone) = file.dialect().zone() {
        message += &format!("; its times are read as {zone}");
    }
    if understood.lacks(LinePart::Time) || understood.lacks(LinePart::Level) {
        let lacking = if understood.lacks(LinePart::Level) {
            LinePart::Level
        } else {
            LinePart::Time
        };
        return Check::bad(
            NAME,
            Verdict::Warn,
            format!("{message}; no {} is recognised in them", lacking.word()),
            "describe its lines with `log_format` in the configuration",
        );
    }
    Check::ok(NAME, message)
}

fn state(daemon: &Daemon, status: &Status) -> Check {
    const NAME: &str = "daemon";
    let word = status.state().word();
    let said = match status.reason() {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    };
    match status {
        Status::Starting(alive)
        | Status::Running(alive)
        | Status::Unhealthy { alive, .. }
        | Status::Stopping(alive) => {
            let said = format!("{said} (pid {})", alive.identity.pid);
            match &alive.note {
                None => Check::ok(NAME, said),
                Some(note) => Check::bad(
                    NAME,
                    Verdict::Warn,
                    format!("{said}: {note}"),
                    "`inneros daemon restart` puts its files right",
                ),
            }
        }
        Status::Stopped(rest) if rest.note.is_some() => Check::bad(
            NAME,
            Verdict::Warn,
            said,
            "`inneros daemon start` starts it and puts its files right",
        ),
        Status::Stopped(_) => match explain::copies(daemon).first() {
            Some(copy) => Check::bad(
                NAME,
                Verdict::Warn,
                format!("{said}, but pid {copy} runs the same command"),
                "it was started elsewhere: stop it, or use its own PID file \
                 (`pid_file_owner = \"daemon\"`)",
            ),
            None => Check::ok(NAME, said),
        },
        Status::Crashed(_) | Status::CrashLooping { .. } => Check::bad(
            NAME,
            Verdict::Warn,
            said,
            "`inneros daemon logs` may say why; `inneros daemon start` starts it again",
        ),
        Status::Foreign(_) => Check::bad(
            NAME,
            Verdict::Fail,
            said,
            format!(
                "if that is not the daemon, remove '{}'",
                daemon.pid_file.display()
            ),
        ),
        Status::Unknown { hint, .. } => Check::bad(NAME, Verdict::Fail, said, hint.clone()),
    }
}

fn health_url(managed: &Managed, report: &Report) -> Option<Check> {
    let check = managed.health.as_ref()?;
    let Some(health) = &report.health else {
        return Some(Check::ok("health", "not asked: the daemon is not running"));
    };
    if health.is_well() {
        let url = secrets::in_text(&check.url);
        return Some(Check::ok("health", format!("{url} answers well")));
    }
    let starting = matches!(report.status, Status::Starting(_));
    let (verdict, way_out) = if starting {
        (Verdict::Warn, "it has just started: try again")
    } else if health.last == Probe::Good {
        (Verdict::Warn, "see the daemon's log")
    } else {
        let way_out = "check `url` in the [health] section, and the daemon's log";
        (Verdict::Fail, way_out)
    };
    let said = first_upper(&health.sentence(starting));
    Some(Check::bad("health", verdict, said, way_out))
}

fn tray(config: &Config) -> Check {
    let path = config.tray_lock_file();
    match lock::is_held(&path) {
        Ok(None) => Check::ok("tray app", "not running"),
        Ok(Some(Some(holder))) if is_elsewhere(config, holder.pid) => Check::bad(
            "tray app",
            Verdict::Warn,
            format!("running outside this session (pid {})", holder.pid),
            "start `inneros-tray`: it takes over",
        ),
        Ok(Some(holder)) => Check::ok(
            "tray app",
            holder.map_or("running".into(), |holder| {
                format!("running (pid {})", holder.pid)
            }),
        ),
        Err(error) => Check::bad(
            "tray app",
            Verdict::Warn,
            error.to_string(),
            way_out(&error.source),
        ),
    }
}

fn way_out(error: &io::Error) -> &'static str {
    errno::way_out(error).unwrap_or("check the path")
}

fn login(item: AtLogin, config: &Config) -> Check {
    let name = match item {
        AtLogin::Tray => "tray at login",
        AtLogin::Daemon => "daemon at login",
    };
    let (message, hint) = match autostart::status(item, config) {
        Ok(status) => (status.state.sentence(), status.state.hint(item)),
        Err(failure) => (failure.to_string(), failure.hint()),
    };
    match hint {
        None => Check::ok(name, message),
        Some(hint) => Check::bad(name, Verdict::Warn, message, hint),
    }
}

/// Whether a tray has no icon on this desktop, where there is one.
#[cfg(feature = "tray")]
fn is_elsewhere(config: &Config, pid: i32) -> bool {
    super::only_tray::is_elsewhere(config, pid)
}

#[cfg(not(feature = "tray"))]
fn is_elsewhere(_config: &Config, _pid: i32) -> bool {
    false
}

#[cfg(feature = "tray")]
fn desktop() -> Vec<Check> {
    crate::os::desktop::needs()
        .into_iter()
        .map(|need| match need.found {
            Ok(found) => Check::ok(need.name, found),
            Err(missing) => Check::bad(need.name, Verdict::Warn, missing, need.hint),
        })
        .collect()
}

#[cfg(not(feature = "tray"))]
fn desktop() -> Vec<Check> {
    Vec::new()
}
