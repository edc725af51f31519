//! What is decided in every situation, and that no way through them leads to one that no
//! command leads out of.

mod random;
mod refusals;
mod turns;
mod world;

use std::time::Duration;

use super::*;
use crate::model::life::record::{Exit, Identity, Phase};
use crate::model::life::status::State;
use world::World;

const CODE_3: Exit = Exit::Code(3);

#[test]
fn a_start_records_runs_and_publishes() {
    let mut world = World::new();

    assert_eq!(world.start(), Ok(101));

    assert_eq!(world.state(), State::Running);
    assert_eq!(world.phase(), Some(Phase::Running));
    assert_eq!(world.pid_file, Some(101));
}

#[test]
fn a_stop_leaves_nothing_behind() {
    let mut world = World::running();

    assert_eq!(world.stop(Force::No), Ok(()));

    assert_eq!(world.state(), State::Stopped);
    assert_eq!((world.phase(), world.pid_file), (None, None));
}

#[test]
fn a_start_that_is_killed_at_any_moment_can_be_made_again() {
    for moment in 0..4 {
        let mut world = World::new();
        world.cut_after(moment);
        let _ = world.start();
        world.cut_after(usize::MAX);

        // Between fork and exec the process goes with whoever made it.
        let again = world.start();

        assert!(
            matches!(again, Ok(_) | Err(PlanRefusal::AlreadyRunning(_))),
            "cut after {moment}: {again:?}"
        );
        assert!(
            world.look_and_judge().1.alive().is_some(),
            "cut after {moment}"
        );
    }
}

#[test]
fn a_stop_that_is_killed_at_any_moment_is_no_crash() {
    for moment in 0..5 {
        let mut world = World::running();
        world.cut_after(moment);
        let _ = world.stop(Force::No);
        world.cut_after(usize::MAX);

        let state = world.state();

        assert!(
            [State::Running, State::Stopping, State::Stopped].contains(&state),
            "cut after {moment}: {state:?}"
        );
        let _ = world.stop(Force::Kill);
        assert_eq!(world.state(), State::Stopped, "cut after {moment}");
    }
}

#[test]
fn what_it_outlived_is_no_stop_and_its_later_end_is_a_crash() {
    let mut world = World::running();
    world.obeys = false;
    let _ = world.stop(Force::No);
    assert_eq!(world.phase(), Some(Phase::Running), "it was taken back");

    world.die(CODE_3);
    world.reap(CODE_3);

    assert_eq!(world.state(), State::Crashed);
}

#[test]
fn who_is_asked_to_go_and_does_has_not_crashed() {
    let mut world = World::running();
    // Whoever stops it is killed right after the signal.
    world.cut_after(2);
    let _ = world.stop(Force::No);

    world.reap(Exit::Signal(15));

    assert_eq!(world.state(), State::Stopped);
    assert_eq!((world.phase(), world.pid_file), (None, None));
}

#[test]
fn a_daemon_that_ends_well_has_finished() {
    let mut world = World::running();
    world.die(Exit::Code(0));
    world.reap(Exit::Code(0));

    assert_eq!(world.state(), State::Stopped);
    assert_eq!(world.pid_file, None);
    assert!(matches!(world.phase(), Some(Phase::Ended { .. })));
}

#[test]
fn what_a_crash_has_left_is_named_by_a_stop_and_killed_by_force() {
    let mut world = World::running();
    world.die(CODE_3);
    let crash = world.look_and_judge().1.crash().cloned();
    let record = world.record.clone();
    let gone = |left, force| on_gone(crash.as_ref(), record.as_ref(), left, force);

    assert_eq!(gone(true, Force::No), OnceGone::Name);
    assert_eq!(gone(true, Force::Kill), OnceGone::Clear { pid: Some(101) });
    assert_eq!(gone(false, Force::No), OnceGone::Clear { pid: Some(101) });
}

#[test]
fn a_stop_before_the_next_start_takes_the_crash_out_of_its_supervisors_hands() {
    let mut world = World::supervised();
    world.die(CODE_3);
    world.reap(CODE_3);
    let crash = world.look_and_judge().1.crash().cloned();

    let gone = on_gone(crash.as_ref(), world.record.as_ref(), true, Force::No);

    let OnceGone::LeaveAlone(record) = gone else {
        panic!("{gone:?}");
    };
    assert_eq!(record.supervisor, None);
    assert!(matches!(
        record.phase,
        Phase::Ended {
            exit: Some(CODE_3),
            ..
        }
    ));
}

#[test]
fn a_restart_that_cannot_start_leaves_the_crash_to_the_supervisor() {
    let world = World::supervised();
    let seen = world.observe();
    let kept = kept_supervisor(&seen);
    let now = seen.now.wall;

    let left = still_supervised(seen.record.clone(), kept.clone(), None, now).unwrap();

    assert_eq!(left.supervisor, kept);
    assert!(matches!(left.phase, Phase::Ended { exit: None, .. }));
    let there = seen.record.clone();
    assert_eq!(
        still_supervised(seen.record, kept, there.as_ref(), now),
        None
    );
}

#[test]
fn a_failed_start_puts_back_what_others_go_on_from() {
    let mut world = World::supervised();
    world.die(CODE_3);
    let before = world.record.clone();
    let start = |was_supervised: bool| Start {
        gone: None,
        damaged: false,
        supervisor: was_supervised.then(|| kept_supervisor(&world.observe()).unwrap()),
        was_supervised,
    };
    let back =
        |start: &Start, there, left| on_failed_start(start, before.as_ref(), there, left).is_some();

    assert!(back(&start(true), None, false), "as if nobody had tried");
    assert!(!back(&start(true), before.as_ref(), true));
    assert!(back(&start(false), None, true), "what is left is found");
    assert!(!back(&start(false), None, false));
}
