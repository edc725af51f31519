//! Jobs: what a service manager runs at its times, and what became of it.

pub mod crontab;
pub mod entry;
pub mod listed;
pub mod missed;
pub mod record;
pub mod schedule;
pub mod selection;
pub mod switch;
pub mod until;
