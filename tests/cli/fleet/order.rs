//! Who is started before whom, and who is stopped before whom.

use super::{chain, fleet, pid, sleeper};
use crate::home::Home;
use crate::process::is_alive;

/// A daemon that writes its name into `order` when it begins and when it is asked to end.
fn tells(home: &Home, name: &str, more: &str) -> String {
    let order = home.path().join("order");
    let script = format!(
        "echo +{name} >> {0}; trap \"echo -{name} >> {0}; exit 0\" TERM; sleep 0.1; echo up; \
         while :; do sleep 0.05; done",
        order.display()
    );
    format!("[daemons.{name}]\ncommand = ['sh', '-c', '{script}']\nready = 'line:up'\n{more}\n")
}

fn at(order: &str, what: &str) -> usize {
    let at = order.lines().position(|line| line == what);
    at.unwrap_or_else(|| panic!("{what} in {order}"))
}

#[test]
fn each_is_started_when_what_it_needs_is_ready_and_stopped_before_it() {
    let home = Home::new();
    let tables = [
        tells(&home, "d", "after = ['b', 'c']"),
        tells(&home, "c", "after = ['a']"),
        tells(&home, "b", "after = ['a']"),
        tells(&home, "a", ""),
    ];
    let home = home.config(&tables.concat());

    for _ in 0..3 {
        home.write("order", "");
        home.inneros(["start", "--all"]).code(0);
        home.inneros(["stop", "--all"]).code(0);

        let order = home.read("order");
        for (needed, one) in [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")] {
            assert!(
                at(&order, &format!("+{needed}")) < at(&order, &format!("+{one}")),
                "{order}"
            );
            assert!(
                at(&order, &format!("-{one}")) < at(&order, &format!("-{needed}")),
                "{order}"
            );
        }
    }
}

#[test]
fn what_one_needs_is_started_with_it() {
    let home = chain();

    home.inneros(["start", "middle"])
        .code(0)
        .stdout_has("base started")
        .stdout_has("middle started");

    assert!(pid(&home, "top").is_none());
    home.inneros(["start", "middle"]).code(5);
    home.inneros(["start", "--all"])
        .code(0)
        .stdout_has("top started");
    home.inneros(["start", "--all"]).code(5);
    home.inneros(["stop", "--all"]).code(0);
    home.inneros(["stop", "--all"]).code(3);
}

#[test]
fn what_failed_stops_only_what_needs_it() {
    let tables = [
        "[daemons.bad]\ncommand = ['sh', '-c', 'echo no lock; exit 7']\n".to_owned(),
        sleeper("needs", "after = ['bad']"),
        sleeper("far", "after = ['needs']"),
        sleeper("other", ""),
    ];
    let home = fleet(&tables.concat());

    let answer = home.inneros(["start", "--all"]);

    answer
        .code(1)
        .stdout_has("other started")
        .stderr_has("exit code 7")
        .stderr_has("no lock");
    answer.stderr_has("needs: not started: it needs bad, which is not running");
    answer.stderr_has("far: not started: it needs needs, which is not running");
    assert!(pid(&home, "far").is_none() && pid(&home, "needs").is_none());
}

#[test]
fn a_layer_that_never_becomes_ready_is_bounded_and_named() {
    let slow = sleeper("slow", "ready = 'line:never'\nready_timeout = '300ms'");
    let port = sleeper("port", "ready = 'port:9'\nready_timeout = '300ms'");
    let home = fleet(&[slow, port, sleeper("top", "after = ['slow']")].concat());

    let answer = home.inneros(["start", "--all"]);

    answer
        .code(1)
        .stderr_has("it has written no line with \"never\" in it");
    answer.stderr_has("nothing listens at port 9");
    answer.stderr_has("top: not started: it needs slow");
    assert!(pid(&home, "slow").is_none());
}

#[test]
fn what_another_needs_is_stopped_with_a_hint_or_with_its_dependents() {
    let home = chain();
    home.inneros(["start", "--all"]).code(0);
    let top = pid(&home, "top").unwrap();

    let answer = home.inneros(["stop", "base"]);
    answer
        .code(0)
        .stderr_has("top, middle")
        .stderr_has("--dependents");
    assert!(is_alive(top));

    home.inneros(["start", "base"]).code(0);
    let answer = home.inneros(["stop", "middle", "--dependents"]);
    answer
        .code(0)
        .stdout_has("top stopped")
        .stdout_has("middle stopped");
    assert!(!is_alive(top));
    assert!(pid(&home, "base").is_some());
}

#[test]
fn a_group_and_a_pattern_are_chosen() {
    let home = chain();
    home.inneros(["start", "--group", "inner"]).code(0);
    assert!(pid(&home, "base").is_some() && pid(&home, "middle").is_some());
    assert!(pid(&home, "top").is_none());

    let restarted = home.inneros(["restart", "b*", "--json"]).code(0).json();
    assert_eq!(restarted["daemons"].as_array().unwrap().len(), 1);
    home.inneros(["stop", "?iddle"]).code(0);
    assert!(pid(&home, "middle").is_none());
}
