//! `inneros daemon run`

use std::io::Write;

use serde_json::json;

use super::GIVEN_UP;
use super::aside::Aside;
use super::output::{Answer, Printer, Refusal};
use super::refusal::refusal;
use std::time::Duration;

use crate::app::known::Teller;
use crate::app::lifecycle::Failure;
use crate::app::settings::Source;
use crate::app::supervise::{self, Ended, Progress, Run};
use crate::app::{capture, explain};
use crate::model::config::{Config, Managed};
use crate::model::life::holder::Holder;
use crate::model::life::record::Exit;
use crate::model::words;
use crate::os::{service_manager, signals};

pub fn answer(
    config: &Config,
    number: usize,
    source: &Source,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let managed = &config.daemons[number];
    let run = Run::default();
    let asker = run.asker();
    signals::on_end(move |signal| asker.ask(signal)).map_err(|error| Refusal::new(1, &error))?;
    if let Err(error) = capture::keep_said_short() {
        printer.warn(&format!("{error}: {}", error.source));
    }
    supervise::reap_orphans().map_err(|error| Refusal::new(1, &error))?;
    let name = &managed.daemon.name;
    let herald = Herald::start();
    let teller = teller(config, source, printer)?;
    let ended = run.run(managed, |progress| {
        teller.changed();
        let said = tell(name, progress);
        printer.progress(&said);
        herald.say(&service_manager::status(&said));
        if let Progress::Running { .. } = progress {
            herald.say(&service_manager::ready());
        }
    });
    herald.say(&service_manager::stopping());
    herald.finish();
    teller.finish();
    let ended = ended.map_err(|failure| refusal(&failure))?;
    let (code, message) = match ended {
        Ended::GivenUp {
            exit,
            starts,
            window,
            failure,
        } => return Err(given_up(managed, exit, (starts, window), failure.as_ref())),
        Ended::Asked | Ended::Stopped => (0, format!("{name} stopped")),
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
        Ended::ByItself(None) | Ended::Asked | Ended::Stopped | Ended::GivenUp { .. } => {
            (None, None)
        }
    };
    answer.fields.insert("exit_code".into(), json!(exit_code));
    answer.fields.insert("signal".into(), json!(signal));
    Ok(answer)
}

/// Tells the service manager, without waiting for it.
#[derive(Clone)]
pub struct Herald {
    heard_by: Option<Aside>,
}

impl Herald {
    /// Where there is no thread left nobody hears of it, and the daemon runs all the same.
    pub fn start() -> Self {
        let heard_by = service_manager::is_there().then(|| Aside::start(service_manager::tell));
        Self {
            heard_by: heard_by.and_then(Result::ok),
        }
    }

    pub fn say(&self, state: &str) {
        if let Some(mut said) = self.heard_by.clone() {
            // It never fails.
            let _ = said.write_all(state.as_bytes());
        }
    }

    pub fn finish(&self) {
        if let Some(said) = &self.heard_by {
            said.finish(GIVEN_UP);
        }
    }
}

/// Writes down and publishes what a run sees.
pub fn teller(config: &Config, source: &Source, printer: &Printer) -> Result<Teller, Refusal> {
    let printer = printer.clone();
    let complain = move |said: &str| printer.warn(said);
    Teller::start(config.clone(), source.clone(), Box::new(complain))
        .map_err(|error| Refusal::new(1, &error))
}

pub fn tell(name: &str, progress: &Progress) -> String {
    match progress {
        Progress::Waiting { holder } => waits(holder.as_ref()),
        Progress::Running { pid } => format!("{name} started (pid {pid})"),
        Progress::Restarting {
            exit,
            failure,
            delay,
        } => {
            let ended = match (failure, exit) {
                (Some(failure), _) => Refusal::new(1, failure).message,
                (None, Some(exit)) => format!("ended by itself: {}", words::exit(*exit)),
                (None, None) => "ended by itself".to_owned(),
            };
            let seconds = delay.as_secs_f64();
            format!("{name} {ended}; restarting in {seconds:.1} s")
        }
    }
}

/// Who is waited for.
pub fn waits(holder: Option<&Holder>) -> String {
    let who = holder.map_or(
        "another start, stop or restart".to_owned(),
        Holder::sentence,
    );
    format!("waiting for {who}")
}

fn given_up(
    managed: &Managed,
    exit: Option<Exit>,
    (starts, window): (u32, Duration),
    failure: Option<&Failure>,
) -> Refusal {
    let starts = words::starts(starts, window);
    // What is in the way of every start is not in the daemon's own words.
    if let Some(failure @ Failure::Left { .. }) = failure {
        let refusal = refusal(failure);
        let message = format!("crash-looping: {starts}; {failure}");
        return Refusal { message, ..refusal };
    }
    let how = exit.map_or(String::new(), |exit| {
        format!(", the last one ended with {}", words::exit(exit))
    });
    Refusal {
        code: 1,
        message: format!("crash-looping: {starts}{how}; it is not started again"),
        hint: Some(
            "`inneros daemon logs` may say why; `inneros daemon start` tries again".to_owned(),
        ),
        output: explain::last_words(managed),
        ..Refusal::default()
    }
}

/// The daemon's own, as a shell gives it: 128 and the number for a signal.
pub fn exit_code(exit: Exit) -> u8 {
    let code = match exit {
        Exit::Code(code) => code,
        Exit::Signal(signal) => 128 + signal,
    };
    u8::try_from(code).unwrap_or(1)
}
