//! A tool with one daemon to look after, and what is asked of each of them.

use std::collections::HashSet;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use super::daemons::{Daemon, SOON, all, is_alive, signal, wait_until};
use super::peers::path;

/// A command line.
pub type Call = Vec<String>;

pub struct Tool {
    pub daemon: Daemon,
    pub home: PathBuf,
    /// How it is asked, and answers.
    pub ways: Ways,
    /// The part of it that always runs.
    pub keeper: Option<Keeper>,
}

pub struct Ways {
    pub start: Call,
    pub status: Call,
    pub stop: Call,
    /// A start after which a daemon that dies is not started again, where that is another.
    pub start_once: Option<Call>,
    /// A start of a daemon that the tool does not know yet, and how it forgets it.
    pub first_start: Option<(Call, Call)>,
    /// Whether this answer to `status` says that the daemon is dead.
    pub says_dead: fn(&Output) -> bool,
    /// What this answer to `start` says.
    pub says: fn(&Output) -> Said,
    /// Who tells of a death without being asked.
    pub teller: Option<Teller>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Started,
    RunsAlready,
    /// It does not say since when.
    Runs,
    Failed,
}

impl Tool {
    pub fn command(&self, call: &[String]) -> Command {
        let mut command = Command::new(&call[0]);
        command
            .args(&call[1..])
            .env_clear()
            .env("PATH", path())
            .env("HOME", &self.home)
            .env("PM2_HOME", self.home.join("pm2"))
            // It would ask the network.
            .env("PM2_DISABLE_VERSION_CHECK", "true")
            .current_dir(&self.home)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command line until it has ended; with the time that took.
    pub fn run(&self, call: &[String]) -> (Duration, Output) {
        let mut command = self.command(call);
        let begin = Instant::now();
        let output = command.output().unwrap();
        (begin.elapsed(), output)
    }

    /// The time until it answers, and the time until the daemon runs besides.
    pub fn start(&self) -> (Duration, Duration) {
        self.start_by(&self.ways.start)
    }

    pub fn start_once(&self) -> i32 {
        let call = self.ways.start_once.as_ref();
        self.start_by(call.unwrap_or(&self.ways.start));
        self.daemon.pid()
    }

    fn start_by(&self, call: &[String]) -> (Duration, Duration) {
        let before: HashSet<i32> = all().collect();
        let begin = Instant::now();
        let (time, output) = self.run(call);
        assert!(output.status.success(), "{call:?}: {output:?}");
        // At once again and again: it is about to.
        while !self.daemon.is_new(&before) {
            assert!(begin.elapsed() < SOON, "{call:?}: no daemon");
        }
        let until_it_runs = begin.elapsed();
        self.daemon.wait_for(1);
        (time, until_it_runs)
    }

    pub fn status(&self) -> Duration {
        let (time, output) = self.run(&self.ways.status);
        assert!(!(self.ways.says_dead)(&output), "{output:?}");
        time
    }

    /// A stop has succeeded when the daemon is gone.
    pub fn stop(&self) -> Duration {
        let (time, output) = self.run(&self.ways.stop);
        let left = self.daemon.pids();
        assert!(
            output.status.success() && left.is_empty(),
            "{left:?}: {output:?}"
        );
        time
    }

    /// A stop of whatever there is. It may be nothing.
    pub fn tidy(&self) {
        self.run(&self.ways.stop);
    }

    /// Asks again and again; the time until an answer says that the daemon is dead.
    pub fn ask_until_dead(&self) -> Duration {
        let begin = Instant::now();
        loop {
            let (_, output) = self.run(&self.ways.status);
            if (self.ways.says_dead)(&output) {
                return begin.elapsed();
            }
            assert!(begin.elapsed() < SOON, "{output:?}");
        }
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        // Whoever might start another daemon goes first.
        self.keeper.take();
        self.daemon.kill_all();
    }
}

/// A supervisor at work. It ends with its value.
pub enum Keeper {
    Child(Child),
    /// One that went into the background.
    Pid(i32),
}

impl Keeper {
    /// Its PID.
    pub fn pid(&self) -> i32 {
        match self {
            Self::Child(child) => child.id().try_into().unwrap(),
            Self::Pid(pid) => *pid,
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let pid = self.pid();
        signal(pid, Signal::TERM);
        wait_until("a supervisor's end", || !is_alive(pid));
        if let Self::Child(child) = self {
            child.wait().unwrap();
        }
    }
}

/// Who tells of a death.
pub enum Teller {
    /// What this prints: first, once it listens, and then. Without words its end tells.
    Program(Call, Option<(&'static str, &'static str)>),
    /// A line in this pipe.
    Pipe(PathBuf),
}

impl Teller {
    /// A named pipe, and the shell's command that writes a line into it and waits for nobody.
    pub fn pipe(folder: &Path) -> (Self, String) {
        let path = folder.join("told");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &path, kind, mode, 0).unwrap();
        let line = format!("echo dead 1<> '{}'", path.display());
        (Self::Pipe(path), line)
    }

    pub fn listen(&self, tool: &Tool) -> Listening {
        match self {
            Self::Pipe(path) => Listening {
                // For both, so that it stays open.
                output: File::options()
                    .read(true)
                    .write(true)
                    .open(path)
                    .unwrap()
                    .into(),
                program: None,
                word: Some("dead"),
            },
            Self::Program(call, words) => {
                let mut command = tool.command(call);
                let mut child = command
                    .stdout(Stdio::piped())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap();
                let mut listening = Listening {
                    output: child.stdout.take().unwrap().into(),
                    program: Some(child),
                    word: words.map(|(first, _)| first),
                };
                if let Some((_, dead)) = words {
                    listening.wait();
                    listening.word = Some(dead);
                }
                listening
            }
        }
    }
}

/// Ends with its value.
pub struct Listening {
    output: OwnedFd,
    program: Option<Child>,
    word: Option<&'static str>,
}

impl Listening {
    /// Waits for the word, or for the end.
    pub fn wait(&mut self) {
        let most = Timespec::try_from(SOON).unwrap();
        let mut text = Vec::new();
        loop {
            let mut fds = [PollFd::new(&self.output, PollFlags::IN)];
            assert_eq!(poll(&mut fds, Some(&most)), Ok(1), "nothing was told");
            let mut block = [0; 4096];
            let length = rustix::io::read(&self.output, &mut block).unwrap();
            text.extend(&block[..length]);
            let said = String::from_utf8_lossy(&text);
            match self.word {
                Some(word) if said.contains(word) => return,
                Some(word) => assert_ne!(length, 0, "no '{word}' in: {said}"),
                None if length == 0 => return,
                None => {}
            }
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(program) = &mut self.program {
            // It may have ended by itself.
            let _ = program.kill();
            program.wait().unwrap();
        }
    }
}

/// Writes a script that can be run.
pub fn script(path: &Path, lines: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
