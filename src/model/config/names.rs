//! The files that are named after others: those of the daemon after its PID file, those of the
//! tray in the home folder.

use std::path::{Component, Path, PathBuf};

use super::{Config, Daemon};

/// The history of everything that is managed in this home folder.
pub fn history_file(home: &Path) -> PathBuf {
    home.join("history.jsonl")
}

impl Daemon {
    /// The run record, beside the PID file.
    pub fn record_file(&self) -> PathBuf {
        beside(&self.pid_file, "json")
    }

    /// The lock that serialises start, stop and restart.
    pub fn lock_file(&self) -> PathBuf {
        beside(&self.pid_file, "lock")
    }

    /// The capture file: the daemon's standard output and standard error.
    pub fn output_file(&self) -> PathBuf {
        beside(&self.pid_file, "out")
    }
}

impl Config {
    /// The lock that keeps a second tray out.
    pub fn tray_lock_file(&self) -> PathBuf {
        self.home.join("tray.lock")
    }

    /// What the tray of this home is called between programs: another home's tray has another
    /// name, and each keeps its own from session to session.
    pub fn tray_id(&self) -> String {
        // FNV-1a. It need not withstand anybody, but must stay what it is.
        let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        let bytes = self.home.as_os_str().as_encoded_bytes();
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold);
        format!("inneros-{hash:016x}")
    }

    /// The tray's own log.
    pub fn tray_log_file(&self) -> PathBuf {
        self.home.join("tray.log")
    }

    /// What is wrong with the name of the PID file, in words: a file of the daemon would be one
    /// of ours, or the PID file itself a file of a daemon that has one of the `others`.
    pub(super) fn check_names(&self, pid_file: &Path, others: &[PathBuf]) -> Result<(), String> {
        let log = self.tray_log_file();
        let history = &history_file(&self.home);
        let ours = [
            (self.config_file.clone(), "the configuration file"),
            (self.tray_lock_file(), "the tray's lock"),
            (with_suffix(&log, ".1"), "the tray's log"),
            (log, "the tray's log"),
            (with_suffix(history, ".1"), "the history"),
            (history.clone(), "the history"),
        ];
        let taken = |by: &[PathBuf], file: &Path| by.iter().any(|path| is_same(path, file));
        let mut of_the_daemon = files_beside(pid_file).map(|(path, _)| path).to_vec();
        of_the_daemon.push(pid_file.to_owned());
        let file_of_ours = ours
            .into_iter()
            .find(|(path, _)| taken(&of_the_daemon, path))
            .map(|(path, what)| (path, what.to_owned()));
        let file_of_another = others
            .iter()
            .flat_map(|other| files_beside(other).map(|(path, what)| (path, what, other)))
            .find(|(path, _, _)| is_same(path, pid_file))
            .map(|(path, what, other)| (path, format!("{what} of '{}'", name(other))));
        match file_of_ours.or(file_of_another) {
            None => Ok(()),
            Some((path, what)) => Err(format!(
                "the daemon's files are named after its PID file, and '{}' is {what}, expected another name",
                name(&path)
            )),
        }
    }
}

/// What is wrong with a name, where something is.
pub fn check_name(name: &str) -> Result<(), String> {
    const LONGEST: usize = 100;
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let begins = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    if !begins || !name.bytes().all(fits) || name.len() > LONGEST {
        return Err(format!(
            "{name:?} is no name, expected lower-case letters, digits, \".\", \"_\" and \"-\", a letter or digit first"
        ));
    }
    if name == "all" {
        return Err("\"all\" is no name: it stands for every one".into());
    }
    Ok(())
}

/// The files that stand beside a PID file, and what they are.
pub(super) fn files_beside(pid_file: &Path) -> [(PathBuf, &'static str); 4] {
    let output = beside(pid_file, "out");
    [
        (beside(pid_file, "json"), "the run record"),
        (beside(pid_file, "lock"), "the lock"),
        (with_suffix(&output, ".1"), "the output"),
        (output, "the output"),
    ]
}

/// The PID file's name with another extension instead of `pid`. Any other name gets one
/// more: `a.txt` and `a.pid` are the PID files of two daemons.
fn beside(pid_file: &Path, extension: &str) -> PathBuf {
    if pid_file.extension().is_some_and(|there| there == "pid") {
        return pid_file.with_extension(extension);
    }
    with_suffix(pid_file, &format!(".{extension}"))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Whether two names are those of one file: on a Mac, upper and lower case are mostly the same
/// to the disk.
fn is_same(one: &Path, other: &Path) -> bool {
    // So it is nearly always, and each command asks.
    let names = one.file_name().zip(other.file_name());
    if let Some((one, other)) = names
        && one.is_ascii()
        && other.is_ascii()
        && !one.eq_ignore_ascii_case(other)
    {
        return false;
    }
    plain(one) == plain(other)
}

/// A name that two names of one file have in common.
pub(super) fn plain(path: &Path) -> String {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = plain.pop(),
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::Normal(_) => plain.push(part),
        }
    }
    plain.to_string_lossy().to_lowercase()
}

/// Whether something of ours, or of the daemon that has no folder, has this name in the home folder.
pub(super) fn is_of_the_home(name: &str) -> bool {
    let begins = ["daemon.", "tray.", "config.", "history."];
    let is = [
        "logs",
        "jobs",
        "jobs.d",
        "daemons.d",
        "crontab",
        "told.json",
    ];
    is.contains(&name) || begins.iter().any(|begin| name.starts_with(begin))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut longer = path.as_os_str().to_owned();
    longer.push(suffix);
    longer.into()
}
