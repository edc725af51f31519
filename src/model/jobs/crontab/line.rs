//! What a crontab line is (crontab(5)).

use super::wrapper;
use super::{CronTimes, CrontabEntry, DISABLED, EntryKind};
use crate::model::config::check_name;
use crate::model::jobs::schedule::Schedule;

pub(super) enum CrontabLine {
    /// `# inneros: NAME`: the next line is called so.
    Name(String),
    Entry(Box<CrontabEntry>),
    /// A comment, a variable, nothing.
    Other,
}

/// An entry in its parts: what stands before the command, and the command with all that
/// follows it on the line but the line's end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    pub before: &'a [u8],
    pub command: &'a [u8],
    pub end: &'a [u8],
}

pub(super) fn kind(line: &[u8]) -> CrontabLine {
    let enabled = without_mark(line).is_none();
    let rest = without_mark(line).unwrap_or(line);
    if enabled && let Some(name) = name_in_comment(rest) {
        return CrontabLine::Name(name);
    }
    let Some(parts) = parts(rest) else {
        return CrontabLine::Other;
    };
    let when = when(parts.before);
    CrontabLine::Entry(Box::new(entry(parts, when, enabled)))
}

fn entry(parts: Parts<'_>, when: CronTimes, enabled: bool) -> CrontabEntry {
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let command = shown(parts.command);
    let call = wrapper::call(&command);
    let (name, kind) = match &call {
        Some((name, false)) => (name.clone(), EntryKind::Configured),
        Some((name, true)) => (name.clone(), EntryKind::Recorded),
        None => (name_of(&command), EntryKind::Plain),
    };
    let when = if command.is_empty() {
        CronTimes::Unclear("the line has no command".into())
    } else {
        when
    };
    CrontabEntry {
        line: 0,
        name,
        when,
        command: wrapper::unwrapped(parts.command).map_or(command, |old| shown(&old)),
        enabled,
        kind,
    }
}

/// What is behind the mark that switches a line off.
pub(super) fn without_mark(line: &[u8]) -> Option<&[u8]> {
    let mark = DISABLED.trim_ascii_end();
    line.strip_prefix(DISABLED)
        .or_else(|| line.strip_prefix(mark))
}

fn name_in_comment(line: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(line).ok()?.trim();
    let name = text
        .strip_prefix('#')?
        .trim_start()
        .strip_prefix("inneros:")?
        .trim();
    check_name(name).is_ok().then(|| name.to_owned())
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Takes an entry apart; nothing where the line is none.
pub(super) fn parts(line: &[u8]) -> Option<Parts<'_>> {
    let end = match line {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    };
    let (text, end) = line.split_at(line.len() - end);
    let blank = |from: usize| {
        from + text[from..]
            .iter()
            .take_while(|byte| is_blank(**byte))
            .count()
    };
    let word = |from: usize| {
        from + text[from..]
            .iter()
            .take_while(|byte| !is_blank(**byte))
            .count()
    };
    let begin = blank(0);
    let first = *text.get(begin)?;
    if first == b'#' || is_variable(&text[begin..]) {
        return None;
    }
    let fields = if first == b'@' { 1 } else { 5 };
    let mut at = begin;
    for _ in 0..fields {
        at = blank(word(at));
    }
    let (before, command) = text.split_at(at);
    Some(Parts {
        before,
        command,
        end,
    })
}

/// Whether a line sets a variable: cron tries that first.
fn is_variable(text: &[u8]) -> bool {
    let name = match text {
        [quote @ (b'"' | b'\''), rest @ ..] => match rest.iter().position(|byte| byte == quote) {
            Some(end) => end + 2,
            None => return false,
        },
        _ => text
            .iter()
            .take_while(|byte| !is_blank(**byte) && **byte != b'=')
            .count(),
    };
    let rest = text.get(name..).unwrap_or_default();
    name > 0 && rest.trim_ascii_start().first() == Some(&b'=')
}

/// The variable that a line sets, and its value.
pub(super) fn variable(line: &[u8]) -> Option<(String, String)> {
    let text = std::str::from_utf8(line).ok()?.trim();
    if !is_variable(text.as_bytes()) || text.starts_with('#') {
        return None;
    }
    let (name, value) = text.split_once('=')?;
    let plain = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    Some((plain(name), plain(value)))
}

/// The shell that a crontab sets, as the last line that does.
pub(super) fn shell(text: &[u8]) -> Option<String> {
    let variables = super::lines(text).filter_map(variable);
    let shells = variables.filter(|(name, _)| name == "SHELL");
    shells.last().map(|(_, value)| value)
}

fn when(before: &[u8]) -> CronTimes {
    let text = String::from_utf8_lossy(before);
    let text = text.trim();
    if text.eq_ignore_ascii_case("@reboot") {
        return CronTimes::Reboot;
    }
    match Schedule::cron(text) {
        Ok(schedule) => CronTimes::Times(schedule),
        Err(why) => CronTimes::Unclear(why),
    }
}

/// Programs that run the one that is meant.
const RUNNERS: [&str; 24] = [
    "sh", "bash", "zsh", "dash", "ksh", "env", "nice", "ionice", "nohup", "time", "timeout",
    "flock", "chronic", "python", "python3", "perl", "ruby", "node", "cd", "exec", "sudo", "test",
    "[", "sleep",
];

/// A name for a command: its script's, or that of its program.
fn name_of(command: &str) -> String {
    let words: Vec<&str> = command
        .split(|c: char| c.is_whitespace() || "&|;()<>'\"".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let base = |word: &&str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let is_script = |word: &&&str| {
        let scripts = [".sh", ".py", ".pl", ".rb", ".js", ".bash", ".zsh"];
        scripts.iter().any(|ending| word.ends_with(ending))
    };
    let is_program = |word: &&&str| {
        let name = base(word);
        !RUNNERS.contains(&name.as_str())
            && !word.starts_with(['-', '$', '~', '.'])
            && !word.contains('=')
            && !name.is_empty()
            && !name.bytes().all(|byte| byte.is_ascii_digit())
    };
    let after_cd = |at: usize| {
        at.checked_sub(1)
            .is_some_and(|before| words[before] == "cd")
    };
    let program = words.iter().find(is_script).or_else(|| {
        let mut programs = words.iter().enumerate().filter(|(at, _)| !after_cd(*at));
        programs.find_map(|(_, word)| is_program(&word).then_some(word))
    });
    let name = program.map(base).unwrap_or_default();
    let stem = name
        .rsplit_once('.')
        .map_or(name.as_str(), |(stem, _)| stem);
    let plain: String = stem
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .take(60)
        .collect();
    let plain = plain.trim_matches(['-', '.', '_']);
    if check_name(plain).is_ok() {
        plain.to_owned()
    } else {
        "job".to_owned()
    }
}
