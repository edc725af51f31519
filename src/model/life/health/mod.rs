//! Health: what the answer of the health URL says.

use self::part::{Part, PartKind};
use self::report::HealthReport;
use crate::model::config::secrets;
use crate::model::text;

pub mod part;
mod report;
#[cfg(test)]
mod tests;

/// How many health failures in a row make a daemon unhealthy: one bad answer is not
/// a state.
pub const FAILURES_THAT_COUNT: u32 = 3;

/// The answer of the health probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Failures in a row up to now; 0 after a good answer. How many more than
    /// three there are makes no difference, and is not counted.
    pub failures: u32,
    /// What the last probe said.
    pub last: Probe,
    /// What the daemon said with it of its parts.
    pub parts: Vec<Part>,
}

impl Health {
    /// One more answer, with those before it.
    pub fn after(before: Option<&Self>, answer: HealthAnswer) -> Self {
        let failures = match answer.probe {
            Probe::Good => 0,
            Probe::Bad(_) => before.map_or(0, |health| health.failures) + 1,
        };
        Self {
            failures: failures.min(FAILURES_THAT_COUNT),
            last: answer.probe,
            parts: answer.parts,
        }
    }

    /// Whether the answer was good, and no part says that it fails.
    pub fn is_well(&self) -> bool {
        self.last == Probe::Good && !self.parts.iter().any(Part::fails)
    }

    /// How it is, in words. A bad answer of a daemon that is starting is none yet.
    pub fn sentence(&self, starting: bool) -> String {
        let failing = part::failing(&self.parts);
        let unclear = || self.parts.iter().filter(|part| part.is_well.is_none());
        match &self.last {
            Probe::Bad(reason) if starting => format!("starting: {reason}"),
            Probe::Bad(reason) => format!("unhealthy: {reason}"),
            Probe::Good if !failing.is_empty() => {
                format!("degraded: {}", part::sentence(failing))
            }
            Probe::Good if unclear().next().is_some() => {
                format!("ok; {}", part::sentence(unclear()))
            }
            Probe::Good => "ok".into(),
        }
    }
}

/// One probe of the health URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// A 2xx answer.
    Good,
    /// Anything else, in words.
    Bad(String),
}

/// What one question has led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthAnswer {
    /// Whether the daemon is well.
    pub probe: Probe,
    /// What it says about its parts.
    pub parts: Vec<Part>,
}

impl From<Probe> for HealthAnswer {
    fn from(probe: Probe) -> Self {
        let parts = Vec::new();
        Self { probe, parts }
    }
}

impl HealthAnswer {
    /// An answer that wants credentials, with what it says of them, and whether it was given any.
    #[must_use]
    pub fn wants(self, scheme: Option<&str>, gave: bool) -> Self {
        let Probe::Bad(said) = &self.probe else {
            return self;
        };
        let is_basic = scheme.is_none_or(|scheme| scheme.to_lowercase().starts_with("basic"));
        let wants = match (is_basic, gave) {
            (true, false) => "it wants a user and a password, as in http://USER:PASSWORD@HOST",
            (true, true) => "it refuses the user and the password of the health URL",
            (false, _) => "it wants a token, which a health URL cannot give",
        };
        Self {
            probe: Probe::Bad(format!("{said}; {wants}")),
            ..self
        }
    }
}

/// An answer that names another place, which is not asked.
pub fn redirect(status: u16, to: &str) -> Probe {
    const LONGEST: usize = 200;
    let to = text::shortened(&text::printable(&secrets::in_text(to)), LONGEST);
    Probe::Bad(format!(
        "HTTP {status}, a redirect to {to}, which is not followed"
    ))
}

/// What an answer says: 2xx is good, other parts of it may not be. Else the failing parts
/// are named, where the body tells them, or what it says instead.
pub fn judge(status: u16, body: &[u8]) -> HealthAnswer {
    /// Of the names together, in characters.
    const LONGEST: usize = 80;
    let HealthReport { parts, message } = report::read(body);
    let failing = part::failing(&parts).into_iter();
    let names: Vec<&str> = failing
        .filter(|part| part.kind != PartKind::Whole)
        .map(|part| part.name.as_str())
        .collect();
    let names = text::shortened(&names.join(", "), LONGEST);
    let probe = match (status, message) {
        (200..300, _) => Probe::Good,
        (300..400, _) => Probe::Bad(format!("HTTP {status}, a redirect, which is not followed")),
        _ if !names.is_empty() => Probe::Bad(names),
        (_, Some(message)) => {
            let message = text::printable(&text::shortened(&message, LONGEST));
            Probe::Bad(format!("HTTP {status}: {message}"))
        }
        (400, None) if names_tls(body) => {
            Probe::Bad("HTTP 400: it wants TLS (https), and was asked in plain HTTP".into())
        }
        (404, None) => Probe::Bad("HTTP 404: nothing is at that path".into()),
        (_, None) => Probe::Bad(format!("HTTP {status}")),
    };
    HealthAnswer { probe, parts }
}

/// Whether a page says that its server wants TLS, as nginx and Apache do.
fn names_tls(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    ["HTTPS port", "HTTPS server", "SSL-enabled server port"]
        .iter()
        .any(|words| text.contains(words))
}
