//! Names, tables and files that cannot be, each said with its place.

use std::fs;

use super::{fleet, sleeper};
use crate::home::Home;

/// What is wrong with a configuration file.
#[track_caller]
fn refused(tables: &str, said: &[&str]) {
    let home = Home::new().config(tables);
    let answer = home.inneros(["daemon", "status"]);
    answer.code(2);
    for said in said {
        answer.stderr_has(said);
    }
}

#[test]
fn two_of_one_name() {
    refused(
        "[daemons.a]\ncommand = ['x']\n[daemons.a]\ncommand = ['y']\n",
        &["config.toml:3: ", "line 1"],
    );
    // That of [daemon] has a name, too.
    refused(
        "[daemon]\ncommand = ['x']\n[daemons.inneros]\ncommand = ['y']\n",
        &[
            "config.toml:3: ",
            "inneros is configured in",
            "config.toml:1",
        ],
    );
    let home = fleet(&[sleeper("a", ""), sleeper("b", "")].concat());
    home.write(".inneros/daemons.d/a.toml", "command = ['x']\n");
    let answer = home.inneros(["daemon", "status", "a"]);
    answer
        .code(4)
        .stdout_has("daemons.d/a.toml")
        .stdout_has("config.toml:3");
    home.inneros(["daemon", "start", "b"]).code(0);
}

#[test]
fn one_pid_file_for_two() {
    refused(
        "[daemons.a]\ncommand = ['x']\npid_file = '/run/x.pid'\n\
         [daemons.b]\ncommand = ['x']\npid_file = '/run/./x.pid'\n",
        &[
            "config.toml:6: pid_file: ",
            "is also a file of a",
            "config.toml:3",
        ],
    );
    refused(
        "[defaults]\npid_file = '/run/x.pid'\n[daemons.a]\n[daemons.b]\n",
        &["config.toml:4: ", "config.toml:3"],
    );
}

#[test]
fn a_circle() {
    refused(
        "[daemons.a]\ncommand = ['x']\nafter = ['b']\n[daemons.b]\ncommand = ['x']\nafter = ['a']\n",
        &["a -> b -> a", "config.toml:3", "config.toml:6"],
    );
    refused("[daemons.a]\nafter = ['a']\n", &["a -> a"]);
    // A file of its own that makes one is wrong, and not the others.
    let home = fleet(&sleeper("a", "after = ['b']"));
    home.write(
        ".inneros/daemons.d/b.toml",
        "command = ['x']\nafter = ['a']\n",
    );
    let b = home.inneros(["status", "b"]);
    b.code(4).stdout_has("b.toml:2").stdout_has("config.toml:5");
    home.inneros(["status", "a"]).code(3);
}

#[test]
fn after_an_unknown_name() {
    refused(
        "[daemons.vault]\ncommand = ['x']\n[daemons.b]\ncommand = ['x']\nafter = ['valt']\n",
        &["config.toml:5: after: ", "`valt`", "did you mean `vault`?"],
    );
}

#[test]
fn a_name_that_is_none() {
    let long = "a".repeat(300);
    for name in [
        "a/b",
        "..",
        "a\\u0000",
        "\u{1f600}",
        "A",
        "all",
        "jobs",
        "",
        long.as_str(),
    ] {
        refused(
            &format!("[daemons.\"{name}\"]\ncommand = ['x']\n"),
            &["config.toml:1: "],
        );
    }
}

#[test]
fn tables_that_are_none() {
    refused("daemons = 1\n", &["expected tables"]);
    refused(
        "[daemons]\na = 1\n",
        &["expected a table, such as [daemons.a]"],
    );
    refused("defaults = 1\n", &["expected a table"]);
    refused(
        "[daemons.a]\nhealth = 1\n",
        &["expected a table, such as health"],
    );
    refused(
        "[daemons.a]\nready = 'port:0'\n",
        &["expected `alive`, `health`"],
    );
    refused(
        "[daemons.a]\nready = 'line:'\n",
        &["expected `alive`, `health`"],
    );
    refused(
        "[health]\nurl = 'http://127.0.0.1:1/'\n[daemons.a]\n",
        &["is for [daemon]"],
    );
}

#[test]
fn files_of_editors_are_no_daemons_and_a_folder_that_is_none_is_said() {
    let home = fleet(&sleeper("a", ""));
    for name in ["x.toml~", ".x.toml.swp", ".y.toml", "README", "#z.toml#"] {
        home.write(&format!(".inneros/daemons.d/{name}"), "nonsense");
    }
    let all = home.inneros(["daemon", "list", "--json"]).code(3).json();
    assert_eq!(all["counts"]["daemons"], 1);

    let home = fleet(&sleeper("a", ""));
    home.write(".inneros/daemons.d", "a file");
    home.inneros(["daemon", "list"])
        .code(2)
        .stderr_has("daemons.d");
}

#[test]
fn a_folder_that_cannot_be_read_is_said() {
    let home = fleet(&sleeper("a", "")).unprivileged();
    home.write(".inneros/daemons.d/b.toml", "command = ['x']\n");
    home.mode(".inneros/daemons.d", 0);

    let answer = home.inneros(["daemon", "list"]);

    home.mode(".inneros/daemons.d", 0o700);
    answer
        .code(4)
        .stderr_has("permission denied")
        .stderr_has("daemons.d");
}

#[test]
fn two_thousand_files_are_two_thousand_daemons() {
    let home = Home::new();
    home.write(".inneros/daemons.d/d0.toml", "command = ['x']\n");
    let folder = home.ours("daemons.d");
    for number in 1..2000 {
        let after = format!("command = ['x']\nafter = ['d{}']\n", number - 1);
        fs::write(folder.join(format!("d{number}.toml")), after).unwrap();
    }

    let all = home.inneros(["daemon", "list", "--json"]).code(3).json();

    assert_eq!(all["counts"]["stopped"], 2000);
}

#[test]
fn a_name_that_fits_nothing_has_a_nearest_one() {
    let home = fleet(&[sleeper("vault", ""), sleeper("sync", "")].concat());
    for command in ["start", "stop", "restart", "logs", "run", "status"] {
        let answer = home.inneros([command, "valt"]);
        answer
            .code(4)
            .stderr_has("no daemon is called 'valt'")
            .stderr_has("`vault`");
        home.inneros([command, "vault", "z*"]).code(4);
    }
    for command in ["start", "stop", "restart", "run"] {
        let answer = home.inneros([command]);
        answer.code(2).stderr_has("vault, sync");
    }
    home.inneros(["daemon", "list", "--group", "x"]).code(4);
    home.inneros(["config", "show", "valt"])
        .code(4)
        .stderr_has("`vault`");
}
