//! `inneros daemon status`

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde_json::{Map, Value, json};

use super::output::{Answer, Paint, Printer};
use crate::app::looker;
use crate::model::config::{Config, Managed, Standing};
use crate::model::fleet::worst;
use crate::model::history::crashes_in_words;
use crate::model::life::health::part::PartKind;
use crate::model::life::last_words;
use crate::model::life::observation::Activity;
use crate::model::life::report::Report;
use crate::model::life::status::{Alive, RestCause, State, Status};
use crate::model::text;
use crate::model::words;

/// How one daemon is, which may be one of several.
pub fn answer(config: &Config, number: usize, printer: &Printer) -> Answer {
    let managed = &config.daemons[number];
    let report = if config.daemons.len() == 1 {
        looker::report(config)
    } else {
        looker::look_at(managed)
    };
    StatusPage {
        managed,
        report: &report,
    }
    .answer(printer)
}

/// What is printed of a look.
pub struct StatusPage<'a> {
    pub managed: &'a Managed,
    pub report: &'a Report,
}

impl StatusPage<'_> {
    pub fn answer(&self, printer: &Printer) -> Answer {
        let code = self.exit_code();
        let json = printer.is_json();
        Answer {
            code,
            success: code != 4,
            message: self.message(),
            fields: if json { self.fields() } else { Map::new() },
            text: (!json).then(|| self.text(printer)),
            ..Answer::default()
        }
    }

    /// As if it were alone.
    fn exit_code(&self) -> u8 {
        match &self.managed.standing {
            Standing::Misconfigured(_) => 4,
            Standing::Configured | Standing::Removed => exit_code(&self.report.status),
        }
    }

    /// What programs read of one of several.
    pub fn object(&self) -> Map<String, Value> {
        let mut object = self.fields();
        object.insert("success".into(), (self.exit_code() != 4).into());
        object.insert("message".into(), self.message().into());
        object
    }

    /// Why it is as it is.
    pub fn reason(&self) -> Option<String> {
        let reason = self.report.status.reason();
        match &self.managed.standing {
            Standing::Configured => reason,
            Standing::Misconfigured(why) => Some(why.clone()),
            Standing::Removed => {
                let said = ["no longer configured".to_owned()].into_iter();
                Some(said.chain(reason).collect::<Vec<_>>().join("; "))
            }
        }
    }

    /// One line: what scripts look for stands in it.
    fn message(&self) -> String {
        if let Standing::Misconfigured(why) = &self.managed.standing {
            return format!("misconfigured: {why}");
        }
        let reason = self.reason();
        let said = match (&self.report.status, self.report.status.alive()) {
            (_, Some(alive)) => format!(
                "{} (pid {})",
                self.report.status.state().word(),
                alive.identity.pid
            ),
            (Status::Stopped(_), None) => "not running".to_owned(),
            (Status::Foreign(_), None) => "foreign process".to_owned(),
            // The reason is the whole message.
            (Status::Unknown { reason, .. }, None) => return reason.clone(),
            (_, None) => self.report.status.state().word().to_owned(),
        };
        match reason {
            Some(reason) => format!("{said}: {reason}"),
            None => said,
        }
    }

    fn fields(&self) -> Map<String, Value> {
        let alive = self.report.status.alive();
        let pid = match &self.report.status {
            Status::Crashed(crash) | Status::CrashLooping { crash, .. } => Some(crash.pid),
            Status::Foreign(foreign) => Some(foreign.pid),
            Status::Stopped(_)
            | Status::Starting(_)
            | Status::Running(_)
            | Status::Unhealthy { .. }
            | Status::Stopping(_)
            | Status::Unknown { .. } => alive.map(|alive| alive.identity.pid),
        };
        let values =
            [
                ("name", json!(self.managed.daemon.name)),
                ("running", json!(alive.is_some())),
                ("state", json!(worst::word(self.state()).replace(' ', "-"))),
                ("pid", json!(pid)),
                (
                    "start_time",
                    json!(alive.map(|alive| {
                        alive.started_at.to_rfc3339_opts(SecondsFormat::Secs, false)
                    })),
                ),
                (
                    "uptime",
                    json!(alive.map(|alive| words::uptime(alive.uptime))),
                ),
                (
                    "uptime_seconds",
                    json!(alive.map(|alive| alive.uptime.as_secs())),
                ),
                ("cpu_percent", json!(alive.and_then(Alive::cpu_percent))),
                (
                    "memory_bytes",
                    json!(alive.and_then(|alive| alive.usage.memory_bytes)),
                ),
                ("processes", json!(alive.map(|alive| alive.usage.processes))),
                (
                    "threads",
                    json!(alive.and_then(|alive| alive.usage.threads)),
                ),
                (
                    "open_files",
                    json!(alive.and_then(|alive| alive.usage.open_files)),
                ),
                ("health", json!(self.health())),
                ("checks", json!(self.parts(PartKind::Check))),
                ("handlers", json!(self.parts(PartKind::Handler))),
                ("last_error", json!(self.last_error())),
                ("last_line", json!(self.report.said.last_line)),
                (
                    "supervisor_pid",
                    json!(alive.and_then(|alive| alive.supervisor)),
                ),
                (
                    "restart_time",
                    json!(
                        self.restart_due()
                            .map(|due| { due.to_rfc3339_opts(SecondsFormat::Secs, false) })
                    ),
                ),
                ("command", json!(self.command())),
                ("logs_dir", json!(self.logs().first())),
                ("reason", json!(self.reason())),
                ("hint", json!(self.hint())),
                (
                    "pid_file",
                    json!(self.managed.daemon.pid_file.display().to_string()),
                ),
            ];
        let several = Some(self.logs()).filter(|folders| folders.len() > 1);
        let several = several.map(|folders| ("logs_dirs", json!(folders)));
        let unrecognised = self.report.said.unrecognised.as_ref();
        let unrecognised = unrecognised.map(|log| json!(log.display().to_string()));
        let activity = self.activity();
        let crashes = (self.report.crashes > 0).then_some(self.report.crashes);
        values
            .into_iter()
            .chain(several)
            .chain(unrecognised.map(|log| ("unrecognised", log)))
            .chain(activity.map(|activity| ("activity", activity)))
            .chain(crashes.map(|count| ("crashes_24h", json!(count))))
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    fn text(&self, printer: &Printer) -> String {
        let mut text = format!("{} {}\n", self.managed.daemon.name, self.headline(printer));
        let mut row = |label: &str, value: &str| {
            let label = printer.paint(Paint::Dim, &format!("{label:<10}"));
            text += &format!("  {label} {value}\n");
        };
        if let Some(alive) = self.report.status.alive() {
            row("pid", &alive.identity.pid.to_string());
            let since = alive.started_at.format("%Y-%m-%d %H:%M:%S");
            row(
                "started",
                &format!("{since} (up {})", words::uptime(alive.uptime)),
            );
            if let Some(memory) = words::memory(&alive.usage) {
                row("memory", &memory);
            }
            if let Some(percent) = alive.cpu_percent() {
                row("cpu", &format!("{percent:.1} % since its start"));
            }
            if let (Some(threads), Some(files)) = (alive.usage.threads, alive.usage.open_files) {
                row("threads", &format!("{threads}, with {files} open files"));
            }
            self.places(&mut row);
            if let Some(supervisor) = alive.supervisor {
                let restart = self.managed.daemon.restart.restart.word();
                row("restarts", &format!("{restart}, by pid {supervisor}"));
            }
        }
        if let Some(health) = self.health() {
            row("health", &health);
        }
        // Of an ill daemon the row above has said it.
        let reason = match (self.report.status.state(), self.report.status.alive()) {
            (State::Unhealthy, _) => {
                if let Some(health) = &self.report.health {
                    row("asked", &format!("{} times in a row", health.failures));
                }
                None
            }
            (State::Degraded, Some(alive)) => alive.note.clone(),
            (_, _) => self.reason(),
        };
        if let Some(reason) = reason {
            row("reason", &reason);
        }
        let said = self.said();
        let mut said = said.iter().map(|line| text::printable(line));
        if self.report.said.logged.is_some()
            && let Some(error) = said.next()
        {
            row("last error", &error);
        }
        if let Some(line) = said.next() {
            row("last line", &line);
        }
        if self.report.status.crash().is_some() {
            self.places(&mut row);
        }
        if let Some(crashes) =
            crashes_in_words(self.report.crashes, self.report.status.crash().is_some())
        {
            row("history", &crashes);
        }
        if let Some(log) = &self.report.said.unrecognised {
            let log = text::printable(&log.display().to_string());
            row("logs", &format!("errors are not recognised in '{log}'"));
        }
        let active = words::activity(&self.report.said.activity, self.report.now.wall);
        if !active.is_empty() {
            let active = active.iter().map(|(name, when)| format!("{name}: {when}"));
            row("activity", &active.collect::<Vec<_>>().join(", "));
        }
        if let Some(hint) = self.hint() {
            row("hint", &hint);
        }
        text
    }

    /// Its state; nothing where what is configured of it cannot be used.
    pub fn state(&self) -> Option<State> {
        let is_flawed = matches!(self.managed.standing, Standing::Misconfigured(_));
        (!is_flawed).then(|| self.report.status.state())
    }

    /// What runs, and where its logs are.
    fn places(&self, row: &mut impl FnMut(&str, &str)) {
        if let Some(command) = self.command() {
            row("command", &command);
        }
        row("logs", &text::printable(&self.logs().join(", ")));
    }

    /// The folders of its logs.
    fn logs(&self) -> Vec<String> {
        let folders = self.managed.daemon.logs_dirs.iter();
        folders.map(|folder| folder.display().to_string()).collect()
    }

    fn command(&self) -> Option<String> {
        let command = &self.managed.daemon.command;
        (!command.is_empty()).then(|| words::command(command))
    }

    /// When each component has logged something last, by its whole name.
    fn activity(&self) -> Option<Value> {
        let zone = *self.report.now.wall.offset();
        let activity = self.report.said.activity.iter();
        let activity: Vec<Value> = activity
            .filter_map(|Activity { component, at }| {
                let at = at.and_local_timezone(zone).single()?;
                let at = at.to_rfc3339_opts(SecondsFormat::Secs, false);
                Some(json!({ "component": component, "time": at }))
            })
            .collect();
        (!activity.is_empty()).then_some(activity.into())
    }

    /// The state in words, behind the name.
    pub fn headline(&self, printer: &Printer) -> String {
        let Some(state) = self.state() else {
            return printer.paint(Paint::Red, "is misconfigured");
        };
        let (color, said) = match state {
            State::NotConfigured | State::Stopped => (Paint::Yellow, "is not running"),
            State::Starting => (Paint::Yellow, "is starting"),
            State::Running => (Paint::Green, "is running"),
            State::Degraded => (Paint::Yellow, "is running, but degraded"),
            State::Unhealthy => (Paint::Red, "is running, but unhealthy"),
            State::Stopping => (Paint::Yellow, "is stopping"),
            State::Crashed => (Paint::Red, "has crashed"),
            State::CrashLooping => (Paint::Red, "keeps crashing"),
            State::Foreign => (
                Paint::Red,
                "may or may not be running: its PID file names a foreign process",
            ),
            State::Unknown => (Paint::Red, "is in an unknown state"),
        };
        printer.paint(color, said)
    }

    fn restart_due(&self) -> Option<DateTime<FixedOffset>> {
        self.report.status.crash()?.supervised?.due
    }

    /// What it logged or printed of what went wrong; never that all went well.
    fn last_error(&self) -> Option<String> {
        let said = &self.report.said;
        let logged = said.logged.as_ref();
        logged
            .map(|entry| words::logged_in_full(entry, self.report.now.wall))
            .or_else(|| {
                said.last_line
                    .clone()
                    .filter(|line| !last_words::is_well(line))
            })
    }

    fn said(&self) -> Vec<String> {
        words::said(&self.report.said, self.report.now.wall)
    }

    fn health(&self) -> Option<String> {
        let starting = self.report.status.state() == State::Starting;
        let health = self.report.health.as_ref()?;
        Some(health.sentence(starting))
    }

    /// What the daemon says of its checks or of its handlers, where it says anything.
    fn parts(&self, kind: PartKind) -> Option<Map<String, Value>> {
        let parts = self.report.health.as_ref()?.parts.iter();
        let parts: Map<String, Value> = parts
            .filter(|part| part.kind == kind)
            .map(|part| {
                let said = json!({
                    "ok": part.is_well,
                    "status": part.word,
                    "detail": part.detail,
                });
                (part.name.clone(), said)
            })
            .collect();
        (!parts.is_empty()).then_some(parts)
    }

    fn hint(&self) -> Option<String> {
        if self.managed.standing != Standing::Configured {
            return None;
        }
        match &self.report.status {
            Status::Unknown { hint, .. } => Some(hint.clone()),
            Status::Stopped(rest) if rest.cause == RestCause::NotConfigured => Some(format!(
                "run `inneros config init` and set `command` in '{}'",
                self.managed.configured_in.display()
            )),
            Status::Crashed(crash) if crash.supervised.is_some() => {
                Some("`inneros daemon stop` cancels the restart".into())
            }
            Status::Crashed(_) => Some("`inneros daemon start` starts it again".into()),
            Status::CrashLooping { .. } => Some(
                "`inneros daemon logs` may say why; `inneros daemon start` tries again".into(),
            ),
            Status::Foreign(foreign) if foreign.certain => Some(
                "the daemon is gone; `inneros daemon start` starts it and leaves that process alone"
                    .into(),
            ),
            Status::Foreign(foreign) => Some(format!(
                "if pid {} is not the daemon, remove '{}'",
                foreign.pid,
                self.managed.daemon.pid_file.display()
            )),
            Status::Stopped(_)
            | Status::Starting(_)
            | Status::Running(_)
            | Status::Unhealthy { .. }
            | Status::Stopping(_) => None,
        }
    }
}

/// The table of `inneros --help`.
fn exit_code(status: &Status) -> u8 {
    match status {
        Status::Starting(_)
        | Status::Running(_)
        | Status::Unhealthy { .. }
        | Status::Stopping(_) => 0,
        Status::Crashed(_) | Status::CrashLooping { .. } => 1,
        Status::Stopped(_) => 3,
        Status::Foreign(_) | Status::Unknown { .. } => 4,
    }
}
