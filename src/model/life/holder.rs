//! Who holds a lock, as they wrote it into its file.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::model::life::record::Identity;

/// What a lock is held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // Each is the command of its name.
pub enum Doing {
    Start,
    Stop,
    Restart,
    Run,
}

/// What stands in the file of a lock that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who wrote it: one that was killed has left it, and whoever holds the lock is another.
    #[serde(flatten)]
    pub identity: Identity,
    /// The name of its program.
    pub program: String,
    /// What for, if it is an operation on the daemon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doing: Option<Doing>,
    /// Since when.
    pub since: DateTime<FixedOffset>,
}

impl Entry {
    /// The PID on a line of its own, as other programs expect it, and everything on the next.
    pub fn text(&self) -> serde_json::Result<String> {
        let pid = self.identity.pid;
        serde_json::to_string(self).map(|entry| format!("{pid}\n{entry}\n"))
    }

    /// Takes the text apart; nothing if it is older, or damaged.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text.lines().nth(1)?).ok()
    }

    /// What it does, its PID and since when, with the day where that is not today.
    fn sentence(&self, now: DateTime<FixedOffset>) -> String {
        let who = match (self.program.as_str(), self.doing) {
            ("inneros", Some(_)) => format!("`{}`", doer(&self.program, self.doing)),
            (_, Some(doing)) => format!("a {} by {}", doing.word(), doer(&self.program, None)),
            (_, None) => doer(&self.program, None),
        };
        let format = if self.since.date_naive() == now.date_naive() {
            "%H:%M:%S"
        } else {
            "%b %-d %H:%M:%S"
        };
        let since = self.since.format(format);
        format!("{who} (pid {}, since {since})", self.identity.pid)
    }
}

impl Doing {
    fn word(self) -> &'static str {
        match self {
            Doing::Start => "start",
            Doing::Stop => "stop",
            Doing::Restart => "restart",
            Doing::Run => "run",
        }
    }
}

/// What people call who does something: `inneros daemon stop`, or the name of another program.
pub fn doer(program: &str, doing: Option<Doing>) -> String {
    match (program, doing) {
        ("inneros", Some(doing)) => format!("inneros daemon {}", doing.word()),
        ("inneros-tray", _) => "the tray".into(),
        (program, _) => program.to_owned(),
    }
}

/// The PID in the file of a lock, whoever wrote it.
pub fn pid_in(text: &str) -> Option<i32> {
    text.lines().next()?.trim().parse().ok()
}

/// Whoever holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// Its PID.
    pub pid: i32,
    /// Who that is, what for and since when, as far as it is known.
    pub who: String,
    /// Whether it is suspended, and so does not come to let go of it.
    pub is_suspended: bool,
}

impl Holder {
    /// One that wrote this itself.
    pub fn noted(entry: &Entry, now: DateTime<FixedOffset>) -> Self {
        Self {
            who: entry.sentence(now),
            ..Self::of(entry.identity.pid)
        }
    }

    /// One of which the PID alone is known.
    pub fn of(pid: i32) -> Self {
        Self {
            pid,
            who: format!("pid {pid}"),
            is_suspended: false,
        }
    }

    /// Who, and whether it is suspended.
    pub fn sentence(&self) -> String {
        let suspended = if self.is_suspended {
            ", which is suspended"
        } else {
            ""
        };
        format!("{}{suspended}", self.who)
    }

    /// What can be done about it.
    pub fn way_out(&self) -> String {
        let pid = self.pid;
        if self.is_suspended {
            format!("`fg` in its terminal, or `kill -CONT {pid}`, lets it go on")
        } else {
            format!("try again when pid {pid} is done")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339(text).unwrap()
    }

    fn entry(program: &str, doing: Option<Doing>) -> Entry {
        Entry {
            identity: Identity {
                pid: 812,
                start_token: 4711,
                boot_id: "a boot".into(),
            },
            program: program.into(),
            doing,
            since: at("2026-11-22T14:32:05+01:00"),
        }
    }

    #[test]
    fn what_a_holder_writes_is_read_again_and_begins_with_its_pid() {
        let entry = entry("inneros", Some(Doing::Start));

        let text = entry.text().unwrap();

        assert_eq!(text.lines().next(), Some("812"));
        assert_eq!(Entry::parse(&text), Some(entry));
        assert_eq!(pid_in(&text), Some(812));
        assert_eq!(Entry::parse("812\n"), None);
        assert_eq!(Entry::parse("812\n{\"pid\":"), None);
        assert_eq!(pid_in(""), None);
    }

    #[test]
    fn who_holds_it_is_said_with_what_for_and_since_when() {
        let now = at("2026-11-22T18:00:00+01:00");
        let said = |program, doing| Holder::noted(&entry(program, doing), now).sentence();

        assert_eq!(
            said("inneros", Some(Doing::Start)),
            "`inneros daemon start` (pid 812, since 14:32:05)"
        );
        assert_eq!(
            said("inneros-tray", Some(Doing::Restart)),
            "a restart by the tray (pid 812, since 14:32:05)"
        );
        assert_eq!(
            said("inneros-tray", None),
            "the tray (pid 812, since 14:32:05)"
        );
        let tomorrow = at("2026-11-23T18:00:00+01:00");
        let holder = Holder {
            is_suspended: true,
            ..Holder::noted(&entry("inneros", Some(Doing::Run)), tomorrow)
        };
        assert_eq!(
            holder.sentence(),
            "`inneros daemon run` (pid 812, since Nov 22 14:32:05), which is suspended"
        );
    }
}
