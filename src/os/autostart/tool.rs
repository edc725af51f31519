//! Running systemctl and launchctl.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use super::AutostartError;
use crate::model::life::record::Exit;

/// Runs a tool to its end and returns what it wrote to standard output.
pub fn run<A: AsRef<OsStr>>(tool: &'static str, arguments: &[A]) -> Result<String, AutostartError> {
    let shown = || {
        let mut words = vec![tool.to_owned()];
        words.extend(arguments.iter().map(|a| a.as_ref().display().to_string()));
        words.join(" ")
    };
    tracing::debug!("runs {}", shown());
    let output = Command::new(tool)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| {
            let command = shown();
            if source.kind() == io::ErrorKind::NotFound {
                AutostartError::NoTool { tool }
            } else {
                AutostartError::Run { command, source }
            }
        })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let exit = match output.status.code() {
        Some(code) => Exit::Code(code),
        None => Exit::Signal(output.status.signal().unwrap_or_default()),
    };
    Err(AutostartError::Failed {
        command: shown(),
        exit,
        said: crate::model::text::printable(&said.join(" ")),
    })
}
