//! Several daemons on one screen.

use proptest::prelude::*;

use super::*;
use crate::model::screen::command::{AllOperation, DaemonId};
use crate::model::screen::fleet::{Fleet, FleetEffect, Whom};
use crate::model::screen::jobs::Memory;
use crate::model::screen::notice::Notice;
use crate::model::screen::view::fleet;

const THREE: &str = "[daemons.vault]\ncommand = ['vault']\n\
                     [daemons.sync]\ncommand = ['sync']\ngroup = 'web'\n\
                     [daemons.mail]\ncommand = ['mail']\nafter = ['vault']\n";

struct Several(Fleet);

impl Several {
    fn new(text: &str) -> Self {
        Self(Fleet::new(&config(text), false, Memory::default()))
    }

    /// So many daemons that are called `a1`, `a2`, and so on.
    fn many(number: usize) -> Self {
        let daemon = |number| format!("[daemons.a{number}]\ncommand = ['x']\n");
        Self::new(&(1..=number).map(daemon).collect::<String>())
    }

    fn look(&mut self, id: &str, seen: Observation) -> Vec<String> {
        let whom = Whom::One(id.into());
        self.step(&whom, Input::Observed(Box::new(seen.report())))
    }

    /// Effects, said shortly.
    fn step(&mut self, whom: &Whom, input: Input) -> Vec<String> {
        let effects = self.0.step(whom, input).into_iter();
        effects
            .map(|effect| match effect {
                FleetEffect::One(_, Effect::Notify(Notice { title, body, .. })) => {
                    format!("notify {title}: {}", body.replace('\n', " / "))
                }
                FleetEffect::One(DaemonId(number), effect) => format!("{number}: {effect:?}"),
                FleetEffect::All(operation, daemons) => {
                    let numbers = daemons.iter().map(|DaemonId(number)| number.to_string());
                    format!("{operation:?} {}", numbers.collect::<Vec<_>>().join(" "))
                }
            })
            .collect()
    }

    fn view(&self) -> View {
        let view = fleet::view(&self.0);
        for row in &view.rows {
            assert!(row.text().chars().count() <= 60, "{row:?}");
        }
        view
    }

    /// The rows of the menu itself.
    fn texts(&self) -> Vec<String> {
        let view = self.view();
        view.rows.iter().map(|row| row.text().to_owned()).collect()
    }

    /// The rows of a menu within it.
    fn inside(&self, title: &str) -> Vec<String> {
        let rows = self.view().rows;
        let inside = rows.iter().find_map(|row| match row {
            Row::Submenu { text, rows, .. } if text.starts_with(title) => Some(rows),
            Row::Submenu { .. } | Row::Item { .. } | Row::Check { .. } | Row::Separator => None,
        });
        let inside = inside.unwrap_or_else(|| panic!("no menu {title}"));
        inside.iter().map(|row| row.text().to_owned()).collect()
    }
}

fn all_running() -> Several {
    let mut tray = Several::new(THREE);
    for (id, pid) in [("vault", 11), ("sync", 12), ("mail", 13)] {
        tray.look(id, running_as(pid, 0));
    }
    tray
}

#[test]
fn the_menu_has_a_row_a_daemon_and_what_is_done_to_all() {
    let tray = all_running();

    assert_eq!(
        tray.texts(),
        [
            "3 of 3 run",
            "--",
            "vault: running",
            "mail: running",
            "web",
            "sync: running",
            "--",
            "Stop All",
            "--",
            "Settings",
            "--",
            "Quit (daemons keep running)",
        ]
    );
    assert_eq!(
        tray.inside("vault"),
        [
            "pid 11 · since 11:59 · 24 MB",
            "--",
            "Stop",
            "Restart",
            "--",
            "Open Log",
            "Open Output",
            "Open Logs Folder",
        ]
    );
    let view = tray.view();
    assert_eq!(view.icon, Icon::Running);
    assert_eq!(
        (view.title.as_str(), view.tooltip.as_str()),
        ("InnerOS", "3 of 3 run")
    );
}

#[test]
fn what_is_wrong_stands_in_the_headline_in_the_title_and_in_the_tooltip() {
    let mut tray = all_running();

    tray.look("sync", crashed(2, Some(Exit::Code(1))));

    let view = tray.view();
    assert_eq!(view.icon, Icon::Crashed);
    assert_eq!(
        tray.texts()[0],
        "2 of 3 run · sync crashed at 12:00: exit code 1"
    );
    assert_eq!(view.title, "InnerOS: sync");
    assert_eq!(
        view.tooltip,
        "2 of 3 run; sync crashed at 12:00: exit code 1"
    );
    let texts = tray.texts();
    for offered in ["Start All", "Stop All", "Start What Has Crashed"] {
        assert!(texts.iter().any(|text| text == offered), "{texts:?}");
    }
}

#[test]
fn two_that_crash_at_once_are_one_notification() {
    let mut tray = all_running();

    let first = tray.look("sync", crashed(2, Some(Exit::Code(1))));
    let second = tray.look("vault", crashed(2, Some(Exit::Code(7))));

    assert_eq!(first, ["notify sync crashed: Ended with exit code 1"]);
    assert_eq!(
        second,
        [
            "notify vault and sync crashed: vault crashed: Ended with exit code 7 / \
          sync crashed: Ended with exit code 1"
        ]
    );
    assert_eq!(
        tray.texts()[..2],
        [
            "1 of 3 run · vault crashed at 12:00: exit code 7",
            "sync crashed at 12:00: exit code 1"
        ]
    );
    // One is back: what is left is what the other has to say.
    let back = tray.look("vault", running_as(21, 4));
    assert_eq!(back, ["notify sync crashed: Ended with exit code 1"]);
    let back = tray.look("sync", running_as(22, 6));
    assert_eq!(back, ["1: Withdraw"]);
}

#[test]
fn a_click_on_the_notification_of_several_opens_the_log_of_the_last_and_has_seen_them_all() {
    let mut tray = all_running();
    tray.look("sync", crashed(2, Some(Exit::Code(1))));
    tray.look("vault", crashed(2, Some(Exit::Code(7))));

    let clicked = tray.step(&Whom::Told, Input::Asked(Command::Follow));

    assert_eq!(clicked, ["0: Open(Log)"]);
    let next = tray.look("mail", crashed(4, Some(Exit::Code(1))));
    assert_eq!(next, ["notify mail crashed: Ended with exit code 1"]);
}

#[test]
fn a_configuration_that_cannot_be_used_is_not_said_of_one_of_them() {
    let mut tray = all_running();
    let broken = Broken {
        what: "daemons.sync.command: found an integer".into(),
        place: Some("/h/config.toml, line 3".into()),
    };

    let told = tray.step(&Whom::All, Input::Misconfigured(broken));

    assert!(
        told[0].starts_with("notify InnerOS: the configuration cannot be used"),
        "{told:?}"
    );
    assert_eq!(
        tray.texts()[1],
        "Configuration: daemons.sync.command: found an integer"
    );
    assert_eq!(tray.inside("vault")[0], "pid 11 · since 11:59 · 24 MB");
}

#[test]
fn a_button_of_the_notification_is_for_the_daemon_that_it_names() {
    let mut tray = all_running();
    tray.look("mail", crashed(2, Some(Exit::Code(1))));

    let asked = tray.step(&Whom::Told, Input::Asked(Command::Run(Operation::Start)));

    assert_eq!(asked, ["2: Run(Start)"]);
}

#[test]
fn all_that_have_crashed_are_started_and_nobody_else() {
    let mut tray = all_running();
    tray.look("mail", crashed(2, None));
    tray.look("sync", nothing(2));
    let ask = |operation| Input::Asked(Command::All(operation));

    let crashed = tray.step(&Whom::All, ask(AllOperation::StartCrashed));
    assert_eq!(crashed, ["StartCrashed 2"]);
    assert_eq!(
        tray.inside("mail: starting…"),
        [
            "Pid 812 is gone; how it ended is not known",
            "--",
            "Cancel",
            "--",
            "Open Log",
            "Open Output",
            "Open Logs Folder"
        ]
    );
    // What is under way is not begun again.
    assert_eq!(tray.step(&Whom::All, ask(AllOperation::Start)), ["Start 1"]);
    // To stop all is to give up what is being started, too.
    assert_eq!(
        tray.step(&Whom::All, ask(AllOperation::Stop)),
        ["1: Cancel", "2: Cancel", "Stop 0"]
    );
}

#[test]
fn past_twelve_those_that_are_well_are_folded() {
    let mut tray = Several::many(14);
    for number in 1..=14 {
        let seen = match number {
            3 => nothing(0),
            7 => crashed(0, Some(Exit::Code(1))),
            number => running_as(number, 0),
        };
        tray.look(&format!("a{number}"), seen);
    }

    assert_eq!(
        tray.texts()[..6],
        [
            "12 of 14 run · a7 crashed at 12:00: exit code 1",
            "--",
            "a3: stopped",
            "a7: crashed at 12:00: exit code 1",
            "12 Running",
            "--",
        ]
    );
    assert_eq!(tray.inside("12 Running").len(), 12);
}

#[test]
fn another_configuration_keeps_what_is_known_of_those_that_stay() {
    let mut tray = all_running();
    tray.look("sync", crashed(2, Some(Exit::Code(1))));
    let other = config("[daemons.sync]\ncommand = ['sync']\n[daemons.new]\ncommand = ['new']\n");

    tray.step(&Whom::All, Input::Configured(Box::new(other)));

    assert_eq!(
        tray.texts()[..4],
        [
            "0 of 2 run · sync crashed at 12:00: exit code 1",
            "--",
            "sync: crashed at 12:00: exit code 1",
            "new: looking…",
        ]
    );
    // Of one that has gone nothing is heard any more.
    assert_eq!(tray.look("vault", nothing(4)), NOTHING);
}

#[test]
fn a_fleet_of_one_has_the_menu_of_its_daemon() {
    let mut fleet = Several::new("[daemon]\ncommand = ['x']\n");
    let mut alone = Transcript::new("[daemon]\ncommand = ['x']\n");

    for seen in [nothing(0), running(2), crashed(4, None)] {
        fleet.look("inneros", seen.clone());
        alone.look(seen);

        assert_eq!(fleet.view(), alone.view());
    }
}

proptest! {
    /// What happens to one of them changes nothing that is shown of the others.
    #[test]
    fn nobody_elses_row_changes(looks in proptest::collection::vec((0..3_usize, 0..4_u32), 1..20)) {
        const IDS: [&str; 3] = ["vault", "sync", "mail"];
        let mut tray = all_running();
        for (second, (whose, what)) in (2..).zip(looks) {
            let rows = |tray: &Several| {
                let rows = tray.view().rows;
                let is_of = |row: &&Row, id: &str| row.text().starts_with(&format!("{id}:"));
                IDS.map(|id| rows.iter().find(|row| is_of(row, id)).cloned())
            };
            let before = rows(&tray);
            tray.look(IDS[whose], match what {
                0 => nothing(second),
                1 => running_as(20, second),
                2 => unhealthy(second, 3),
                _ => crashed(second, Some(Exit::Code(1))),
            });
            let after = rows(&tray);
            for other in (0..3).filter(|other| *other != whose) {
                prop_assert_eq!(&before[other], &after[other]);
            }
        }
    }
}
