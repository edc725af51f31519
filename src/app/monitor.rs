//! The monitor: a thread that looks at the daemon, reports, and waits.
//!
//! It waits for the poll interval or, if sooner, for the daemon's exit or a nudge. A crash is
//! reported within milliseconds; an idle monitor wakes once per interval.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use polling::{Events, Poller};

use super::jobs::watch::JobWatch;
use super::looker::{Answers, Looker, note_login, starts_at_login};
use super::prober::Prober;
use super::reaper;
use super::settings::{SettingsError, Watched};
use crate::model::config::{Config, Managed};
use crate::model::life::record::Identity;
use crate::model::life::report::Report;
use crate::model::life::status::Status;
use crate::model::screen::jobs::JobSeen;
use crate::os::process::{self, Handle, Watch};

/// How soon after a crash its supervisor has decided what follows.
const SUPERVISOR_DECIDES: Duration = Duration::from_millis(250);

/// A look may come a little before its time.
const EARLY: Duration = Duration::from_millis(100);

/// How often it is found out whether anything listens at the dashboard's address, unless
/// the user is about to look: while something does, and while nothing does.
const DASHBOARD_UP: Duration = Duration::from_secs(30);
const DASHBOARD_DOWN: Duration = Duration::from_secs(5);

/// What a monitor tells.
#[derive(Debug)]
#[non_exhaustive]
pub enum News {
    /// It has looked at the daemon of this number in the configuration.
    Seen(usize, Box<Report>),
    /// The configuration file was changed, and this holds from now on.
    Configured(Box<Config>),
    /// The configuration file was changed, and cannot be used.
    Misconfigured(SettingsError),
    /// The jobs are not as they were when it looked last.
    Jobs(Vec<JobSeen>),
}

/// A running monitor. It ends when it is dropped.
#[derive(Debug)]
pub struct Monitor {
    poller: Arc<Poller>,
    ended: Arc<AtomicBool>,
    nudged: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Monitor {
    /// Begins to look at the daemons and at the configuration file.
    pub fn start(
        config: Config,
        file: Watched,
        tell: impl Fn(News) + Send + 'static,
    ) -> io::Result<Self> {
        Self::start_with(config, file, None, tell)
    }

    /// The same, and looks at the jobs, too.
    pub fn start_with_jobs(
        config: Config,
        file: Watched,
        tell: impl Fn(News) + Send + 'static,
    ) -> io::Result<Self> {
        let source = file.source().clone();
        let jobs = JobWatch::new(source, config.home.clone(), config.config_file.clone());
        Self::start_with(config, file, Some(jobs), tell)
    }

    fn start_with(
        config: Config,
        file: Watched,
        jobs: Option<JobWatch>,
        tell: impl Fn(News) + Send + 'static,
    ) -> io::Result<Self> {
        let poller = Arc::new(Poller::new()?);
        let ended = Arc::new(AtomicBool::new(false));
        let nudged = Arc::new(AtomicBool::new(false));
        let daemons = config.daemons.iter();
        let watcher = Watcher {
            daemons: daemons
                .map(|managed| Observed::new(managed, &poller))
                .collect::<io::Result<_>>()?,
            config,
            file,
            poller: Arc::clone(&poller),
            ended: Arc::clone(&ended),
            nudged: Arc::clone(&nudged),
            is_nudged: false,
            jobs,
            starts_at_login: None,
        };
        let thread = thread::Builder::new()
            .name("monitor".into())
            .spawn(move || watcher.run(tell))?;
        Ok(Self {
            poller,
            ended,
            nudged,
            thread: Some(thread),
        })
    }

    /// Makes it look now.
    pub fn nudge(&self) {
        self.nudged.store(true, Ordering::Relaxed);
        if let Err(error) = self.poller.notify() {
            tracing::warn!("cannot wake the monitor: {error}");
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.nudge();
        if let Some(thread) = self.thread.take() {
            // It ends with its look; a panic in it was already told.
            let _ = thread.join();
        }
    }
}

struct Watcher {
    config: Config,
    file: Watched,
    poller: Arc<Poller>,
    ended: Arc<AtomicBool>,
    nudged: Arc<AtomicBool>,
    /// Whether somebody is about to see what this look shows.
    is_nudged: bool,
    jobs: Option<JobWatch>,
    /// Those of the configuration, in its order.
    daemons: Vec<Observed>,
    /// Whether the daemons start at login: found out once, where it matters.
    starts_at_login: Option<bool>,
}

/// A daemon that is looked at again and again. Each has a prober of its own: an address that
/// does not answer holds up nobody else's.
#[derive(Default)]
struct Observed {
    watched: Option<(Identity, Option<Watch>)>,
    prober: Option<Prober>,
    /// Of which process the health was asked last, and when.
    asked_health: Option<(Identity, Instant)>,
    /// When it was asked whether anything listens at the dashboard's address, and beside which
    /// process of the daemon.
    asked_dashboard: Option<(Option<Identity>, Instant)>,
    looker: Looker,
}

impl Watcher {
    fn run(mut self, tell: impl Fn(News)) {
        let mut events = Events::new();
        // The daemons that have ended, where that is why it looks.
        let mut ended = Vec::new();
        let mut next = Instant::now();
        while !self.ended.load(Ordering::Relaxed) {
            if let Some(news) = self.look_at_file() {
                tell(news);
                ended.clear();
            }
            self.is_nudged = self.nudged.swap(false, Ordering::Relaxed);
            let is_partial = !ended.is_empty() && ended.len() < self.daemons.len();
            if !is_partial || self.is_nudged || next <= Instant::now() {
                ended = (0..self.daemons.len()).collect();
                next = Instant::now() + self.config.tray.poll_interval;
            }
            let mut time = next.saturating_duration_since(Instant::now());
            for number in ended.drain(..) {
                time = time.min(self.look(number, &tell));
            }
            let is_nudged = self.is_nudged;
            let jobs = self.jobs.as_mut().and_then(|jobs| jobs.look(is_nudged));
            if let Some(jobs) = jobs {
                tell(News::Jobs(jobs));
            }
            events.clear();
            if let Err(error) = self.poller.wait(&mut events, Some(time)) {
                tracing::error!("cannot wait: {error}");
                thread::sleep(self.config.tray.poll_interval);
            }
            if !events.is_empty() {
                ended = self.see_them_out();
            }
        }
    }

    /// Looks at a daemon and tells; returns how soon to look again at the latest.
    fn look(&mut self, number: usize, tell: &impl Fn(News)) -> Duration {
        let interval = self.config.tray.poll_interval;
        let managed = &self.config.daemons[number];
        let daemon = &mut self.daemons[number];
        let mut report = daemon.report(managed, interval, self.is_nudged);
        if !daemon.is_watched(&report.status) && daemon.learn_end(managed) {
            report = daemon.report(managed, interval, self.is_nudged);
        }
        note_login(&mut report, || {
            *self
                .starts_at_login
                .get_or_insert_with(|| starts_at_login(&self.config))
        });
        let is_gone = daemon.follow(&report.status, &self.poller);
        let is_undecided = is_undecided(&report.status);
        tell(News::Seen(number, Box::new(report)));
        if is_gone {
            Duration::ZERO
        } else if is_undecided {
            SUPERVISOR_DECIDES.min(interval)
        } else {
            interval
        }
    }

    /// An exit was told: finds out whose. macOS tells it while the process is on its way out,
    /// when a look may still find it.
    fn see_them_out(&mut self) -> Vec<usize> {
        let deadline = Instant::now() + Duration::from_millis(500);
        let gone = loop {
            let numbered = self.daemons.iter().enumerate();
            let gone = numbered.filter(|(_, daemon)| daemon.is_gone());
            let gone: Vec<usize> = gone.map(|(number, _)| number).collect();
            let is_any = self.daemons.iter().any(|daemon| daemon.watched.is_some());
            if !gone.is_empty() || !is_any || Instant::now() >= deadline {
                break gone;
            }
            thread::sleep(Duration::from_millis(2));
        };
        for number in &gone {
            self.daemons[*number].learn_end(&self.config.daemons[*number]);
        }
        gone
    }

    fn look_at_file(&mut self) -> Option<News> {
        let config = match self.file.changed()? {
            Ok(config) => config,
            Err(error) => return Some(News::Misconfigured(error)),
        };
        let mut before: Vec<_> = self
            .config
            .daemons
            .drain(..)
            .zip(self.daemons.drain(..))
            .collect();
        for managed in &config.daemons {
            let same =
                |(other, _): &(Managed, Observed)| other.daemon.pid_file == managed.daemon.pid_file;
            let known = before
                .iter()
                .position(same)
                .map(|at| before.swap_remove(at).1);
            let mut daemon = known.unwrap_or_default();
            (daemon.asked_health, daemon.asked_dashboard) = (None, None);
            match prober(managed, &self.poller) {
                Ok(prober) => daemon.prober = prober,
                Err(error) => tracing::error!("cannot ask the addresses: {error}"),
            }
            self.daemons.push(daemon);
        }
        self.starts_at_login = None;
        self.config = config.clone();
        Some(News::Configured(Box::new(config)))
    }
}

impl Observed {
    fn new(managed: &Managed, poller: &Arc<Poller>) -> io::Result<Self> {
        Ok(Self {
            prober: prober(managed, poller)?,
            ..Self::default()
        })
    }

    /// Whether the process whose end is waited for has ended.
    fn is_gone(&self) -> bool {
        let watched = self.watched.as_ref();
        watched.is_some_and(|(identity, _)| {
            !process::see(identity.pid, &identity.boot_id).is(identity)
        })
    }

    /// Whether the daemon is the process whose end is waited for.
    fn is_watched(&self, status: &Status) -> bool {
        let watched = self.watched.as_ref().map(|(identity, _)| identity);
        watched == status.alive().map(|alive| &alive.identity)
    }

    /// Watches no longer. Where that process has ended, and it is known how, this is remembered
    /// and written down for others; returns whether it was.
    fn learn_end(&mut self, managed: &Managed) -> bool {
        let Some((identity, watch)) = self.watched.take() else {
            return false;
        };
        let Some(exit) = watch.and_then(|watch| watch.exit()) else {
            return false;
        };
        reaper::note_end(&managed.daemon, &identity, exit);
        self.looker.remember_end(identity, exit);
        true
    }

    fn report(&mut self, managed: &Managed, interval: Duration, is_nudged: bool) -> Report {
        let Self {
            looker,
            prober,
            asked_health,
            asked_dashboard,
            ..
        } = self;
        looker.conclude(managed, |alive| {
            let Some(prober) = prober else {
                return Answers::default();
            };
            let identity = alive.map(|alive| &alive.identity);
            if let Some(identity) = identity {
                let often = interval.saturating_sub(EARLY);
                let pause = match (&managed.health, prober.health(identity)) {
                    (Some(check), Some(known)) if known.is_well() => check.interval.max(often),
                    _ => often,
                };
                if is_due(asked_health, identity.clone(), pause) {
                    prober.ask_health(identity);
                }
            }
            let pause = match prober.dashboard() {
                _ if is_nudged => Duration::ZERO,
                Some(false) => DASHBOARD_DOWN,
                Some(true) | None => DASHBOARD_UP,
            };
            if is_due(asked_dashboard, identity.cloned(), pause) {
                prober.ask_dashboard();
            }
            Answers {
                health: identity.and_then(|identity| prober.health(identity)),
                dashboard: prober.dashboard(),
            }
        })
    }

    /// Watches the exit of whatever is the daemon now. Returns whether it has gone
    /// since the look.
    fn follow(&mut self, status: &Status, poller: &Arc<Poller>) -> bool {
        let Some(alive) = status.alive() else {
            self.watched = None;
            return false;
        };
        if self.is_watched(status) {
            return false;
        }
        self.watched = None;
        match Handle::open(&alive.identity) {
            Ok(Err(_)) => true,
            Ok(Ok(handle)) => {
                let watch = handle.watch(poller).unwrap_or_else(|error| {
                    tracing::warn!("the daemon's exit is polled for: {error}");
                    None
                });
                self.watched = Some((alive.identity.clone(), watch));
                false
            }
            Err(error) => {
                tracing::warn!("the daemon's exit is polled for: {error}");
                false
            }
        }
    }
}

/// Whether it is time to ask of this again, and notes it where it is.
fn is_due<T: PartialEq>(last: &mut Option<(T, Instant)>, of: T, pause: Duration) -> bool {
    let known = last.as_ref().filter(|(known, _)| *known == of);
    let due = known.is_none_or(|(_, at)| at.elapsed() >= pause);
    if due {
        *last = Some((of, Instant::now()));
    }
    due
}

fn prober(managed: &Managed, poller: &Arc<Poller>) -> io::Result<Option<Prober>> {
    let needed = managed.health.is_some() || managed.dashboard_url.is_some();
    needed
        .then(|| Prober::start(managed, Arc::clone(poller)))
        .transpose()
}

/// Whether its supervisor is about to say when it is started again.
fn is_undecided(status: &Status) -> bool {
    let supervised = status.crash().and_then(|crash| crash.supervised);
    supervised.is_some_and(|supervised| supervised.due.is_none())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::process::{Child, Command};
    use std::sync::mpsc::{Receiver, channel};

    use super::*;
    use crate::app::settings::Source;
    use crate::model::config::{Besides, Origin, Overrides, Places, resolve};
    use crate::os::pid_file;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// A health URL that takes questions and answers none, and a monitor of a daemon
    /// that has it.
    struct Silence {
        listener: TcpListener,
        looks: Receiver<Report>,
        daemon: Option<Child>,
        _monitor: Monitor,
        _home: tempfile::TempDir,
    }

    impl Silence {
        fn new(daemon_runs: bool) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            let home = tempfile::tempdir().unwrap();
            let text = format!(
                "daemon.command = ['sleep', '300']\ntray.poll_interval = '250ms'\n\
                 health = {{ url = 'http://{}/', timeout = '1h' }}",
                listener.local_addr().unwrap()
            );
            let places = Places {
                user_home: home.path().to_owned(),
                home: (home.path().to_owned(), Origin::Flag),
                config_file: (home.path().join("config.toml"), Origin::Default),
            };
            let config =
                resolve(&places, &text, &Overrides::default(), &Besides::default()).unwrap();
            let daemon = daemon_runs.then(|| {
                let daemon = Command::new("sleep").arg("300").spawn().unwrap();
                let pid = i32::try_from(daemon.id()).unwrap();
                pid_file::write(&config.main().daemon.pid_file, pid).unwrap();
                daemon
            });
            let (tell, looks) = channel();
            let file = Watched::new(Source::default(), &config.config_file);
            let monitor = Monitor::start(config, file, move |news| {
                if let News::Seen(_, seen) = news {
                    // Nobody listens any more once the test is over.
                    let _ = tell.send(*seen);
                }
            });
            Self {
                listener,
                looks,
                daemon,
                _monitor: monitor.unwrap(),
                _home: home,
            }
        }

        fn next_report(&self) -> Report {
            self.looks.recv_timeout(PATIENCE).unwrap()
        }

        /// The question, where one was asked; it is open until it is dropped.
        fn question(&self) -> Option<TcpStream> {
            self.listener.accept().ok().map(|(question, _)| question)
        }
    }

    impl Drop for Silence {
        fn drop(&mut self) {
            if let Some(daemon) = &mut self.daemon {
                let _ = daemon.kill();
                let _ = daemon.wait();
            }
        }
    }

    #[test]
    fn the_health_of_a_daemon_that_does_not_run_is_not_asked() {
        let silence = Silence::new(false);

        for _ in 0..4 {
            assert_eq!(silence.next_report().health, None);
        }

        assert!(silence.question().is_none());
    }

    #[test]
    fn a_health_url_that_never_answers_delays_no_look() {
        let silence = Silence::new(true);

        // Forty looks take ten seconds.
        let mut questions = (0..40).filter_map(|_| {
            silence.next_report();
            silence.question()
        });
        let _question = questions.next().expect("it is asked");

        for _ in 0..4 {
            let seen = silence.next_report();
            assert!(seen.status.alive().is_some(), "{seen:?}");
            assert_eq!(seen.health, None);
        }
    }
}
