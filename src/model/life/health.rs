//! Health: which address may be asked, and what its answer says.

// The address types alone: there are no sockets in `core`.
use core::net::IpAddr;

use http::Uri;
use serde_json::Value;

use crate::model::config::secrets;
use crate::model::life::observation::Probe;
use crate::model::text;

/// Whether a health URL may be asked; if not, why, and what would be right.
pub fn check_url(url: &str, allow_remote: bool) -> Result<(), String> {
    let Some(host) = host_of(url) else {
        let why = if url.starts_with("https://") {
            "https is not supported".into()
        } else {
            format!("{:?} is no URL that can be asked", secrets::in_text(url))
        };
        return Err(format!(
            "{why}, expected one that starts with \"http://\", such as \"http://127.0.0.1:8080/health\"",
        ));
    };
    if allow_remote || is_loopback(&host) {
        return Ok(());
    }
    Err(format!(
        "'{host}' is not this computer, expected \"localhost\", \"127.0.0.1\" or \"[::1]\", or `allow_remote = true` in [health]",
    ))
}

/// What an answer says: 2xx is good, whatever stands in it. Else the failing parts of an
/// InnerOS daemon are named, where `report` tells them.
pub fn judge(status: u16, report: Option<&Value>) -> Probe {
    /// Of the names together, in characters.
    const LONGEST: usize = 80;
    let names = report.map(failing).unwrap_or_default().join(", ");
    match status {
        200..300 => Probe::Good,
        300..400 => Probe::Bad(format!("HTTP {status}, a redirect, which is not followed")),
        _ if names.is_empty() => Probe::Bad(format!("HTTP {status}")),
        _ => Probe::Bad(text::printable(&text::shortened(&names, LONGEST))),
    }
}

/// The checks that failed and the handlers that are not healthy. The check `daemon` is
/// about all of it, and named only where nothing else is.
fn failing(report: &Value) -> Vec<&str> {
    let entries = |part: &'static str| {
        let names = report.pointer(part).and_then(Value::as_object);
        names.into_iter().flatten()
    };
    let checks = entries("/daemon/checks").filter(|(_, passed)| **passed == Value::Bool(false));
    let handlers = entries("/handlers").filter(|(_, handler)| {
        let status = handler.get("status").and_then(Value::as_str);
        status.is_some_and(|status| status != "healthy")
    });
    let mut names: Vec<&str> = checks
        .chain(handlers)
        .map(|(name, _)| name.as_str())
        .collect();
    if names.len() > 1 {
        names.retain(|name| *name != "daemon");
    }
    names
}

/// The host of a URL that can be asked.
fn host_of(url: &str) -> Option<String> {
    let uri: Uri = url.starts_with("http://").then(|| url.parse().ok())??;
    let authority = uri.authority()?;
    let host = authority.host();
    let (_, place) = authority
        .as_str()
        .rsplit_once('@')
        .unwrap_or(("", authority.as_str()));
    let port = place.strip_prefix(host)?;
    // What is no port would be passed over, and port 80 asked.
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    let fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (!host.is_empty() && fits).then(|| host.to_owned())
}

fn is_loopback(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let address = bare.unwrap_or(host).parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// The port that a URL leads to.
pub fn port(url: &str) -> Option<u16> {
    let uri: Uri = url.parse().ok()?;
    Some(uri.port_u16().unwrap_or(80))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(status: u16, report: &str) -> String {
        let report = serde_json::from_str(report).ok();
        match judge(status, report.as_ref()) {
            Probe::Good => "good".into(),
            Probe::Bad(reason) => reason,
        }
    }

    /// What a real daemon answers while its scheduler is down.
    const SCHEDULER_DOWN: &str = r#"{"daemon":{"checks":{"daemon":false,"event_handler":true,"file_watcher":true,"scheduler":false},"is_healthy":false,"status_code":503},"handlers":{}}"#;

    #[test]
    fn two_hundreds_are_good_whatever_the_report_says() {
        for status in [200, 204, 299] {
            assert_eq!(bad(status, "{}"), "good");
            assert_eq!(bad(status, SCHEDULER_DOWN), "good");
        }
    }

    #[test]
    fn what_fails_is_named() {
        let handlers = r#"{"daemon":{"checks":{"daemon":true}},"handlers":{"a":{"status":"healthy"},"youtube":{"status":"degraded"}}}"#;
        let both = r#"{"daemon":{"checks":{"watcher":false,"daemon":false}},"handlers":{"youtube":{"status":"unhealthy"}}}"#;
        let alone = r#"{"daemon":{"checks":{"daemon":false,"watcher":true}},"handlers":{}}"#;

        assert_eq!(bad(503, SCHEDULER_DOWN), "scheduler");
        assert_eq!(bad(503, handlers), "youtube");
        assert_eq!(bad(503, both), "watcher, youtube");
        assert_eq!(bad(503, alone), "daemon");
    }

    #[test]
    fn any_other_report_leaves_the_status() {
        for report in [
            "no JSON",
            "null",
            "[]",
            "{}",
            r#"{"daemon":{"checks":{"scheduler":true},"is_healthy":false}}"#,
            r#"{"daemon":{"checks":{"scheduler":"down"}},"handlers":{"a":"unhealthy"}}"#,
            r#"{"daemon":{"checks":[false]},"handlers":[{"status":"unhealthy"}]}"#,
        ] {
            assert_eq!(bad(500, report), "HTTP 500", "{report}");
        }
        assert_eq!(bad(404, "{}"), "HTTP 404");
    }

    #[test]
    fn a_redirect_is_said_to_be_one() {
        assert_eq!(
            bad(302, SCHEDULER_DOWN),
            "HTTP 302, a redirect, which is not followed"
        );
    }

    #[test]
    fn names_cannot_drive_a_terminal_or_go_on_for_ever() {
        let report = |name: &str| serde_json::json!({ "daemon": { "checks": { name: false } } });

        assert_eq!(
            judge(503, Some(&report("\u{1b}[2J\n"))),
            Probe::Bad("\\u{1b}[2J\\n".into())
        );
        let Probe::Bad(long) = judge(503, Some(&report(&"é".repeat(60_000)))) else {
            panic!("a failing check is no good answer");
        };
        assert_eq!(long, format!("{}…", "é".repeat(80)));
    }

    #[test]
    fn this_computer_may_be_asked() {
        for url in [
            "http://127.0.0.1:8080/health",
            "http://127.0.0.1",
            "http://127.9.9.9:1/",
            "http://localhost:8080/health",
            "http://LOCALHOST/",
            "http://[::1]:8080/health?a=b",
            "http://me:secret@127.0.0.1:80/",
        ] {
            assert_eq!(check_url(url, false), Ok(()), "{url}");
        }
    }

    #[test]
    fn another_computer_may_be_asked_only_where_that_is_allowed() {
        for url in [
            "http://10.0.0.5/health",
            "http://0.0.0.0:8080/",
            "http://[::]:8080/",
            "http://[fe80::1]/",
            "http://example.com/health",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1@example.com/",
            "http://localhost:80@example.com/",
            "http://example.com#@127.0.0.1/",
            "http://example.com?@127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
        ] {
            let why = check_url(url, false).expect_err(url);

            assert!(why.contains("is not this computer"), "{url}: {why}");
            assert!(why.contains("`allow_remote = true`"), "{url}: {why}");
            assert_eq!(check_url(url, true), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_is_no_http_url_is_refused_in_any_case() {
        for url in [
            "",
            "http://",
            "http:///health",
            "http://:8080/",
            "http://127.0.0.1:/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:80a/",
            "http://::1:8080/",
            "http://[::1/",
            "http://[::1]8080/",
            "http://127.0.0.1/a b",
            "http://127.0.0.1/\r\nHost: x",
            "http://münchen/",
            "127.0.0.1:8080/health",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "unix:/run/daemon.sock",
            "HTTPS://127.0.0.1/",
            "https://127.0.0.1/",
        ] {
            for allow_remote in [false, true] {
                let why = check_url(url, allow_remote).expect_err(url);

                assert!(why.contains("starts with \"http://\""), "{url}: {why}");
            }
        }
        let why = check_url("https://127.0.0.1/", true).expect_err("no TLS");
        assert!(why.starts_with("https is not supported"), "{why}");
    }
}
