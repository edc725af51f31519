use chrono::{DateTime, FixedOffset, TimeDelta};

use super::*;
use crate::model::life::record::{Exit, Identity};

fn noon() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2026-11-22T12:00:00+01:00").unwrap()
}

fn process(pid: i32) -> Identity {
    Identity {
        pid,
        start_token: 7,
        boot_id: "b".into(),
    }
}

fn event(kind: EventKind, pid: i32) -> Event {
    Event::of_daemon("sync", kind, noon(), &process(pid))
}

/// A history with these events, each as its writer would append it.
fn history(events: &[Event]) -> Vec<u8> {
    let mut text = Vec::new();
    for event in events {
        if !is_told(&text, event) {
            text.extend(line_after(&text, event).unwrap());
        }
    }
    text
}

#[test]
fn an_event_is_what_was_written_down() {
    let crashed = event(EventKind::Crashed, 812)
        .ended(Some(Exit::Code(3)))
        .because(Some("no database\n".into()));

    let text = history(std::slice::from_ref(&crashed));

    let expected = r#"{"schema":1,"time":"2026-11-22T12:00:00+01:00","daemon":"sync","event":"crashed","id":"812-7-b","pid":812,"exit_code":3,"reason":"no database"}"#;
    assert_eq!(
        String::from_utf8(text.clone()).unwrap(),
        format!("{expected}\n")
    );
    let read = events(&text);
    assert_eq!(read, [crashed]);
    assert_eq!(read[0].sentence(), "crashed: exit code 3: no database");
}

#[test]
fn each_event_is_told_once_whoever_has_seen_it() {
    use EventKind::{Crashed, GivenUp, Recovered, Started, Stopped, Unhealthy};
    let seen = [
        (Started, 1),
        (Started, 1),
        (Unhealthy, 1),
        (Unhealthy, 1),
        (Recovered, 1),
        (Recovered, 1),
        (Unhealthy, 1),
        (Crashed, 1),
        // An end is an end.
        (Stopped, 1),
        (GivenUp, 1),
        (Started, 2),
        (Recovered, 2),
        (Stopped, 2),
        (Crashed, 2),
    ];

    let text = history(&seen.map(|(kind, pid)| event(kind, pid)));

    let told: Vec<(EventKind, i32)> = events(&text)
        .iter()
        .map(|event| (event.kind, event.pid.unwrap()))
        .collect();
    let expected = [
        (Started, 1),
        (Unhealthy, 1),
        (Recovered, 1),
        (Unhealthy, 1),
        (Crashed, 1),
        (GivenUp, 1),
        (Started, 2),
        (Stopped, 2),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_line_that_was_torn_is_lost_and_the_next_is_not() {
    let mut text = history(&[event(EventKind::Started, 1)]);
    text.truncate(text.len() - 9);

    let next = event(EventKind::Stopped, 1);
    let line = line_after(&text, &next).unwrap();
    text.extend(line);

    assert_eq!(events(&text), [next]);
}

#[test]
fn crashes_of_one_daemon_within_a_day_are_counted() {
    let crashed = |daemon: &str, hours: i64| {
        let at = noon() - TimeDelta::hours(hours);
        Event::of_daemon(
            daemon,
            EventKind::Crashed,
            at,
            &process(i32::try_from(hours).unwrap() + 2),
        )
    };
    let text = history(&[
        crashed("sync", 25),
        crashed("sync", 23),
        crashed("vault", 2),
        event(EventKind::Started, 9),
        crashed("sync", 1),
    ]);

    let found = crashes(&text, "sync", noon());

    assert_eq!(found.len(), 2);
    for (count, lies_in_one, expected) in [
        (0, false, None),
        (1, false, Some("1 crash in 24 h")),
        (1, true, None),
        (2, true, Some("2 crashes in 24 h")),
    ] {
        assert_eq!(crashes_in_words(count, lies_in_one).as_deref(), expected);
    }
}

#[test]
fn a_history_that_begins_anew_carries_on_what_was_counted() {
    let of = Subject::Daemon("sync".into());
    let old = history(&[event(EventKind::Started, 1), event(EventKind::Started, 2)]);
    let mut new = Counts::of(&old).line().unwrap();
    new.extend(line_after(&[], &event(EventKind::Started, 3)).unwrap());
    let mut newer = Counts::of(&new).line().unwrap();
    newer.extend(line_after(&[], &event(EventKind::Crashed, 3)).unwrap());

    let counts = Counts::of(&newer);

    assert_eq!(counts.get(&of, EventKind::Started), 3);
    assert_eq!(counts.get(&of, EventKind::Crashed), 1);
    assert_eq!(counts.get(&of, EventKind::Missed), 0);
    assert_eq!(events(&newer).len(), 1);
}
