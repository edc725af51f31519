//! TOUCHES. One resource a file: nothing here decides.
//!
//! Never true here: one of these files knows another, but for `paths`, `private_file`
//! and `process`.

pub mod autostart;
pub mod command_link;
pub mod config_file;
#[cfg(feature = "tray")]
pub mod desktop;
pub mod health;
pub mod lock;
pub mod log_files;
pub mod login_path;
#[cfg(feature = "tray")]
pub mod notifier;
#[cfg(feature = "tray")]
pub mod opener;
pub mod paths;
pub mod pid_file;
pub mod private_file;
pub mod process;
pub mod run_record;
#[cfg(feature = "tray")]
pub mod sample_daemon;
pub mod signals;
