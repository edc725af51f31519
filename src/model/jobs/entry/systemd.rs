//! Units for the user's systemd.

use super::{
    ALL_DAYS, ALL_HOURS, ALL_MINUTES, ALL_MONTHS, ALL_WEEKDAYS, Times, UNIT, service, times,
};
use crate::model::autostart::systemd_unit::exec_line;
use crate::model::jobs::schedule::{Expression, Schedule, numbers};

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

fn sealed_unit(text: &str) -> String {
    format!("{}\n{text}", UNIT.line(text.split('\n')))
}

/// `KillMode=mixed`: SIGTERM goes to `inneros job run` alone, which hands it on and records
/// what comes of it.
pub(super) fn service_text(name: &str, command: &[String]) -> String {
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

pub(super) fn timer_text(name: &str, schedule: &Schedule) -> Result<String, String> {
    let calendars: Vec<String> = schedule.expressions.iter().flat_map(on_calendar).collect();
    let read: Option<Vec<Times>> = calendars.iter().map(|text| read_calendar(text)).collect();
    let said: Vec<Times> = schedule.expressions.iter().flat_map(times).collect();
    if read.as_ref() != Some(&said) {
        return Err(format!(
            "\"{}\" cannot be expressed for systemd",
            schedule.text
        ));
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
