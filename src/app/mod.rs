//! JOINS. What the layers below can do, put together: a look, the lifecycle, the
//! monitor.
//!
//! Never true here: something is printed, a window system is known.

pub mod autostart;
pub mod capture;
#[cfg(feature = "tray")]
pub mod demo;
pub mod doctor;
#[cfg(feature = "tray")]
pub mod driver;
pub mod environment;
mod errors;
pub mod explain;
pub mod jobs;
pub mod lifecycle;
pub mod logs;
pub mod look;
pub mod looker;
pub mod monitor;
#[cfg(feature = "tray")]
pub mod only_tray;
mod prober;
mod reaper;
pub mod settings;
pub mod supervise;
