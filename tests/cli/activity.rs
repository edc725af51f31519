//! When each component of a daemon has logged something last.

use std::time::{Duration, SystemTime};

use chrono::{Days, Local};

use crate::home::Home;

fn at(days_ago: u64, time: &str) -> String {
    let day = Local::now().date_naive() - Days::new(days_ago);
    format!("{day} {time}")
}

fn with_logs() -> Home {
    let home = Home::with_sleeper().setting("daemon.logs_dir = '~/logs'");
    home.write(
        "logs/daemon.log",
        format!(
            "{} [INFO] src.inbox: a\n{} [INFO] src.youtube: b\n{} [INFO] src.youtube: c\n  more of it\n",
            at(3, "10:00:00"),
            at(1, "20:00:00"),
            at(0, "00:00:02"),
        ),
    );
    home
}

#[test]
fn the_latest_entry_of_each_component_is_told() {
    let home = with_logs();
    home.start();

    let answer = home.inneros(["daemon", "status"]);

    answer
        .code(0)
        .stdout_has("  activity   youtube: 00:00, inbox: 3 days ago\n");
    let json = home.inneros(["daemon", "status", "--json"]).json();
    assert_eq!(json["activity"][0]["component"], "src.youtube");
    let expected = at(0, "00:00:02").replace(' ', "T");
    let time = json["activity"][0]["time"].as_str().unwrap();
    assert!(time.starts_with(&expected), "{json}");
    assert_eq!(json["activity"][1]["component"], "src.inbox");
    assert_eq!(json["activity"].as_array().unwrap().len(), 2);
}

#[test]
fn a_log_without_components_counts_by_its_name_and_an_old_one_too() {
    let home = Home::with_sleeper().setting("daemon.logs_dir = '~/logs'");
    for days in [1, 2] {
        let day = Local::now().date_naive() - Days::new(days);
        let name = format!("logs/screenshots_{day}.log");
        let path = home.write(&name, format!("[{}] INFO: done\n", at(days, "18:00:02")));
        let file = std::fs::File::options().append(true).open(path).unwrap();
        let modified = SystemTime::now() - Duration::from_secs(86400 * days);
        file.set_modified(modified).unwrap();
    }
    home.start();

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has("  activity   screenshots: yesterday\n");
}

#[test]
fn nothing_is_said_where_nothing_is_known_or_nothing_runs() {
    let silent = Home::with_sleeper();
    silent.start();
    let answer = silent.inneros(["daemon", "status", "--json"]);
    assert_eq!(answer.json().get("activity"), None);

    let stopped = with_logs();
    let answer = stopped.inneros(["daemon", "status", "--json"]);
    assert_eq!(answer.json().get("activity"), None);
}

#[test]
fn of_a_long_log_the_end_is_read() {
    let home = with_logs();
    let line = format!("{} [INFO] src.agent: again and again\n", at(0, "00:00:03"));
    let log = home.path().join("logs/daemon.log");
    let whole = std::fs::read_to_string(&log).unwrap() + &line.repeat(20_000);
    std::fs::write(log, whole).unwrap();
    home.start();

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has("  activity   agent: 00:00\n");
}
