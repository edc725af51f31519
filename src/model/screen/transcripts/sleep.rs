//! The computer sleeps, and wakes.

use super::*;

#[test]
fn a_crash_while_the_computer_slept_is_told_at_the_second_look() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    assert_eq!(tray.look(crashed(3600, Some(Exit::Code(3)))), NOTHING);
    assert_eq!(tray.view().icon, Icon::Crashed);
    assert_eq!(
        tray.look(crashed(3602, Some(Exit::Code(3)))),
        ["notify InnerOS crashed: Ended with exit code 3"]
    );
    assert_eq!(tray.look(crashed(3604, Some(Exit::Code(3)))), NOTHING);
}

#[test]
fn what_passes_by_itself_after_a_sleep_is_not_told() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    assert_eq!(tray.look(unhealthy(3600, 3)), NOTHING);
    assert_eq!(tray.look(running(3602)), NOTHING);
    assert_eq!(tray.view().icon, Icon::Running);
}

#[test]
fn a_sleep_without_a_change_is_nothing() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    assert_eq!(tray.look(running(3600)), NOTHING);
    assert_eq!(tray.look(crashed(3602, None)).len(), 1);
}

#[test]
fn a_long_interval_is_no_sleep() {
    let mut tray = Transcript::new("[tray]\npoll_interval = \"1h\"");
    tray.look(running(0));

    assert_eq!(tray.look(crashed(3600, None)).len(), 1);
}
