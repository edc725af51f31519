//! `inneros daemon logs`

use serde_json::{Value, json};

use super::output::{self, Answer, Printer, Refusal};
use crate::model::config::Config;
use crate::model::log_line;
use crate::model::words;
use crate::os::log_files;
use crate::os::private_file::FileError;

pub fn answer(
    config: &Config,
    lines: usize,
    path_only: bool,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let folder = &config.daemon.logs_dir;
    let newest = log_files::newest(folder).map_err(|error| unreadable(&error))?;
    let Some(path) = newest else {
        return Err(Refusal {
            code: 1,
            message: format!("no logs in '{}'", folder.display()),
            hint: Some("set `logs_dir` to the folder with the daemon's *.log files".into()),
            ..Refusal::default()
        });
    };
    let shown = words::printable(&path.display().to_string());
    let mut answer = Answer {
        success: true,
        message: format!("the last {lines} lines of '{shown}'"),
        ..Answer::default()
    };
    answer
        .fields
        .insert("log_file".into(), path.display().to_string().into());
    if path_only {
        answer.message = shown;
        return Ok(answer);
    }
    let bytes = log_files::tail(&path, lines).map_err(|error| unreadable(&error))?;
    if printer.is_json() {
        let text = String::from_utf8_lossy(&bytes);
        let entries: Vec<Value> = log_line::entries(&text).map(entry).collect();
        answer.fields.insert("entries".into(), entries.into());
    }
    answer.source = Some(format!("==> {shown} <=="));
    answer.text = Some(if output::is_terminal() {
        visible(&bytes)
    } else {
        bytes
    });
    Ok(answer)
}

fn entry(entry: log_line::Entry<'_>) -> Value {
    let first = entry.first;
    json!({
        "timestamp": first.map(|line| line.timestamp),
        "level": first.map(|line| line.level.word()),
        "component": first.and_then(|line| line.component),
        "message": entry.message(),
    })
}

/// What a log says must not drive the terminal that shows it.
fn visible(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            other if other.is_control() => shown.extend(other.escape_default()),
            other => shown.push(other),
        }
    }
    shown.into_bytes()
}

fn unreadable(error: &FileError) -> Refusal {
    let denied = error.source.kind() == std::io::ErrorKind::PermissionDenied;
    let refusal = Refusal::new(if denied { 4 } else { 1 }, error);
    if denied {
        refusal.hint("make the folder and its files readable for you".to_owned())
    } else {
        refusal
    }
}
