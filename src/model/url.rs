//! Addresses: where a URL leads, and whether it may be asked.

// The address types alone: there are no sockets in `core`.
use core::net::IpAddr;

use http::Uri;

use crate::model::config::secrets;

/// Whether a health URL may be asked; if not, why, and what would be right.
pub fn check_url(url: &str, allow_remote: bool) -> Result<(), String> {
    let Some(host) = host_of(url) else {
        let why = if url.starts_with("https://") {
            "https is not supported".into()
        } else {
            format!("{:?} is not a usable URL", secrets::in_text(url))
        };
        return Err(format!(
            "{why}, expected one that starts with \"http://\", such as \"http://127.0.0.1:8080/health\"",
        ));
    };
    if allow_remote || is_here(bare(&host)) {
        return Ok(());
    }
    Err(format!(
        "'{host}' is not this computer, expected \"localhost\", \"127.0.0.1\" or \"[::1]\", or `allow_remote = true` in [health]",
    ))
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

/// The host and the port that a URL leads to, an address without its brackets.
pub fn place(uri: &Uri) -> Option<(&str, u16)> {
    let standard = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    Some((bare(uri.host()?), uri.port_u16().unwrap_or(standard)))
}

/// Whether a host, without brackets, is this computer.
pub fn is_here(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn bare(host: &str) -> &str {
    let inside = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inside.unwrap_or(host)
}

/// Whether a URL has a user in it.
pub fn has_user(url: &str) -> bool {
    let uri: Option<Uri> = url.parse().ok();
    let authority = uri.as_ref().and_then(Uri::authority);
    authority.is_some_and(|authority| authority.as_str().contains('@'))
}

/// The path that a URL leads to.
pub fn path(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    Some(uri.path().to_owned())
}

/// The port that a URL leads to.
pub fn port(url: &str) -> Option<u16> {
    let uri: Uri = url.parse().ok()?;
    Some(place(&uri)?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

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
