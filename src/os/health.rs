//! The health probe: one HTTP request.

use std::io::{self, BufReader, Read};
use std::net::{IpAddr, ToSocketAddrs};
use std::thread;

use http::Uri;
use serde::Deserialize;
use serde::de::IgnoredAny;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::model::config::HealthCheck;
use crate::model::life::health::{self, HealthAnswer, Probe};
use crate::model::{url, words};

/// Asks the health URL once, and no other: a redirect is not followed.
pub fn probe(check: &HealthCheck) -> HealthAnswer {
    let failed = |error: &dyn std::fmt::Display| Probe::Bad(format!("no proper answer: {error}"));
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(check.timeout))
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .build();
    let agent = ureq::Agent::with_parts(config, DefaultConnector::default(), Local);
    let failure = match agent.get(&check.url).call() {
        Ok(answer) => {
            let status = answer.status().as_u16();
            let to = answer
                .headers()
                .get("location")
                .and_then(|to| to.to_str().ok());
            if let (300..400, Some(to)) = (status, to) {
                return health::redirect(status, to).into();
            }
            let scheme = answer.headers().get("www-authenticate");
            let scheme = scheme.and_then(|it| it.to_str().ok()).map(str::to_owned);
            let said = health::judge(status, &begin_of(answer.into_body()));
            return match status {
                401 => said.wants(scheme.as_deref(), url::has_user(&check.url)),
                _ => said,
            };
        }
        Err(ureq::Error::Timeout(_)) => {
            Probe::Bad(format!("no answer within {}", words::limit(check.timeout)))
        }
        Err(ureq::Error::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Probe::Bad("nothing listens at the health URL".into())
        }
        // What a server says that expects TLS.
        Err(error) if error.to_string().contains("http parse fail") => {
            failed(&"it is not in HTTP; it may be in TLS (https)")
        }
        // Others close the connection without a word.
        Err(ureq::Error::Io(error)) if is_hung_up(&error) => {
            failed(&"it closed the connection without one; it may want TLS (https)")
        }
        Err(error) => failed(&error),
    };
    failure.into()
}

/// Whether the other side has ended the connection before it said anything whole.
fn is_hung_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

/// Finds this computer without a thread, which ureq makes for every name: a question is asked
/// every few seconds.
#[derive(Debug)]
struct Local;

impl Resolver for Local {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let Some(address) = local_address(uri) else {
            // Where there can be no thread ureq panics.
            thread::Builder::new().spawn(|| ())?;
            return DefaultResolver::default().resolve(uri, config, timeout);
        };
        let mut found = self.empty();
        for address in address.to_socket_addrs()?.take(4) {
            found.push(address);
        }
        Ok(found)
    }
}

/// An address that needs nobody to be asked.
fn local_address(uri: &Uri) -> Option<(&str, u16)> {
    let place = url::place(uri)?;
    let is_local = url::is_here(place.0) || place.0.parse::<IpAddr>().is_ok();
    is_local.then_some(place)
}

/// The beginning of a body: up to the end of the JSON that it begins with, if it does. What
/// comes behind it is not waited for, and not read.
fn begin_of(body: ureq::Body) -> Vec<u8> {
    /// In bytes. The report of an InnerOS daemon has a few hundred.
    const MOST: u64 = 64 * 1024;
    let mut kept = Kept {
        of: BufReader::new(body.into_reader().take(MOST)),
        bytes: Vec::new(),
    };
    // What is no JSON is known by its first bytes; what is half of one ends in an error.
    let _ = IgnoredAny::deserialize(&mut serde_json::Deserializer::from_reader(&mut kept));
    kept.bytes.extend_from_slice(kept.of.buffer());
    kept.bytes
}

/// Reads on, and keeps what was read.
struct Kept<R> {
    of: R,
    bytes: Vec<u8>,
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.of.read(buffer)?;
        self.bytes.extend(&buffer[..read]);
        Ok(read)
    }
}
