//! The life of one daemon: what was seen, what that means, what is recorded, what to do next.

pub(crate) mod clock;
pub(crate) mod command_line;
pub(crate) mod cpu;
pub(crate) mod health;
pub(crate) mod holder;
pub mod host;
pub mod judge;
pub(crate) mod last_words;
pub mod observation;
pub(crate) mod other_copy;
pub mod pid;
pub(crate) mod plan;
pub(crate) mod port;
pub mod record;
pub(crate) mod report;
pub(crate) mod restart;
pub mod status;
