//! The one place that prints.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::args::{Color, Global};
use super::aside::Aside;
use crate::model::text;
use crate::os::{errno, paths};

/// What is said where an answer cannot be printed.
pub const UNWRITTEN: &str = "cannot write to standard output";

/// What a command answers.
#[derive(Debug, Default)]
pub struct Answer {
    /// Exit code.
    pub code: u8,
    /// Whether the question could be answered, or the work done.
    pub success: bool,
    /// One line for people and scripts.
    pub message: String,
    /// The keys besides `schema`, `success` and `message`.
    pub fields: Map<String, Value>,
    /// What people see; the message where there is nothing more to it.
    pub text: Option<String>,
    /// What programs read, byte for byte, in the place of the text.
    pub raw: Option<Vec<u8>>,
    /// For people, on standard error: where the text comes from.
    pub source: Option<String>,
    /// What to do now, where there is something.
    pub hint: Option<String>,
    /// Whether it was printed already, as it came.
    pub printed: bool,
}

/// Why a command is refused.
#[derive(Debug, Default)]
pub struct Refusal {
    /// Exit code.
    pub code: u8,
    /// What is wrong, with its causes.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// Lines that explain it.
    pub output: Vec<String>,
    /// How many lines of a log were looked at and do not say what was asked for.
    pub unrecognised: Option<u32>,
    /// The process that stands in the way.
    pub pid: Option<i32>,
    /// Processes that the daemon has left.
    pub left_pids: Vec<i32>,
}

/// The exit code where a permission is missing.
pub const NOT_PERMITTED: u8 = 4;

impl Refusal {
    /// A refusal from an error and the errors below it, which may be that a permission is
    /// missing.
    pub fn of(code: u8, error: &(dyn std::error::Error + 'static)) -> Self {
        let refusal = Self::new(code, error);
        let is_denied = below(error).is_some_and(is_denied);
        let code = if is_denied { NOT_PERMITTED } else { code };
        Self { code, ..refusal }
    }

    /// A refusal from an error and the errors below it, with the way out that the system's
    /// error has. A missing permission is said in the words that scripts know.
    pub fn new(code: u8, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            let denied = error
                .downcast_ref::<io::Error>()
                .filter(|error| is_denied(error));
            if denied.is_some() {
                message = format!("permission denied: {message}");
            }
            // The system's own text for it says no more, and a transparent error says
            // the same as what it wraps.
            let said = denied.is_some_and(|error| error.raw_os_error().is_some());
            if !said && !message.ends_with(&text) {
                message = format!("{message}: {text}");
            }
            cause = error.source();
        }
        Self {
            code,
            message,
            hint: below(error).and_then(errno::way_out).map(str::to_owned),
            ..Self::default()
        }
    }

    /// The same with another way out, where there is one.
    pub fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into().or(self.hint);
        self
    }
}

/// The system's error, which all others are about.
fn below<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    let mut chain = std::iter::successors(Some(error), |error| error.source());
    chain.find_map(<dyn std::error::Error>::downcast_ref)
}

fn is_denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

/// Prints answers and refusals the way that the flags ask for.
#[derive(Debug, Clone)]
pub struct Printer {
    json: bool,
    quiet: bool,
    color: Color,
    /// Whether colours are wanted on standard output: found out once, for each row asks.
    has_colors: OnceLock<bool>,
    /// Where what happens meanwhile is said, by whoever must not wait for its reader.
    aside: Option<Aside>,
}

impl Printer {
    /// As the flags say.
    pub fn new(global: &Global, aside: Option<Aside>) -> Self {
        Self {
            json: global.json,
            quiet: global.quiet,
            color: global.color,
            has_colors: OnceLock::new(),
            aside,
        }
    }

    /// For errors in the flags themselves.
    pub fn plain(json: bool) -> Self {
        Self {
            json,
            quiet: false,
            color: Color::Auto,
            has_colors: OnceLock::new(),
            aside: None,
        }
    }

    /// Whether the answer is for a program.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether nothing but errors is to be said.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether colours are wanted on standard output.
    pub fn has_colors(&self) -> bool {
        *self
            .has_colors
            .get_or_init(|| self.colors(io::stdout().is_terminal()))
    }

    /// A text in a colour, where colours are wanted.
    pub fn paint(&self, color: Paint, text: &str) -> String {
        if self.has_colors() {
            format!("\x1b[{}m{text}\x1b[0m", color.code())
        } else {
            text.to_owned()
        }
    }

    /// For people, on standard error: what has happened while more is to come.
    pub fn progress(&self, text: &str) {
        if !self.json && !self.quiet {
            match &self.aside {
                Some(aside) => complain_to(&mut aside.clone(), text, false),
                None => self.complain(text),
            }
        }
    }

    /// For a person at a terminal: why nothing happens yet.
    pub fn waits(&self, text: &str) {
        if io::stderr().is_terminal() {
            self.progress(text);
        }
    }

    /// For people: a warning before it is done.
    pub fn aside(&self, text: &str) {
        if !self.json && !self.quiet {
            self.warn(text);
        }
    }

    /// On standard error: something is wrong that is not the answer.
    pub fn warn(&self, text: &str) {
        self.complain(&format!("{}: {text}", self.label("warning", Paint::Yellow)));
    }

    /// Prints an answer and gives the exit code.
    pub fn answer(&self, answer: Answer) -> ExitCode {
        let code = answer.code;
        end(code, self.print(answer))
    }

    /// Prints an answer.
    pub fn print(&self, answer: Answer) -> io::Result<()> {
        if answer.printed {
            Ok(())
        } else if self.json {
            let mut object = json!({
                "schema": 1,
                "success": answer.success,
                "message": answer.message,
            });
            if let Value::Object(object) = &mut object {
                object.extend(answer.fields);
                object.extend(answer.hint.map(|hint| ("hint".into(), hint.into())));
            }
            write(json_line(&object).as_bytes())
        } else if self.quiet {
            Ok(())
        } else {
            if let Some(source) = answer.source {
                self.complain(&source);
            }
            let written = match (answer.raw, answer.text) {
                (Some(raw), _) => write(&raw),
                (None, Some(text)) => write(visible(&text, self.has_colors()).as_bytes()),
                (None, None) => {
                    let message = visible(&answer.message, self.has_colors());
                    write(format!("{message}\n").as_bytes())
                }
            };
            if let Some(hint) = answer.hint {
                self.complain(&format!("{}: {hint}", self.label("hint", Paint::Yellow)));
            }
            written
        }
    }

    /// Prints a refusal and gives the exit code.
    pub fn refuse(&self, refusal: Refusal) -> ExitCode {
        let written = if self.json {
            let mut object = json!({
                "schema": 1,
                "success": false,
                "message": refusal.message,
                "hint": refusal.hint,
                "output": refusal.output,
            });
            if let Some(pid) = refusal.pid {
                object["pid"] = pid.into();
            }
            if let Some(lines) = refusal.unrecognised {
                object["unrecognised"] = lines.into();
            }
            if !refusal.left_pids.is_empty() {
                object["left_pids"] = refusal.left_pids.into();
            }
            write(json_line(&object).as_bytes())
        } else {
            let mut text = format!("{}: {}", self.label("error", Paint::Red), refusal.message);
            for line in refusal.output {
                text += &format!("\n  | {}", text::printable(&line));
            }
            if let Some(hint) = refusal.hint {
                text += &format!("\n{}: {hint}", self.label("hint", Paint::Yellow));
            }
            self.complain(&text);
            Ok(())
        };
        end(refusal.code, written)
    }

    fn complain(&self, text: &str) {
        let colors = self.colors(io::stderr().is_terminal());
        complain_to(&mut io::stderr(), text, colors);
    }

    fn label(&self, text: &str, color: Paint) -> String {
        if self.colors(io::stderr().is_terminal()) {
            format!("\x1b[1;{}m{text}\x1b[0m", color.code())
        } else {
            text.to_owned()
        }
    }

    fn colors(&self, terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => auto_colors(terminal),
        }
    }
}

/// Whether the environment wants colours (no-color.org, bixense.com/clicolors).
pub fn auto_colors(terminal: bool) -> bool {
    let variable = |name| paths::variable(name);
    let is_on = |name| variable(name).is_some_and(|value| value != "0");
    if variable("NO_COLOR").is_some() {
        false
    } else if is_on("CLICOLOR_FORCE") {
        true
    } else {
        let is_off = variable("CLICOLOR").is_some_and(|value| value == "0");
        let is_dumb = variable("TERM").is_some_and(|value| value == "dumb");
        terminal && !is_off && !is_dumb
    }
}

/// Whether standard output is shown to a person, who must be kept from escapes.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

fn complain_to(to: &mut impl Write, text: &str, colors: bool) {
    let line = format!("{}\n", visible(text, colors));
    // Where not even this can be written, the exit code still says it.
    let _ = to.write_all(line.as_bytes());
}

/// A text in which nothing drives a terminal but our own colours, where there are any: names and
/// paths come from the configuration, and from others.
pub fn visible(text: &str, colors: bool) -> Cow<'_, str> {
    if !text.contains(drives) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let color = Paint::SEQUENCES
            .iter()
            .find(|color| colors && rest.starts_with(**color));
        let length = color.map_or(character.len_utf8(), |color| color.len());
        let (first, others) = rest.split_at(length);
        if color.is_none() && drives(character) {
            shown.extend(character.escape_default());
        } else {
            shown += first;
        }
        rest = others;
    }
    shown.into()
}

fn drives(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\t')
}

/// An object on one line. JSON itself leaves the control characters above ASCII as they are.
fn json_line(object: &Value) -> String {
    let mut line = String::new();
    for character in object.to_string().chars() {
        if character.is_control() {
            line += &format!("\\u{:04x}", u32::from(character));
        } else {
            line.push(character);
        }
    }
    line + "\n"
}

/// The exit code of what was written, or could not be.
pub fn end(code: u8, written: io::Result<()>) -> ExitCode {
    match written {
        Ok(()) => ExitCode::from(code),
        // Whoever read this has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(code),
        Err(error) => {
            complain_to(
                &mut io::stderr(),
                &format!("error: {UNWRITTEN}: {error}"),
                false,
            );
            ExitCode::from(1)
        }
    }
}

/// The colours in use, by their number in ECMA-48.
#[derive(Debug, Clone, Copy)]
pub enum Paint {
    /// Bad.
    Red,
    /// Good.
    Green,
    /// Between.
    Yellow,
    /// Beside the point.
    Dim,
}

impl Paint {
    /// What is written for them, and for their end.
    const SEQUENCES: [&str; 7] = [
        "\x1b[31m",
        "\x1b[32m",
        "\x1b[33m",
        "\x1b[2m",
        "\x1b[1;31m",
        "\x1b[1;33m",
        "\x1b[0m",
    ];

    /// Its number.
    pub fn code(self) -> u8 {
        match self {
            Paint::Red => 31,
            Paint::Green => 32,
            Paint::Yellow => 33,
            Paint::Dim => 2,
        }
    }
}
