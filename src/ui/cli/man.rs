//! `inneros man`

use std::path::Path;

use clap::CommandFactory;
use serde_json::json;

use super::args::Cli;
use super::output::{Answer, Refusal};
use crate::model::config::KEYS;
use crate::os::man_pages;
use crate::ui::man_page::{self, Section};

fn environment() -> Section {
    let ours = [
        ("INNEROS_HOME", "The home folder, like --home."),
        ("INNEROS_CONFIG", "The configuration file, like --config."),
    ];
    let keys = KEYS
        .iter()
        .filter_map(|key| Some((key.variable?, key.name)))
        .map(|(variable, key)| (variable.to_owned(), format!("Like the key {key}.")));
    let others = [
        ("HOME", "Your home folder, which ~ stands for."),
        ("PATH", "Where to search for a program without a slash."),
        (
            "VISUAL, EDITOR",
            "What \"inneros config edit\" runs; vi without them.",
        ),
        ("NO_COLOR", "No colours, if it is set and not empty."),
        (
            "CLICOLOR_FORCE",
            "Colours in a pipe, too, if it is set and not 0.",
        ),
        ("TERM", "No colours, if it is dumb."),
        (
            "XDG_CONFIG_HOME",
            "Where the login entries are, instead of ~/.config.",
        ),
    ];
    let own = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
    let entries = ours.into_iter().map(own).chain(keys);
    (
        "ENVIRONMENT",
        entries.chain(others.into_iter().map(own)).collect(),
    )
}

fn files() -> Section {
    let entries = [
        ("~/.inneros/config.toml", "The configuration."),
        (
            "~/.inneros/daemon.pid",
            "The PID of the daemon and a newline.",
        ),
        (
            "~/.inneros/daemon.json",
            "The run record: which process that is, and how far it has come.",
        ),
        (
            "~/.inneros/daemon.lock",
            "Held during a start, stop or restart; never removed.",
        ),
        (
            "~/.inneros/daemon.out, ~/.inneros/daemon.out.1",
            "What the daemon wrote to its standard output and standard error.",
        ),
        (
            "~/.inneros/tray.lock",
            "Held by the tray: one per home folder.",
        ),
        (
            "~/.inneros/tray.log, ~/.inneros/tray.log.1",
            "The log of the tray.",
        ),
    ];
    let own = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
    ("FILES", entries.into_iter().map(own).collect())
}

pub fn answer(folder: Option<&Path>) -> Result<Answer, Refusal> {
    let pages = man_page::pages(Cli::command(), &[environment(), files()])
        .map_err(|error| Refusal::new(1, &error))?;
    let mut answer = Answer {
        success: true,
        ..Answer::default()
    };
    let Some(folder) = folder else {
        answer.message = "the manual page of inneros".into();
        answer.raw = pages.into_iter().next().map(|page| page.text);
        let text = answer.raw.as_deref().unwrap_or_default();
        answer
            .fields
            .insert("page".into(), String::from_utf8_lossy(text).into());
        return Ok(answer);
    };
    for page in &pages {
        man_pages::write(folder, &page.file_name, &page.text)
            .map_err(|error| Refusal::of(1, &error))?;
    }
    let names: Vec<&str> = pages.iter().map(|page| page.file_name.as_str()).collect();
    answer.message = format!("wrote {} pages into '{}'", names.len(), folder.display());
    answer.fields.insert("pages".into(), json!(names));
    Ok(answer)
}
