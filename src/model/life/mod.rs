//! The life of one daemon: what was seen of it, what is concluded, what is written down.

pub mod clock;
pub mod command_line;
pub mod cpu;
pub mod health;
pub mod holder;
pub mod host;
pub mod judge;
pub mod last_words;
pub mod observation;
pub mod other_copy;
pub mod pid;
pub mod plan;
pub mod port;
pub mod record;
pub mod report;
pub mod restart;
pub mod status;
