//! `inneros autostart …`

use serde_json::{Map, Value, json};

use super::args::{self, AutostartItem, Cli};
use super::output::{Answer, Paint, Printer, Refusal};
use super::{load, place};
use crate::app::autostart::{
    self, AtLogin, Edited, LoginDone, LoginFailure, LoginState, LoginStatus, Wanted,
};
use crate::model::config::Config;
use crate::os;

pub fn answer(cli: &Cli, command: &args::Autostart, printer: &Printer) -> Result<Answer, Refusal> {
    os::autostart::enter_bundle().map_err(|error| Refusal::new(1, &error))?;
    match command {
        args::Autostart::Enable { item, force } => {
            // Later it would find a broken configuration, and nobody would see it.
            switch((*item).into(), Wanted::Enabled, *force, &load(cli)?)
        }
        args::Autostart::Disable { item, force } => {
            switch((*item).into(), Wanted::Disabled, *force, &as_far(cli)?)
        }
        args::Autostart::Status { item: Some(item) } => {
            let status = login_status((*item).into(), &as_far(cli)?)?;
            Ok(Answer {
                code: exit_code(&status.state),
                success: true,
                message: message(&status),
                fields: fields(&status),
                text: Some(row(&status, printer)),
                ..Answer::default()
            })
        }
        args::Autostart::Status { item: None } => both(&as_far(cli)?, printer),
    }
}

/// The configuration, or where everything is while it is broken: what is registered for several
/// daemons is another entry than that for one.
fn as_far(cli: &Cli) -> Result<Config, Refusal> {
    load(cli).or_else(|_| place(cli))
}

fn both(config: &Config, printer: &Printer) -> Result<Answer, Refusal> {
    let mut answer = Answer {
        success: true,
        ..Answer::default()
    };
    let (mut messages, mut text, mut codes) = (Vec::new(), String::new(), Vec::new());
    for item in AtLogin::ALL {
        let status = login_status(item, config)?;
        messages.push(message(&status));
        text += &row(&status, printer);
        codes.push(exit_code(&status.state));
        answer
            .fields
            .insert(item.word().into(), Value::Object(fields(&status)));
    }
    answer.code = [4, 1, 3]
        .into_iter()
        .find(|code| codes.contains(code))
        .unwrap_or(0);
    answer.message = messages.join("; ");
    answer.text = Some(text);
    Ok(answer)
}

fn login_status(item: AtLogin, config: &Config) -> Result<LoginStatus, Refusal> {
    autostart::status(item, config).map_err(|failure| refusal(&failure))
}

fn switch(item: AtLogin, wanted: Wanted, force: bool, config: &Config) -> Result<Answer, Refusal> {
    let edited = if force { Edited::Replace } else { Edited::Keep };
    let LoginDone { status, changed } =
        autostart::set(item, wanted, edited, config).map_err(|failure| refusal(&failure))?;
    let pending = status.state == LoginState::NeedsApproval;
    let word = match wanted {
        Wanted::Enabled => "enabled",
        Wanted::Disabled => "disabled",
    };
    let message = match (pending, changed) {
        (true, _) => message(&status),
        (false, true) => format!("{item}: {word}"),
        (false, false) => format!("{item}: already {word}"),
    };
    let mut fields = fields(&status);
    fields.insert("changed".into(), changed.into());
    let mut hint = status.state.hint(item);
    if wanted == Wanted::Enabled && hint.is_none() {
        hint = autostart::caveat(&status, config);
        fields.insert("hint".into(), hint.clone().into());
    }
    Ok(Answer {
        code: if pending { 4 } else { 0 },
        success: !pending,
        message,
        fields,
        hint,
        ..Answer::default()
    })
}

fn message(status: &LoginStatus) -> String {
    format!("{}: {}", status.item, status.state.sentence())
}

fn fields(status: &LoginStatus) -> Map<String, Value> {
    let path =
        |path: Option<&std::path::PathBuf>| json!(path.map(|path| path.display().to_string()));
    let values = [
        ("item", json!(status.item.word())),
        ("state", json!(status.state.word())),
        ("enabled", json!(status.state.starts())),
        ("kind", json!(status.way.word())),
        ("path", path(status.path.as_ref())),
        ("program", path(status.program.as_ref())),
        ("hint", json!(status.state.hint(status.item))),
    ];
    values
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn row(status: &LoginStatus, printer: &Printer) -> String {
    let color = match status.state {
        LoginState::Enabled => Paint::Green,
        LoginState::Disabled | LoginState::NeedsApproval | LoginState::EditedByHand { .. } => {
            Paint::Yellow
        }
        LoginState::Moved { .. } | LoginState::Differs { .. } => Paint::Red,
    };
    let said = printer.paint(color, &status.state.sentence());
    let by = match &status.path {
        Some(path) if status.state != LoginState::Disabled => {
            format!("{} '{}'", status.way.word(), path.display())
        }
        Some(_) | None => status.way.word().to_owned(),
    };
    let by = printer.paint(Paint::Dim, &format!("({by})"));
    let mut row = format!("{:<6} {said} {by}\n", status.item.word());
    if let Some(hint) = status.state.hint(status.item) {
        let label = printer.paint(Paint::Dim, "hint");
        row += &format!("       {label} {hint}\n");
    }
    row
}

/// The table of `inneros autostart status --help`.
fn exit_code(state: &LoginState) -> u8 {
    match state {
        LoginState::Enabled | LoginState::EditedByHand { enabled: true } => 0,
        LoginState::Moved { .. } | LoginState::Differs { .. } => 1,
        LoginState::Disabled | LoginState::EditedByHand { enabled: false } => 3,
        LoginState::NeedsApproval => 4,
    }
}

fn refusal(failure: &LoginFailure) -> Refusal {
    Refusal::of(1, failure).hint(failure.hint())
}

impl From<AutostartItem> for AtLogin {
    fn from(item: AutostartItem) -> Self {
        match item {
            AutostartItem::Tray => AtLogin::Tray,
            AutostartItem::Daemon => AtLogin::Daemon,
        }
    }
}
