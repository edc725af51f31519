//! The health probe: one HTTP request.

use std::io::{self, BufReader, Read};
use std::net::{IpAddr, ToSocketAddrs};
use std::thread;

use http::Uri;
use serde::Deserialize;
use serde_json::Value;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::model::config::HealthCheck;
use crate::model::life::health;
use crate::model::life::observation::Probe;
use crate::model::words;

/// Asks the health URL once, and no other: a redirect is not followed.
pub fn probe(check: &HealthCheck) -> Probe {
    let failed = |error: &dyn std::fmt::Display| Probe::Bad(format!("no proper answer: {error}"));
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(check.timeout))
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .build();
    let agent = ureq::Agent::with_parts(config, DefaultConnector::default(), Local);
    match agent.get(&check.url).call() {
        // A body that tells nothing more is not waited for.
        Ok(answer) if answer.status().is_success() => health::judge(answer.status().as_u16(), None),
        Ok(answer) => {
            let status = answer.status().as_u16();
            health::judge(status, report(answer.into_body()).as_ref())
        }
        Err(ureq::Error::Timeout(_)) => {
            Probe::Bad(format!("no answer within {}", words::limit(check.timeout)))
        }
        Err(ureq::Error::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Probe::Bad("nothing listens at the health URL".into())
        }
        Err(error) => failed(&error),
    }
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
fn local_address(uri: &Uri) -> Option<(String, u16)> {
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok();
    is_local.then(|| (host.to_owned(), uri.port_u16().unwrap_or(80)))
}

/// The JSON that a body begins with. What comes behind it is neither read nor waited for.
fn report(body: ureq::Body) -> Option<Value> {
    /// In bytes. The report of an InnerOS daemon has a few hundred.
    const MOST: u64 = 64 * 1024;
    let begin = BufReader::new(body.into_reader().take(MOST));
    Value::deserialize(&mut serde_json::Deserializer::from_reader(begin)).ok()
}
