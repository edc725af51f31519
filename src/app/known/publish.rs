//! Files for others, each written for one home folder alone.

use std::path::{Path, PathBuf};

use super::Collector;
use crate::app::settings::Source;
use crate::model::config::Config;
use crate::model::known::{self, Facts, metrics as text, page};
use crate::os::private_file::{self, FileError};
use crate::os::shared_file;

/// Why a file for others is not written.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its folder is not there.
    #[error("cannot write '{}': there is no folder '{}'", path.display(), folder.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// Another home folder has its metrics or its page in the same file.
    #[error("'{}' is for the home folder '{home}': give each home folder its own file", path.display())]
    Taken {
        /// The file.
        path: PathBuf,
        /// The other home folder.
        home: String,
    },
    /// It is there, and somebody else has made it.
    #[error("'{}' exists and was not written by inneros: remove it, or choose another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
}

/// A file for others.
struct Target<'a> {
    /// The table that configures it.
    table: &'static str,
    path: &'a Path,
    mode: u32,
    text: fn(&Config, &Facts) -> String,
}

/// What is configured.
fn targets(config: &Config) -> Vec<Target<'_>> {
    let metrics = Target {
        table: "metrics",
        path: &config.elsewhere.metrics_file,
        mode: 0o644,
        text: |config, facts| text::owner_line(&config.home) + &text::text(facts),
    };
    let page = Target {
        table: "page",
        path: &config.elsewhere.page_file,
        mode: config.elsewhere.page_mode(),
        text: |config, facts| page::page(facts, &config.home),
    };
    let all = [metrics, page].into_iter();
    all.filter(|target| !target.path.as_os_str().is_empty())
        .collect()
}

/// Writes all that is configured. What keeps one from being written is no matter to the others.
pub fn write(config: &Config, facts: &Facts) -> Vec<Refused> {
    let written = targets(config).into_iter().map(|target| {
        check_target(config, &target)?;
        let text = (target.text)(config, facts);
        Ok(shared_file::write(
            target.path,
            &text,
            target.mode,
            &config.tray_id(),
        )?)
    });
    written.filter_map(Result::err).collect()
}

/// Whether each of the files for others can be written, by the table that configures it. What is
/// written to try it is gone at once.
pub fn check(config: &Config) -> Vec<(&'static str, PathBuf, Result<(), Refused>)> {
    let check = |target: &Target<'_>| {
        check_target(config, target)?;
        Ok(private_file::try_write(target.path)?)
    };
    let targets = targets(config).into_iter();
    targets
        .map(|target| (target.table, target.path.to_owned(), check(&target)))
        .collect()
}

fn check_target(config: &Config, target: &Target<'_>) -> Result<(), Refused> {
    let path = target.path;
    let folder = path.parent().unwrap_or(path);
    if !folder.is_dir() {
        return Err(Refused::NoFolder {
            path: path.to_owned(),
            folder: folder.to_owned(),
        });
    }
    let Some(head) = shared_file::head(path)? else {
        return Ok(());
    };
    match known::owner(&head) {
        Some(home) if home == known::mark(&config.home) => Ok(()),
        Some(home) => Err(Refused::Taken {
            path: path.to_owned(),
            home: home.to_owned(),
        }),
        None => Err(Refused::Foreign {
            path: path.to_owned(),
        }),
    }
}

/// The status page as it is now.
pub fn page(config: &Config, source: &Source) -> String {
    page::page(&Collector::default().facts(config, source), &config.home)
}

/// The metrics as they are now.
pub fn metrics(config: &Config, source: &Source) -> String {
    text::text(&Collector::default().facts(config, source))
}
