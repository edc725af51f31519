//! A home like that of the pages: both programs are installed, an InnerOS project is cloned.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::home::Home;
use crate::server::{Health, answer};
use crate::terminal::Terminal;

/// What stands for other people's programs.
const PYTHON: &str = include_str!("stand_in/python.sh");
const SYSTEMCTL: &str = include_str!("stand_in/systemctl.sh");

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
command = [\"/home/me/inneros-zettelkasten/.venv/bin/python\", \"-m\", \"src.automation.daemon\"]
working_dir = \"~/inneros-zettelkasten/development\"
env = { PYTHONPATH = \".\" }
start_grace = \"200ms\"
";

/// What an InnerOS daemon answers at `/health`.
const WELL: &str = r#"{"daemon":{"checks":{"daemon":true,"scheduler":true},"is_healthy":true,"status_code":200},"handlers":{}}"#;
const SCHEDULER_DOWN: &str = r#"{"daemon":{"checks":{"daemon":false,"scheduler":false},"is_healthy":false,"status_code":503},"handlers":{}}"#;

/// A home, and the health URL of the daemon in it.
pub struct Sandbox {
    home: Home,
    health: Health,
}

impl Sandbox {
    pub fn new() -> Self {
        let home = Home::named("me");
        install("inneros", env!("CARGO_BIN_EXE_inneros"), &home);
        #[cfg(feature = "tray")]
        install("inneros-tray", env!("CARGO_BIN_EXE_inneros-tray"), &home);
        home.write_program("tools/python3", PYTHON);
        home.write_program("tools/systemctl", SYSTEMCTL);
        // Whether the scheduler is well is up to the page.
        let down = home.path().join("scheduler-is-down");
        let health = Health::doing(move |stream| {
            let (status, body) = if down.exists() {
                (503, SCHEDULER_DOWN)
            } else {
                (200, WELL)
            };
            stream.write_all(&answer(status, body))
        });
        let sandbox = Self { home, health };
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
            .replace("8080", &self.health.port().to_string())
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

    /// What a reader has cloned and set up from the network.
    fn clone_project(&self) {
        let project = "inneros-zettelkasten";
        let code = format!("{project}/development/src/automation");
        fs::create_dir_all(self.home.path().join(code)).unwrap();
        self.home
            .write_program(&format!("{project}/.venv/bin/python"), PYTHON);
    }
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
