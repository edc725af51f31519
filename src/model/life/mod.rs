//! The life of one daemon: what was seen of it, what is concluded, what is written down.

pub mod command_line;
pub mod cpu;
pub mod health;
pub mod host;
pub mod judge;
pub mod observation;
pub mod pid;
pub mod plan;
pub mod port;
pub mod record;
pub mod report;
pub mod restart;
pub mod status;
