//! Logs: what a line says, which lines make an entry, which entries are asked for.

pub mod dialect;
pub mod entry;
pub mod filter;
pub mod gather;
pub mod line;
pub mod name;
pub mod summary;
pub mod time;
pub mod understood;
pub mod written;
