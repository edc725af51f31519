//! A daemon with logs in two folders.

use crate::home::Home;

/// Two folders, the second with the newest file.
fn two() -> Home {
    let home = Home::with_sleeper().setting("daemon.logs_dir = ['~/one', '~/two']");
    home.write("one/a.log", "2026-11-22 20:14:27 [INFO] a: first\n");
    home.write(
        "two/b.log",
        "2026-11-22 20:14:26 [INFO] b: zeroth\n2026-11-22 20:14:28 [ERROR] b: second\n",
    );
    touch(&home, "one/a.log", 100);
    home
}

fn touch(home: &Home, name: &str, seconds_ago: u64) {
    let path = home.path().join(name);
    let file = std::fs::File::options().append(true).open(path).unwrap();
    let time = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds_ago);
    file.set_modified(time).unwrap();
}

#[test]
fn the_newest_of_both_is_shown() {
    let home = two();

    home.inneros(["daemon", "logs"])
        .code(0)
        .stdout_has("second");
    touch(&home, "two/b.log", 200);
    home.inneros(["daemon", "logs"]).code(0).stdout_has("first");
}

#[test]
fn all_of_both_are_put_together_in_the_order_of_time() {
    let home = two();

    let answer = home.inneros(["daemon", "logs", "--all", "-q", "--json"]);

    let entries = answer.code(0).json();
    let messages: Vec<&str> = entries["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["message"].as_str().unwrap())
        .collect();
    assert_eq!(messages, ["zeroth", "first", "second"]);
    let folders = [home.path().join("one"), home.path().join("two")];
    let folders = folders.map(|folder| folder.display().to_string());
    assert_eq!(entries["log_file"], folders[0]);
    assert_eq!(entries["logs_dirs"], serde_json::json!(folders));
    let summary = home.inneros(["daemon", "logs", "--all", "--summary", "--json"]);
    let summary = summary.code(0).json();
    assert_eq!(summary["log_file"], folders[0]);
    assert_eq!(summary["logs_dirs"], serde_json::json!(folders));
    let status = home.inneros(["daemon", "status", "--json"]).json();
    assert_eq!(status["logs_dir"], folders[0]);
    assert_eq!(status["logs_dirs"], serde_json::json!(folders));
    let one = Home::with_sleeper();
    let status = one.inneros(["daemon", "status", "--json"]).json();
    assert_eq!(status.get("logs_dirs"), None);
}

#[test]
fn status_finds_the_last_error_and_the_last_activity_in_each() {
    let home = two();
    home.start();
    let now = chrono::Local::now().format("%Y-%m-%d %H:%M:%S");
    home.write("one/a.log", format!("{now} [ERROR] a: broken\n"));

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has("a: broken\n")
        .stdout_has("b: ");
}

#[test]
fn what_is_in_neither_is_said_with_both_names() {
    let home = Home::with_sleeper().setting("daemon.logs_dir = ['~/one', '~/two']");
    let (one, two) = (home.path().join("one"), home.path().join("two"));
    let both = format!("'{}' and '{}'", one.display(), two.display());

    home.inneros(["daemon", "logs"])
        .refused(1, &format!("no logs in {both}\n"));
    home.inneros(["doctor"])
        .stdout_has(&format!("no *.log in {both}\n"));
    home.write("one/a.log", "");
    home.inneros(["doctor"])
        .stdout_has(&format!("no *.log in '{}'\n", two.display()));
    home.inneros(["config", "show"])
        .code(0)
        .stdout_has(&format!("[\"{}\", \"{}\"]", one.display(), two.display()));
}

#[test]
fn what_is_no_list_of_folders_is_refused() {
    for value in ["[]", "['~/one', 7]", "['one']", "7", "''"] {
        Home::with_sleeper()
            .setting(&format!("daemon.logs_dir = {value}"))
            .inneros(["daemon", "logs"])
            .refused(2, "or a list of such in brackets");
    }
}
