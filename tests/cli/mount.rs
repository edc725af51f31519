//! A home whose `~/.inneros` is a mount that only the test sees: a small disk, or one
//! that cannot be written.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::answer::Answer;
use crate::home::Home;
use crate::skip::not_run;

/// A home in a mount namespace of its own, which a waiting shell keeps.
pub struct Mounted {
    home: Home,
    shell: Child,
    as_root: bool,
}

impl Mounted {
    /// Moves a home there, and `~/.inneros` to a disk of 4 MiB.
    ///
    /// Nothing, and a line that says why, where this user may not mount anything.
    pub fn small_disk(home: Home) -> Option<Self> {
        Self::new(
            home,
            "cp \"$1/config.toml\" \"$2\"\n\
             mount -t tmpfs -o size=4m,mode=700 tmpfs \"$1\"\n\
             cp \"$2/config.toml\" \"$1\"\n",
        )
    }

    /// Moves a home there. Its files stay where they are.
    pub fn same_disk(home: Home) -> Option<Self> {
        Self::new(home, "")
    }

    fn new(home: Home, prepare: &str) -> Option<Self> {
        let as_root = rustix::process::geteuid().is_root();
        // It has no HOME, and so is none of the processes of the test's home.
        let mut shell = Command::new("unshare");
        if !as_root {
            shell.args(["--user", "--map-root-user"]);
        }
        let script = format!("set -e\n{prepare}echo ready\nread -r over\n");
        let mut shell = shell
            .args(["--mount", "sh", "-c", &script, "sh"])
            .args([home.ours(""), home.path().to_owned()])
            .env_remove("HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(shell.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        if line != "ready\n" {
            let why = shell.wait_with_output().unwrap().stderr;
            let why = String::from_utf8_lossy(&why);
            assert!(!may_mount(), "{why}");
            not_run(&format!("this user may not mount a disk: {}", why.trim()));
            return None;
        }
        Some(Self {
            home,
            shell,
            as_root,
        })
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Runs the program, which sees its home as the mounts make it.
    #[track_caller]
    pub fn inneros(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments))
    }

    /// The same, yet to be run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let program = self.home.command(arguments);
        let mut command = self.enter();
        command.arg(program.get_program()).args(program.get_args());
        command
    }

    /// Runs a shell script in `~/.inneros`, which may change the mounts.
    #[track_caller]
    pub fn shell(&self, script: &str) -> Answer {
        let mut command = self.enter();
        command.args(["sh", "-c", &format!("cd .inneros\n{script}")]);
        Answer::of(command)
    }

    fn enter(&self) -> Command {
        let mut command = Command::new("nsenter");
        if !self.as_root {
            command.args(["--user", "--preserve-credentials"]);
        }
        let folder = format!("--wd={}", self.home.path().display());
        command.args(["--mount", "--target", &self.shell.id().to_string(), &folder]);
        self.home.at_home(&mut command);
        command
    }

    /// A file in `~/.inneros` as the mounts show it.
    pub fn ours(&self, name: &str) -> PathBuf {
        let path = self.home.ours(name);
        let root = PathBuf::from(format!("/proc/{}/root", self.shell.id()));
        root.join(path.strip_prefix("/").unwrap())
    }

    /// The names of all files in `~/.inneros`, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.ours("")).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // At the end of its input the shell ends, and the mounts with whoever sees them.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Whether this process has the capability for it, `CAP_SYS_ADMIN` (`capabilities(7)`).
fn may_mount() -> bool {
    const SYS_ADMIN: u64 = 1 << 21;
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let (_, set) = status.split_once("\nCapEff:\t").unwrap();
    u64::from_str_radix(set.lines().next().unwrap(), 16).unwrap() & SYS_ADMIN != 0
}
