//! A laptop over 90 days with 20 jobs, asleep or off most of the time, and a service manager that
//! catches up on what fell due meanwhile, as launchd and systemd do.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::*;

const MINUTE: i64 = 60_000;
const MINUTES: i64 = 90 * 24 * 60;

/// Numbers that look random, the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // xorshift64 (Marsaglia).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Power {
    Awake,
    Asleep,
    Off,
}

struct Laptop {
    dice: Dice,
    /// Minutes since the beginning.
    at: i64,
    power: Power,
    until: i64,
    boot: u64,
    boot_at: i64,
    awake: i64,
    awake_since_wake: i64,
}

impl Laptop {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice(seed),
            at: 0,
            power: Power::Awake,
            until: 60,
            boot: 1,
            boot_at: 0,
            awake: 0,
            awake_since_wake: 0,
        }
    }

    /// A minute goes by.
    fn step(&mut self) {
        self.at += 1;
        if self.power == Power::Awake {
            self.awake += 1;
            self.awake_since_wake += 1;
        }
        if self.at < self.until {
            return;
        }
        let awake = self.power != Power::Awake;
        let roll = i64::try_from(self.dice.roll(400)).unwrap();
        let off = self.dice.roll(3) == 0;
        if awake {
            if self.power == Power::Off {
                self.boot += 1;
                self.boot_at = self.at;
                self.awake = 0;
            }
            self.awake_since_wake = 0;
            self.power = Power::Awake;
            self.until = self.at + 5 + roll;
        } else {
            self.power = if off { Power::Off } else { Power::Asleep };
            self.until = self.at + 5 + roll * 3 / 2;
        }
    }

    fn now(&self) -> Clocks {
        let number = |minutes: i64| u64::try_from(minutes * MINUTE).unwrap();
        Clocks {
            wall: wall(self.at),
            boot_id: self.boot.to_string(),
            boot_ms: number(self.at - self.boot_at),
            awake_ms: number(self.awake),
        }
    }
}

fn wall(minutes: i64) -> DateTime<FixedOffset> {
    let begin = DateTime::parse_from_rfc3339("2026-02-01T00:00:00+01:00").unwrap();
    begin + TimeDelta::minutes(minutes)
}

struct Simulated {
    schedule: Schedule,
    grace: i64,
    covered: DateTime<FixedOffset>,
    next: DateTime<FixedOffset>,
    /// Due and not begun, in the minute of awake time at which it has to be told at the latest.
    owed: Option<(DateTime<FixedOffset>, i64)>,
    broken_until: i64,
    told: BTreeSet<DateTime<FixedOffset>>,
}

/// Returns how much of the time it was awake, and how many true misses were told.
fn simulate(seed: u64) -> (f64, usize) {
    let mut laptop = Laptop::new(seed);
    let mut jobs: Vec<Simulated> = (0..20)
        .map(|number| {
            let text = match number % 4 {
                0 => format!("{} * * * *", number * 3),
                1 => format!("{number} {number} * * *"),
                2 => format!("*/{} 8-20 * * *", 10 + number),
                _ => format!("30 9 * * {}", number % 7),
            };
            let schedule = Schedule::cron(&text).unwrap();
            Simulated {
                next: schedule.next(&wall(0)).unwrap(),
                schedule,
                grace: [1, 10, 60][number % 3],
                covered: wall(0),
                owed: None,
                broken_until: 0,
                told: BTreeSet::new(),
            }
        })
        .collect();
    // What whoever watches keeps: each moment of waking up, and the last one.
    let (mut wakes, mut last): (Vec<Clocks>, Option<Clocks>) = (Vec::new(), None);
    let (mut awake, mut misses) = (0, 0);
    for _ in 0..MINUTES {
        laptop.step();
        if laptop.power != Power::Awake {
            continue;
        }
        awake += 1;
        let now = laptop.now();
        if laptop.awake_since_wake <= 1 {
            // The last one of before, too: with it goes what is known of an earlier boot.
            wakes.extend(last.clone());
            wakes.push(now.clone());
            wakes.drain(..wakes.len().saturating_sub(40));
        }
        for job in &mut jobs {
            if laptop.dice.roll(4000) == 0 {
                job.broken_until = laptop.at + 300;
            }
            // Within the minute in which it can, the manager runs what is due: once, however
            // often that was.
            let works = laptop.at >= job.broken_until;
            if job.next <= now.wall && works {
                job.covered = now.wall;
                job.owed = None;
                job.next = job.schedule.next(&now.wall).unwrap();
            } else if job.next <= now.wall && job.owed.is_none() {
                job.owed = Some((job.next, awake + job.grace.max(1) + 1));
            }
            // If nothing is due it is asked less often: that takes its time.
            if job.owed.is_none() && awake % 29 != 0 {
                continue;
            }
            let known = KnownClocks {
                now: &now,
                manager: Duration::from_secs(120),
                seen: &wakes,
            };
            let grace = Duration::from_secs(60 * u64::try_from(job.grace).unwrap());
            let found = missed(&job.schedule, grace, job.covered, known, now.wall.offset());
            match (found, job.owed) {
                (Some(found), Some((due, _))) => {
                    assert_eq!(found.due, due, "{}", job.schedule.text);
                    misses += usize::from(job.told.insert(due));
                }
                (Some(found), None) => panic!("a false alarm at {}: {found:?}", now.wall),
                (None, Some((due, by))) => {
                    assert!(
                        awake <= by,
                        "{} of {due} is not told at {}",
                        job.schedule.text,
                        now.wall
                    );
                }
                (None, None) => {}
            }
        }
        last = Some(now);
    }
    #[allow(clippy::cast_precision_loss)] // Minutes.
    let share = awake as f64 / MINUTES as f64;
    (share, misses)
}

#[test]
fn a_laptop_raises_no_false_alarm_and_hides_no_miss() {
    let (awake, misses) = simulate(1);

    assert!((0.3..0.55).contains(&awake), "awake for {awake}");
    assert!(misses > 50, "{misses} misses");
}

fn moment(wall: &str, boot: &str, boot_s: u64, awake_s: u64) -> Clocks {
    let wall = DateTime::parse_from_rfc3339(wall).unwrap();
    let (boot_s, awake_s) = (Duration::from_secs(boot_s), Duration::from_secs(awake_s));
    Clocks::new(boot.into(), wall, boot_s, awake_s)
}

#[test]
fn sleep_is_no_time_in_which_a_run_was_missed() {
    // Up for ten hours, of which it was asleep for nine.
    let now = moment("2026-03-02T09:00:00Z", "a", 36_000, 3_600);
    let known = |seen| KnownClocks {
        now: &now,
        manager: Duration::from_secs(3600),
        seen,
    };
    let six = DateTime::parse_from_rfc3339("2026-03-02T06:00:00Z").unwrap();

    assert_eq!(known(&[]).awake_since(six), Duration::ZERO);
    // Somebody saw it awake since half past eight.
    let seen = [moment("2026-03-02T08:30:00Z", "a", 34_200, 1_800)];
    assert_eq!(known(&seen).awake_since(six), Duration::from_secs(1800));
    // Before the boot there was nothing that could run.
    let before = DateTime::parse_from_rfc3339("2026-03-01T06:00:00Z").unwrap();
    assert_eq!(known(&[]).awake_since(before), Duration::from_secs(3600));
}

#[test]
fn a_clock_that_is_set_back_is_no_matter() {
    let now = moment("2026-03-02T09:00:00Z", "a", 7_200, 7_200);
    // By the wall clock this was tomorrow; by the boot clock a minute ago.
    let began = moment("2026-03-03T09:00:00Z", "a", 7_140, 7_140);

    assert_eq!(
        began.wall_by(&now).to_rfc3339(),
        "2026-03-02T08:59:00+00:00"
    );
}

#[test]
fn the_manager_has_its_chance_first() {
    let schedule = Schedule::cron("0 3 * * *").unwrap();
    let now = moment("2026-03-02T09:00:00Z", "a", 86_400, 86_400);
    let covered = DateTime::parse_from_rfc3339("2026-03-01T03:00:00Z").unwrap();
    let at = |manager: u64| {
        let known = KnownClocks {
            now: &now,
            manager: Duration::from_secs(manager),
            seen: &[],
        };
        let found = missed(
            &schedule,
            Duration::from_secs(3600),
            covered,
            known,
            &chrono_tz::UTC,
        );
        found.map(|missed| missed.due.to_rfc3339())
    };

    assert_eq!(at(30), None);
    assert_eq!(at(90).as_deref(), Some("2026-03-02T03:00:00+00:00"));
}
