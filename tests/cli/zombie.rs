//! A daemon that has ended, and a parent that never reaps it.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::caller;
use crate::home::Home;
use crate::process::{signal, state, wait_until};

/// A started daemon, and what adopted it: a process that never reaps.
struct Unreaped {
    daemon: i32,
    parent: Child,
}

impl Unreaped {
    fn start(home: &Home) -> Self {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "\"$@\" > /dev/null; exec sleep 300", "sh"])
            .arg(home.program())
            .args(["daemon", "start"]);
        home.at_home(&mut shell);
        shell.stdout(Stdio::null());
        let parent = caller::adopting_orphans(&mut shell).spawn().unwrap();
        wait_until("the start is over", || {
            home.has(".inneros/daemon.json") && home.record()["phase"] == "running"
        });
        let daemon = home.pid();
        let parent_pid = i32::try_from(parent.id()).unwrap();
        wait_until("the daemon was adopted by what never reaps", || {
            let name = fs::read_to_string(format!("/proc/{parent_pid}/comm")).unwrap();
            parent_of(daemon) == Some(parent_pid) && name == "sleep\n"
        });
        Self { daemon, parent }
    }

    /// Kills the daemon. That the zombie is still there at the end of the test shows
    /// that nothing has waited for it to be reaped.
    fn killed(home: &Home) -> Self {
        let unreaped = Self::start(home);
        signal(unreaped.daemon, Signal::KILL);
        wait_until("it is a zombie", || state(unreaped.daemon) == Some('Z'));
        unreaped
    }

    #[track_caller]
    fn assert_still_a_zombie(&self) {
        assert_eq!(state(self.daemon), Some('Z'));
    }
}

impl Drop for Unreaped {
    fn drop(&mut self) {
        let _ = self.parent.kill();
        let _ = self.parent.wait();
    }
}

fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(1)?.parse().ok()
}

#[test]
fn a_zombie_has_crashed() {
    // Longer than a status takes on a busy machine, and shorter than any wait.
    const SOON: Duration = Duration::from_secs(2);
    let home = Home::with_sleeper();
    let unreaped = Unreaped::start(&home);
    signal(unreaped.daemon, Signal::KILL);

    // From the kill on, for whatever comes between.
    wait_until("it is a zombie", || {
        let was_a_zombie = state(unreaped.daemon) == Some('Z');
        let begin = Instant::now();

        let status = home.inneros(["daemon", "status", "--json"]);

        let took = begin.elapsed();
        assert!(took < SOON, "it took {took:?}: {status}");
        let answer = status.json();
        if was_a_zombie {
            assert_eq!(status.code(1).json()["state"], "crashed");
        } else {
            assert!(["running", "crashed"].contains(&answer["state"].as_str().unwrap()));
        }
        was_a_zombie
    });
    unreaped.assert_still_a_zombie();
}

#[test]
fn a_zombie_without_a_record_has_crashed() {
    let home = Home::with_sleeper();
    let zombie = Unreaped::killed(&home);
    fs::remove_file(home.ours("daemon.json")).unwrap();

    home.inneros(["daemon", "status"]).code(1);
    home.inneros(["daemon", "start"]).code(0);

    zombie.assert_still_a_zombie();
}

#[test]
fn a_start_does_not_wait_for_a_zombie() {
    for operation in ["start", "restart"] {
        let home = Home::with_sleeper();
        let zombie = Unreaped::killed(&home);

        let start = home.inneros(["daemon", operation, "--json"]);

        assert_ne!(start.code(0).json()["pid"], zombie.daemon);
        zombie.assert_still_a_zombie();
    }
}

#[test]
fn a_stop_finds_a_zombie_gone() {
    for arguments in [&["daemon", "stop"][..], &["daemon", "stop", "--force"]] {
        let home = Home::with_sleeper();
        let zombie = Unreaped::killed(&home);

        home.inneros(arguments)
            .refused(3, "not running (a PID file left by a crash was removed)");

        zombie.assert_still_a_zombie();
        home.inneros(["daemon", "status"]).code(3);
    }
}

#[test]
fn a_stop_is_over_when_the_daemon_is_a_zombie() {
    for (script, arguments) in [
        ("", &["daemon", "stop"][..]),
        (
            "trap '' TERM",
            &["daemon", "stop", "--force", "--timeout", "0.2"],
        ),
    ] {
        let home = Home::with_daemon(&format!("{script}\necho up > \"$HOME/ready\""));
        let daemon = Unreaped::start(&home);
        wait_until("the daemon is ready", || home.has("ready"));

        home.inneros(arguments).code(0);

        daemon.assert_still_a_zombie();
        assert!(!home.has(".inneros/daemon.pid"));
    }
}
