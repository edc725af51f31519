//! The menu.

use super::*;

#[test]
fn what_cannot_be_done_now_is_not_offered() {
    let mut tray = Transcript::new("");
    assert_eq!(tray.offered(), NOTHING);

    for (seen, offered) in [
        (nothing(0), &["start"][..]),
        (running(2), &["stop", "restart"]),
        (unhealthy(4, 3), &["stop", "restart"]),
        (crashed(6, None), &["start"]),
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
fn while_something_is_under_way_nothing_else_is_offered() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.click(Command::Run(Operation::Restart));

    assert_eq!(tray.offered(), NOTHING);
    assert_eq!(tray.view().tooltip, "InnerOS: restarting…");
    assert_eq!(tray.click(Command::Run(Operation::Stop)), NOTHING);
    assert_eq!(tray.click(Command::StopAndQuit), NOTHING);
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
fn the_process_row_does_not_tick() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray.look(running(2));
    let before = tray.view();

    tray.look(running(4));

    assert_eq!(tray.view(), before);
    assert_eq!(
        before.rows[1],
        Row::Item {
            text: "pid 812 · since 11:59 · 24 MB · CPU 0 %".into(),
            command: None
        }
    );
}

#[test]
fn the_number_and_the_kind_of_the_rows_never_change() {
    let shape = |tray: &Transcript| {
        tray.view()
            .rows
            .iter()
            .map(std::mem::discriminant)
            .collect::<Vec<_>>()
    };
    let mut tray = Transcript::new("");
    let before = shape(&tray);

    for seen in [nothing(0), running(2), unhealthy(4, 3), crashed(6, None)] {
        tray.look(seen);
        assert_eq!(shape(&tray), before);
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
fn rows_are_numbered_through_the_submenu() {
    let mut tray = Transcript::new("[tray]\ndashboard_url = \"http://127.0.0.1:1\"");
    tray.look(running(0));
    let view = tray.view();
    let commands: Vec<Command> = (0..40).filter_map(|row| view.command(row)).collect();

    // Stop and Restart come first, the end is Quit with and without the daemon.
    assert_eq!(commands.len(), 2 + 3 + Switch::ALL.len() + 2 + 1 + 2);
    assert_eq!(commands[4], Command::Open(Target::Dashboard));
    assert_eq!(commands[5], Command::Toggle(Switch::Crashed));
    assert_eq!(commands.last(), Some(&Command::StopAndQuit));
}

#[test]
fn the_first_row_has_the_cause_in_words() {
    let mut tray = Transcript::new("");
    let mut first = |seen: Observation| {
        tray.look(seen);
        tray.texts()[0].clone()
    };

    assert_eq!(first(running(0)), "InnerOS: running");
    assert_eq!(
        first(crashed(2, Some(Exit::Code(3)))),
        "InnerOS: crashed at 12:00: exit code 3"
    );
    assert_eq!(first(crashed(4, None)), "InnerOS: crashed");
    let cause = "port 8080 is taken by python3 (pid 812)";
    let explained = Observation {
        cause: Some(cause.into()),
        ..crashed(5, Some(Exit::Code(1)))
    };
    assert_eq!(
        first(explained),
        format!("InnerOS: crashed at 12:00: {cause}")
    );
    assert_eq!(first(unhealthy(6, 3)), "InnerOS: unhealthy: scheduler");
}

#[test]
fn the_dashboard_is_offered_only_where_it_answers() {
    let row = |text: &str, seen: Observation| {
        let mut tray = Transcript::new(text);
        tray.look(seen);
        let view = tray.view();
        let row = view.rows.into_iter().find_map(|row| match row {
            Row::Item { text, command } if text.starts_with("Open Dashboard") => {
                Some((text, command.is_some()))
            }
            Row::Item { .. } | Row::Check { .. } | Row::Separator | Row::Submenu { .. } => None,
        });
        row.expect("the row")
    };
    let url = "[tray]\ndashboard_url = \"http://127.0.0.1:1\"";
    let with = |dashboard| Observation {
        dashboard,
        ..running(0)
    };

    assert_eq!(
        row("", running(0)),
        ("Open Dashboard (None Configured)".into(), false)
    );
    assert_eq!(
        row(url, nothing(0)),
        ("Open Dashboard (Daemon Does Not Run)".into(), false)
    );
    assert_eq!(
        row(url, with(Some(false))),
        ("Open Dashboard (Nothing Listens There)".into(), false)
    );
    assert_eq!(row(url, with(Some(true))), ("Open Dashboard".into(), true));
    assert_eq!(row(url, with(None)), ("Open Dashboard".into(), true));
}

#[test]
fn the_last_error_of_a_running_daemon_is_shown() {
    let mut tray = Transcript::new("");
    tray.look(logging("no lock", running(0)));
    assert_eq!(tray.texts()[2], "12:05:00 src.daemon: no lock");
    tray.look(logging("no lock", unhealthy(2, 3)));
    assert_eq!(tray.texts()[2], "12:05:00 src.daemon: no lock");
    tray.look(unhealthy(4, 3));
    assert_eq!(tray.texts()[2], "Unhealthy: scheduler");
    tray.look(running(6));
    assert_eq!(tray.texts()[2], "No problems");
}

#[test]
fn of_a_crash_the_last_error_or_else_the_last_line_is_shown() {
    let mut tray = Transcript::new("");

    tray.look(printing("Bye", logging("no lock", crashed(0, None))));
    assert_eq!(tray.texts()[2], "12:05:00 src.daemon: no lock");
    tray.look(printing("Bye", crashed(2, None)));
    assert_eq!(tray.texts()[2], "Bye");
}

#[test]
fn text_from_outside_stays_on_one_line() {
    let mut tray = Transcript::new("");

    let text = format!("\u{1b}[31m{}\nsecond", "x".repeat(300));
    tray.look(printing(&text, crashed(0, None)));

    let row = &tray.texts()[2];
    assert!(
        row.starts_with("\\u{1b}[31mxxx") && row.ends_with('…'),
        "{row}"
    );
    assert!(row.chars().count() <= 101);
}
