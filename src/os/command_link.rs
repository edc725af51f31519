//! A link to this program in a folder in the PATH.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::private_file::FileError;

/// What is where the link belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// A link to this program.
    Ours,
    /// A link to another place.
    Link(PathBuf),
    /// Something that is no link, and is left alone.
    Other,
}

/// Looks at the place of the link.
pub fn there(link: &Path, program: &Path) -> Result<There, FileError> {
    match fs::read_link(link) {
        Ok(target) if target == program => Ok(There::Ours),
        Ok(target) => Ok(There::Link(target)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(There::Nothing),
        // It is there and no link.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(There::Other),
        Err(error) => Err(FileError::at("look at", link)(error)),
    }
}

/// Makes the link, in place of another one if there is one.
pub fn make(link: &Path, program: &Path) -> Result<(), FileError> {
    let folder = link.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(FileError::at("create folder", folder))?;
    let mut temporary = link.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    symlink(program, &temporary)
        .and_then(|()| fs::rename(&temporary, link))
        .map_err(|error| {
            // Nothing half-made is left; that it cannot be removed is not the news.
            let _ = fs::remove_file(&temporary);
            FileError::at("write", link)(error)
        })
}
