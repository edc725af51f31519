//! `inneros job run`

use std::thread;

use rustix::process::Signal;

use super::{home, job, listed};
#[cfg(target_os = "linux")]
use crate::caller;
use crate::home::Home;
use crate::process::{is_alive, kill, signal, wait_until};

fn with_job(command: &str) -> Home {
    home().config(&format!("[jobs.it]\ncommand = ['sh', '-c', '{command}']\n"))
}

#[test]
fn the_exit_code_is_passed_on_and_recorded() {
    let home = with_job("echo bye; exit 7");

    job(&home, &["run", "it"])
        .code(7)
        .stdout_has("it: failed with exit code 7")
        .stdout_has("  | bye");

    let it = listed(&home, "it");
    assert_eq!(
        (&it["result"], &it["exit_code"]),
        (&"failed".into(), &7.into())
    );
    job(&home, &["logs", "it"]).code(0).stdout_is("bye\n");
    let json = job(&home, &["run", "it", "--json"]).code(7).json();
    assert_eq!(json["last_lines"][0], "bye");
}

#[test]
fn a_run_that_goes_well_prints_nothing_for_cron_to_mail() {
    let home = with_job("echo hi");

    job(&home, &["run", "it"])
        .code(0)
        .stdout_is("")
        .stderr_is("");

    assert_eq!(listed(&home, "it")["result"], "ok");
    assert!(listed(&home, "it")["succeeded_at"].is_string());
}

#[test]
fn who_wants_to_hear_of_each_run_does() {
    let home = with_job("true").setting("notify = 'always'");
    job(&home, &["run", "it"]).code(0).stdout_has("it: ok");

    let home = with_job("false").setting("notify = 'never'");
    job(&home, &["run", "it"]).code(1).stdout_is("");
}

#[test]
fn a_signal_is_told_as_a_shell_tells_it() {
    let home = with_job("kill -9 $$");

    job(&home, &["run", "it"])
        .code(137)
        .stdout_has("signal 9 (KILL)");

    assert_eq!(listed(&home, "it")["signal"], 9);
}

#[test]
fn a_command_that_is_missing_is_recorded() {
    let home = home().config("[jobs.it]\ncommand = ['nosuch']\n");

    job(&home, &["run", "it"])
        .code(127)
        .stdout_has("cannot find program 'nosuch'");

    let it = listed(&home, "it");
    assert_eq!(it["result"], "not-started");
    assert!(it["reason"].as_str().unwrap().contains("nosuch"));
}

#[test]
fn a_job_that_takes_too_long_is_ended_with_its_group() {
    let home = with_job("sleep 300 & echo $! > child; wait").setting("timeout = '300ms'");

    job(&home, &["run", "it"])
        .code(124)
        .stdout_has("took too long");

    let child = home.number_in("child");
    wait_until("its child is gone", || !is_alive(child));
    assert_eq!(listed(&home, "it")["result"], "timed-out");
}

#[test]
fn a_line_of_a_crontab_is_run_as_it_stands() {
    let home = home();
    let script = "cd $HOME; printf 'a\\nb\\n' | \"$0\" job run it -- sh -c 'wc -l; pwd; exit 4'";

    home.shell("prog=$1; shift; exec sh -c \"$1\" \"$prog\"", [script])
        .code(4);

    let shown = job(&home, &["logs", "it"]).code(0).stdout().to_owned();
    assert_eq!(shown.split_whitespace().next(), Some("2"));
    assert!(
        shown.contains(&home.path().display().to_string()),
        "{shown}"
    );
    assert_eq!(listed(&home, "it")["exit_code"], 4);
}

#[test]
fn no_two_runs_go_at_once() {
    let home = with_job("mkdir busy || echo twice >> twice; rmdir busy");

    let codes: Vec<i32> = thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let run = || home.inneros(["job", "run", "it"]).exit_code();
                    (0..125).map(|_| run()).collect::<Vec<i32>>()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });

    assert!(!home.has("twice"));
    assert!(codes.iter().all(|code| [0, 5].contains(code)), "{codes:?}");
    assert!(codes.contains(&0) && codes.contains(&5));
}

#[test]
fn a_job_whose_wrapper_was_killed_keeps_the_next_run_out() {
    let home = with_job("echo $$ > pid; sleep 300");
    let mut wrapper = home.command(["job", "run", "it"]).spawn().unwrap();
    let pid = home.number_in("pid");

    kill(wrapper.id().try_into().unwrap());
    wrapper.wait().unwrap();

    assert_eq!(listed(&home, "it")["result"], "running");
    job(&home, &["run", "it"]).refused(5, &format!("already running (pid {pid})"));
    kill(pid);
    wait_until("it is gone", || listed(&home, "it")["result"] != "running");
    assert_eq!(listed(&home, "it")["result"], "unknown");
    job(&home, &["list"]).code(4).stdout_has("not known");
}

#[test]
fn a_run_that_fails_is_told_of_whoever_started_it() {
    let home = with_job("exit 3");
    let by_somebody_else = ["run", "elsewhere", "--", "sh", "-c", "exit 4"];

    job(&home, &["run", "it"]).code(3);
    job(&home, &by_somebody_else).code(4);

    for name in ["it", "elsewhere"] {
        job(&home, &["status", name]).code(1);
        job(&home, &["acknowledge", name]).code(0);
    }
    job(&home, &["list"]).code(0);
    job(&home, &["run", "it"]).code(3);
    job(&home, &["list"]).code(1);
    // Whoever switches it off knows that it failed.
    job(&home, &["disable", "it"]).code(0);
    job(&home, &["list"]).code(0);
}

#[test]
fn a_signal_is_handed_on() {
    let home =
        with_job("trap \"echo asked; exit 9\" TERM; echo $$ > pid; while :; do sleep 0.05; done");
    let mut wrapper = home.command(["job", "run", "it"]).spawn().unwrap();
    home.number_in("pid");

    signal(wrapper.id().try_into().unwrap(), Signal::TERM);

    assert_eq!(wrapper.wait().unwrap().code(), Some(9));
    job(&home, &["logs", "it"]).stdout_has("asked");
}

#[cfg(target_os = "linux")]
#[test]
fn the_end_of_a_job_is_heard_whatever_the_caller_blocks() {
    let home = with_job("echo $$ > pid; sleep 300");
    let mut run = home.command(["job", "run", "it"]);
    caller::with_blocked(&mut run, &[libc::SIGCHLD]);
    let mut wrapper = run.spawn().unwrap();
    let pid = home.number_in("pid");

    let status = std::fs::read_to_string(format!("/proc/{}/status", wrapper.id())).unwrap();

    assert!(status.contains("SigBlk:\t0000000000000000"), "{status}");
    kill(pid);
    assert_eq!(wrapper.wait().unwrap().code(), Some(137));
}

#[test]
fn the_output_is_kept_short() {
    let home = with_job("yes | head -c 3000000");

    for _ in 0..3 {
        job(&home, &["run", "it"]).code(0);
    }

    let length = |name: &str| std::fs::metadata(home.ours(name)).unwrap().len();
    assert!(length("jobs/it.out") <= 3_000_000);
    assert!(length("jobs/it.out.1") <= 3_000_000);
}

#[test]
fn a_job_that_nobody_knows_is_not_run() {
    let home = with_job("true");

    job(&home, &["run", "its"])
        .refused(4, "no job is called 'its'")
        .stderr_has("put the command behind `--`");
    job(&home, &["run", "It"]).code(2).stderr_has("lower-case");
}

#[test]
fn a_job_that_is_held_back_does_not_run() {
    let home = with_job("touch ran").setting("schedule = '@daily'");
    job(&home, &["disable", "it", "--for", "2h"])
        .code(0)
        .stdout_has("it: disabled until ");

    job(&home, &["run", "it"]).code(0).stdout_is("");

    assert!(!home.has("ran"));
    let json = job(&home, &["run", "it", "--json"]).code(0).json();
    assert_eq!(json["ran"], false);
    job(&home, &["run", "it", "--force"]).code(0);
    assert!(home.has("ran"));
}
