//! The one place that prints.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::args::{Color, Global};

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
    pub text: Option<Vec<u8>>,
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

impl Refusal {
    /// A refusal from an error and the errors below it. A missing permission is said
    /// in the words that scripts know.
    pub fn new(code: u8, error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            let denied = error
                .downcast_ref::<io::Error>()
                .filter(|error| error.kind() == io::ErrorKind::PermissionDenied);
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
            ..Self::default()
        }
    }

    /// The same with a way out.
    pub fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// Prints answers and refusals the way that the flags ask for.
#[derive(Debug)]
pub struct Printer {
    json: bool,
    quiet: bool,
    color: Color,
}

impl Printer {
    /// As the flags say.
    pub fn new(global: &Global) -> Self {
        Self {
            json: global.json,
            quiet: global.quiet,
            color: global.color,
        }
    }

    /// For errors in the flags themselves.
    pub fn plain(json: bool) -> Self {
        Self {
            json,
            quiet: false,
            color: Color::Auto,
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
        self.colors(io::stdout().is_terminal())
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
            complain(text);
        }
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
            write(format!("{object}\n").as_bytes())
        } else if self.quiet {
            Ok(())
        } else {
            if let Some(source) = answer.source {
                complain(&source);
            }
            let written = match answer.text {
                Some(text) => write(&text),
                None => write(format!("{}\n", answer.message).as_bytes()),
            };
            if let Some(hint) = answer.hint {
                complain(&format!("{}: {hint}", self.label("hint", Paint::Yellow)));
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
            write(format!("{object}\n").as_bytes())
        } else {
            let mut text = format!("{}: {}", self.label("error", Paint::Red), refusal.message);
            for line in refusal.output {
                text += &format!("\n  | {}", crate::model::text::printable(&line));
            }
            if let Some(hint) = refusal.hint {
                text += &format!("\n{}: {hint}", self.label("hint", Paint::Yellow));
            }
            complain(&text);
            Ok(())
        };
        end(refusal.code, written)
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
            // no-color.org: set, and not empty.
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        }
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

fn complain(text: &str) {
    // Where not even this can be written, the exit code still says it.
    let _ = writeln!(io::stderr(), "{text}");
}

/// The exit code of what was written, or could not be.
pub fn end(code: u8, written: io::Result<()>) -> ExitCode {
    match written {
        Ok(()) => ExitCode::from(code),
        // Whoever read this has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(code),
        Err(error) => {
            complain(&format!("error: {UNWRITTEN}: {error}"));
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
