//! JOINS. What the layers below can do, put together: a look, the lifecycle, the
//! monitor.
//!
//! Never true here: something is printed, a window system is known.

pub mod lifecycle;
pub mod look;
mod reaper;
pub mod settings;
