//! JOINS. What the layers below can do, put together: a look, the lifecycle, the
//! monitor.
//!
//! Never true here: something is printed, a window system is known.

pub mod autostart;
#[cfg(feature = "tray")]
pub mod demo;
pub mod doctor;
pub mod lifecycle;
pub mod look;
#[cfg(feature = "tray")]
pub mod monitor;
mod reaper;
pub mod settings;
pub mod supervise;
