//! `inneros completions`

use std::process::Command;

use crate::home::Home;
use crate::skip::not_run;

#[test]
fn every_shell_has_its_completions() {
    let home = Home::new();
    for (shell, mark) in [
        ("bash", "complete -F _inneros"),
        ("zsh", "#compdef inneros"),
        ("fish", "complete -c inneros"),
        ("elvish", "edit:completion:arg-completer[inneros]"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        home.inneros(["completions", shell])
            .code(0)
            .stderr_is("")
            .stdout_has(mark)
            .stdout_has("restart")
            .stdout_has("timeout");
    }
}

#[test]
fn an_unknown_shell_is_a_usage_error() {
    let home = Home::new();

    home.inneros(["completions", "tcsh"])
        .refused(2, "invalid value 'tcsh'")
        .stderr_has("bash");
    home.inneros(["completions"]).refused(2, "<SHELL>");
}

#[test]
fn completions_need_no_configuration() {
    let home = Home::new().config("[daemon\n");

    home.inneros(["completions", "bash"]).code(0);
}

/// What is configured where names are asked for.
const TABLES: &str = "[jobs.backup]\ncommand = ['true']\n\
    [daemons.vault]\ncommand = ['true']\n[daemons.sync]\ncommand = ['true']\n";

/// What a shell offers behind these words, in a folder with a file, in a home with a job and daemons; nothing
/// where there is no such shell.
fn offered(shell: &str, words: &[&str]) -> Option<Vec<String>> {
    let home = Home::new().config(TABLES);
    home.write("a-file", "");
    home.write_program("tools/crontab", crate::jobs::STAND_IN);
    home.write("crontab.txt", "0 5 * * * /opt/sweep.sh\n");
    let path = format!(
        "{}:{}:/usr/bin:/bin",
        home.path().join("tools").display(),
        home.program().parent().unwrap().display(),
    );
    let script = home.write(
        "script",
        home.inneros(["completions", shell]).code(0).stdout(),
    );
    let (script, line) = (script.display(), words.join(" "));
    let mut command = Command::new(shell);
    match shell {
        "fish" => command
            .args(["--no-config", "-c"])
            .arg(format!("source {script}; complete -C '{line} '")),
        _ => command.args(["--norc", "--noprofile", "-c"]).arg(format!(
            "source {script}; COMP_WORDS=({line} ''); COMP_CWORD={}; _inneros inneros '' {}; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"; complete -p inneros",
            words.len(),
            words[words.len() - 1],
        )),
    };
    command
        .current_dir(home.path())
        .env("HOME", home.path())
        .env("PATH", path);
    let output = match command.output() {
        Err(error) => {
            not_run(&format!("{shell}: {error}"));
            return None;
        }
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
    };
    let first = output
        .lines()
        .map(|line| line.split('\t').next().unwrap_or_default().to_owned());
    Some(first.collect())
}

#[test]
fn a_shell_offers_words_where_words_are_expected_and_files_where_files_are() {
    let levels = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
    for shell in ["bash", "fish"] {
        for (words, expected) in [
            (&["inneros", "daemon", "logs", "--level"][..], &levels[..]),
            (&["inneros", "logs", "--level"], &levels),
            (
                &["inneros", "completions"],
                &["bash", "elvish", "fish", "powershell", "zsh"],
            ),
            (&["inneros", "autostart", "enable"], &["tray", "daemon"]),
            (
                &["inneros"],
                &[
                    "start", "stop", "restart", "status", "logs", "run", "doctor",
                ],
            ),
            (&["inneros", "--config"], &["a-file"]),
        ] {
            let Some(offered) = offered(shell, words) else {
                continue;
            };

            for word in expected {
                assert!(
                    offered.iter().any(|known| known == word),
                    "{shell} {words:?}: {offered:?}"
                );
            }
            let has_file = offered.iter().any(|known| known == "a-file");
            assert_eq!(
                has_file,
                expected.contains(&"a-file"),
                "{shell} {words:?}: {offered:?}"
            );
        }
        for words in [
            &["inneros", "daemon", "start"][..],
            &["inneros", "daemon", "logs", "--grep"],
            &["inneros", "daemon", "stop", "--timeout"],
        ] {
            let Some(offered) = offered(shell, words) else {
                continue;
            };
            assert!(
                !offered.iter().any(|known| known == "a-file"),
                "{shell} {words:?}: {offered:?}"
            );
        }
        // What bash does where no word fits.
        if let Some(offered) = offered("bash", &["inneros", "daemon", "start"]) {
            let registered = &offered[offered.len() - 1];
            assert!(!registered.contains("default"), "{registered}");
        }
    }
    let home = Home::new();
    home.inneros(["completions", "zsh"])
        .code(0)
        .stdout_has(":LEVEL:(DEBUG INFO WARNING ERROR CRITICAL)");
    let zsh = home.write("script", home.inneros(["completions", "zsh"]).stdout());
    match Command::new("zsh").arg("-n").arg(zsh).status() {
        Err(error) => not_run(&format!("zsh: {error}")),
        Ok(status) => assert!(status.success()),
    }
}

#[test]
fn bash_and_fish_offer_the_names_of_the_jobs() {
    for shell in ["bash", "fish"] {
        for command in [
            "run",
            "list",
            "status",
            "logs",
            "enable",
            "disable",
            "acknowledge",
            "adopt",
        ] {
            let Some(offered) = offered(shell, &["inneros", "job", command]) else {
                continue;
            };
            for name in ["backup", "sweep"] {
                assert!(
                    offered.iter().any(|word| word == name),
                    "{shell} {command}: {offered:?}"
                );
            }
            let odd = ["a-file", "[NAME]...", "<NAME>", "NAME"];
            assert!(
                !offered.iter().any(|word| odd.contains(&word.as_str())),
                "{shell} {command}: {offered:?}"
            );
        }
        let Some(offered) = offered(shell, &["inneros", "job", "disable", "backup", "--for"])
        else {
            continue;
        };
        assert!(
            !offered.contains(&"a-file".to_owned()),
            "{shell}: {offered:?}"
        );
    }
}

/// Its completion works in its line editor only: that of a shell on a terminal of its own.
const IN_ZSH: &str = r#"
zmodload zsh/zpty
zpty it "TERM=dumb zsh -f -i"
zpty -w it "PS1=; autoload -U compinit; compinit -u -D; source $1; compdef _inneros inneros; bindkey '^X' list-choices; LISTMAX=1000; echo read''y"
zpty -r -m it out '*ready*'
zpty -n -w it "$2"$'\x18'
zpty -r -m it out "*$3*"
print -r -- "$out"
zpty -d it
"#;

#[test]
fn bash_and_fish_offer_the_names_of_the_daemons() {
    for shell in ["bash", "fish"] {
        for words in [
            &["inneros", "daemon", "start"][..],
            &["inneros", "daemon", "list"],
            &["inneros", "daemon", "logs"],
            &["inneros", "daemon", "run"],
            &["inneros", "stop"],
            &["inneros", "restart"],
            &["inneros", "status"],
            &["inneros", "config", "show"],
        ] {
            let Some(offered) = offered(shell, words) else {
                continue;
            };
            for name in ["vault", "sync"] {
                assert!(
                    offered.iter().any(|word| word == name),
                    "{shell} {words:?}: {offered:?}"
                );
            }
        }
        // These are names of other things.
        for words in [
            &["inneros", "job", "status"][..],
            &["inneros", "autostart", "status"],
        ] {
            if let Some(offered) = offered(shell, words) {
                assert!(
                    !offered.contains(&"vault".to_owned()),
                    "{shell} {words:?}: {offered:?}"
                );
            }
        }
    }
}

#[test]
fn zsh_offers_the_names_of_jobs_and_daemons() {
    let home = Home::new().config(TABLES);
    home.write_program("tools/crontab", crate::jobs::STAND_IN);
    home.write("crontab.txt", "0 5 * * * /opt/sweep.sh\n");
    let completions = home.inneros(["completions", "zsh"]);
    let script = home.write("script", completions.code(0).stdout());
    let path = format!(
        "{}:{}:/usr/bin:/bin",
        home.path().join("tools").display(),
        home.program().parent().unwrap().display(),
    );
    let names = [
        ("job run", ["backup", "sweep"]),
        ("job disable", ["backup", "sweep"]),
        ("daemon start", ["sync", "vault"]),
        ("stop", ["sync", "vault"]),
        ("config show", ["sync", "vault"]),
    ];
    for (command, names) in names {
        let asked = Command::new("timeout")
            .args(["60", "zsh", "-f", "-c", IN_ZSH, "zsh"])
            .arg(&script)
            .arg(format!("inneros {command} "))
            // The one that is printed last.
            .arg(names[1])
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", &path)
            .output()
            .unwrap();
        // What `timeout` says of a program that is not there.
        if asked.status.code() == Some(127) {
            not_run("zsh: it is not installed");
            return;
        }
        let shown = String::from_utf8_lossy(&asked.stdout);
        let words: Vec<&str> = shown.split_whitespace().collect();

        assert!(
            names.iter().all(|name| words.contains(name)),
            "{command}: {asked:?}"
        );
    }
}
