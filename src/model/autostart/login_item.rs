//! The app's login item. macOS talks about it only to the app's own program
//! (`SMAppService.mainApp`, Service Management), so the command line, another program in the same
//! bundle, has that one ask. This is what passes between the two.

use super::SystemSwitch;

/// What the app's own program is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Whether the app starts at login.
    Status,
    /// That it does.
    Register,
    /// That it does not.
    Unregister,
}

/// An error of the system's: its code, one of `SMErrors.h`, and what it says about it.
pub type Refusal = (isize, String);

impl Request {
    /// Each of them.
    pub const ALL: [Request; 3] = [Request::Status, Request::Register, Request::Unregister];

    /// Its name between the two programs.
    pub fn word(self) -> &'static str {
        match self {
            Request::Status => "status",
            Request::Register => "register",
            Request::Unregister => "unregister",
        }
    }

    /// What is said about it where it fails.
    pub fn verb(self) -> &'static str {
        match self {
            Request::Status => "look at",
            Request::Register => "register",
            Request::Unregister => "remove",
        }
    }

    /// The request of this name.
    pub fn of_argument(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|request| request.word() == word);
        found.ok_or_else(|| "expected status, register or unregister".into())
    }
}

/// Writes an answer, as one line.
pub fn write(answer: &Result<SystemSwitch, Refusal>) -> String {
    match answer {
        Ok(SystemSwitch::On) => "on".into(),
        Ok(SystemSwitch::Off) => "off".into(),
        Ok(SystemSwitch::NeedsApproval) => "needs-approval".into(),
        Err((code, said)) => format!("error {code} {}", said.replace(['\n', '\r'], " ")),
    }
}

/// Reads an answer.
pub fn read(line: &str) -> Option<Result<SystemSwitch, Refusal>> {
    match line.trim() {
        "on" => Some(Ok(SystemSwitch::On)),
        "off" => Some(Ok(SystemSwitch::Off)),
        "needs-approval" => Some(Ok(SystemSwitch::NeedsApproval)),
        line => {
            let (code, said) = line.strip_prefix("error ")?.split_once(' ')?;
            Some(Err((code.parse().ok()?, said.to_owned())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for answer in [
            Ok(SystemSwitch::On),
            Ok(SystemSwitch::Off),
            Ok(SystemSwitch::NeedsApproval),
            Err((1, "Operation not permitted".into())),
            Err((-3, "It's not 'on'".into())),
        ] {
            assert_eq!(read(&format!("{}\n", write(&answer))), Some(answer));
        }
        let lines = write(&Err((3, "one\ntwo".into())));
        assert_eq!(read(&lines), Some(Err((3, "one two".into()))));
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for line in ["", "error", "error x y", "error 3", "On", "started"] {
            assert_eq!(read(line), None, "{line}");
        }
        for request in Request::ALL {
            assert_eq!(Request::of_argument(request.word()), Ok(request));
        }
        assert!(Request::of_argument("remove").is_err());
    }
}
