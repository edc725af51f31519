//! `history.jsonl`: each event once, whoever has seen it, and nothing hangs on it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use crate::answer::Answer;
use crate::home::Home;
#[cfg(target_os = "linux")]
use crate::mount::Mounted;
use crate::process::{Stranger, kill, signal, wait_for, wait_until};
use crate::supervise;

/// The events of a home, as `inneros history` tells them.
#[track_caller]
pub fn events(home: &Home) -> Vec<Value> {
    let answer = home.inneros(["history", "--json"]).code(0).json();
    answer["events"].as_array().unwrap().clone()
}

/// What the file says, and what every line of it is.
#[track_caller]
fn written(home: &Home) -> Vec<Value> {
    let text = home.read(".inneros/history.jsonl");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect()
}

#[test]
fn starts_and_stops_are_told_with_who_did_it() {
    let home = Home::with_sleeper();
    let first = home.start();
    home.inneros(["daemon", "start"]).code(5);
    home.inneros(["daemon", "restart"]).code(0);
    home.inneros(["daemon", "stop"]).code(0);
    home.inneros(["daemon", "stop"]).code(3);

    let events = events(&home);

    assert_eq!(kinds(&events), ["started", "stopped", "started", "stopped"]);
    let by: Vec<&str> = events
        .iter()
        .map(|event| event["by"].as_str().unwrap())
        .collect();
    assert_eq!(
        by,
        ["start", "restart", "restart", "stop"].map(|verb| format!("inneros daemon {verb}"))
    );
    assert_eq!(events[0]["pid"], first);
    assert_eq!(events[0]["daemon"], "InnerOS");
    assert_eq!(
        fs::metadata(home.ours("history.jsonl")).unwrap().mode() & 0o777,
        0o600
    );
    let shown = home.inneros(["history"]);
    shown
        .code(0)
        .stdout_has("InnerOS  stopped by inneros daemon stop\n");
    assert_eq!(shown.stdout().lines().count(), 4);
}

#[test]
fn a_crash_that_nobody_saw_is_shown_at_once_and_written_down_by_the_next_who_acts() {
    let home = Home::with_daemon("echo no database >&2");
    let pid = home.start();
    wait_until("it has said why", || {
        home.read(".inneros/daemon.out").contains("database")
    });
    kill(pid);

    let before = home.files();
    assert_eq!(kinds(&events(&home)), ["started", "crashed"]);
    home.inneros(["daemon", "status"]).code(1);
    assert_eq!(home.files(), before, "looking has written");
    home.start();

    let written = written(&home);
    assert_eq!(kinds(&written), ["started", "crashed", "started"]);
    assert_eq!(written[1]["pid"], pid);
    assert_eq!(written[1]["reason"], "no database");
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has("1 crash in 24 h");
    let answer = home.inneros(["daemon", "status", "--json"]).json();
    assert_eq!(answer["crashes_24h"], 1);
}

#[test]
fn without_a_crash_status_says_nothing_of_it() {
    let home = Home::with_sleeper();
    home.start();

    let answer = home.inneros(["daemon", "status", "--json"]).json();

    assert_eq!(answer.get("crashes_24h"), None);
    assert!(!home.inneros(["daemon", "status"]).stdout().contains("24 h"));
}

#[test]
fn a_supervised_daemon_that_keeps_crashing_is_told_until_it_is_given_up() {
    let home = Home::with_daemon("echo no database >&2; exit 3")
        .setting("daemon.restart = 'on-failure'")
        .setting("daemon.restart_delay = '10ms'")
        .setting("daemon.restart_limit = 3");
    home.inneros(["daemon", "run"]).code(1);

    let events = events(&home);

    assert_eq!(
        kinds(&events),
        ["crashed", "crashed", "crashed", "given-up"]
    );
    for event in &events[..3] {
        assert_eq!(event["exit_code"], 3);
        assert_eq!(event["reason"], "no database");
    }
    let status = home.inneros(["daemon", "status"]);
    status.code(1).stdout_has("3 crashes in 24 h");
}

#[test]
fn fifty_crashes_in_a_row_are_fifty_events() {
    let home = Home::with_daemon("exit 3")
        .setting("daemon.restart = 'on-failure'")
        .setting("daemon.restart_delay = '0s'")
        .setting("daemon.restart_limit = 50");
    home.inneros(["daemon", "run"]).code(1);

    let written = written(&home);

    assert_eq!(
        written
            .iter()
            .filter(|event| event["event"] == "crashed")
            .count(),
        50
    );
    assert_eq!(kinds(&written).last(), Some(&"given-up"));
    home.inneros(["daemon", "status"])
        .stdout_has("50 crashes in 24 h");
}

#[test]
fn a_start_that_fails_by_hand_is_no_crash() {
    let home = Home::new().config(
        "daemon.command = ['sh', '-c', 'echo no database >&2; exit 3']\n\
         daemon.start_grace = '20s'\n",
    );
    home.inneros(["daemon", "start"]).code(1);

    let events = events(&home);

    assert_eq!(kinds(&events), ["failed"]);
    assert_eq!(events[0]["reason"], "no database");
    home.inneros(["history"])
        .stdout_has("InnerOS  did not start: exit code 3: no database");
}

#[test]
fn an_end_that_several_see_is_told_once() {
    let home = supervise::sleeper();
    let run = supervise::run(&home);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    let _watchers: Vec<Stranger> = (0..3)
        .map(|_| {
            let mut watch = home.command(["daemon", "status", "--watch"]);
            watch.stdout(Stdio::null()).stderr(Stdio::null());
            Stranger::running(&mut watch)
        })
        .collect();
    let mut killed = Vec::new();
    for _ in 0..3 {
        let pid = wait_for("another daemon runs", || {
            let answer = home.inneros(["daemon", "status", "--json"]).json();
            let pid = i32::try_from(answer["pid"].as_i64()?).ok()?;
            (answer["state"] == "running" && !killed.contains(&pid)).then_some(pid)
        });
        signal(pid, Signal::KILL);
        killed.push(pid);
    }
    wait_until("it runs again", || {
        home.inneros(["daemon", "status", "--json"]).json()["state"] == "running"
    });
    signal(supervise::process(&run), Signal::TERM);
    supervise::end(run).code(0);

    let written = written(&home);

    let mut seen: BTreeMap<(i64, &str), usize> = BTreeMap::new();
    for event in &written {
        let key = (
            event["pid"].as_i64().unwrap(),
            event["event"].as_str().unwrap(),
        );
        *seen.entry(key).or_default() += 1;
    }
    assert!(seen.values().all(|count| *count == 1), "{written:#?}");
    for pid in killed {
        assert!(
            seen.contains_key(&(pid.into(), "crashed")),
            "{pid}: {written:#?}"
        );
    }
    assert_eq!(kinds(&written).last(), Some(&"stopped"));
}

#[test]
fn runs_of_jobs_are_told_with_why_they_failed() {
    let home = Home::new().config(
        "[jobs.well]\ncommand = ['true']\n\
         [jobs.ill]\ncommand = ['sh', '-c', 'echo no disk >&2; exit 4']\n\
         [jobs.none]\ncommand = ['no-such-program']\n",
    );
    home.inneros(["job", "run", "well"]).code(0);
    home.inneros(["job", "run", "ill"]).code(4);
    home.inneros(["job", "run", "none"]).code(127);

    let events = events(&home);

    assert_eq!(kinds(&events), ["ran", "failed", "failed"]);
    assert_eq!(events[0]["job"], "well");
    assert_eq!(events[1]["exit_code"], 4);
    assert_eq!(events[1]["reason"], "no disk");
    assert!(
        events[2]["reason"]
            .as_str()
            .unwrap()
            .starts_with("not started: ")
    );
    let of_one = home.inneros(["history", "il*", "--json"]).json();
    assert_eq!(of_one["events"].as_array().unwrap().len(), 1);
    let last = home.inneros(["history", "-n", "2", "--json"]).json();
    assert_eq!(last["events"].as_array().unwrap().len(), 2);
    let none = home
        .inneros(["history", "--since", "2099-01-01", "--json"])
        .json();
    assert_eq!(none["message"], "no events");
    let unknown = home.inneros(["history", "wel"]);
    unknown
        .refused(4, "no daemon or job is called 'wel'")
        .stderr_has("did you mean `well`?");
}

#[test]
fn twenty_who_write_at_once_lose_nothing_and_double_nothing() {
    const WRITERS: usize = 20;
    const RUNS: usize = 10;
    let home = Home::new();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let script = format!(
                "for run in $(seq {RUNS}); do \"$0\" job run job{writer} -- true || exit 1; done"
            );
            let mut shell = Command::new("sh");
            shell.args(["-c", &script]).arg(home.program());
            home.at_home(&mut shell);
            shell.stdout(Stdio::piped()).stderr(Stdio::piped());
            shell.spawn().unwrap()
        })
        .collect();
    for writer in writers {
        Answer::from_child(writer, "writer".into()).code(0);
    }

    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    let mut ids = std::collections::BTreeSet::new();
    for event in written(&home) {
        *counted
            .entry(event["job"].as_str().unwrap().to_owned())
            .or_default() += 1;
        assert!(
            ids.insert(event["id"].as_str().unwrap().to_owned()),
            "{event} is told twice"
        );
    }
    assert_eq!(counted.len(), WRITERS);
    assert!(counted.values().all(|count| *count == RUNS), "{counted:?}");
}

#[test]
fn a_history_that_has_grown_too_long_begins_anew_and_keeps_its_predecessor() {
    let home = Home::with_sleeper();
    home.start();
    let line = home.read(".inneros/history.jsonl");
    let other = line.replace("InnerOS", "Other");
    let many = 1024 * 1024 / other.len() + 1;
    home.write(
        ".inneros/history.jsonl",
        format!("{line}{}", other.repeat(many)),
    );
    home.inneros(["daemon", "stop"]).code(0);

    let text = home.read(".inneros/history.jsonl");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.starts_with("{\"carried\":["), "{text}");
    let shown = home.inneros(["history", "InnerOS", "--json"]).json();
    let shown = shown["events"].as_array().unwrap().clone();
    assert_eq!(kinds(&shown), ["started", "stopped"]);
}

#[test]
fn what_follows_a_torn_line_is_told() {
    let home = Home::with_sleeper();
    home.start();
    let line = home.read(".inneros/history.jsonl");
    home.write(".inneros/history.jsonl", &line[..line.len() / 2]);

    home.inneros(["daemon", "stop"]).code(0);

    assert_eq!(kinds(&events(&home)), ["stopped"]);
}

#[test]
fn a_history_that_is_no_file_is_lost_and_nothing_else() {
    for (what, plant) in [
        ("a folder", "mkdir .inneros/history.jsonl"),
        ("a FIFO", "mkfifo .inneros/history.jsonl"),
        ("a link", "ln -s ../precious .inneros/history.jsonl"),
        (
            "a link that leads nowhere",
            "ln -s nowhere .inneros/history.jsonl",
        ),
        ("another name", "ln precious .inneros/history.jsonl"),
        (
            "a folder for the predecessor",
            "mkdir .inneros/history.jsonl.1",
        ),
    ] {
        let home = Home::with_sleeper();
        home.write("precious", "precious");
        home.shell(plant, [""; 0]).code(0);

        home.inneros(["daemon", "start"]).code(0);
        home.inneros(["daemon", "status"]).code(0);
        home.inneros(["daemon", "stop"]).code(0);
        home.inneros(["job", "run", "it", "--", "true"]).code(0);

        assert_eq!(home.read("precious"), "precious", "{what}");
        assert!(!home.has(".inneros/nowhere"), "{what}");
    }
}

#[test]
fn a_history_that_cannot_be_read_is_said() {
    let home = Home::new();
    fs::create_dir_all(home.ours("")).unwrap();
    symlink("/etc/passwd", home.ours("history.jsonl")).unwrap();

    home.inneros(["history"]).refused(1, "cannot read history");
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_full_disk_an_event_is_lost_and_no_operation() {
    let Some(disk) = Mounted::small_disk(Home::with_sleeper()) else {
        return;
    };
    disk.inneros(&["daemon", "start"]).code(0);
    disk.shell("cat /dev/zero > filler; true").code(0);

    disk.inneros(&["job", "run", "it", "--", "true"]).code(0);
    disk.inneros(&["daemon", "stop"]).code(0);

    disk.shell("rm filler").code(0);
    disk.inneros(&["daemon", "start"]).code(0);
    let history = disk.inneros(&["history", "--json"]).code(0).json();
    let history = history["events"].as_array().unwrap().clone();
    assert_eq!(kinds(&history).first(), Some(&"started"));
    assert_eq!(kinds(&history).last(), Some(&"started"));
    disk.inneros(&["daemon", "stop"]).code(0);
}

#[test]
fn events_are_shown_as_they_come() {
    let home = Home::with_sleeper();
    home.start();
    let mut follow = home.command(["history", "--follow", "--json"]);
    let follow = follow
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stranger = follow;
    let output = stranger.stdout.take().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(output));
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };

    assert_eq!(next()["event"], "started");
    home.inneros(["daemon", "stop"]).code(0);
    assert_eq!(next()["event"], "stopped");
    home.start();
    assert_eq!(next()["event"], "started");

    stranger.kill().unwrap();
    stranger.wait().unwrap();
}
