//! The tray's memory: inputs go in, effects come out, and the view is read from it.

mod clicks;
mod jobs;
mod looks;

use std::time::Duration;

use crate::model::autostart::{AtLogin, LoginState};
use crate::model::config::{Config, Notifications, Standing};
use crate::model::life::clock::Now;
use crate::model::life::cpu::CpuMeter;
use crate::model::life::health::part::Part;
use crate::model::life::observation::Said;
use crate::model::life::report::Report;
use crate::model::life::status::{State, Status};
use crate::model::screen::announcer::Announcer;
use crate::model::screen::command::{AllOperation, Command, NoticeSwitch, Operation, Target};
use crate::model::screen::first_words;
use crate::model::screen::job_command::{JobCommand, JobId};
use crate::model::screen::jobs::{JobSeen, Jobs, Memory};
use crate::model::screen::notice::Notice;
use crate::model::screen::problem::{Broken, Problem};
use crate::model::text;

/// What happens to the machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The screen is there.
    Appeared,
    /// A look was made.
    Observed(Box<Report>),
    /// The user is about to see the menu.
    Viewed,
    /// The user chose a row, or clicked a notification.
    Asked(Command),
    /// The operation under way waits for somebody else's, as it says.
    Waiting(String),
    /// An operation came to its end.
    Done(Operation, Result<(), Problem>),
    /// A switch was written to the configuration file, or could not be.
    Switched(NoticeSwitch, Result<bool, String>),
    /// What starts at login, as the system says.
    Login(AtLogin, LoginState),
    /// That something starts at login was switched, or could not be.
    LoginSet(AtLogin, Result<LoginState, String>),
    /// Something was opened, or could not be.
    Opened(Target, Result<(), String>),
    /// A notification could be shown again, or could not be, and why.
    Notified(Result<(), String>),
    /// Time went by without a look.
    Waited(Now),
    /// A look at the jobs was made, and has shown something else than the one before.
    Jobs(Vec<JobSeen>),
    /// What was asked for a job was done, or could not be.
    JobDone(String, JobCommand, Result<(), String>),
    /// The configuration file was changed, and this holds from now on.
    Configured(Box<Config>),
    /// The configuration file was changed and cannot be used.
    Misconfigured(Broken),
}

/// What is to be done, each once.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Run this operation on a worker thread and report it done.
    Run(Operation),
    /// Have the start that is under way given up.
    Cancel,
    /// Open this.
    Open(Target),
    /// Have this start at login, or not any more.
    SetLogin(AtLogin, bool),
    /// Write this switch to the configuration file.
    Write(NoticeSwitch, bool),
    /// Do this to the job of this name.
    Job(String, JobCommand),
    /// Keep what was told of the jobs for a later tray.
    Remember(Memory),
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
    /// What people call the daemon, fit to be shown.
    pub(super) name: String,
    pub(super) command: Vec<String>,
    /// Whether what is configured of it can be used.
    standing: Standing,
    /// Whether it is one of several, and what concerns them all is said elsewhere.
    pub(super) company: Company,
    pub(super) interval: Duration,
    purpose: Purpose,
    pub(super) has_dashboard: bool,
    pub(super) switches: Notifications,
    /// The last look's conclusion; nothing before the first look.
    pub(super) status: Option<Status>,
    announcer: Announcer,
    /// What the daemon said itself of what went wrong.
    pub(super) said: Said,
    /// How often it crashed in the last 24 hours.
    pub(super) crashes: usize,
    /// What its health report says of its handlers.
    pub(super) handlers: Vec<Part>,
    /// When the last look was made.
    pub(super) seen: Option<Now>,
    /// The present time, as far as an input told it.
    pub(super) now: Option<Now>,
    /// The operation under way.
    pub(super) busy: Option<Operation>,
    /// Whom it waits for, if it does.
    pub(super) waiting: Option<String>,
    /// The last operation, if it failed and nothing has made up for that.
    pub(super) failed: Option<Failed>,
    /// The PID of a daemon that has outlived a stop.
    pub(super) overdue: Option<i32>,
    /// What another click did not do, until one does something.
    pub(super) click_failed: Option<Notice>,
    /// Why the configuration file cannot be used; an earlier one is in force.
    pub(super) misconfigured: Option<Broken>,
    /// Whether anything listens at the dashboard's address, if that is known.
    pub(super) dashboard: Option<bool>,
    /// What starts at login, once that is known.
    tray_login: Option<LoginState>,
    daemon_login: Option<LoginState>,
    /// Why notifications cannot be shown, if they cannot.
    pub(super) mute: Option<String>,
    pub(super) cpu: CpuMeter,
    /// What went wrong and was over before anybody looked.
    pub(super) missed: Option<MissedProblem>,
    /// The notification that was made last and not withdrawn.
    note: Option<Note>,
    /// The process that the user was asked about.
    forgetting: Option<i32>,
    /// An operation ended, and the look that shows its result is still to come.
    settling: bool,
    /// A crash that was seen while an operation was under way.
    held: Option<Notice>,
    pub(super) jobs: Jobs,
    /// The job that was told of last.
    told_job: Option<JobId>,
    /// The tray ends when the operation under way does, if that goes well or was no stop.
    quit_when_done: bool,
}

/// Whether a daemon shares its screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    Alone,
    Others,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Work,
    Demo,
}

/// What went wrong and was over before anybody looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MissedProblem {
    pub text: String,
    /// Whether it has been in a menu that was opened.
    pub was_shown: bool,
}

/// An operation that was not done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failed {
    pub operation: Operation,
    pub problem: Problem,
    /// Which process was the daemon then, or had been until it crashed.
    process: Option<i32>,
}

/// A notification, and what is told by it: only who made it takes it away.
#[derive(Debug, Clone, PartialEq)]
struct Note {
    notice: Notice,
    by: By,
    at: Option<Now>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// A transition that a look has shown.
    Look,
    /// An operation that failed.
    Operation,
    /// Another click that did nothing.
    Click,
    /// A job that went wrong, until it is well again.
    Job(JobId),
    /// What else there is to tell of jobs.
    Jobs,
    /// The configuration, or that there is none.
    Configuration,
    /// An answer, or a question.
    Talk,
}

impl Machine {
    /// A machine that has seen nothing yet.
    pub fn new(config: &Config) -> Self {
        let mut machine = Self {
            name: String::new(),
            command: Vec::new(),
            standing: Standing::Configured,
            company: Company::Alone,
            interval: Duration::ZERO,
            purpose: Purpose::Work,
            has_dashboard: false,
            switches: config.notifications,
            status: None,
            announcer: Announcer::default(),
            said: Said::default(),
            crashes: 0,
            handlers: Vec::new(),
            seen: None,
            now: None,
            busy: None,
            waiting: None,
            failed: None,
            overdue: None,
            click_failed: None,
            misconfigured: None,
            dashboard: None,
            tray_login: None,
            daemon_login: None,
            mute: None,
            cpu: CpuMeter::default(),
            missed: None,
            note: None,
            forgetting: None,
            settling: false,
            held: None,
            jobs: Jobs::default(),
            told_job: None,
            quit_when_done: false,
        };
        machine.take_over(config);
        machine
    }

    /// The same for the demo.
    #[must_use]
    pub fn in_demo(self, is_demo: bool) -> Self {
        let purpose = if is_demo {
            Purpose::Demo
        } else {
            Purpose::Work
        };
        Self { purpose, ..self }
    }

    /// The same where an earlier screen has told this of the jobs.
    #[must_use]
    pub fn remembering(self, told: Memory) -> Self {
        let jobs = Jobs::remembering(told);
        Self { jobs, ..self }
    }

    /// What people call the daemon, fit to be shown.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Whether this can be done to it, as one of all.
    pub(super) fn is_open_to(&self, operation: AllOperation) -> bool {
        let state = self.status.as_ref().map(Status::state);
        let is_usable = self.standing == Standing::Configured && self.is_configured();
        self.busy.is_none()
            && match operation {
                AllOperation::Start => {
                    let rests = [State::Stopped, State::Crashed, State::CrashLooping];
                    is_usable && state.is_some_and(|state| rests.contains(&state))
                }
                AllOperation::StartCrashed => {
                    let down = [State::Crashed, State::CrashLooping];
                    is_usable && state.is_some_and(|state| down.contains(&state))
                }
                AllOperation::Stop => self.alive().is_some(),
            }
    }

    /// Goes on with what concerns all daemons where this machine has left it.
    pub(super) fn keep_house_of(&mut self, house: Self) {
        self.jobs = house.jobs;
        self.told_job = house.told_job;
        self.tray_login = house.tray_login;
        self.daemon_login = house.daemon_login;
        self.mute = house.mute;
        self.misconfigured = house.misconfigured;
        self.purpose = house.purpose;
    }

    /// Takes one input and says what is to be done.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Appeared => self.appeared(),
            Input::Observed(report) => self.observed(*report),
            Input::Viewed => {
                // It stays for as long as the menu is open.
                self.missed = self.missed.take().filter(|missed| !missed.was_shown);
                if let Some(missed) = &mut self.missed {
                    missed.was_shown = true;
                }
                Vec::new()
            }
            Input::Asked(command) => self.asked(command),
            Input::Waiting(who) => {
                self.waiting = Some(who).filter(|_| self.busy.is_some());
                Vec::new()
            }
            Input::Done(operation, result) => self.done(operation, result),
            Input::Switched(switch, Ok(on)) => {
                switch.set(&mut self.switches, on);
                self.clicked()
            }
            Input::Switched(_, Err(message)) => {
                self.click_failed("Could not change the notifications".into(), message)
            }
            Input::Login(item, login) => {
                *self.login_mut(item) = Some(login);
                Vec::new()
            }
            Input::LoginSet(item, Ok(login)) => {
                *self.login_mut(item) = Some(login);
                self.clicked()
            }
            Input::LoginSet(_, Err(message)) => {
                self.click_failed("Could not change what starts at login".into(), message)
            }
            Input::Opened(_, Ok(())) => self.clicked(),
            Input::Opened(target, Err(message)) => {
                self.click_failed(format!("Could not open {}", target.noun()), message)
            }
            Input::Notified(result) => {
                self.mute = result.err();
                Vec::new()
            }
            Input::Waited(now) => {
                self.now = Some(now);
                Vec::new()
            }
            Input::Jobs(seen) => self.jobs_observed(seen),
            Input::JobDone(_, _, Ok(())) => self.clicked(),
            Input::JobDone(name, command, Err(message)) => {
                self.click_failed(format!("Could not {} {name}", command.verb()), message)
            }
            Input::Configured(config) => self.configured(&config),
            Input::Misconfigured(broken) => self.misconfigured(broken),
        }
    }

    pub(super) fn login(&self, item: AtLogin) -> Option<&LoginState> {
        match item {
            AtLogin::Tray => self.tray_login.as_ref(),
            AtLogin::Daemon => self.daemon_login.as_ref(),
        }
    }

    fn login_mut(&mut self, item: AtLogin) -> &mut Option<LoginState> {
        match item {
            AtLogin::Tray => &mut self.tray_login,
            AtLogin::Daemon => &mut self.daemon_login,
        }
    }

    /// Whether there is a command to run.
    pub(super) fn is_configured(&self) -> bool {
        !self.command.is_empty()
    }

    pub(super) fn is_demo(&self) -> bool {
        self.purpose == Purpose::Demo
    }

    /// Whether it does not run because it could not be started.
    pub(super) fn start_failed(&self) -> bool {
        let is_start = self.failed.as_ref().is_some_and(|failed| {
            matches!(failed.operation, Operation::Start | Operation::Restart)
        });
        is_start && self.status.as_ref().map(Status::state) == Some(State::Stopped)
    }

    fn alive(&self) -> Option<i32> {
        let alive = self.status.as_ref()?.alive()?;
        Some(alive.identity.pid)
    }

    /// The daemon's process, or the one that has crashed.
    fn process(&self) -> Option<i32> {
        let crash = self.status.as_ref().and_then(Status::crash);
        self.alive().or(crash.map(|crash| crash.pid))
    }

    fn appeared(&mut self) -> Vec<Effect> {
        if self.is_demo() {
            let mut effects = self.notify(By::Configuration, first_words::demo());
            effects.extend(self.begin(Operation::Start));
            return effects;
        }
        if self.is_configured() || self.misconfigured.is_some() {
            return Vec::new();
        }
        self.notify(By::Configuration, first_words::set_up(&self.name))
    }

    fn take_over(&mut self, config: &Config) {
        const LONGEST: usize = 24;
        let daemon = &config.main().daemon;
        self.name = text::shortened(&text::printable(&daemon.name), LONGEST);
        self.command.clone_from(&daemon.command);
        self.standing.clone_from(&config.main().standing);
        self.interval = config.tray.poll_interval;
        self.has_dashboard = config.main().dashboard_url.is_some();
        self.dashboard = None;
        self.switches = config.notifications;
    }

    fn configured(&mut self, config: &Config) -> Vec<Effect> {
        let was_configured = self.is_configured();
        self.take_over(config);
        self.misconfigured = None;
        if self.is_configured() && !was_configured && self.alive().is_none() {
            return self.notify(
                By::Configuration,
                first_words::is_set_up(&self.name, &self.command),
            );
        }
        self.withdraw(&[By::Configuration])
    }

    fn misconfigured(&mut self, broken: Broken) -> Vec<Effect> {
        if self.misconfigured.as_ref() == Some(&broken) {
            return Vec::new();
        }
        let whose = if self.company == Company::Others {
            "InnerOS"
        } else {
            &self.name
        };
        let notice = first_words::misconfigured(whose, &broken);
        self.misconfigured = Some(broken);
        self.notify(By::Configuration, notice)
    }

    fn notify(&mut self, by: By, notice: Notice) -> Vec<Effect> {
        self.note = Some(Note {
            notice: notice.clone(),
            by,
            at: self.now,
        });
        vec![Effect::Notify(notice)]
    }

    /// Takes the notification away, if it was made by one of these.
    fn withdraw(&mut self, by: &[By]) -> Vec<Effect> {
        let gone = self.note.take_if(|note| by.contains(&note.by));
        gone.map(|_| Effect::Withdraw).into_iter().collect()
    }

    /// A click has done what it was for.
    fn clicked(&mut self) -> Vec<Effect> {
        self.click_failed = None;
        self.withdraw(&[By::Click])
    }

    fn click_failed(&mut self, title: String, message: String) -> Vec<Effect> {
        let notice = Notice {
            title,
            body: message,
            urgent: false,
            actions: &[],
        };
        self.click_failed = Some(notice.clone());
        self.notify(By::Click, notice)
    }
}

/// Whether a switch for it shows a tick. What is registered for another place is not:
/// the switch registers it for this one.
pub(super) fn is_on(login: &LoginState) -> bool {
    match login {
        LoginState::Enabled
        | LoginState::NeedsApproval
        | LoginState::EditedByHand { enabled: true } => true,
        LoginState::Disabled
        | LoginState::Moved { .. }
        | LoginState::Differs { .. }
        | LoginState::EditedByHand { enabled: false } => false,
    }
}
