//! Shell notation that people write in `env` and `command`.

use std::path::Path;

/// A value of `env` with `~/` and `$NAME` replaced as a shell would; `$$` is a dollar. An error
/// names a variable that is not set.
pub fn expanded(
    value: &str,
    home: &Path,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut text = String::new();
    // As in an assignment, a home may come after each colon.
    for (number, part) in value.split(':').enumerate() {
        if number > 0 {
            text.push(':');
        }
        match part.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                text += &home.to_string_lossy();
                text += rest;
            }
            Some(_) | None => text += part,
        }
    }
    let mut rest = text.as_str();
    let mut shown = String::new();
    while let Some((before, behind)) = rest.split_once('$') {
        shown += before;
        let (name, behind) = name(behind);
        rest = behind;
        match name {
            "$" => shown.push('$'),
            // A dollar that begins no name is one.
            "" => shown.push('$'),
            name => {
                let found = variable(name).ok_or_else(|| format!("${name} is not set"))?;
                shown += &found;
            }
        }
    }
    Ok(shown + rest)
}

/// The name behind a dollar, bare or in braces, and what follows it.
fn name(text: &str) -> (&str, &str) {
    if text.starts_with('$') {
        return text.split_at(1);
    }
    if let Some((name, rest)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        && is_name(name)
    {
        return (name, rest);
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    if is_name(name) {
        (name, rest)
    } else {
        ("", text)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// How a command would be written that is written as for a shell, if it is.
pub fn as_list(words: &[String]) -> Option<String> {
    const BUILT_IN: [&str; 9] = [
        ".", "alias", "cd", "exec", "export", "set", "source", "ulimit", "unset",
    ];
    let first = words.first()?.trim();
    let line = match words {
        [line] => line.trim().to_owned(),
        words => words.join(" "),
    };
    let needs_shell = BUILT_IN.contains(&first.split_whitespace().next()?)
        || words.iter().any(|word| has_operator(word));
    if needs_shell {
        return Some(list(&["sh".into(), "-c".into(), line]));
    }
    let split = match words {
        [line] => shell_words::split(line).ok()?,
        words => words.to_vec(),
    };
    let is_set = |word: &&String| word.split_once('=').is_some_and(|(name, _)| is_name(name));
    let set: Vec<&String> = split.iter().take_while(is_set).collect();
    let program = &split[set.len()..];
    if !set.is_empty() && !program.is_empty() {
        let env = set.iter().filter_map(|word| word.split_once('='));
        let env: Vec<String> = env
            .map(|(name, value)| format!("{name} = {value:?}"))
            .collect();
        return Some(format!(
            "{}, and env = {{ {} }}",
            list(program),
            env.join(", ")
        ));
    }
    (split.len() > words.len()).then(|| list(&split))
}

fn has_operator(word: &str) -> bool {
    let is_one = |part: &str| matches!(part, "&&" | "||" | "|" | ";" | "&" | ">" | ">>" | "<");
    word.split_whitespace().any(is_one) || word.split_whitespace().any(|part| part.ends_with(';'))
}

/// Words as a list in TOML.
pub fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<String, String> {
        expanded(text, Path::new("/home/me"), |name| match name {
            "PATH" => Some("/usr/bin:/bin".into()),
            "HOME" => Some("/home/me".into()),
            _ => None,
        })
    }

    #[test]
    fn homes_and_variables_are_replaced() {
        for (text, expected) in [
            ("~/cache", "/home/me/cache"),
            ("~", "/home/me"),
            ("$HOME/data", "/home/me/data"),
            ("${HOME}data", "/home/medata"),
            ("~/.venv/bin:$PATH", "/home/me/.venv/bin:/usr/bin:/bin"),
            ("$PATH:~/bin", "/usr/bin:/bin:/home/me/bin"),
            ("a$$b", "a$b"),
            ("5 $", "5 $"),
            ("$5", "$5"),
            ("a~/b", "a~/b"),
            ("~root/x", "~root/x"),
            ("plain", "plain"),
        ] {
            assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(value("$FOO/x"), Err("$FOO is not set".into()));
    }

    #[test]
    fn a_command_for_a_shell_is_shown_as_a_list() {
        for (words, expected) in [
            (&["sleep 300"][..], Some(r#"["sleep", "300"]"#)),
            (&["/bin/sleep 300"], Some(r#"["/bin/sleep", "300"]"#)),
            (&["cd x && y"], Some(r#"["sh", "-c", "cd x && y"]"#)),
            (
                &["source", "venv/bin/activate", "&&", "python"],
                Some(r#"["sh", "-c", "source venv/bin/activate && python"]"#),
            ),
            (&["source", "x"], Some(r#"["sh", "-c", "source x"]"#)),
            (
                &["A=b", "prog", "x"],
                Some(r#"["prog", "x"], and env = { A = "b" }"#),
            ),
            (&["A=b prog"], Some(r#"["prog"], and env = { A = "b" }"#)),
            (&["sleep", "300"], None),
            (&["prog"], None),
            (&["A=b"], None),
            (&["half 'quote"], None),
        ] {
            let words: Vec<String> = words.iter().map(|&word| word.into()).collect();
            assert_eq!(as_list(&words).as_deref(), expected, "{words:?}");
        }
    }
}
