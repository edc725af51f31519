//! Opening files, folders and addresses with the desktop's own programs.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Opens a path or a URL, and does not wait for whatever opens it.
pub fn open(target: impl AsRef<OsStr>) -> io::Result<()> {
    open::that_detached(target)
}

/// The same with a command that wants the path and ends at once; without one, or where it cannot
/// be run, as the desktop does.
pub fn open_in(path: &Path, command: Option<&[String]>) -> io::Result<()> {
    if let Some([program, arguments @ ..]) = command {
        let run = Command::new(program)
            .args(arguments)
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if run.is_ok_and(|status| status.success()) {
            return Ok(());
        }
    }
    open(path)
}
