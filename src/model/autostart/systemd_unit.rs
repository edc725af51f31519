//! The unit of the user's systemd (`systemd.service(5)`, `systemd.syntax(7)`).

use super::program::{is_bare, plain, unwrapped, value, words_of};
use super::seal::Seal;
use super::{EntryReading, LoginEntry};

/// Its name, and that of its file.
pub const NAME: &str = "inneros-daemon.service";

const SEAL: Seal = Seal {
    before: "# Written by `inneros autostart`, checksum ",
    after: "",
};

/// What lets systemd read what was written.
pub const RELOAD: [&str; 2] = ["--user", "daemon-reload"];
/// What makes the link by which systemd starts the unit at login. Without `--now`:
/// nothing is started yet.
pub const ENABLE: [&str; 3] = ["--user", "enable", NAME];
/// What removes that link. Without `--now`: what runs goes on.
pub const DISABLE: [&str; 3] = ["--user", "disable", NAME];
/// Whether it is enabled by a link in another place than ours.
pub const IS_ENABLED: [&str; 4] = ["--user", "--quiet", "is-enabled", NAME];

/// Writes a unit.
///
/// `KillMode=mixed`: SIGTERM goes to the supervisor alone, which stops the daemon in its
/// own way and time; what is left after that is killed.
pub fn write(entry: &LoginEntry) -> String {
    let line = exec_line(&entry.command);
    let text = format!(
        "\
[Unit]
Description=InnerOS daemon

[Service]
Type=exec
NotifyAccess=main
ExecStart={}
Restart=no
KillMode=mixed
TimeoutStopSec={}

[Install]
WantedBy=default.target
",
        line,
        entry.stop_seconds(),
    );
    let mark = SEAL.line(sealed(&text));
    format!("{mark}\n{text}")
}

/// Reads a unit. Whether it is enabled is not in it.
pub fn read(text: &str) -> EntryReading {
    let mark = SEAL.line(sealed(text));
    let command = value(text, "[Service]", "ExecStart")
        .and_then(|line| words_of(line.trim_start_matches(['@', '-', ':', '+', '!'])))
        .filter(|words| !words.is_empty())
        .map(unwrapped);
    EntryReading {
        on: command.is_some(),
        command,
        intact: text.split('\n').any(|line| line == mark),
        mark,
    }
}

fn sealed(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').filter(|line| !SEAL.is_mark(line))
}

/// A command line as `ExecStart` has it.
pub fn exec_line(command: &[String]) -> String {
    let words: Vec<String> = plain(command).iter().map(|word| exec_word(word)).collect();
    words.join(" ")
}

/// A word of `ExecStart`.
fn exec_word(word: &str) -> String {
    if is_bare(word) {
        return word.to_owned();
    }
    let mut quoted = String::from('"');
    for character in word.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '%' | '$' => quoted.extend([character, character]),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::super::tests::{HOSTILE, entry};
    use super::*;

    #[test]
    fn a_unit_runs_the_supervisor_once() {
        let text = write(&entry(&["/usr/bin/inneros", "daemon", "run"]));

        for line in [
            "Type=exec",
            "NotifyAccess=main",
            "ExecStart=/usr/bin/inneros daemon run",
            "Restart=no",
            "KillMode=mixed",
            "TimeoutStopSec=30",
            "WantedBy=default.target",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        assert!(text.starts_with("# Written by `inneros autostart`"));
    }

    #[test]
    fn percent_dollar_quotes_and_backslashes_are_escaped() {
        let text = write(&entry(&["/bin/inneros", "--home", r#"/a b/"$x'\50%"#]));

        let line = r#"ExecStart=/bin/inneros --home "/a b/\"$$x'\\50%%""#;
        assert!(text.lines().any(|found| found == line), "{text}");
    }

    #[test]
    fn every_path_survives() {
        for path in HOSTILE {
            let command = [path, "--home", path, "", " ", ";"];

            let reading = read(&write(&entry(&command)));

            assert_eq!(
                reading.command.as_deref(),
                Some(&command.map(str::to_owned)[..])
            );
            assert!(reading.on && reading.intact);
        }
    }

    #[test]
    fn an_edit_is_noticed() {
        let text = write(&entry(&["/bin/inneros", "daemon", "run"]));

        for edited in [
            text.replace("Restart=no", "Restart=always"),
            text.replace("[Install]", "# mine\n[Install]"),
            text.lines().skip(1).collect::<Vec<_>>().join("\n"),
            format!("{text}\n"),
        ] {
            assert!(!read(&edited).intact, "{edited}");
        }
    }

    #[test]
    fn a_unit_of_somebody_else_is_read() {
        let reading =
            read("[Service]\nExecStart=/bin/a\n# no\nExecStart = -:\"/x y/inneros\" daemon  run\n");
        let words = ["/x y/inneros", "daemon", "run"].map(str::to_owned);
        assert_eq!(reading.command.as_deref(), Some(&words[..]));
        assert!(!reading.intact);

        for broken in [
            "",
            "[Service]\nExecStart=\n",
            "[Service]\nExecStart=\"/bin/x\n",
        ] {
            assert_eq!(read(broken).command, None, "{broken}");
        }
    }
}
