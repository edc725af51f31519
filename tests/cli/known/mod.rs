//! What is known elsewhere: the history, metrics, the status page, hooks.

mod history;
mod metrics;
mod page;
