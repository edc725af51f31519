//! TOUCHES. One resource a file: nothing here decides.
//!
//! Never true here: one of these files knows another, but for `errno`, `lock`, `paths`,
//! `private_file`, `process` and `session_bus`.

pub mod autostart;
pub mod command_link;
pub mod config_file;
pub mod crontab;
pub mod dashboard;
#[cfg(feature = "tray")]
pub mod desktop;
pub mod errno;
pub mod health;
pub mod job_files;
pub mod lock;
pub mod log_files;
pub mod login_path;
pub mod man_pages;
#[cfg(feature = "tray")]
pub mod notifier;
#[cfg(feature = "tray")]
pub mod opener;
pub mod output;
pub mod paths;
pub mod pid_file;
pub mod private_file;
pub mod process;
pub mod reader;
pub mod run_record;
#[cfg(feature = "tray")]
pub mod sample_daemon;
pub mod service_manager;
#[cfg(feature = "tray")]
mod session_bus;
pub mod signals;
