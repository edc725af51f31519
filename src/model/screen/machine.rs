//! The tray's memory: inputs go in, effects come out, and the view is read off it.

use std::time::Duration;

use crate::model::autostart::{Item, State as Login};
use crate::model::config::{Config, Notifications};
use crate::model::life::cpu::CpuMeter;
use crate::model::life::observation::{Now, Said};
use crate::model::life::report::Report;
use crate::model::life::status::{State, Status};
use crate::model::screen::announcer::{Announcer, Look};
use crate::model::screen::command::{Command, Operation, Switch, Target};
use crate::model::screen::notice::{Action, Notice, Verdict};
use crate::model::screen::problem::Problem;

/// What happens to the machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A look was made.
    Observed(Box<Report>),
    /// The user chose a row, or clicked a notification.
    Asked(Command),
    /// An operation came to its end.
    Done(Operation, Result<(), Problem>),
    /// A switch was written to the configuration file, or could not be.
    Switched(Switch, Result<bool, String>),
    /// Whether something starts at login was looked at or switched; or it could not be.
    Login(Item, Result<Login, String>),
    /// Something could not be opened.
    NotOpened(String),
    /// A notification could be shown again, or could not be, and why.
    Notified(Result<(), String>),
    /// Time went by without a look.
    Waited(Now),
    /// The configuration file was changed, and this holds from now on.
    Configured(Box<Config>),
    /// The configuration file was changed and cannot be used; the message names the line.
    Misconfigured(String),
}

/// What is to be done, each once.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Run this operation on a worker thread and report it done.
    Run(Operation),
    /// Open this.
    Open(Target),
    /// Have this start at login, or not any more.
    SetLogin(Item, bool),
    /// Write this switch to the configuration file.
    Write(Switch, bool),
    /// Show this notification in the place of the one that is shown.
    Notify(Notice),
    /// Take the notification away.
    Withdraw,
    /// End the tray.
    Quit,
}

/// What is remembered between inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    pub(super) name: String,
    pub(super) interval: Duration,
    pub(super) has_dashboard: bool,
    pub(super) switches: Notifications,
    /// The last look's conclusion; nothing before the first look.
    pub(super) status: Option<Status>,
    announcer: Announcer,
    /// What the daemon said itself of what went wrong.
    pub(super) said: Said,
    /// When the last look was made.
    pub(super) seen: Option<Now>,
    /// The present time, as far as an input told it.
    pub(super) now: Option<Now>,
    /// The operation under way.
    pub(super) busy: Option<Operation>,
    /// Why the last thing the user asked for was not done.
    pub(super) problem: Option<Problem>,
    /// Why the configuration file cannot be used; an earlier one is in force.
    pub(super) misconfigured: Option<String>,
    /// Whether anything listens at the dashboard's address, where that is known.
    pub(super) dashboard: Option<bool>,
    /// What starts at login, once that is known.
    tray_login: Option<Login>,
    daemon_login: Option<Login>,
    /// Why notifications cannot be shown, if they cannot.
    pub(super) mute: Option<String>,
    pub(super) cpu: CpuMeter,
    /// An operation ended, and the look that shows its result is still to come.
    settling: bool,
    /// A crash that was seen while an operation was under way.
    held: Option<Notice>,
    /// The tray ends when the operation under way does, if that goes well or was no stop.
    quit_when_done: bool,
}

impl Machine {
    /// A machine that has seen nothing yet.
    pub fn new(config: &Config) -> Self {
        Self {
            name: config.managed.daemon.name.clone(),
            interval: config.tray.poll_interval,
            has_dashboard: config.managed.dashboard_url.is_some(),
            switches: config.notifications,
            status: None,
            announcer: Announcer::default(),
            said: Said::default(),
            seen: None,
            now: None,
            busy: None,
            problem: None,
            misconfigured: None,
            dashboard: None,
            tray_login: None,
            daemon_login: None,
            mute: None,
            cpu: CpuMeter::default(),
            settling: false,
            held: None,
            quit_when_done: false,
        }
    }

    /// Takes one input and says what is to be done.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Observed(report) => self.observed(*report),
            Input::Asked(command) => self.asked(command),
            Input::Done(operation, result) => self.done(operation, result),
            Input::Switched(switch, result) => {
                match result {
                    Ok(on) => switch.set(&mut self.switches, on),
                    Err(message) => self.problem = Some(message.into()),
                }
                Vec::new()
            }
            Input::Login(item, result) => {
                match result {
                    Ok(login) => *self.login_mut(item) = Some(login),
                    Err(message) => self.problem = Some(message.into()),
                }
                Vec::new()
            }
            Input::NotOpened(message) => {
                self.problem = Some(message.into());
                Vec::new()
            }
            Input::Notified(result) => {
                self.mute = result.err();
                Vec::new()
            }
            Input::Waited(now) => {
                self.now = Some(now);
                Vec::new()
            }
            Input::Configured(config) => {
                self.configured(&config);
                Vec::new()
            }
            Input::Misconfigured(message) => {
                self.misconfigured = Some(message);
                Vec::new()
            }
        }
    }

    pub(super) fn login(&self, item: Item) -> Option<&Login> {
        match item {
            Item::Tray => self.tray_login.as_ref(),
            Item::Daemon => self.daemon_login.as_ref(),
        }
    }

    fn login_mut(&mut self, item: Item) -> &mut Option<Login> {
        match item {
            Item::Tray => &mut self.tray_login,
            Item::Daemon => &mut self.daemon_login,
        }
    }

    fn configured(&mut self, config: &Config) {
        self.name.clone_from(&config.managed.daemon.name);
        self.interval = config.tray.poll_interval;
        self.has_dashboard = config.managed.dashboard_url.is_some();
        self.dashboard = None;
        self.switches = config.notifications;
        self.misconfigured = None;
    }

    fn observed(&mut self, report: Report) -> Vec<Effect> {
        let verdict = self.announcer.decide(Look {
            name: &self.name,
            report: &report,
            interval: self.interval,
            asked: self.busy.is_some() || self.settling,
            switches: self.switches,
        });
        let new = report.status;
        self.dashboard = report.dashboard;
        self.cpu.measure(&new, report.now);
        if self.status.as_ref().map(Status::state) != Some(new.state()) {
            // What went wrong before is no longer what the user looks at.
            self.problem = self.problem.take().filter(|_| self.settling);
        }
        let told = self.settling && self.problem.is_some();
        self.settling = false;
        self.status = Some(new);
        self.said = report.said;
        self.seen = Some(report.now);
        self.now = Some(report.now);
        match verdict {
            // What is under way will say by itself how it went, or has just said so.
            Verdict::Announce(notice) if self.is_down() && self.busy.is_some() => {
                self.held = Some(notice);
                Vec::new()
            }
            Verdict::Announce(_) if self.is_down() && told => Vec::new(),
            Verdict::Announce(notice) => vec![Effect::Notify(notice)],
            Verdict::Withdraw => vec![Effect::Withdraw],
            Verdict::Nothing | Verdict::Later => Vec::new(),
        }
    }

    fn is_down(&self) -> bool {
        matches!(
            self.status.as_ref().map(Status::state),
            Some(State::Crashed | State::CrashLooping | State::Foreign)
        )
    }

    fn asked(&mut self, command: Command) -> Vec<Effect> {
        if command != Command::Tell {
            // What did not work before is not what the user is at now.
            self.problem = None;
        }
        match command {
            // A second click while the first is at work would only wait behind it.
            Command::Run(_) | Command::StopAndQuit if self.busy.is_some() => Vec::new(),
            Command::Run(operation) => self.begin(operation),
            Command::Open(target) => vec![Effect::Open(target)],
            Command::Toggle(switch) => vec![Effect::Write(switch, !switch.is_on(self.switches))],
            Command::ToggleLogin(item) => {
                let on = self.login(item).is_some_and(is_on);
                vec![Effect::SetLogin(item, !on)]
            }
            Command::Tell => vec![Effect::Notify(crate::model::screen::view::summary(self))],
            // Cut short, it would leave the daemon stopped. Who asks twice means it.
            Command::Quit if self.busy == Some(Operation::Restart) && !self.quit_when_done => {
                self.quit_when_done = true;
                Vec::new()
            }
            Command::Quit => vec![Effect::Quit],
            Command::StopAndQuit => {
                self.quit_when_done = true;
                self.begin(Operation::Stop)
            }
        }
    }

    fn begin(&mut self, operation: Operation) -> Vec<Effect> {
        self.busy = Some(operation);
        vec![Effect::Run(operation)]
    }

    fn done(&mut self, operation: Operation, result: Result<(), Problem>) -> Vec<Effect> {
        self.busy = None;
        self.settling = true;
        let quit = std::mem::take(&mut self.quit_when_done);
        let held = self.held.take().filter(|_| self.is_down());
        match (result, held) {
            (Ok(()), _) if quit => vec![Effect::Quit],
            // It went well, and the daemon was gone again before that was known.
            (Ok(()), Some(notice)) => vec![Effect::Notify(notice)],
            // What was wrong has been put right by what the user did.
            (Ok(()), None) => vec![Effect::Withdraw],
            (Err(problem), _) => {
                let notice = Notice {
                    title: format!("{} did not {}", self.name, operation.verb()),
                    body: problem.text(),
                    urgent: true,
                    actions: &[Action::OpenLog],
                };
                self.problem = Some(problem);
                let mut effects = vec![Effect::Notify(notice)];
                // A daemon that could not be stopped is not left behind.
                effects.extend((quit && operation != Operation::Stop).then_some(Effect::Quit));
                effects
            }
        }
    }
}

/// Whether a switch for it shows a tick. What is registered for another place is not:
/// the switch registers it for this one.
pub(super) fn is_on(login: &Login) -> bool {
    match login {
        Login::Enabled | Login::NeedsApproval | Login::EditedByHand { enabled: true } => true,
        Login::Disabled
        | Login::Moved { .. }
        | Login::Differs { .. }
        | Login::EditedByHand { enabled: false } => false,
    }
}
