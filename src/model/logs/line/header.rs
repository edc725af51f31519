//! What is between the time of a line and its message, in any order: process, thread, level,
//! component.

use super::level::{self, Level, NamedLevel};
use super::words::{
    LONGEST, Mark, cleaned, has_path, in_bracket, is_head, is_name, is_place, is_process, is_upper,
    is_zone, joined, level_word, mark, name_behind, php, processes, trimmed,
};

/// Level, component and message.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    pub level: Option<NamedLevel<'a>>,
    pub component: Option<&'a [u8]>,
    pub message: &'a [u8],
}

/// It has no more parts.
const PARTS: usize = 9;

/// Takes the text behind a time apart; `level` is that in front of the time, if there is one.
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

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    /// What is before the part at hand.
    mark: Mark,
    level: Option<NamedLevel<'a>>,
    component: Option<&'a [u8]>,
    /// Where the message begins, as far as is known.
    message: usize,
    /// A level of a name that is not known, if no other comes, and where it ends.
    candidate: Option<(&'a [u8], usize)>,
    /// A field before the level.
    field: Option<&'a [u8]>,
    /// What is in brackets behind the level: a thread, or the component.
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

    /// A process or a thread; or the component, if it looks like one.
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

    /// Whether a level follows that only a logger can come before.
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
