//! What a start or a stop has done, in words and for programs.

use serde_json::{Value, json};

use super::args::StopHow;
use super::output::Answer;
use crate::app::lifecycle::{Ending, Force, Left, Started, Stopped, Stopping, Waiting};
use crate::model::config::Managed;

pub fn start_answer(managed: &Managed, started: &Started, verb: &str) -> Answer {
    let Started {
        pid, left, ended, ..
    } = started;
    let verb = if started.stopped.is_none() {
        "started"
    } else {
        verb
    };
    let mut message = format!("{} {verb} (pid {pid})", managed.daemon.name);
    let mut hint = None;
    if started.replaced_damaged {
        message += "; a damaged PID file was replaced";
    }
    message += &had_left(ended);
    if !left.is_empty() {
        message += &format!("; {}", Left::sentence(left, "the daemon before it"));
        hint = Some(
            "what is left no longer belongs to the daemon: end it yourself if it is in the way",
        );
    }
    let mut answer = Answer {
        success: true,
        message,
        hint: hint.map(Into::into),
        ..Answer::default()
    };
    answer.fields.insert("pid".into(), json!(pid));
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
    answer.fields.insert("left_pids".into(), pids(left));
    answer
}

pub fn stop_answer(managed: &Managed, stopped: &Stopped) -> Answer {
    let Stopped {
        pid,
        how,
        left,
        killed,
        ended,
    } = stopped;
    let name = &managed.daemon.name;
    let mut message = match how {
        Ending::Terminated => format!("{name} stopped (pid {pid})"),
        Ending::BeforeRestart => {
            format!("{name} had crashed (pid {pid}) and will not be restarted")
        }
        Ending::ByItself => format!("{name} ended by itself (pid {pid})"),
        Ending::Killed { group: true } => {
            format!("{name} killed with its process group (pid {pid}): it did not end in time")
        }
        Ending::Killed { group: false } => {
            format!("{name} killed (pid {pid}): it did not end in time")
        }
        Ending::Earlier => format!("{name} was not running"),
    };
    let mut hint = None;
    message += &had_left(ended);
    if !left.is_empty() {
        message += &format!("; {}", Left::sentence(left, "it"));
        hint = Some(Left::way_out(left));
    }
    if !killed.is_empty() {
        message += &format!("; killed what it had started: {}", Left::names(killed));
    }
    let mut answer = Answer {
        success: true,
        message,
        hint,
        ..Answer::default()
    };
    let was_killed = matches!(how, Ending::Killed { .. });
    answer.fields.insert("pid".into(), json!(pid));
    answer.fields.insert("killed".into(), json!(was_killed));
    answer.fields.insert("left_pids".into(), pids(left));
    answer.fields.insert("killed_pids".into(), pids(killed));
    answer
}

/// Names what somebody may miss: a browser or an editor that the daemon had opened.
fn had_left(ended: &[Left]) -> String {
    if ended.is_empty() {
        return String::new();
    }
    format!("; ended what had left its session: {}", Left::names(ended))
}

fn pids(left: &[Left]) -> Value {
    left.iter().map(|left| left.pid).collect()
}

impl StopHow {
    pub fn stopping<'a>(&self, waiting: Option<Waiting<'a>>) -> Stopping<'a> {
        Stopping {
            timeout: self.timeout,
            waiting,
            force: if self.force { Force::Kill } else { Force::No },
        }
    }
}
