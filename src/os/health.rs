//! The health probe: one HTTP request.

use std::io::{self, BufReader, Read};
use std::thread;

use serde::Deserialize;
use serde_json::Value;

use crate::model::config::HealthCheck;
use crate::model::health;
use crate::model::observation::Probe;
use crate::model::words;

/// Asks the health URL once, and no other: a redirect is not followed.
pub fn probe(check: &HealthCheck) -> Probe {
    let failed = |error: &dyn std::fmt::Display| Probe::Bad(format!("no proper answer: {error}"));
    // The host's name is looked up on a thread, and where there can be none ureq panics.
    match thread::Builder::new().spawn(|| ()) {
        // It does nothing, not even panic.
        Ok(thread) => drop(thread.join()),
        Err(error) => return failed(&error),
    }
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(check.timeout))
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into();
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

/// The JSON that a body begins with. What comes behind it is neither read nor waited for.
fn report(body: ureq::Body) -> Option<Value> {
    /// In bytes. The report of an InnerOS daemon has a few hundred.
    const MOST: u64 = 64 * 1024;
    let begin = BufReader::new(body.into_reader().take(MOST));
    Value::deserialize(&mut serde_json::Deserializer::from_reader(begin)).ok()
}
