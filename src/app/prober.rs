//! Asks the configured addresses on its own thread, so that a slow answer never delays a look.

use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use polling::Poller;

use crate::model::config::Managed;
use crate::model::life::health::Health;
use crate::model::life::record::Identity;
use crate::os::{dashboard, health};

/// A running prober. It ends when it is dropped.
pub struct Prober {
    questions: SyncSender<Question>,
    known: Arc<Mutex<Known>>,
}

enum Question {
    /// How this process is.
    Health(Identity),
    /// Whether anything listens at the dashboard's address.
    Dashboard,
}

#[derive(Debug, Default, Clone, PartialEq)]
struct Known {
    health: Option<(Identity, Health)>,
    dashboard: Option<bool>,
}

impl Prober {
    /// Begins. `poller` is woken when something has changed.
    pub fn start(managed: &Managed, poller: Arc<Poller>) -> io::Result<Self> {
        // One question of each kind may wait.
        let (questions, asked) = sync_channel(2);
        let known = Arc::new(Mutex::new(Known::default()));
        let shared = Arc::clone(&known);
        let check = managed.health.clone();
        let dashboard_url = managed.dashboard_url.clone();
        thread::Builder::new()
            .name("prober".into())
            .spawn(move || {
                for question in asked {
                    let before = lock(&shared).clone();
                    let mut now = before.clone();
                    match (question, &check, &dashboard_url) {
                        (Question::Health(identity), Some(check), _) => {
                            let known = before.health.as_ref();
                            let known = known.filter(|(of, _)| *of == identity);
                            let known = known.map(|(_, health)| health);
                            let health = Health::after(known, health::probe(check));
                            now.health = Some((identity, health));
                        }
                        (Question::Dashboard, _, Some(url)) => {
                            now.dashboard = dashboard::listens(url);
                        }
                        (Question::Health(_), None, _) | (Question::Dashboard, _, None) => {}
                    }
                    let changed = now != before;
                    *lock(&shared) = now;
                    if changed && poller.notify().is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self { questions, known })
    }

    /// What is known of this process's health.
    pub fn health(&self, identity: &Identity) -> Option<Health> {
        let known = lock(&self.known);
        let (of, health) = known.health.as_ref()?;
        (of == identity).then(|| health.clone())
    }

    /// Whether anything listens at the dashboard's address, as far as that is known.
    pub fn dashboard(&self) -> Option<bool> {
        lock(&self.known).dashboard
    }

    /// Asks this process's health.
    pub fn ask_health(&self, identity: &Identity) {
        self.ask(Question::Health(identity.clone()));
    }

    /// Asks whether anything listens at the dashboard's address.
    pub fn ask_dashboard(&self) {
        self.ask(Question::Dashboard);
    }

    fn ask(&self, question: Question) {
        // Full: earlier questions are still under way, and this one will come again.
        let _ = self.questions.try_send(question);
    }
}

fn lock(known: &Mutex<Known>) -> std::sync::MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
