//! A daemon that is started again after each crash.

use super::*;

const SUPERVISOR: i32 = 700;

/// The crash of the `attempt`th start in a row, noon long gone; the next start is due
/// half a minute later.
fn between_starts(pid: i32, attempt: u32, seconds: u32) -> Observation {
    let supervisor = identity(SUPERVISOR, 100);
    Observation {
        pid_file: named(pid),
        supervisor: process(&supervisor),
        record: Some(RunRecord {
            supervisor: Some(Supervisor {
                identity: supervisor,
                attempt,
            }),
            ..record(
                pid,
                Phase::Backoff {
                    exit: Some(Exit::Code(3)),
                    at: noon(),
                    due_ms: 86_430_000,
                    due: noon() + TimeDelta::seconds(30),
                },
            )
        }),
        ..nothing(seconds)
    }
}

fn given_up(pid: i32, seconds: u32) -> Observation {
    let phase = Phase::CrashLooping {
        exit: Some(Exit::Code(3)),
        at: noon(),
        starts: 5,
        window_ms: 60_000,
    };
    Observation {
        pid_file: named(pid),
        record: Some(record(pid, phase)),
        ..nothing(seconds)
    }
}

#[test]
fn a_crash_that_is_answered_says_when() {
    let seen = between_starts(PID, 1, 1);

    let status = judge(&seen);

    assert_eq!(status.state(), State::Crashed);
    assert_eq!(
        status.reason().as_deref(),
        Some("ended with exit code 3; starts again at 12:00:30")
    );
}

#[test]
fn a_supervisor_that_is_gone_promises_nothing() {
    let mut seen = between_starts(PID, 1, 1);
    seen.supervisor = process(&identity(SUPERVISOR, 101));

    assert_eq!(
        judge(&seen).reason().as_deref(),
        Some("ended with exit code 3")
    );
}

#[test]
fn of_a_row_of_crashes_the_first_and_the_end_are_told() {
    let mut tray = Transcript::new("");
    tray.look(running_as(801, 0));

    assert_eq!(
        tray.look(between_starts(801, 1, 2)),
        ["notify InnerOS crashed: Ended with exit code 3; starts again at 12:00:30"]
    );
    assert_eq!(tray.look(running_as(802, 4)), ["withdraw"]);
    assert_eq!(tray.look(between_starts(802, 2, 6)), NOTHING);
    assert_eq!(tray.look(running_as(803, 8)), NOTHING);
    assert_eq!(tray.look(between_starts(803, 3, 10)), NOTHING);
    assert_eq!(
        tray.look(given_up(803, 12)),
        [
            "notify InnerOS keeps crashing: 5 starts within 1m, the last one ended with exit \
             code 3; it is not started again"
        ]
    );
    assert_eq!(tray.look(given_up(803, 14)), NOTHING);
    assert_eq!(tray.look(running_as(804, 16)), ["withdraw"]);
}

#[test]
fn that_nobody_will_start_it_any_more_is_told() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.look(between_starts(PID, 2, 2));
    let mut alone = between_starts(PID, 2, 4);
    alone.supervisor = ProcessSeen::Gone;

    assert_eq!(
        tray.look(alone),
        ["notify InnerOS crashed: Ended with exit code 3"]
    );
}

#[test]
fn what_is_about_to_be_started_can_be_started_now_or_left_alone() {
    let mut tray = Transcript::new("");

    tray.look(between_starts(PID, 1, 0));
    assert_eq!(tray.offered(), ["Start Again", "Stop"]);
    tray.look(given_up(PID, 2));
    assert_eq!(tray.offered(), ["Start Again"]);

    assert_eq!(tray.view().icon, Icon::CrashLooping);
    assert_eq!(tray.texts()[0], "InnerOS: keeps crashing: exit code 3");
}
