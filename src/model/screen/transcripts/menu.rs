//! The menu.

use super::*;
use crate::model::life::health;
use crate::model::life::observation::Activity;

#[test]
fn only_what_fits_the_state_is_offered() {
    let mut tray = Transcript::new("");
    assert_eq!(tray.offered(), NOTHING);

    for (seen, offered) in [
        (nothing(0), &["Start"][..]),
        (running(2), &["Stop", "Restart"]),
        (unhealthy(4, 3), &["Stop", "Restart"]),
        (crashed(6, None), &["Start Again"]),
        (
            Observation {
                command: Vec::new(),
                ..nothing(8)
            },
            &[],
        ),
    ] {
        tray.look(seen);
        assert_eq!(tray.offered(), offered);
    }
}

#[test]
fn a_start_that_is_under_way_can_be_cancelled_and_nothing_else() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.click(Command::Run(Operation::Restart));

    assert_eq!(tray.offered(), ["Cancel"]);
    assert_eq!(tray.view().tooltip, "InnerOS: restarting…");
    assert_eq!(tray.click(Command::Run(Operation::Stop)), NOTHING);
    assert_eq!(tray.click(Command::StopAndQuit), NOTHING);
    assert_eq!(tray.click(Command::Cancel), ["cancel"]);
    assert_eq!(tray.done(Operation::Restart, Ok(())), NOTHING);
    assert_eq!(tray.click(Command::Cancel), NOTHING);
}

#[test]
fn whom_an_operation_waits_for_stands_in_the_menu_until_it_is_over() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    let waits = "Waiting for `inneros daemon start` (pid 9, since 14:32:05)";
    tray.step(Input::Waiting(waits.into()));
    assert!(!tray.texts().contains(&waits.to_owned()), "nothing waits");
    tray.click(Command::Run(Operation::Stop));

    tray.step(Input::Waiting(waits.into()));

    assert_eq!(tray.texts()[..2], ["InnerOS: stopping…", waits]);
    assert_eq!(tray.view().tooltip, format!("InnerOS: stopping… {waits}"));
    tray.look(running(1));
    assert_eq!(tray.texts()[1], waits);
    tray.done(Operation::Stop, Ok(()));
    tray.look(nothing(2));
    assert!(!tray.texts().contains(&waits.to_owned()));
}

#[test]
fn a_stop_that_is_overdue_can_be_forced() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.click(Command::Run(Operation::Stop));
    assert_eq!(tray.view().icon, Icon::Stopping);
    assert_eq!(tray.offered(), NOTHING);

    let said = "pid 812 is still running 10s after SIGTERM";
    assert_eq!(
        tray.done(Operation::Stop, Err(said)),
        [format!("notify InnerOS did not stop: {said}")]
    );
    tray.look(running(11));

    assert_eq!(tray.view().icon, Icon::StopOverdue);
    assert_eq!(tray.offered(), ["Stop", "Restart", "Force Stop"]);
    assert_eq!(
        tray.information()[0].0,
        "InnerOS: still running, it did not stop"
    );
    assert_eq!(
        tray.click(Command::Run(Operation::ForceStop)),
        ["run force stop"]
    );
    assert_eq!(tray.done(Operation::ForceStop, Ok(())), ["withdraw"]);
    tray.look(nothing(13));
    assert_eq!(tray.view().icon, Icon::Stopped);
    assert_eq!(tray.offered(), ["Start"]);
}

#[test]
fn a_process_that_may_not_be_the_daemon_is_forgotten_once_the_user_has_said_so() {
    let stranger = process(&identity(45, 1));
    let foreign = |seconds| Observation {
        pid_file: named(45),
        named: stranger.clone(),
        command: vec!["sleep".into()],
        ..nothing(seconds)
    };
    let mut tray = Transcript::new("");
    tray.look(foreign(0));

    assert_eq!(tray.offered(), ["Forget That PID…"]);
    assert_eq!(tray.click(Command::Forget), NOTHING);
    let asked = tray.click(Command::AskToForget);
    assert!(
        asked[0].starts_with("notify Forget pid 45?: Pid 45 runs"),
        "{asked:?}"
    );
    assert_eq!(tray.click(Command::Forget), ["run forget 45"]);
}

#[test]
fn a_restart_is_finished_before_the_tray_quits() {
    for result in [Ok(()), Err("exit code 3")] {
        let mut tray = Transcript::new("");
        tray.look(running(0));
        tray.click(Command::Run(Operation::Restart));

        assert_eq!(tray.click(Command::Quit), NOTHING);

        let ended = tray.done(Operation::Restart, result);
        assert_eq!(ended.last().map(String::as_str), Some("quit"));
    }
}

#[test]
fn who_quits_twice_does_not_wait() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.click(Command::Run(Operation::Restart));

    tray.click(Command::Quit);

    assert_eq!(tray.click(Command::Quit), ["quit"]);
}

#[test]
fn stop_and_quit_quits_only_after_the_stop() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    assert_eq!(tray.click(Command::StopAndQuit), ["run stop"]);
    assert_eq!(tray.done(Operation::Stop, Err("still running")).len(), 1);
    assert_eq!(tray.click(Command::StopAndQuit), ["run stop"]);
    assert_eq!(tray.done(Operation::Stop, Ok(())), ["quit"]);
}

#[test]
fn quit_says_that_the_daemon_goes_on_only_while_it_runs() {
    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    assert_eq!(tray.texts().last().map(String::as_str), Some("Quit"));

    tray.look(running(2));

    let texts = tray.texts();
    let end = &texts[texts.len() - 2..];
    assert_eq!(end, ["Quit (daemon keeps running)", "Stop Daemon and Quit"]);
}

#[test]
fn the_process_row_does_not_tick() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.look(running(2));
    let before = tray.view();

    tray.look(running(4));

    assert_eq!(tray.view(), before);
    assert_eq!(
        tray.information()[1],
        (
            "pid 812 · since 11:59 · 24 MB · CPU 0 %".into(),
            Command::Open(Target::Log)
        )
    );
}

#[test]
fn an_open_menu_keeps_its_rows_and_offers_only_what_is_possible_now() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    let open = tray.view();

    for seen in [nothing(2), unhealthy(4, 3), crashed(6, None)] {
        let can_stop = judge(&seen).alive().is_some();
        tray.look(seen);
        let now = tray.view();
        let held = now.clone().held(&open);

        assert!(held.has_the_rows_of(&open));
        assert_eq!(now.has_the_rows_of(&open), can_stop);
        assert_eq!(held.icon, now.icon);
        assert_eq!(held.rows[0], now.rows[0]);
        let stop = held.command(Slot::Stop.number());
        assert_eq!(stop, can_stop.then_some(Command::Run(Operation::Stop)));
        assert_eq!(held.command(Slot::Start.number()), None);
    }
}

#[test]
fn a_status_that_is_older_than_twice_the_interval_says_so() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    tray.step(Input::Waited(running(4).now));
    assert_eq!(tray.view().tooltip, "InnerOS: running");
    tray.step(Input::Waited(running(5).now));
    assert_eq!(tray.view().tooltip, "InnerOS: running (as of 12:00)");
    tray.look(running(6));
    assert_eq!(tray.view().tooltip, "InnerOS: running");
}

#[test]
fn every_row_has_a_place_of_its_own() {
    let mut tray = Transcript::new("[tray]\ndashboard_url = \"http://127.0.0.1:1\"");
    tray.look(running(0));
    let view = tray.view();
    let commands: Vec<Command> = (0..40).filter_map(|slot| view.command(slot)).collect();

    // Information, Stop and Restart, what can be opened, settings, and Quit with and without
    // the daemon.
    assert_eq!(
        commands.len(),
        2 + 2 + 4 + NoticeSwitch::ALL.len() + 2 + 1 + 2
    );
    assert_eq!(
        view.command(Slot::Dashboard.number()),
        Some(Command::Open(Target::Dashboard))
    );
    assert_eq!(
        view.command(Slot::WhenCrashed.number()),
        Some(Command::Toggle(NoticeSwitch::Crashed))
    );
    assert_eq!(commands.last(), Some(&Command::StopAndQuit));
}

#[test]
fn the_first_row_has_the_cause_in_words() {
    let mut tray = Transcript::new("");
    let mut first = |seen: Observation| {
        tray.look(seen);
        tray.information()[0].0.clone()
    };

    assert_eq!(first(running(0)), "InnerOS: running");
    assert_eq!(
        first(crashed(2, Some(Exit::Code(3)))),
        "InnerOS: crashed at 12:00: exit code 3"
    );
    assert_eq!(first(crashed(4, None)), "InnerOS: crashed");
    let cause = "port 8080 is taken by python3";
    let mut explained = crashed(5, Some(Exit::Code(1)));
    explained.cause = Some(cause.into());
    assert_eq!(
        first(explained),
        format!("InnerOS: crashed at 12:00: {cause}")
    );
    assert_eq!(first(unhealthy(6, 3)), "InnerOS: unhealthy: scheduler");
}

#[test]
fn the_first_row_opens_the_dashboard_where_there_is_one_and_else_says_more() {
    let url = "[tray]\ndashboard_url = \"http://127.0.0.1:1\"";
    let mut tray = Transcript::new(url);
    tray.look(running(0));
    assert_eq!(tray.information()[0].1, Command::Open(Target::Dashboard));
    tray.look(nothing(2));
    assert_eq!(tray.information()[0].1, Command::Tell);

    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert_eq!(tray.information()[0].1, Command::Tell);
}

#[test]
fn the_dashboard_has_a_row_only_where_one_is_configured_and_answers_where_it_can() {
    let row = |text: &str, seen: Observation| {
        let mut tray = Transcript::new(text);
        tray.look(seen);
        tray.view().rows.into_iter().find_map(|row| match row {
            Row::Item { text, command, .. } if text.starts_with("Open Dashboard") => {
                Some((text, command.is_some()))
            }
            Row::Item { .. } | Row::Check { .. } | Row::Separator | Row::Submenu { .. } => None,
        })
    };
    let url = "[tray]\ndashboard_url = \"http://127.0.0.1:1\"";
    let with = |dashboard| {
        let mut seen = running(0);
        seen.dashboard = dashboard;
        seen
    };
    let some = |text: &str, can| Some((text.to_owned(), can));

    assert_eq!(row("", running(0)), None);
    // It is a program of its own, and wanted most while the daemon does not run.
    let mut down = nothing(0);
    assert_eq!(row(url, down.clone()), some("Open Dashboard", true));
    down.dashboard = Some(false);
    assert_eq!(
        row(url, down),
        some("Open Dashboard (Nothing Listens There)", false)
    );
    assert_eq!(
        row(url, with(Some(false))),
        some("Open Dashboard (Nothing Listens There)", false)
    );
    assert_eq!(row(url, with(Some(true))), some("Open Dashboard", true));
    assert_eq!(row(url, with(None)), some("Open Dashboard", true));
}

#[test]
fn the_second_row_quotes_the_last_error_and_opens_its_log() {
    let log = Command::Open(Target::Log);
    let mut tray = Transcript::new("");
    let mut second = |seen: Observation| {
        tray.look(seen);
        let [_, second] = tray.information();
        second
    };
    let error = ("12:05:00 daemon: no lock".to_owned(), log);

    assert_eq!(second(logging("no lock", running(0))), error);
    assert_eq!(second(logging("no lock", unhealthy(2, 3))), error);
    assert!(second(unhealthy(4, 3)).0.starts_with("pid 812 · since"));
    assert_eq!(
        second(printing("Bye", logging("no lock", crashed(6, None)))),
        error
    );
    assert_eq!(
        second(printing("Bye", crashed(8, None))),
        ("Bye".into(), log)
    );
}

#[test]
fn the_log_that_opens_is_the_one_that_is_quoted() {
    let mut tray = Transcript::new("");
    let open = Command::Open(Target::Log);

    tray.look(logging("no lock", printing("Bye", crashed(0, None))));
    assert_eq!(tray.click(open), ["open Log"]);
    tray.look(printing("Bye", crashed(2, None)));
    assert_eq!(tray.click(open), ["open Output"]);
    tray.look(nothing(4));
    assert_eq!(tray.click(open), ["open Log"]);
}

#[test]
fn no_row_says_what_another_says_or_nothing_and_none_is_wider_than_60_characters() {
    let long = "x".repeat(300);
    let name = format!("[daemon]\nname = \"{long}\"\ncommand = [\"{long}\"]");
    for text in ["", &name] {
        for seen in [
            nothing(0),
            running(0),
            unhealthy(0, 3),
            crashed(0, None),
            crashed(0, Some(Exit::Signal(9))),
            logging(&long, running(0)),
            printing(&format!("\u{1b}[31m{long}\nsecond"), crashed(0, None)),
        ] {
            let mut tray = Transcript::new(text);
            tray.look(seen);
            let [(first, _), (second, _)] = tray.information();

            assert!(
                !second.is_empty() && !first.contains(&second),
                "{first}: {second}"
            );
            for row in [&first, &second] {
                assert!(row.chars().count() <= 60, "{row}");
                assert!(!row.chars().any(char::is_control), "{row:?}");
            }
        }
    }
}

#[test]
fn a_name_is_shown_as_one_short_line() {
    let tray = Transcript::new("[daemon]\nname = \"a\\nb\u{202e}c\"");

    assert_eq!(tray.view().title, "a\\nb\\u{202e}c");
}

fn texts(tray: &Transcript) -> Vec<String> {
    let rows = tray.view().rows.into_iter();
    rows.filter_map(|row| match row {
        Row::Item { text, .. } | Row::Check { text, .. } | Row::Submenu { text, .. } => Some(text),
        Row::Separator => None,
    })
    .collect()
}

fn with_handlers(seconds: u32, count: usize) -> Observation {
    let handlers: Vec<String> = (1..=count)
        .map(|number| format!(r#""h{number}":{{"status":"enabled"}}"#))
        .collect();
    let body = format!(
        r#"{{"handlers":{{{},"youtube":{{"status":"unhealthy","error_rate":1.0}}}}}}"#,
        handlers.join(",")
    );
    let mut seen = running(seconds);
    seen.health = Some(Health::after(None, health::judge(200, body.as_bytes())));
    seen
}

#[test]
fn each_handler_has_a_row_where_there_are_any_and_many_are_counted() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert!(texts(&tray)[2].starts_with("Stop"), "{:?}", texts(&tray));

    tray.look(with_handlers(2, 1));
    assert_eq!(
        texts(&tray)[2..4],
        ["h1 enabled", "youtube unhealthy (error rate 100 %)"]
    );
    tray.look(with_handlers(4, 10));
    assert_eq!(texts(&tray)[10], "3 more");
    assert!(texts(&tray)[11].starts_with("Stop"));

    tray.look(crashed(6, None));
    assert!(texts(&tray)[2].starts_with("Start"), "{:?}", texts(&tray));
}

#[test]
fn a_menu_that_is_open_gets_no_row_for_a_handler_that_comes() {
    let mut tray = Transcript::new("");
    tray.look(with_handlers(0, 1));
    let open = tray.view();

    tray.look(with_handlers(2, 3));
    let held = tray.view().held(&open);

    assert!(held.has_the_rows_of(&open));
}

#[test]
fn the_last_activity_of_as_many_components_as_fit_has_a_row() {
    let at = |hours: i64| (noon() - TimeDelta::hours(hours)).naive_local();
    let activity = |component: &str, hours| Activity {
        component: component.into(),
        at: at(hours),
    };
    let mut tray = Transcript::new("");
    let mut seen = running(0);
    seen.said.activity = vec![
        activity("src.youtube", 1),
        activity("other.youtube", 2),
        activity("inbox", 24),
        activity("sync", 72),
        activity("a.component.whose.name_is_very_long_indeed", 99),
    ];
    tray.look(seen);

    assert_eq!(
        texts(&tray)[2],
        "Last active: youtube 11:00, inbox yesterday, sync 3 days ago"
    );
}
