//! What a supervisor does next.

use super::*;
use crate::model::life::record::RunRecord;

/// The supervisor's turn.
fn turn_in(world: &World, due: Option<&(Identity, Duration)>, is_our_child: bool) -> Step {
    let (seen, status) = world.look_and_judge();
    turn(Facts {
        seen: &seen,
        status: &status,
        us: &world::identity(50),
        due,
        is_our_child,
    })
}

fn ended(step: &Step) -> Option<Exit> {
    let Step::Ended { exit, .. } = step else {
        panic!("{step:?}");
    };
    *exit
}

fn daemon(world: &World) -> Identity {
    world.record.as_ref().unwrap().identity.clone()
}

#[test]
fn a_living_daemon_is_watched_whoever_started_it() {
    let mut world = World::supervised();
    assert_eq!(turn_in(&world, None, true), Step::Watch(daemon(&world)));

    world.stop(Force::No).unwrap();
    world.start().unwrap();

    assert_eq!(turn_in(&world, None, false), Step::Watch(daemon(&world)));
}

#[test]
fn a_stop_by_somebody_else_ends_the_supervision() {
    let mut world = World::supervised();
    world.stop(Force::No).unwrap();
    let gone = turn_in(&world, None, false);
    let mut cut = World::supervised();
    cut.cut_after(2);
    let _ = cut.stop(Force::No);
    cut.die(CODE_3);
    let cut_short = turn_in(&cut, None, true);
    let mut others = World::supervised();
    others.record = others.record.take().map(RunRecord::left_alone);
    let out_of_hands = turn_in(&others, None, false);

    for step in [gone, cut_short, out_of_hands] {
        assert_eq!(step, Step::Stopped);
    }
}

#[test]
fn an_end_that_is_being_written_down_is_waited_for() {
    let mut world = World::supervised();
    world.die(CODE_3);
    assert!(matches!(turn_in(&world, None, true), Step::Wait(_)));

    world.reap(CODE_3);

    assert_eq!(ended(&turn_in(&world, None, true)), Some(CODE_3));
}

#[test]
fn of_one_that_is_not_our_child_the_pid_file_tells_whether_it_went_in_good_order() {
    let mut world = World::supervised();
    world.die(CODE_3);
    assert_eq!(ended(&turn_in(&world, None, false)), None);

    world.pid_file = None;

    assert_eq!(ended(&turn_in(&world, None, false)), Some(Exit::Code(0)));
}

#[test]
fn a_stop_that_it_outlived_is_none() {
    let mut world = World::supervised();
    world.cut_after(2);
    let _ = world.stop(Force::No);
    world.clock += Duration::from_secs(11);

    assert_eq!(ended(&turn_in(&world, None, false)), None);
}

#[test]
fn the_next_start_is_waited_for_and_then_made() {
    let mut world = World::supervised();
    world.die(CODE_3);
    world.reap(CODE_3);
    let second = Duration::from_secs(1);
    let due = (daemon(&world), world.clock + second);

    assert_eq!(turn_in(&world, Some(&due), true), Step::Wait(second));
    world.clock += second;
    assert!(matches!(
        turn_in(&world, Some(&due), true),
        Step::Start(record) if record == world.record.clone().unwrap()
    ));
    // A daemon that was started by hand meanwhile has nothing to do with it.
    world.start().unwrap();
    assert!(matches!(turn_in(&world, Some(&due), true), Step::Watch(_)));
}

#[test]
fn a_run_without_restarts_ends_with_the_daemon_that_it_started() {
    let mut world = World::running();
    let ours = daemon(&world);
    let next = |world: &World| unsupervised(&world.look_and_judge().1, Some(&ours));
    assert_eq!(next(&world), Step::Watch(ours.clone()));

    world.die(CODE_3);
    world.reap(CODE_3);

    assert_eq!(next(&world), Step::Over(Some(CODE_3)));
    world.start().unwrap();
    assert_eq!(next(&world), Step::Stopped, "another one runs");
}

#[test]
fn a_hangup_ends_the_run_only_where_it_ends_the_daemon() {
    let hangup = |to: i32, exit| {
        let mut world = World::running();
        world.die(exit);
        world.reap(exit);
        hung_up(&world.look_and_judge().1, Some(&world::identity(to)), 1)
    };

    assert!(hangup(101, Exit::Signal(1)));
    assert!(!hangup(101, Exit::Signal(9)));
    assert!(!hangup(100, Exit::Signal(1)), "it was handed to another");
}
