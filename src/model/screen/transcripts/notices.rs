//! What is announced, and what is not.

use super::*;

#[test]
fn what_is_found_at_start_up_is_shown_and_a_crash_told_once() {
    let mut tray = Transcript::new("");
    assert_eq!(tray.look(running(0)), NOTHING);

    let mut tray = Transcript::new("");
    assert_eq!(
        tray.look(crashed(0, None)),
        ["notify InnerOS crashed: Pid 812 is gone; how it ended is not known"]
    );
    assert_eq!(tray.look(crashed(2, None)), NOTHING);
}

#[test]
fn a_crash_is_told_with_its_reason_and_withdrawn_when_it_is_over() {
    let mut tray = Transcript::new("");

    tray.look(running(0));
    assert_eq!(
        tray.look(printing("no vault", crashed(2, Some(Exit::Code(3))))),
        ["notify InnerOS crashed: Ended with exit code 3 / no vault"]
    );
    assert_eq!(tray.look(crashed(4, Some(Exit::Code(3)))), NOTHING);
    assert_eq!(tray.look(running_as(900, 6)), ["withdraw"]);
}

#[test]
fn a_crash_is_told_with_the_last_error_that_was_logged() {
    let mut tray = Transcript::new("");
    let crashed = || crashed(2, Some(Exit::Code(3)));

    tray.look(running(0));
    assert_eq!(
        tray.look(printing("Bye", logging("no lock", crashed()))),
        ["notify InnerOS crashed: Ended with exit code 3 / 12:05:00 daemon: no lock / Bye"]
    );

    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert_eq!(
        tray.look(printing("ERROR no lock", logging("no lock", crashed()))),
        ["notify InnerOS crashed: Ended with exit code 3 / 12:05:00 daemon: no lock"]
    );
}

#[test]
fn two_crashes_between_looks_are_two() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.look(crashed(2, None));

    let mut second = crashed(4, None);
    second.record = Some(record(900, Phase::Running));
    second.pid_file = named(900);

    assert_eq!(
        tray.look(second),
        ["notify InnerOS crashed: Pid 900 is gone; how it ended is not known"]
    );
}

#[test]
fn what_the_user_asked_for_is_not_told() {
    let mut tray = Transcript::new("[notifications]\nstarted = true\nstopped = true");
    tray.look(nothing(0));

    assert_eq!(tray.click(Command::Run(Operation::Start)), ["run start"]);
    assert_eq!(tray.look(running(1)), NOTHING);
    assert_eq!(tray.done(Operation::Start, Ok(())), NOTHING);
    assert_eq!(tray.look(running(2)), NOTHING);
    assert_eq!(tray.click(Command::Run(Operation::Stop)), ["run stop"]);
    assert_eq!(tray.done(Operation::Stop, Ok(())), NOTHING);
    assert_eq!(tray.look(nothing(3)), NOTHING);
}

#[test]
fn what_somebody_else_did_is_told_when_wanted() {
    let mut tray = Transcript::new("[notifications]\nstarted = true\nstopped = true");
    tray.look(nothing(0));

    assert_eq!(
        tray.look(running(2)),
        ["notify InnerOS started: Process 812"]
    );
    assert_eq!(
        tray.look(running_as(900, 4)),
        ["notify InnerOS started: Process 900"]
    );
    assert_eq!(tray.look(nothing(6)), ["notify InnerOS stopped: "]);

    let mut quiet = Transcript::new("");
    quiet.look(nothing(0));
    assert_eq!(quiet.look(running(2)), NOTHING);
    assert_eq!(quiet.look(nothing(4)), NOTHING);
}

#[test]
fn a_failed_operation_is_told_once_and_stays_until_the_daemon_runs() {
    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));

    assert_eq!(
        tray.done(Operation::Start, Err("ended during its start: exit code 3")),
        ["notify InnerOS did not start: ended during its start: exit code 3"]
    );
    for seconds in [2, 4, 6] {
        assert_eq!(tray.look(nothing(seconds)), NOTHING);
        assert_eq!(tray.view().icon, Icon::FailedStart);
        assert_eq!(tray.offered(), ["Start Again"]);
        let [first, second] = tray.information();
        assert_eq!(first.0, "InnerOS: did not start");
        assert_eq!(second.0, "Ended during its start: exit code 3");
    }
    assert_eq!(tray.look(running(8)), ["withdraw"]);
    assert_eq!(tray.view().icon, Icon::Running);
    assert!(tray.information()[1].0.starts_with("pid 812"));
}

#[test]
fn a_start_that_fails_after_a_crash_is_told_in_its_place_and_stays() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert_eq!(tray.look(crashed(2, Some(Exit::Code(3)))).len(), 1);
    tray.click(Command::Run(Operation::Start));

    assert_eq!(
        tray.done(Operation::Start, Err("exit code 3")),
        ["notify InnerOS did not start: exit code 3"]
    );
    // The record of the crash is gone with the start.
    for seconds in [4, 6, 8] {
        assert_eq!(tray.look(nothing(seconds)), NOTHING);
        assert_eq!(tray.view().icon, Icon::FailedStart);
    }
    tray.click(Command::Run(Operation::Start));
    assert_eq!(tray.done(Operation::Start, Ok(())), ["withdraw"]);
    assert_eq!(tray.look(running_as(900, 10)), NOTHING);
}

#[test]
fn a_start_that_failed_is_forgotten_when_another_has_come_to_something() {
    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));
    tray.done(Operation::Start, Err("exit code 3"));
    tray.look(nothing(2));
    assert_eq!(tray.view().icon, Icon::FailedStart);

    // Somebody else has started it, and it has crashed, between two looks.
    tray.look(crashed(4, Some(Exit::Code(3))));
    tray.look(nothing(6));

    assert_eq!(tray.view().icon, Icon::Stopped);
    assert_eq!(tray.information()[0].0, "InnerOS: stopped");
}

#[test]
fn why_a_start_failed_stands_in_the_first_row_and_the_log_is_where_that_comes_from() {
    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));
    let taken = "port 8080 is taken by python3";
    let problem = Problem {
        what: "ended during its start: exit code 1".into(),
        why: Some(taken.into()),
        way_out: Some(format!("{taken}: end that")),
        place: Some(Target::Output),
    };

    assert_eq!(
        tray.step(Input::Done(Operation::Start, Err(problem))),
        [format!(
            "notify InnerOS did not start: ended during its start: exit code 1 / {taken}: end that"
        )]
    );
    tray.look(nothing(2));

    let [first, second] = tray.information();
    assert_eq!(first.0, format!("InnerOS: did not start: {taken}"));
    assert_eq!(
        second,
        (
            "Ended during its start: exit code 1".into(),
            Command::Open(Target::Output)
        )
    );
    for command in [Command::Open(Target::Log), Command::Follow] {
        assert_eq!(tray.click(command), ["open Output"]);
    }
}

#[test]
fn a_click_that_does_nothing_is_told_until_one_does_something() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    tray.click(Command::Open(Target::LogsFolder));
    assert_eq!(
        tray.step(Input::Opened(
            Target::LogsFolder,
            Err("there is no logs folder '/l'".into())
        )),
        ["notify Could not open the logs folder: there is no logs folder '/l'"]
    );
    assert_eq!(tray.information()[1].0, "There is no logs folder '/l'");
    assert_eq!(tray.view().tooltip, "InnerOS: running");

    assert_eq!(tray.step(Input::Opened(Target::Log, Ok(()))), ["withdraw"]);
    assert!(tray.information()[1].0.starts_with("pid 812"));
}

#[test]
fn a_click_that_does_nothing_hides_no_broken_configuration() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.step(Input::Misconfigured(Broken {
        what: "daemon.restart: invalid value".into(),
        place: None,
    }));

    assert_eq!(
        tray.step(Input::Switched(
            NoticeSwitch::Crashed,
            Err("it is broken".into())
        )),
        ["notify Could not change the notifications: it is broken"]
    );

    assert_eq!(
        tray.information()[1],
        (
            "Configuration: daemon.restart: invalid value".into(),
            Command::Open(Target::Configuration)
        )
    );
}

#[test]
fn who_asks_after_a_crash_is_told_all_of_it_again() {
    let told = "notify InnerOS crashed: Ended with exit code 3 / 12:05:00 daemon: no lock";
    let crashed = || logging("no lock", crashed(2, Some(Exit::Code(3))));

    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert_eq!(tray.look(crashed()), [told]);
    assert_eq!(tray.click(Command::Tell), [told]);

    // Also where it was not told before.
    let mut tray = Transcript::new("[notifications]\ncrashed = false");
    tray.look(running(0));
    assert_eq!(tray.look(crashed()), NOTHING);
    let effects = tray.machine.step(Input::Asked(Command::Tell));
    let [Effect::Notify(notice)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(notice.actions, [Action::Start, Action::OpenLog]);
    assert!(
        notice.urgent && notice.body.contains("no lock"),
        "{notice:?}"
    );
}

#[test]
fn what_was_withdrawn_before_anybody_looked_is_said_until_the_menu_was_opened() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.look(crashed(2, Some(Exit::Code(3))));
    assert_eq!(tray.look(running_as(900, 4)), ["withdraw"]);

    let missed = "Missed at 12:00: InnerOS crashed";
    assert_eq!(
        tray.information()[1],
        (missed.into(), Command::Open(Target::Log))
    );
    assert_eq!(tray.view().tooltip, format!("InnerOS: running: {missed}"));

    tray.step(Input::Viewed);
    assert_eq!(tray.information()[1].0, missed);
    assert_eq!(tray.view().tooltip, "InnerOS: running");
    tray.step(Input::Viewed);
    assert!(tray.information()[1].0.starts_with("pid 900"));
}

#[test]
fn what_the_user_has_clicked_was_not_missed() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.look(crashed(2, Some(Exit::Code(3))));
    assert_eq!(tray.click(Command::Follow), ["open Log"]);
    assert_eq!(tray.look(running_as(900, 4)), NOTHING);

    assert!(tray.information()[1].0.starts_with("pid 900"));
}

#[test]
fn what_the_user_has_answered_was_not_missed() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.look(crashed(2, Some(Exit::Code(3))));
    tray.click(Command::Run(Operation::Start));
    assert_eq!(tray.done(Operation::Start, Ok(())), ["withdraw"]);
    tray.look(running_as(900, 4));

    assert!(tray.information()[1].0.starts_with("pid 900"));
}

#[test]
fn a_restart_by_the_user_is_not_told() {
    let mut tray = Transcript::new("[notifications]\nstarted = true\nstopped = true");
    tray.look(running(0));

    assert_eq!(
        tray.click(Command::Run(Operation::Restart)),
        ["run restart"]
    );
    assert_eq!(tray.look(nothing(1)), NOTHING);
    assert_eq!(tray.look(running_as(900, 2)), NOTHING);
    assert_eq!(tray.done(Operation::Restart, Ok(())), NOTHING);
    assert_eq!(tray.look(running_as(900, 3)), NOTHING);
}

#[test]
fn a_crash_during_an_operation_is_told_by_the_operation_or_after_it() {
    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));
    assert_eq!(tray.look(crashed(1, Some(Exit::Code(3)))), NOTHING);
    assert_eq!(tray.done(Operation::Start, Err("exit code 3")).len(), 1);
    assert_eq!(tray.look(crashed(2, Some(Exit::Code(3)))), NOTHING);

    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));
    tray.look(crashed(1, Some(Exit::Code(3))));
    assert_eq!(
        tray.done(Operation::Start, Ok(())),
        ["notify InnerOS crashed: Ended with exit code 3"]
    );

    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));
    tray.done(Operation::Start, Ok(()));
    assert_eq!(tray.look(crashed(2, Some(Exit::Code(3)))).len(), 1);
}

#[test]
fn five_crashes_in_a_minute_that_the_user_answers_are_five() {
    let mut tray = Transcript::new("");

    for crash in 0..5_u32 {
        let pid = 900 + i32::try_from(crash).expect("a small number");
        tray.look(running_as(pid, crash * 10));
        let seen = Observation {
            pid_file: named(pid),
            record: Some(record(pid, Phase::Running)),
            ..nothing(crash * 10 + 2)
        };
        assert_eq!(tray.look(seen).len(), 1);
    }
}

#[test]
fn the_buttons_fit_what_happened() {
    let actions = |seen: Observation| {
        let mut machine = Machine::new(&config(""));
        machine.step(Input::Observed(Box::new(running(0).report())));
        machine
            .step(Input::Observed(Box::new(seen.report())))
            .into_iter()
            .find_map(|effect| {
                if let Effect::Notify(notice) = effect {
                    return Some(notice.actions);
                }
                None
            })
    };

    assert_eq!(
        actions(crashed(2, None)),
        Some(&[Action::Start, Action::OpenLog][..])
    );
    assert_eq!(
        actions(unhealthy(2, 3)),
        Some(&[Action::Restart, Action::OpenLog][..])
    );
    for action in [
        Action::Start,
        Action::Restart,
        Action::ForceStop,
        Action::Forget,
        Action::SetUp,
        Action::OpenLog,
        Action::OpenOutput,
        Action::OpenConfiguration,
    ] {
        assert_eq!(Action::of_key(action.key()), Some(action));
    }
}

#[test]
fn a_switch_that_is_off_is_obeyed() {
    let mut tray = Transcript::new("[notifications]\ncrashed = false\nunhealthy = false");
    tray.look(running(0));

    assert_eq!(tray.look(unhealthy(2, 3)), NOTHING);
    assert_eq!(tray.look(crashed(4, None)), NOTHING);
}

#[test]
fn a_switch_changes_once_it_is_written() {
    let mut tray = Transcript::new("");

    assert_eq!(
        tray.click(Command::Toggle(NoticeSwitch::Crashed)),
        ["write crashed = false"]
    );
    assert_eq!(
        tray.click(Command::Toggle(NoticeSwitch::Crashed)),
        ["write crashed = false"]
    );
    tray.step(Input::Switched(NoticeSwitch::Crashed, Ok(false)));
    assert_eq!(
        tray.click(Command::Toggle(NoticeSwitch::Crashed)),
        ["write crashed = true"]
    );
}

#[test]
fn whoever_asks_is_told_the_state() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    assert_eq!(
        tray.click(Command::Tell),
        ["notify InnerOS: running: pid 812 · since 11:59 · 24 MB"]
    );
}

#[test]
fn notifications_that_cannot_be_shown_are_said_in_the_menu() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    tray.step(Input::Notified(Err("denied".into())));
    assert_eq!(
        settings(&tray).0,
        "Settings (Notifications Cannot Be Shown)"
    );
    tray.step(Input::Notified(Ok(())));
    assert_eq!(settings(&tray).0, "Settings");
}

#[test]
fn the_login_switches_show_what_the_system_says() {
    let mut tray = Transcript::new("");
    let toggle = Command::ToggleLogin(AtLogin::Tray);

    assert_eq!(tray.click(toggle), ["login tray = true"]);
    tray.step(Input::Login(AtLogin::Tray, LoginState::NeedsApproval));
    assert_eq!(
        login(&tray),
        ("Open at Login (Needs Your Approval)".into(), true)
    );
    tray.step(Input::Login(AtLogin::Tray, LoginState::Enabled));
    assert_eq!(login(&tray), ("Open at Login".into(), true));
    assert_eq!(tray.click(toggle), ["login tray = false"]);

    assert_eq!(
        tray.step(Input::LoginSet(AtLogin::Tray, Err("edited by hand".into()))),
        ["notify Could not change what starts at login: edited by hand"]
    );
    assert_eq!(login(&tray), ("Open at Login".into(), true));
    assert_eq!(
        tray.step(Input::LoginSet(AtLogin::Tray, Ok(LoginState::Disabled))),
        ["withdraw"]
    );
    assert_eq!(login(&tray), ("Open at Login".into(), false));
}

/// The submenu's text and rows.
fn settings(tray: &Transcript) -> (String, Vec<Row>) {
    let mut rows = tray.view().rows.into_iter();
    rows.find_map(|row| match row {
        Row::Submenu { text, rows, .. } => Some((text, rows)),
        Row::Item { .. } | Row::Check { .. } | Row::Separator => None,
    })
    .expect("the settings")
}

/// The switch of the tray's login.
fn login(tray: &Transcript) -> (String, bool) {
    let mut rows = settings(tray).1.into_iter();
    rows.find_map(|row| match row {
        Row::Check {
            slot: Slot::TrayLogin,
            text,
            checked,
            ..
        } => Some((text, checked)),
        Row::Item { .. } | Row::Check { .. } | Row::Separator | Row::Submenu { .. } => None,
    })
    .expect("a switch")
}

#[test]
fn what_is_registered_from_elsewhere_is_registered_anew() {
    let mut tray = Transcript::new("");
    let moved = LoginState::Moved {
        registered: "/old/inneros-tray".into(),
        exists: false,
    };

    tray.step(Input::Login(AtLogin::Daemon, moved));

    assert_eq!(
        tray.click(Command::ToggleLogin(AtLogin::Daemon)),
        ["login daemon = true"]
    );
}

/// As a crash and a restart of the computer leave it.
fn of_another_boot(seen: Observation) -> Observation {
    Observation {
        boot_id: "the next boot".into(),
        ..seen
    }
}

#[test]
fn a_restart_of_the_computer_is_no_crash_and_raises_no_notice() {
    let killed = Some(Exit::Signal(9));
    let ends = [
        of_another_boot(crashed(0, None)),
        // It had crashed before, and nobody was told.
        of_another_boot(crashed(0, killed)),
        of_another_boot(Observation {
            pid_file: PidFileSeen::Absent,
            ..crashed(0, killed)
        }),
    ];
    for seen in ends {
        let mut tray = Transcript::new("");

        assert_eq!(judge(&seen).state(), State::Stopped);
        assert_eq!(
            judge(&seen).reason().as_deref(),
            Some("the computer was restarted")
        );
        assert_eq!(tray.look(seen), NOTHING);
        assert_eq!(tray.offered(), ["Start"]);
    }

    let mut tray = Transcript::new("");
    assert_eq!(tray.look(crashed(0, killed)).len(), 1);
}

#[test]
fn what_has_the_pid_after_a_restart_of_the_computer_is_nothing_to_tell() {
    let mut tray = Transcript::new("");
    let stranger = Identity {
        boot_id: "the next boot".into(),
        ..identity(PID, 4711)
    };
    let seen = of_another_boot(Observation {
        recorded: process(&stranger),
        ..crashed(0, None)
    });

    let reason = judge(&seen).reason().expect("a reason");

    assert!(
        reason.starts_with("the computer was restarted; pid 812 is another process now"),
        "{reason}"
    );
    assert_eq!(tray.look(seen), NOTHING);
}
