//! Jobs in the menu, on the icon and in notifications.

use super::*;
use crate::model::config::job::Notify;
use crate::model::jobs::entry::Manager;
use crate::model::jobs::listed::{By, JobOrigin, JobState, Listed};
use crate::model::jobs::missed::Missed;
use crate::model::jobs::record::{Clocks, How, JobRecord, Last, RunEnd};
use crate::model::screen::job_command::JobCommand;
use crate::model::screen::jobs::{JobSeen, Memory};
use crate::model::screen::view::JobRow;

fn at(minutes: i64) -> Clocks {
    let boot = Duration::from_secs(86_400 + u64::try_from(minutes).unwrap() * 60);
    Clocks::new(
        "this boot".into(),
        noon() + TimeDelta::minutes(minutes),
        boot,
        boot,
    )
}

fn record(minutes: i64) -> JobRecord {
    JobRecord {
        schema: 1,
        command: vec!["backup".into()],
        began: at(minutes),
        process: Some(identity(900, 1)),
        wrapper: identity(899, 1),
        output: "/h/jobs/backup.out".into(),
        output_start: 0,
        end: None,
        succeeded_at: None,
    }
}

fn ended(minutes: i64, how: How) -> Last {
    let end = RunEnd {
        at: at(minutes + 1),
        how,
    };
    Last::of(
        JobRecord {
            end: Some(end),
            ..record(minutes)
        },
        false,
    )
}

fn ok(minutes: i64) -> Last {
    ended(minutes, How::Exit(Exit::Code(0)))
}

fn failed(minutes: i64) -> Last {
    ended(minutes, How::Exit(Exit::Code(3)))
}

fn named(name: &str, last: Last) -> JobSeen {
    let job = Listed {
        name: name.into(),
        origin: JobOrigin::File("/h/config.toml".into()),
        group: None,
        command: "backup".into(),
        schedule: Some("30 23 * * *".into()),
        state: JobState::Enabled,
        by: Some(By::Manager(Manager::Systemd)),
        last,
        recorded: true,
        next: Some(noon() + TimeDelta::minutes(690)),
        missed: None,
        acknowledged: false,
        notify: Notify::Failure,
    };
    JobSeen {
        job,
        said: Vec::new(),
    }
}

fn backup(last: Last) -> JobSeen {
    named("backup", last)
}

fn missed(minutes: i64, last: Last) -> JobSeen {
    let mut seen = backup(last);
    seen.job.missed = Some(Missed {
        due: noon() + TimeDelta::minutes(minutes),
        count: 1,
    });
    seen
}

/// A tray that has looked at a running daemon.
fn tray() -> Transcript {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    tray
}

impl Transcript {
    fn jobs(&mut self, seen: &[JobSeen]) -> Vec<String> {
        self.step(Input::Jobs(seen.to_vec()))
    }

    /// The menu of the jobs: its text, and its rows.
    fn jobs_menu(&self) -> Option<(String, Vec<Row>)> {
        self.view().rows.into_iter().find_map(|row| match row {
            Row::Submenu {
                slot: Slot::Jobs,
                text,
                rows,
            } => Some((text, rows)),
            Row::Submenu { .. } | Row::Item { .. } | Row::Check { .. } | Row::Separator => None,
        })
    }

    /// The rows of the first job, with what each asks for.
    fn first_job(&self) -> Vec<(String, Option<JobCommand>)> {
        let (_, rows) = self.jobs_menu().unwrap();
        let Row::Submenu { rows, .. } = &rows[0] else {
            panic!("{rows:?}")
        };
        let rows = rows.iter().filter_map(|row| match row {
            Row::Item { text, command, .. } => {
                let command = match command {
                    Some(Command::Job(_, command)) => Some(*command),
                    Some(_) | None => None,
                };
                Some((text.clone(), command))
            }
            Row::Submenu { .. } | Row::Check { .. } | Row::Separator => None,
        });
        rows.collect()
    }

    /// Clicks a row of the first job.
    fn click_job(&mut self, row: JobRow) -> Vec<String> {
        let (_, rows) = self.jobs_menu().unwrap();
        let Some(Row::Submenu {
            slot: Slot::Job(id, _),
            ..
        }) = rows.first()
        else {
            panic!("{rows:?}")
        };
        let command = self.view().command(Slot::Job(*id, row).number());
        self.click(command.unwrap())
    }
}

#[test]
fn without_jobs_there_is_no_menu_for_them() {
    let mut tray = tray();
    let before = tray.view();

    assert_eq!(tray.jobs(&[]), NOTHING);

    assert_eq!(tray.view(), before);
}

#[test]
fn a_job_shows_its_last_result_and_its_next_run_by_the_clock() {
    let mut tray = tray();

    tray.jobs(&[backup(ok(5))]);

    let (text, rows) = tray.jobs_menu().unwrap();
    assert_eq!(text, "Jobs");
    let Row::Submenu { text, .. } = &rows[0] else {
        panic!("{rows:?}")
    };
    assert_eq!(text, "backup · ok 12:06 · next 23:30");
    assert_eq!(
        tray.first_job(),
        [
            ("Last: ok 12:06".into(), Some(JobCommand::OpenOutput)),
            ("Next: 23:30".into(), None),
            ("Run Now".into(), Some(JobCommand::Run)),
            ("Open Output".into(), Some(JobCommand::OpenOutput)),
            ("Pause Until Tomorrow".into(), Some(JobCommand::Pause)),
        ]
    );
    assert_eq!(tray.view().icon, Icon::Running);
    let before = tray.jobs_menu();
    tray.look(running(3500));
    assert_eq!(tray.jobs_menu(), before, "no row ticks");
}

#[test]
fn each_row_asks_for_what_it_says() {
    let mut tray = tray();
    tray.jobs(&[backup(failed(5))]);

    for (row, asked) in [
        (JobRow::Run, "job backup Run"),
        (JobRow::Output, "job backup OpenOutput"),
        (JobRow::Pause, "job backup Pause"),
        (JobRow::Acknowledge, "job backup Acknowledge"),
    ] {
        assert_eq!(tray.click_job(row), [asked]);
    }
    let mut held = backup(ok(5));
    held.job.state = JobState::HeldBack(Some(noon() + TimeDelta::hours(12)));
    tray.jobs(&[held]);
    assert_eq!(tray.click_job(JobRow::Resume), ["job backup Resume"]);
    let texts: Vec<String> = tray.first_job().into_iter().map(|(text, _)| text).collect();
    assert!(
        !texts.contains(&"Pause Until Tomorrow".to_owned()),
        "{texts:?}"
    );
}

#[test]
fn a_failed_job_turns_the_icon_until_it_has_run_well() {
    let mut tray = tray();
    tray.jobs(&[backup(ok(1))]);
    let mut seen = backup(failed(5));
    seen.said = vec!["disk full".into()];

    let told = tray.jobs(&[seen.clone()]);

    assert_eq!(
        told[0],
        "notify backup failed: Ended with exit code 3 / disk full"
    );
    assert!(told[1].starts_with("remember"), "{told:?}");
    assert_eq!(tray.view().icon, Icon::JobFailed);
    assert_eq!(tray.view().tooltip, "InnerOS: running; backup failed");
    assert_eq!(tray.jobs_menu().unwrap().0, "Jobs: backup failed");
    assert_eq!(tray.jobs(&[seen]), NOTHING, "it is told once");
    let over = tray.jobs(&[backup(ok(9))]);
    assert_eq!(over[0], "withdraw");
    assert_eq!(tray.view().icon, Icon::Running);
    // The next one is another.
    assert!(tray.jobs(&[backup(failed(15))])[0].starts_with("notify backup failed"));
}

#[test]
fn acknowledged_is_as_good_as_well() {
    let mut tray = tray();
    tray.jobs(&[backup(failed(5))]);
    let mut seen = backup(failed(5));
    seen.job.acknowledged = true;

    assert_eq!(tray.jobs(&[seen]), ["withdraw"]);

    assert_eq!(tray.view().icon, Icon::Running);
    let texts: Vec<String> = tray.first_job().into_iter().map(|(text, _)| text).collect();
    assert!(!texts.contains(&"Acknowledge".to_owned()), "{texts:?}");
}

#[test]
fn a_missed_run_is_told_once_also_by_the_next_tray() {
    let mut first = tray();
    let mut memory = Memory::default();
    let input = Input::Jobs(vec![missed(5, ok(1))]);
    let effects = first.machine.step(input);
    assert_eq!(effects.len(), 2, "{effects:?}");
    for effect in effects {
        if let Effect::Notify(notice) = &effect {
            assert_eq!(notice.title, "backup was missed");
        }
        if let Effect::Remember(told) = effect {
            memory = told;
        }
    }
    assert_eq!(first.view().icon, Icon::JobFailed);
    // What was told goes to the disk and back.
    let memory = serde_json::from_str(&serde_json::to_string(&memory).unwrap()).unwrap();
    let mut next = Transcript {
        machine: Machine::new(&configured("")).remembering(memory),
    };
    next.look(running(0));

    let mut still = missed(5, ok(1));
    still.job.missed.as_mut().unwrap().count = 2;
    assert_eq!(next.jobs(&[still]), NOTHING);

    assert_eq!(next.view().icon, Icon::JobFailed);
    assert!(next.jobs(&[missed(90, ok(30))])[0].starts_with("notify backup was missed"));
}

#[test]
fn a_run_whose_end_nobody_saw_is_told() {
    let mut tray = tray();

    let told = tray.jobs(&[backup(Last::of(record(5), false))]);

    assert_eq!(
        told[0],
        "notify backup was cut short: How it ended is not known"
    );
    assert_eq!(tray.view().icon, Icon::JobFailed);
}

#[test]
fn who_wants_to_hear_of_each_run_does_and_who_wants_none_hears_none() {
    let mut tray = tray();
    let with = |notify, last| {
        let mut seen = backup(last);
        seen.job.notify = notify;
        seen
    };
    // What went well before the tray came is no news.
    let first = tray.jobs(&[with(Notify::Always, ok(1))]);
    assert!(
        first.iter().all(|said| !said.starts_with("notify")),
        "{first:?}"
    );

    let told = tray.jobs(&[with(Notify::Always, ok(5))]);
    assert_eq!(told[0], "notify backup ran: It ended well");
    assert!(tray.jobs(&[with(Notify::Failure, ok(9))])[0].starts_with("remember"));
    let told = tray.jobs(&[with(Notify::Never, failed(15))]);
    assert!(
        told.iter().all(|said| !said.starts_with("notify")),
        "{told:?}"
    );
    // It is shown all the same.
    assert_eq!(tray.view().icon, Icon::JobFailed);
}

#[test]
fn several_at_once_are_one_notification() {
    let mut tray = tray();

    let told = tray.jobs(&[
        named("a", failed(5)),
        named("b", ok(5)),
        named("c", failed(5)),
    ]);

    assert_eq!(told[0], "notify Updates on 2 jobs: a failed / c failed");
    assert_eq!(tray.jobs_menu().unwrap().0, "Jobs: 2 failed or were missed");
}

#[test]
fn the_buttons_of_a_notification_mean_the_job_that_it_tells_of() {
    let mut tray = tray();
    tray.jobs(&[named("a", ok(5)), named("b", failed(5))]);

    for (action, asked) in [
        (Action::RunAgain, "job b Run"),
        (Action::OpenJobOutput, "job b OpenOutput"),
        (Action::PauseJob, "job b Pause"),
    ] {
        assert_eq!(tray.click(action.command()), [asked]);
    }
    assert_eq!(tray.click(Command::Follow), ["job b OpenOutput"]);
    // It is gone from the configuration.
    tray.jobs(&[named("a", ok(5))]);
    assert_eq!(tray.click(Action::RunAgain.command()), NOTHING);
}

#[test]
fn a_job_that_somebody_else_starts_is_told_of_too_unless_it_was_switched_off() {
    let as_state = |last, state: &JobState| {
        let mut seen = backup(last);
        seen.job.state = state.clone();
        seen
    };
    let mut tray = tray();
    tray.jobs(&[as_state(ok(1), &JobState::Disabled)]);

    let told = tray.jobs(&[as_state(failed(5), &JobState::Disabled)]);

    assert!(told[0].starts_with("notify backup failed"), "{told:?}");
    assert_eq!(tray.view().icon, Icon::JobFailed);
    tray.jobs(&[as_state(failed(5), &JobState::HeldBack(None))]);
    assert_eq!(tray.view().icon, Icon::Running);
    let told = tray.jobs(&[as_state(failed(9), &JobState::HeldBack(None))]);
    assert!(
        told.iter().all(|said| !said.starts_with("notify")),
        "{told:?}"
    );
}

#[test]
fn the_end_of_a_run_that_was_asked_for_is_told_of_a_job_that_is_switched_off() {
    let held = |last| {
        let mut seen = backup(last);
        seen.job.state = JobState::HeldBack(None);
        seen
    };
    let mut tray = tray();
    tray.jobs(&[held(ok(1))]);
    tray.click_job(JobRow::Run);

    let told = tray.jobs(&[held(failed(5))]);

    assert!(told[0].starts_with("notify backup failed"), "{told:?}");
    assert_eq!(tray.view().icon, Icon::Running);
}

#[test]
fn a_daemon_that_is_down_is_worse_than_a_job() {
    let mut tray = tray();
    tray.jobs(&[backup(failed(5))]);

    tray.look(crashed(2, Some(Exit::Code(1))));

    assert_eq!(tray.view().icon, Icon::Crashed);
    tray.look(nothing(4));
    assert_eq!(tray.view().icon, Icon::JobFailed);
}

#[test]
fn a_click_on_a_job_that_does_nothing_is_answered() {
    let mut tray = tray();
    tray.jobs(&[backup(ok(5))]);
    tray.click_job(JobRow::Run);

    let told = tray.step(Input::JobDone(
        "backup".into(),
        JobCommand::Run,
        Err("already running (pid 900)".into()),
    ));

    assert_eq!(
        told,
        ["notify Could not run backup: already running (pid 900)"]
    );
}

#[test]
fn a_job_keeps_its_number_when_others_come_and_go() {
    let mut tray = tray();
    tray.jobs(&[named("a", ok(5)), named("b", ok(5))]);
    let (_, rows) = tray.jobs_menu().unwrap();
    let slot = rows[1].slot();

    tray.jobs(&[named("c", ok(5)), named("b", ok(5))]);

    assert_eq!(tray.jobs_menu().unwrap().1[1].slot(), slot);
}

#[test]
fn a_thousand_jobs_do_not_make_a_menu_of_a_thousand_rows() {
    let mut tray = tray();
    let mut jobs: Vec<JobSeen> = (0..1000)
        .map(|number| named(&format!("job-{number}"), ok(5)))
        .collect();
    jobs[700] = named("job-700", failed(5));

    tray.jobs(&jobs);

    let (_, rows) = tray.jobs_menu().unwrap();
    let texts: Vec<&str> = rows
        .iter()
        .map(|row| match row {
            Row::Submenu { text, .. } | Row::Item { text, .. } => text.as_str(),
            Row::Check { .. } | Row::Separator => "",
        })
        .collect();
    assert_eq!(texts.len(), 21);
    assert!(texts[19].starts_with("job-700 · failed"), "{texts:?}");
    assert_eq!(texts[20], "980 More (See `inneros job list`)");
}

#[test]
fn every_row_has_a_number_of_its_own() {
    let mut tray = tray();
    tray.jobs(&[backup(failed(5)), named("other", failed(5))]);
    let mut numbers = Vec::new();
    let mut rows = tray.view().rows;
    while let Some(row) = rows.pop() {
        numbers.extend(row.slot().map(Slot::number));
        if let Row::Submenu { rows: inner, .. } = row {
            rows.extend(inner);
        }
    }
    let all = numbers.len();

    numbers.sort_unstable();
    numbers.dedup();

    assert_eq!(numbers.len(), all);
    assert!(numbers.iter().all(|number| *number < 1000), "{numbers:?}");
}

#[test]
fn a_daemon_and_jobs_are_watched_and_nothing_else_is() {
    let mut view = tray().view();
    assert!(view.is_watching());

    (view.icon, view.rows) = (Icon::NotConfigured, Vec::new());
    assert!(!view.is_watching());
    view.rows.push(Row::Submenu {
        slot: Slot::Jobs,
        text: "Jobs".into(),
        rows: Vec::new(),
    });
    assert!(view.is_watching());
}
