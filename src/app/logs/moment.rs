//! The times that a user asks for, by the local clock.

use chrono::{
    DateTime, DurationRound, FixedOffset, Local, MappedLocalTime, NaiveDateTime, TimeDelta,
    TimeZone,
};

use crate::model::logs::time::{Moment, When};

/// A time from which on entries are wanted.
pub fn since(when: When) -> Moment {
    let (wall, exact) = match when {
        When::Wall(wall) => (wall, readings(wall).0),
        When::Exact(exact) => {
            let wall = exact.with_timezone(&Local).naive_local();
            // Where the clock is put back soon, what it shows then is still later.
            let comes_again = exact < readings(wall).1;
            (
                if comes_again {
                    twice(wall).0.min(wall)
                } else {
                    wall
                },
                exact,
            )
        }
    };
    Moment {
        wall,
        utc: exact.naive_utc(),
    }
}

/// A time up to which entries are wanted.
pub fn until(when: When) -> Moment {
    let (wall, exact) = match when {
        When::Wall(wall) => (wall, readings(wall).1),
        When::Exact(exact) => {
            let wall = exact.with_timezone(&Local).naive_local();
            // Where the clock was put back just now, what it showed before is still earlier.
            let was_before = exact > readings(wall).0;
            (
                if was_before {
                    twice(wall).1.max(wall)
                } else {
                    wall
                },
                exact,
            )
        }
    };
    Moment {
        wall,
        utc: exact.naive_utc(),
    }
}

/// No entry that is wanted since a time is above one that is earlier than this. In the hour
/// that comes twice the times of a log are not in order.
pub fn floor(since: Moment) -> Moment {
    let (first, last) = readings(since.wall);
    if first == last {
        return since;
    }
    Moment {
        wall: twice(since.wall).0.min(since.wall),
        ..since
    }
}

/// No entry that is wanted until a time is below one that is later than this.
pub fn ceiling(until: Moment) -> Moment {
    let (first, last) = readings(until.wall);
    if first == last {
        return until;
    }
    Moment {
        wall: twice(until.wall).1.max(until.wall),
        ..until
    }
}

/// When the clock on the wall shows a time first and last: in autumn it shows an hour twice.
/// Where it was put forward, when it would have.
fn readings(wall: NaiveDateTime) -> (DateTime<FixedOffset>, DateTime<FixedOffset>) {
    match Local.from_local_datetime(&wall) {
        MappedLocalTime::Single(time) => (time.fixed_offset(), time.fixed_offset()),
        MappedLocalTime::Ambiguous(a, b) => (a.min(b).fixed_offset(), a.max(b).fixed_offset()),
        MappedLocalTime::None => {
            let hour_before = Local.from_local_datetime(&(wall - TimeDelta::hours(1)));
            let time = match hour_before.earliest() {
                Some(time) => (time + TimeDelta::hours(1)).fixed_offset(),
                None => wall.and_utc().fixed_offset(),
            };
            (time, time)
        }
    }
}

/// The first and the last time around this one that the clock on the wall shows twice.
fn twice(wall: NaiveDateTime) -> (NaiveDateTime, NaiveDateTime) {
    // It is put back at full minutes.
    const MINUTE: TimeDelta = TimeDelta::minutes(1);
    let is_twice = |minute: NaiveDateTime| {
        let (first, last) = readings(minute + TimeDelta::seconds(30));
        first < last
    };
    let minute = wall.duration_trunc(MINUTE).unwrap_or(wall);
    let (mut first, mut end) = (minute, minute);
    while is_twice(first - MINUTE) {
        first -= MINUTE;
    }
    while is_twice(end) {
        end += MINUTE;
    }
    (first, end - TimeDelta::nanoseconds(1))
}
