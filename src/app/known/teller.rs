//! The thread that writes down what is seen and writes files for others: on each change, and each
//! minute.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Collector, Refused, publish};
use crate::app::settings::Source;
use crate::app::{history, look};
use crate::model::config::{self, Config};
use crate::model::history::{Event, EventKind, Witness};
use crate::model::jobs::missed::Missed;
use crate::model::known::Facts;
use crate::model::life::report::Report;
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
    Configured(Box<Config>),
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
    pub fn configured(&self, config: Config) {
        self.send(Wake::Configured(Box::new(config)));
    }

    /// These jobs have not run when they were due.
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
}

impl Tells {
    fn run(mut self, receiver: &Receiver<Wake>) {
        loop {
            self.tell();
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
                    Wake::Configured(config) => self.config = *config,
                    Wake::Missed(jobs) => self.missed(jobs),
                    Wake::End(done) => {
                        self.tell();
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
        let reports: Vec<(String, Report)> = if self.config.elsewhere.is_empty() {
            self.collector.reports(&self.config)
        } else {
            let facts = self.collector.facts(&self.config, &self.source);
            self.publish(&facts);
            let daemons = facts.daemons.into_iter();
            daemons.map(|daemon| (daemon.name, daemon.report)).collect()
        };
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

    fn missed(&self, jobs: Vec<(String, Missed)>) {
        let file = config::history_file(&self.config.home);
        for (name, missed) in jobs {
            history::note(&file, &Event::of_missed(&name, missed, look::now().wall));
        }
    }

    /// When there is something to do though nothing changes.
    fn next(&self) -> Option<Duration> {
        let minute = (!self.config.elsewhere.is_empty()).then_some(MINUTE);
        let waiting = self.waiting.iter().map(|(due, _)| due).min();
        let waiting = waiting.map(|due| due.saturating_duration_since(Instant::now()));
        minute.into_iter().chain(waiting).min()
    }

    fn publish(&mut self, facts: &Facts) {
        let refused = match lock::take(&self.config.home.join("known.lock"), LAST) {
            // One at a time writes for a home.
            Ok(_lock) => publish::write(&self.config, facts),
            Err(error) => {
                tracing::debug!("{error}");
                return;
            }
        };
        let said: Vec<String> = refused.iter().map(in_words).collect();
        for complaint in said.iter().filter(|said| !self.complaints.contains(said)) {
            (self.complain)(complaint);
        }
        self.complaints = said;
    }
}

/// Why a file is not written, with the causes.
fn in_words(refused: &Refused) -> String {
    match refused.source() {
        Some(cause) => format!("{refused}: {cause}"),
        None => refused.to_string(),
    }
}
