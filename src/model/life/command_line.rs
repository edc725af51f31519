//! Whether a live process runs the configured command.

/// Whether a process with the command line `actual` can be one that `configured`
/// started.
///
/// The arguments must be at the end of the command line, and what comes before
/// them must be the program: the same file name, with a version at its end passed
/// over (`python3` and `Python` run as `python3.11`). What comes before that is an
/// interpreter that the kernel put there for a `#!` line (`execve(2)`).
///
/// A shell that is given one command (`sh -c "exec daemon --fast"`) becomes that, or has it
/// below it.
pub fn fits(configured: &[String], actual: &[String]) -> bool {
    runs(configured, actual) || given_to_shell(configured).is_some_and(|given| runs(&given, actual))
}

/// Whether a process that runs this program, as the kernel has it, has changed its title, and may
/// be the configured one.
pub fn fits_with_title(configured: &[String], actual: &[String], program: &str) -> bool {
    let name = |word: Option<&String>| word.map(|word| bare_name(word));
    let program = Some(bare_name(program));
    name(configured.first()) == program && name(actual.first()) != program
}

fn runs(configured: &[String], actual: &[String]) -> bool {
    let Some((program, arguments)) = configured.split_first() else {
        return false;
    };
    let Some(before) = actual.strip_suffix(arguments) else {
        return false;
    };
    before
        .last()
        .is_some_and(|last| bare_name(last) == bare_name(program))
}

/// The command that a shell is given, if that is one alone, in plain words.
fn given_to_shell(configured: &[String]) -> Option<Vec<String>> {
    const SHELLS: [&str; 5] = ["sh", "bash", "dash", "ksh", "zsh"];
    let [shell, option, script] = configured else {
        return None;
    };
    let is_given = SHELLS.contains(&bare_name(shell).as_str())
        && option.starts_with('-')
        && option.ends_with('c');
    let is_plain = !script.contains(|c: char| ";|&<>$`*?#~(){}[]!\n".contains(c));
    let mut words = shell_words::split(script)
        .ok()
        .filter(|_| is_given && is_plain)?;
    if words.first().is_some_and(|first| first == "exec") {
        words.remove(0);
    }
    Some(words)
}

/// The file name without folder, version and case.
fn bare_name(program: &str) -> String {
    let name = program.rsplit('/').next().unwrap_or(program);
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if bare.is_empty() { name } else { bare }.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_same_command_fits() {
        let configured = words("python3 -m src.automation.daemon");

        assert!(fits(&configured, &configured));
        assert!(fits(
            &configured,
            &words("/usr/bin/python3.11 -m src.automation.daemon")
        ));
        assert!(fits(
            &configured,
            &words("/opt/homebrew/Python.app/Contents/MacOS/Python -m src.automation.daemon")
        ));
    }

    #[test]
    fn a_script_fits_behind_its_interpreter() {
        assert!(fits(
            &words("/srv/run.sh --fast"),
            &words("/bin/sh /srv/run.sh --fast")
        ));
    }

    #[test]
    fn what_a_shell_was_given_fits() {
        let configured = |script: &str| vec!["/bin/bash".into(), "-c".into(), script.to_owned()];

        for script in ["sleep 300", "exec sleep 300"] {
            assert!(fits(&configured(script), &words("sleep 300")), "{script}");
            assert!(fits(&configured(script), &configured(script)), "{script}");
        }
        for script in ["sleep 300; true", "sleep $time", "", "exec"] {
            assert!(!fits(&configured(script), &words("sleep 300")), "{script}");
        }
        assert!(!fits(&words("python3 -c sleep"), &words("sleep")));
    }

    #[test]
    fn a_changed_title_fits_by_the_program() {
        let configured = words("python3 daemon.py");
        let title = vec!["celery: master [inneros]".to_owned(), String::new()];

        assert!(fits_with_title(&configured, &title, "/usr/bin/python3.11"));
        assert!(!fits_with_title(&configured, &title, "/usr/bin/ruby"));
        // That one is another script.
        let other = words("python3 other.py");
        assert!(!fits_with_title(&configured, &other, "/usr/bin/python3.11"));
        assert!(!fits_with_title(&[], &title, "/usr/bin/python3.11"));
    }

    #[test]
    fn another_command_does_not_fit() {
        let configured = words("python3 -m src.automation.daemon");

        assert!(!fits(&configured, &words("python3 -m http.server")));
        assert!(!fits(&configured, &words("vim -m src.automation.daemon")));
        assert!(!fits(&configured, &words("python3")));
        assert!(!fits(&configured, &[]));
        assert!(!fits(&[], &words("python3")));
    }

    #[test]
    fn the_arguments_alone_do_not_fit() {
        assert!(!fits(&words("sleep 60"), &words("60")));
    }
}
