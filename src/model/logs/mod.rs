//! Logs: what a line says, which lines make an entry, which entries match.

pub mod dialect;
pub mod entry;
pub mod filter;
pub(crate) mod gather;
pub mod line;
pub(crate) mod name;
pub(crate) mod summary;
pub mod time;
pub(crate) mod understood;
pub(crate) mod written;
