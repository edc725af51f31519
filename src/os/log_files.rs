//! Log files: the newest of a folder, and the end of one.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::private_file::FileError;

/// Blocks are read from the end until they hold the lines that are wanted.
const BLOCK: u64 = 64 * 1024;

/// The most recently modified `*.log` of a folder; of two with the same time, the
/// one whose name sorts last. Nothing where the folder has none or is not there.
pub fn newest(folder: &Path) -> Result<Option<PathBuf>, FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FileError::at("read logs folder", folder)(error)),
    };
    let mut newest: Option<(SystemTime, PathBuf)> = None;
    for entry in entries {
        let entry = entry.map_err(FileError::at("read logs folder", folder))?;
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        // One that vanishes meanwhile, or leads nowhere, is not the newest.
        let Ok(metadata) = fs::metadata(&path) else {
            continue;
        };
        let Ok(modified) = metadata.modified() else {
            continue;
        };
        if !metadata.is_file() {
            continue;
        }
        if newest
            .as_ref()
            .is_none_or(|(time, name)| (*time, name) < (modified, &path))
        {
            newest = Some((modified, path));
        }
    }
    Ok(newest.map(|(_, path)| path))
}

/// The last `lines` lines of a file, byte for byte as `tail -n` gives them: read
/// backwards, so that the size of the file does not matter.
pub fn tail(path: &Path, lines: usize) -> Result<Vec<u8>, FileError> {
    tail_from(path, 0, lines)
}

/// The same of what stands behind the offset `first`.
pub fn tail_from(path: &Path, first: u64, lines: usize) -> Result<Vec<u8>, FileError> {
    tail_of(path, first, lines).map_err(FileError::at("read log file", path))
}

fn tail_of(path: &Path, first: u64, lines: usize) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut start = file.seek(SeekFrom::End(0))?;
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    let mut missing = lines;
    if lines == 0 {
        return Ok(Vec::new());
    }
    // The newline at the very end ends the last line; it does not begin one.
    let mut at_end = true;
    while start > first {
        let length = BLOCK.min(start - first);
        start -= length;
        file.seek(SeekFrom::Start(start))?;
        let mut block = Vec::new();
        (&mut file).take(length).read_to_end(&mut block)?;
        let searched = if at_end && block.last() == Some(&b'\n') {
            &block[..block.len() - 1]
        } else {
            &block[..]
        };
        at_end = false;
        let mut cut = None;
        for newline in memchr::memrchr_iter(b'\n', searched) {
            missing -= 1;
            if missing == 0 {
                cut = Some(newline + 1);
                break;
            }
        }
        if let Some(cut) = cut {
            blocks.push(block.split_off(cut));
            break;
        }
        blocks.push(block);
    }
    blocks.reverse();
    Ok(blocks.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The plain way: all of it in memory.
    fn naive_tail(content: &[u8], lines: usize) -> Vec<u8> {
        let parts: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
        parts[parts.len().saturating_sub(lines)..].concat()
    }

    fn assert_tail(content: &[u8], lines: usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, content).unwrap();

        assert_eq!(tail(&path, lines).unwrap(), naive_tail(content, lines));
    }

    #[test]
    fn lines_across_block_edges_are_whole() {
        let block = usize::try_from(BLOCK).unwrap();
        for length in [block - 1, block, block + 1, 2 * block, 3 * block + 7] {
            let mut content = "ä".repeat(length / 2).into_bytes();
            content.resize(length, b'x');
            content.push(b'\n');
            content.extend(b"last\n");
            for lines in [1, 2, 3] {
                assert_tail(&content, lines);
            }
        }
    }

    #[test]
    fn no_file_is_an_error_with_its_path() {
        let error = tail(Path::new("/nowhere/a.log"), 1).unwrap_err();

        assert_eq!(error.to_string(), "cannot read log file '/nowhere/a.log'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn our_tail_is_the_naive_tail(
            content in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..300),
            lines in 0_usize..40,
        ) {
            assert_tail(&content, lines);
        }
    }
}
