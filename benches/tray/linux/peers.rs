//! Other programs with a tray icon, each on a desktop of its own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::Subject;
use super::desktop::{Bus, NotificationService, Watcher};

/// What a peer is called, and its command line. `{pid_file}` stands for a PID file.
pub type Call = (&'static str, &'static [&'static str]);

/// Python is Debian's: its packages are not seen by any other.
pub const PEERS: &[Call] = &[
    (
        "AppIndicator, 30 lines of Python",
        &[
            "/usr/bin/python3",
            concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/appindicator.py"),
            "{pid_file}",
        ],
    ),
    (
        "pystray, 30 lines of Python",
        &[
            "/usr/bin/python3",
            concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/with_pystray.py"),
            "{pid_file}",
        ],
    ),
    ("pasystray", &["pasystray"]),
];

/// A peer at work.
pub struct Peer {
    // Dropped in this order: the program before the desktop that it is on.
    process: Process,
    watcher: Watcher,
    _notifications: NotificationService,
    bus: Bus,
    name: &'static str,
    _home: TempDir,
}

impl Peer {
    /// Starts it and waits for its icon. An error names it, and says why it is not there.
    pub fn start(
        &(name, call): &Call,
        screen: Result<&Screen, &String>,
        daemon: i32,
    ) -> Result<Self, String> {
        let screen = screen.map_err(|error| format!("{name}: {error}"))?;
        let home = tempfile::tempdir().unwrap();
        let pid_file = home.path().join("daemon.pid");
        fs::write(&pid_file, daemon.to_string()).unwrap();
        let said = home.path().join("said");
        let bus = Bus::start();
        let watcher = Watcher::start(&bus);
        let notifications = NotificationService::start(&bus);
        let arguments = call[1..].iter().map(|argument| match *argument {
            "{pid_file}" => pid_file.as_os_str(),
            other => other.as_ref(),
        });
        let child = Command::new(call[0])
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("DISPLAY", &screen.display)
            .env("DBUS_SESSION_BUS_ADDRESS", bus.address())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&said).unwrap())
            .spawn()
            .map_err(|error| format!("{name}: cannot start '{}': {error}", call[0]))?;
        let mut peer = Self {
            process: Process(child),
            watcher,
            _notifications: notifications,
            bus,
            name,
            _home: home,
        };
        peer.wait_for_icon().map_err(|why| {
            let said = fs::read_to_string(said).unwrap_or_default();
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            format!("{name}: {why}: {}", last.unwrap_or("it said nothing"))
        })?;
        Ok(peer)
    }

    pub fn subject(&self) -> Subject<'_> {
        Subject {
            name: self.name,
            pid: self.process.0.id(),
            bus: &self.bus,
        }
    }

    fn wait_for_icon(&mut self) -> Result<(), String> {
        let end = Instant::now() + Duration::from_secs(20);
        while self.watcher.items().is_empty() {
            if let Some(status) = self.process.0.try_wait().unwrap() {
                return Err(format!("it ended ({status})"));
            }
            if Instant::now() > end {
                return Err("it showed no icon".into());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

/// The X server that GTK wants.
pub struct Screen {
    display: String,
    _server: Process,
}

impl Screen {
    pub fn open() -> Result<Self, String> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map(Process)
            .map_err(|error| format!("cannot start 'Xvfb': {error}"))?;
        let mut number = String::new();
        let output = server.0.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut number).unwrap();
        if number.is_empty() {
            return Err("'Xvfb' ended at once".into());
        }
        Ok(Self {
            display: format!(":{}", number.trim_end()),
            _server: server,
        })
    }
}

/// Ends with its value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
