//! What the machine does, as transcripts: looks and clicks in, effects and rows out.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::autostart::{Item, State as Login};
use super::command::{Command, Operation, Switch, Target};
use super::config::{Config, FileConfig, Origin, Overrides, Places, parse, resolve};
use super::judge::judge;
use super::machine::{Effect, Input, Machine};
use super::observation::{Health, Now, Observation, PidFileSeen, Probe, ProcessFacts, ProcessSeen};
use super::record::{Exit, Identity, Phase, RunRecord};
use super::status::State;
use super::view::{Row, View, view};

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
        memory_bytes: Some(24_000_000),
        cpu_time: Some(Duration::from_secs(6)),
    })
}

/// A look at a configured daemon that does not run, `seconds` after noon and a day
/// after boot.
fn nothing(seconds: u32) -> Observation {
    Observation {
        now: Now {
            wall: noon() + TimeDelta::seconds(i64::from(seconds)),
            clock: Duration::from_secs(86_400 + u64::from(seconds)),
        },
        configured: true,
        command: vec!["python3".into(), "-m".into(), "daemon".into()],
        pid_file: PidFileSeen::Absent,
        record: None,
        recorded: ProcessSeen::Gone,
        named: ProcessSeen::Gone,
        our_uid: 501,
        boot_id: "this boot".into(),
        health: None,
    }
}

fn record(pid: i32, phase: Phase) -> RunRecord {
    RunRecord {
        schema: 1,
        identity: identity(pid, 4711),
        command: vec!["python3".into(), "-m".into(), "daemon".into()],
        started_at: noon() - TimeDelta::seconds(60),
        started_ms: (86_400 - 60) * 1000,
        output: "/h/daemon.out".into(),
        output_start: 0,
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
        ..nothing(seconds)
    }
}

fn running(seconds: u32) -> Observation {
    running_as(PID, seconds)
}

fn crashed(seconds: u32, exit: Option<Exit>) -> Observation {
    let phase = exit.map_or(Phase::Running, |exit| Phase::Ended { exit, at: noon() });
    Observation {
        pid_file: named(PID),
        record: Some(record(PID, phase)),
        ..nothing(seconds)
    }
}

fn unhealthy(seconds: u32, failures: u32) -> Observation {
    Observation {
        health: Some(Health {
            failures,
            last: Probe::Bad("health answered 503".into()),
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
    let file: FileConfig = parse(text).expect("a valid configuration");
    resolve(places, file, Overrides::default())
}

/// A machine and what it has said so far.
struct Transcript {
    machine: Machine,
}

impl Transcript {
    fn new(text: &str) -> Self {
        Self {
            machine: Machine::new(&config(text)),
        }
    }

    fn look(&mut self, seen: Observation) -> Vec<String> {
        self.step(Input::Observed(Box::new(seen), None))
    }

    fn click(&mut self, command: Command) -> Vec<String> {
        self.step(Input::Asked(command))
    }

    fn done(&mut self, operation: Operation, result: Result<(), &str>) -> Vec<String> {
        self.step(Input::Done(operation, result.map_err(str::to_owned)))
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
                Effect::Run(operation) => format!("run {}", operation.verb()),
                Effect::Open(target) => format!("open {target:?}"),
                Effect::SetLogin(item, on) => format!("login {item} = {on}"),
                Effect::Write(switch, on) => format!("write {} = {on}", switch.key()),
                Effect::Quit => "quit".into(),
            })
            .collect()
    }

    fn view(&self) -> View {
        view(&self.machine)
    }

    fn texts(&self) -> Vec<String> {
        let texts = self.view().rows.into_iter().filter_map(|row| match row {
            Row::Item { text, .. } => Some(text),
            Row::Check { .. } | Row::Separator | Row::Submenu { .. } => None,
        });
        texts.collect()
    }

    /// What can be clicked of Start, Stop and Restart.
    fn offered(&self) -> Vec<&'static str> {
        let view = self.view();
        [Operation::Start, Operation::Stop, Operation::Restart]
            .into_iter()
            .filter(|operation| {
                view.rows.iter().any(|row| {
                    matches!(row, Row::Item { command: Some(Command::Run(run)), .. } if run == operation)
                })
            })
            .map(Operation::verb)
            .collect()
    }
}

const NOTHING: [&str; 0] = [];

// The judge.

#[test]
fn the_record_decides_who_the_daemon_is() {
    assert_eq!(state(&nothing(0)), State::Stopped);
    assert_eq!(state(&running(0)), State::Running);
    assert_eq!(state(&crashed(0, None)), State::Crashed);
    assert_eq!(state(&crashed(0, Some(Exit::Code(3)))), State::Crashed);
    assert_eq!(state(&crashed(0, Some(Exit::Code(0)))), State::Stopped);
}

#[test]
fn uptime_follows_the_boot_clock() {
    let mut seen = running(0);
    seen.now.wall -= TimeDelta::days(400);

    let status = judge(&seen);

    assert_eq!(status.alive().expect("alive").uptime.as_secs(), 60);
}

#[test]
fn a_missing_or_damaged_pid_file_does_not_hide_a_recorded_daemon() {
    let mut seen = running(0);
    seen.pid_file = PidFileSeen::Absent;
    assert_eq!(state(&seen), State::Running);
    assert_eq!(
        judge(&seen).reason().as_deref(),
        Some("its PID file is missing")
    );

    seen.pid_file = PidFileSeen::Bad {
        message: "invalid PID".into(),
        hint: String::new(),
    };
    assert_eq!(state(&seen), State::Running);
}

#[test]
fn a_reused_pid_is_foreign_whatever_runs_under_it() {
    let mut seen = running(0);
    seen.recorded = process(&identity(PID, 9999));
    seen.named = seen.recorded.clone();
    assert_eq!(state(&seen), State::Foreign);

    let mut seen = running(0);
    seen.boot_id = "the next boot".into();
    let mut after = identity(PID, 4711);
    after.boot_id = "the next boot".into();
    seen.recorded = process(&after);
    seen.named = seen.recorded.clone();
    assert_eq!(state(&seen), State::Foreign);
}

#[test]
fn without_a_record_nothing_may_speak_against_the_process() {
    let believed = Observation {
        record: None,
        recorded: ProcessSeen::Gone,
        ..running(0)
    };
    assert_eq!(state(&believed), State::Running);

    let changed = |change: fn(&mut ProcessFacts)| {
        let mut seen = believed.clone();
        if let ProcessSeen::Alive(facts) = &mut seen.named {
            change(facts);
        }
        state(&seen)
    };
    assert_eq!(changed(|facts| facts.uid = 0), State::Foreign);
    assert_eq!(
        changed(|facts| facts.command_line = vec!["vim".into()]),
        State::Foreign
    );
    assert_eq!(
        changed(|facts| facts.age = Duration::from_secs(10)),
        State::Foreign
    );
    assert_eq!(changed(|facts| facts.command_line.clear()), State::Foreign);
}

#[test]
fn a_process_that_is_hidden_is_unknown_not_stopped() {
    let mut seen = running(0);
    seen.recorded = ProcessSeen::Hidden("permission denied".into());
    seen.named = seen.recorded.clone();

    assert_eq!(state(&seen), State::Unknown);
}

#[test]
fn starting_and_stopping_have_deadlines() {
    let with = |phase| {
        let mut seen = running(0);
        seen.record = Some(record(PID, phase));
        state(&seen)
    };
    let (later, earlier) = (86_401_000, 86_399_000);

    assert_eq!(
        with(Phase::Starting { deadline_ms: later }),
        State::Starting
    );
    assert_eq!(
        with(Phase::Starting {
            deadline_ms: earlier
        }),
        State::Running
    );
    assert_eq!(
        with(Phase::Stopping { deadline_ms: later }),
        State::Stopping
    );
    assert_eq!(
        with(Phase::Stopping {
            deadline_ms: earlier
        }),
        State::Running
    );
}

#[test]
fn a_stop_that_was_cut_short_is_no_crash() {
    let mut seen = crashed(0, None);
    seen.record = Some(record(PID, Phase::Stopping { deadline_ms: 0 }));

    assert_eq!(state(&seen), State::Stopped);
}

#[test]
fn one_bad_answer_is_not_a_state() {
    assert_eq!(state(&unhealthy(0, 1)), State::Running);
    assert_eq!(state(&unhealthy(0, 2)), State::Running);
    assert_eq!(state(&unhealthy(0, 3)), State::Unhealthy);
}

// Notifications.

#[test]
fn what_is_found_at_start_up_is_shown_and_a_crash_told_once() {
    let mut tray = Transcript::new("");
    assert_eq!(tray.look(running(0)), NOTHING);

    let mut tray = Transcript::new("");
    assert_eq!(
        tray.look(crashed(0, None)),
        ["notify InnerOS crashed: Pid 812 is gone and left its PID file"]
    );
    assert_eq!(tray.look(crashed(2, None)), NOTHING);
}

#[test]
fn a_crash_is_told_with_its_reason_and_withdrawn_when_it_is_over() {
    let mut tray = Transcript::new("");

    tray.look(running(0));
    assert_eq!(
        tray.step(Input::Observed(
            Box::new(crashed(2, Some(Exit::Code(3)))),
            Some("no vault".into())
        )),
        ["notify InnerOS crashed: Ended with exit code 3 / no vault"]
    );
    assert_eq!(tray.look(crashed(4, Some(Exit::Code(3)))), NOTHING);
    assert_eq!(tray.look(running_as(900, 6)), ["withdraw"]);
}

#[test]
fn two_crashes_between_looks_are_two() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.look(crashed(2, None));

    let mut second = crashed(4, None);
    second.record = Some(record(900, Phase::Running));
    second.pid_file = named(900);

    assert_eq!(
        tray.look(second),
        ["notify InnerOS crashed: Pid 900 is gone and left its PID file"]
    );
}

#[test]
fn a_crash_is_seen_through_a_look_that_failed() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    let mut blind = running(2);
    blind.recorded = ProcessSeen::Hidden("I/O error".into());

    assert_eq!(tray.look(blind), NOTHING);
    assert_eq!(tray.look(crashed(4, Some(Exit::Signal(9)))).len(), 1);
}

#[test]
fn what_the_user_asked_for_is_not_told() {
    let mut tray = Transcript::new("[notifications]\nstarted = true\nstopped = true");
    tray.look(nothing(0));

    assert_eq!(tray.click(Command::Run(Operation::Start)), ["run start"]);
    assert_eq!(tray.look(running(1)), NOTHING);
    assert_eq!(tray.done(Operation::Start, Ok(())), ["withdraw"]);
    assert_eq!(tray.look(running(2)), NOTHING);
    assert_eq!(tray.click(Command::Run(Operation::Stop)), ["run stop"]);
    assert_eq!(tray.done(Operation::Stop, Ok(())), ["withdraw"]);
    assert_eq!(tray.look(nothing(3)), ["withdraw"]);
}

#[test]
fn what_somebody_else_did_is_told_when_wanted() {
    let mut tray = Transcript::new("[notifications]\nstarted = true\nstopped = true");
    tray.look(nothing(0));

    assert_eq!(
        tray.look(running(2)),
        ["notify InnerOS started: Process 812"]
    );
    assert_eq!(
        tray.look(running_as(900, 4)),
        ["notify InnerOS started: Process 900"]
    );
    assert_eq!(tray.look(nothing(6)), ["notify InnerOS stopped: "]);

    let mut quiet = Transcript::new("");
    quiet.look(nothing(0));
    assert_eq!(quiet.look(running(2)), NOTHING);
    assert_eq!(quiet.look(nothing(4)), ["withdraw"]);
}

#[test]
fn a_failed_operation_is_told_once_and_stays_in_the_menu() {
    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));

    assert_eq!(
        tray.done(Operation::Start, Err("ended during its start: exit code 3")),
        ["notify InnerOS did not start: ended during its start: exit code 3"]
    );
    assert_eq!(tray.look(nothing(2)), NOTHING);
    assert_eq!(tray.texts()[2], "Ended during its start: exit code 3");
    tray.look(running(4));
    assert_eq!(tray.texts()[2], "No problems");
}

#[test]
fn a_crash_during_an_operation_is_told_by_the_operation_or_after_it() {
    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));
    assert_eq!(tray.look(crashed(1, Some(Exit::Code(3)))), NOTHING);
    assert_eq!(tray.done(Operation::Start, Err("exit code 3")).len(), 1);
    assert_eq!(tray.look(crashed(2, Some(Exit::Code(3)))), NOTHING);

    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));
    tray.look(crashed(1, Some(Exit::Code(3))));
    assert_eq!(
        tray.done(Operation::Start, Ok(())),
        ["notify InnerOS crashed: Ended with exit code 3"]
    );

    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));
    tray.done(Operation::Start, Ok(()));
    assert_eq!(tray.look(crashed(2, Some(Exit::Code(3)))).len(), 1);
}

#[test]
fn ill_health_is_told_also_while_something_is_under_way() {
    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));

    assert_eq!(tray.look(unhealthy(1, 3)).len(), 1);
}

#[test]
fn health_is_told_when_it_goes_and_withdrawn_when_it_is_back() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    assert_eq!(tray.look(unhealthy(2, 2)), NOTHING);
    assert_eq!(
        tray.look(unhealthy(4, 3)),
        ["notify InnerOS is unhealthy: Health answered 503"]
    );
    assert_eq!(tray.look(unhealthy(6, 4)), NOTHING);
    assert_eq!(tray.look(running(8)), ["withdraw"]);
}

#[test]
fn a_switch_that_is_off_is_obeyed() {
    let mut tray = Transcript::new("[notifications]\ncrashed = false\nunhealthy = false");
    tray.look(running(0));

    assert_eq!(tray.look(unhealthy(2, 3)), NOTHING);
    assert_eq!(tray.look(crashed(4, None)), NOTHING);
}

#[test]
fn a_switch_changes_once_it_is_written() {
    let mut tray = Transcript::new("");

    assert_eq!(
        tray.click(Command::Toggle(Switch::Crashed)),
        ["write crashed = false"]
    );
    assert_eq!(
        tray.click(Command::Toggle(Switch::Crashed)),
        ["write crashed = false"]
    );
    tray.step(Input::Switched(Switch::Crashed, Ok(false)));
    assert_eq!(
        tray.click(Command::Toggle(Switch::Crashed)),
        ["write crashed = true"]
    );
}

#[test]
fn whoever_asks_is_told_the_state() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    assert_eq!(
        tray.click(Command::Tell),
        ["notify InnerOS: running: pid 812 · since 11:59 · 24 MB"]
    );
}

#[test]
fn notifications_that_cannot_be_shown_are_said_in_the_menu() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    tray.step(Input::Notified(Err("denied".into())));
    assert_eq!(tray.texts()[2], "Cannot notify: denied");
    tray.step(Input::Notified(Ok(())));
    assert_eq!(tray.texts()[2], "No problems");
}

#[test]
fn the_login_switches_show_what_the_system_says() {
    let mut tray = Transcript::new("");
    let shown = |tray: &Transcript| {
        let mut rows = tray.view().rows.into_iter();
        rows.find_map(|row| match row {
            Row::Check { text, checked, .. } => Some((text, checked)),
            Row::Item { .. } | Row::Separator | Row::Submenu { .. } => None,
        })
        .expect("a switch")
    };
    let toggle = Command::ToggleLogin(Item::Tray);

    assert_eq!(tray.click(toggle), ["login tray = true"]);
    tray.step(Input::Login(Item::Tray, Ok(Login::NeedsApproval)));
    assert_eq!(
        shown(&tray),
        ("Open at Login (Needs Your Approval)".into(), true)
    );
    tray.step(Input::Login(Item::Tray, Ok(Login::Enabled)));
    assert_eq!(shown(&tray), ("Open at Login".into(), true));
    assert_eq!(tray.click(toggle), ["login tray = false"]);

    tray.step(Input::Login(Item::Tray, Err("edited by hand".into())));
    assert_eq!(shown(&tray), ("Open at Login".into(), true));
    assert_eq!(tray.texts()[2], "Edited by hand");
}

#[test]
fn what_is_registered_from_elsewhere_is_registered_anew() {
    let mut tray = Transcript::new("");
    let moved = Login::Moved {
        registered: "/old/inneros-tray".into(),
        exists: false,
    };

    tray.step(Input::Login(Item::Daemon, Ok(moved)));

    assert_eq!(
        tray.click(Command::ToggleLogin(Item::Daemon)),
        ["login daemon = true"]
    );
}

// The menu.

#[test]
fn what_cannot_be_done_now_is_not_offered() {
    let mut tray = Transcript::new("");
    assert_eq!(tray.offered(), NOTHING);

    for (seen, offered) in [
        (nothing(0), &["start"][..]),
        (running(2), &["stop", "restart"]),
        (unhealthy(4, 3), &["stop", "restart"]),
        (crashed(6, None), &["start"]),
        (
            Observation {
                configured: false,
                ..nothing(8)
            },
            &[],
        ),
    ] {
        tray.look(seen);
        assert_eq!(tray.offered(), offered);
    }
}

#[test]
fn while_something_is_under_way_nothing_else_is_offered() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.click(Command::Run(Operation::Restart));

    assert_eq!(tray.offered(), NOTHING);
    assert_eq!(tray.view().tooltip, "InnerOS: restarting…");
    assert_eq!(tray.click(Command::Run(Operation::Stop)), NOTHING);
    assert_eq!(tray.click(Command::StopAndQuit), NOTHING);
    assert_eq!(tray.click(Command::Quit), ["quit"]);
}

#[test]
fn stop_and_quit_quits_only_after_the_stop() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    assert_eq!(tray.click(Command::StopAndQuit), ["run stop"]);
    assert_eq!(tray.done(Operation::Stop, Err("still running")).len(), 1);
    assert_eq!(tray.click(Command::StopAndQuit), ["run stop"]);
    assert_eq!(tray.done(Operation::Stop, Ok(())), ["quit"]);
}

#[test]
fn the_process_row_does_not_tick() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.look(running(2));
    let before = tray.view();

    tray.look(running(4));

    assert_eq!(tray.view(), before);
    assert_eq!(
        before.rows[1],
        Row::Item {
            text: "pid 812 · since 11:59 · 24 MB · CPU 0 %".into(),
            command: None
        }
    );
}

#[test]
fn the_number_and_the_kind_of_the_rows_never_change() {
    let shape = |tray: &Transcript| {
        tray.view()
            .rows
            .iter()
            .map(std::mem::discriminant)
            .collect::<Vec<_>>()
    };
    let mut tray = Transcript::new("");
    let before = shape(&tray);

    for seen in [nothing(0), running(2), unhealthy(4, 3), crashed(6, None)] {
        tray.look(seen);
        assert_eq!(shape(&tray), before);
    }
}

#[test]
fn a_status_that_is_older_than_twice_the_interval_says_so() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    tray.step(Input::Waited(running(4).now));
    assert_eq!(tray.view().tooltip, "InnerOS: running");
    tray.step(Input::Waited(running(5).now));
    assert_eq!(tray.view().tooltip, "InnerOS: running (as of 12:00)");
    tray.look(running(6));
    assert_eq!(tray.view().tooltip, "InnerOS: running");
}

#[test]
fn rows_are_numbered_through_the_submenu() {
    let tray = Transcript::new("[tray]\ndashboard_url = \"http://127.0.0.1:1\"");
    let view = tray.view();
    let commands: Vec<Command> = (0..40).filter_map(|row| view.command(row)).collect();

    assert_eq!(commands.len(), 3 + Switch::ALL.len() + 2 + 2);
    assert_eq!(commands[2], Command::Open(Target::Dashboard));
    assert_eq!(commands[3], Command::Toggle(Switch::Crashed));
    assert_eq!(commands.last(), Some(&Command::Quit));
}

#[test]
fn text_from_outside_stays_on_one_line() {
    let mut tray = Transcript::new("");

    tray.step(Input::Observed(
        Box::new(crashed(0, None)),
        Some(format!("\u{1b}[31m{}\nsecond", "x".repeat(300))),
    ));

    let row = &tray.texts()[2];
    assert!(
        row.starts_with("\\u{1b}[31mxxx") && row.ends_with('…'),
        "{row}"
    );
    assert!(row.chars().count() <= 101);
}
