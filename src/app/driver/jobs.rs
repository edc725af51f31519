//! Carries out what the user asked for a job; each of these may take a while.

use chrono::Local;

use super::work::message;
use crate::app::autostart::Edited;
use crate::app::jobs::list::Overview;
use crate::app::jobs::now::run_now;
use crate::app::jobs::switch::{self, SwitchTo};
use crate::app::settings::Source;
use crate::model::jobs::until;
use crate::model::screen::job_command::JobCommand;
use crate::os::{desktop, opener};

/// Does it; an error says why not.
pub fn obey(source: &Source, name: &str, command: JobCommand) -> Result<(), String> {
    if command == JobCommand::Run {
        // The tray may be a unit of the session; the run outlives it.
        return run_now(source, name, &desktop::leave_unit);
    }
    let overview = Overview::of(source).map_err(|error| message(&error))?;
    let job = overview.jobs.iter().find(|job| job.name == name);
    let job = job.ok_or_else(|| format!("there is no longer a job called '{name}'"))?;
    let set = |wanted| switch::set(&overview, job, wanted, Edited::Keep, source);
    let done = match command {
        JobCommand::Run | JobCommand::OpenOutput => {
            let record = job.last.record().ok_or("no run of it is recorded")?;
            return opener::open_in(
                &record.output,
                desktop::log_viewer(&record.output).as_deref(),
            )
            .map_err(|error| format!("cannot open it: {error}"));
        }
        JobCommand::Pause => {
            // Without a time it would be switched off for good.
            let tomorrow = until::moment("tomorrow", &Local::now());
            let tomorrow = tomorrow.ok_or("cannot tell when tomorrow begins")?;
            set(SwitchTo::Off(Some(tomorrow.fixed_offset())))
        }
        JobCommand::Resume => set(SwitchTo::On(None)),
        JobCommand::Acknowledge => switch::acknowledge(&overview, job, false),
    };
    done.map(drop).map_err(|failure| message(&failure))
}
