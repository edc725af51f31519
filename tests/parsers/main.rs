//! The parsers of what others write: nothing that stands in a PID file, a run record, a
//! configuration file or a log makes them panic, or take what they should refuse.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and its name says what it shows"
)]

mod config;
mod corpus;
mod log_line;
mod pid_file;
mod record;
mod rules;
mod schedules;
mod shapes;
