//! The health probe: one HTTP request.

use crate::model::config::HealthCheck;
use crate::model::observation::Probe;

/// Asks the health URL once. 2xx is good; anything else is said in words.
pub fn probe(check: &HealthCheck) -> Probe {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(check.timeout))
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into();
    match agent.get(&check.url).call() {
        Ok(answer) if answer.status().is_success() => Probe::Good,
        Ok(answer) => Probe::Bad(format!("health answered {}", answer.status())),
        Err(ureq::Error::Timeout(_)) => Probe::Bad(format!(
            "health did not answer within {}",
            crate::model::words::limit(check.timeout)
        )),
        Err(ureq::Error::Io(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            Probe::Bad("nothing listens at the health URL".into())
        }
        Err(error) => Probe::Bad(format!("health probe failed: {error}")),
    }
}
