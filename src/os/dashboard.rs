//! Whether the dashboard answers.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use ureq::http::Uri;

use crate::model::url;

/// How long a connection on this computer may take.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether anything listens at an address on this computer. Nothing is said about others:
/// they would hear from us again and again.
pub fn listens(address: &str) -> Option<bool> {
    let uri: Uri = address.parse().ok()?;
    let place = url::place(&uri).filter(|(host, _)| url::is_here(host))?;
    let mut addresses = place.to_socket_addrs().ok()?;
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
