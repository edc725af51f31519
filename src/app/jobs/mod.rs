//! Jobs: running them, listing them, switching them. The service manager schedules.

pub mod list;
pub mod load;
#[cfg(feature = "tray")]
pub mod now;
pub mod run;
pub mod switch;
pub mod watch;

use crate::app::look;
use crate::app::settings::Source;
use crate::model::config::job::Job;
use crate::model::jobs::crontab;
use crate::model::jobs::record::Clocks;
use crate::os::{autostart, paths, process};

/// The present moment by every clock, in the present boot.
pub(crate) fn moment_in(boot_id: String) -> Clocks {
    let (boot, awake) = (process::boot_clock(), process::awake_clock());
    Clocks::new(boot_id, look::now().wall, boot, awake)
}

/// The command line by which a job is run.
fn command(program: &[String], name: &str) -> Vec<String> {
    let words = ["job", "run", name].map(str::to_owned);
    program.iter().cloned().chain(words).collect()
}

/// The crontab with the block of a job as it would be written now; nothing where the job has no
/// schedule.
fn block(text: &[u8], job: &Job, program: &[String]) -> Option<Vec<u8>> {
    let lines = &job.schedule.as_ref()?.lines;
    let call = crontab::calling(program, &job.name);
    Some(crontab::with_block(text, &job.name, lines, &call))
}

/// The words by which a service manager calls this program, with flags only if they are
/// needed; if they cannot be told, why.
pub(crate) fn program_words(source: &Source) -> Result<Vec<String>, String> {
    let program = autostart::this_program();
    let program =
        program.map_err(|error| format!("cannot find out where this program is: {error}"))?;
    let places = program.beside("inneros");
    let path = places
        .iter()
        .find(|path| path.is_file())
        .unwrap_or(&program.file);
    let config = source
        .load_without_file()
        .map_err(|error| error.to_string())?;
    let only_home = |name: &str| (name == "HOME").then(|| paths::variable(name)).flatten();
    let default_home = paths::places(None, None, &only_home).map(|places| places.home.0);
    let mut words = vec![path.clone()];
    if default_home.ok().as_ref() != Some(&config.home) {
        words.extend(["--home".into(), config.home.clone()]);
    }
    if config.config_file != config.home.join("config.toml") {
        words.extend(["--config".into(), config.config_file]);
    }
    let text = |word: std::path::PathBuf| {
        let text = word.into_os_string().into_string();
        let text = text.map_err(|word| format!("'{}' is not UTF-8", word.display()))?;
        if text.contains(char::is_control) {
            return Err(format!("{text:?} has a control character"));
        }
        Ok(text)
    };
    words.into_iter().map(text).collect()
}
