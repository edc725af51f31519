//! A daemon that does not start because it finds another copy of itself running.

use crate::model::life::command_line;
use crate::model::life::observation::ProcessSeen;
use crate::model::words;

/// The PID that an error names: `Daemon already running with PID 812. …`.
pub fn named(error: &str) -> Option<i32> {
    let lower = error.to_lowercase();
    let (_, behind) = lower.split_once("already running")?;
    let (_, behind) = behind.split_once("pid")?;
    let digits = behind.trim_start_matches([' ', ':', '=', '(', '\'', '"']);
    let digits = digits.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|pid| *pid > 1)
}

/// What has that PID, and what to do about it.
pub fn sentence(pid: i32, process: &ProcessSeen, command: &[String]) -> String {
    match process {
        ProcessSeen::Gone => format!("pid {pid} is gone by now: start it again"),
        ProcessSeen::Hidden(why) => format!("cannot look at pid {pid}: {why}"),
        ProcessSeen::Alive(facts) if command_line::fits(command, &facts.command_line) => format!(
            "pid {pid} runs the same command: end it, or let its own PID file count \
             (`pid_file_owner = \"daemon\"`)"
        ),
        ProcessSeen::Alive(facts) => format!(
            "pid {pid} is '{}': if that is not the daemon, remove the PID file that it looked in",
            words::command(&facts.command_line)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_that_an_error_names_is_found() {
        for (error, pid) in [
            (
                "DaemonError: Daemon already running: Daemon already running with PID 18784. Use 'make down' to stop it first.",
                Some(18784),
            ),
            ("already running (pid 7)", Some(7)),
            ("Already Running, pid: 7", Some(7)),
            ("already running with PID 1", None),
            ("already running", None),
            ("pid 7 has started", None),
        ] {
            assert_eq!(named(error), pid, "{error}");
        }
    }
}
