//! A port that is taken: the error that daemons say most often when they do not start.

use crate::model::text;

/// The port that an error says is taken; nothing if it says no such thing. An error
/// that names no port means `usual`.
///
/// `OSError: [Errno 98] Address already in use` is what Python says on Linux; errno is 48 on
/// macOS, `EADDRINUSE` what Node.js calls it.
pub fn taken(error: &str, usual: Option<u16>) -> Option<u16> {
    let lower = error.to_lowercase();
    let says_so = lower.contains("address already in use") || lower.contains("eaddrinuse");
    if !says_so {
        return None;
    }
    named(&lower).or(usual)
}

/// The last number behind `:`, `port ` or the comma of a Python address.
fn named(lower: &str) -> Option<u16> {
    const MARKS: [&str; 3] = [":", "port ", "', "];
    let number_at = |at: usize| {
        let digits = lower[at..].split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<u16>().ok().filter(|port| *port > 0)
    };
    MARKS
        .iter()
        .flat_map(|mark| lower.match_indices(mark))
        .filter(|(at, mark)| *mark != ":" || !is_time(&lower[..*at]))
        .filter_map(|(at, mark)| Some((at, number_at(at + mark.len())?)))
        .max()
        .map(|(_, port)| port)
}

/// Whether the number behind this and a colon is one of a time, `13:37:53`, and not a
/// port: in front of that stands a host.
fn is_time(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-')
        .next()
        .unwrap_or_default();
    let is_address = || {
        let parts: Vec<&str> = word.split('.').collect();
        parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok())
    };
    let is_name = || word.starts_with(|c: char| c.is_ascii_alphabetic());
    word.ends_with(|c: char| c.is_ascii_digit()) && !is_address() && !is_name()
}

/// What listens at a port, in words: `port 8080 is taken by python3 (pid 812)`. Any program may
/// have any name.
pub fn sentence(port: u16, holder: Option<(i32, &str)>) -> String {
    const LONGEST: usize = 40;
    match holder {
        Some((pid, name)) => {
            let name = text::printable(&text::shortened(name, LONGEST));
            format!("port {port} is taken by {name} (pid {pid})")
        }
        None => format!("port {port} is taken"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_that_an_error_names_is_found() {
        for (error, port) in [
            (
                "error while attempting to bind on address ('127.0.0.1', 8080): address already in use",
                8080,
            ),
            (
                "Error: listen EADDRINUSE: address already in use :::3000",
                3000,
            ),
            (
                "listen tcp 127.0.0.1:9000: bind: address already in use",
                9000,
            ),
            ("[ERROR] health: Port 8081: Address already in use", 8081),
            ("OSError: [Errno 98] Address already in use", 7),
            (
                "2026-11-25 13:37:53 [ERROR] src.daemon: [Errno 98] Address already in use",
                7,
            ),
            (
                "2026-11-25T13:37:53.123+05:30 ERROR: [Errno 98] Address already in use",
                7,
            ),
            (
                "13:37:53 bind http://vm1:8082/: Address already in use",
                8082,
            ),
            ("13:37:53 [::1]:8083: Address already in use", 8083),
            (
                "OSError: [Errno 48] error while attempting to bind on address ('::1', 8080, 0, 0): address already in use",
                8080,
            ),
        ] {
            assert_eq!(taken(error, Some(7)), Some(port), "{error}");
        }
    }

    #[test]
    fn what_speaks_of_something_else_names_no_port() {
        for error in [
            "",
            "ValueError: no vault",
            "connection refused: 127.0.0.1:8080",
        ] {
            assert_eq!(taken(error, Some(7)), None, "{error}");
        }
        assert_eq!(taken("Address already in use", None), None);
        assert_eq!(taken("address already in use: 127.0.0.1:99999", None), None);
    }

    #[test]
    fn who_has_it_is_named() {
        assert_eq!(
            sentence(8080, Some((812, "python3"))),
            "port 8080 is taken by python3 (pid 812)"
        );
        assert_eq!(sentence(8080, None), "port 8080 is taken");
    }

    #[test]
    fn a_name_cannot_drive_a_terminal_or_break_a_line() {
        let said = sentence(8080, Some((812, "\x1b[2Jx\r\nerr")));

        assert_eq!(said, "port 8080 is taken by \\u{1b}[2Jx\\r\\nerr (pid 812)");
        assert!(sentence(8080, Some((812, &"x".repeat(1000)))).len() < 100);
    }
}
