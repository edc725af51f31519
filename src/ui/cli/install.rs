//! `inneros install-cli`

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::output::{Answer, Printer, Refusal};
use crate::os::command_link::{self, There};
use crate::os::paths;

pub fn answer(folder: Option<&Path>, yes: bool, printer: &Printer) -> Result<Answer, Refusal> {
    let program = std::env::current_exe()
        .and_then(std::fs::canonicalize)
        .map_err(|error| Refusal::new(1, &error))?;
    let folder = match folder {
        Some(folder) => std::path::absolute(folder).map_err(|error| Refusal::new(1, &error))?,
        None => PathBuf::from("/usr/local/bin"),
    };
    let link = folder.join("inneros");
    let (from, to) = (link.display(), program.display());
    let there = command_link::there(&link, &program).map_err(|error| refuse(&error))?;
    let done = |changed: bool, message: String| Answer {
        success: true,
        message,
        fields: [
            ("link".to_owned(), json!(from.to_string())),
            ("program".to_owned(), json!(to.to_string())),
            ("changed".to_owned(), json!(changed)),
        ]
        .into_iter()
        .collect(),
        ..Answer::default()
    };
    let question = match there {
        There::Ours => {
            return Ok(done(
                false,
                format!("'{from}' already points to this program"),
            ));
        }
        There::Nothing => format!("Link '{from}' to '{to}'?"),
        There::Link(old) => format!("Link '{from}' to '{to}' instead of '{}'?", old.display()),
        There::Other => {
            return Err(Refusal {
                code: 1,
                message: format!("'{from}' exists and is not a link: left alone"),
                hint: Some("remove it yourself, or choose another folder with --dir".into()),
                ..Refusal::default()
            });
        }
    };
    if !yes && !confirmed(&question, printer)? {
        return Err(Refusal {
            code: 1,
            message: "nothing was linked".into(),
            ..Refusal::default()
        });
    }
    command_link::make(&link, &program).map_err(|error| refuse(&error))?;
    let on_path = paths::variable("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|entry| entry == folder));
    let mut message = format!("'{from}' points to '{to}'");
    if !on_path {
        message += &format!("; '{}' is not on your PATH yet", folder.display());
    }
    Ok(done(true, message))
}

fn confirmed(question: &str, printer: &Printer) -> Result<bool, Refusal> {
    if printer.is_json() || !io::stdin().is_terminal() {
        return Err(Refusal {
            code: 2,
            message: "there is no terminal to ask on".into(),
            hint: Some("use --yes to create the link without asking".into()),
            ..Refusal::default()
        });
    }
    printer.progress(&format!("{question} [y/N]"));
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Refusal::new(1, &error))?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

fn refuse(error: &crate::os::private_file::FileError) -> Refusal {
    let denied = error.source.kind() == io::ErrorKind::PermissionDenied;
    let hint = denied
        .then(|| "run it with sudo, or choose a folder of your own: --dir ~/.local/bin".to_owned());
    Refusal::of(1, error).hint(hint)
}
