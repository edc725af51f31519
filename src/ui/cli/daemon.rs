//! `inneros daemon …`

use std::time::Duration;

use super::args::{self, Daemon, StopHow};
use super::done::{start_answer, stop_answer};
use super::fleet::{self, Several};
use super::output::{Answer, Printer, Refusal};
use super::refusal::refusal;
use super::which::{self, Chosen};
use super::{logs, run, status, watch};
use crate::app::fleet::running;
use crate::app::lifecycle::{self, Holder, Launching};
use crate::app::settings::Source;
use crate::model::config::Config;

pub fn answer(
    config: &Config,
    source: &Source,
    command: &Daemon,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    match command {
        Daemon::Start { which, wait } => {
            let chosen = which::acted_on(config, which, "start")?;
            start(config, &chosen, *wait, printer)
        }
        Daemon::Stop {
            which,
            how,
            dependents,
        } => {
            let chosen = which::acted_on(config, which, "stop")?;
            stop(config, &chosen, how, *dependents, printer)
        }
        Daemon::Restart { which, how, wait } => {
            let chosen = which::acted_on(config, which, "restart")?;
            restart(config, &chosen, how, *wait, printer)
        }
        Daemon::Status {
            which,
            format,
            watch: is_watch,
        } => match (which::looked_at(config, which)?, format) {
            (chosen, _) if *is_watch => {
                watch::answer(config, &chosen.numbers(), *format, source, printer)
            }
            (chosen, Some(bar)) => Ok(fleet::status_for(*bar, config, &chosen.numbers())),
            (Chosen::One(number), None) => Ok(status::answer(config, number, printer)),
            (Chosen::Several(numbers), None) => Ok(fleet::status(config, &numbers, printer)),
        },
        Daemon::List(which) => {
            let chosen = which::looked_at(config, which)?;
            Ok(fleet::status(config, &chosen.numbers(), printer))
        }
        Daemon::Run(which) => match which::acted_on(config, which, "run")? {
            Chosen::One(number) => run::answer(config, number, source, printer),
            Chosen::Several(numbers) => fleet::run(config, &numbers, source, printer),
        },
        Daemon::Logs(wanted) => {
            let which = args::Which {
                daemons: wanted.daemons.clone(),
                group: wanted.group.clone(),
                all: false,
            };
            match which::looked_at(config, &which)? {
                Chosen::One(number) => logs::answer(&config.daemons[number], wanted, printer),
                Chosen::Several(numbers) => logs::several(config, &numbers, wanted, printer),
            }
        }
    }
}

/// Starts one as ever, or several; of one that needs others, these first.
fn start(
    config: &Config,
    chosen: &Chosen,
    wait: Option<Duration>,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let tell = |holder: Option<&Holder>| printer.waits(&run::waits(holder));
    let launching = launching(wait, &tell);
    match chosen {
        Chosen::One(number) if config.daemons[*number].after.is_empty() => {
            let managed = &config.daemons[*number];
            lifecycle::start(managed, launching)
                .map(|started| start_answer(managed, &started, "started"))
                .map_err(|failure| refusal(&failure))
        }
        Chosen::One(_) | Chosen::Several(_) => {
            Ok(Several::new(config, chosen.numbers(), printer)?.start(&launching))
        }
    }
}

fn launching(wait: Option<Duration>, tell: &dyn Fn(Option<&Holder>)) -> Launching<'_> {
    Launching {
        wait,
        waiting: Some(tell),
        ..Launching::default()
    }
}

/// Stops one as ever, or several.
fn stop(
    config: &Config,
    chosen: &Chosen,
    how: &StopHow,
    dependents: bool,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let numbers = chosen.numbers();
    let all = fleet::with_dependents(config, &numbers);
    match chosen {
        &Chosen::One(number) if !dependents || all.len() == 1 => {
            let tell = |holder: Option<&Holder>| printer.waits(&run::waits(holder));
            let managed = &config.daemons[number];
            let stopped = lifecycle::stop(managed, how.stopping(Some(&tell)))
                .map_err(|failure| refusal(&failure))?;
            let mut answer = stop_answer(managed, &stopped);
            let others = all.iter().filter(|one| **one != number);
            let needed_by = running(config, others.copied());
            if answer.hint.is_none() && !needed_by.is_empty() {
                let (id, needed_by) = (&managed.id, needed_by.join(", "));
                answer.hint = Some(format!(
                    "still running, and needs it: {needed_by}; `inneros daemon stop {id} --dependents` stops them, too"
                ));
            }
            Ok(answer)
        }
        Chosen::One(_) | Chosen::Several(_) => {
            let numbers = if dependents { all } else { numbers };
            Ok(Several::new(config, numbers, printer)?.stop(how))
        }
    }
}

fn restart(
    config: &Config,
    chosen: &Chosen,
    how: &StopHow,
    wait: Option<Duration>,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let tell = |holder: Option<&Holder>| printer.waits(&run::waits(holder));
    let launching = launching(wait, &tell);
    match chosen {
        Chosen::One(number) => {
            let managed = &config.daemons[*number];
            lifecycle::restart(managed, launching, how.stopping(None))
                .map(|started| start_answer(managed, &started, "restarted"))
                .map_err(|failure| refusal(&failure))
        }
        Chosen::Several(numbers) => {
            Ok(Several::new(config, numbers.clone(), printer)?.restart(how, &launching))
        }
    }
}
