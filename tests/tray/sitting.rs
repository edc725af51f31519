//! A tray at work: the desktop, a sandbox home and the built program.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::desktop::{Bus, Item, Menu, NotificationService, SOON, Watcher, wait_until};

/// A daemon that does nothing until it is told to stop.
pub const OBEDIENT: &str = "command = [\"sleep\", \"1000\"]";

/// A home folder of its own.
pub struct Home {
    folder: TempDir,
}

/// A desktop with a running tray on it.
pub struct Sitting {
    // Dropped in this order: the tray before the desktop that it is on.
    pub tray: Tray,
    pub watcher: Watcher,
    pub notifications: NotificationService,
    pub home: Home,
    pub bus: Bus,
}

/// The tray's process.
pub struct Tray {
    pub child: Child,
}

impl Home {
    /// A home whose configuration has these lines in its `[daemon]` section. A start
    /// takes no longer than it must.
    pub fn new(daemon: &str) -> Self {
        let home = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        home.configure(&format!("[daemon]\nstart_grace = \"200ms\"\n{daemon}\n"));
        home
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn configure(&self, text: &str) {
        fs::write(self.file("config.toml"), text).unwrap();
    }

    /// Runs the command line on this home.
    pub fn inneros(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_inneros"))
            .args(arguments)
            .output()
            .unwrap()
    }

    /// The PID that the PID file names.
    pub fn pid(&self) -> i32 {
        wait_until("a PID file", SOON, || {
            let text = fs::read_to_string(self.file("daemon.pid")).unwrap_or_default();
            text.trim().parse().map_err(|_| text)
        })
    }

    /// The PID that the PID file names, once it is another one than `before`.
    #[track_caller]
    pub fn another_pid(&self, before: i32) -> i32 {
        wait_until("another PID", SOON, || {
            let text = fs::read_to_string(self.file("daemon.pid")).unwrap_or_default();
            match text.trim().parse() {
                Ok(pid) if pid != before => Ok(pid),
                _ => Err(text),
            }
        })
    }

    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path())
            // What it opens is noted, and nothing is opened.
            .env("PATH", format!("{}:/usr/bin:/bin", self.stubs().display()))
            .args(["--home".as_ref(), self.path().as_os_str()])
            .stdin(Stdio::null());
        command
    }

    /// What was opened, one path a line.
    pub fn opened(&self) -> String {
        fs::read_to_string(self.file("opened")).unwrap_or_default()
    }

    /// Waits until this was opened, and nothing else.
    #[track_caller]
    pub fn wait_for_opened(&self, what: impl AsRef<Path>) {
        let what = what.as_ref().display().to_string();
        wait_until(&format!("'{what}' to be opened"), SOON, || {
            let opened = self.opened();
            if opened.trim() == what {
                Ok(())
            } else {
                Err(opened)
            }
        });
    }

    /// A shell script that stands in for a program of this name. It runs in this home.
    pub fn stub(&self, name: &str, script: &str) {
        let folder = self.file("stubs");
        fs::create_dir_all(&folder).unwrap();
        let stub = folder.join(name);
        let home = self.path().display();
        fs::write(&stub, format!("#!/bin/sh\ncd '{home}'\n{script}\n")).unwrap();
        fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn stubs(&self) -> PathBuf {
        let folder = self.file("stubs");
        for (name, script) in [
            ("xdg-open", "echo \"$1\" >> opened"),
            // No editor of this machine is the one that the desktop would choose.
            ("xdg-mime", "exit 1"),
            // The crontab of whoever runs the tests is none of ours.
            (
                "crontab",
                "case $1 in\n\
                 -l) [ -f crontab.txt ] || { echo 'no crontab for x' >&2; exit 1; }; cat crontab.txt ;;\n\
                 -) cat > crontab.txt ;;\n\
                 esac",
            ),
        ] {
            if !folder.join(name).exists() {
                self.stub(name, script);
            }
        }
        folder
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // No daemon outlives its test, however the test ends.
        self.inneros(&["daemon", "stop", "--all", "--timeout", "2", "--force"]);
        if let Ok(text) = fs::read_to_string(self.file("daemon.pid"))
            && !std::thread::panicking()
        {
            assert!(
                !text.trim().parse().is_ok_and(is_alive)
                    || text.trim() == std::process::id().to_string(),
                "a daemon was left: {text}"
            );
        }
    }
}

impl Sitting {
    /// A tray with the configured daemon, shown in the panel.
    pub fn new(daemon: &str) -> Self {
        Self::at(Home::new(daemon))
    }

    pub fn at(home: Home) -> Self {
        let bus = Bus::start();
        let watcher = Watcher::start(&bus);
        let notifications = NotificationService::start(&bus);
        let tray = Tray::start(&home, &bus, &[]);
        watcher.wait_for_item(SOON);
        Self {
            tray,
            watcher,
            notifications,
            home,
            bus,
        }
    }

    /// The same with the daemon running, started by the tray.
    pub fn with_running_daemon(daemon: &str) -> Self {
        let sitting = Self::new(daemon);
        sitting.choose("Start");
        sitting.wait_for_tooltip("running");
        sitting
    }

    pub fn item(&self) -> Item {
        self.watcher.wait_for_item(SOON)
    }

    pub fn menu(&self) -> Menu {
        self.item().menu()
    }

    /// Clicks the row with this label once it can be clicked.
    pub fn choose(&self, label: &str) {
        let row = wait_until(
            &format!("a row '{label}' that can be clicked"),
            SOON,
            || {
                let menu = self.menu();
                match menu.all().into_iter().find(|row| row.label == label) {
                    Some(row) if row.enabled => Ok(row),
                    Some(_) | None => Err(menu.to_string()),
                }
            },
        );
        self.menu().click(&row);
    }

    /// Waits until what can be done to the daemon are these rows and no others.
    #[track_caller]
    pub fn offers(&self, wanted: &[&str]) {
        const ALL: [&str; 7] = [
            "Start",
            "Start Again",
            "Cancel",
            "Stop",
            "Restart",
            "Force Stop",
            "Forget That PID…",
        ];
        wait_until(&format!("the rows {wanted:?}"), SOON, || {
            let rows = self.menu().rows();
            let labels = rows
                .iter()
                .filter(|row| row.enabled)
                .map(|row| row.label.as_str());
            let offered: Vec<&str> = labels.filter(|label| ALL.contains(label)).collect();
            if offered == wanted {
                Ok(())
            } else {
                Err(format!("{offered:?}"))
            }
        });
    }

    /// Waits until the tooltip has these words.
    #[track_caller]
    pub fn wait_for_tooltip(&self, words: &str) -> String {
        self.item().wait_for_tooltip(words, SOON)
    }

    /// Waits until no notification is left.
    #[track_caller]
    pub fn wait_for_empty_screen(&self) {
        wait_until("an empty screen", SOON, || {
            let left = self.notifications.on_screen();
            if left.is_empty() {
                Ok(())
            } else {
                Err(format!("{left:?}"))
            }
        });
    }
}

impl Tray {
    pub fn start(home: &Home, bus: &Bus, arguments: &[&str]) -> Self {
        let mut command = home.command(env!("CARGO_BIN_EXE_inneros-tray"));
        command.args(arguments);
        Self::spawn(command, bus)
    }

    /// As a unit of the session's service manager.
    pub fn start_as_unit(home: &Home, bus: &Bus) -> Self {
        let mut command = home.command(env!("CARGO_BIN_EXE_inneros-tray"));
        command.env("INVOCATION_ID", "0123456789abcdef0123456789abcdef");
        Self::spawn(command, bus)
    }

    /// With what it says on standard error kept.
    pub fn start_listening(home: &Home, bus: &Bus) -> Self {
        let mut command = home.command(env!("CARGO_BIN_EXE_inneros-tray"));
        command.stderr(Stdio::piped());
        Self::spawn(command, bus)
    }

    /// What it said, once it has ended.
    pub fn said(&mut self) -> String {
        let mut said = String::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        said
    }

    pub fn spawn(mut command: Command, bus: &Bus) -> Self {
        let child = command
            .env("DBUS_SESSION_BUS_ADDRESS", bus.address())
            .spawn()
            .unwrap();
        Self { child }
    }

    /// Its thread of this name, by its number.
    pub fn thread(&self, name: &str) -> String {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let mut threads = threads.map(|thread| thread.unwrap());
        let found = threads.find(|thread| {
            let named = fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
            named.trim() == name
        });
        let Some(thread) = found else {
            panic!("no thread '{name}'");
        };
        thread.file_name().into_string().unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        wait_until("the tray to end", SOON, || {
            self.child.try_wait().unwrap().ok_or("it runs")
        })
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        if self.is_running() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }
}

/// Whether a process is there and not a zombie.
pub fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| Some(!stat.rsplit_once(')')?.1.trim_start().starts_with('Z')))
        .unwrap_or(false)
}

/// Ends a process that a test started.
pub fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

/// Time in which something that must not happen would have happened.
pub const A_WHILE: Duration = Duration::from_secs(5);
