//! Hooks: each event once, one at a time, and nobody waits for them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::{signal, wait_for, wait_until};
use crate::skip::not_run;
use crate::supervise;

/// A home whose hook is this script.
fn home_with(script: &str) -> Home {
    let home = Home::with_sleeper().setting("hooks.command = ['~/hook']");
    home.write_program("hook", &format!("#!/bin/sh\n{script}\n"));
    home
}

/// What the hook was told so far.
fn told(home: &Home) -> Vec<Value> {
    let text = fs::read_to_string(home.path().join("told")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[track_caller]
fn wait_until_told(home: &Home, events: &[&str]) {
    let mut seen = Vec::new();
    let as_expected = || {
        seen = told(home);
        seen.iter()
            .map(|event| event["event"].as_str().unwrap())
            .eq(events.iter().copied())
    };
    wait_until(&format!("it is told {events:?}"), as_expected);
}

#[test]
fn each_event_is_told_once_on_standard_input() {
    let home = home_with("[ $# = 0 ] && cat >> \"$HOME/told\"");
    home.start();
    home.inneros(["daemon", "stop"]).code(0);
    home.inneros(["job", "run", "it", "--", "false"]).code(1);

    wait_until_told(&home, &["started", "stopped", "failed"]);

    home.inneros(["hooks"]).code(0).stdout_is("no new events\n");
    assert_eq!(told(&home).len(), 3);
    assert_eq!(told(&home)[2]["job"], "it");
}

#[test]
fn a_run_tells_what_happens_to_its_daemon() {
    let home = home_with("cat >> \"$HOME/told\"").setting("daemon.restart = 'on-failure'");
    let run = supervise::run(&home);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    wait_until_told(&home, &["started"]);
    signal(home.pid(), Signal::KILL);
    wait_until_told(&home, &["started", "crashed", "started"]);
    signal(supervise::process(&run), Signal::TERM);
    supervise::end(run).code(0);

    wait_until_told(&home, &["started", "crashed", "started", "stopped"]);
}

#[test]
fn a_hook_that_cannot_be_run_or_fails_costs_nothing() {
    for script in [None, Some("exit 3"), Some("kill -9 $$")] {
        let home = match script {
            Some(script) => home_with(script),
            None => Home::with_sleeper().setting("hooks.command = ['~/no-such-hook']"),
        };

        home.inneros(["daemon", "start"]).code(0).stderr_is("");
        home.inneros(["daemon", "stop"]).code(0).stderr_is("");
        wait_until("all is told", || {
            home.inneros(["hooks", "--json"]).json()["told"] == 0
        });
    }
    let home = home_with("");
    home.mode("hook", 0o600);
    home.inneros(["daemon", "start"]).code(0).stderr_is("");
    home.inneros(["doctor"]).stdout_has("hooks");
}

#[test]
fn a_hook_that_hangs_is_killed_with_what_it_has_made_and_the_next_is_told() {
    let home = home_with(
        "cat >> \"$HOME/told\"\n\
         [ -f \"$HOME/once\" ] && exit\n\
         touch \"$HOME/once\"\ntrap '' TERM\nsleep 300 & echo $! > \"$HOME/child\"\nwait\nsleep 300",
    );
    let begin = Instant::now();
    home.start();
    home.inneros(["daemon", "stop"]).code(0);
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "the commands have waited for it"
    );

    wait_until_told(&home, &["started", "stopped"]);
    let child = home.number_in("child");
    wait_until("what it made is gone", || !crate::process::is_alive(child));
}

#[test]
fn a_hook_that_writes_without_end_and_forks_is_over_with_itself() {
    let home = home_with(
        "cat >> \"$HOME/told\"\nhead -c 1000000000 /dev/zero\nsleep 300 & echo $! > \"$HOME/child\"",
    );
    home.start();

    let child = home.number_in("child");
    wait_until("what it left is gone", || !crate::process::is_alive(child));
    wait_until_told(&home, &["started"]);
}

#[test]
fn of_twenty_at_once_each_is_told_once_and_no_two_go_at_once() {
    let home = home_with(
        "mkdir \"$HOME/busy\" || echo twice >> \"$HOME/told-twice\"\n\
         cat >> \"$HOME/told\"\nrmdir \"$HOME/busy\"",
    );
    let runs: Vec<_> = (0..20)
        .map(|number| {
            let mut run = home.command(["job", "run", &format!("job{number}"), "--", "true"]);
            run.stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for run in runs {
        Answer::from_child(run, "run".into()).code(0);
    }

    wait_until("all are told", || told(&home).len() >= 20);
    let jobs: BTreeSet<String> = told(&home)
        .iter()
        .map(|event| event["job"].to_string())
        .collect();
    assert_eq!((jobs.len(), told(&home).len()), (20, 20));
    assert!(!home.has("told-twice"));
}

#[test]
fn the_heartbeat_asks_its_url_and_nobody_else_hears_of_it() {
    if std::process::Command::new("curl")
        .arg("--version")
        .output()
        .is_err()
    {
        not_run("curl is not here");
        return;
    }
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret-token", server.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (mut question, _) = server.accept().unwrap();
        let mut line = String::new();
        BufReader::new(question.try_clone().unwrap())
            .read_line(&mut line)
            .unwrap();
        question
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        line
    });
    let home = Home::with_sleeper().setting("heartbeat.file = '~/beat'");
    home.write("beat", format!("{url}\n"));
    home.mode("beat", 0o600);
    // A curl that notes how it is called.
    home.write_program(
        "tools/curl",
        "#!/bin/sh\necho \"$*\" > \"$HOME/called\"\nPATH=${PATH#*:} exec curl \"$@\"\n",
    );
    let mut run = home.command(["daemon", "-v", "run"]);
    let path = std::env::var("PATH").unwrap();
    run.env(
        "PATH",
        format!("{}:{path}", home.path().join("tools").display()),
    );
    let run = run
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();

    assert_eq!(asked.join().unwrap(), "GET /secret-token HTTP/1.1\r\n");

    signal(supervise::process(&run), Signal::TERM);
    let answer = supervise::end(run);
    answer.code(0);
    assert!(!home.read("called").contains("secret-token"));
    let shown =
        home.inneros(["page"]).stdout().to_owned() + home.inneros(["config", "show"]).stdout();
    let said = format!("{answer}{shown}{}", home.inneros(["doctor"]));
    assert!(!said.contains("secret-token"), "{said}");
}

#[test]
fn a_url_that_others_could_read_is_not_sent_and_that_is_said() {
    for (content, mode, why) in [
        ("http://127.0.0.1:1/", 0o644, "others can read it"),
        ("ftp://127.0.0.1/", 0o600, "does not hold a URL"),
        (
            "http://127.0.0.1:1/\"\nurl = x",
            0o600,
            "does not hold a URL",
        ),
    ] {
        let home = Home::with_sleeper().setting("heartbeat.file = '~/beat'");
        home.write("beat", content);
        home.mode("beat", mode);
        let run = supervise::run(&home);
        wait_for("it runs", || home.has(".inneros/daemon.pid").then_some(()));
        signal(supervise::process(&run), Signal::TERM);

        supervise::end(run).code(0).stderr_has(why);
        home.inneros(["doctor"]).stdout_has(why);
    }
}
