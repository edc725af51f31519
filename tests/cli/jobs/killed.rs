//! `inneros job run` killed at each of its system calls: a run that nobody saw the end of is
//! never taken for a good one.

use super::listed;
use crate::answer::Answer;
use crate::home::Home;
use crate::process::wait_until;
use crate::strace::{moments, there_is_strace, traced};

/// Of a call that is made more often, so many times are tried.
const MOST: usize = 3;

#[test]
fn no_run_whose_wrapper_was_killed_is_taken_for_good() {
    if !there_is_strace() {
        return;
    }
    let home = Home::new().config(
        "[jobs.it]\ncommand = ['sh', '-c', 'touch ran; exit $(cat code)']\nworking_dir = '~'\n",
    );
    home.write("code", "3");
    let calls = traced(&home, 3, &["job", "run", "it"]);
    let mut killed = 0;
    for moment in &moments(&calls, MOST) {
        home.write("code", "0");
        wait_until("the last one is over", || {
            home.inneros(["job", "run", "it"]).has_code(0)
        });
        let before = listed(&home, "it");
        assert_eq!(before["result"], "ok", "{moment:?}");
        home.write("code", "3");
        std::fs::remove_file(home.path().join("ran")).unwrap();

        let answer = Answer::of(moment.with("signal=SIGKILL", &home, &["job", "run", "it"]));

        killed += u32::from(!answer.has_code(3));
        home.assert_no_process_is_left();
        let after = listed(&home, "it");
        // Only the run before may be said to have gone well, and only where this one has not.
        if after["result"] == "ok" {
            assert_eq!(after["started_at"], before["started_at"], "{moment:?}");
            assert!(!home.has("ran"), "{moment:?}");
        }
    }
    assert!(killed > 30, "only {killed} were killed");
}
