//! What is known elsewhere: the history, metrics, the status page, hooks.

mod examples;
mod history;
mod hooks;
mod metrics;
mod page;
