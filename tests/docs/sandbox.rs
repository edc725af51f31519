//! A home like that of the pages: both programs are installed, an InnerOS project is cloned.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::home::Home;
use crate::terminal::Terminal;

/// What stands for other people's programs.
const SYSTEMCTL: &str = include_str!("stand_in/systemctl.sh");
const CRONTAB: &str = include_str!("stand_in/crontab.sh");
const AUTOMATION: [(&str, &str); 3] = [
    ("config", include_str!("stand_in/automation/config.py")),
    ("daemon", include_str!("stand_in/automation/daemon.py")),
    (
        "http_server",
        include_str!("stand_in/automation/http_server.py"),
    ),
];

/// Ours, as it is shipped.
const LAUNCHER: &str = include_str!("../../examples/inneros_daemon.py");

/// How a home is where a page begins in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// There is no configuration.
    Empty,
    /// The project's daemon is configured, and need not live long to have started.
    SetUp,
}

/// The configuration of a home that is set up.
const CONFIGURATION: &str = "\
[daemon]
command = [\"/home/me/inneros-zettelkasten/.venv/bin/python\", \"inneros_daemon.py\", \"inneros_daemon.yaml\", \"8080\"]
working_dir = \"~/inneros-zettelkasten/development\"
start_grace = \"500ms\"
";

/// The daemon's own configuration there.
const YAML: &str = "youtube_handler:\n  enabled: true\n";

/// A home, and the Python and the port of the daemon in it.
pub struct Sandbox {
    home: Home,
    python: Python,
    port: u16,
}

/// The interpreter of whoever runs the tests.
struct Python {
    program: PathBuf,
    /// Such as `python3.11`.
    version: String,
}

impl Sandbox {
    pub fn new() -> Self {
        let home = Home::named("me");
        install("inneros", env!("CARGO_BIN_EXE_inneros"), &home);
        #[cfg(feature = "tray")]
        install("inneros-tray", env!("CARGO_BIN_EXE_inneros-tray"), &home);
        let python = Python::find();
        // It has none of the libraries of the virtual environment, nor any other.
        let bare = format!("#!/bin/sh\nexec '{}' -S \"$@\"\n", python.program.display());
        home.write_program("tools/python3", &bare);
        home.write_program("tools/systemctl", SYSTEMCTL);
        home.write_program("tools/crontab", CRONTAB);
        let port = free_port();
        let sandbox = Self { home, python, port };
        sandbox.clone_project();
        sandbox
    }

    /// Makes the home one in which nothing has happened yet.
    pub fn begin_anew(&self, start: Start) {
        for entry in fs::read_dir(self.home.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".cargo") || path.ends_with("tools") {
                continue;
            }
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.unwrap();
        }
        self.clone_project();
        if start == Start::SetUp {
            let development = "inneros-zettelkasten/development";
            let launcher = format!("{development}/inneros_daemon.py");
            self.home.write(&launcher, LAUNCHER);
            let yaml = format!("{development}/inneros_daemon.yaml");
            self.home.write(&yaml, YAML);
            self.fill(CONFIGURATION).unwrap();
        }
    }

    /// Writes what a page says of the configuration over what the file has.
    pub fn fill(&self, text: &str) -> Result<(), String> {
        type Document = toml_edit::DocumentMut;
        let path = self.home.ours("config.toml");
        let old = fs::read_to_string(&path).unwrap_or_default();
        let mut file: Document = old.parse().map_err(|error| format!("{error}"))?;
        let new: Document = self
            .here(text)
            .parse()
            .map_err(|error| format!("{error}"))?;
        for (section, keys) in new.iter() {
            let keys = keys.as_table().ok_or("a key outside of every section")?;
            for (key, value) in keys {
                file.entry(section).or_insert(toml_edit::table())[key] = value.clone();
            }
        }
        self.home.write(".inneros/config.toml", file.to_string());
        let shown = self.home.inneros(["config", "show"]);
        if shown.has_code(0) {
            Ok(())
        } else {
            Err(shown.to_string())
        }
    }

    /// A text of a page with the places and the port of this home.
    pub fn here(&self, text: &str) -> String {
        text.replace("/home/me", &self.home.path().display().to_string())
            .replace("8080", &self.port.to_string())
    }

    pub fn open_terminal(&self) -> Terminal {
        let script = self.home.path().parent().unwrap().join("step.sh");
        Terminal::open(script, |command| {
            self.home.at_home(command);
            let path = std::env::var("PATH").unwrap();
            let home = self.home.path().display();
            command
                .env("PATH", format!("{home}/.cargo/bin:{home}/tools:{path}"))
                .env("EDITOR", "true")
                // No tray is to come up on the desktop of whoever runs the tests.
                .env(
                    "DBUS_SESSION_BUS_ADDRESS",
                    format!("unix:path={home}/no-bus"),
                )
                .process_group(0);
        })
    }

    /// Ends what a page has left running; fails where anything is left then.
    pub fn leave(&self, mut terminal: Terminal) {
        let stop = "inneros -q daemon stop --timeout 1 --force || true";
        terminal.try_out(&format!("{stop}; kill $(jobs -p); wait"));
        drop(terminal);
        self.home.assert_no_process_is_left();
    }

    /// What a reader has cloned, here and there, and set up from the network.
    fn clone_project(&self) {
        let project = "inneros-zettelkasten";
        for (module, text) in AUTOMATION {
            let path = format!("{project}/development/src/automation/{module}.py");
            self.home.write(&path, text);
        }
        self.home
            .write("inneros-tray/examples/inneros_daemon.py", LAUNCHER);
        let Python { program, version } = &self.python;
        let folder = program.parent().unwrap().display();
        let environment = format!("{project}/.venv");
        self.home.write(
            &format!("{environment}/pyvenv.cfg"),
            format!("home = {folder}\n"),
        );
        let packages = format!("{environment}/lib/{version}/site-packages");
        self.home.write(
            &format!("{packages}/apscheduler/schedulers/background.py"),
            "class BackgroundScheduler:\n    pass\n",
        );
        let link = self.home.path().join(environment).join("bin/python");
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(program, link).unwrap();
    }
}

impl Python {
    fn find() -> Self {
        let tell = "import sys; print(sys.executable); print('python%d.%d' % sys.version_info[:2])";
        let found = Command::new("python3").args(["-c", tell]).output();
        let found = found.expect("the pages are about a daemon in Python: install python3");
        let found = String::from_utf8(found.stdout).unwrap();
        let (program, version) = found.trim_end().split_once('\n').unwrap();
        Self {
            program: fs::canonicalize(program).unwrap(),
            version: version.to_owned(),
        }
    }
}

/// One that no other test is given: they take theirs from 32768 on (`ip(7)`).
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = std::process::id() % 1000 * 10;
    let begin = 20_000 + u16::try_from(begin).unwrap();
    let mut ports = std::iter::repeat_with(|| begin + NEXT.fetch_add(1, Ordering::Relaxed));
    ports
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}

fn install(name: &str, built: &str, home: &Home) {
    let folder = home.path().join(".cargo/bin");
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join(name);
    // It is large, and may be on another file system.
    if fs::hard_link(built, &program).is_err() {
        let copy = Command::new("cp")
            .args([Path::new(built), &program])
            .status();
        assert!(copy.unwrap().success());
    }
}
