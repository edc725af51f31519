//! Logs that are not plain text: compressed by rotation, or in UTF-16.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

use super::file::LogFile;

/// So much is unpacked of all logs together, in bytes: a small file may unpack to anything.
pub const MOST: u64 = 1024 * 1024 * 1024;

/// So much memory a packed log may ask for, in bytes (RFC 8878 has this for every decoder).
const WINDOW: u64 = 8 * 1024 * 1024;

/// So much is read and written at a time.
const PIECE: usize = 64 * 1024;

/// What is not plain text is written as that into one file without a name, which is gone with the
/// program, however that ends.
#[derive(Debug)]
pub struct Unpacked {
    file: Option<Arc<File>>,
    /// So much is in it.
    length: u64,
    most: u64,
}

/// How a log is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packed {
    Gzip,
    Zstandard,
    /// UTF-16, in this order of bytes.
    Wide {
        is_little: bool,
    },
}

impl Default for Unpacked {
    fn default() -> Self {
        Self {
            file: None,
            length: 0,
            most: MOST,
        }
    }
}

impl Unpacked {
    /// The log as plain text: itself, if it is that. What it has of NULs in front of its first
    /// line is passed over: it was cut while somebody went on writing.
    pub fn plain(&mut self, log: LogFile) -> io::Result<LogFile> {
        let mut head = Vec::new();
        log.read(0, 64, &mut head)?;
        match packed(&head) {
            Some(packed) => self.unpack(log, packed),
            None if head.starts_with(&[0]) => log.behind_hole(),
            None => Ok(log),
        }
    }

    fn unpack(&mut self, log: LogFile, packed: Packed) -> io::Result<LogFile> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(self.file.insert(Arc::new(without_name()?))),
        };
        let mut out = Out {
            file: &file,
            at: self.length,
            left: self.most - self.length,
        };
        let source = BufReader::with_capacity(PIECE, log.handle()?);
        let copied = match packed {
            Packed::Gzip => copy(MultiGzDecoder::new(source), &mut out),
            Packed::Zstandard => zstandard(source, &mut out),
            Packed::Wide { is_little } => wide(source, is_little, &mut out),
        };
        if let Err(error) = copied {
            file.set_len(self.length)?;
            return Err(error);
        }
        let start = std::mem::replace(&mut self.length, out.at);
        Ok(log.instead(file, start, self.length - start))
    }
}

fn packed(head: &[u8]) -> Option<Packed> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some(Packed::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packed::Zstandard),
        [0xff, 0xfe, text @ ..] if is_wide(text, 1) => Some(Packed::Wide { is_little: true }),
        [0xfe, 0xff, text @ ..] if is_wide(text, 0) => Some(Packed::Wide { is_little: false }),
        _ => None,
    }
}

/// Whether most characters have the zero that those of ASCII have in UTF-16.
fn is_wide(text: &[u8], zero: usize) -> bool {
    let characters = text.chunks_exact(2);
    let count = characters.len();
    let ascii = characters.filter(|pair| pair[zero] == 0 && pair[1 - zero] != 0);
    count > 0 && 2 * ascii.count() > count
}

/// Writes into the file, but at most is left.
struct Out<'a> {
    file: &'a File,
    at: u64,
    left: u64,
}

impl Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len() as u64;
        if length > self.left {
            let message = "unpacked logs would take more than 1 GiB";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        self.file.write_all_at(bytes, self.at)?;
        self.at += length;
        self.left -= length;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was packed only in part is read as far as it goes.
fn copy(mut source: impl Read, out: &mut Out<'_>) -> io::Result<()> {
    let mut block = vec![0; PIECE];
    let begin = out.at;
    loop {
        match source.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(length) => out.write_all(&block[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && out.at > begin => {
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
}

/// One frame after the other.
fn zstandard(mut source: BufReader<File>, out: &mut Out<'_>) -> io::Result<()> {
    use std::io::BufRead as _;
    while !source.fill_buf()?.is_empty() {
        let frame = StreamingDecoder::new_with_max_window_size(&mut source, WINDOW);
        copy(frame.map_err(io::Error::other)?, out)?;
    }
    Ok(())
}

fn wide(mut source: BufReader<File>, is_little: bool, out: &mut Out<'_>) -> io::Result<()> {
    let mut held = Vec::new();
    let mut block = vec![0; PIECE];
    loop {
        let length = source.read(&mut block)?;
        held.extend(&block[..length]);
        let mut whole = held.len() / 2 * 2;
        let unit = |pair: &[u8]| {
            let bytes = [pair[0], pair[1]];
            if is_little {
                u16::from_le_bytes(bytes)
            } else {
                u16::from_be_bytes(bytes)
            }
        };
        // The second half of a character may come with the next block.
        if length > 0 && whole > 0 && matches!(unit(&held[whole - 2..]), 0xd800..0xdc00) {
            whole -= 2;
        }
        let units = held[..whole].chunks_exact(2).map(unit);
        let text: String = char::decode_utf16(units)
            .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        out.write_all(text.as_bytes())?;
        held.drain(..whole);
        if length == 0 {
            return Ok(());
        }
    }
}

/// A file that nobody else sees.
fn without_name() -> io::Result<File> {
    let folder = std::env::temp_dir();
    for attempt in 0..100 {
        let path = folder.join(format!(".inneros-{}-{attempt}", std::process::id()));
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        match opened {
            Ok(file) => return std::fs::remove_file(&path).map(|()| file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::super::file::tests::file;
    use super::*;

    const TEXT: &str = "2026-11-22 20:14:24 [ERROR] a: lost ä 😀\n";

    fn plain(unpacked: &mut Unpacked, content: &[u8]) -> io::Result<Vec<u8>> {
        let (_folder, file) = file(content);
        let file = unpacked.plain(file)?;
        let mut text = Vec::new();
        file.read(0, file.length(), &mut text)?;
        Ok(text)
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    fn zstandard(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(order).collect()
    }

    #[test]
    fn what_is_packed_is_read_as_it_was_written() {
        let long = TEXT.repeat(20_000);
        for text in [TEXT, &long] {
            for packed in [
                gzip(text.as_bytes()),
                [gzip(&text.as_bytes()[..20]), gzip(&text.as_bytes()[20..])].concat(),
                zstandard(text.as_bytes()),
                [zstandard(b"2026"), zstandard(&text.as_bytes()[4..])].concat(),
                wide(text, u16::to_le_bytes),
                wide(text, u16::to_be_bytes),
            ] {
                let mut unpacked = Unpacked::default();
                let again = plain(&mut unpacked, &packed).unwrap();
                let more = plain(&mut unpacked, &packed).unwrap();

                let again = again.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&again);
                assert!(again == text.as_bytes());
                assert!(more.ends_with(again), "beside the first");
            }
        }
    }

    #[test]
    fn what_is_plain_stays_as_it_is() {
        let mut unpacked = Unpacked::default();
        for content in [
            TEXT.as_bytes(),
            b"",
            b"\0",
            b"\xff\xfe\0\n",
            b"\xff\xfe",
            b"\x1f\x8b",
        ] {
            assert_eq!(plain(&mut unpacked, content).unwrap(), content);
        }
        assert!(unpacked.file.is_none());
    }

    #[test]
    fn zeros_in_front_of_the_first_line_are_passed_over() {
        for zeros in [1, 4096, 300_000] {
            let content = [&vec![0; zeros], TEXT.as_bytes()].concat();
            assert_eq!(
                plain(&mut Unpacked::default(), &content).unwrap(),
                TEXT.as_bytes()
            );
        }
    }

    #[test]
    fn a_bomb_is_refused_and_what_comes_behind_it_is_read() {
        let mut unpacked = Unpacked {
            most: 100_000,
            ..Unpacked::default()
        };

        let error = plain(&mut unpacked, &gzip(&vec![b'x'; 10_000_000])).unwrap_err();
        assert!(error.to_string().contains("more than 1 GiB"), "{error}");
        let bomb = zstandard(&vec![b'x'; 10_000_000]);
        assert!(plain(&mut unpacked, &bomb).is_err());

        assert_eq!(plain(&mut unpacked, &gzip(b"small\n")).unwrap(), b"small\n");
    }

    #[test]
    fn what_is_damaged_is_read_as_far_as_it_goes_or_refused() {
        let text = TEXT.repeat(20_000);
        for packed in [gzip(text.as_bytes()), zstandard(text.as_bytes())] {
            let mut part = packed.clone();
            part.truncate(packed.len() / 2);
            let mut odd = packed.clone();
            odd[packed.len() / 3..].fill(0xa5);
            match plain(&mut Unpacked::default(), &part) {
                Ok(read) => assert!(text.as_bytes().starts_with(&read)),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
            // Whatever comes of it, it comes to an end.
            let _ = plain(&mut Unpacked::default(), &odd);
        }
    }
}
