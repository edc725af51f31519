//! Start, stop, watch and explain a background daemon: the library behind the `inneros`
//! command line and the tray.
//!
//! A daemon is a value: a [`config::Managed`]. Nothing is global, and any number of programs
//! may manage the same daemon at once.
//!
//! ```
//! use inneros_tray::config::Source;
//! use inneros_tray::lifecycle::{self, Launching, Stopping};
//! use inneros_tray::status::Status;
//! use inneros_tray::watch::{Monitor, News, Watched};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let home = folder.path();
//! std::fs::write(home.join("config.toml"), "daemon.command = ['sleep', '60']")?;
//! let source = Source { home: Some(home.into()), ..Source::default() };
//! let config = source.load()?;
//!
//! let (tell, news) = std::sync::mpsc::channel();
//! let file = Watched::new(source, &config.config_file);
//! let monitor = Monitor::start(config.clone(), file, move |told| drop(tell.send(told)))?;
//!
//! let started = lifecycle::start(config.main(), Launching::default())?;
//! monitor.nudge(); // It looks now, instead of at its next turn.
//! for told in news {
//!     let News::Seen(_, report) = told else { continue };
//!     if let Status::Running(alive) = report.status {
//!         assert_eq!(alive.identity.pid, started.pid);
//!         break;
//!     }
//! }
//!
//! let stopped = lifecycle::stop(config.main(), Stopping::default())?; // SIGTERM, and it is gone.
//! assert_eq!(stopped.pid, started.pid);
//! # Ok(())
//! # }
//! ```
//!
//! A process that starts a daemon is its parent: a thread reaps the daemon and records how it
//! ended. The daemon outlives this process.
//!
//! # Stability
//!
//! The modules below follow semantic versioning. Everything else is for the two programs and
//! the tests, may change at any time, and is not shown.
//!
//! # Layers
//!
//! ```text
//! bin -> ui -> app -> os -> model        imports point right only
//! ```
//!
//! - `model` DECIDES: plain data in, plain data out. It never opens a file or reads the clock.
//! - `os` TOUCHES: one resource per file. It never decides.
//! - `app` JOINS: look, lifecycle, monitor, supervise. It never prints.
//! - `ui` SHOWS: `ui::cli` prints, `ui::tray` paints. Neither uses the other.
//!
//! ARCHITECTURE.md says how they work together, and which invariants hold.

#[cfg_attr(not(inside), doc(hidden))]
pub mod app;
#[cfg_attr(not(inside), doc(hidden))]
pub mod model;
#[cfg_attr(not(inside), doc(hidden))]
pub mod os;
#[cfg_attr(not(inside), doc(hidden))]
pub mod ui;

/// The configuration, and where each value comes from: flags override the environment, which
/// overrides the file, which overrides the defaults.
pub mod config {
    pub use crate::app::settings::{SettingsError, Source};
    pub use crate::model::config::{
        Config, Daemon, Flaw, HealthCheck, Managed, Notifications, Origin, PidFileOwner, Ready,
        Tray,
    };
    pub use crate::model::life::restart::{Restart, RestartPolicy};
    pub use crate::os::config_file::ConfigError;
    pub use crate::os::paths::EnvironmentError;
}

/// Start, stop and restart. Calls from any number of processes at once are serialised by a
/// lock beside the PID file; a PID is never signalled without its identity.
pub mod lifecycle {
    pub use crate::app::lifecycle::{
        Ending, Failure, Force, Holder, Launching, Left, Started, Stopped, Stopping, Waiting,
        restart, start, stop,
    };
    pub use crate::os::lock::LockError;
    pub use crate::os::private_file::FileError;
    pub use crate::os::process::{ProgramError, SpawnError};
}

/// One look at the daemon, and what it means. Looking changes nothing on disk and signals
/// nothing.
pub mod status {
    pub use crate::app::looker::report;
    pub use crate::model::life::clock::Now;
    pub use crate::model::life::health::{Health, Probe};
    pub use crate::model::life::observation::{Logged, Said, Usage};
    pub use crate::model::life::record::{Exit, Identity, Supervisor};
    pub use crate::model::life::report::Report;
    pub use crate::model::life::status::{
        Alive, Crash, Foreign, Rest, RestCause, State, Status, Supervised,
    };
}

/// Repeated looks on a thread: at intervals, and at once when the daemon ends.
pub mod watch {
    pub use crate::app::monitor::{Monitor, News};
    pub use crate::app::settings::Watched;
}

/// A run in the foreground that restarts the daemon after a crash.
pub mod supervise {
    pub use crate::app::supervise::{Asker, Ended, Progress, Run};
}
