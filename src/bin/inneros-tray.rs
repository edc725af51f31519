//! The tray.

use std::process::ExitCode;

fn main() -> ExitCode {
    inneros_tray::os::process::expect_children();
    match inneros_tray::ui::tray::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => inneros_tray::ui::tray::refuse(&error),
    }
}
