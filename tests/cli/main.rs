//! The `inneros` command line as its users meet it: the built program, a home folder
//! of its own for each test, real daemons.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and its name says what it shows"
)]
#![allow(
    clippy::print_stderr,
    reason = "a case that cannot run here, and the seed of one that failed, are said"
)]

mod activity;
mod answer;
mod autostart;
mod bad_config;
mod bad_input;
mod bad_pid_file;
mod beside;
mod caller;
mod capture;
mod clean_start;
mod clock;
mod completions;
mod concurrency;
mod config;
mod crash;
mod dangerous_pid;
mod doctor;
mod fleet;
#[cfg(target_os = "linux")]
mod full_disk;
mod full_output;
mod golden;
mod health;
#[cfg(target_os = "linux")]
mod held;
#[cfg(target_os = "linux")]
mod hidden_process;
mod home;
mod hostile_text;
mod huge_file;
mod identity;
mod inputs;
mod install;
mod interrupted;
mod jobs;
mod json;
mod judged_once;
mod killed;
mod known;
mod last_error;
mod left_behind;
mod limits;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod linked;
mod lock;
mod logs;
mod man;
#[cfg(target_os = "linux")]
mod mount;
mod namespace;
#[cfg(target_os = "linux")]
mod odd_process;
#[cfg(target_os = "linux")]
mod orphans;
mod overview;
mod pid_file;
mod pid_reuse;
mod place;
mod planted_file;
mod precedence;
mod process;
mod random;
#[cfg(target_os = "linux")]
mod read_only;
mod readiness;
mod reference;
mod restart;
mod routing;
mod run;
mod schema;
mod secrets;
#[cfg(target_os = "linux")]
mod seen_to_end;
mod server;
mod signals;
mod skip;
mod stalled;
mod start;
#[cfg(target_os = "linux")]
mod starved;
mod status;
mod stop;
mod stop_signal;
#[cfg(target_os = "linux")]
mod storm;
#[cfg(target_os = "linux")]
mod strace;
mod supervise;
#[cfg(target_os = "linux")]
mod system_calls;
#[cfg(target_os = "linux")]
mod trees;
mod unprivileged;
#[cfg(target_os = "linux")]
mod zombie;
