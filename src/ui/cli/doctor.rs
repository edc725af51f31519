//! `inneros doctor`

use serde_json::{Value, json};

use super::args::Cli;
use super::output::{Answer, Paint, Printer, Refusal};
use super::{load_settings, place};
use crate::app::doctor::{Check, Verdict, examine};
use crate::model::text;
use crate::os;

pub fn answer(cli: &Cli, printer: &Printer) -> Result<Answer, Refusal> {
    // A link into an app bundle, as `install-cli` and the cask make it, is not in the bundle:
    // neither the permission to notify nor the login item would be found.
    os::autostart::enter_bundle().map_err(|error| Refusal::new(1, &error))?;
    let checks = match load_settings(cli) {
        Ok(config) => examine(&config, None),
        Err(error) => examine(&place(cli)?, Some(&error)),
    };
    let count = |verdict| {
        checks
            .iter()
            .filter(|check| check.verdict == verdict)
            .count()
    };
    let (failed, warned) = (count(Verdict::Fail), count(Verdict::Warn));
    let message = match (failed, warned) {
        (0, 0) => "all is well".to_owned(),
        (failed, warned) => format!(
            "{}, {}",
            counted(failed, "error"),
            counted(warned, "warning")
        ),
    };
    let mut text: String = checks.iter().map(|check| line(check, printer)).collect();
    text += &format!("\n{message}\n");
    let list: Vec<Value> = checks.iter().map(object).collect();
    let mut answer = Answer {
        code: u8::from(failed > 0),
        success: failed == 0,
        message,
        text: Some(text),
        ..Answer::default()
    };
    answer.fields.insert("checks".into(), list.into());
    Ok(answer)
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    }
}

fn line(check: &Check, printer: &Printer) -> String {
    let color = match check.verdict {
        Verdict::Ok => Paint::Green,
        Verdict::Warn => Paint::Yellow,
        Verdict::Fail => Paint::Red,
    };
    let verdict = printer.paint(color, &format!("{:<4}", word(check.verdict)));
    let message = text::printable(&check.message);
    let mut line = format!("{verdict}  {:<15} {message}\n", check.name);
    if let Some(hint) = &check.hint {
        line += &format!("      {:<15} {}\n", "", printer.paint(Paint::Dim, hint));
    }
    line
}

fn object(check: &Check) -> Value {
    json!({
        "name": check.name,
        "verdict": word(check.verdict),
        "message": check.message,
        "hint": check.hint,
    })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
    }
}
