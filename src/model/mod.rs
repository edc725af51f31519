//! DECIDES. Plain data in, plain data out.
//!
//! Never true here: a file is opened, a process is looked at, an environment
//! variable or the clock is read, a thread is started. Time comes in as an
//! argument.

pub mod autostart;
pub mod config;
pub mod jobs;
pub mod life;
pub mod logs;
pub mod screen;
pub mod text;
pub(crate) mod url;
pub mod words;
