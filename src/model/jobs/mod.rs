//! Jobs: what a service manager runs at its times, and what became of it.

pub mod schedule;
