//! Jobs: what a service manager runs at its times, and what became of it.

pub(crate) mod crontab;
pub mod entry;
pub(crate) mod listed;
pub(crate) mod missed;
pub(crate) mod record;
pub mod schedule;
pub(crate) mod selection;
pub(crate) mod switch;
pub(crate) mod until;
