//! What wrote an entry.

/// A component: by its name or the part of it in front of a dot, or with `*` for any
/// characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component(pub String);

impl Component {
    /// Whether a name matches.
    pub fn fits(&self, name: &str) -> bool {
        let Some((begin, rest)) = self.0.split_once('*') else {
            return name
                .strip_prefix(&self.0)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        };
        let Some(mut name) = name.strip_prefix(begin) else {
            return false;
        };
        let mut parts = rest.split('*');
        let end = parts.next_back().unwrap_or_default();
        for part in parts {
            // The first place that matches leaves the most for the parts behind it.
            let Some((_, behind)) = name.split_once(part) else {
                return false;
            };
            name = behind;
        }
        name.ends_with(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_fits_up_to_a_dot_or_with_a_star() {
        let fits = |pattern: &str, name: &str| Component(pattern.into()).fits(name);

        for (pattern, name) in [
            ("src", "src"),
            ("src", "src.a"),
            ("src.a", "src.a.b"),
            ("src*", "srca"),
            ("*", ""),
            ("*b", "a.b"),
            ("s*.*b", "src.a.b"),
            ("*a*a*", "aa"),
        ] {
            assert!(fits(pattern, name), "{pattern} does not fit {name}");
        }
        for (pattern, name) in [
            ("src", "srca"),
            ("src.", "src.a"),
            ("a", "src.a"),
            ("*a", "a.b"),
            ("*ab*b", "ab"),
            ("a*a", "a"),
            ("", "a"),
        ] {
            assert!(!fits(pattern, name), "{pattern} fits {name}");
        }
    }
}
