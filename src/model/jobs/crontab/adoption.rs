//! Wrapping a crontab line so that its runs are recorded, and removing the wrapper again.
//!
//! `CMD` becomes `INNEROS job run NAME -- "$SHELL" -c 'CMD'`. What cron does with `%` is done
//! before: the text after the first one, its standard input, stays outside the quotes.

use super::line::{self, Parts, parts, without_mark};
use super::wrapper::{call, calling, command_and_input, unwrapped, wrapped};
use super::{lines, replaced};

/// Why a line cannot be wrapped, or unwrapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAdopted {
    /// It is no line that runs something.
    #[error("the line runs nothing")]
    NoCommand,
    /// It records its runs already.
    #[error("its runs are already recorded")]
    Already,
    /// It was not wrapped, or was changed since.
    #[error("it was not adopted, or was changed since")]
    Never,
    /// The shell reads quotes in another way.
    #[error("the crontab sets SHELL to {0:?}, which has its own rules for quotes")]
    Shell(String),
    /// It is not a text that a command line can have.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// It would not come back as it was.
    #[error("it cannot be wrapped in a way that can be undone exactly")]
    Odd,
}

/// The text with a line wrapped. `program` are the words of `inneros` with its flags.
pub fn adopt(
    text: &[u8],
    line: usize,
    name: &str,
    program: &[String],
) -> Result<Vec<u8>, NotAdopted> {
    let shells = ["sh", "bash", "dash", "zsh", "ksh"];
    let shell = line::shell(text);
    let reads_quotes = |shell: &str| shells.contains(&shell.rsplit('/').next().unwrap_or_default());
    if let Some(shell) = shell.filter(|shell| !reads_quotes(shell)) {
        return Err(NotAdopted::Shell(shell));
    }
    let old = lines(text).nth(line).ok_or(NotAdopted::NoCommand)?;
    let (mark, parts) = entry(old).ok_or(NotAdopted::NoCommand)?;
    if parts.command.is_empty() {
        return Err(NotAdopted::NoCommand);
    }
    if call(&String::from_utf8_lossy(parts.command)).is_some() {
        return Err(NotAdopted::Already);
    }
    if std::str::from_utf8(parts.command).is_err() {
        return Err(NotAdopted::NotUtf8);
    }
    let (command, input) = command_and_input(parts.command);
    let call = calling(program, name);
    let new = [
        mark,
        parts.before,
        call.as_bytes(),
        &wrapped(command),
        input,
        parts.end,
    ]
    .concat();
    let adopted = replaced(text, line, |_| new);
    if undo(&adopted, line).as_deref() != Ok(text) {
        return Err(NotAdopted::Odd);
    }
    Ok(adopted)
}

/// The text with a wrapped line as it was.
pub fn undo(text: &[u8], line: usize) -> Result<Vec<u8>, NotAdopted> {
    let old = lines(text).nth(line).ok_or(NotAdopted::NoCommand)?;
    let (mark, parts) = entry(old).ok_or(NotAdopted::NoCommand)?;
    let command = unwrapped(parts.command).ok_or(NotAdopted::Never)?;
    let new = [mark, parts.before, &command, parts.end].concat();
    Ok(replaced(text, line, |_| new))
}

/// The mark that switches a line off, if it has one, and its parts.
fn entry(line: &[u8]) -> Option<(&[u8], Parts<'_>)> {
    let rest = without_mark(line).unwrap_or(line);
    let mark = &line[..line.len() - rest.len()];
    Some((mark, parts(rest)?))
}
