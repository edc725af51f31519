//! Whether a run was missed: it was due and did not begin, although the computer was on and awake
//! for its grace period.
//!
//! How long the computer was awake is recorded nowhere; the clocks tell for the present boot, and
//! the times of recorded runs for earlier ones. Unknown time counts as sleep, so that nothing is
//! called missed that may still come.

#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeZone};

use super::record::Clocks;
use super::schedule::Schedule;

/// How long the service manager may take to start what fell due while it could not, in awake
/// time.
pub const CATCH_UP: Duration = Duration::from_secs(60);

/// What is known when it is asked.
#[derive(Debug, Clone, Copy)]
pub struct KnownClocks<'a> {
    /// Now.
    pub now: &'a Clocks,
    /// How long the service manager is there in this boot, in awake time.
    pub manager: Duration,
    /// Earlier moments, in any order.
    pub seen: &'a [Clocks],
}

/// Runs that did not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed {
    /// When the first of them was due.
    pub due: DateTime<FixedOffset>,
    /// How many there are; at most [`MOST`] are counted.
    pub count: usize,
}

/// As many are counted.
pub const MOST: usize = 100;

/// The runs that should have begun after `covered` and did not.
pub fn missed<Tz: TimeZone>(
    schedule: &Schedule,
    grace: Duration,
    covered: DateTime<FixedOffset>,
    known: KnownClocks<'_>,
    zone: &Tz,
) -> Option<Missed> {
    if known.manager < CATCH_UP {
        return None;
    }
    let patience = grace.max(CATCH_UP);
    let is_over =
        |due: &DateTime<FixedOffset>| *due <= known.now.wall && known.awake_since(*due) >= patience;
    let dues = std::iter::successors(schedule.next(&covered.with_timezone(zone)), |due| {
        schedule.next(due)
    });
    let mut overdue = dues
        .map(|due| due.fixed_offset())
        .take_while(is_over)
        .take(MOST);
    let due = overdue.next()?;
    Some(Missed {
        due,
        count: 1 + overdue.count(),
    })
}

impl KnownClocks<'_> {
    /// How long the computer was awake since then, at least.
    pub fn awake_since(&self, then: DateTime<FixedOffset>) -> Duration {
        let mut boots: Vec<(&str, Vec<Stamp>)> =
            vec![(&self.now.boot_id, vec![Stamp::of(self.now, self.now)])];
        for moment in self.seen {
            let stamp = Stamp::of(moment, self.now);
            match boots.iter_mut().find(|(boot, _)| *boot == moment.boot_id) {
                Some((_, stamps)) => stamps.push(stamp),
                None => boots.push((&moment.boot_id, vec![stamp])),
            }
        }
        let then = then.timestamp_millis();
        let awake: i64 = boots.iter().map(|(_, stamps)| awake_in(stamps, then)).sum();
        Duration::from_millis(awake.try_into().unwrap_or(0))
    }
}

/// A moment in milliseconds: of the wall clock, since boot, and awake since boot.
#[derive(Debug, Clone, Copy)]
struct Stamp {
    wall: i64,
    boot: i64,
    awake: i64,
}

impl Stamp {
    fn of(moment: &Clocks, now: &Clocks) -> Self {
        let number = |milliseconds: u64| i64::try_from(milliseconds).unwrap_or(i64::MAX / 4);
        Self {
            wall: moment.wall_by(now).timestamp_millis(),
            boot: number(moment.boot_ms),
            awake: number(moment.awake_ms),
        }
    }
}

/// How long the computer was awake in one boot after `then`, at least, as far as its last
/// stamp tells.
fn awake_in(stamps: &[Stamp], then: i64) -> i64 {
    let Some(last) = stamps.iter().max_by_key(|stamp| stamp.boot) else {
        return 0;
    };
    if last.wall <= then {
        return 0;
    }
    // The boot itself is one.
    let boot = Stamp {
        wall: last.wall - last.boot,
        boot: 0,
        awake: 0,
    };
    let since = |stamp: &Stamp| {
        if stamp.wall >= then {
            // All that was awake since this stamp.
            return last.awake - stamp.awake;
        }
        // As much as is left when all sleep since this stamp was after `then`, and no more
        // than was awake since it.
        let slept = (last.boot - stamp.boot) - (last.awake - stamp.awake);
        (last.wall - then - slept).min(last.awake - stamp.awake)
    };
    let all = stamps.iter().chain([&boot]).map(since);
    all.max().unwrap_or(0).max(0)
}
