//! `inneros config …`

use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::args::{self, Cli};
use super::output::{Answer, Paint, Printer, Refusal};
use super::{load, place, unusable_settings};
use crate::app::settings::SettingsError;
use crate::model::config::secrets::Secrets;
use crate::model::config::{Config, template};
use crate::os::{config_file, paths};

pub fn answer(cli: &Cli, command: &args::Config, printer: &Printer) -> Result<Answer, Refusal> {
    match command {
        args::Config::Init { force } => init(&place(cli)?, *force),
        args::Config::Show { show_secrets } => Ok(show(&load(cli)?, *show_secrets, printer)),
        args::Config::Path => {
            let path = place(cli)?.config_file.display().to_string();
            let raw = Some(format!("{path}\n").into_bytes());
            Ok(Answer {
                raw,
                ..said(path.clone(), [("path", path.into())])
            })
        }
        args::Config::Edit => edit(cli),
    }
}

fn init(config: &Config, force: bool) -> Result<Answer, Refusal> {
    let path = &config.config_file;
    let backup = config_file::create(path, &template(), force)
        .map_err(|error| unusable_settings(&SettingsError::File(error)))?;
    let path = path.display().to_string();
    let mut message = format!("wrote '{path}'; set `command` in it");
    if let Some(backup) = &backup {
        message += &format!(" (the old one is '{}')", backup.display());
    }
    let backup = backup.map(|path| path.display().to_string());
    Ok(said(
        message,
        [("path", path.into()), ("backup", backup.into())],
    ))
}

fn show(config: &Config, show_secrets: bool, printer: &Printer) -> Answer {
    let managed = config.main();
    let whole = config.settings(managed, Secrets::Shown);
    let settings = if show_secrets {
        whole.clone()
    } else {
        config.settings(managed, Secrets::Masked)
    };
    let is_masked = settings != whole;
    let width = settings
        .iter()
        .map(|(key, ..)| key.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    let mut object = Map::new();
    for (key, value, origin) in settings {
        let line = format!("{key:<width$} = {value}");
        text += &format!(
            "{line} {}\n",
            printer.paint(Paint::Dim, &format!("# {origin}"))
        );
        object.insert(key.into(), json!({ "value": value, "origin": origin }));
    }
    let mut answer = said(
        "the configuration that holds".into(),
        [("settings", Value::Object(object))],
    );
    answer.text = Some(text);
    answer.hint = is_masked.then(|| "`--show-secrets` shows what is masked".to_owned());
    answer
}

fn edit(cli: &Cli) -> Result<Answer, Refusal> {
    let path = place(cli)?.config_file;
    if !path.exists() {
        config_file::create(&path, &template(), false)
            .map_err(|error| unusable_settings(&SettingsError::File(error)))?;
    }
    run_editor(&path)?;
    load(cli)?;
    let shown = path.display().to_string();
    if !path.exists() {
        return Err(Refusal {
            code: 2,
            message: format!("'{shown}' is gone: the editor has removed it"),
            hint: Some("`inneros config init` writes a new one".into()),
            ..Refusal::default()
        });
    }
    Ok(said(
        format!("'{shown}' is valid"),
        [("path", shown.into())],
    ))
}

fn run_editor(path: &Path) -> Result<(), Refusal> {
    let refuse = |message: String| Refusal {
        code: 1,
        message,
        hint: Some("set EDITOR to an editor, such as EDITOR=nano".into()),
        ..Refusal::default()
    };
    let editor = paths::variable("VISUAL")
        .or_else(|| paths::variable("EDITOR"))
        .and_then(|editor| editor.into_string().ok())
        .unwrap_or_else(|| "vi".into());
    let words = shell_words::split(&editor)
        .ok()
        .filter(|words| !words.is_empty())
        .ok_or_else(|| refuse(format!("cannot understand the editor '{editor}'")))?;
    let status = Command::new(&words[0])
        .args(&words[1..])
        .arg(path)
        .status()
        .map_err(|error| refuse(format!("cannot run the editor '{editor}': {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(refuse(format!("the editor '{editor}' ended with {status}")))
    }
}

fn said<const N: usize>(message: String, fields: [(&str, Value); N]) -> Answer {
    Answer {
        success: true,
        message,
        fields: fields
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        ..Answer::default()
    }
}
