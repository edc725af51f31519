//! The thread that writes down what is seen and writes files for others: on each change, and each
//! minute.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Collector, Refused, heartbeat, hooks, publish};
use crate::app::settings::Source;
use crate::app::{history, look};
use crate::model::config::{self, Config, Managed};
use crate::model::history::{Event, EventKind, Witness};
use crate::model::jobs::missed::Missed;
use crate::model::known::Facts;
use crate::model::life::report::Report;
use crate::model::life::status::State;
use crate::os::lock;

/// How often files are written though nothing has changed.
const MINUTE: Duration = Duration::from_secs(60);

/// So long whoever does something is given to write it down: they know more than who sees it.
const FIRST: Duration = Duration::from_secs(2);

/// So long the end is waited for.
const LAST: Duration = Duration::from_secs(2);

/// Told once what keeps a file from being written, and again where that has changed.
type Complain = Box<dyn Fn(&str) + Send>;

enum Wake {
    Changed,
    #[cfg(feature = "tray")]
    Configured(Box<Config>),
    #[cfg(feature = "tray")]
    Missed(Vec<(String, Missed)>),
    End(SyncSender<()>),
}

/// The handle on the thread, which ends when it is dropped. Nothing here waits.
#[derive(Debug)]
pub struct Teller {
    sender: Sender<Wake>,
}

impl Teller {
    /// Begins.
    pub fn start(config: Config, source: Source, complain: Complain) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let tells = Tells {
            config,
            source,
            complain,
            collector: Collector::default(),
            witnesses: HashMap::new(),
            waiting: Vec::new(),
            complaints: Vec::new(),
            beat_at: None,
        };
        thread::Builder::new()
            .name("teller".into())
            .spawn(move || tells.run(&receiver))?;
        Ok(Self { sender })
    }

    /// Something is not as it was.
    pub fn changed(&self) {
        self.send(Wake::Changed);
    }

    /// The configuration is another one.
    #[cfg(feature = "tray")]
    pub fn configured(&self, config: Config) {
        self.send(Wake::Configured(Box::new(config)));
    }

    /// These jobs have not run when they were due.
    #[cfg(feature = "tray")]
    pub fn missed(&self, jobs: Vec<(String, Missed)>) {
        if !jobs.is_empty() {
            self.send(Wake::Missed(jobs));
        }
    }

    /// Has the last be written, and waits a moment for that.
    pub fn finish(self) {
        let (done, is_done) = sync_channel(1);
        self.send(Wake::End(done));
        let _ = is_done.recv_timeout(LAST);
    }

    fn send(&self, wake: Wake) {
        // Where the thread could not go on there is nothing to be told.
        let _ = self.sender.send(wake);
    }
}

struct Tells {
    config: Config,
    source: Source,
    complain: Complain,
    collector: Collector,
    witnesses: HashMap<String, Witness>,
    /// What was seen, and is written down then unless somebody else has.
    waiting: Vec<(Instant, Event)>,
    complaints: Vec<String>,
    /// When the last sign of life was sent.
    beat_at: Option<Instant>,
}

impl Tells {
    fn run(mut self, receiver: &Receiver<Wake>) {
        loop {
            self.tell();
            self.deliver();
            let woken = match self.next() {
                Some(time) => receiver.recv_timeout(time),
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let first = match woken {
                Ok(wake) => Some(wake),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            // Changes that come together are told together.
            for wake in first.into_iter().chain(receiver.try_iter()) {
                match wake {
                    Wake::Changed => {}
                    #[cfg(feature = "tray")]
                    Wake::Configured(config) => self.config = *config,
                    #[cfg(feature = "tray")]
                    Wake::Missed(jobs) => self.missed(jobs),
                    Wake::End(done) => {
                        self.tell();
                        // Handed on by the process that the command leaves behind: this one ends.
                        self.note_seen(None);
                        // Nobody waits any more where it took too long.
                        let _ = done.send(());
                        return;
                    }
                }
            }
        }
    }

    /// Looks, and tells what is to be told.
    fn tell(&mut self) {
        let mut complaints = Vec::new();
        let reports: Vec<(String, Report)> = if self.config.elsewhere.is_empty() {
            self.collector.reports(&self.config)
        } else {
            let facts = self.collector.facts(&self.config, &self.source);
            let missed = facts.jobs.iter();
            let missed = missed.filter_map(|job| Some((job.name.clone(), job.missed?)));
            self.missed(missed.collect());
            complaints.extend(self.publish(&facts));
            let daemons = facts.daemons.into_iter();
            daemons.map(|daemon| (daemon.name, daemon.report)).collect()
        };
        let wanted: Vec<bool> = self.config.daemons.iter().map(Managed::is_wanted).collect();
        let states = reports.iter().map(|(_, report)| report.status.state());
        complaints.extend(self.beat(wanted.into_iter().zip(states)));
        self.say(complaints);
        let due = Instant::now() + FIRST;
        for (name, report) in reports {
            let witness = self.witnesses.entry(name.clone()).or_default();
            for event in witness.see(&name, &report) {
                let knows_best = matches!(event.kind, EventKind::Unhealthy | EventKind::Recovered);
                let due = if knows_best { Instant::now() } else { due };
                self.waiting.push((due, event));
            }
        }
        self.note_seen(Some(Instant::now()));
    }

    /// Writes down what was seen and is due by then, or all of it.
    fn note_seen(&mut self, by: Option<Instant>) {
        let is_due = |(due, _): &mut (Instant, Event)| by.is_none_or(|by| *due <= by);
        let file = config::history_file(&self.config.home);
        for (_, event) in self.waiting.extract_if(.., is_due) {
            history::note(&file, &event);
        }
    }

    /// Hands events on, on a thread of its own: a hook may take its time.
    fn deliver(&self) {
        if self.config.elsewhere.hook.is_empty() {
            return;
        }
        let config = self.config.clone();
        aside("hooks", move || _ = hooks::deliver(&config, Duration::ZERO));
    }

    /// Sends a sign of life, each minute while all is well: each daemon runs that is meant to.
    fn beat(&mut self, mut all: impl Iterator<Item = (bool, State)>) -> Option<String> {
        let file = self.config.elsewhere.heartbeat_file.clone();
        let lately = |at: Instant| at.elapsed() + FIRST < MINUTE;
        let is_well = |(is_wanted, state): (bool, State)| match state {
            State::Running | State::Degraded | State::Starting => true,
            State::Stopped => !is_wanted,
            State::NotConfigured
            | State::Unhealthy
            | State::Stopping
            | State::Crashed
            | State::CrashLooping
            | State::Foreign
            | State::Unknown => false,
        };
        if file.as_os_str().is_empty() {
            return None;
        }
        let url = match heartbeat::url(&file) {
            Ok(url) => url,
            Err(why) => return Some(why),
        };
        if self.beat_at.is_some_and(lately) || !all.all(is_well) {
            return None;
        }
        self.beat_at = Some(Instant::now());
        aside("heartbeat", move || {
            if let Err(why) = heartbeat::send(&url) {
                tracing::warn!("{why}");
            }
        });
        None
    }

    fn missed(&self, jobs: Vec<(String, Missed)>) {
        let file = config::history_file(&self.config.home);
        for (name, missed) in jobs {
            history::note(&file, &Event::of_missed(&name, missed, look::now().wall));
        }
    }

    /// When there is something to do though nothing changes.
    fn next(&self) -> Option<Duration> {
        let elsewhere = &self.config.elsewhere;
        let is_silent = elsewhere.is_empty() && elsewhere.heartbeat_file.as_os_str().is_empty();
        let minute = (!is_silent).then_some(MINUTE);
        let waiting = self.waiting.iter().map(|(due, _)| due).min();
        let waiting = waiting.map(|due| due.saturating_duration_since(Instant::now()));
        minute.into_iter().chain(waiting).min()
    }

    fn publish(&self, facts: &Facts) -> Vec<String> {
        match lock::take(&self.config.home.join("known.lock"), LAST) {
            // One at a time writes for a home.
            Ok(_lock) => publish::write(&self.config, facts)
                .iter()
                .map(in_words)
                .collect(),
            Err(error) => {
                tracing::debug!("{error}");
                self.complaints.clone()
            }
        }
    }

    /// Says what is wrong, once.
    fn say(&mut self, complaints: Vec<String>) {
        for new in complaints
            .iter()
            .filter(|said| !self.complaints.contains(said))
        {
            (self.complain)(new);
        }
        self.complaints = complaints;
    }
}

/// Does something that may take its time on a thread of its own.
fn aside(name: &str, job: impl FnOnce() + Send + 'static) {
    if let Err(error) = thread::Builder::new().name(name.into()).spawn(job) {
        tracing::warn!("cannot make a thread: {error}");
    }
}

/// Why a file is not written, with the causes.
fn in_words(refused: &Refused) -> String {
    match refused.source() {
        Some(cause) => format!("{refused}: {cause}"),
        None => refused.to_string(),
    }
}
