//! How a daemon ended that was started by a command which has ended itself: whoever watched it
//! knows, and from then on everybody.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use crate::caller;
use crate::home::Home;
use crate::process::{is_alive, signal, wait_until};
use crate::skip::not_run;
use crate::strace::there_is_strace;

/// A daemon that ends as it is told in a file.
const ON_CALL: &str = "until [ -e \"$HOME/end\" ]; do sleep 0.02; done; exit $(cat \"$HOME/end\")";

/// `status --watch --json` of a home, which is ended with the test.
struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn of(home: &Home) -> Self {
        Self::by(home.command(["daemon", "status", "--watch", "--json"]))
    }

    fn by(mut watch: Command) -> Self {
        let mut child = watch.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A kernel older than Linux 6.15 tells of a zombie only, which on another day is reaped before
/// it can be looked at.
fn kernel_tells() -> bool {
    let release = rustix::system::uname();
    let release = release.release().to_string_lossy().into_owned();
    let numbers = release.split(['.', '-']).map(str::parse::<u32>);
    let version: Vec<u32> = numbers.map_while(Result::ok).take(2).collect();
    let tells = version >= vec![6, 15];
    if !tells {
        not_run(&format!(
            "Linux {release} does not tell how others' children end"
        ));
    }
    tells
}

/// Ends the daemon while it is watched, and returns what the watch says of it.
fn told_after(home: &Home, end: impl FnOnce(i32)) -> Value {
    let pid = home.start();
    let mut watch = Watch::of(home);
    assert_eq!(watch.next()["state"], "running");
    end(pid);
    let told = watch.next();
    wait_until("it is written down", || {
        let ended = home.record()["phase"]["ended"].is_object();
        // That of one that ended well goes.
        ended && home.has(".inneros/daemon.pid") == (told["state"] == "crashed")
    });
    told
}

#[test]
fn the_exit_code_of_a_watched_daemon_is_known_to_all() {
    if !kernel_tells() {
        return;
    }
    let home = Home::with_daemon(ON_CALL);

    let told = told_after(&home, |_| drop(home.write("end", "7")));

    assert_eq!(told["state"], "crashed", "{told}");
    assert_eq!(told["reason"], "ended with exit code 7", "{told}");
    home.inneros(["daemon", "status"])
        .code(1)
        .stdout_has("  reason     ended with exit code 7\n");
}

#[test]
fn the_signal_that_ended_a_watched_daemon_is_known_to_all() {
    if !kernel_tells() {
        return;
    }
    let home = Home::with_sleeper();

    let told = told_after(&home, |pid| signal(pid, Signal::KILL));

    assert_eq!(told["reason"], "ended by signal 9 (KILL)", "{told}");
    home.inneros(["daemon", "status"])
        .code(1)
        .stdout_has("ended by signal 9 (KILL)");
}

#[test]
fn a_watched_daemon_that_ends_well_has_not_crashed() {
    if !kernel_tells() {
        return;
    }
    let home = Home::with_daemon(ON_CALL);

    let told = told_after(&home, |_| drop(home.write("end", "0")));

    assert_eq!(told["state"], "stopped", "{told}");
    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("ended by itself with exit code 0");
}

/// One that puts itself in the background, and writes its own PID file.
#[test]
fn the_exit_code_of_a_daemon_that_forks_is_known() {
    if !kernel_tells() {
        return;
    }
    let script = format!(
        "if [ \"$1\" ]; then echo $$ > \"$HOME/.inneros/daemon.pid\"; {ON_CALL}; fi\n\
         setsid sh \"$0\" again & exit 0"
    );
    let home = Home::with_daemon(&script).setting("daemon.pid_file_owner = 'daemon'");

    let told = told_after(&home, |_| drop(home.write("end", "7")));

    assert_eq!(told["reason"], "ended with exit code 7", "{told}");
    home.inneros(["daemon", "status"])
        .code(1)
        .stdout_has("ended with exit code 7");
}

/// Nobody ever wrote a record of it.
#[test]
fn the_exit_code_of_a_daemon_that_another_tool_started_is_told_by_who_watched() {
    if !kernel_tells() {
        return;
    }
    let home = Home::with_daemon(ON_CALL);
    let mut shell = std::process::Command::new("sh");
    shell.args([
        "-c",
        "sh \"$HOME/daemon.sh\" & echo $! > \"$HOME/.inneros/daemon.pid\"; chmod 644 \"$HOME/.inneros/daemon.pid\"",
    ]);
    home.at_home(&mut shell);
    assert!(shell.status().unwrap().success());
    let mut watch = Watch::of(&home);
    assert_eq!(watch.next()["state"], "running");

    home.write("end", "7");

    let told = watch.next();
    assert_eq!(told["reason"], "ended with exit code 7", "{told}");
    home.inneros(["daemon", "status"])
        .code(1)
        .stdout_has("how it ended is not known");
}

/// Its parent never reaps it: how it ended is read off the zombie.
#[test]
fn the_exit_code_of_a_zombie_is_known() {
    let home = Home::with_daemon(ON_CALL);
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "\"$@\" > /dev/null; exec sleep 300", "sh"])
        .arg(home.program())
        .args(["daemon", "start"]);
    home.at_home(&mut shell);
    let mut parent = caller::adopting_orphans(&mut shell).spawn().unwrap();
    wait_until("the start is over", || {
        home.has(".inneros/daemon.json") && home.record()["phase"] == "running"
    });
    let mut watch = Watch::of(&home);
    assert_eq!(watch.next()["state"], "running");

    home.write("end", "7");

    let told = watch.next();
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert_eq!(told["reason"], "ended with exit code 7", "{told}");
}

/// `daemon run` goes on with a daemon that somebody else started: it is not its child.
#[test]
fn a_supervisor_knows_how_a_daemon_ended_that_somebody_else_started() {
    if !kernel_tells() {
        return;
    }
    let home = Home::with_daemon(ON_CALL)
        .setting("daemon.restart = 'on-failure'")
        .setting("daemon.restart_delay = '15m'");
    let mut run = home.command(["daemon", "run"]);
    let mut run = run.stderr(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(run.stderr.take().unwrap());
    wait_until("it is supervised", || {
        home.has(".inneros/daemon.json") && home.record()["phase"] == "running"
    });
    let first = home.pid();
    home.inneros(["daemon", "restart"]).code(0);
    assert!(!is_alive(first));
    let second = format!("pid {}", home.pid());
    let mut said = said.lines();
    assert!(said.any(|line| line.unwrap().contains(&second)));

    home.write("end", "7");

    wait_until("it is to be started again", || {
        home.record()["phase"]["backoff"].is_object()
    });
    home.inneros(["daemon", "status"])
        .code(1)
        .stdout_has("ended with exit code 7; starts again at");
    home.inneros(["daemon", "stop"]).code(0);
    run.wait().unwrap();
}

/// As kernels before Linux 6.13 answer, and those that know the question by another number.
#[test]
fn a_kernel_that_does_not_tell_makes_no_other_end_of_it() {
    if !there_is_strace() {
        return;
    }
    for error in ["ENOTTY", "EINVAL"] {
        let home = Home::with_daemon(ON_CALL);
        home.start();
        let mut watch = Command::new("strace");
        watch
            .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=ioctl", "-e"])
            .arg(format!("inject=ioctl:error={error}"))
            .arg(home.program())
            .args(["daemon", "status", "--watch", "--json"]);
        home.at_home(&mut watch);
        let mut watch = Watch::by(watch);
        assert_eq!(watch.next()["state"], "running");

        home.write("end", "7");

        let told = watch.next();
        assert_eq!(told["state"], "crashed", "{told}");
        // A zombie tells it all the same, to whoever comes in time.
        let reason = told["reason"].as_str().unwrap();
        assert!(
            reason.ends_with("how it ended is not known") || reason == "ended with exit code 7",
            "{error}: {reason}"
        );
    }
}
