//! A sign of life for whoever notices when it stays away: a URL that is asked each minute while all
//! is well. The URL is a secret: it stands in a file of the user's own, and is given to curl on its
//! standard input, so that no list of processes has it.

use std::path::Path;
use std::time::Duration;

use super::call;
use crate::os::private_file;

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(15);

/// The URL in a file; if it cannot be used, why, without it.
pub fn url(file: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot read '{}': {error}", file.display());
    let text = private_file::read_secret(file).map_err(failed)?;
    let url = String::from_utf8_lossy(&text).trim().to_owned();
    let begins = ["http://", "https://"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    let is_plain =
        !url.contains(|c: char| c.is_control() || c.is_whitespace() || "\"\\".contains(c));
    if begins && is_plain {
        return Ok(url);
    }
    Err(format!(
        "'{}' does not hold a URL that starts with \"http://\" or \"https://\"",
        file.display()
    ))
}

/// Asks the URL.
pub fn send(url: &str) -> Result<(), String> {
    let input = format!(
        "url = \"{url}\"\nsilent\nfail\nmax-time = 10\noutput = \"/dev/null\"\nproto = \"=http,https\"\n"
    );
    let command = ["curl", "--disable", "--config", "-"].map(str::to_owned);
    let sent = call::call(&command, Path::new("/"), &input, LIMIT);
    sent.map_err(|why| format!("the heartbeat was not sent: curl: {why}"))
}
