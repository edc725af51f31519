//! Ways through the situations that nobody thought of.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::model::life::record::Deadline;

/// What may happen to a daemon.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// A start, whose maker is killed after so many steps.
    Start(usize),
    /// The same for a stop.
    Stop(usize, Force),
    /// It ends by itself, and whoever started it does or does not live to reap it.
    End(Exit, bool),
    /// It heeds stops from now on, or not.
    Obey(bool),
    /// A supervisor comes or goes.
    Supervisor(bool),
    /// Somebody removes the PID file.
    RemovePidFile,
    /// Time goes by.
    Wait(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let cut = || prop_oneof![3 => Just(usize::MAX), 2 => 0..6_usize];
    let exit = prop_oneof![
        Just(Exit::Code(0)),
        Just(CODE_3),
        Just(Exit::Signal(9)),
        Just(Exit::Signal(15))
    ];
    prop_oneof![
        cut().prop_map(Event::Start),
        (cut(), prop_oneof![Just(Force::No), Just(Force::Kill)])
            .prop_map(|(cut, force)| Event::Stop(cut, force)),
        (exit, any::<bool>()).prop_map(|(exit, reaped)| Event::End(exit, reaped)),
        any::<bool>().prop_map(Event::Obey),
        any::<bool>().prop_map(Event::Supervisor),
        Just(Event::RemovePidFile),
        (0..40_u64).prop_map(Event::Wait),
    ]
}

fn happen(world: &mut World, event: Event) {
    match event {
        Event::Start(cut) => {
            world.cut_after(cut);
            let _ = world.start();
        }
        Event::Stop(cut, force) => {
            world.cut_after(cut);
            let _ = world.stop(force);
        }
        Event::End(exit, reaped) => {
            let lived = world.alive.is_some();
            world.die(exit);
            if lived && reaped {
                world.reap(exit);
            }
        }
        Event::Obey(obeys) => world.obeys = obeys,
        Event::Supervisor(there) => world.supervisor = there.then(|| world::identity(50)),
        Event::RemovePidFile => world.pid_file = None,
        Event::Wait(seconds) => world.clock += Duration::from_secs(seconds),
    }
    world.cut_after(usize::MAX);
}

proptest! {
    /// Nor are there ever two, which `World::start` holds.
    #[test]
    fn one_stop_and_one_start_lead_out_of_everything(events in vec(event(), 0..24)) {
        let mut world = World::new();
        for event in events {
            happen(&mut world, event);
            let (_, status) = world.look_and_judge();
            prop_assert_eq!(status.alive().is_some(), world.alive.is_some());
        }

        world.stop(Force::Kill).unwrap();
        prop_assert_eq!(world.state(), State::Stopped);
        prop_assert_eq!((&world.record, world.pid_file), (&None, None));
        world.start().unwrap();
        prop_assert_eq!(world.state(), State::Running);
    }

    #[test]
    fn a_supervisor_is_never_without_a_next_step_for_long(events in vec(event(), 0..24)) {
        let mut world = World::supervised();
        for event in events {
            happen(&mut world, event);
        }

        // The reaper has written down what there was to write, or never will.
        let (seen, status) = world.look_and_judge();
        let step = turn(Facts {
            seen: &seen,
            status: &status,
            us: &world::identity(50),
            due: None,
            is_our_child: false,
        });

        let waits = matches!(step, Step::Wait(_) | Step::Start(_));
        prop_assert!(!waits, "{:?}", step);
    }

    #[test]
    fn a_deadline_is_ahead_up_to_its_millisecond(at in 0..u64::MAX / 2, later in 1..1_000_000_u64) {
        let deadline = Deadline::at(Duration::from_millis(at));

        prop_assert!(deadline.is_ahead(Duration::ZERO));
        prop_assert!(deadline.is_ahead(Duration::from_millis(at)));
        prop_assert!(!deadline.is_ahead(Duration::from_millis(at.saturating_add(later))));
    }
}
