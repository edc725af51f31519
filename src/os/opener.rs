//! Opening files, folders and addresses with the desktop's own programs.

use std::ffi::OsStr;
use std::io;

/// Opens a path or a URL, and does not wait for whatever opens it.
pub fn open(target: impl AsRef<OsStr>) -> io::Result<()> {
    open::that_detached(target)
}
