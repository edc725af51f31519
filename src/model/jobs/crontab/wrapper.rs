//! The command of a line that records its runs: `INNEROS job run NAME -- "$SHELL" -c 'CMD'`.
//!
//! If CMD discards its output at its end, that goes outside the quotes: its output is kept, and
//! cron still gets nothing to mail.

use crate::model::config::check_name;

/// What stands between the name and the command as it was.
const SHELL: &str = " -- \"$SHELL\" -c '";
/// A quote within quotes.
const QUOTE: &[u8] = br"'\''";

/// How output is thrown away.
const SILENCE: [&[u8]; 4] = [
    b">/dev/null 2>&1",
    b"> /dev/null 2>&1",
    b"&>/dev/null",
    b"&> /dev/null",
];

/// What was wrapped.
pub(super) fn unwrapped(command: &[u8]) -> Option<Vec<u8>> {
    let (old, behind) = inside(command)?;
    Some([&old, behind].concat())
}

/// What the shell is given, and what stands behind that.
pub(super) fn inside(command: &[u8]) -> Option<(Vec<u8>, &[u8])> {
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
    let (silence, _) = command_and_input(behind);
    (silence_of(silence) == 0).then_some((old, behind))
}

/// Where at the end of a command its output is thrown away: at its end, where it is not.
fn silence_of(command: &[u8]) -> usize {
    let text = command.trim_ascii_end();
    let begins = SILENCE.iter().find_map(|silence| {
        let before = text.strip_suffix(*silence)?;
        let shorter = before.trim_ascii_end();
        (shorter.len() < before.len()).then_some(shorter.len())
    });
    begins.unwrap_or(command.len())
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
    let (command, silence) = command.split_at(silence_of(command));
    let mut wrapped = SHELL.as_bytes().to_vec();
    for byte in command {
        match byte {
            b'\'' => wrapped.extend(QUOTE),
            byte => wrapped.push(*byte),
        }
    }
    wrapped.push(b'\'');
    wrapped.extend(silence);
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
