//! What is refused, and what may be passed over.

use super::*;
use crate::model::life::status::Status;

fn foreign(certain: bool) -> Status {
    Status::Foreign(Foreign {
        pid: 812,
        command_line: vec!["sleep".into()],
        reason: "that is not the configured command".into(),
        certain,
    })
}

fn unknown() -> Status {
    Status::Unknown {
        reason: "invalid PID".into(),
        hint: "remove the file".into(),
    }
}

fn start(status: Status) -> Result<Start, PlanRefusal> {
    on_start(&World::new().observe(), status, None)
}

#[test]
fn a_start_beside_a_living_daemon_is_refused_in_each_of_its_states() {
    for moment in 1..5 {
        let mut world = World::new();
        world.cut_after(moment);
        let _ = world.start();
        if world.alive.is_some() {
            assert_eq!(
                world.start(),
                Err(PlanRefusal::AlreadyRunning(101)),
                "{moment}"
            );
        }
    }
    let mut stopping = World::running();
    stopping.obeys = false;
    stopping.cut_after(2);
    let _ = stopping.stop(Force::No);

    assert_eq!(stopping.start(), Err(PlanRefusal::AlreadyRunning(101)));
}

#[test]
fn that_it_runs_is_said_before_that_none_is_configured() {
    let start = |world: World| {
        let (mut seen, status) = world.look_and_judge();
        seen.command.clear();
        on_start(&seen, status, None)
    };

    assert_eq!(
        start(World::running()),
        Err(PlanRefusal::AlreadyRunning(101))
    );
    assert_eq!(start(World::new()), Err(PlanRefusal::NotConfigured));
}

#[test]
fn a_start_passes_over_what_is_certainly_not_the_daemon_and_over_nothing_else() {
    assert!(matches!(
        start(foreign(false)),
        Err(PlanRefusal::Foreign(_))
    ));
    assert!(matches!(start(unknown()), Err(PlanRefusal::Unknown { .. })));
    assert_eq!(start(foreign(true)).unwrap().gone, Some(812));
}

#[test]
fn a_stop_touches_nothing_that_is_not_shown_to_be_the_daemon() {
    let stop = |status| on_stop(&World::new().observe(), status);

    for certain in [false, true] {
        assert!(matches!(
            stop(foreign(certain)),
            Err(PlanRefusal::Foreign(_))
        ));
    }
    assert!(matches!(stop(unknown()), Err(PlanRefusal::Unknown { .. })));
}

#[test]
fn a_restart_starts_nothing_beside_what_it_could_not_stop() {
    assert!(on_restart(AfterStop::Stopped { left: false }));
    assert!(!on_restart(AfterStop::Stopped { left: true }));
    assert!(on_restart(AfterStop::NotRunning));
    assert!(on_restart(AfterStop::Foreign { certain: true }));
    assert!(!on_restart(AfterStop::Foreign { certain: false }));
    assert!(!on_restart(AfterStop::Failed));
}

#[test]
fn a_start_by_hand_keeps_the_supervisor_that_is_still_there() {
    let mut world = World::supervised();
    world.die(CODE_3);
    let (seen, status) = world.look_and_judge();
    let kept = on_start(&seen, status, None).unwrap();
    let us = kept.supervisor.clone().unwrap();
    world.supervisor = None;
    let (seen, status) = world.look_and_judge();
    let lost = on_start(&seen, status, None).unwrap();

    assert_eq!((us.identity, us.attempt), (world::identity(50), 1));
    assert!(kept.was_supervised && !lost.was_supervised);
    assert_eq!(lost.supervisor, None);
}

#[test]
fn what_is_left_is_asked_to_end_unless_it_is_left_deliberately_and_killed_by_force_only() {
    assert_eq!(on_left(false, Force::No), Farewell::Ask);
    assert_eq!(on_left(true, Force::No), Farewell::Name);
    assert_eq!(on_left(false, Force::Kill), Farewell::Kill);
    assert_eq!(on_left(true, Force::Kill), Farewell::Kill);
}
