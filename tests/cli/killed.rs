//! The command line killed at any moment of a start and of a stop: at most one daemon
//! lives on, it is known, and the next command goes on from there.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::home::Home;
use crate::random::Random;

/// Each system call is tried besides: see `at_each_system_call`.
const KILLS: u64 = 50;

/// A daemon that takes some milliseconds to end, in which whoever asked it may be killed,
/// and that is one process all the while.
const SLOW_TO_END: &str = "trap 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; exit 0' TERM\n\
    read -r line <> \"$HOME/never\"";

#[test]
fn a_start_that_is_killed_at_any_moment_leaves_nothing_unknown() {
    let home =
        Home::new().config("daemon.command = ['sleep', '300']\ndaemon.start_grace = '5ms'\n");
    let mut moments = Moments::within(longest(&home, "start"));
    for round in 0..KILLS {
        kill_at(&home, "start", moments.next());

        let left = home.known_daemon();
        if round % 2 == 0 {
            let code = if left.is_some() { 5 } else { 0 };
            home.inneros(["daemon", "start"]).code(code);
            assert_eq!(home.processes().len(), 1);
            home.inneros(["daemon", "stop"]).code(0);
        } else {
            let code = if left.is_some() { 0 } else { 3 };
            home.inneros(["daemon", "stop"]).code(code);
        }
        assert_stopped(&home);
    }
    assert_nothing_piles_up(&home);
}

#[test]
fn a_stop_that_is_killed_at_any_moment_leaves_nothing_unknown() {
    let home = Home::with_daemon(SLOW_TO_END);
    let never = home.path().join("never");
    assert!(
        Command::new("mkfifo")
            .arg(never)
            .status()
            .unwrap()
            .success()
    );
    let mut moments = Moments::within(longest(&home, "stop"));
    for round in 0..KILLS {
        home.inneros(["daemon", "start", "--wait", "0.005"]).code(0);

        kill_at(&home, "stop", moments.next());

        // One that was asked to end may do so between two looks.
        home.known_daemon();
        if round % 2 == 0 {
            let start = home.inneros(["daemon", "start", "--wait", "0.005"]);
            assert!(start.has_code(0) || start.has_code(5), "{start}");
            assert!(home.processes().len() <= 1);
        }
        let stop = home.inneros(["daemon", "stop"]);
        assert!(stop.has_code(0) || stop.has_code(3), "{stop}");
        assert_stopped(&home);
    }
    assert_nothing_piles_up(&home);
}

/// Every kind of system call of each of the four, and of each kind the first and the last of
/// them and those between.
#[cfg(target_os = "linux")]
mod at_each_system_call {
    use std::process::Child;

    use super::{Home, assert_nothing_piles_up, assert_stopped};
    use crate::answer::Answer;
    use crate::process::wait_until;
    use crate::strace::{Moment, moments, read, there_is_strace, to_be_traced, traced};

    /// Of a call that is made more often, so many times are tried.
    const MOST: usize = 8;
    const KILL: &str = "signal=SIGKILL";

    /// Where it is the daemon that is killed before it runs its command, strace takes its time to
    /// let it end: the grace time is long enough for the start to see that.
    fn home() -> Home {
        Home::new().config("daemon.command = ['sleep', '300']\ndaemon.start_grace = '100ms'\n")
    }

    /// Kills an operation at each of its moments. What has run before is nothing to the next:
    /// each begins where the daemon `runs`, or does not.
    fn kill_at_each_moment(verb: &str, runs: bool) {
        if !there_is_strace() {
            return;
        }
        let home = home();
        let prepare = || {
            if runs {
                home.inneros(["daemon", "start"]).code(0);
            }
        };
        prepare();
        let calls = traced(&home, 0, &["daemon", verb]);
        // Whatever that has left.
        let stop = home.inneros(["daemon", "stop"]);
        assert!(stop.has_code(0) || stop.has_code(3), "{stop}");
        let mut killed = 0;
        for (round, moment) in moments(&calls, MOST).iter().enumerate() {
            prepare();

            let answer = Answer::of(moment.with(KILL, &home, &["daemon", verb]));

            killed += u32::from(!answer.has_code(0));
            at(moment, || home.known_daemon());
            // One that was asked to end may do so between two looks.
            if round % 2 == 0 {
                let start = home.inneros(["daemon", "start"]);
                assert!(
                    start.has_code(0) || start.has_code(5),
                    "{moment:?}: {start}"
                );
                assert!(home.processes().len() <= 1, "{moment:?}");
            }
            let stop = home.inneros(["daemon", "stop"]);
            assert!(stop.has_code(0) || stop.has_code(3), "{moment:?}: {stop}");
            at(moment, || assert_stopped(&home));
        }
        assert!(killed > 50, "only {killed} were killed");
        assert_nothing_piles_up(&home);
    }

    #[test]
    fn a_start_leaves_nothing_unknown() {
        kill_at_each_moment("start", false);
    }

    #[test]
    fn a_stop_leaves_nothing_unknown() {
        kill_at_each_moment("stop", true);
    }

    #[test]
    fn a_restart_leaves_nothing_unknown() {
        kill_at_each_moment("restart", true);
    }

    #[test]
    fn a_run_leaves_nothing_unknown() {
        if !there_is_strace() {
            return;
        }
        let home = home();
        let run = ["daemon", "run"];
        end_of(&home, &mut to_be_traced(&home, &run).spawn().unwrap());
        for moment in &moments(&read(&home), MOST) {
            let mut child = moment.with(KILL, &home, &run).spawn().unwrap();

            at(moment, || end_of(&home, &mut child));

            at(moment, || assert_stopped(&home));
        }
        assert_nothing_piles_up(&home);
    }

    /// Lets a run come as far as it does, and stops the daemon, which ends the run, too.
    #[track_caller]
    fn end_of(home: &Home, run: &mut Child) {
        wait_until("the daemon runs, or its supervisor is gone", || {
            let status = home.inneros(["daemon", "status", "--json"]).json();
            run.try_wait().unwrap().is_some() || status["state"] == "running"
        });
        let stop = home.inneros(["daemon", "stop"]);
        assert!(stop.has_code(0) || stop.has_code(3), "{stop}");
        run.wait().unwrap();
    }

    /// Says at which moment it was, where it fails.
    fn at<T>(moment: &Moment, check: impl FnOnce() -> T) -> T {
        let check = std::panic::AssertUnwindSafe(check);
        std::panic::catch_unwind(check).unwrap_or_else(|_| panic!("at {moment:?}"))
    }
}

/// How long a start or a stop takes that is not killed.
fn longest(home: &Home, verb: &str) -> Duration {
    let time = |verb| {
        let begin = Instant::now();
        home.inneros(["daemon", verb]).code(0);
        begin.elapsed()
    };
    let pairs = (0..5).map(|_| [("start", time("start")), ("stop", time("stop"))]);
    let times = pairs.flatten().filter(|(timed, _)| *timed == verb);
    times.map(|(_, time)| time).max().unwrap()
}

fn kill_at(home: &Home, verb: &str, moment: Duration) {
    let mut command = home.command(["daemon", verb]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut command = command.spawn().unwrap();
    thread::sleep(moment);
    command.kill().unwrap();
    command.wait().unwrap();
}

#[track_caller]
fn assert_stopped(home: &Home) {
    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("InnerOS is not running\n");
    assert_eq!(home.processes(), [0; 0]);
    assert!(!home.has(".inneros/daemon.pid"), "a PID file was left");
}

/// What a killed command was writing is replaced by whoever writes next.
#[track_caller]
fn assert_nothing_piles_up(home: &Home) {
    home.start();
    home.inneros(["daemon", "stop"]).code(0);

    let mut names: Vec<_> = fs::read_dir(home.ours(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = ["config.toml", "daemon.lock", "daemon.out", "history.jsonl"];
    assert_eq!(names, expected);
}

/// Random moments of an operation.
struct Moments {
    random: Random,
    most: Duration,
}

impl Moments {
    fn within(most: Duration) -> Self {
        Self {
            random: Random::new(),
            most,
        }
    }

    fn next(&mut self) -> Duration {
        let nanos = u64::try_from(self.most.as_nanos()).unwrap().max(1);
        Duration::from_nanos(self.random.below(nanos))
    }
}
