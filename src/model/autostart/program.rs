//! Which program an entry names, and how.

use std::path::{Component, Path, PathBuf};

/// This program, by the names that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// As it was called: it may lead through symbolic links, which stay the same when a
    /// package manager puts a new version behind them.
    pub called: PathBuf,
    /// The file itself.
    pub file: PathBuf,
}

impl Program {
    /// The application bundle that it lives in.
    pub fn bundle(&self) -> Option<&Path> {
        bundle(&self.file)
    }

    /// Where the program of this name may be, beside this one: the best place first.
    pub fn beside(&self, name: &str) -> Vec<PathBuf> {
        let mut places = Vec::new();
        let steady = self.called.is_absolute()
            && !self.called.components().any(|c| c == Component::ParentDir);
        // A bundle is a unit: a link into it is only a way to call it.
        if steady && self.bundle().is_none() {
            places.push(self.called.with_file_name(name));
        }
        let file = self.file.with_file_name(name);
        if !places.contains(&file) {
            places.push(file);
        }
        places
    }

    /// The program to go on as where this one was called by a link into a bundle: macOS
    /// takes a process for a part of the bundle only by the path that it was called by.
    pub fn inside_bundle(&self) -> Option<&Path> {
        let outside = bundle(&self.called) != self.bundle();
        (outside && self.bundle().is_some()).then_some(self.file.as_path())
    }
}

/// The `X.app` of `…/X.app/Contents/MacOS/program`.
pub fn bundle(program: &Path) -> Option<&Path> {
    let macos = program.parent()?;
    let contents = macos.parent()?;
    let bundle = contents.parent()?;
    let is_one = macos.ends_with("MacOS")
        && contents.ends_with("Contents")
        && bundle
            .extension()
            .is_some_and(|extension| extension == "app");
    is_one.then_some(bundle)
}

/// Why macOS will not find a program again at the next login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsteady {
    /// A downloaded app that was not moved yet runs from a copy that is made again each
    /// time (Gatekeeper's path randomization).
    Translocated,
    /// It is on a disk image or another disk that may not be there.
    OtherDisk,
}

/// Whether a program on a Mac is where it cannot stay.
pub fn unsteady(program: &Path) -> Option<Unsteady> {
    let translocated = program
        .components()
        .any(|c| c == Component::Normal("AppTranslocation".as_ref()));
    if translocated {
        return Some(Unsteady::Translocated);
    }
    program
        .starts_with("/Volumes")
        .then_some(Unsteady::OtherDisk)
}

/// The words that make a program replace itself by the command that follows them.
const THROUGH_ENV: [&str; 1] = ["/usr/bin/env"];
/// `env` takes a word with `=` for a variable; a shell does not.
const THROUGH_SHELL: [&str; 3] = ["/bin/sh", "-c", r#"exec "$0" "$@""#];

/// A command line whose program every reader of desktop entries and units takes.
///
/// systemd refuses a program whose path has quotes or backslashes, and replaces no `$$` in
/// it; `GLib` looks for the program before it has replaced `%%`; the Desktop Entry
/// Specification forbids `=` in it. As arguments of another program they are all fine.
pub fn plain(command: &[String]) -> Vec<String> {
    let program = command.first().map_or("", String::as_str);
    let before: &[&str] = if program.contains('=') {
        &THROUGH_SHELL
    } else if program.contains(['\'', '"', '`', '\\', '$', '%']) {
        &THROUGH_ENV
    } else {
        &[]
    };
    let before = before.iter().map(|&word| word.to_owned());
    before.chain(command.iter().cloned()).collect()
}

/// The value of a key in a group of an entry, as it is written; of several the last.
pub fn value<'a>(text: &'a str, group: &str, key: &str) -> Option<&'a str> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| *line == group)?;
    lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| name.trim_end() == key)
        .last()
        .map(|(_, value)| value.trim_start())
}

/// The words of a command line as entries and units of ours have it: what is not bare is in
/// double quotes, if a backslash takes the next character as it is, and two `%` or `$` are
/// one. What others write is read as far as it is written so.
pub fn words_of(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let (mut word, mut quoted) = (None::<String>, false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let next = match character {
            ' ' if !quoted => {
                words.extend(word.take());
                continue;
            }
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
                continue;
            }
            '\\' if quoted => characters.next()?,
            '%' | '$' => characters.next_if_eq(&character).unwrap_or(character),
            other => other,
        };
        word.get_or_insert_default().push(next);
    }
    words.extend(word);
    (!quoted).then_some(words)
}

/// The command line that [`plain`] was given.
pub fn unwrapped(mut words: Vec<String>) -> Vec<String> {
    for before in [&THROUGH_ENV[..], &THROUGH_SHELL] {
        if words.len() > before.len() && words.iter().zip(before).all(|(a, b)| a == b) {
            words.drain(..before.len());
            break;
        }
    }
    words
}

/// Whether a word needs no quotes anywhere.
pub fn is_bare(word: &str) -> bool {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "/._+,:@-".contains(c);
    !word.is_empty() && word.chars().all(harmless)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(called: &str, file: &str) -> Program {
        Program {
            called: called.into(),
            file: file.into(),
        }
    }

    #[test]
    fn a_bundle_is_told_by_its_folders() {
        let of = |path: &str| bundle(Path::new(path)).map(|path| path.display().to_string());

        assert_eq!(
            of("/Applications/InnerOS.app/Contents/MacOS/inneros").as_deref(),
            Some("/Applications/InnerOS.app")
        );
        assert_eq!(
            of("/Users/ü x/My & Own.app/Contents/MacOS/inneros-tray").as_deref(),
            Some("/Users/ü x/My & Own.app")
        );
        assert_eq!(of("/usr/local/bin/inneros"), None);
        assert_eq!(of("/x.app/Contents/Resources/inneros"), None);
        assert_eq!(of("/x/Contents/MacOS/inneros"), None);
        assert_eq!(of("/app/Contents/MacOS/inneros"), None);
        assert_eq!(of("inneros"), None);
    }

    #[test]
    fn a_link_of_a_package_manager_is_kept() {
        let program = program(
            "/opt/homebrew/bin/inneros",
            "/opt/homebrew/Cellar/inneros/0.1.0/bin/inneros",
        );

        assert_eq!(
            program.beside("inneros-tray"),
            [
                Path::new("/opt/homebrew/bin/inneros-tray"),
                Path::new("/opt/homebrew/Cellar/inneros/0.1.0/bin/inneros-tray"),
            ]
        );
        assert_eq!(program.inside_bundle(), None);
    }

    #[test]
    fn a_link_into_a_bundle_is_followed() {
        let file = "/Applications/InnerOS.app/Contents/MacOS/inneros";
        let program = program("/usr/local/bin/inneros", file);

        assert_eq!(
            program.beside("inneros-tray"),
            [Path::new(
                "/Applications/InnerOS.app/Contents/MacOS/inneros-tray"
            )]
        );
        assert_eq!(program.inside_bundle(), Some(Path::new(file)));
    }

    #[test]
    fn in_a_bundle_nothing_is_to_be_gone_on_as() {
        let file = "/Applications/InnerOS.app/Contents/MacOS/inneros";

        assert_eq!(program(file, file).inside_bundle(), None);
        assert_eq!(program("/bin/a", "/bin/b").inside_bundle(), None);
    }

    #[test]
    fn a_relative_call_gives_way_to_the_file() {
        for called in ["./inneros", "/srv/../bin/inneros"] {
            assert_eq!(
                program(called, "/bin/inneros").beside("inneros-tray"),
                [Path::new("/bin/inneros-tray")]
            );
        }
    }

    #[test]
    fn translocated_and_mounted_programs_cannot_stay() {
        let of = |path: &str| unsteady(Path::new(path));
        let app = "X.app/Contents/MacOS/inneros";

        assert_eq!(
            of(&format!(
                "/private/var/folders/zz/T/AppTranslocation/1B2C/d/{app}"
            )),
            Some(Unsteady::Translocated)
        );
        assert_eq!(
            of(&format!("/Volumes/InnerOS/{app}")),
            Some(Unsteady::OtherDisk)
        );
        assert_eq!(of(&format!("/Applications/{app}")), None);
        assert_eq!(of("/Users/x/AppTranslocations/inneros"), None);
        assert_eq!(of("/VolumesOfMine/inneros"), None);
    }

    #[test]
    fn another_program_takes_what_readers_refuse() {
        let command = |program: &str| vec![program.to_owned(), "run".to_owned()];

        for program in ["/bin/inneros", "/a b/ü & <x>/inneros"] {
            assert_eq!(plain(&command(program)), command(program));
        }
        for program in ["/a'", "/a\"", "/a`", "/a\\", "/$a", "/50%"] {
            let plain = plain(&command(program));
            assert_eq!(plain[0], "/usr/bin/env");
            assert_eq!(unwrapped(plain), command(program));
        }
        let plain = plain(&command("/a='b"));
        assert_eq!(plain[0], "/bin/sh");
        assert_eq!(unwrapped(plain), command("/a='b"));
        assert_eq!(unwrapped(command("/bin/sh")), command("/bin/sh"));
    }
}
