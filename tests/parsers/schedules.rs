//! When schedules are due, against what two others answered: croniter and systemd.
//!
//! `schedules.tsv` was written by `.ci/schedules`, which makes longer ones; `SCHEDULES` names
//! another file.

use std::collections::BTreeMap;
use std::fs;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;
use inneros_tray::model::jobs::schedule::Schedule;

/// Why an oracle may differ: nothing else is let pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Explained {
    /// The clock jumps on the day of one of the two answers. We do as Debian's cron does there;
    /// systemd leaves out what falls into a gap, and croniter moves it by its length.
    ClockJumps,
    /// croniter takes a field that names every day for `*`, and then joins the two fields of
    /// days with "and". To cron a star is what begins with one.
    EveryDayNamed,
}

#[test]
fn the_oracles_agree() {
    let text = std::env::var("SCHEDULES").map_or_else(
        |_| include_str!("schedules.tsv").to_owned(),
        |path| fs::read_to_string(path).unwrap(),
    );
    let mut explained = BTreeMap::new();
    let mut differs = Vec::new();
    for line in text.lines() {
        let [expression, zone, at, next, previous, systemd] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let zone: Tz = zone.parse().unwrap();
        let at = moment(zone, at).unwrap();
        let schedule = Schedule::cron(expression).unwrap_or_else(|why| panic!("{line}: {why}"));
        let (ours_next, ours_previous) = (schedule.next(&at), schedule.previous(&at));
        for (oracle, theirs, ours) in [
            ("croniter, next", next, ours_next),
            ("croniter, previous", previous, ours_previous),
            ("systemd, next", systemd, ours_next),
        ] {
            let theirs = moment(zone, theirs);
            if ours == theirs {
                continue;
            }
            match why(&schedule, ours, theirs) {
                Some(why) => *explained.entry((oracle, why)).or_insert(0) += 1,
                None => differs.push(format!("{line}\n  {oracle}: {theirs:?}\n  ours: {ours:?}")),
            }
        }
    }

    let count = text.lines().count();
    assert!(
        differs.is_empty(),
        "{} differences that nothing explains:\n{}",
        differs.len(),
        differs[..differs.len().min(20)].join("\n")
    );
    let all: usize = explained.values().sum();
    assert!(
        all * 50 < count,
        "of {count} are explained away: {explained:?}"
    );
}

fn moment(zone: Tz, seconds: &str) -> Option<DateTime<Tz>> {
    let seconds = seconds.parse().ok()?;
    zone.timestamp_opt(seconds, 0).single()
}

fn why(
    schedule: &Schedule,
    ours: Option<DateTime<Tz>>,
    theirs: Option<DateTime<Tz>>,
) -> Option<Explained> {
    let [expression] = schedule.expressions[..] else {
        return None;
    };
    let names_all = expression.weekdays == 0x7f || expression.days == 0xffff_fffe;
    if names_all && !expression.both_days {
        return Some(Explained::EveryDayNamed);
    }
    let jumps = [ours, theirs].into_iter().flatten().any(jumps);
    jumps.then_some(Explained::ClockJumps)
}

/// Whether the clock jumps within a day of this moment.
fn jumps(at: DateTime<Tz>) -> bool {
    let day = chrono::TimeDelta::days(1);
    (at - day).offset().fix() != (at + day).offset().fix()
}
