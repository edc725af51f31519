//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    inneros_tray::os::process::prepare_signals();
    inneros_tray::ui::cli::run()
}
