//! What a look is judged to be.

use super::*;
use crate::model::life::record::Deadline;

#[test]
fn the_record_decides_who_the_daemon_is() {
    assert_eq!(state(&nothing(0)), State::Stopped);
    assert_eq!(state(&running(0)), State::Running);
    assert_eq!(state(&crashed(0, None)), State::Crashed);
    assert_eq!(state(&crashed(0, Some(Exit::Code(3)))), State::Crashed);
    assert_eq!(state(&crashed(0, Some(Exit::Code(0)))), State::Stopped);
}

#[test]
fn uptime_follows_the_boot_clock() {
    let mut seen = running(0);
    seen.now.wall -= TimeDelta::days(400);

    let status = judge(&seen);

    assert_eq!(status.alive().expect("alive").uptime.as_secs(), 60);
}

#[test]
fn a_missing_or_damaged_pid_file_does_not_hide_a_recorded_daemon() {
    let mut seen = running(0);
    seen.pid_file = PidFileSeen::Absent;
    assert_eq!(state(&seen), State::Running);
    assert_eq!(
        judge(&seen).reason().as_deref(),
        Some("its PID file is missing")
    );

    seen.pid_file = PidFileSeen::Bad {
        message: "invalid PID".into(),
        hint: String::new(),
    };
    assert_eq!(state(&seen), State::Running);
}

#[test]
fn a_daemon_whose_pid_was_reused_is_gone_whatever_runs_under_it() {
    let mut seen = running(0);
    seen.recorded = process(&identity(PID, 9999));
    seen.named = seen.recorded.clone();
    assert_eq!(state(&seen), State::Crashed);
    seen.pid_file = PidFileSeen::Absent;
    assert_eq!(state(&seen), State::Stopped);

    let mut seen = running(0);
    seen.boot_id = "the next boot".into();
    let mut after = identity(PID, 4711);
    after.boot_id = "the next boot".into();
    seen.recorded = process(&after);
    seen.named = seen.recorded.clone();
    assert_eq!(state(&seen), State::Stopped);
}

#[test]
fn a_pid_file_from_before_the_computer_was_restarted_tells_of_no_crash() {
    let mut seen = Observation {
        record: None,
        ..crashed(0, None)
    };
    assert_eq!(state(&seen), State::Crashed);

    seen.now.clock = Duration::from_secs(30);
    assert_eq!(state(&seen), State::Stopped);
}

#[test]
fn without_a_record_nothing_may_speak_against_the_process() {
    let believed = Observation {
        record: None,
        recorded: ProcessSeen::Gone,
        ..running(0)
    };
    assert_eq!(state(&believed), State::Running);

    let changed = |change: fn(&mut ProcessFacts)| {
        let mut seen = believed.clone();
        if let ProcessSeen::Alive(facts) = &mut seen.named {
            change(facts);
        }
        state(&seen)
    };
    assert_eq!(changed(|facts| facts.uid = 0), State::Foreign);
    assert_eq!(
        changed(|facts| facts.command_line = vec!["vim".into()]),
        State::Foreign
    );
    assert_eq!(
        changed(|facts| facts.age = Duration::from_secs(10)),
        State::Foreign
    );
    assert_eq!(changed(|facts| facts.command_line.clear()), State::Foreign);
}

#[test]
fn a_process_that_is_hidden_is_unknown_not_stopped() {
    let mut seen = running(0);
    seen.recorded = ProcessSeen::Hidden("permission denied".into());
    seen.named = seen.recorded.clone();

    assert_eq!(state(&seen), State::Unknown);
}

#[test]
fn starting_and_stopping_have_deadlines() {
    let with = |phase| {
        let mut seen = running(0);
        seen.record = Some(record(PID, phase));
        state(&seen)
    };
    let deadline = |seconds| Deadline::at(Duration::from_secs(seconds));
    let (later, earlier) = (deadline(86_401), deadline(86_399));

    assert_eq!(with(Phase::Starting { deadline: later }), State::Starting);
    assert_eq!(with(Phase::Starting { deadline: earlier }), State::Running);
    assert_eq!(with(Phase::Stopping { deadline: later }), State::Stopping);
    assert_eq!(with(Phase::Stopping { deadline: earlier }), State::Running);
}

#[test]
fn a_stop_that_was_cut_short_is_no_crash() {
    let mut seen = crashed(0, None);
    seen.record = Some(record(
        PID,
        Phase::Stopping {
            deadline: Deadline::at(Duration::ZERO),
        },
    ));

    assert_eq!(state(&seen), State::Stopped);
}

#[test]
fn one_bad_answer_is_not_a_state() {
    assert_eq!(state(&unhealthy(0, 1)), State::Running);
    assert_eq!(state(&unhealthy(0, 2)), State::Running);
    assert_eq!(state(&unhealthy(0, 3)), State::Unhealthy);
}
