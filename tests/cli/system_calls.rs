//! What the program asks of the system, as strace(1) sees it: a status reads and no more,
//! and nothing looks through every process of the computer without need.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::home::Home;
use crate::process::{Stranger, kill, wait_until};
use crate::skip;
use crate::strace::{self, Call, there_is_strace, traced};

impl Call {
    /// Whether it could change a file, or reach a process.
    fn does_more_than_look(&self) -> bool {
        match self.name.as_str() {
            "open" | "openat" | "openat2" => {
                let flags = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"];
                flags.iter().any(|flag| self.arguments.contains(flag))
            }
            "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" => {
                !["1", "2"].contains(&self.argument(0))
            }
            "kill" | "tkill" | "pidfd_send_signal" | "rt_sigqueueinfo" => self.argument(1) != "0",
            "tgkill" | "rt_tgsigqueueinfo" => self.argument(2) != "0",
            name => [
                "creat",
                "unlink",
                "rename",
                "mkdir",
                "rmdir",
                "link",
                "symlink",
                "mknod",
                "chmod",
                "fchmod",
                "chown",
                "fchown",
                "lchown",
                "truncate",
                "ftruncate",
                "fallocate",
                "utime",
                "setxattr",
                "removexattr",
                "flock",
                "fsync",
                "fdatasync",
            ]
            .iter()
            .any(|call| name.starts_with(call)),
        }
    }

    /// The part of a path behind `/proc/` that it opens; nothing of `/proc` itself.
    fn opened_in_proc(&self) -> Option<&str> {
        if !self.name.starts_with("open") {
            return None;
        }
        let (_, path) = self.arguments.split_once("\"/proc")?;
        let path = path.split('"').next()?.trim_start_matches('/');
        path.split('/').next()
    }
}

fn names_of_more_than_looks(calls: &[Call]) -> BTreeSet<&str> {
    let more = calls.iter().filter(|call| call.does_more_than_look());
    more.map(|call| call.name.as_str()).collect()
}

fn opened_in_proc(calls: &[Call]) -> BTreeSet<&str> {
    calls.iter().filter_map(Call::opened_in_proc).collect()
}

/// Whether all processes were listed.
fn lists_processes(calls: &[Call]) -> bool {
    opened_in_proc(calls).contains("")
}

#[track_caller]
fn assert_only_looks(calls: &[Call]) {
    let more: Vec<&Call> = calls
        .iter()
        .filter(|call| call.does_more_than_look())
        .collect();
    assert!(more.is_empty(), "{more:#?}");
}

/// A home with a supervisor that runs its daemon.
fn supervised(home: Home) -> (Home, Stranger) {
    let mut run = home.command(["daemon", "run"]);
    run.stdout(Stdio::null()).stderr(Stdio::null());
    let supervisor = Stranger::running(&mut run);
    wait_until("the daemon runs", || {
        home.inneros(["daemon", "status", "--json"]).json()["state"] == "running"
    });
    (home, supervisor)
}

/// A home whose daemon has crashed with a port in its last words, at which we listen.
fn crashed_for_a_port() -> (Home, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let home = Home::with_daemon(&format!(
        "echo 'Address already in use: port {port}'; echo up > \"$HOME/ready\""
    ));
    kill(home.start_until_ready());
    (home, listener)
}

#[test]
fn status_writes_nothing_removes_nothing_and_signals_nobody() {
    if !there_is_strace() {
        return;
    }
    let stranger = Stranger::new();
    let running = Home::with_sleeper();
    running.start();
    let crashed = Home::with_sleeper();
    kill(crashed.start());
    let stopped = Home::with_sleeper();
    stopped.start();
    stopped.inneros(["daemon", "stop"]).code(0);
    let foreign = Home::with_daemon("");
    foreign.write_pid_file(stranger.pid());
    let damaged = Home::with_daemon("");
    damaged.write_pid_file("-1");
    let (supervised, _supervisor) = supervised(Home::with_sleeper());
    let waits = Home::with_sleeper()
        .setting("daemon.restart = 'on-failure'")
        .setting("daemon.restart_delay = '15m'");
    let (waits, _waiting) = self::supervised(waits);
    kill(waits.pid());
    let (without_port, _listener) = crashed_for_a_port();

    for (home, code) in [
        (running, 0),
        (crashed, 1),
        (stopped, 3),
        (Home::new(), 3),
        (foreign, 4),
        (damaged, 3),
        (supervised, 0),
        (waits, 1),
        (without_port, 1),
    ] {
        for arguments in [&["daemon", "status"][..], &["daemon", "status", "--json"]] {
            assert_only_looks(&traced(&home, code, arguments));
        }
    }
}

#[test]
fn nor_does_a_status_that_watches() {
    if !there_is_strace() {
        return;
    }
    let home = Home::with_sleeper().setting("tray.poll_interval = '250ms'");
    let pid = home.start();
    let looks = || {
        let stat = format!("\"/proc/{pid}/stat\"");
        let calls = strace::read(&home);
        calls
            .iter()
            .filter(|call| call.arguments.contains(&stat))
            .count()
    };
    let mut watch = strace::to_be_traced(&home, &["daemon", "status", "--watch"]);
    let mut watch = watch.spawn().unwrap();
    wait_until("it has looked again and again", || {
        home.path().with_file_name("trace").exists() && looks() > 5
    });
    watch.kill().unwrap();
    watch.wait().unwrap();

    assert_only_looks(&strace::read(&home));
}

/// Whoever saw it alive may write down how it ended, as whoever started it would; and nothing
/// else.
#[test]
fn a_status_that_watched_a_crash_writes_the_record_and_the_history_alone() {
    if !there_is_strace() {
        return;
    }
    let home = Home::with_sleeper().setting("tray.poll_interval = '250ms'");
    let pid = home.start();
    let calls = || strace::read(&home);
    let mut watch = strace::to_be_traced(&home, &["daemon", "status", "--watch"]);
    let mut watch = watch.spawn().unwrap();
    let stat = format!("\"/proc/{pid}/stat\"");
    wait_until("it has looked", || {
        home.path().with_file_name("trace").exists()
            && calls().iter().any(|call| call.arguments.contains(&stat))
    });
    kill(pid);
    wait_until("it has looked for the end", || {
        calls()
            .iter()
            .filter(|call| call.arguments.contains(&stat))
            .count()
            > 10
    });
    watch.kill().unwrap();
    watch.wait().unwrap();

    let calls = calls();
    let elsewhere: Vec<&Call> = calls
        .iter()
        .filter(|call| call.does_more_than_look() && call.arguments.contains('"'))
        .filter(|call| {
            let ours = ["daemon.lock", "daemon.json", "history.jsonl", "/.inneros\""];
            // What is written into a file that was opened names no path.
            !call.name.starts_with("write")
                && !ours.iter().any(|name| call.arguments.contains(name))
        })
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
    let signals = calls.iter().filter(|call| {
        (call.name.contains("kill") || call.name.contains("signal")) && call.does_more_than_look()
    });
    assert_eq!(signals.count(), 0);
}

#[test]
fn a_start_and_a_stop_are_seen_to_do_more() {
    if !there_is_strace() {
        return;
    }
    let home = Home::with_sleeper();

    let start = traced(&home, 0, &["daemon", "start"]);
    let stop = traced(&home, 0, &["daemon", "stop"]);

    let start = names_of_more_than_looks(&start);
    assert!(
        start.contains("openat") && start.contains("write"),
        "{start:?}"
    );
    let stop = names_of_more_than_looks(&stop);
    assert!(
        stop.iter().any(|name| name.starts_with("unlink")),
        "{stop:?}"
    );
    let signals = ["kill", "pidfd_send_signal"];
    assert!(signals.iter().any(|name| stop.contains(name)), "{stop:?}");
}

#[test]
fn among_3000_processes_status_looks_at_the_daemon_alone() {
    if !there_is_strace() {
        return;
    }
    let home = Home::with_sleeper();
    let pid = home.start().to_string();
    let Some(_crowd) = Crowd::of(3000) else {
        return;
    };

    let calls = traced(&home, 0, &["daemon", "status"]);

    let opened = opened_in_proc(&calls);
    let expected: BTreeSet<&str> = ["self", "sys", &pid].into();
    assert!(opened.contains(pid.as_str()), "{opened:?}");
    assert!(opened.is_subset(&expected), "{opened:?}");
}

#[test]
fn beside_the_daemon_status_looks_at_what_it_started_and_at_its_supervisor() {
    if !there_is_strace() {
        return;
    }
    let home = Home::with_daemon("sleep 300 & echo $! > \"$HOME/child\"; wait")
        .setting("daemon.restart = 'on-failure'")
        .setting("daemon.restart_delay = '15m'");
    let (home, supervisor) = supervised(home);
    let child = home.number_in("child").to_string();
    let (pid, supervisor) = (home.pid().to_string(), supervisor.pid().to_string());
    let all: BTreeSet<&str> = ["self", "sys", &pid, &child, &supervisor].into();

    let running = traced(&home, 0, &["daemon", "status"]);
    kill(home.pid());
    let waiting = traced(&home, 1, &["daemon", "status"]);

    let opened = opened_in_proc(&running);
    assert!(opened.is_subset(&all), "{opened:?}");
    assert!(opened.contains(child.as_str()), "{opened:?}");
    let opened = opened_in_proc(&waiting);
    assert!(opened.is_subset(&all), "{opened:?}");
    assert!(opened.contains(supervisor.as_str()), "{opened:?}");
}

#[test]
fn processes_are_listed_by_status_to_find_who_has_the_port_of_the_last_words() {
    if !there_is_strace() {
        return;
    }
    let (home, listener) = crashed_for_a_port();
    let us = std::process::id().to_string();

    let calls = traced(&home, 1, &["daemon", "status"]);

    assert!(lists_processes(&calls));
    assert!(opened_in_proc(&calls).contains(us.as_str()));
    // Nobody has it: nothing is looked for.
    drop(listener);
    let calls = traced(&home, 1, &["daemon", "status"]);
    assert!(!lists_processes(&calls));
}

#[test]
fn processes_are_listed_to_find_what_a_daemon_has_left_and_never_by_status() {
    if !there_is_strace() {
        return;
    }
    let home = Home::with_daemon("sleep 300 & echo up > \"$HOME/ready\"");
    kill(home.start_until_ready());

    for (verb, code, lists) in [("status", 1, false), ("stop", 3, true), ("start", 0, true)] {
        let calls = traced(&home, code, &["daemon", verb]);

        assert_eq!(lists_processes(&calls), lists, "{verb}");
    }
}

#[test]
fn processes_are_not_listed_where_no_daemon_can_have_left_any() {
    if !there_is_strace() {
        return;
    }
    let home = Home::with_sleeper();

    let start = traced(&home, 0, &["daemon", "start"]);

    assert!(!lists_processes(&start));
}

/// As a file system of another computer may answer (`flock(2)`): with the file it is closed.
#[test]
fn a_lock_that_cannot_be_let_go_of_is_let_go_of_with_its_process() {
    if !there_is_strace() {
        return;
    }
    let home = Home::with_sleeper();
    for operation in ["start", "restart", "stop"] {
        for nth in 2..=4 {
            let script = format!(
                "exec strace -qq -o /dev/null -e trace=flock \
                 -e inject=flock:error=EIO:when={nth} \"$@\""
            );

            let answer = home.shell(&script, ["daemon", operation]);

            let codes: &[i32] = match operation {
                "start" => &[0, 5],
                "restart" => &[0],
                _ => &[0, 3],
            };
            assert!(codes.contains(&answer.exit_code()), "flock {nth}: {answer}");
            assert!(!answer.stderr().contains("panicked"), "{answer}");
        }
    }
    home.inneros(["daemon", "start"]).code(0);
}

/// Processes that have nothing to do with any daemon. They are dead and not reaped, which
/// makes them cheap: whoever looks through the list of processes meets them all the same.
struct Crowd(Vec<Child>);

impl Crowd {
    /// Nothing, and a line that says why, where so many cannot be made.
    fn of(size: usize) -> Option<Self> {
        let mut crowd = Self(Vec::new());
        for _ in 0..size {
            match Command::new("true").stdin(Stdio::null()).spawn() {
                Ok(child) => crowd.0.push(child),
                Err(error) => {
                    let made = crowd.0.len();
                    skip::not_run(&format!("no more than {made} processes: {error}"));
                    return None;
                }
            }
        }
        Some(crowd)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.wait();
        }
    }
}
