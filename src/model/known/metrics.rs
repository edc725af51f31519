//! Metrics in the text format of Prometheus
//! (`prometheus.io/docs/instrumenting/exposition_formats`).

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use super::{DaemonFacts, Facts, OWNER};
use crate::model::history::{EventKind, Subject};
use crate::model::jobs::listed::{JobState, Listed};
use crate::model::jobs::record::Last;
use crate::model::life::record::Exit;
use crate::model::life::status::State;
use crate::model::logs::line::Level;

/// All of it as a text.
pub fn text(facts: &Facts) -> String {
    let mut metrics = Metrics {
        home: facts.home.as_deref(),
        text: String::new(),
    };
    daemons(facts, &mut metrics);
    processes(facts, &mut metrics);
    jobs(facts, &mut metrics);
    metrics.text
}

/// The line that says for which home folder a file is written.
pub fn owner_line(home: &Path) -> String {
    format!("# {OWNER}{}\n", super::mark(home))
}

struct Metrics<'a> {
    home: Option<&'a Path>,
    text: String,
}

impl Metrics<'_> {
    fn begin(&mut self, name: &str, kind: &str, help: &str) {
        self.text += &format!("# HELP inneros_{name} {help}\n# TYPE inneros_{name} {kind}\n");
    }

    fn add(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let home = self.home.map(|home| home.display().to_string());
        let home = home.as_deref().map(|home| ("home", home));
        let labels = labels.iter().copied().chain(home);
        let labels: Vec<String> = labels
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        self.text += &format!("inneros_{name}{{{}}} {value}\n", labels.join(","));
    }

    /// A family with a value for each of some, where it is known.
    fn family<'a, T: 'a, V: std::fmt::Display>(
        &mut self,
        (name, kind, help): (&str, &str, &str),
        (label, name_of): (&str, fn(&T) -> &str),
        of: &'a [T],
        value: impl Fn(&T) -> Option<V>,
    ) {
        self.begin(name, kind, help);
        for one in of {
            if let Some(value) = value(one) {
                self.add(name, &[(label, name_of(one))], value);
            }
        }
    }
}

const GAUGE: &str = "gauge";
const COUNTER: &str = "counter";

fn daemons(facts: &Facts, metrics: &mut Metrics<'_>) {
    let of: (&str, fn(&DaemonFacts) -> &str) = ("daemon", |daemon| &daemon.name);
    let all = &facts.daemons;
    let subject = |daemon: &DaemonFacts| Subject::Daemon(daemon.name.clone());
    let count = |daemon: &DaemonFacts, kind| facts.counts.get(&subject(daemon), kind);

    let up = "Whether the daemon is alive.";
    metrics.family(("daemon_up", GAUGE, up), of, all, |daemon| {
        Some(u8::from(daemon.report.status.alive().is_some()))
    });
    let wanted = "Whether the daemon is meant to run.";
    metrics.family(("daemon_wanted", GAUGE, wanted), of, all, |daemon| {
        Some(u8::from(daemon.wanted))
    });
    metrics.begin(
        "daemon_state",
        GAUGE,
        "The state of the daemon: 1 for the one that it is in.",
    );
    for daemon in all {
        let is = daemon.report.status.state();
        for state in State::ALL {
            let word = state.word().replace(' ', "-");
            let labels = [("daemon", daemon.name.as_str()), ("state", &word)];
            metrics.add("daemon_state", &labels, u8::from(state == is));
        }
    }
    let restarts = "How often the daemon was started again after its first start.";
    metrics.family(
        ("daemon_restarts_total", COUNTER, restarts),
        of,
        all,
        |daemon| Some(count(daemon, EventKind::Started).saturating_sub(1)),
    );
    let crashes = "How often the daemon ended and nobody had asked it to.";
    metrics.family(
        ("daemon_crashes_total", COUNTER, crashes),
        of,
        all,
        |daemon| Some(count(daemon, EventKind::Crashed)),
    );
    let exit = "The exit code with which the daemon ended last; 128 and the number of a signal.";
    metrics.family(("daemon_last_exit_code", GAUGE, exit), of, all, |daemon| {
        facts.last_exit(&subject(daemon)).map(|exit| match exit {
            Exit::Code(code) => code,
            Exit::Signal(signal) => 128 + signal,
        })
    });
    metrics.begin(
        "log_entries_total",
        COUNTER,
        "Entries of each level in the logs of the daemon: those that were there when it was begun to count, and all that were added.",
    );
    for daemon in all {
        for (level, count) in Level::ALL.into_iter().zip(daemon.logged) {
            let level = level.word().to_lowercase();
            let labels = [("daemon", daemon.name.as_str()), ("level", &level)];
            metrics.add("log_entries_total", &labels, count);
        }
    }
}

/// What is known only of daemons that are alive.
fn processes(facts: &Facts, metrics: &mut Metrics<'_>) {
    let of: (&str, fn(&DaemonFacts) -> &str) = ("daemon", |daemon| &daemon.name);
    let alive = |daemon: &DaemonFacts| daemon.report.status.alive().cloned();
    let all = &facts.daemons;
    let started = "When the daemon was started, in seconds since 1970.";
    let family = ("daemon_start_time_seconds", GAUGE, started);
    metrics.family(family, of, all, |daemon| {
        Some(seconds_of(alive(daemon)?.started_at))
    });
    let cpu = "Processor time that the daemon and what it has started have used.";
    metrics.family(
        ("daemon_cpu_seconds_total", COUNTER, cpu),
        of,
        all,
        |daemon| Some(alive(daemon)?.usage.cpu_time?.as_secs_f64()),
    );
    let memory = "Resident memory of the daemon and of what it has started.";
    let family = ("daemon_resident_memory_bytes", GAUGE, memory);
    metrics.family(family, of, all, |daemon| alive(daemon)?.usage.memory_bytes);
    let files = "Open file descriptors of the daemon and of what it has started.";
    let family = ("daemon_open_fds", GAUGE, files);
    metrics.family(family, of, all, |daemon| alive(daemon)?.usage.open_files);
}

fn jobs(facts: &Facts, metrics: &mut Metrics<'_>) {
    let of: (&str, fn(&Listed) -> &str) = ("job", |job| &job.name);
    let all = &facts.jobs;
    if all.is_empty() {
        return;
    }
    let enabled = "Whether the job runs when it is due.";
    metrics.family(("job_enabled", GAUGE, enabled), of, all, |job| {
        let runs = matches!(
            job.state,
            JobState::Enabled | JobState::Differs | JobState::Edited(_)
        );
        Some(u8::from(runs))
    });
    let start = "When the last run of the job began, in seconds since 1970.";
    metrics.family(
        ("job_last_start_time_seconds", GAUGE, start),
        of,
        all,
        |job| Some(seconds_of(job.last.record()?.began.wall)),
    );
    let success = "When a run of the job last ended well, in seconds since 1970.";
    let family = ("job_last_success_time_seconds", GAUGE, success);
    metrics.family(family, of, all, |job| {
        Some(seconds_of(job.last.record()?.succeeded_at?))
    });
    let well = "Whether the last run of the job that has ended did so well.";
    metrics.family(
        ("job_last_run_successful", GAUGE, well),
        of,
        all,
        |job| match &job.last {
            Last::Ended(_, end) => Some(u8::from(end.how.is_good())),
            Last::Lost(_) => Some(0),
            Last::Never | Last::Running(_) | Last::Unreadable(_) => None,
        },
    );
    let took = "How long the last run of the job took, or takes by now.";
    metrics.family(("job_last_duration_seconds", GAUGE, took), of, all, |job| {
        job.last
            .took(&facts.now)
            .as_ref()
            .map(Duration::as_secs_f64)
    });
    let next = "When the job is due next, in seconds since 1970.";
    metrics.family(
        ("job_next_start_time_seconds", GAUGE, next),
        of,
        all,
        |job| job.next.map(seconds_of),
    );
    let missed = "How many runs of the job in a row have not begun when they were due.";
    metrics.family(("job_missed_runs", GAUGE, missed), of, all, |job| {
        Some(job.missed.map_or(0, |missed| missed.count))
    });
}

fn seconds_of(at: DateTime<FixedOffset>) -> String {
    let millis = at.timestamp_subsec_millis();
    format!("{}.{millis:03}", at.timestamp())
}

/// A text as the value of a label.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => escaped += "\\\\",
            '"' => escaped += "\\\"",
            '\n' => escaped += "\\n",
            other => escaped.push(other),
        }
    }
    escaped
}
