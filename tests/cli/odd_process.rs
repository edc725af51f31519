//! Processes that the kernel shows in an unusual way: numbers of threads, a first thread
//! that has ended, memory that is closed to others.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::home::Home;
use crate::process::{Stranger, is_alive, kill, state, wait_for, wait_until};
use crate::skip::not_run;

const SOURCE: &str = r#"
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *live(void *nothing) {
    for (;;) pause();
    return nothing;
}

int main(int count, char **words) {
    pthread_t thread;
    alarm(300);
    if (count > 1 && !strcmp(words[1], "closed"))
        prctl(PR_SET_DUMPABLE, 0);
    pthread_create(&thread, 0, live, 0);
    if (count > 1 && !strcmp(words[1], "headless"))
        pthread_exit(0);
    live(0);
}
"#;

/// A home whose daemon is a program with two threads, of which the first one ends if it
/// is `headless`; or that nobody may look into if it is `closed`. Nothing where there is
/// no C compiler, as which the linker of Rust programs serves nearly everywhere.
pub fn home_with_odd_daemon(word: &str) -> Option<Home> {
    let home = Home::new();
    let source = home.write("odd.c", SOURCE);
    let program = home.path().join("odd");
    let compiled = Command::new("cc")
        .args(["-pthread", "-o"])
        .args([&program, &source])
        .output();
    match compiled {
        Ok(compiled) if compiled.status.success() => {}
        Ok(compiled) => {
            not_run(&format!(
                "cc: {}",
                String::from_utf8_lossy(&compiled.stderr)
            ));
            return None;
        }
        Err(error) => {
            not_run(&format!("cc: {error}"));
            return None;
        }
    }
    let program = program.display();
    Some(home.config(&format!(
        "daemon.command = ['{program}', '{word}']\ndaemon.start_grace = '50ms'\n"
    )))
}

/// The same program, run by somebody else.
fn odd_stranger(home: &Home, word: &str) -> Stranger {
    Stranger::running(Command::new(home.path().join("odd")).arg(word))
}

/// The number of the process's second thread.
fn second_thread(pid: i32) -> i32 {
    wait_for("a second thread", || {
        fs::read_dir(format!("/proc/{pid}/task"))
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
            .find(|thread| *thread != pid)
    })
}

fn is_there(thread: i32) -> bool {
    Path::new(&format!("/proc/{thread}")).exists()
}

#[test]
fn the_number_of_a_thread_is_no_pid() {
    let Some(home) = home_with_odd_daemon("whole") else {
        return;
    };
    let daemon = odd_stranger(&home, "whole");
    let thread = second_thread(daemon.pid());
    home.write_pid_file(thread);
    let before = home.files();

    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has(&format!(
            "pid {thread} runs a command line that is not shown"
        ));
    for operation in ["start", "stop", "restart"] {
        home.inneros(["daemon", operation])
            .refused(4, "foreign process");
    }

    daemon.assert_unharmed();
    assert_eq!(home.files(), before);
    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn a_start_passes_over_a_pid_that_a_thread_has_by_now() {
    let Some(home) = home_with_odd_daemon("whole") else {
        return;
    };
    let stranger = odd_stranger(&home, "other");
    kill(home.start());
    let thread = second_thread(stranger.pid());
    let token = home.record()["start_token"].as_u64().unwrap();
    home.alter_record("pid", thread);
    home.alter_record("start_token", token - 100);
    home.write_pid_file(thread);

    home.inneros(["daemon", "status"]).code(1);
    let pid = home.start();

    assert_ne!(pid, thread);
    stranger.assert_unharmed();
}

#[test]
fn a_daemon_whose_first_thread_has_ended_is_running() {
    let Some(home) = home_with_odd_daemon("headless") else {
        return;
    };
    let pid = home.start();
    let thread = second_thread(pid);
    wait_until("the first thread has ended", || state(pid) == Some('Z'));

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&format!("{pid}\n"));
    home.inneros(["daemon", "start"])
        .refused(5, &format!("already running (pid {pid})"));
    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_there(thread));
}

/// Its command line went with its first thread, so that it cannot be told.
#[test]
fn such_a_daemon_without_a_record_is_left_alone() {
    let Some(home) = home_with_odd_daemon("headless") else {
        return;
    };
    let daemon = odd_stranger(&home, "headless");
    let thread = second_thread(daemon.pid());
    wait_until("the first thread has ended", || {
        state(daemon.pid()) == Some('Z')
    });
    home.write_pid_file(daemon.pid());

    home.inneros(["daemon", "status"]).code(4);
    home.inneros(["daemon", "stop"])
        .refused(4, "foreign process");
    home.inneros(["daemon", "start"])
        .refused(4, "foreign process");

    assert!(is_there(thread));
    assert_eq!(home.processes(), [0; 0]);
}

/// What the kernel shows of it belongs to root.
#[test]
fn a_daemon_that_nobody_may_look_into_is_not_another_users() {
    let Some(home) = home_with_odd_daemon("closed") else {
        return;
    };
    let home = home.unprivileged();
    let mut command = Command::new(home.path().join("odd"));
    command.arg("closed");
    home.at_home(&mut command);
    let daemon = Stranger::running(&mut command);
    second_thread(daemon.pid());
    home.write_pid_file(daemon.pid());

    home.inneros(["daemon", "status"]).code(0);
    home.inneros(["daemon", "start"])
        .refused(5, "already running");
    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(daemon.pid()));
}

/// The kernel puts the name, as it is, in front of the state.
#[test]
fn a_name_that_looks_like_the_state_of_a_zombie_is_only_a_name() {
    for name in ["a) Z 1 (b", "a\n1 (b) Z 0"] {
        let home = Home::new();
        let program = home.write_program(name, "#!/bin/sh\nwhile :; do sleep 0.1; done\n");
        let home = home.config(&format!(
            "daemon.command = [{program:?}]\ndaemon.start_grace = '50ms'\n"
        ));

        let pid = home.start();

        home.inneros(["daemon", "status"]).code(0);
        home.inneros(["daemon", "start"]).refused(5, "already");
        std::fs::remove_file(home.ours("daemon.json")).unwrap();
        home.inneros(["daemon", "status"]).code(0);
        home.inneros(["daemon", "stop"]).code(0);
        assert!(!is_alive(pid));
    }
}
