//! `inneros daemon run`

use serde_json::json;

use super::daemon::refusal;
use super::output::{Answer, Printer, Refusal};
use crate::app::supervise::{Ended, Run};
use crate::model::config::Config;
use crate::model::record::Exit;
use crate::model::words;
use crate::os::signals;

pub fn answer(config: &Config, printer: &Printer) -> Result<Answer, Refusal> {
    let run = Run::default();
    let asker = run.asker();
    signals::on_end(move |signal| asker.ask(signal)).map_err(|error| Refusal::new(1, &error))?;
    let name = &config.daemon.name;
    let ended = run
        .run(config, |started| {
            printer.progress(&format!("{name} started (pid {})", started.pid));
        })
        .map_err(|failure| refusal(&failure))?;
    let (code, message) = match ended {
        Ended::Asked(_) | Ended::Stopped => (0, format!("{name} stopped")),
        Ended::ByItself(None) => (1, format!("{name} ended by itself")),
        Ended::ByItself(Some(exit)) => (
            exit_code(exit),
            format!("{name} ended by itself: {}", words::exit(exit)),
        ),
    };
    let mut answer = Answer {
        code,
        success: code == 0,
        message,
        ..Answer::default()
    };
    let (exit_code, signal) = match ended {
        Ended::ByItself(Some(Exit::Code(code))) => (Some(code), None),
        Ended::ByItself(Some(Exit::Signal(signal))) => (None, Some(signal)),
        Ended::ByItself(None) | Ended::Asked(_) | Ended::Stopped => (None, None),
    };
    answer.fields.insert("exit_code".into(), json!(exit_code));
    answer.fields.insert("signal".into(), json!(signal));
    Ok(answer)
}

/// The daemon's own, as a shell gives it: 128 and the number for a signal.
fn exit_code(exit: Exit) -> u8 {
    let code = match exit {
        Exit::Code(code) => code,
        Exit::Signal(signal) => 128 + signal,
    };
    u8::try_from(code).unwrap_or(1)
}
