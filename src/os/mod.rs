//! TOUCHES. One resource per file; nothing here decides.
//!
//! These files do not know each other, except `errno`, `lock`, `paths`, `private_file`, `process`
//! and `session_bus`.

pub mod autostart;
pub(crate) mod command_link;
pub(crate) mod config_file;
pub(crate) mod crontab;
pub(crate) mod daemon_files;
pub(crate) mod dashboard;
#[cfg(feature = "tray")]
pub mod desktop;
pub(crate) mod errno;
pub(crate) mod health;
pub(crate) mod history_file;
pub(crate) mod job_files;
pub(crate) mod lock;
pub(crate) mod log_files;
pub mod login_path;
pub(crate) mod man_pages;
#[cfg(feature = "tray")]
pub mod notifier;
#[cfg(feature = "tray")]
pub mod opener;
pub(crate) mod output;
pub(crate) mod paths;
pub(crate) mod pid_file;
pub(crate) mod private_file;
pub mod process;
pub(crate) mod reader;
pub(crate) mod run_record;
#[cfg(feature = "tray")]
pub mod sample_daemon;
pub mod service_manager;
#[cfg(feature = "tray")]
mod session_bus;
pub(crate) mod shared_file;
pub(crate) mod signals;
