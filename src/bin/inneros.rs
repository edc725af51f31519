//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    inneros_tray::os::process::expect_children();
    inneros_tray::ui::cli::run()
}
