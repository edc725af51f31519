//! A daemon's last output: which of its lines say why it ended.

// The address types alone: there are no sockets in `core`.
use core::net::IpAddr;

use crate::model::life::port;
use crate::model::logs::line::{self, Level};
use crate::model::text;

/// So many lines are shown.
const MOST: usize = 5;

/// The lines without what our own questions made the daemon write, without colours, and without
/// empty ones. `asked` is the path of the health URL.
pub fn told<'a>(lines: impl Iterator<Item = &'a str>, asked: Option<&str>) -> Vec<String> {
    let plain = lines.map(|line| text::without_colors(line.trim_end()));
    plain
        .filter(|line| !line.trim().is_empty())
        .filter(|line| !asked.is_some_and(|path| is_of_probe(line, path)))
        .collect()
}

/// The lines to show of a daemon that has failed: its last error with its traceback, where all
/// that follows is chatter; else its last ones. Of a long traceback the middle is left out.
pub fn of_failure(lines: &[String]) -> Vec<&String> {
    let begins_entry = |line: &String| level(line).is_some();
    let error = |line: &String| is_error(line);
    let shown = lines.iter().rposition(error).map_or(lines, |last| {
        let start = lines[..=last].iter().rposition(begins_entry).unwrap_or(0);
        let end = lines[last + 1..].iter().position(begins_entry);
        let end = end.map_or(lines.len(), |more| last + 1 + more);
        let first = lines[start..end].iter().position(error).unwrap_or(0);
        &lines[start + first..end]
    });
    let last = &shown[shown.len().saturating_sub(MOST)..];
    match shown {
        [first, _, ..] if shown.len() > MOST && begins_entry(first) => {
            std::iter::once(first).chain(&last[1..]).collect()
        }
        _ => last.iter().collect(),
    }
}

/// Whether a line says that something went wrong, as far as that can be told.
pub fn is_error(line: &str) -> bool {
    if let Some(level) = level(line) {
        return level >= Level::Error;
    }
    let is_taken = port::taken(line, Some(1)).is_some();
    line.starts_with("Traceback (") || is_exception(line) || is_panic(line) || is_taken
}

/// Whether a last line says that all went well: it is no error.
pub fn is_well(line: &str) -> bool {
    const WORDS: [&str; 8] = [
        "success",
        "started",
        "starting",
        "stopped",
        "stopping",
        "listening",
        "running",
        "ready",
    ];
    let lower = line.to_lowercase();
    match level(line) {
        Some(level) => level < Level::Error,
        None => !is_error(line) && WORDS.iter().any(|word| lower.contains(word)),
    }
}

/// `ModuleNotFoundError: No module named 'apscheduler'`, at the end of a traceback.
fn is_exception(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_name = |name: &str| {
        name.chars()
            .all(|c| c.is_alphanumeric() || "._".contains(c))
    };
    let ends = ["Error", "Exception", "Interrupt", "Exit"];
    is_name(name) && ends.iter().any(|end| last.ends_with(end))
}

fn is_panic(line: &str) -> bool {
    let begins = ["panic:", "fatal error:", "Error:"];
    begins.iter().any(|begin| line.starts_with(begin)) || line.contains("' panicked at ")
}

/// The level of a line that begins a log entry.
fn level(line: &str) -> Option<Level> {
    let parsed = line::parse(line.as_bytes()).and_then(|line| line.level);
    parsed.or_else(|| {
        // `LEVEL:logger:message`, Python's own.
        Level::named(line.split_once(':')?.0.as_bytes())
    })
}

/// Whether a line is what a server logs of our question: a GET of the health path that no
/// other computer has asked for.
fn is_of_probe(line: &str, path: &str) -> bool {
    let Some((before, behind)) = line.split_once(&format!("GET {path}")) else {
        return false;
    };
    let is_whole = behind.starts_with([' ', '?', '"', '\'']) || behind.is_empty();
    let mut addresses = before
        .split(|c: char| c.is_whitespace() || "()[]\",".contains(c))
        .chain(behind.split_whitespace())
        .filter_map(address);
    is_whole && addresses.all(|address| address.is_loopback())
}

/// An address, with or without a port.
fn address(word: &str) -> Option<IpAddr> {
    let bare = || word.rsplit_once(':').map(|(host, _)| host);
    word.parse().ok().or_else(|| bare()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        told(text.lines(), Some("/health"))
    }

    /// What a real daemon writes when it cannot start.
    const REFUSED: &str = "\
INFO:__main__:Starting AutomationDaemon...
ERROR:__main__:Failed to start daemon: Daemon already running with PID 812.
Traceback (most recent call last):
  File \"daemon.py\", line 121, in start
    self._pid_lock.acquire()
src.automation.pid_lock.PIDLockError: Daemon already running with PID 812.
INFO:__main__:Stopping AutomationDaemon...
INFO:__main__:Released PID lock
INFO:__main__:Daemon stopped successfully
";

    #[test]
    fn of_a_failed_start_the_error_and_its_traceback_are_shown() {
        let all = lines(REFUSED);

        assert_eq!(of_failure(&all), Vec::from_iter(&all[1..6]));
    }

    #[test]
    fn of_a_long_traceback_the_error_and_the_end_are_shown() {
        let all = lines(
            "INFO:a:up\nERROR:a:cannot start\nTraceback (most recent call last):\n  1\n  2\n  3\n  4\n\
             OSError: no\nINFO:a:bye\n",
        );

        assert_eq!(
            of_failure(&all),
            ["ERROR:a:cannot start", "  2", "  3", "  4", "OSError: no"]
        );
    }

    #[test]
    fn a_traceback_below_an_entry_that_is_no_error_is_the_error() {
        let all = lines(
            "INFO:a:started\nTraceback (most recent call last):\n  x\nOSError: no\nINFO:a:bye\n",
        );

        assert_eq!(of_failure(&all), Vec::from_iter(&all[1..4]));
    }

    #[test]
    fn without_an_error_the_last_lines_are_shown() {
        let all = lines("1\n2\n3\n4\n5\n6\n");

        assert_eq!(of_failure(&all), ["2", "3", "4", "5", "6"]);
        assert_eq!(of_failure(&[]), [] as [&String; 0]);
    }

    #[test]
    fn our_own_questions_are_not_the_daemons_last_words() {
        for line in [
            "INFO:werkzeug:127.0.0.1 - - [30/Nov/2026 07:44:31] \"GET /health HTTP/1.1\" 200 -",
            "127.0.0.1 - - [30/Nov/2026 07:44:31] \"\x1b[35m\x1b[1mGET /health HTTP/1.1\x1b[0m\" 503 -",
            "INFO:     127.0.0.1:54321 - \"GET /health HTTP/1.1\" 200 OK",
            "[30/Nov/2026 07:44:31] \"GET /health HTTP/1.1\" 200 12",
            "::1 - - \"GET /health?a=b HTTP/1.1\" 200",
            "GET /health",
        ] {
            assert_eq!(lines(line), Vec::<String>::new(), "{line}");
        }
        for line in [
            "10.0.0.5 - - [30/Nov/2026 07:44:31] \"GET /health HTTP/1.1\" 200 -",
            "127.0.0.1 - - \"GET /healthy HTTP/1.1\" 200 -",
            "127.0.0.1 - - \"POST /health HTTP/1.1\" 200 -",
            "cannot GET / health",
        ] {
            assert_eq!(lines(line), [line]);
        }
        assert_eq!(told("GET /health".lines(), None), ["GET /health"]);
    }

    #[test]
    fn colours_are_taken_away() {
        assert_eq!(lines("\x1b[1;31mOSError: no\x1b[0m\n"), ["OSError: no"]);
    }

    #[test]
    fn what_is_an_error_and_what_says_that_all_is_well() {
        for line in [
            "ModuleNotFoundError: No module named 'a'",
            "KeyboardInterrupt",
            "a.b.DaemonError: x",
            "thread 'main' panicked at src/main.rs:2:5:",
            "ERROR:a:b",
            "2026-11-22 20:14:27 [CRITICAL] a: b",
            "OSError: [Errno 98] Address already in use",
        ] {
            assert!(is_error(line) && !is_well(line), "{line}");
        }
        for line in [
            "Daemon started successfully",
            "INFO:__main__:Daemon started successfully",
            "listening on 8080",
        ] {
            assert!(is_well(line) && !is_error(line), "{line}");
        }
        for line in ["the disk is full", "more words"] {
            assert!(!is_well(line) && !is_error(line), "{line}");
        }
    }
}
