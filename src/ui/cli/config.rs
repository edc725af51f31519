//! `inneros config …`

use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::args::{self, Cli};
use super::output::{Answer, Paint, Printer, Refusal};
use super::{load, place, unusable_settings, which};
use crate::app::settings::SettingsError;
use crate::model::config::secrets::Secrets;
use crate::model::config::{Config, Managed, Standing, check_daemon, daemon_template, template};
use crate::os::{config_file, paths};

pub fn answer(cli: &Cli, command: &args::Config, printer: &Printer) -> Result<Answer, Refusal> {
    match command {
        args::Config::Init {
            daemon: None,
            force,
        } => init(&place(cli)?.config_file, &template(), *force),
        args::Config::Init {
            daemon: Some(name),
            force,
        } => {
            let why = |why| Refusal {
                code: 2,
                message: why,
                ..Refusal::default()
            };
            check_daemon(name).map_err(why)?;
            let folder = place(cli)?.home.join("daemons.d");
            init(
                &folder.join(format!("{name}.toml")),
                &daemon_template(),
                *force,
            )
        }
        args::Config::Show {
            daemon,
            show_secrets,
        } => show(&load(cli)?, daemon.as_deref(), *show_secrets, printer),
        args::Config::Check => check(&load(cli)?),
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

fn init(path: &Path, text: &str, force: bool) -> Result<Answer, Refusal> {
    let backup = config_file::create(path, text, force)
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

/// Of one daemon what holds for it; of several what holds for all, and for each.
fn show(
    config: &Config,
    name: Option<&str>,
    show_secrets: bool,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let mut settings = Settings {
        secrets: if show_secrets {
            Secrets::Shown
        } else {
            Secrets::Masked
        },
        printer,
        text: String::new(),
        is_masked: false,
    };
    let fields = match (name, &config.daemons[..]) {
        (Some(name), daemons) => {
            let managed = &daemons[which::named(config, name)?];
            let of_it = settings.add(config, managed, |key| !is_of_all(key), in_table);
            vec![("name", name.into()), ("settings", of_it)]
        }
        (None, [one]) => {
            let all = settings.add(config, one, |_| true, |key| key);
            vec![("settings", all)]
        }
        (None, daemons) => {
            let of_all = settings.add(config, config.main(), is_of_all, |key| key);
            let mut each = Map::new();
            for managed in daemons {
                settings.text += &format!("\n[{}]\n", managed.id);
                let of_it = settings.add(config, managed, |key| !is_of_all(key), in_table);
                each.insert(managed.id.clone(), of_it);
            }
            vec![("settings", of_all), ("daemons", each.into())]
        }
    };
    let mut answer = said("the configuration that holds".into(), []);
    answer.fields.extend(
        fields
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value)),
    );
    answer.text = Some(settings.text);
    answer.hint = settings
        .is_masked
        .then(|| "`--show-secrets` shows what is masked".to_owned());
    Ok(answer)
}

/// Whether a key says something of all daemons.
fn is_of_all(key: &str) -> bool {
    let of_one = ["daemon.", "health."]
        .iter()
        .any(|table| key.starts_with(table));
    !of_one && key != "tray.dashboard_url"
}

/// The name of a key in the table of a daemon.
fn in_table(key: &str) -> &str {
    let key = key.strip_prefix("daemon.").unwrap_or(key);
    key.strip_prefix("tray.").unwrap_or(key)
}

/// Settings as they are shown.
struct Settings<'a> {
    secrets: Secrets,
    printer: &'a Printer,
    text: String,
    is_masked: bool,
}

impl Settings<'_> {
    /// Adds those of a daemon.
    fn add(
        &mut self,
        config: &Config,
        managed: &Managed,
        is_shown: impl Fn(&str) -> bool,
        named: impl Fn(&'static str) -> &'static str,
    ) -> Value {
        let all = config.settings(managed, self.secrets);
        self.is_masked |= all != config.settings(managed, Secrets::Shown);
        let shown = all.into_iter().filter(|(key, ..)| is_shown(key));
        let shown: Vec<_> = shown
            .map(|(key, value, origin)| (named(key), value, origin))
            .collect();
        let width = shown.iter().map(|(key, ..)| key.len()).max().unwrap_or(0);
        let mut object = Map::new();
        for (key, value, origin) in shown {
            let line = format!("{key:<width$} = {value}");
            let origin_shown = self.printer.paint(Paint::Dim, &format!("# {origin}"));
            self.text += &format!("{line} {origin_shown}\n");
            object.insert(key.into(), json!({ "value": value, "origin": origin }));
        }
        object.into()
    }
}

/// Whether all of it can be used.
fn check(config: &Config) -> Result<Answer, Refusal> {
    let why = |managed: &Managed| match &managed.standing {
        Standing::Misconfigured(why) => Some(why.clone()),
        Standing::Configured | Standing::Removed => None,
    };
    let wrong: Vec<String> = config.daemons.iter().filter_map(why).collect();
    let path = config.config_file.display();
    match (&wrong[..], config.daemons.len()) {
        ([], 1) => Ok(said(format!("'{path}' is valid"), [])),
        ([], many) => Ok(said(format!("'{path}' is valid: {many} daemons"), [])),
        ([only], _) => Err(Refusal {
            code: 2,
            message: only.clone(),
            ..Refusal::default()
        }),
        (_, many) => Err(Refusal {
            code: 2,
            message: format!("{} of {many} daemons are misconfigured", wrong.len()),
            output: wrong,
            ..Refusal::default()
        }),
    }
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
