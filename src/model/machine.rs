//! The tray's memory: inputs go in, effects come out, and the view is read off it.

use std::time::Duration;

use super::autostart::{Item, State as Login};
use super::command::{Command, Operation, Switch, Target};
use super::config::{Config, Notifications};
use super::judge::judge;
use super::notice::{self, Action, Notice, Transition, Verdict};
use super::observation::{Now, Observation, Said};
use super::record::Identity;
use super::status::{State, Status};
use super::words;

/// A pause between two looks that is longer by this than it should be was a sleep of
/// the computer.
const SLEPT: Duration = Duration::from_secs(10);

/// For how long ill health that comes again is not announced again.
const FLAPPING: Duration = Duration::from_secs(600);

/// What happens to the machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A look was made.
    Observed(Box<Observation>),
    /// The user chose a row, or clicked a notification.
    Asked(Command),
    /// An operation came to its end; the error is a whole message.
    Done(Operation, Result<(), String>),
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
    /// The last conclusion about which it was decided whether to announce it.
    told: Option<Status>,
    /// When ill health was announced last, by the boot clock.
    told_sick: Option<Duration>,
    /// What the daemon said itself of what went wrong.
    pub(super) said: Said,
    /// When the last look was made.
    pub(super) seen: Option<Now>,
    /// The present time, as far as an input told it.
    pub(super) now: Option<Now>,
    /// The operation under way.
    pub(super) busy: Option<Operation>,
    /// Why the last thing the user asked for was not done.
    pub(super) problem: Option<String>,
    /// Why the configuration file cannot be used; an earlier one is in force.
    pub(super) misconfigured: Option<String>,
    /// Whether anything listens at the dashboard's address, where that is known.
    pub(super) dashboard: Option<bool>,
    /// What starts at login, once that is known.
    tray_login: Option<Login>,
    daemon_login: Option<Login>,
    /// Why notifications cannot be shown, if they cannot.
    pub(super) mute: Option<String>,
    /// Processor use over the last interval, in percent of one processor.
    pub(super) cpu_percent: Option<u64>,
    cpu_sample: Option<(Identity, Duration, Duration)>,
    /// An operation ended, and the look that shows its result is still to come.
    settling: bool,
    /// A crash that was seen while an operation was under way.
    held: Option<Notice>,
    quit_when_stopped: bool,
}

impl Machine {
    /// A machine that has seen nothing yet.
    pub fn new(config: &Config) -> Self {
        Self {
            name: config.daemon.name.clone(),
            interval: config.tray.poll_interval,
            has_dashboard: config.tray.dashboard_url.is_some(),
            switches: config.notifications,
            status: None,
            told: None,
            told_sick: None,
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
            cpu_percent: None,
            cpu_sample: None,
            settling: false,
            held: None,
            quit_when_stopped: false,
        }
    }

    /// Takes one input and says what is to be done.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Observed(seen) => self.observed(*seen),
            Input::Asked(command) => self.asked(command),
            Input::Done(operation, result) => self.done(operation, result),
            Input::Switched(switch, result) => {
                match result {
                    Ok(on) => switch.set(&mut self.switches, on),
                    Err(message) => self.problem = Some(message),
                }
                Vec::new()
            }
            Input::Login(item, result) => {
                match result {
                    Ok(login) => *self.login_mut(item) = Some(login),
                    Err(message) => self.problem = Some(message),
                }
                Vec::new()
            }
            Input::NotOpened(message) => {
                self.problem = Some(message);
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
        self.name.clone_from(&config.daemon.name);
        self.interval = config.tray.poll_interval;
        self.has_dashboard = config.tray.dashboard_url.is_some();
        self.dashboard = None;
        self.switches = config.notifications;
        self.misconfigured = None;
    }

    fn observed(&mut self, seen: Observation) -> Vec<Effect> {
        let new = judge(&seen);
        let verdict = self.decide(&new, seen.now, &seen.said);
        self.dashboard = seen.dashboard;
        self.sample_cpu(&new, seen.now.clock);
        if self.status.as_ref().map(Status::state) != Some(new.state()) {
            // What went wrong before is no longer what the user looks at.
            self.problem = self.problem.take().filter(|_| self.settling);
        }
        let told = self.settling && self.problem.is_some();
        self.settling = false;
        self.status = Some(new);
        self.said = seen.said;
        self.seen = Some(seen.now);
        self.now = Some(seen.now);
        match verdict {
            // What is under way will say by itself how it went, or has just said so.
            Verdict::Announce(notice) if self.is_down() && self.busy.is_some() => {
                self.held = Some(notice);
                Vec::new()
            }
            Verdict::Announce(_) if self.is_down() && told => Vec::new(),
            Verdict::Announce(notice) => vec![Effect::Notify(notice)],
            Verdict::Withdraw => vec![Effect::Withdraw],
            Verdict::Nothing => Vec::new(),
        }
    }

    /// Decides whether to announce what was seen.
    fn decide(&mut self, new: &Status, now: Now, said: &Said) -> Verdict {
        let since = |before: Duration| now.clock.saturating_sub(before);
        let slept = self
            .seen
            .is_some_and(|seen| since(seen.clock) > self.interval * 2 + SLEPT);
        // Right after a sleep much is not yet what it was and will be again: a change
        // must be seen in two looks.
        if slept && self.told.as_ref().map(Status::state) != Some(new.state()) {
            return Verdict::Nothing;
        }
        let verdict = notice::decide(
            &self.name,
            Transition {
                old: self.told.as_ref(),
                new,
                said: &words::said(said, now.wall),
                flapping: self.told_sick.is_some_and(|told| since(told) < FLAPPING),
                asked: self.busy.is_some() || self.settling,
            },
            self.switches,
        );
        if new.state() == State::Unhealthy && matches!(verdict, Verdict::Announce(_)) {
            self.told_sick = Some(now.clock);
        }
        self.told = Some(new.clone());
        verdict
    }

    fn is_down(&self) -> bool {
        matches!(
            self.status.as_ref().map(Status::state),
            Some(State::Crashed | State::CrashLooping | State::Foreign)
        )
    }

    fn asked(&mut self, command: Command) -> Vec<Effect> {
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
            Command::Tell => vec![Effect::Notify(super::view::summary(self))],
            Command::Quit => vec![Effect::Quit],
            Command::StopAndQuit => {
                self.quit_when_stopped = true;
                self.begin(Operation::Stop)
            }
        }
    }

    fn begin(&mut self, operation: Operation) -> Vec<Effect> {
        self.busy = Some(operation);
        self.problem = None;
        vec![Effect::Run(operation)]
    }

    fn done(&mut self, operation: Operation, result: Result<(), String>) -> Vec<Effect> {
        self.busy = None;
        self.settling = true;
        let quit = std::mem::take(&mut self.quit_when_stopped);
        let held = self.held.take().filter(|_| self.is_down());
        match (result, held) {
            (Ok(()), _) if quit => vec![Effect::Quit],
            // It went well, and the daemon was gone again before that was known.
            (Ok(()), Some(notice)) => vec![Effect::Notify(notice)],
            // What was wrong has been put right by what the user did.
            (Ok(()), None) => vec![Effect::Withdraw],
            (Err(message), _) => {
                self.problem = Some(message.clone());
                vec![Effect::Notify(Notice {
                    title: format!("{} did not {}", self.name, operation.verb()),
                    body: message,
                    urgent: true,
                    actions: &[Action::OpenLog],
                })]
            }
        }
    }

    fn sample_cpu(&mut self, new: &Status, clock: Duration) {
        let sample = new
            .alive()
            .and_then(|alive| Some((alive.identity.clone(), alive.usage.cpu_time?, clock)));
        self.cpu_percent = match (&self.cpu_sample, &sample) {
            (Some((old, used, at)), Some((new, now_used, now_at))) if old == new => {
                let used = now_used.saturating_sub(*used).as_millis();
                let passed = now_at.saturating_sub(*at).as_millis();
                // Two looks close together say nothing: the kernel counts in ticks.
                if passed < 200 {
                    return;
                }
                u64::try_from(used * 100 / passed).ok()
            }
            (Some(_) | None, Some(_) | None) => None,
        };
        self.cpu_sample = sample;
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
