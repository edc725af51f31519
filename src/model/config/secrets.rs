//! Secrets, which must not appear in an answer that is pasted into a report.

/// What is in place of a secret.
const MASK: &str = "***";

/// Whether secrets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// As they are.
    Shown,
    /// Something else in their place.
    Masked,
}

/// Whether a name looks like that of a secret: `API_KEY`, `dbPassword`, `X-Auth-Token`.
pub fn is_secret(name: &str) -> bool {
    const WITHIN: &[&str] = &[
        "accesskey",
        "apikey",
        "cookie",
        "credential",
        "passphrase",
        "passwd",
        "password",
        "privatekey",
        "secret",
        "token",
        "webhook",
    ];
    const AT_END: &[&str] = &[
        "auth",
        "authorization",
        "key",
        "keys",
        "pass",
        "pw",
        "pwd",
        "sig",
        "signature",
    ];
    let bare: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    WITHIN.iter().any(|word| bare.contains(word)) || AT_END.iter().any(|word| bare.ends_with(word))
}

/// The value of a variable, or what is shown of it.
pub fn of_variable(name: &str, value: &str) -> String {
    if is_secret(name) && !value.is_empty() {
        MASK.to_owned()
    } else {
        in_text(value)
    }
}

/// A command line with the values of options that look secret masked: `--token=***`.
pub fn in_command(words: &[String]) -> Vec<String> {
    let mut follows_option = false;
    let mut shown = Vec::with_capacity(words.len());
    for word in words {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let is_secret = !name.contains(char::is_whitespace) && is_secret(name);
        shown.push(match (is_secret, value.is_empty()) {
            _ if follows_option && !word.starts_with('-') => MASK.to_owned(),
            (true, false) => format!("{name}={MASK}"),
            (_, _) => in_text(word),
        });
        follows_option = word.starts_with("--") && is_secret && value.is_empty();
    }
    shown
}

/// A text with the user information and the secret parameters of each URL in it masked.
pub fn in_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        shown += before;
        let end = behind
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`'))
            .unwrap_or(behind.len());
        let (url, others) = behind.split_at(end);
        shown += &in_place(url);
        rest = others;
    }
    shown + rest
}

/// A URL behind its scheme.
fn in_place(url: &str) -> String {
    let end = url.find(['/', '?', '#']).unwrap_or(url.len());
    let (authority, behind) = url.split_at(end);
    let mut shown = match authority.rsplit_once('@') {
        Some((_, place)) => format!("{MASK}@{place}"),
        None => authority.to_owned(),
    };
    let Some((path, query)) = behind.split_once('?') else {
        return shown + behind;
    };
    shown += path;
    let (query, fragment) = match query.split_once('#') {
        Some((query, fragment)) => (query, format!("#{fragment}")),
        None => (query, String::new()),
    };
    let parameters = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, value)) if is_secret(name) && !value.is_empty() => format!("{name}={MASK}"),
            Some(_) | None => parameter.to_owned(),
        });
    shown + "?" + &parameters.collect::<Vec<String>>().join("&") + &fragment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_looks_secret_is_known() {
        for name in [
            "PASSWORD",
            "DB_PASSWORD",
            "PGPASSWD",
            "API_KEY",
            "apiKey",
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "X-Auth-Token",
            "access_token",
            "SMTP_PASS",
            "SESSION_COOKIE",
            "GOOGLE_CREDENTIALS",
            "SLACK_WEBHOOK_URL",
            "sig",
            "REDIS_PWD",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "",
            "LANG",
            "PYTHONPATH",
            "KEYBOARD",
            "HOME",
            "AUTHOR",
            "PASSAGE",
            "PATH",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn only_what_is_secret_in_a_url_is_masked() {
        for (url, shown) in [
            (
                "http://127.0.0.1:8080/health",
                "http://127.0.0.1:8080/health",
            ),
            ("http://me:s3cret@127.0.0.1/a", "http://***@127.0.0.1/a"),
            ("http://t0ken@127.0.0.1", "http://***@127.0.0.1"),
            ("http://a:b@c@127.0.0.1", "http://***@127.0.0.1"),
            (
                "http://127.0.0.1/a?x=1&token=t0ken&y",
                "http://127.0.0.1/a?x=1&token=***&y",
            ),
            (
                "http://127.0.0.1?api_key=k#key=1",
                "http://127.0.0.1?api_key=***#key=1",
            ),
            ("http://127.0.0.1/a@b?c=d@e", "http://127.0.0.1/a@b?c=d@e"),
            (
                "postgres://u:p@db/x and redis://:p@r",
                "postgres://***@db/x and redis://***@r",
            ),
            (
                "found \"http://a:b@c\", expected",
                "found \"http://***@c\", expected",
            ),
            ("://", "://"),
            ("no URL: a@b", "no URL: a@b"),
        ] {
            assert_eq!(in_text(url), shown);
        }
    }

    #[test]
    fn a_command_shows_its_options_and_not_their_secrets() {
        for (command, shown) in [
            (
                &["d", "--token=abc", "-v"][..],
                &["d", "--token=***", "-v"][..],
            ),
            (
                &["d", "--password", "abc", "x"],
                &["d", "--password", "***", "x"],
            ),
            (
                &["d", "--use-token", "--verbose"],
                &["d", "--use-token", "--verbose"],
            ),
            (&["env", "API_KEY=abc", "d"], &["env", "API_KEY=***", "d"]),
            (&["d", "--db", "pg://u:p@h/"], &["d", "--db", "pg://***@h/"]),
            (
                &["sh", "-c", "set the key=1"],
                &["sh", "-c", "set the key=1"],
            ),
        ] {
            let words: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();

            assert_eq!(in_command(&words), shown);
        }
    }
}
