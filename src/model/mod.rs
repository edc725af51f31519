//! DECIDES. Plain data in, plain data out.
//!
//! Never true here: a file is opened, a process is looked at, an environment
//! variable or the clock is read, a thread is started. Time comes in as an
//! argument.

mod announcer;
pub mod autostart;
pub mod command;
pub mod command_line;
pub mod config;
pub mod cpu;
pub mod health;
pub mod judge;
pub mod log_filter;
pub mod log_gather;
pub mod log_line;
pub mod log_name;
pub mod log_summary;
pub mod log_time;
pub mod machine;
pub mod notice;
pub mod observation;
pub mod pid;
pub mod port;
pub mod problem;
pub mod record;
pub mod restart;
pub mod status;
#[cfg(test)]
mod transcripts;
pub mod view;
pub mod words;
