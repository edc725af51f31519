//! Where several daemons are configured, and what is said of that.

use super::{fleet, pid, sleeper};
use crate::home::Home;

#[test]
fn what_all_have_in_common_holds_for_each_unless_it_says_otherwise() {
    let home = Home::new().config(
        "[defaults]\nstop_timeout = '7s'\nstop_signal = 'SIGINT'\n\
         [daemon]\ncommand = ['a']\n\
         [daemons.vault]\ncommand = ['b']\nstop_timeout = '3s'\n",
    );

    let shown = home
        .inneros(["config", "show", "vault", "--json"])
        .code(0)
        .json();
    let settings = &shown["settings"];
    assert_eq!(settings["stop_timeout"]["value"], "\"3s\"");
    assert_eq!(settings["stop_timeout"]["origin"], "file");
    assert_eq!(settings["stop_signal"]["value"], "\"SIGINT\"");
    assert_eq!(settings["stop_signal"]["origin"], "defaults");
    assert_eq!(settings["restart"]["origin"], "default");

    // `[daemon]` is one of them, and keeps its files where they are.
    let shown = home
        .inneros(["config", "show", "inneros", "--json"])
        .code(0)
        .json();
    assert_eq!(shown["settings"]["stop_timeout"]["value"], "\"7s\"");
    let pid_file = shown["settings"]["pid_file"]["value"].as_str().unwrap();
    assert!(pid_file.ends_with("/.inneros/daemon.pid\""), "{pid_file}");
}

#[test]
fn a_file_of_its_own_holds_one_daemon_and_a_broken_one_spoils_no_other() {
    let home = fleet(&sleeper("a", ""));
    home.write(".inneros/daemons.d/b.toml", "command = ['sleep', '300']\n");
    home.write(
        ".inneros/daemons.d/c.toml",
        "command = ['sleep', '300']\ncomand = 1\n",
    );

    home.inneros(["start", "a", "b"]).code(0);
    let all = home.inneros(["daemon", "status", "--json"]).code(4).json();

    assert_eq!(all["counts"]["running"], 2);
    assert_eq!(all["counts"]["misconfigured"], 1);
    assert_eq!(all["daemons"][2]["state"], "misconfigured");
    let reason = all["daemons"][2]["reason"].as_str().unwrap();
    assert!(reason.contains("c.toml:2: comand: unknown key"), "{reason}");
    home.inneros(["start", "c"])
        .refused(2, "did you mean `command`?");
    home.inneros(["config", "check"]).refused(2, "c.toml:2");
    assert!(pid(&home, "b").is_some());
}

#[test]
fn one_file_that_changes_is_read_anew_without_the_others() {
    let home = fleet(&sleeper("a", ""));
    home.write(".inneros/daemons.d/b.toml", "command = ['sleep', '300']\n");
    home.inneros(["start", "--all"]).code(0);
    let before = pid(&home, "a");

    home.write(".inneros/daemons.d/b.toml", "command = ['sleep', '301']\n");
    home.inneros(["restart", "b"]).code(0);

    assert_eq!(pid(&home, "a"), before);
    let b = home.inneros(["status", "b", "--json"]).code(0).json();
    assert_eq!(b["command"], "sleep 301");
}

#[test]
fn a_template_for_one_daemon_is_valid_once_it_has_a_command() {
    let home = Home::new();
    home.inneros(["config", "init", "--daemon", "sync"]).code(0);
    let file = home.read(".inneros/daemons.d/sync.toml");
    let filled = file.replacen("# command =", "command =", 1);
    home.write(".inneros/daemons.d/sync.toml", filled);

    home.inneros(["config", "check"]).code(0);
    home.inneros(["config", "init", "--daemon", "sync"]).code(2);
    home.inneros(["config", "init", "--daemon", "../x"])
        .refused(2, "is no name");
}

#[test]
fn a_daemon_that_is_no_longer_configured_is_shown_until_it_is_stopped() {
    let home = fleet(&[sleeper("a", ""), sleeper("old", "")].concat());
    home.inneros(["start", "--all"]).code(0);
    let running = pid(&home, "old").unwrap();

    // Renamed: the new one is another daemon.
    let home = home.config(&[sleeper("a", ""), sleeper("new", "")].concat());

    home.inneros(["daemon", "list"])
        .code(3)
        .stdout_has("no longer configured");
    let old = home.inneros(["status", "old", "--json"]).code(0).json();
    assert_eq!(old["pid"], running);
    home.inneros(["start", "old"]).code(5);
    home.inneros(["stop", "old"]).code(0);
    let all = home.inneros(["daemon", "list"]);
    assert!(!all.stdout().contains("old"), "{}", all.stdout());
}

#[test]
fn two_daemons_with_one_command_are_two() {
    let home = fleet(&[sleeper("a", ""), sleeper("b", "")].concat());

    home.inneros(["start", "a"]).code(0);

    let b = home.inneros(["status", "b", "--json"]).code(3).json();
    assert_eq!(b["state"], "stopped");
    home.inneros(["start", "b"]).code(0);
    assert_ne!(pid(&home, "a"), pid(&home, "b"));
}
