//! The tray.

use std::process::ExitCode;

#[allow(clippy::print_stderr)] // There is no tray yet to say it with.
fn main() -> ExitCode {
    inneros_tray::os::process::prepare_signals();
    match inneros_tray::ui::tray::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let message = inneros_tray::app::driver::message(error.as_ref());
            eprintln!("error: {}", inneros_tray::model::text::printable(&message));
            ExitCode::FAILURE
        }
    }
}
