//! The bytes that macOS gives for a process's arguments (`KERN_PROCARGS2`): a count,
//! the path of the executable, padding, then the arguments and the environment, each
//! ended by a NUL. Taken apart here so that it can be tested on every platform.

/// The arguments; nothing where the bytes are cut short.
#[cfg_attr(not(target_os = "macos"), allow(dead_code))]
pub fn parse(bytes: &[u8]) -> Option<Vec<String>> {
    let (count, rest) = bytes.split_first_chunk::<4>()?;
    let count = usize::try_from(i32::from_ne_bytes(*count)).ok()?;
    let path_end = rest.iter().position(|byte| *byte == 0)?;
    let rest = &rest[path_end..];
    let first = rest.iter().position(|byte| *byte != 0)?;
    let words: Vec<String> = rest[first..]
        .split(|byte| *byte == 0)
        .take(count)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    (words.len() == count).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_told_from_path_and_environment() {
        let mut bytes = 3_i32.to_ne_bytes().to_vec();
        bytes.extend(b"/usr/bin/python3\0\0\0\0python3\0-m\0daemon\0HOME=/x\0");

        assert_eq!(parse(&bytes).unwrap(), ["python3", "-m", "daemon"]);
    }

    #[test]
    fn short_bytes_are_refused() {
        assert_eq!(parse(b""), None);
        assert_eq!(parse(&[1, 0, 0, 0]), None);
        assert_eq!(parse(&[9, 0, 0, 0, b'a', 0, b'b', 0]), None);
        assert_eq!(parse(&[255, 255, 255, 255, b'a', 0, b'b', 0]), None);
    }
}
