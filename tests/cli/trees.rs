//! Random trees of processes: whatever a daemon's children do, a restart that succeeds leaves none
//! of the old daemon, and touches nobody else.

use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::beside::mark_of;
use crate::home::Home;
use crate::process::{Stranger, kill, wait_for, wait_until};

/// A process does what its letters say, from left to right: `(…)` makes a child that does what is
/// in there, `s` makes a session, `g` a process group, `d` forks and ends the parent, `t` ignores
/// SIGTERM, `e` becomes another program in the end, and `x` ends. Each says when it is done.
const TREE: &str = r#"
import os, signal, sys, time
home, plan = os.environ["HOME"], sys.argv[1]

def behind(i):
    depth = 0
    while True:
        depth += {"(": 1, ")": -1}.get(plan[i], 0)
        i += 1
        if depth == 0:
            return i

def grow(i):
    end = "live"
    while i < len(plan) and plan[i] != ")":
        if plan[i] == "(":
            if os.fork() == 0:
                grow(i + 1)
            i = behind(i)
            continue
        if plan[i] == "s":
            try: os.setsid()
            except OSError: pass
        if plan[i] == "g":
            try: os.setpgid(0, 0)
            except OSError: pass
        if plan[i] == "d" and os.fork():
            os._exit(0)
        if plan[i] == "t": signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if plan[i] in "ex": end = plan[i]
        i += 1
    with open(home + "/done", "a") as done:
        done.write("%d\n" % os.getpid())
    if end == "x": os._exit(0)
    if end == "e": os.execvp("sleep", ["sleep", "300"])
    while True: time.sleep(60)

open(home + "/done", "w").close()
grow(0)
"#;

/// What one process does, its children among it.
fn process(depth: u32) -> BoxedStrategy<String> {
    let deed = prop_oneof![
        3 => Just("s".to_owned()),
        2 => Just("g".to_owned()),
        2 => Just("d".to_owned()),
        1 => Just("t".to_owned()),
        1 => Just("e".to_owned()),
        1 => Just("x".to_owned()),
    ];
    let part = if depth == 0 {
        deed.boxed()
    } else {
        prop_oneof![2 => deed, 2 => child(depth - 1)].boxed()
    };
    prop::collection::vec(part, 0..4)
        .prop_map(|parts| parts.concat())
        .boxed()
}

fn child(depth: u32) -> BoxedStrategy<String> {
    process(depth)
        .prop_map(|deeds| format!("({deeds})"))
        .boxed()
}

/// The children of a daemon; the daemon itself lives and hears SIGTERM.
fn tree() -> impl Strategy<Value = String> {
    prop::collection::vec(child(2), 1..4).prop_map(|children| children.concat())
}

fn is_grown(home: &Home, plan: &str) -> bool {
    let done = std::fs::read_to_string(home.path().join("done")).unwrap_or_default();
    done.lines().count() == 1 + plan.matches('(').count()
}

fn try_tree(plan: &str, crash: bool) {
    let home = Home::new();
    let script = home.write("tree.py", TREE);
    let home = home.config(&format!(
        "daemon.command = ['python3', '{}', '{plan}']\ndaemon.start_grace = '20ms'\n\
         daemon.stop_timeout = '500ms'\n",
        script.display()
    ));
    let bystander = Stranger::running(Command::new("setsid").args(["sh", "-c", "sleep 300"]));
    let first = home.start();
    wait_until("the tree is grown", || is_grown(&home, plan));
    let old = home.processes();
    let mark = wait_for("a mark", || mark_of(first));
    std::fs::remove_file(home.path().join("done")).unwrap();
    if crash {
        kill(first);
    }

    let restarted = home.inneros(["daemon", "restart"]);
    if !restarted.has_code(0) {
        // What ignores SIGTERM is named, and nothing has begun beside it.
        restarted.refused(1, "").stderr_has("still alive: pid ");
        assert!(plan.contains('t'), "{plan}: {}", restarted.stderr());
        assert!(
            home.processes().iter().all(|pid| old.contains(pid)),
            "{plan}"
        );
        home.inneros(["daemon", "restart", "--force"]).code(0);
    }

    wait_until("the new tree is grown", || is_grown(&home, plan));
    let second = home.pid();
    // In the middle of an exec none is shown.
    let new = wait_for("a mark", || mark_of(second));
    assert_ne!(new, mark, "{plan}");
    // One that ends meanwhile shows none.
    wait_until(
        &format!("all that live are of the new daemon: {plan}"),
        || {
            let living = home.processes();
            living
                .iter()
                .all(|pid| !old.contains(pid) && mark_of(*pid).as_ref() == Some(&new))
        },
    );
    bystander.assert_unharmed();
    home.inneros(["daemon", "stop", "--force"]).code(0);
    assert_eq!(home.processes(), [0; 0], "{plan}");
    bystander.assert_unharmed();
}

#[test]
fn a_restart_that_succeeds_leaves_none_of_the_old_daemon_and_everybody_else() {
    let config = Config {
        cases: 16,
        max_shrink_iters: 20,
        failure_persistence: None,
        ..Config::default()
    };

    TestRunner::new(config)
        .run(&(tree(), any::<bool>()), |(plan, crash)| {
            try_tree(&plan, crash);
            Ok(())
        })
        .unwrap();
}

#[test]
fn so_of_the_trees_that_are_hardest() {
    for plan in [
        "(sd(sd))",
        "(st(sd(g)))",
        "((s(s(sx))x)x)",
        "(dsdte)(ge)(xs)",
    ] {
        try_tree(plan, false);
        try_tree(plan, true);
    }
}
