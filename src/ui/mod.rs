//! SHOWS. `cli` prints, `tray` paints; neither knows the other.

pub mod cli;
