//! Manual pages, in a folder where `man` finds them.

use std::fs;
use std::path::Path;

use super::private_file::FileError;

/// Writes a page, in place of an older one if there is one.
pub fn write(folder: &Path, file_name: &str, text: &[u8]) -> Result<(), FileError> {
    fs::create_dir_all(folder).map_err(FileError::at("create folder", folder))?;
    let path = folder.join(file_name);
    let temporary = folder.join(format!(".{file_name}.tmp"));
    fs::write(&temporary, text)
        .and_then(|()| fs::rename(&temporary, &path))
        .map_err(|error| {
            // Nothing half-written is left; that it cannot be removed is not the news.
            let _ = fs::remove_file(&temporary);
            FileError::at("write", &path)(error)
        })
}
