//! The built tray on a desktop of the test's own: a session bus with a panel and a
//! notification service, real processes, real files.

#![cfg(target_os = "linux")] // The panel speaks D-Bus.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and explains itself on standard error"
)]

mod beside;
#[allow(dead_code, reason = "the tray's tests need little of it")]
#[path = "../cli/caller.rs"]
mod caller;
mod desktop;
mod drawing;
mod fleet;
mod health_server;
mod idle;
mod item;
mod jobs;
mod man;
mod many_logs;
mod menu;
mod notices;
mod notification_service;
mod session;
mod sitting;
#[allow(dead_code, reason = "the tray's tests need no root")]
#[path = "../cli/skip.rs"]
mod skip;
mod states;
