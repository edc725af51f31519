//! Wrapping a line so that its runs are recorded, and taking the wrapper away again.
//!
//! `CMD` becomes `INNEROS job run NAME -- "$SHELL" -c 'CMD'`. What cron does with `%` is done
//! before: what stands behind the first one, its standard input, stays behind the quotes.

use super::line::{self, Parts, parts, without_mark};
use super::{lines, replaced};
use crate::model::config::job::check_name;

/// What stands between the name and the command as it was.
const SHELL: &str = " -- \"$SHELL\" -c '";
/// A quote within quotes.
const QUOTE: &[u8] = br"'\''";

/// Why a line cannot be wrapped, or unwrapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAdopted {
    /// It is no line that runs something.
    #[error("the line runs nothing")]
    NoCommand,
    /// It records its runs already.
    #[error("its runs are recorded already")]
    Already,
    /// It was not wrapped, or was changed since.
    #[error("it was not adopted, or was changed since")]
    Never,
    /// The shell reads quotes in another way.
    #[error("the crontab sets SHELL to {0:?}, which reads quotes in its own way")]
    Shell(String),
    /// It is not a text that a command line can have.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// It would not come back as it was.
    #[error("it cannot be wrapped so that undoing it gives the same line again")]
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
    let (command, input) = parts.command.split_at(first_percent(parts.command));
    let call = calling(program, name);
    let new = [
        mark,
        parts.before,
        call.as_bytes(),
        SHELL.as_bytes(),
        &escaped(command),
        b"'",
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

/// What was wrapped.
pub(super) fn unwrapped(command: &[u8]) -> Option<Vec<u8>> {
    call(&String::from_utf8_lossy(command)).filter(|(_, wraps)| *wraps)?;
    let begin = memchr::memmem::find(command, SHELL.as_bytes())? + SHELL.len();
    let mut rest = &command[begin..];
    let mut old = Vec::new();
    loop {
        let end = rest.iter().position(|byte| *byte == b'\'')?;
        old.extend(&rest[..end]);
        rest = &rest[end..];
        match rest.strip_prefix(QUOTE) {
            Some(further) => {
                old.push(b'\'');
                rest = further;
            }
            None => break,
        }
    }
    let behind = &rest[1..];
    (behind.is_empty() || behind.starts_with(b"%")).then(|| [&old, behind].concat())
}

/// Whether a command is `inneros … job run NAME`; its name, and whether it wraps another.
pub(super) fn call(command: &str) -> Option<(String, bool)> {
    let command = &command[..first_percent(command.as_bytes())];
    // Up to the name all is plain, or quoted by us: a quote that is not closed is behind it.
    let (head, wraps) = match command.split_once(" -- ") {
        Some((head, _)) => (head, true),
        None => (
            command
                .split(['>', '|', ';', '&'])
                .next()
                .unwrap_or_default(),
            false,
        ),
    };
    let head = head.replace(r"\%", "%");
    let words = shell_words::split(&head).ok()?;
    let (program, words) = words.split_first()?;
    if program.rsplit('/').next() != Some("inneros") {
        return None;
    }
    let at = words.windows(2).position(|two| two == ["job", "run"])?;
    let mut names = words[at + 2..].iter().filter(|word| !word.starts_with('-'));
    let name = names.next().filter(|name| check_name(name).is_ok())?;
    Some((name.clone(), wraps))
}

/// The mark that switches a line off, where it has one, and its parts.
fn entry(line: &[u8]) -> Option<(&[u8], Parts<'_>)> {
    let rest = without_mark(line).unwrap_or(line);
    let mark = &line[..line.len() - rest.len()];
    Some((mark, parts(rest)?))
}

/// Where cron ends the command: at the first `%` without a backslash before it.
fn first_percent(command: &[u8]) -> usize {
    let is_end = |at: &usize| command[*at] == b'%' && (*at == 0 || command[*at - 1] != b'\\');
    (0..command.len()).find(is_end).unwrap_or(command.len())
}

fn escaped(command: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(command.len() + 16);
    for byte in command {
        match byte {
            b'\'' => escaped.extend(QUOTE),
            byte => escaped.push(*byte),
        }
    }
    escaped
}

/// What runs a job, as a crontab's command has it: quoted for the shell, and no `%` that is
/// cron's.
pub fn calling(program: &[String], name: &str) -> String {
    let words = program
        .iter()
        .map(String::as_str)
        .chain(["job", "run", name]);
    shell_words::join(words).replace('%', r"\%")
}
