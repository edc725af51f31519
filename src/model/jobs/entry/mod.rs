//! Entries that make a service manager run a job on schedule: units for systemd, a property list
//! for launchd. What was written is read back and compared with the schedule.

mod launchd;
mod systemd;

use super::schedule::{Expression, Schedule};
use crate::model::autostart::seal::Seal;

/// A service manager that runs jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// The user's systemd.
    Systemd,
    /// launchd, for a user who is logged in.
    Launchd,
}

/// A file, by its name and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

const UNIT: Seal = Seal {
    before: "# Written by `inneros job enable`, checksum ",
    after: "",
};
const AGENT: Seal = Seal {
    before: "<!-- Written by `inneros job enable`, checksum ",
    after: " -->",
};

impl Manager {
    /// The names of a job's files; what starts it comes last.
    pub fn file_names(self, name: &str) -> Vec<String> {
        match self {
            Manager::Systemd => vec![service(name), timer(name)],
            Manager::Launchd => vec![format!("{}.plist", label(name))],
        }
    }

    /// The files that make it run `command` when the schedule says so; if it cannot say it,
    /// why.
    pub fn files(
        self,
        name: &str,
        schedule: &Schedule,
        command: &[String],
    ) -> Result<Vec<EntryFile>, String> {
        match self {
            Manager::Systemd => {
                let texts = [
                    systemd::service_text(name, command),
                    systemd::timer_text(name, schedule)?,
                ];
                let names = self.file_names(name).into_iter().zip(texts);
                Ok(names.map(|(name, text)| EntryFile { name, text }).collect())
            }
            Manager::Launchd => Ok(vec![EntryFile {
                name: format!("{}.plist", label(name)),
                text: launchd::agent_text(name, schedule, command)?,
            }]),
        }
    }

    /// Whether a file is as some version of this program wrote it.
    pub fn is_ours(self, text: &str) -> bool {
        let seal = self.seal();
        let mark = seal.line(text.split('\n').filter(|line| !seal.is_mark(line)));
        text.split('\n').any(|line| line == mark)
    }

    fn seal(self) -> Seal {
        match self {
            Manager::Systemd => UNIT,
            Manager::Launchd => AGENT,
        }
    }
}

/// The unit that runs a job.
pub fn service(name: &str) -> String {
    format!("inneros-job-{name}.service")
}

/// The unit that starts it when it is due.
pub fn timer(name: &str) -> String {
    format!("inneros-job-{name}.timer")
}

/// What launchd calls it.
pub fn label(name: &str) -> String {
    format!("dev.inneros.job.{name}")
}

/// An expression whose two fields of days are joined by "and". Where an expression says "or",
/// there are two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
}

const ALL_MINUTES: u64 = (1 << 60) - 1;
const ALL_HOURS: u64 = (1 << 24) - 1;
const ALL_DAYS: u64 = (1 << 32) - 2;
const ALL_MONTHS: u64 = (1 << 13) - 2;
const ALL_WEEKDAYS: u64 = (1 << 7) - 1;

fn times(expression: &Expression) -> Vec<Times> {
    let Expression {
        minutes,
        hours,
        days,
        months,
        weekdays,
        both_days,
        by_clock: _,
    } = *expression;
    let both = Times {
        minutes,
        hours,
        days,
        months,
        weekdays,
    };
    if both_days {
        return vec![both];
    }
    let by_day = Times {
        weekdays: ALL_WEEKDAYS,
        ..both
    };
    let by_weekday = Times {
        days: ALL_DAYS,
        ..both
    };
    vec![by_day, by_weekday]
}

#[cfg(test)]
mod tests {
    use super::launchd::read_intervals;
    use super::*;

    fn cron(text: &str) -> Schedule {
        Schedule::cron(text).unwrap()
    }

    #[test]
    fn a_timer_says_the_schedule() {
        let files = Manager::Systemd
            .files(
                "shots",
                &cron("30 8,20 1-3 * mon"),
                &["/x/inneros".into(), "job".into()],
            )
            .unwrap();

        let [service, timer] = &files[..] else {
            panic!()
        };
        assert_eq!(service.name, "inneros-job-shots.service");
        assert!(service.text.contains("\nExecStart=/x/inneros job\n"));
        assert!(timer.text.contains(
            "\nOnCalendar=*-*-1,2,3 8,20:30:00\nOnCalendar=Mon *-*-* 8,20:30:00\nPersistent=true\n"
        ));
        assert!(
            files
                .iter()
                .all(|file| Manager::Systemd.is_ours(&file.text))
        );
        assert!(!Manager::Systemd.is_ours(&timer.text.replace("20:30", "21:30")));
    }

    #[test]
    fn an_agent_says_the_schedule() {
        let text = |text: &str| {
            let files = Manager::Launchd.files("shots", &cron(text), &["/x/inneros".into()]);
            files.map(|files| files[0].text.clone())
        };

        let daily = text("30 23 * * *").unwrap();
        assert!(Manager::Launchd.is_ours(&daily));
        assert_eq!(
            read_intervals(&daily).unwrap(),
            [[Some(30), Some(23), None, None, None]]
        );
        assert_eq!(
            read_intervals(&text("*/15 8-17 * * 1-5").unwrap_err()),
            None
        );
        assert!(
            text("*/15 8-17 * * 1-5")
                .unwrap_err()
                .contains("more than 100")
        );
        assert!(text("0 0 */2 * 1").unwrap_err().contains("either"));
        assert_eq!(
            read_intervals(&text("* * * * *").unwrap()).unwrap(),
            [[None; 5]]
        );
    }

    #[test]
    fn every_schedule_can_be_said_to_systemd() {
        for text in [
            "* * * * *",
            "*/7 1-3 */2 feb 5-7",
            "0 0 31 * 0",
            "@weekly",
            "59 23 31 12 sat",
        ] {
            Manager::Systemd
                .files("x", &cron(text), &["/x".into()])
                .unwrap();
        }
        let every = Schedule::every(std::time::Duration::from_secs(90 * 60)).unwrap();
        assert_eq!(
            every.lines,
            [
                "0 0,3,6,9,12,15,18,21 * * *",
                "30 1,4,7,10,13,16,19,22 * * *"
            ]
        );
        Manager::Systemd.files("x", &every, &["/x".into()]).unwrap();
    }
}
