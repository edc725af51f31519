//! `inneros daemon …`

use serde_json::json;

use super::args::Daemon;
use super::output::{Answer, Printer, Refusal};
use super::{logs, run, status};
use crate::app::lifecycle::{self, Ending, Failure, Force, Launching, Started, Stopped};
use crate::model::config::Config;
use crate::os::process::SpawnError;
use std::io::ErrorKind::PermissionDenied;

pub fn answer(config: &Config, command: &Daemon, printer: &Printer) -> Result<Answer, Refusal> {
    match command {
        Daemon::Start { wait } => lifecycle::start(
            config,
            Launching {
                wait: *wait,
                ..Launching::default()
            },
        )
        .map(|started| start_answer(config, &started, "started"))
        .map_err(|failure| refusal(&failure)),
        Daemon::Stop { timeout, force } => {
            let force = if *force { Force::Kill } else { Force::No };
            lifecycle::stop(config, *timeout, force)
                .map(|stopped| stop_answer(config, &stopped))
                .map_err(|failure| refusal(&failure))
        }
        Daemon::Restart => lifecycle::restart(config, Launching::default())
            .map(|started| start_answer(config, &started, "restarted"))
            .map_err(|failure| refusal(&failure)),
        Daemon::Status { watch: false } => Ok(status::answer(config, printer)),
        Daemon::Status { watch: true } => status::watch(config, printer),
        Daemon::Run => run::answer(config, printer),
        Daemon::Logs { lines, path } => logs::answer(config, *lines, *path, printer),
    }
}

fn start_answer(config: &Config, started: &Started, verb: &str) -> Answer {
    let pid = started.pid;
    let mut message = format!("{} {verb} (pid {pid})", config.daemon.name);
    let verb = if started.stopped.is_none() {
        "started"
    } else {
        verb
    };
    if verb == "started" {
        message = format!("{} started (pid {pid})", config.daemon.name);
    }
    let mut answer = Answer {
        success: true,
        message,
        ..Answer::default()
    };
    answer.fields.insert("pid".into(), pid.into());
    answer.fields.insert(
        "start_time".into(),
        started
            .started_at
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
            .into(),
    );
    if let Some(stopped) = &started.stopped {
        answer
            .fields
            .insert("stopped_pid".into(), stopped.pid.into());
    }
    answer
}

fn stop_answer(config: &Config, stopped: &Stopped) -> Answer {
    let Stopped { pid, how } = *stopped;
    let name = &config.daemon.name;
    let message = match how {
        Ending::Terminated => format!("{name} stopped (pid {pid})"),
        Ending::ByItself => format!("{name} ended by itself (pid {pid})"),
        Ending::Killed { group: true } => {
            format!("{name} killed with its process group (pid {pid}): it did not end in time")
        }
        Ending::Killed { group: false } => {
            format!("{name} killed (pid {pid}): it did not end in time")
        }
    };
    let mut answer = Answer {
        success: true,
        message,
        ..Answer::default()
    };
    let killed = matches!(how, Ending::Killed { .. });
    answer.fields.insert("pid".into(), pid.into());
    answer.fields.insert("killed".into(), json!(killed));
    answer
}

/// A failure with its exit code.
pub fn refusal(failure: &Failure) -> Refusal {
    let code = match failure {
        Failure::NotConfigured { .. }
        | Failure::NoHealthUrl
        | Failure::WorkingDir { .. }
        | Failure::Program(_) => 2,
        Failure::NotRunning { .. } => 3,
        Failure::Foreign { .. } | Failure::Unknown { .. } => 4,
        Failure::AlreadyRunning { .. } => 5,
        Failure::File(error) if error.source.kind() == PermissionDenied => 4,
        Failure::Process { source, .. } if source.kind() == PermissionDenied => 4,
        Failure::Spawn {
            source: SpawnError::Publish(error),
            ..
        } if error.source.kind() == PermissionDenied => 4,
        Failure::Spawn { .. }
        | Failure::EndedAtStart { .. }
        | Failure::NotReady { .. }
        | Failure::StillRunning { .. }
        | Failure::Busy(_)
        | Failure::File(_)
        | Failure::Process { .. } => 1,
    };
    let mut refusal = Refusal::new(code, failure).hint(failure.hint());
    refusal.output = failure.output().to_vec();
    if let Failure::AlreadyRunning { pid } = failure {
        refusal.pid = Some(*pid);
    }
    refusal
}
