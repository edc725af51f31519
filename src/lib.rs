//! Start, stop, watch and explain a background daemon.
#![warn(missing_docs)]

pub mod app;
pub mod model;
pub mod os;
pub mod ui;
