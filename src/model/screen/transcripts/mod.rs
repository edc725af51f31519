//! What the machine does, as transcripts: looks and clicks in, effects and rows out.

mod blind;
mod configuration;
mod fleet;
mod health;
mod jobs;
mod judging;
mod menu;
mod notices;
mod sleep;
mod supervision;

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use crate::model::autostart::{AtLogin, LoginState};
use crate::model::config::{Besides, Config, Origin, Overrides, Places, resolve};
use crate::model::life::clock::Now;
use crate::model::life::health::{Health, Probe};
use crate::model::life::judge;
use crate::model::life::observation::{
    self, Logged, PidFileSeen, ProcessFacts, ProcessSeen, Said, Usage,
};
use crate::model::life::record::{Exit, Identity, Phase, RunRecord, Supervisor};
use crate::model::life::report::{Findings, Report};
use crate::model::life::status::{State, Status};
use crate::model::screen::command::{Command, NoticeSwitch, Operation, Target};
use crate::model::screen::icon::Icon;
use crate::model::screen::machine::{Effect, Input, Machine};
use crate::model::screen::notice::Action;
use crate::model::screen::problem::{Broken, Problem};
use crate::model::screen::view::{JobRow, Row, Slot, View, view};

const PID: i32 = 812;

fn noon() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2026-11-22T12:00:00+01:00").expect("a valid time")
}

fn identity(pid: i32, start_token: u64) -> Identity {
    Identity {
        pid,
        start_token,
        boot_id: "this boot".into(),
    }
}

fn process(identity: &Identity) -> ProcessSeen {
    ProcessSeen::Alive(ProcessFacts {
        identity: identity.clone(),
        uid: 501,
        command_line: vec!["python3".into(), "-m".into(), "daemon".into()],
        age: Duration::from_secs(60),
    })
}

fn usage() -> Usage {
    Usage {
        processes: 1,
        memory_bytes: Some(24_000_000),
        cpu_time: Some(Duration::from_secs(6)),
        threads: Some(4),
        open_files: Some(12),
    }
}

/// A look at a daemon, and what was found out after it.
#[derive(Debug, Clone)]
struct Observation {
    now: Now,
    command: Vec<String>,
    pid_file: PidFileSeen,
    record: Option<RunRecord>,
    recorded: ProcessSeen,
    supervisor: ProcessSeen,
    named: ProcessSeen,
    lived: Option<(Identity, Duration)>,
    usage: Option<Usage>,
    our_uid: u32,
    boot_id: String,
    health: Option<Health>,
    may_start: bool,
    said: Said,
    cause: Option<String>,
    dashboard: Option<bool>,
}

impl Observation {
    fn report(self) -> Report {
        let seen = observation::Observation {
            now: self.now,
            command: self.command,
            pid_file: self.pid_file,
            record_file: "/h/daemon.json".into(),
            record_damaged: false,
            record_newer: false,
            search: None,
            writes_pid_file: false,
            origin: None,
            ended: None,
            record: self.record,
            recorded: self.recorded,
            supervisor: self.supervisor,
            named: self.named,
            lived: self.lived,
            our_uid: self.our_uid,
            boot_id: self.boot_id,
            here: None,
        };
        let found = Findings {
            usage: self.usage,
            health: self.health,
            may_start: self.may_start,
            said: self.said,
            cause: self.cause,
            dashboard: self.dashboard,
            crashes: 0,
        };
        Report::new(self.now, judge::judge(&seen), found)
    }
}

fn judge(seen: &Observation) -> Status {
    seen.clone().report().status
}

/// A look at a configured daemon that does not run, `seconds` after noon and a day
/// after boot.
fn nothing(seconds: u32) -> Observation {
    Observation {
        now: Now {
            wall: noon() + TimeDelta::seconds(i64::from(seconds)),
            clock: Duration::from_secs(86_400 + u64::from(seconds)),
        },
        command: vec!["python3".into(), "-m".into(), "daemon".into()],
        pid_file: PidFileSeen::Absent,
        record: None,
        recorded: ProcessSeen::Gone,
        supervisor: ProcessSeen::Gone,
        named: ProcessSeen::Gone,
        lived: None,
        usage: None,
        our_uid: 501,
        boot_id: "this boot".into(),
        health: None,
        may_start: false,
        said: Said::default(),
        cause: None,
        dashboard: None,
    }
}

fn record(pid: i32, phase: Phase) -> RunRecord {
    RunRecord {
        schema: 1,
        identity: identity(pid, 4711),
        host: None,
        forerunner: None,
        mark: None,
        command: vec!["python3".into(), "-m".into(), "daemon".into()],
        started_at: noon() - TimeDelta::seconds(60),
        started_ms: (86_400 - 60) * 1000,
        output: "/h/daemon.out".into(),
        output_start: 0,
        supervisor: None,
        phase,
    }
}

fn named(pid: i32) -> PidFileSeen {
    PidFileSeen::Pid {
        pid,
        written: noon() - TimeDelta::seconds(60),
    }
}

fn running_as(pid: i32, seconds: u32) -> Observation {
    let process = process(&identity(pid, 4711));
    Observation {
        pid_file: named(pid),
        record: Some(record(pid, Phase::Running)),
        recorded: process.clone(),
        named: process,
        usage: Some(usage()),
        ..nothing(seconds)
    }
}

fn running(seconds: u32) -> Observation {
    running_as(PID, seconds)
}

fn crashed(seconds: u32, exit: Option<Exit>) -> Observation {
    let phase = exit.map_or(Phase::Running, |exit| Phase::Ended {
        exit: Some(exit),
        at: noon(),
    });
    Observation {
        pid_file: named(PID),
        record: Some(record(PID, phase)),
        ..nothing(seconds)
    }
}

/// The same look, of a daemon that has logged an error at five minutes past noon.
fn logging(message: &str, seen: Observation) -> Observation {
    let logged = Some(Logged {
        at: (noon() + TimeDelta::minutes(5)).naive_local(),
        component: Some("src.daemon".into()),
        message: message.into(),
    });
    let said = Said {
        logged,
        ..seen.said
    };
    Observation { said, ..seen }
}

/// The same look, of a daemon whose last line on its standard error was this.
fn printing(last_line: &str, seen: Observation) -> Observation {
    let said = Said {
        last_line: Some(last_line.into()),
        ..seen.said
    };
    Observation { said, ..seen }
}

fn unhealthy(seconds: u32, failures: u32) -> Observation {
    Observation {
        health: Some(Health {
            failures,
            last: Probe::Bad("scheduler".into()),
            parts: Vec::new(),
        }),
        ..running(seconds)
    }
}

fn state(seen: &Observation) -> State {
    judge(seen).state()
}

fn config(text: &str) -> Config {
    let places = Places {
        user_home: "/home/me".into(),
        home: ("/home/me/.inneros".into(), Origin::Default),
        config_file: ("/home/me/.inneros/config.toml".into(), Origin::Default),
    };
    resolve(&places, text, &Overrides::default(), &Besides::default())
        .expect("a valid configuration")
}

/// The same with a command, where the text has none.
fn configured(text: &str) -> Config {
    let mut config = config(text);
    let command = &mut config.daemons[0].daemon.command;
    if command.is_empty() {
        *command = nothing(0).command;
    }
    config
}

/// A machine and what it has said so far.
struct Transcript {
    machine: Machine,
}

impl Transcript {
    /// Of a daemon that is configured.
    fn new(text: &str) -> Self {
        Self {
            machine: Machine::new(&configured(text)),
        }
    }

    fn look(&mut self, seen: Observation) -> Vec<String> {
        self.step(Input::Observed(Box::new(seen.report())))
    }

    fn click(&mut self, command: Command) -> Vec<String> {
        self.step(Input::Asked(command))
    }

    fn done(&mut self, operation: Operation, result: Result<(), &str>) -> Vec<String> {
        self.step(Input::Done(
            operation,
            result.map_err(|message| Problem::from(message.to_owned())),
        ))
    }

    /// Effects, said shortly.
    fn step(&mut self, input: Input) -> Vec<String> {
        self.machine
            .step(input)
            .into_iter()
            .map(|effect| match effect {
                Effect::Notify(notice) => {
                    format!(
                        "notify {}: {}",
                        notice.title,
                        notice.body.replace('\n', " / ")
                    )
                }
                Effect::Withdraw => "withdraw".into(),
                Effect::Run(Operation::ForceStop) => "run force stop".into(),
                Effect::Run(Operation::Forget(pid)) => format!("run forget {pid}"),
                Effect::Run(operation) => format!("run {}", operation.verb()),
                Effect::Cancel => "cancel".into(),
                Effect::Open(target) => format!("open {target:?}"),
                Effect::SetLogin(item, on) => format!("login {item} = {on}"),
                Effect::Write(switch, on) => format!("write {} = {on}", switch.key()),
                Effect::Job(name, command) => format!("job {name} {command:?}"),
                Effect::Remember(told) => format!("remember {told:?}"),
                Effect::Quit => "quit".into(),
            })
            .collect()
    }

    fn view(&self) -> View {
        let view = view(&self.machine);
        assert_access_keys(&view.rows);
        view
    }

    fn texts(&self) -> Vec<String> {
        let texts = self.view().rows.into_iter().filter_map(|row| match row {
            Row::Item { text, .. } => Some(text),
            Row::Check { .. } | Row::Separator | Row::Submenu { .. } => None,
        });
        texts.collect()
    }

    /// What can be done to the daemon, as the menu has it.
    fn offered(&self) -> Vec<String> {
        let rows = self.view().rows.into_iter().filter_map(|row| match row {
            Row::Item {
                text,
                command:
                    Some(
                        Command::Run(_)
                        | Command::Cancel
                        | Command::AskToForget
                        | Command::StopAndQuit,
                    ),
                ..
            } => Some(text),
            Row::Item { .. } | Row::Check { .. } | Row::Separator | Row::Submenu { .. } => None,
        });
        rows.filter(|text| text != "Stop Daemon and Quit").collect()
    }

    /// The two rows that say how the daemon is, and what a click on them opens.
    fn information(&self) -> [(String, Command); 2] {
        let rows = self.view().rows.into_iter().filter_map(|row| match row {
            Row::Item {
                slot: Slot::Headline | Slot::Detail,
                text,
                command,
            } => Some((text, command.expect("a row that can be clicked"))),
            Row::Item { .. } | Row::Check { .. } | Row::Separator | Row::Submenu { .. } => None,
        });
        let rows: Vec<_> = rows.collect();
        rows.try_into().expect("two rows")
    }
}

/// Each row that does something can be chosen by a letter of its own; those that only tell, and
/// the titles of jobs and parts, need none.
fn assert_access_keys(rows: &[Row]) {
    let mut keys = Vec::new();
    for row in rows {
        let (text, tells) = match row {
            Row::Item { slot, text, .. } => {
                let tells = matches!(
                    slot,
                    Slot::Headline
                        | Slot::Detail
                        | Slot::Activity
                        | Slot::Handler(_)
                        | Slot::MoreHandlers
                        | Slot::MoreJobs
                        | Slot::Mute
                        | Slot::About
                        | Slot::Job(_, JobRow::Last | JobRow::Next)
                );
                (text, tells)
            }
            Row::Check { text, .. } => (text, false),
            Row::Submenu { slot, text, rows } => {
                assert_access_keys(rows);
                (text, matches!(slot, Slot::Job(..)))
            }
            Row::Separator => continue,
        };
        let key = row.access_key();
        assert_eq!(key.is_none(), tells, "{text}");
        keys.extend(key.map(|at| (text[at..=at].to_lowercase(), text)));
    }
    keys.sort();
    for pair in keys.windows(2) {
        assert_ne!(pair[0].0, pair[1].0, "{pair:?}");
    }
}

const NOTHING: [&str; 0] = [];
