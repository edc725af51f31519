//! The first process of a container reaps what has nobody else.

use std::process::{Command, Stdio};

use crate::home::Home;
use crate::namespace;
use crate::process::{kill, wait_until};

/// Leaves five orphans that end at once, and lives on.
const ORPHANS: &str = "i=0; while [ $i -lt 5 ]; do i=$((i+1)); \
     (sh -c 'sleep 0.1; echo gone >> \"$HOME/orphans\"' &); done";

/// Waits until the orphans are gone, and says how many are not reaped within ten seconds.
const COUNT: &str = r#"
until [ -s "$HOME/orphans" ] && [ "$(wc -l < "$HOME/orphans")" = 5 ]; do sleep 0.05; done
zombies() { cat /proc/[0-9]*/stat | sed 's/.*) //' | grep -c '^Z'; }
tries=0
until [ "$(zombies)" = 0 ] || [ $tries = 200 ]; do tries=$((tries+1)); sleep 0.05; done
echo "zombies: $(zombies)"
"#;

#[test]
fn a_run_that_is_pid_1_reaps_every_orphan() {
    let home = Home::with_daemon(ORPHANS);

    let answer = namespace::run(
        &home,
        &format!("({COUNT}\nkill -TERM 1) & exec \"$program\" daemon run"),
    );

    let Some(answer) = answer else { return };
    answer.code(0).stdout_has("zombies: 0\n");
}

#[test]
fn as_pid_1_it_still_knows_how_its_daemon_ended() {
    let home = Home::with_daemon(&format!(
        "{ORPHANS}\nwhile [ \"$(wc -l < \"$HOME/orphans\")\" != 5 ]; do sleep 0.05; done\n\
         sleep 1.5; exit 7"
    ));

    let answer = namespace::run(&home, "exec \"$program\" daemon run");

    let Some(answer) = answer else { return };
    answer.code(7).stdout_has("exit code 7");
}

#[test]
fn as_pid_1_it_starts_a_crashed_daemon_again() {
    let home = Home::with_daemon("echo $$ >> \"$HOME/all\"")
        .setting("daemon.restart = 'on-failure'")
        .setting("daemon.restart_delay = '50ms'");

    let answer = namespace::run(&home, &killed_once());

    let Some(answer) = answer else { return };
    answer.stdout_has("starts: 2\n");
}

/// A daemon that puts itself into the background becomes a child of PID 1 that it has not made.
#[test]
fn as_pid_1_it_starts_a_daemon_that_forks_again() {
    let home = Home::with_daemon(
        "if [ \"$1\" ]; then echo $$ >> \"$HOME/all\"; \
         echo $$ > \"$HOME/.inneros/daemon.pid\"; exec sleep 300; fi; setsid sh \"$0\" again & exit 0",
    )
    .setting("daemon.pid_file_owner = 'daemon'")
    .setting("daemon.restart = 'on-failure'")
    .setting("daemon.restart_delay = '50ms'");

    let answer = namespace::run(&home, &killed_once());

    let Some(answer) = answer else { return };
    answer.stdout_has("starts: 2\n");
}

/// A run as PID 1 whose daemon is killed once it is up, and how often it was started.
fn killed_once() -> String {
    "(until [ -s \"$HOME/all\" ] && inneros daemon status | grep -q 'is running'; do sleep 0.05; done\n\
         kill -9 \"$(head -1 \"$HOME/all\")\"\n\
         tries=0; until [ \"$(wc -l < \"$HOME/all\")\" = 2 ] || [ $tries = 300 ]; do \
         tries=$((tries+1)); sleep 0.05; done\n\
         echo \"starts: $(wc -l < \"$HOME/all\")\"; kill -TERM 1) & exec \"$program\" daemon run"
        .to_owned()
}

#[test]
fn so_does_a_run_that_is_given_the_orphans_below_it() {
    let home = Home::with_daemon(ORPHANS);
    let mut run = Command::new("python3");
    run.args([
        "-c",
        "import ctypes, os, sys\n\
         assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0 # PR_SET_CHILD_SUBREAPER\n\
         os.execv(sys.argv[1], sys.argv[1:])",
    ]);
    run.arg(home.program()).args(["daemon", "run"]);
    home.at_home(&mut run);
    let mut run = run.stdout(Stdio::null()).spawn().unwrap();
    let pid = i32::try_from(run.id()).unwrap();
    wait_until("the orphans are gone", || {
        home.has("orphans") && home.read("orphans").lines().count() == 5
    });

    wait_until("nothing but the daemon is its child", || {
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let children = children.unwrap_or_default();
        children.trim() == home.read(".inneros/daemon.pid").trim()
    });

    home.inneros(["daemon", "stop"]).code(0);
    if run.wait().is_err() {
        kill(pid);
    }
}
