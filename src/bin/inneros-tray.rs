//! The tray.

fn main() {}
