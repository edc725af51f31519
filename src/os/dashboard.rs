//! Whether the dashboard is there.

use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use ureq::http::Uri;

/// How long a connection on this computer may take.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether anything listens at an address on this computer. Nothing is said of others:
/// they would hear from us again and again.
pub fn listens(url: &str) -> Option<bool> {
    let uri: Uri = url.parse().ok()?;
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    let here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    if !here {
        return None;
    }
    let standard = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    let mut addresses = (host, uri.port_u16().unwrap_or(standard))
        .to_socket_addrs()
        .ok()?;
    Some(addresses.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok()))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_listener_is_found_and_its_end_too() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();

        for host in ["127.0.0.1", "localhost"] {
            assert_eq!(listens(&format!("http://{host}:{port}/a?b")), Some(true));
        }
        drop(listener);
        assert_eq!(listens(&format!("http://127.0.0.1:{port}")), Some(false));
    }

    #[test]
    fn other_computers_are_left_in_peace() {
        for url in ["http://192.0.2.1:8000", "https://example.org", "no address"] {
            assert_eq!(listens(url), None, "{url}");
        }
    }
}
