//! The files that are named after others: those of the daemon after its PID file, those of the
//! tray in the home folder.

use std::path::{Path, PathBuf};

use super::{Config, Daemon};

impl Daemon {
    /// The run record, beside the PID file.
    pub fn record_file(&self) -> PathBuf {
        self.beside("json")
    }

    /// The lock that serialises start, stop and restart.
    pub fn lock_file(&self) -> PathBuf {
        self.beside("lock")
    }

    /// The capture file: the daemon's standard output and standard error.
    pub fn output_file(&self) -> PathBuf {
        self.beside("out")
    }

    /// The PID file's name with another extension instead of `pid`. Any other name gets one
    /// more: `a.txt` and `a.pid` are the PID files of two daemons.
    fn beside(&self, extension: &str) -> PathBuf {
        if self
            .pid_file
            .extension()
            .is_some_and(|there| there == "pid")
        {
            return self.pid_file.with_extension(extension);
        }
        with_suffix(&self.pid_file, &format!(".{extension}"))
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
    /// of ours.
    pub fn check_names(&self) -> Result<(), String> {
        let (daemon, log) = (&self.managed.daemon, self.tray_log_file());
        let output = daemon.output_file();
        let of_the_daemon = [
            daemon.pid_file.clone(),
            daemon.record_file(),
            daemon.lock_file(),
            with_suffix(&output, ".1"),
            output,
        ];
        let ours = [
            (self.config_file.clone(), "the configuration file"),
            (self.tray_lock_file(), "the tray's lock"),
            (with_suffix(&log, ".1"), "the tray's log"),
            (log, "the tray's log"),
        ];
        let of_the_daemon = of_the_daemon.map(|path| without_case(&path));
        let taken = ours
            .iter()
            .find(|(path, _)| of_the_daemon.contains(&without_case(path)));
        let Some((path, what)) = taken else {
            return Ok(());
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Err(format!(
            "the daemon's files are named after its PID file, and '{name}' is {what}, expected another name"
        ))
    }
}

/// On a Mac, upper and lower case are mostly the same to the disk.
fn without_case(path: &Path) -> PathBuf {
    path.to_string_lossy().to_lowercase().into()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut longer = path.as_os_str().to_owned();
    longer.push(suffix);
    longer.into()
}
