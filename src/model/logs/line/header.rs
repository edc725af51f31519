//! What stands between the time of a line and its message, in whatever order a logger puts it:
//! process, thread, level, component.

use super::level::{self, Level, NamedLevel};

/// Level, component and message.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    pub level: Option<NamedLevel<'a>>,
    pub component: Option<&'a [u8]>,
    pub message: &'a [u8],
}

/// A header is no longer, in bytes, nor a part of it.
const LONGEST: usize = 256;

/// It has no more parts.
const PARTS: usize = 9;

/// Takes the text behind a time apart; `level` is that in front of the time, where there is one.
pub(super) fn header<'a>(text: &'a [u8], level: Option<NamedLevel<'a>>) -> Header<'a> {
    let mut scan = Scan {
        text,
        at: 0,
        mark: Mark::None,
        level,
        component: None,
        message: 0,
        candidate: None,
        field: None,
        aside: None,
        is_marked: false,
        is_structlog: false,
    };
    for _ in 0..PARTS {
        if scan.at > LONGEST || !scan.part() {
            break;
        }
    }
    scan.finish()
}

/// What parts one part from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Spaces(usize),
    Dash,
    Pipe,
    Tab,
    Colon,
}

impl Mark {
    /// Whether parts between two of these are fields, whatever is in them.
    fn delimits(self) -> bool {
        matches!(self, Mark::Dash | Mark::Pipe | Mark::Tab)
    }
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    /// What stands in front of the part at hand.
    mark: Mark,
    level: Option<NamedLevel<'a>>,
    component: Option<&'a [u8]>,
    /// Where the message begins, as far as is known.
    message: usize,
    /// A level of a name that is not known, if no other comes, and where it ends.
    candidate: Option<(&'a [u8], usize)>,
    /// A field before the level.
    field: Option<&'a [u8]>,
    /// What stands in brackets behind the level: a thread, or the component.
    aside: Option<&'a [u8]>,
    /// The level ends with a colon: what follows is the message.
    is_marked: bool,
    /// It is of the form of structlog's console.
    is_structlog: bool,
}

impl<'a> Scan<'a> {
    /// Takes the next part; whether another may follow.
    fn part(&mut self) -> bool {
        (self.mark, self.at) = mark(self.text, self.at);
        if self.level.is_some() && self.mark == Mark::Colon {
            return false;
        }
        match self.text.get(self.at) {
            Some(b'[') => self.bracket(b']'),
            Some(b'(') => self.bracket(b')'),
            Some(b'<') => self.bracket(b'>'),
            Some(_) if self.level.is_none() => self.word_before(),
            Some(_) => self.word_behind(),
            None => false,
        }
    }

    fn bracket(&mut self, close: u8) -> bool {
        let rest = &self.text[self.at..];
        let head = &rest[..rest.len().min(LONGEST)];
        let Some(end) = memchr::memchr(close, head) else {
            return false;
        };
        let inner = head[1..end].trim_ascii();
        self.at += end + 1;
        if self.level.is_some() {
            self.bracket_behind(inner);
            return true;
        }
        if let Some((level, component)) = in_bracket(inner) {
            self.level = Some(level);
            self.component = component.filter(|name| is_name(name));
            self.is_structlog = component.is_none() && inner.is_ascii() && !is_upper(inner);
            self.is_marked = self.text.get(self.at) == Some(&b':');
            self.at += usize::from(self.is_marked);
            self.message = self.at;
        } else if level::may_be_one(inner) && self.candidate.is_none() {
            self.candidate = Some((inner, self.at));
        }
        true
    }

    /// A process or a thread; or the component, where it looks like one.
    fn bracket_behind(&mut self, inner: &'a [u8]) {
        let colon = usize::from(self.text.get(self.at) == Some(&b':'));
        let is_path = memchr::memchr(b'.', inner).is_some() || has_path(inner);
        let ends = colon > 0 || self.text.get(self.at) == Some(&b' ');
        // `(name/812)` of pino-pretty.
        let slash = memchr::memchr(b'/', inner).filter(|at| is_process(&inner[at + 1..]));
        if ends && (is_process(inner) || slash.is_some()) {
            self.at += colon;
            self.message = self.at;
            self.is_marked |= colon > 0;
            self.component = self.component.or(slash.map(|at| &inner[..at]));
        } else if self.component.is_none() && is_path && is_name(inner) {
            self.at += colon;
            self.message = self.at;
            self.component = Some(inner);
        } else if is_name(inner) {
            self.aside = Some(inner);
        }
    }

    /// A word in front of which there was no level.
    fn word_before(&mut self) -> bool {
        let (word, end) = self.word();
        let next = mark(self.text, end).0;
        let is_field = self.mark.delimits() && next == self.mark;
        let bare = word.strip_suffix(b":").unwrap_or(word);
        let has_colon = bare.len() < word.len() || next == Mark::Colon;
        let stands_alone = is_field || self.mark == Mark::Pipe || self.mark == Mark::Tab;
        if let Some(level) = level_word(bare, has_colon, stands_alone) {
            self.level = Some(level);
            self.is_marked = has_colon;
            (self.at, self.message) = (end, end);
            return true;
        }
        if let [letter] = bare
            && let Some(level) = Level::letter(*letter)
            && (is_field || is_head(&self.text[end..]))
        {
            self.level = Some((level, None));
            (self.at, self.message) = (end, end);
            self.subsystem();
            return true;
        }
        if let Some(length) = php(&self.text[self.at..]) {
            self.level = Some((Level::Error, None));
            self.message = self.at + length;
            return false;
        }
        if let Some((level, component, message)) = joined(self.text, self.at, word) {
            self.level = Some(level);
            self.component = component;
            (self.at, self.message) = (message, message);
            return false;
        }
        if self.at <= 1 && is_zone(word) {
            (self.at, self.message) = (end, end);
            return true;
        }
        if is_process(bare) || self.is_host(end) {
            self.at = end;
            return true;
        }
        if is_field {
            if level::may_be_one(word) && self.candidate.is_none() {
                self.candidate = Some((word, end));
            } else {
                self.field = self.field.or(Some(word));
            }
            self.at = end;
            return true;
        }
        // A logger, if a level follows it.
        if self.level_follows(word, end) {
            self.field = self
                .field
                .or(Some(bare))
                .filter(|name| !name.contains(&b'@'));
            self.at = end;
            return true;
        }
        if self.field.is_none()
            && let Some(file) = bare.iter().rposition(|byte| *byte == b':')
            && bare.len() < word.len()
            && bare[file + 1..].iter().all(u8::is_ascii_digit)
            && is_name(&bare[..file])
        {
            // `main.go:12: `, without a level.
            self.component = Some(bare);
            self.message = end;
        }
        false
    }

    /// The part of `MongoDB` that a line is of, behind its letter.
    fn subsystem(&mut self) {
        let from = mark(self.text, self.at).1;
        let rest = &self.text[from..];
        let length = rest
            .iter()
            .take(16)
            .take_while(|byte| **byte != b' ')
            .count();
        let (word, behind) = rest.split_at(length);
        let opens = behind.trim_ascii_start().starts_with(b"[");
        if opens && (is_upper(word) || word == b"-") {
            self.at = from + length;
            self.message = self.at;
            self.component = Some(word).filter(|word| is_upper(word));
        }
    }

    /// Whether a word is a host, in front of `name[812] LEVEL`.
    fn is_host(&self, end: usize) -> bool {
        let rest = &self.text[mark(self.text, end).1..];
        let head = &rest[..rest.len().min(128)];
        let Some(space) = memchr::memchr(b' ', head) else {
            return false;
        };
        let name = &head[..space];
        let open = memchr::memchr(b'[', name).filter(|open| *open > 0);
        let is_program = open.is_some_and(|open| {
            let pid = name[open + 1..].strip_suffix(b"]");
            pid.is_some_and(is_process) && is_name(name)
        });
        is_program && self.level_follows(name, end + 1 + space)
    }

    /// Whether a level follows that only a logger can stand in front of.
    fn level_follows(&self, word: &[u8], end: usize) -> bool {
        let (mark, from) = mark(self.text, end);
        let looks_like_one = word == b"root"
            || word == b"__main__"
            || word
                .iter()
                .any(|byte| matches!(byte, b'.' | b'_' | b'@' | b'/' | b'['))
            || has_path(word);
        let rest = &self.text[from..];
        if let Some(inner) = rest.strip_prefix(b"[") {
            let end = memchr::memchr(b']', &inner[..inner.len().min(16)]);
            return end.is_some_and(|end| Level::named(inner[..end].trim_ascii()).is_some());
        }
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric());
        let level = &rest[..length.count().min(16)];
        let behind = &rest[level.len()..];
        let is_set_off = behind.starts_with(b":") || behind.starts_with(b"  ");
        matches!(mark, Mark::Spaces(_) | Mark::Dash)
            && is_name(word)
            && (looks_like_one || is_set_off)
            && is_upper(level)
            && Level::named(level).is_some()
    }

    /// A word behind the level.
    fn word_behind(&mut self) -> bool {
        let (word, end) = self.word();
        let (next, _) = mark(self.text, end);
        // Where it was called from.
        if self.mark == Mark::Tab && next == Mark::Tab && is_place(word) {
            (self.at, self.message) = (end, end);
            return true;
        }
        if self.component.is_some() {
            return false;
        }
        if let Some(name) = word.strip_suffix(b"-")
            && is_place(name)
            && is_name(name)
        {
            self.component = Some(name);
            self.message = end;
            return false;
        }
        if let Some(length) = processes(&self.text[end..]).filter(|_| is_name(word)) {
            self.component = Some(word);
            self.message = end + length;
            return false;
        }
        if let Some(name) = word.strip_suffix(b":") {
            if word.contains(&b'{') {
                return self.skip_spans();
            }
            if is_process(name) {
                self.message = end;
                return false;
            }
            let is_dotted = memchr::memchr(b'.', name).is_some() || has_path(name);
            if is_name(name) && (!self.is_marked || is_dotted) {
                self.component = Some(name);
                self.message = end;
                if let Some(aside) = self.aside.filter(|_| is_place(name)) {
                    self.component = Some(aside);
                }
            }
            return false;
        }
        if word.contains(&b'{') {
            return self.skip_spans();
        }
        if self.is_marked {
            return false;
        }
        if is_process(word) && self.mark != Mark::Dash {
            self.at = end;
            // A process, if a thread or a logger follows.
            return matches!(mark(self.text, end).0, Mark::Dash | Mark::Spaces(_))
                && matches!(self.text.get(mark(self.text, end).1), Some(b'[' | b'('));
        }
        let is_field = self.mark.delimits() && next == self.mark;
        if (is_field || matches!(next, Mark::Dash | Mark::Colon)) && is_name(word) {
            self.component = Some(word);
            (self.at, self.message) = (end, end);
            return self.mark == Mark::Tab;
        }
        false
    }

    /// The spans of tracing, `a{b=1 c="d"}:e{f}: `, in front of the target.
    fn skip_spans(&mut self) -> bool {
        let head = &self.text[..self.text.len().min(self.at + 2 * LONGEST)];
        let Some(end) = memchr::memmem::rfind(&head[self.at..], b"}:") else {
            return false;
        };
        self.at += end + 2;
        // One without fields may be the last.
        if self.text.get(self.at) != Some(&b' ') {
            self.at = self.word().1;
        }
        true
    }

    /// The word here, and where it ends.
    fn word(&self) -> (&'a [u8], usize) {
        let rest = &self.text[self.at..];
        let head = &rest[..rest.len().min(LONGEST)];
        let ends = |byte: &u8| match byte {
            b' ' | b'\t' => true,
            b'|' => self.mark == Mark::Pipe,
            _ => false,
        };
        let length = head.iter().position(ends).unwrap_or(head.len());
        (&rest[..length], self.at + length)
    }

    fn finish(mut self) -> Header<'a> {
        if self.level.is_none()
            && let Some((word, end)) = self.candidate
        {
            self.level = Some(Level::of(word));
            self.message = end;
            self.at = end;
            for _ in 0..3 {
                if !self.part() {
                    break;
                }
            }
        }
        let component = match self.level {
            Some(_) => self.component.or(self.field),
            None => self.component,
        };
        let message = trimmed(&self.text[self.message..]);
        let behind = component.is_none() && self.is_structlog;
        let (component, message) = match name_behind(message).filter(|_| behind) {
            Some((name, message)) => (Some(name), message),
            None => (component.map(cleaned), message),
        };
        Header {
            level: self.level,
            component: component.filter(|name| !name.is_empty()),
            message,
        }
    }
}

/// The name that structlog puts behind a message, in brackets, and the message.
fn name_behind(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = &message[..message.len().min(2 * LONGEST)];
    let open = memchr::memchr_iter(b'[', head).find(|open| *open > 0 && head[open - 1] == b' ')?;
    let close = open + memchr::memchr(b']', &head[open..])?;
    let name = &head[open + 1..close];
    let rest = &message[close + 1..];
    if !is_name(name) || !(rest.is_empty() || rest.starts_with(b" ")) {
        return None;
    }
    // The pairs behind it are told with the message.
    let whole = if rest.trim_ascii().is_empty() {
        message[..open].trim_ascii_end()
    } else {
        message
    };
    Some((name, whole))
}

/// The mark at a place, and where the next part begins.
fn mark(text: &[u8], from: usize) -> (Mark, usize) {
    let mut at = from;
    let mut mark = Mark::None;
    while at < text.len() && at - from < LONGEST {
        (mark, at) = match (&text[at..], mark) {
            ([b' ', ..], Mark::Spaces(count)) => (Mark::Spaces(count + 1), at + 1),
            ([b' ', ..], Mark::None) => (Mark::Spaces(1), at + 1),
            ([b' ', ..], _) => (mark, at + 1),
            ([b'\t', ..], Mark::None | Mark::Tab) => (Mark::Tab, at + 1),
            ([b'|', ..], Mark::None | Mark::Spaces(_)) => (Mark::Pipe, at + 1),
            ([b'-', b'-', b'-', b' ', ..], Mark::Spaces(_)) => (Mark::Dash, at + 4),
            ([b'-', b'-', b' ', ..], Mark::Spaces(_)) => (Mark::Dash, at + 3),
            ([b'-', b' ', ..], Mark::Spaces(_)) => (Mark::Dash, at + 2),
            ([b':', b' ', ..], Mark::None | Mark::Spaces(_)) => (Mark::Colon, at + 2),
            _ => return (mark, at),
        };
    }
    (mark, at)
}

/// A level in brackets: `ERROR`, `core:error`, `ERROR/MainProcess`, `ERROR main`, `E`.
pub(super) fn in_bracket(inner: &[u8]) -> Option<(NamedLevel<'_>, Option<&[u8]>)> {
    let named = |word: &[u8]| Level::named(word).is_some();
    if named(inner) {
        return Some((Level::of(inner), None));
    }
    if let [letter] = inner {
        return Some(((Level::letter(*letter)?, None), None));
    }
    let at = inner
        .iter()
        .position(|byte| matches!(byte, b':' | b'/' | b' '))?;
    let (first, second) = (&inner[..at], inner[at + 1..].trim_ascii());
    match inner[at] {
        b':' if named(second) => Some((Level::of(second), Some(first))),
        b'/' | b' ' if named(first) => Some((Level::of(first), Some(second))),
        _ => None,
    }
}

/// A level that stands as a word, and no word of a message.
fn level_word(word: &[u8], has_colon: bool, stands_alone: bool) -> Option<NamedLevel<'_>> {
    Level::named(word)?;
    let is_usual = Level::plain(word).is_some();
    let is_one = match (is_upper(word), is_usual) {
        (true, true) => true,
        (true, false) => has_colon || stands_alone,
        (false, true) => has_colon || stands_alone,
        (false, false) => stands_alone,
    };
    is_one.then(|| Level::of(word))
}

/// `LEVEL:name:message`, `name.LEVEL:`; gives where the message begins.
fn joined<'a>(
    text: &'a [u8],
    at: usize,
    word: &'a [u8],
) -> Option<(NamedLevel<'a>, Option<&'a [u8]>, usize)> {
    let colon = memchr::memchr(b':', word)?;
    let (first, behind) = (&word[..colon], at + colon + 1);
    if is_upper(first) && Level::named(first).is_some() {
        let name = text[behind..]
            .iter()
            .take(LONGEST)
            .take_while(|byte| is_of_name(**byte) && **byte != b':')
            .count();
        let is_name = name > 0 && text.get(behind + name) == Some(&b':');
        let level = Level::of(first);
        return Some(if is_name {
            (level, Some(&text[behind..behind + name]), behind + name + 1)
        } else {
            (level, None, behind)
        });
    }
    let dot = first.iter().rposition(|byte| *byte == b'.')?;
    let (name, level) = (&first[..dot], &first[dot + 1..]);
    let is_one = is_upper(level) && Level::named(level).is_some() && is_name(name);
    is_one.then(|| (Level::of(level), Some(name), behind))
}

/// The errors of PHP that have two words for a level.
fn php(text: &[u8]) -> Option<usize> {
    let marks: [&[u8]; 2] = [b"PHP Fatal error: ", b"PHP Parse error: "];
    let mark = marks.iter().find(|mark| text.starts_with(mark))?;
    Some(mark.len())
}

/// The length of two numbers, as Django writes process and thread behind the module.
fn processes(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for _ in 0..2 {
        let rest = text[at..].strip_prefix(b" ")?;
        let digits = rest
            .iter()
            .take(20)
            .take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        at += if digits == 0 { return None } else { digits + 1 };
    }
    (text.get(at) == Some(&b' ')).then_some(at)
}

/// A number, as processes and threads have them: `812`, `#812`, `812#812`.
fn is_process(word: &[u8]) -> bool {
    !word.is_empty()
        && word
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'#')
}

fn is_zone(word: &[u8]) -> bool {
    (3..=5).contains(&word.len()) && is_upper(word)
}

fn is_upper(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_uppercase)
        && word
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether what follows a single letter is a header, and no sentence.
fn is_head(text: &[u8]) -> bool {
    matches!(
        text,
        [b' ', b' ' | b'[' | b'(', ..] | [b' ', b'-', b' ', ..]
    ) || matches!(text, [b' ', a, b, ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase())
}

/// `main.go:12`
fn is_place(word: &[u8]) -> bool {
    let Some(colon) = memchr::memrchr(b':', word) else {
        return false;
    };
    let digits = &word[colon + 1..];
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

fn has_path(word: &[u8]) -> bool {
    memchr::memmem::find(word, b"::").is_some()
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte >= 0x80
        || matches!(
            byte,
            b'.' | b'_'
                | b':'
                | b'-'
                | b'/'
                | b'$'
                | b'('
                | b')'
                | b'<'
                | b'>'
                | b'['
                | b']'
                | b'#'
                | b'*'
                | b'@'
                | b'~'
        )
}

/// Whether a word can be the name of a logger.
pub(super) fn is_name(word: &[u8]) -> bool {
    word.first()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
        && word.iter().all(|byte| is_of_name(*byte))
}

/// The name of a logger without the place in its code: `a.b:run:12`, `main.go:12`,
/// `A.B(F:87)`, `app[812]`.
pub(super) fn cleaned(name: &[u8]) -> &[u8] {
    let end = name
        .iter()
        .position(|byte| matches!(byte, b'(' | b'['))
        .filter(|end| *end > 0);
    let name = &name[..end.unwrap_or(name.len())];
    if !is_place(name) {
        return name;
    }
    let colon = memchr::memrchr(b':', name).unwrap_or(name.len());
    let file = &name[..colon];
    // The function, where one stands between.
    match memchr::memrchr(b':', file) {
        Some(at) if at > 0 && file[at - 1] != b':' => &file[..at],
        Some(_) | None => file,
    }
}

/// A message without the marks in front of it.
fn trimmed(text: &[u8]) -> &[u8] {
    let (mark, from) = mark(text, 0);
    match mark {
        Mark::None => text,
        Mark::Spaces(_) | Mark::Dash | Mark::Pipe | Mark::Tab | Mark::Colon => &text[from..],
    }
}
