//! JOINS. Combines what the layers below can do: a look, the lifecycle, the monitor.
//!
//! It never prints, and knows no window system.

mod activity;
pub(crate) mod autostart;
pub mod capture;
#[cfg(feature = "tray")]
pub mod demo;
pub(crate) mod doctor;
#[cfg(feature = "tray")]
pub mod driver;
pub(crate) mod environment;
mod errors;
pub(crate) mod explain;
pub(crate) mod fleet;
pub(crate) mod history;
pub(crate) mod jobs;
pub(crate) mod known;
pub mod lifecycle;
pub(crate) mod logs;
pub mod look;
pub(crate) mod looker;
pub(crate) mod monitor;
#[cfg(feature = "tray")]
pub mod only_tray;
mod prober;
mod reaper;
pub mod settings;
pub(crate) mod supervise;
