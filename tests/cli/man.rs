//! `inneros man`, and that manual and completions have all that `--help` has.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::home::Home;
use crate::skip::not_run;

/// A command and what its help has.
struct Told {
    words: Vec<String>,
    about: String,
    flags: Vec<String>,
}

/// Every command, found by asking each for its help, the program first.
fn all(home: &Home) -> Vec<Told> {
    let mut found = Vec::new();
    let mut to_ask = vec![vec!["inneros".to_owned()]];
    while let Some(words) = to_ask.pop() {
        let arguments = words[1..].iter().map(String::as_str).chain(["-h"]);
        let help = home.inneros(arguments);
        let text = help.code(0).stdout();
        let below = part(text, "Commands:")
            .filter(|name| *name != "help")
            .map(|name| [words.as_slice(), &[name.to_owned()]].concat());
        to_ask.extend(below);
        let flags: Vec<String> = text
            .lines()
            .skip_while(|line| *line != "Options:")
            .filter(|line| line.trim_start().starts_with('-'))
            .flat_map(str::split_whitespace)
            .filter(|word| word.starts_with("--"))
            .map(str::to_owned)
            .collect();
        assert!(flags.len() > 5, "no flags were found: {text}");
        found.push(Told {
            about: text
                .lines()
                .next()
                .unwrap()
                .trim_end_matches('.')
                .to_owned(),
            words,
            flags,
        });
    }
    assert!(found.len() > 20, "the commands were not found");
    found
}

/// The first words of the lines under a heading. Those of a longer text stand further in.
fn part<'a>(text: &'a str, heading: &str) -> impl Iterator<Item = &'a str> {
    let mut lines = text.lines();
    lines.find(|line| *line == heading);
    lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(' ').next())
}

/// The text of a page without its bold and its own kind of hyphens.
fn plain(roff: &str) -> String {
    ["\\fB", "\\fR", "\\"]
        .iter()
        .fold(roff.to_owned(), |text, mark| text.replace(mark, ""))
}

#[test]
fn every_command_has_a_page_with_each_of_its_flags() {
    let home = Home::new();
    let told = all(&home);

    let answer = home.inneros(["man", "--json", "--dir", "share/man1"]);

    let answer = answer.code(0).json();
    let mut expected = Vec::new();
    for Told {
        words,
        about,
        flags,
    } in &told
    {
        let name = format!("{}.1", words.join("-"));
        let page = plain(&home.read(&format!("share/man1/{name}")));
        for text in [about, &words.join(" "), ".SH EXAMPLES"] {
            assert!(page.contains(text), "{name} lacks {text:?}: {page}");
        }
        // The synopsis before that names them, too.
        let options = page.split("\n.SH OPTIONS\n").nth(1).unwrap_or_default();
        for flag in flags {
            assert!(options.contains(flag), "{name} lacks {flag}: {page}");
        }
        expected.push(name);
    }
    expected.sort_unstable();
    let mut named: Vec<&str> = answer["pages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    named.sort_unstable();
    assert_eq!(named, expected);
    let written = fs::read_dir(home.path().join("share/man1")).unwrap();
    assert_eq!(written.count(), expected.len());
}

#[test]
fn completions_have_every_command_and_flag() {
    let home = Home::new();
    let told = all(&home);

    for shell in ["bash", "zsh", "fish"] {
        let script = home.inneros(["completions", shell]);

        for Told { words, flags, .. } in &told {
            script.code(0).stdout_has(&words[words.len() - 1]);
            for flag in flags {
                // Fish has `--json` as `-l json`.
                let name = &flag[2..];
                script.stdout_has(
                    match shell {
                        "fish" => format!(" -l {name}"),
                        _ => flag.clone(),
                    }
                    .as_str(),
                );
            }
        }
    }
}

#[test]
fn the_lines_of_examples_and_exit_codes_stay_lines() {
    let home = Home::new();

    let answer = home.inneros(["man"]);

    answer
        .code(0)
        .stderr_is("")
        .stdout_has(concat!(
            "\n.TH INNEROS 1 2026-11-30 \"inneros ",
            env!("CARGO_PKG_VERSION"),
            "\" \"User Commands\"\n"
        ))
        .stdout_has("\n.SH \"EXIT STATUS\"\n.nf\n0  done; status: running\n1  failed")
        .stdout_has("\n.SH EXAMPLES\n.nf\ninneros config init   ");
    assert_eq!(
        home.inneros(["man", "--json"]).code(0).json()["page"],
        answer.stdout()
    );
}

#[test]
fn the_manual_explains_files_and_every_variable_of_the_help() {
    let home = Home::new();
    let help = home.inneros(["--help"]);
    let page = plain(home.inneros(["man"]).code(0).stdout());

    for heading in [
        "\n.SH ENVIRONMENT\n.TP\n",
        "\n.SH FILES\n.TP\n",
        "\n.SH EXAMPLES\n",
    ] {
        assert_eq!(page.matches(heading).count(), 1, "{heading}: {page}");
    }
    let (_, variables) = help.stdout().split_once("Environment: ").unwrap();
    for variable in variables.split(|c: char| !(c.is_ascii_uppercase() || c == '_')) {
        let explained = page.lines().any(|line| line == variable);
        assert!(explained || variable.len() < 3, "{variable}: {page}");
    }
}

#[test]
fn the_judge_of_manuals_has_nothing_to_say() {
    let home = Home::new();
    home.inneros(["man", "--dir", "man1"]).code(0);
    let pages = fs::read_dir(home.path().join("man1")).unwrap();
    let pages = pages.map(|page| page.unwrap().path());

    let judged = Command::new("mandoc")
        .args(["-T", "lint"])
        .args(pages)
        .output();

    match judged {
        Err(error) => not_run(&format!("mandoc: {error}")),
        Ok(judged) => assert_eq!(String::from_utf8_lossy(&judged.stdout), ""),
    }
}

#[test]
fn a_command_has_its_own_options_first_and_the_others_below_a_heading() {
    let home = Home::new();
    let commands = all(&home);
    home.inneros(["man", "--dir", "man1"]).code(0);
    for Told { words, .. } in commands {
        let arguments = words[1..].iter().map(String::as_str);
        let help = home.inneros(arguments.chain(["--help"]));
        let page = home.read(&format!("man1/{}.1", words.join("-")));
        let page = plain(&page);
        for (text, own, global) in [
            (help.stdout(), "\nOptions:\n", "\nGlobal options:\n"),
            (&page, "\n.SH OPTIONS\n", "\n.SH GLOBAL OPTIONS\n"),
        ] {
            let text = text.replace('"', "");
            let (_, options) = text.split_once(own).expect(&text);
            let (own, global) = options.split_once(global).expect(&text);
            for flag in [
                "--json",
                "--config",
                "--home",
                "--quiet",
                "--verbose",
                "--color",
            ] {
                assert!(!own.contains(&format!("{flag} ")), "{flag} in {own}");
                assert!(global.contains(flag), "no {flag} in {global}");
            }
        }
    }
}

#[test]
fn a_manual_needs_no_configuration_and_leaves_none() {
    let home = Home::new().config("[daemon\n");
    let before = home.files();

    home.inneros(["man"]).code(0);

    assert_eq!(home.files(), before);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let home = Home::new();
    home.write("file", "");
    fs::create_dir(home.path().join("closed")).unwrap();
    fs::set_permissions(
        home.path().join("closed"),
        fs::Permissions::from_mode(0o555),
    )
    .unwrap();
    let home = home.unprivileged();

    home.inneros(["man", "--dir", "file/man1"])
        .refused(1, "cannot create folder 'file/man1'");
    home.inneros(["man", "--dir", "closed"])
        .refused(4, "permission denied: cannot write 'closed/inneros.1'");
}
