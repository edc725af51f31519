//! Times that are asked for, by a clock that is put forward and back.

use super::LOG;
use crate::answer::Answer;
use crate::home::Home;

/// Central European time; in 2026 summer ended on 25 October, at 3:00.
const BERLIN: &str = "TZ=CET-1CEST,M3.5.0,M10.5.0/3; export TZ; exec \"$@\"";

fn logs(home: &Home, arguments: &[&str]) -> Answer {
    home.shell(BERLIN, [&["daemon", "logs"], arguments].concat())
}

#[test]
fn nothing_is_lost_in_the_hour_that_comes_twice() {
    let home = Home::new();
    let mut all = Vec::new();
    // A line a second from 1:30 to 3:00, and again from 2:00 to 3:30.
    for second in (90 * 60..180 * 60).chain(120 * 60..210 * 60) {
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        all.push(format!(
            "2026-10-25 {hour:02}:{minute:02}:{second:02} INFO: line\n"
        ));
    }
    home.write(LOG, all.concat());
    let within = |since: &str, until: &str| -> String {
        let fits = |line: &&String| &line[11..16] >= since && &line[11..16] <= until;
        all.iter().filter(fits).cloned().collect()
    };

    for (since, until) in [("02:45", "03:20"), ("01:40", "02:15"), ("02:10", "02:50")] {
        let answer = logs(
            &home,
            &[
                "--since",
                &format!("2026-10-25 {since}"),
                "--until",
                &format!("2026-10-25 {until}:59"),
            ],
        );
        assert!(
            answer.code(0).stdout() == within(since, until),
            "{since} to {until}"
        );
    }
    // With a zone it is one of the two: of lines without one, both may be meant.
    for (since, until, wall) in [
        (
            "2026-10-25T02:45:00+02:00",
            "2026-10-25T03:20:59+01:00",
            ("02:00", "03:20"),
        ),
        (
            "2026-10-25T02:45:00+01:00",
            "2026-10-25T03:20:59+01:00",
            ("02:45", "03:20"),
        ),
        (
            "2026-10-25T01:40:00+02:00",
            "2026-10-25T02:15:59+02:00",
            ("01:40", "02:15"),
        ),
        (
            "2026-10-25T01:40:00+02:00",
            "2026-10-25T02:15:59+01:00",
            ("01:40", "02:59"),
        ),
    ] {
        let answer = logs(&home, &["--since", since, "--until", until]);
        assert!(
            answer.code(0).stdout() == within(wall.0, wall.1),
            "{since} to {until}"
        );
    }
}

#[test]
fn times_are_those_of_the_clock_on_the_wall() {
    // Central European time without its summer: the day on which this runs has 24 hours.
    let zone = "TZ=CET-1; export TZ; exec \"$@\"";
    let home = Home::new();
    let here = chrono::FixedOffset::east_opt(3600).unwrap();
    let today = chrono::Utc::now().with_timezone(&here).date_naive();
    let yesterday = today.pred_opt().unwrap();
    let lines = [
        format!("{} 23:59:59 INFO: before\n", yesterday.pred_opt().unwrap()),
        format!("{yesterday} 00:00:00 INFO: yesterday\n"),
        format!("{yesterday} 23:59:59 INFO: still yesterday\n"),
        format!("{today} 00:00:00 INFO: today\n"),
        format!("{today} 14:29:59 INFO: nearly\n"),
        format!("{today}T13:30:00Z INFO: at half past two\n"),
        format!("{today} 14:30:01 INFO: later\n"),
    ];
    home.write(LOG, lines.concat());
    // Written an hour after its last line, it would be taken for a log in UTC.
    let last = today.and_hms_opt(14, 30, 1).unwrap();
    let last = last.and_local_timezone(here).unwrap();
    let log = std::fs::File::open(home.path().join(LOG)).unwrap();
    log.set_modified(last.into()).unwrap();

    for (arguments, wanted) in [
        (&["--since", "yesterday"][..], 1..7),
        (&["--since", "today"], 3..7),
        (&["--since", "14:30"], 5..7),
        (&["--since", "yesterday", "--until", "today"], 1..4),
        (&["--since", "today", "--until", "14:30"], 3..6),
        (&["--since", &format!("{today}T14:30:01+01:00")], 6..7),
        (&["--since", &format!("{today}T13:30:00Z")], 5..7),
    ] {
        home.shell(zone, [&["daemon", "logs"], arguments].concat())
            .code(0)
            .stdout_is(&lines[wanted].concat());
    }
}
