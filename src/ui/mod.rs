//! SHOWS. `cli` prints, `tray` paints; neither knows the other.

pub mod cli;
#[cfg(feature = "tray")]
pub mod tray;
