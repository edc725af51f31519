//! A home folder of the test's own, and the program run in it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use inneros_tray::model::life::observation::ProcessSeen;
use inneros_tray::os::process::{boot_id, see};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::answer::Answer;
use crate::caller;
use crate::process::{comes_true, processes_of, runs, signal, wait_for, wait_until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_inneros");

/// The user and group that tests of permissions run as where root runs the tests.
const NOBODY: u32 = 65534;

/// At the end of every daemon's script: it waits, but not for ever.
const LIVE_ON: &str = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); sleep 0.1; done\n";

/// A sandbox. At its end every process that was started in it is ended.
pub struct Home {
    folder: TempDir,
    path: PathBuf,
    program: PathBuf,
    user: Option<u32>,
}

impl Home {
    /// An empty one.
    pub fn new() -> Self {
        Self::named("home")
    }

    /// An empty one whose last part has this name.
    pub fn named(name: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("inneros-test-")
            .tempdir()
            .unwrap();
        let path = folder.path().canonicalize().unwrap().join(name);
        fs::create_dir(&path).unwrap();
        Self {
            folder,
            path,
            program: PROGRAM.into(),
            user: None,
        }
    }

    /// One whose daemon is a shell script that lives on after its last line, and must
    /// live for 50 ms to have started.
    pub fn with_daemon(script: &str) -> Self {
        Self::new().daemon(script)
    }

    /// One whose daemon is the plainest there is.
    pub fn with_sleeper() -> Self {
        Self::new().config("daemon.command = ['sleep', '300']\ndaemon.start_grace = '50ms'\n")
    }

    /// Gives it a daemon, as [`Home::with_daemon`] does.
    pub fn daemon(self, script: &str) -> Self {
        let path = self.write("daemon.sh", format!("{script}\n{LIVE_ON}"));
        let text = format!("daemon.command = ['sh', '{}']\n", path.display());
        self.config(&text).setting("daemon.start_grace = '50ms'")
    }

    /// Writes the configuration file.
    pub fn config(self, text: &str) -> Self {
        self.write(".inneros/config.toml", text);
        self
    }

    /// Appends a line to the configuration file.
    pub fn setting(self, line: &str) -> Self {
        let text = fs::read_to_string(self.path.join(".inneros/config.toml")).unwrap_or_default();
        self.config(&format!("{text}{line}\n"))
    }

    /// Everything in it belongs to a user who is not root, as whom the program runs
    /// from here on: permissions are nothing to root.
    pub fn unprivileged(self) -> Self {
        if !rustix::process::geteuid().is_root() {
            return self;
        }
        self.owned_by(NOBODY)
    }

    /// The same for a certain user, which only root can do.
    pub fn owned_by(mut self, user: u32) -> Self {
        // The folder in which the program was built may be closed to others.
        self.program = self.folder.path().join("inneros");
        copy_program(Path::new(PROGRAM), &self.program);
        fs::set_permissions(self.folder.path(), Permissions::from_mode(0o755)).unwrap();
        give_away(&self.path, user);
        self.user = Some(user);
        self
    }

    /// The program, where its users can run it.
    pub fn program(&self) -> &Path {
        &self.program
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in `~/.inneros`.
    pub fn ours(&self, name: &str) -> PathBuf {
        self.path.join(".inneros").join(name)
    }

    pub fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path.join(name)).is_ok()
    }

    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name))
            .unwrap_or_else(|error| panic!("{name} cannot be read: {error}"))
    }

    /// Writes a file in it, with the folders that it needs.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        if let Some(user) = self.user {
            std::os::unix::fs::chown(&path, Some(user), Some(user)).unwrap();
        }
        path
    }

    /// Writes a program.
    pub fn write_program(&self, name: &str, text: &str) -> PathBuf {
        let written = self.write(&format!("{name}.text"), text);
        fs::set_permissions(&written, Permissions::from_mode(0o755)).unwrap();
        let path = self.path.join(name);
        copy_program(&written, &path);
        path
    }

    /// Writes the PID file as another tool would.
    pub fn write_pid_file(&self, content: impl Display) -> PathBuf {
        let path = self.write(".inneros/daemon.pid", format!("{content}"));
        self.mode(".inneros/daemon.pid", 0o644);
        path
    }

    pub fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path.join(name), Permissions::from_mode(mode)).unwrap();
    }

    /// The PID in the PID file.
    #[track_caller]
    pub fn pid(&self) -> i32 {
        self.read(".inneros/daemon.pid").trim().parse().unwrap()
    }

    /// The run record.
    #[track_caller]
    pub fn record(&self) -> Value {
        serde_json::from_str(&self.read(".inneros/daemon.json")).unwrap()
    }

    /// Changes one key of the run record.
    pub fn alter_record(&self, key: &str, value: impl Into<Value>) {
        let mut record = self.record();
        record[key] = value.into();
        self.write(".inneros/daemon.json", record.to_string());
        self.mode(".inneros/daemon.json", 0o600);
    }

    /// Makes the run record name a process as only we can name one: it is believed.
    #[track_caller]
    pub fn name_exactly(&self, pid: i32) {
        let ProcessSeen::Alive(facts) = see(pid, &boot_id().unwrap()) else {
            panic!("pid {pid} is not alive");
        };
        self.alter_record("pid", pid);
        self.alter_record("start_token", facts.identity.start_token);
    }

    /// The number that a script writes into a file, once it has.
    #[track_caller]
    pub fn number_in(&self, name: &str) -> i32 {
        wait_for(&format!("a number in {name}"), || {
            let text = fs::read_to_string(self.path.join(name)).ok()?;
            text.strip_suffix('\n')?.parse().ok()
        })
    }

    /// The program, ready to be run in this home.
    pub fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        self.at_home(&mut command);
        command
    }

    /// Runs the program.
    #[track_caller]
    pub fn inneros<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Answer {
        Answer::of(self.command(arguments))
    }

    /// Runs a shell script in which `"$@"` is the program with these arguments.
    #[track_caller]
    pub fn shell<I: IntoIterator<Item: AsRef<OsStr>>>(&self, script: &str, arguments: I) -> Answer {
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(&self.program);
        command.args(arguments);
        self.at_home(&mut command);
        Answer::of(command)
    }

    /// Starts the daemon, which must succeed, and returns its PID.
    #[track_caller]
    pub fn start(&self) -> i32 {
        self.inneros(["daemon", "start"]).code(0);
        self.pid()
    }

    /// Starts a daemon that makes a file `ready` when it is, and waits for it.
    #[track_caller]
    pub fn start_until_ready(&self) -> i32 {
        let pid = self.start();
        wait_until("the daemon is ready", || self.has("ready"));
        pid
    }

    /// The daemon that lives, or none, after a start or a stop that did not come to its
    /// end: status and the process table agree on it, and there is no second one.
    #[track_caller]
    pub fn known_daemon(&self) -> Option<i32> {
        wait_for("what runs is known to run", || {
            let status = self.inneros(["daemon", "status", "--json"]);
            let answer = status.json();
            match (answer["state"].as_str().unwrap(), &self.processes()[..]) {
                (_, [_, _, ..]) => panic!("more than one process: {status}"),
                ("starting" | "running" | "stopping", [pid]) => {
                    status.code(0);
                    // A child that has not come to run its command yet sees a moment
                    // later that nobody waits for it.
                    let same = answer["pid"] == *pid && !runs(*pid, "inneros");
                    same.then_some(Some(*pid))
                }
                ("stopped", []) => {
                    status.code(3);
                    Some(None)
                }
                ("starting" | "running" | "stopping" | "stopped", _) => None,
                _ => panic!("{status}"),
            }
        })
    }

    /// Every live process that was started in it.
    pub fn processes(&self) -> Vec<i32> {
        processes_of(&self.path)
    }

    /// Waits until none of them is left: a script's `sleep` ends a moment later.
    #[track_caller]
    pub fn assert_no_process_is_left(&self) {
        wait_until("no process is left", || self.processes().is_empty());
    }

    /// All files in it with mode, time of change and content. The lock file is left
    /// out, which every start and stop writes.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files = self.files_and_folders();
        files.retain(|name, entry| !name.ends_with("/daemon.lock") && !entry.starts_with("folder"));
        files
    }

    /// All files and folders in it with mode, time of change and content.
    pub fn files_and_folders(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        list(&self.path, &mut found).unwrap();
        found
    }

    /// Makes a command one that is run in this home, with nothing of the tests'
    /// environment, and no signal ignored that whoever runs the tests ignores.
    pub fn at_home(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &self.path)
            .current_dir(&self.path)
            .stdin(Stdio::null());
        caller::with_heard(command, &[libc::SIGHUP, libc::SIGINT]);
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // What is killed may have made another process just before: it is looked for
        // until nothing is left.
        let ended = comes_true(|| {
            let left = self.processes();
            for pid in &left {
                signal(*pid, Signal::KILL);
            }
            left.is_empty()
        });
        // Folders that a test has closed must open for the removal.
        let _ = Command::new("chmod")
            .args(["-R", "u+rwX"])
            .arg(&self.path)
            .status();
        assert!(
            ended || thread::panicking(),
            "processes of the test cannot be ended: {:?}",
            self.processes()
        );
    }
}

/// Not by `fs::copy`: a process that another test makes meanwhile would for a moment
/// hold the file open for writing, and it could not be run.
fn copy_program(from: &Path, to: &Path) {
    let copy = Command::new("cp").args(["-p"]).args([from, to]).status();
    assert!(copy.unwrap().success());
}

fn give_away(path: &Path, user: u32) {
    std::os::unix::fs::lchown(path, Some(user), Some(user)).unwrap();
    if fs::symlink_metadata(path).unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path(), user);
        }
    }
}

fn list(folder: &Path, found: &mut BTreeMap<String, String>) -> io::Result<()> {
    let describe = |path: &Path| -> io::Result<String> {
        let metadata = fs::symlink_metadata(path)?;
        let (kind, content) = if metadata.is_dir() {
            ("folder", String::new())
        } else if metadata.is_file() {
            ("file", fs::read_to_string(path).unwrap_or_default())
        } else {
            ("other", String::new())
        };
        let (mode, seconds, nanos) = (metadata.mode(), metadata.mtime(), metadata.mtime_nsec());
        Ok(format!("{kind} {mode:o} {seconds}.{nanos:09} {content}"))
    };
    found.insert(folder.display().to_string(), describe(folder)?);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if fs::symlink_metadata(&path)?.is_dir() {
            list(&path, found)?;
        } else {
            found.insert(path.display().to_string(), describe(&path)?);
        }
    }
    Ok(())
}
