//! The command of a line that records its runs: `INNEROS job run NAME -- "$SHELL" -c 'CMD'`.

use crate::model::config::job::check_name;

/// What stands between the name and the command as it was.
const SHELL: &str = " -- \"$SHELL\" -c '";
/// A quote within quotes.
const QUOTE: &[u8] = br"'\''";

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

/// What the shell gets, and what follows it: its standard input, from the first `%` that is
/// cron's.
pub(super) fn command_and_input(command: &[u8]) -> (&[u8], &[u8]) {
    command.split_at(first_percent(command))
}

/// Where cron ends the command: at the first `%` without a backslash before it.
fn first_percent(command: &[u8]) -> usize {
    let is_end = |at: &usize| command[*at] == b'%' && (*at == 0 || command[*at - 1] != b'\\');
    (0..command.len()).find(is_end).unwrap_or(command.len())
}

/// What stands behind a job's name to run a command.
pub(super) fn wrapped(command: &[u8]) -> Vec<u8> {
    let mut wrapped = SHELL.as_bytes().to_vec();
    for byte in command {
        match byte {
            b'\'' => wrapped.extend(QUOTE),
            byte => wrapped.push(*byte),
        }
    }
    wrapped.push(b'\'');
    wrapped
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
