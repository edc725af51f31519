//! Looks that see nothing, or a stranger in the place of the daemon.

use super::*;

#[test]
fn a_crash_is_seen_through_a_look_that_failed() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    let mut blind = running(2);
    blind.recorded = ProcessSeen::Hidden("I/O error".into());

    assert_eq!(tray.look(blind), NOTHING);
    assert_eq!(tray.look(crashed(4, Some(Exit::Signal(9)))).len(), 1);
}

/// A look that could not see the daemon.
fn blind(seconds: u32) -> Observation {
    Observation {
        recorded: ProcessSeen::Hidden("I/O error".into()),
        ..running(seconds)
    }
}

#[test]
fn a_look_that_saw_nothing_changes_nothing() {
    let mut tray = Transcript::new("[notifications]\nstarted = true");
    tray.look(running(0));
    assert_eq!(tray.look(blind(2)), NOTHING);
    assert_eq!(tray.view().icon, Icon::Unknown);
    assert_eq!(tray.look(running(4)), NOTHING);

    assert_eq!(tray.look(crashed(6, None)).len(), 1);
    assert_eq!(tray.look(blind(8)), NOTHING);
    assert_eq!(tray.look(crashed(10, None)), NOTHING);
    assert_eq!(tray.look(blind(12)), NOTHING);
    assert_eq!(tray.look(running_as(900, 14)).len(), 1);

    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.look(unhealthy(2, 3));
    tray.look(blind(4));
    assert_eq!(tray.look(running(6)), ["withdraw"]);
}

/// A look at a PID file that names a process which cannot be shown to be the daemon.
fn foreign(seconds: u32) -> Observation {
    Observation {
        command: vec!["another".into()],
        record: None,
        ..running(seconds)
    }
}

#[test]
fn that_it_is_gone_is_taken_back_when_that_is_over() {
    for (after, effect) in [(running_as(900, 4), "withdraw"), (nothing(4), "withdraw")] {
        let mut tray = Transcript::new("");
        tray.look(running(0));
        let told = tray.look(foreign(2));
        assert!(told[0].starts_with("notify InnerOS is gone"), "{told:?}");

        assert_eq!(tray.look(after), [effect]);
    }
}

#[test]
fn a_crash_whose_pid_is_given_away_is_not_told_again() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert_eq!(tray.look(crashed(2, None)).len(), 1);

    assert_eq!(tray.look(foreign(4)), NOTHING);
    assert_eq!(tray.look(crashed(6, None)), NOTHING);
    assert_eq!(tray.look(running_as(900, 8)), ["withdraw"]);
}
