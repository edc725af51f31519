//! The tools, each by the way that its manual shows for starting and stopping a daemon and
//! waiting until that is done.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use super::daemons::{Daemon, SLEEP, wait_until};
use super::supervisors::{pm2, runit, s6, supervisord};
use super::tool::{Call, Keeper, Said, Teller, Tool, Ways};

/// A column of the table.
pub struct Column {
    pub name: &'static str,
    pub tool: Tool,
    /// The same with a grace time of nothing, where it has a grace time.
    pub hasty: Option<Tool>,
}

impl Column {
    pub fn hasty(&self) -> &Tool {
        self.hasty.as_ref().unwrap_or(&self.tool)
    }
}

/// What the others are compared with.
pub const BASE: &str = "start-stop-daemon";

/// Those that are installed, and what is to be said of the others.
pub fn columns(folder: &Path, peers: bool) -> (Vec<Column>, Vec<String>) {
    type Make = fn(&Path, bool) -> Result<Tool, String>;
    let debian: [(&str, bool, Make); 3] = [
        ("inneros", true, |home, hasty| Ok(inneros(home, hasty))),
        (BASE, false, with_exec),
        ("start-stop-daemon, `--pidfile` alone", false, by_pid_file),
    ];
    let supervisors: [(&str, bool, Make); 4] = [
        ("runit", false, runit),
        ("s6", false, s6),
        ("supervisord", true, supervisord),
        ("pm2", false, pm2),
    ];
    let (mut columns, mut missing) = (Vec::new(), Vec::new());
    let supervisors = supervisors.into_iter().filter(|_| peers);
    for (number, (name, has_grace, make)) in debian.into_iter().chain(supervisors).enumerate() {
        let home = folder.join(number.to_string());
        let hasty_home = folder.join(format!("{number}-hasty"));
        let made = make(&home, false).and_then(|tool| {
            let hasty = has_grace.then(|| make(&hasty_home, true)).transpose()?;
            Ok(Column { name, tool, hasty })
        });
        match made {
            Ok(column) => columns.push(column),
            Err(why) => missing.push(format!("{name} is left out: {why}")),
        }
    }
    (columns, missing)
}

pub fn new_tool(home: &Path, ways: impl FnOnce(&Daemon) -> Ways) -> Tool {
    fs::create_dir_all(home).unwrap();
    // Numbers that differ within the folder of this run.
    let number = fs::read_dir(home.parent().unwrap()).unwrap().count();
    let daemon = Daemon::new(number);
    Tool {
        ways: ways(&daemon),
        daemon,
        home: home.to_owned(),
        keeper: None,
    }
}

impl Tool {
    /// Starts the part that always runs, and waits until an answer to `ask` is `ready`.
    pub fn kept_by(mut self, call: &str, ask: &str, ready: fn(&Output) -> bool) -> Self {
        let mut command = self.command(&words(call));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.keeper = Some(Keeper::Child(command.spawn().unwrap()));
        wait_until(call, || ready(&self.run(&words(ask)).1));
        self
    }
}

pub fn inneros(home: &Path, hasty: bool) -> Tool {
    let folder = home.join(".inneros");
    fs::create_dir_all(&folder).unwrap();
    let grace = if hasty { "start_grace = '0s'" } else { "" };
    new_tool(home, |daemon| {
        let seconds = &daemon.seconds;
        let text = format!("[daemon]\ncommand = ['{}', '{seconds}']\n{grace}\n", *SLEEP);
        fs::write(folder.join("config.toml"), text).unwrap();
        Ways {
            start: ours("start"),
            status: ours("status"),
            stop: ours("stop"),
            start_once: None,
            first_start: None,
            says_dead: |output| !output.status.success(),
            says: |output| match output.status.code() {
                Some(0) => Said::Started,
                Some(5) => Said::RunsAlready,
                _ => Said::Failed,
            },
            teller: Some(Teller::Program(
                ours("status --watch --json"),
                Some((r#""state":"running""#, r#""state":"crashed""#)),
            )),
        }
    })
}

/// `inneros daemon …`
pub fn ours(arguments: &str) -> Call {
    let mut call = words("daemon");
    call.insert(0, env!("CARGO_BIN_EXE_inneros").into());
    call.extend(words(arguments));
    call
}

/// What its manual advises against other processes that have the PID.
fn with_exec(home: &Path, _: bool) -> Result<Tool, String> {
    start_stop_daemon(home, &format!("--exec {}", *SLEEP), "")
}

fn by_pid_file(home: &Path, _: bool) -> Result<Tool, String> {
    start_stop_daemon(home, "", &format!("--startas {}", *SLEEP))
}

fn start_stop_daemon(home: &Path, matching: &str, run: &str) -> Result<Tool, String> {
    find("start-stop-daemon", "dpkg")?;
    let pid_file = home.join("daemon.pid");
    let call = format!(
        "start-stop-daemon --pidfile {} {matching}",
        pid_file.display()
    );
    Ok(new_tool(home, |daemon| Ways {
        start: words(&format!(
            "{call} {run} --start --background --make-pidfile -- {}",
            daemon.seconds
        )),
        status: words(&format!("{call} --status")),
        stop: words(&format!("{call} --stop --retry 10 --remove-pidfile")),
        start_once: None,
        first_start: None,
        says_dead: |output| !output.status.success(),
        says: |output| match output.status.code() {
            Some(0) => Said::Started,
            Some(1) if text(output).contains("already running") => Said::RunsAlready,
            _ => Said::Failed,
        },
        teller: None,
    }))
}

pub fn words(line: &str) -> Call {
    line.split_whitespace().map(Into::into).collect()
}

pub fn text(output: &Output) -> String {
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&all).into_owned()
}

/// That of the caller, and where Debian keeps what is not for every user.
pub fn path() -> String {
    std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin"
}

/// Where a program is.
pub fn find(program: &str, package: &str) -> Result<PathBuf, String> {
    std::env::split_paths(&path())
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .ok_or_else(|| format!("'{program}' is not installed (package {package})"))
}
