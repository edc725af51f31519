//! Opening files, folders and addresses with the desktop's own programs.

use std::ffi::{OsStr, OsString};
use std::io;

/// Opens a path or a URL, and does not wait for whatever opens it.
pub fn open(target: impl AsRef<OsStr>) -> io::Result<()> {
    open::that_detached(target)
}

/// The same with this program, where one is named.
pub fn open_in(target: impl Into<OsString>, program: Option<&str>) -> io::Result<()> {
    match program {
        Some(program) => open::with_detached(target.into(), program),
        None => open(target.into()),
    }
}
