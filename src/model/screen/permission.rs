//! What macOS says about the permission to notify, in words.

use std::time::Duration;

/// An error of the framework's: its code and what it says about it.
pub type Refusal = (isize, String);

/// `UNErrorCodeNotificationsNotAllowed` (`UNError.h`).
pub const NOT_ALLOWED: isize = 1;

/// What is said when no answer comes: in a session over SSH, or where `usernotificationsd` is ill.
pub const SILENT: &str = "macOS does not answer; log in at the screen, or restart the Mac";

/// What the user has decided where it was they (`UNAuthorizationStatus`).
const BY_THE_USER: &str = "not allowed: see System Settings, Notifications, InnerOS";

/// So long after the question, an answer is missing.
const PATIENCE: Duration = Duration::from_secs(60);

/// For the doctor: `UNAuthorizationStatus` of `UNNotificationSettings.h`, if it came.
pub fn of_status(status: Option<isize>) -> Result<&'static str, String> {
    match status {
        Some(0) => Ok("asked for at the first need"),
        Some(1) => Err("denied".into()),
        Some(2..=4) => Ok("allowed"),
        Some(other) => Err(format!("unknown ({other})")),
        None => Err(SILENT.into()),
    }
}

/// Why a request for the permission was not granted. macOS gives the same error where the user
/// has refused and where it did not even ask, mostly as the signature is not valid
/// (termio-sh/termio#124, bitcoin-core/gui#112): only the status tells the two apart.
pub fn of_refusal(status: isize, error: Option<&Refusal>) -> String {
    match (of_status(Some(status)), error) {
        (Err(_), _) | (Ok(_), None) => BY_THE_USER.into(),
        (Ok(_), Some((code, said))) => format!(
            "macOS refused without asking you: {said} (error {code}); `inneros doctor` checks the app's signature"
        ),
    }
}

/// What is known while the question is open: its banner can be there for as long as the user
/// likes.
pub fn of_question(asked: Duration) -> Result<(), String> {
    if asked < PATIENCE {
        return Ok(());
    }
    Err("not allowed yet: see System Settings, Notifications, InnerOS".into())
}

/// Why a notification was not shown.
pub fn of_sending((code, said): &Refusal) -> String {
    if *code == NOT_ALLOWED {
        return BY_THE_USER.into();
    }
    format!("{said} (error {code})")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As macOS 14 to 26 say it.
    fn refusal() -> Refusal {
        (
            NOT_ALLOWED,
            "Notifications are not allowed for this application".into(),
        )
    }

    #[test]
    fn a_refused_signature_reads_otherwise_than_a_refused_user() {
        assert_eq!(of_refusal(1, Some(&refusal())), BY_THE_USER);
        assert_eq!(of_refusal(1, None), BY_THE_USER);
        assert_eq!(
            of_refusal(0, Some(&refusal())),
            "macOS refused without asking you: Notifications are not allowed for this application \
             (error 1); `inneros doctor` checks the app's signature"
        );
    }

    #[test]
    fn each_status_has_its_words() {
        assert_eq!(of_status(Some(0)), Ok("asked for at the first need"));
        assert_eq!(of_status(Some(1)), Err("denied".into()));
        for allowed in [2, 3, 4] {
            assert_eq!(of_status(Some(allowed)), Ok("allowed"));
        }
        assert_eq!(of_status(Some(9)), Err("unknown (9)".into()));
        assert_eq!(of_status(None), Err(SILENT.into()));
    }

    #[test]
    fn a_question_may_stay_open_for_a_while() {
        assert_eq!(of_question(Duration::from_secs(59)), Ok(()));
        assert!(of_question(PATIENCE).is_err());
    }

    #[test]
    fn a_notification_that_is_refused_names_the_way_out() {
        assert_eq!(of_sending(&refusal()), BY_THE_USER);
        assert_eq!(
            of_sending(&(1401, "No content".into())),
            "No content (error 1401)"
        );
    }
}
