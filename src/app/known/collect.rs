//! All that is known, looked up.

use std::collections::HashMap;

use super::log_counts::LogCounts;
use crate::app::jobs::list::Overview;
use crate::app::jobs::{self, load};
use crate::app::looker::{self, Looker};
use crate::app::settings::Source;
use crate::model::config::{self, Config, Managed};
use crate::model::history;
use crate::model::known::{DaemonFacts, Facts};
use crate::model::life::report::Report;
use crate::os::{history_file, process};

/// Looks again and again, and remembers what was read.
#[derive(Debug, Default)]
pub struct Collector {
    known: HashMap<String, Known>,
}

#[derive(Debug, Default)]
struct Known {
    looker: Looker,
    logs: LogCounts,
}

impl Collector {
    /// All that is known now.
    pub fn facts(&mut self, config: &Config, source: &Source) -> Facts {
        let daemons = config.daemons.iter();
        let daemons = daemons
            .map(|managed| self.daemon(config, managed))
            .collect();
        let file = config::history_file(&config.home);
        let text = history_file::read(&file).unwrap_or_else(|error| {
            tracing::debug!("{error}: {}", error.source);
            Vec::new()
        });
        let mut events = history::events(&text);
        events.sort_by_key(|event| event.at);
        Facts {
            now: jobs::moment_in(process::boot_id().unwrap_or_default()),
            home: (!config.is_default_home()).then(|| config.home.clone()),
            daemons,
            jobs: jobs(config, source),
            events,
            counts: history_file::counts(&file),
        }
    }

    /// How each daemon is, and nothing else.
    pub fn reports(&mut self, config: &Config) -> Vec<(String, Report)> {
        let daemons = config.daemons.iter();
        daemons
            .map(|managed| {
                let name = managed.daemon.name.clone();
                let known = self.known.entry(name.clone()).or_default();
                let report = looker::look(&mut known.looker, config, managed);
                (name, report)
            })
            .collect()
    }

    fn daemon(&mut self, config: &Config, managed: &Managed) -> DaemonFacts {
        let daemon = &managed.daemon;
        let known = self.known.entry(daemon.name.clone()).or_default();
        let report = looker::look(&mut known.looker, config, managed);
        let alive = report.status.alive();
        let since = alive.map_or(report.now.wall, |alive| alive.started_at);
        DaemonFacts {
            name: daemon.name.clone(),
            wanted: daemon.is_configured() && managed.is_wanted(),
            logged: known.logs.of(daemon, since),
            report,
        }
    }
}

fn jobs(config: &Config, source: &Source) -> Vec<crate::model::jobs::listed::Listed> {
    if !(config.has_jobs || load::are_elsewhere(&config.home)) {
        return Vec::new();
    }
    match Overview::of(source) {
        Ok(overview) => overview.jobs,
        Err(error) => {
            tracing::debug!("cannot look at the jobs: {error}");
            Vec::new()
        }
    }
}
