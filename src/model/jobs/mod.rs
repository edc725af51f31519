//! Jobs: what a service manager runs on schedule, and how the runs ended.

pub(crate) mod crontab;
pub mod entry;
pub(crate) mod listed;
pub(crate) mod missed;
pub(crate) mod record;
pub mod schedule;
pub(crate) mod selection;
pub(crate) mod switch;
pub(crate) mod until;
