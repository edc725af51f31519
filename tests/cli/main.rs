//! The `inneros` command line as its users meet it: the built program, a home folder
//! of its own for each test, real daemons.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and its name says what it shows"
)]

mod answer;
mod autostart;
mod bad_config;
mod bad_input;
mod bad_pid_file;
mod caller;
mod clean_start;
mod completions;
mod concurrency;
mod config;
mod crash;
mod doctor;
mod home;
mod identity;
mod install;
mod json;
mod logs;
mod pid_file;
mod precedence;
mod process;
mod readiness;
mod restart;
mod routing;
mod run;
mod server;
mod start;
mod status;
mod stop;
mod unprivileged;
