//! SHOWS. `cli` prints, `tray` paints; neither knows the other.

pub mod cli;
mod man_page;
#[cfg(feature = "tray")]
pub mod tray;
