//! How several daemons are, on one screen.

use serde_json::Value;

use super::{chain, fleet, pid, sleeper};
use crate::home::Home;
use crate::process::{kill, wait_until};

#[test]
fn one_of_several_is_answered_for_as_if_it_were_alone() {
    let home = fleet(&[sleeper("a", ""), sleeper("b", "")].concat());
    home.inneros(["start", "a"])
        .code(0)
        .stdout_has("a started (pid ");

    let a = home.inneros(["status", "a", "--json"]).code(0).json();
    assert_eq!((&a["name"], &a["state"]), (&"a".into(), &"running".into()));
    assert!(a.get("daemons").is_none());
    home.inneros(["status", "b"])
        .code(3)
        .stdout_has("b is not running");
}

#[test]
fn the_code_is_that_of_the_worst_and_one_on_demand_may_rest() {
    let tables = [
        sleeper("a", ""),
        sleeper("b", ""),
        sleeper("c", "wanted = 'on-demand'"),
    ];
    let home = fleet(&tables.concat());

    let all = home.inneros(["daemon", "list", "--json"]).code(3).json();
    assert_eq!(all["state"], "stopped");
    home.inneros(["start", "a"]).code(0);
    home.inneros(["daemon", "list"]).code(3);
    home.inneros(["start", "b"]).code(0);
    let all = home.inneros(["daemon", "list", "--json"]).code(0).json();
    assert_eq!(
        (&all["state"], &all["counts"]["running"]),
        (&"running".into(), &2.into())
    );
    assert_eq!(all["message"], "2 of 3 are running");

    kill(pid(&home, "b").unwrap());
    let crashed = || home.inneros(["daemon", "status"]).exit_code() == 1;
    wait_until("the crash is seen", crashed);
    let all = home.inneros(["daemon", "status", "--json"]).code(1).json();
    assert_eq!(
        (&all["state"], &all["counts"]["crashed"]),
        (&"crashed".into(), &1.into())
    );
    home.inneros(["status", "a"]).code(0);
}

#[test]
fn the_table_fits_a_terminal() {
    let long = "x".repeat(90);
    let home = fleet(&[sleeper(&long, ""), sleeper("b", "")].concat());
    home.inneros(["start", "b"]).code(0);
    kill(pid(&home, "b").unwrap());

    let table = home.inneros(["daemon", "list"]);

    for line in table.stdout().lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    table.stdout_has("NAME").stdout_has("NOTE");
}

#[test]
fn what_happens_to_one_changes_no_byte_of_another() {
    let home = chain();
    home.inneros(["start", "--all"]).code(0);
    let object = |name: &str| {
        let all = home.inneros(["daemon", "list", "--json"]).json();
        let all = all["daemons"].as_array().unwrap().clone();
        let mut one = all.into_iter().find(|one| one["name"] == name).unwrap();
        for key in ["uptime", "uptime_seconds", "cpu_percent", "memory_bytes"] {
            one[key] = 0.into();
        }
        one
    };
    let files = |name: &str| {
        let mut files = home.files();
        files.retain(|path, _| path.contains(&format!("/{name}/")));
        files
    };
    let before = (object("base"), files("base"));

    kill(pid(&home, "top").unwrap());
    wait_until("the crash is seen", || {
        home.inneros(["status", "top"]).exit_code() == 1
    });
    home.inneros(["restart", "middle"]).code(0);

    assert_eq!((object("base"), files("base")), before);
}

#[test]
fn looking_at_several_changes_nothing() {
    let home = chain();
    home.inneros(["start", "base", "middle"]).code(0);
    let before = home.files_and_folders();

    home.inneros(["daemon", "list"]).code(3);
    home.inneros(["status", "*"]).code(3);
    home.inneros(["doctor"]);

    assert_eq!(home.files_and_folders(), before);
}

#[test]
fn the_doctor_looks_at_each() {
    let home = Home::new()
        .config("[daemons.a]\ncommand = ['sleep', '300']\n[daemons.b]\ncommand = ['no-such']\n");

    let answer = home.inneros(["doctor"]);

    answer.code(1).stdout_has("a: '").stdout_has("b: ");
}

#[test]
fn a_bar_gets_what_it_understands() {
    let home = fleet(&[sleeper("a", ""), sleeper("b", "")].concat());
    home.inneros(["start", "--all"]).code(0);

    let line = home.inneros(["status", "--format", "line"]);
    line.code(0).stdout_is("2 of 2 are running\n");
    let menu = home.inneros(["daemon", "status", "--format", "swiftbar"]);
    menu.code(0).stdout_is(
        "● 2/2 | color=green\n---\na: running | color=green\nb: running | color=green\n",
    );
    kill(pid(&home, "b").unwrap());
    let asks = || home.inneros(["status", "--format", "waybar"]);
    wait_until("the crash is seen", || asks().exit_code() == 1);
    let module: Value = serde_json::from_str(asks().stdout()).unwrap();
    assert_eq!(module["class"], "crashed");
    let tooltip = module["tooltip"].as_str().unwrap();
    assert!(tooltip.starts_with("a: running\nb: crashed, "), "{tooltip}");
}
