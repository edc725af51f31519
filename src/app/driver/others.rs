//! What the tray sees, told to others: in the history, in files.

use std::collections::BTreeMap;
use std::io;

use crate::app::known::Teller;
use crate::app::monitor::News;
use crate::app::settings::Source;
use crate::model::config::Config;
use crate::model::life::record::Identity;
use crate::model::life::status::State;

/// How a daemon is, as far as it is told at once when that changes.
type Told = (State, Option<Identity>, Option<String>);

/// Tells others where something has changed. Nothing here waits.
pub struct Others {
    teller: Teller,
    /// Of each daemon, by its number.
    told: BTreeMap<usize, Told>,
}

impl Others {
    /// Begins.
    pub fn start(config: &Config, source: Source) -> io::Result<Self> {
        let complain = |said: &str| tracing::warn!("{said}");
        Ok(Self {
            teller: Teller::start(config.clone(), source, Box::new(complain))?,
            told: BTreeMap::new(),
        })
    }

    /// Hears what was seen.
    pub fn hear(&mut self, news: &News) {
        match news {
            News::Seen(number, report) => {
                let status = &report.status;
                let alive = status.alive().map(|alive| alive.identity.clone());
                let now = (status.state(), alive, status.reason());
                if self.told.get(number) != Some(&now) {
                    self.told.insert(*number, now);
                    self.teller.changed();
                }
            }
            News::Configured(config) => self.teller.configured((**config).clone()),
            News::Jobs(jobs) => {
                let missed = jobs.iter().filter_map(|seen| {
                    let missed = seen.job.missed?;
                    Some((seen.job.name.clone(), missed))
                });
                self.teller.missed(missed.collect());
                self.teller.changed();
            }
            News::Misconfigured(_) => {}
        }
    }
}
