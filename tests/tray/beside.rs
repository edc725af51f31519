//! A restart by the menu leaves nothing of the old daemon.

use std::fs;

use crate::desktop::{SOON, wait_until};
use crate::sitting::{Home, Sitting, is_alive};

/// A shell that runs the real program and does not pass SIGTERM on, as `npm` does.
const WRAPPER: &str =
    "command = [\"sh\", \"-c\", \"sh -c 'echo $$ >> $HOME/programs; exec sleep 300'; true\"]";

/// The same where the program ignores SIGTERM.
const STUBBORN: &str = "command = [\"sh\", \"-c\", \"sh -c 'trap : TERM; trap \\\"\\\" TERM; \
     echo $$ >> $HOME/programs; exec sleep 300' & trap 'exit 0' TERM; wait\"]\n\
     stop_timeout = \"300ms\"";

/// The programs that were run, and of those the living.
fn programs(home: &Home) -> (usize, Vec<i32>) {
    let text = fs::read_to_string(home.file("programs")).unwrap_or_default();
    let all: Vec<i32> = text.lines().map(|pid| pid.parse().unwrap()).collect();
    let living = all.iter().copied().filter(|pid| is_alive(*pid));
    (all.len(), living.collect())
}

#[track_caller]
fn wait_for_program(home: &Home, number: usize) {
    wait_until("one living program", SOON, || {
        let (count, living) = programs(home);
        if count == number && living.len() == 1 {
            Ok(())
        } else {
            Err(format!("{count}, alive {living:?}"))
        }
    });
}

#[test]
fn each_restart_of_a_wrapper_by_the_menu_leaves_one_program() {
    let sitting = Sitting::with_running_daemon(WRAPPER);
    wait_for_program(&sitting.home, 1);

    for number in [2, 3] {
        let before = sitting.home.pid();
        sitting.choose("Restart");
        sitting.home.another_pid(before);
        sitting.wait_for_tooltip("running");
        wait_for_program(&sitting.home, number);
    }

    sitting.choose("Stop");
    sitting.wait_for_tooltip("stopped");
    assert_eq!(programs(&sitting.home).1, []);
}

#[test]
fn what_does_not_end_is_said_in_the_first_rows_and_nothing_starts_beside_it() {
    let sitting = Sitting::with_running_daemon(STUBBORN);
    wait_for_program(&sitting.home, 1);
    let (_, living) = programs(&sitting.home);

    sitting.choose("Restart");

    let said = format!("InnerOS: did not start: still alive: pid {} ", living[0]);
    sitting.menu().wait_for_row(&said, |_| true, SOON);
    assert_eq!(programs(&sitting.home), (1, living));
    let stop = sitting.home.inneros(&["daemon", "stop", "--force"]);
    assert_eq!(stop.status.code(), Some(0));
}

/// `asyncio.run`, `python -m http.server` and Jupyter end well by SIGINT only.
#[test]
fn the_menu_stops_by_the_configured_signal() {
    let sitting = Sitting::with_running_daemon(
        "command = [\"sh\", \"-c\", \"trap 'echo INT > $HOME/got; exit 0' INT; \
         trap 'echo TERM > $HOME/got; exit 1' TERM; while :; do sleep 0.05; done\"]\n\
         stop_signal = \"SIGINT\"",
    );

    sitting.choose("Stop");

    sitting.wait_for_tooltip("stopped");
    assert_eq!(
        fs::read_to_string(sitting.home.file("got")).unwrap(),
        "INT\n"
    );
}
