//! The mark that distinguishes a file of ours from one that was edited: a line with the checksum
//! of the other lines. It is not a secret; it only notices changes.

/// What is around the checksum in a file's mark.
#[derive(Debug, Clone, Copy)]
pub struct Seal {
    /// Before it, from the beginning of the line.
    pub before: &'static str,
    /// After it, to the end of the line.
    pub after: &'static str,
}

impl Seal {
    /// The mark for a file with these other lines.
    pub fn line<'a>(self, others: impl Iterator<Item = &'a str>) -> String {
        let sum = checksum(others);
        format!("{}{sum:016x}{}", self.before, self.after)
    }

    /// Whether a line is a mark, whatever it says.
    pub fn is_mark(self, line: &str) -> bool {
        line.strip_prefix(self.before)
            .and_then(|rest| rest.strip_suffix(self.after))
            .is_some()
    }
}

/// FNV-1a, 64 bits: the same in every version of this program.
pub fn checksum<'a>(lines: impl Iterator<Item = &'a str>) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325;
    for line in lines {
        for byte in line.bytes().chain([b'\n']) {
            sum ^= u64::from(byte);
            sum = sum.wrapping_mul(0x0100_0000_01b3);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_fnv_1a() {
        // The last byte of each line is its end.
        assert_eq!(checksum([].into_iter()), 0xcbf2_9ce4_8422_2325);
        assert_eq!(checksum(["foobar"].into_iter()), 0x3453_16a7_168b_8506);
        assert_ne!(
            checksum(["a", "b"].into_iter()),
            checksum(["ab"].into_iter())
        );
    }
}
