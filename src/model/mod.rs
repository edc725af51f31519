//! DECIDES. Plain data in, plain data out.
//!
//! It never opens a file, looks at a process, reads an environment variable or the clock, or
//! starts a thread. Time is an argument.

pub mod autostart;
pub mod config;
pub mod fleet;
pub mod history;
pub mod jobs;
pub mod known;
pub mod life;
pub mod logs;
pub mod screen;
pub mod text;
pub(crate) mod url;
pub mod words;
