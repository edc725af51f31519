//! What makes a service manager run a job at its times: units for systemd, a property list for
//! launchd. What was written is read back and compared with the schedule.

use plist::{Dictionary, Value};

use super::schedule::{Expression, Schedule, numbers};
use crate::model::autostart::seal::Seal;
use crate::model::autostart::systemd_unit::exec_line;

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

/// launchd takes a time as one entry for each of its numbers.
const MOST_ENTRIES: usize = 100;

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

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
                let texts = [service_text(name, command), timer_text(name, schedule)?];
                let names = self.file_names(name).into_iter().zip(texts);
                Ok(names.map(|(name, text)| EntryFile { name, text }).collect())
            }
            Manager::Launchd => Ok(vec![EntryFile {
                name: format!("{}.plist", label(name)),
                text: agent_text(name, schedule, command)?,
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

fn sealed_unit(text: &str) -> String {
    format!("{}\n{text}", UNIT.line(text.split('\n')))
}

/// `KillMode=mixed`: SIGTERM goes to `inneros job run` alone, which hands it on and writes down
/// what comes of it.
fn service_text(name: &str, command: &[String]) -> String {
    let line = exec_line(command);
    sealed_unit(&format!(
        "\
[Unit]
Description=InnerOS job {name}

[Service]
Type=oneshot
ExecStart={line}
KillMode=mixed
"
    ))
}

fn timer_text(name: &str, schedule: &Schedule) -> Result<String, String> {
    let calendars: Vec<String> = schedule.expressions.iter().flat_map(on_calendar).collect();
    let read: Option<Vec<Times>> = calendars.iter().map(|text| read_calendar(text)).collect();
    let said: Vec<Times> = schedule.expressions.iter().flat_map(times).collect();
    if read.as_ref() != Some(&said) {
        return Err(format!("\"{}\" cannot be said to systemd", schedule.text));
    }
    let calendars = calendars.join("\nOnCalendar=");
    let unit = service(name);
    Ok(sealed_unit(&format!(
        "\
[Unit]
Description=InnerOS job {name}

[Timer]
OnCalendar={calendars}
Persistent=true
AccuracySec=1s
Unit={unit}

[Install]
WantedBy=timers.target
"
    )))
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

/// As `systemd.time(7)` says it: `Mon,Tue *-1,2-15 8,20:30:00`.
fn on_calendar(expression: &Expression) -> Vec<String> {
    let said = |times: Times| {
        let Times {
            minutes,
            hours,
            days,
            months,
            weekdays,
        } = times;
        let weekdays = match weekdays {
            ALL_WEEKDAYS => String::new(),
            some => {
                let names: Vec<&str> = numbers(some).map(|day| WEEKDAYS[day as usize]).collect();
                names.join(",") + " "
            }
        };
        format!(
            "{weekdays}*-{}-{} {}:{}:00",
            listed(months, ALL_MONTHS),
            listed(days, ALL_DAYS),
            listed(hours, ALL_HOURS),
            listed(minutes, ALL_MINUTES),
        )
    };
    times(expression).into_iter().map(said).collect()
}

fn listed(set: u64, all: u64) -> String {
    if set == all {
        return "*".into();
    }
    let numbers: Vec<String> = numbers(set).map(|number| number.to_string()).collect();
    numbers.join(",")
}

/// Reads what [`on_calendar`] writes.
fn read_calendar(text: &str) -> Option<Times> {
    let set = |text: &str, all: u64| {
        if text == "*" {
            return Some(all);
        }
        text.split(',').try_fold(0, |set, number| {
            Some(set | 1 << number.parse::<u32>().ok()?)
        })
    };
    let (weekdays, rest) = match text.split_once(" *-") {
        Some((weekdays, rest)) => {
            let named = |name: &str| WEEKDAYS.iter().position(|day| *day == name);
            let days = weekdays
                .split(',')
                .try_fold(0, |set, name| Some(set | 1 << named(name)?));
            (days?, rest)
        }
        None => (ALL_WEEKDAYS, text.strip_prefix("*-")?),
    };
    let (date, clock) = rest.split_once(' ')?;
    let (months, days) = date.split_once('-')?;
    let (hours, minutes) = clock.strip_suffix(":00")?.split_once(':')?;
    Some(Times {
        minutes: set(minutes, ALL_MINUTES)?,
        hours: set(hours, ALL_HOURS)?,
        days: set(days, ALL_DAYS)?,
        months: set(months, ALL_MONTHS)?,
        weekdays,
    })
}

fn agent_text(name: &str, schedule: &Schedule, command: &[String]) -> Result<String, String> {
    let calendar = calendar_intervals(schedule)?;
    let words = command.iter().cloned().map(Value::String).collect();
    let mut job = Dictionary::new();
    job.insert("Label".into(), label(name).into());
    job.insert("ProgramArguments".into(), Value::Array(words));
    job.insert("StartCalendarInterval".into(), Value::Array(calendar));
    job.insert("ProcessType".into(), "Background".into());
    let mut xml = Vec::new();
    // Writing to memory does not fail, and there are no dates that could be too far off.
    let _ = Value::Dictionary(job).to_writer_xml(&mut xml);
    let text = String::from_utf8_lossy(&xml);
    let mark = AGENT.line(text.split('\n'));
    let text = text.replacen("<plist", &format!("{mark}\n<plist"), 1);
    if read_intervals(&text).as_ref() != Some(&moments(schedule)) {
        return Err(format!("\"{}\" cannot be said to launchd", schedule.text));
    }
    Ok(text)
}

/// The keys of an entry of `StartCalendarInterval` (`launchd.plist(5)`); what is left out is
/// any.
const KEYS: [&str; 5] = ["Minute", "Hour", "Day", "Month", "Weekday"];

/// An entry of `StartCalendarInterval`, by the order of the keys.
type Interval = [Option<u32>; 5];

fn moments(schedule: &Schedule) -> Vec<Interval> {
    let mut entries = Vec::new();
    for one in schedule.expressions.iter().flat_map(times) {
        let fields = [
            (one.minutes, ALL_MINUTES),
            (one.hours, ALL_HOURS),
            (one.days, ALL_DAYS),
            (one.months, ALL_MONTHS),
            (one.weekdays, ALL_WEEKDAYS),
        ];
        let mut of_one: Vec<Interval> = vec![[None; 5]];
        for (key, (set, all)) in fields.into_iter().enumerate() {
            if set == all {
                continue;
            }
            let with = |entry: Interval| {
                numbers(set).map(move |number| {
                    let mut entry = entry;
                    entry[key] = Some(number);
                    entry
                })
            };
            // A set has at most 60 numbers: it grows past the limit only a little.
            of_one = of_one
                .into_iter()
                .flat_map(with)
                .take(MOST_ENTRIES + 1)
                .collect();
        }
        entries.extend(of_one);
    }
    entries
}

fn calendar_intervals(schedule: &Schedule) -> Result<Vec<Value>, String> {
    let by_both = |one: &Times| one.days != ALL_DAYS && one.weekdays != ALL_WEEKDAYS;
    if schedule
        .expressions
        .iter()
        .flat_map(times)
        .any(|one| by_both(&one))
    {
        return Err(format!(
            "\"{}\" names days of the month that are certain days of the week: launchd would take either",
            schedule.text
        ));
    }
    let entries = moments(schedule);
    if entries.len() > MOST_ENTRIES {
        return Err(format!(
            "\"{}\" would take more than {MOST_ENTRIES} entries in launchd's calendar",
            schedule.text
        ));
    }
    let entry = |numbers: Interval| {
        let said = KEYS.iter().zip(numbers);
        let said = said.filter_map(|(key, number)| Some(((*key).to_owned(), Value::from(number?))));
        Value::Dictionary(said.collect())
    };
    Ok(entries.into_iter().map(entry).collect())
}

fn read_intervals(text: &str) -> Option<Vec<Interval>> {
    let job = Value::from_reader_xml(std::io::Cursor::new(text))
        .ok()?
        .into_dictionary()?;
    let entries = job.get("StartCalendarInterval")?.as_array()?.iter();
    entries
        .map(|entry| {
            let entry = entry.as_dictionary()?;
            let number = |key: &&str| entry.get(key).and_then(Value::as_unsigned_integer);
            Some(
                KEYS.each_ref()
                    .map(|key| number(key).and_then(|number| number.try_into().ok())),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
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
