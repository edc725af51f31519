//! Which jobs are selected: names, patterns, a group.

/// Whether a name matches a pattern, in which `*` stands for any characters and `?` for one.
pub fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Where to go on when the last star has to take one more.
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, n));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[n] => {
                p += 1;
                n += 1;
            }
            Some(_) | None => match &mut star {
                Some((after, taken)) => {
                    *taken += 1;
                    (p, n) = (*after, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// The first of the patterns that matches none of the names.
pub fn unknown<'a>(patterns: &'a [String], names: &[&str]) -> Option<&'a str> {
    let fits_none = |pattern: &&String| !names.iter().any(|name| fits(pattern, name));
    patterns.iter().find(fits_none).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit() {
        for (pattern, name, expected) in [
            ("backup", "backup", true),
            ("backup", "backups", false),
            ("back*", "backup", true),
            ("*up", "backup", true),
            ("b*k*p", "backup", true),
            ("b?ckup", "backup", true),
            ("?", "", false),
            ("*", "", true),
            ("a*b*c", "abbbcbc", true),
            ("a*b*c", "abbbcb", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
