//! The XDG autostart entry (Desktop Entry Specification 1.5).

use super::program::{is_bare, plain, unwrapped, value, words_of};
use super::seal::Seal;
use super::{EntryReading, LoginEntry};

/// The file in the autostart folder.
pub const FILE_NAME: &str = "dev.inneros.tray.desktop";

/// The same without its ending, as desktops name a program.
pub const ID: &str = "dev.inneros.tray";

/// A key and not a comment: KDE's settings keep keys alone.
const SEAL: Seal = Seal {
    before: "X-InnerOS-Checksum=",
    after: "",
};

/// What desktops switch in their settings, which is no edit by hand.
const SWITCHES: [&str; 2] = ["Hidden", "X-GNOME-Autostart-enabled"];

/// Writes an entry.
pub fn write(entry: &LoginEntry) -> String {
    let words: Vec<String> = plain(&entry.command)
        .iter()
        .map(|word| exec_word(word))
        .collect();
    let program = entry.command.first().map_or("", String::as_str);
    let text = format!(
        "\
[Desktop Entry]
Type=Application
Version=1.0
Name=InnerOS
Comment=Shows whether the InnerOS daemon runs, and controls it
Exec={}
TryExec={}
Terminal=false
StartupNotify=false
X-GNOME-Autostart-enabled=true
",
        escape(&words.join(" ")),
        escape(program),
    );
    let mark = SEAL.line(sealed(&text));
    format!("{text}{mark}\n")
}

/// Reads an entry.
pub fn read(text: &str) -> EntryReading {
    let mark = SEAL.line(sealed(text));
    let value = |key: &str| value(text, "[Desktop Entry]", key);
    let command = value("Exec")
        .and_then(|exec| words_of(&exec.replace(r"\\", r"\")))
        .filter(|words| !words.is_empty())
        .map(unwrapped);
    EntryReading {
        on: command.is_some()
            && value("Hidden") != Some("true")
            && value("X-GNOME-Autostart-enabled") != Some("false"),
        command,
        intact: text.split('\n').any(|line| line == mark),
        mark,
    }
}

/// The lines under the seal. Desktops that flip a switch may sort the others.
fn sealed(text: &str) -> impl Iterator<Item = &str> {
    let mut lines: Vec<&str> = text
        .split('\n')
        .filter(|line| {
            let key = line.split('=').next().unwrap_or_default().trim();
            !line.is_empty() && !SEAL.is_mark(line) && !SWITCHES.contains(&key)
        })
        .collect();
    lines.sort_unstable();
    lines.into_iter()
}

/// A word of `Exec`, before the escapes that every string has.
fn exec_word(word: &str) -> String {
    if is_bare(word) {
        return word.to_owned();
    }
    let mut quoted = String::from('"');
    for character in word.chars() {
        match character {
            '"' | '`' | '$' | '\\' => quoted.extend(['\\', character]),
            '%' => quoted.push_str("%%"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// The escapes of every value of type string. Control characters do not come here.
fn escape(value: &str) -> String {
    value.replace('\\', r"\\")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{HOSTILE, entry};
    use super::*;

    #[test]
    fn a_plain_path_is_written_plainly() {
        let text = write(&entry(&["/usr/bin/inneros-tray"]));

        assert!(text.starts_with("[Desktop Entry]\nType=Application\n"));
        assert!(text.contains("\nExec=/usr/bin/inneros-tray\n"), "{text}");
        assert!(text.contains("\nTryExec=/usr/bin/inneros-tray\n"), "{text}");
        assert!(text.contains("\nX-GNOME-Autostart-enabled=true\n"));
    }

    #[test]
    fn both_levels_of_escapes_are_written() {
        let text = write(&entry(&["/bin/tray", "--home", r#"/a b/"$x`\50%"#]));

        // Desktop Entry Specification, "The Exec key": a backslash needs four.
        let exec = r#"Exec=/bin/tray --home "/a b/\\"\\$x\\`\\\\50%%""#;
        assert!(text.lines().any(|line| line == exec), "{text}");
    }

    #[test]
    fn the_program_is_tried_under_its_own_name() {
        let text = write(&entry(&[r"/a=\b/inneros-tray"]));

        assert!(text.contains("\nTryExec=/a=\\\\b/inneros-tray\n"), "{text}");
        assert!(text.contains("\nExec=/bin/sh -c \"exec"), "{text}");
    }

    #[test]
    fn every_path_survives() {
        for path in HOSTILE {
            let command = [path, "--home", path, "", " "];

            let reading = read(&write(&entry(&command)));

            assert_eq!(
                reading.command.as_deref(),
                Some(&command.map(str::to_owned)[..])
            );
            assert!(reading.on && reading.intact);
        }
    }

    #[test]
    fn a_desktops_switch_is_honoured_and_no_edit() {
        let text = write(&entry(&["/bin/tray"]));
        let off = text.replace("enabled=true", "enabled=false");
        let hidden = text.replace("Terminal", "Hidden=true\nTerminal");
        let mut sorted: Vec<&str> = hidden.lines().skip(1).collect();
        sorted.sort_unstable();
        let sorted = format!("[Desktop Entry]\n{}\n", sorted.join("\n"));

        for text in [off, hidden, sorted] {
            let reading = read(&text);
            assert!(!reading.on, "{text}");
            assert!(reading.intact, "{text}");
        }
    }

    #[test]
    fn an_edit_is_noticed() {
        let text = write(&entry(&["/bin/tray"]));

        for edited in [
            text.replace("/bin/tray", "/bin/other"),
            text.replace("Terminal=false\n", ""),
            format!("{text}# mine\n"),
            format!("{text}X-KDE-autostart-after=panel\n"),
            text.replace("Checksum=", "Checksum=0"),
            text.lines().take(10).collect::<Vec<_>>().join("\n"),
        ] {
            assert_ne!(edited, text);
            assert!(!read(&edited).intact, "{edited}");
        }
    }

    #[test]
    fn an_entry_of_somebody_else_is_read() {
        let reading = read(
            "# mine\n[Desktop Entry]\nExec = env  A=b \"/x y\" %U 50%% \n\
             [Desktop Action x]\nHidden=true\n",
        );
        let words = ["env", "A=b", "/x y", "%U", "50%"].map(str::to_owned);
        assert_eq!(reading.command.as_deref(), Some(&words[..]));
        assert!(reading.on && !reading.intact);

        for broken in [
            "",
            "Exec=/bin/x\n",
            "[Desktop Entry]\nExec=\n",
            "[Desktop Entry]\nExec=\"/bin/x\n",
            "[Desktop Entry]\nHidden=true\n",
        ] {
            let reading = read(broken);
            assert_eq!(reading.command, None, "{broken}");
            assert!(!reading.on && !reading.intact, "{broken}");
        }
    }
}
