//! Nothing new starts beside what is left of the old daemon: its whole session is gone first.

use std::process::{Command, Stdio};

use crate::home::Home;
use crate::process::{Stranger, is_alive, kill, signal, state, wait_until};

/// A shell that runs the real program and does not pass SIGTERM on, as `npm` does.
const WRAPPER: &str = "sh -c 'echo $$ >> \"$HOME/programs\"; exec sleep 300'; true";

/// A member that ignores SIGTERM.
const STUBBORN: &str = "sh -c 'trap \"\" TERM; echo $$ > \"$HOME/child\"; exec sleep 300' &\n\
     while [ ! -s \"$HOME/child\" ]; do sleep 0.02; done; echo up > \"$HOME/ready\"";

fn wrapper() -> Home {
    Home::new().config(&format!(
        "daemon.command = ['sh', '-c', '''{WRAPPER}''']\ndaemon.start_grace = '100ms'\n"
    ))
}

fn stubborn() -> Home {
    Home::with_daemon(STUBBORN).setting("daemon.stop_timeout = '100ms'")
}

/// The programs that the wrapper has run and that are alive.
fn programs(home: &Home) -> Vec<i32> {
    wait_until("a program runs", || home.has("programs"));
    home.read("programs")
        .lines()
        .map(|pid| pid.parse().unwrap())
        .filter(|pid| is_alive(*pid))
        .collect()
}

fn one_program_runs(home: &Home) {
    wait_until("one program runs", || programs(home).len() == 1);
    // The shell and what it runs.
    assert_eq!(home.processes().len(), 2, "{:?}", home.processes());
}

/// A member of a session that was started meanwhile, or a stranger's.
fn child_of(home: &Home) -> i32 {
    home.number_in("child")
}

#[test]
fn each_restart_of_a_wrapper_leaves_one_program() {
    let home = wrapper();
    home.start();
    for _ in 0..3 {
        one_program_runs(&home);
        home.inneros(["daemon", "restart"])
            .code(0)
            .stdout_has("InnerOS restarted (pid ");
    }
    one_program_runs(&home);

    home.inneros(["daemon", "stop"]).code(0).stderr_is("");

    home.assert_no_process_is_left();
}

#[test]
fn a_start_after_a_crash_ends_what_the_crashed_one_has_left() {
    let home = wrapper();
    kill(home.start());
    one_is_left(&home);

    home.inneros(["daemon", "start"]).code(0).stderr_is("");

    one_program_runs(&home);
}

fn one_is_left(home: &Home) {
    wait_until("the program runs", || programs(home).len() == 1);
}

#[test]
fn a_run_ends_what_a_crash_has_left_before_it_starts_the_next() {
    let home = wrapper()
        .setting("daemon.restart = 'on-failure'")
        .setting("daemon.restart_delay = '50ms'");
    let mut run = home.command(["daemon", "run"]);
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let run = run.as_mut().unwrap();
    wait_until("its start is over", || {
        home.inneros(["daemon", "status", "--json"]).json()["state"] == "running"
    });
    one_is_left(&home);
    let first = home.pid();

    kill(first);

    wait_until("the next one runs", || {
        let pid = std::fs::read_to_string(home.ours("daemon.pid")).unwrap_or_default();
        pid.trim().parse().is_ok_and(|pid: i32| pid != first)
    });
    wait_until("one program runs", || programs(&home).len() == 1);
    home.inneros(["daemon", "stop"]).code(0);
    run.wait().unwrap();
    home.assert_no_process_is_left();
}

#[test]
fn a_run_that_cannot_end_what_is_left_starts_nothing_and_gives_up() {
    let home = stubborn()
        .setting("daemon.restart = 'on-failure'")
        .setting("daemon.restart_delay = '10ms'")
        .setting("daemon.restart_limit = 2");
    let run = home.command(["daemon", "run"]);
    let run = std::thread::spawn(|| crate::answer::Answer::of(run));
    wait_until("its start is over", || {
        home.inneros(["daemon", "status", "--json"]).json()["state"] == "running"
    });
    let child = child_of(&home);
    let first = home.pid();

    kill(first);

    let answer = run.join().unwrap();
    answer.code(1).stderr_has(
        &format!(
            "error: crash-looping: 2 starts within 1m; not started: 1 process that the daemon before it \
             started is still alive: pid {child} (sleep 300)\n\
             hint: `inneros daemon stop --force` ends it\n"
        ),
    );
    assert_eq!(home.processes(), [child]);
    home.inneros(["daemon", "stop", "--force"]).code(0);
    assert!(!is_alive(child));
}

#[test]
fn a_restart_fails_where_something_does_not_end() {
    let home = stubborn();
    let pid = home.start_until_ready();
    let child = child_of(&home);

    let answer = home.inneros(["daemon", "restart"]);

    answer.refused(
        1,
        &format!(
            "stopped (pid {pid}), but not started: 1 process that the daemon before it started \
             is still alive: pid {child} (sleep 300)\n\
             hint: `inneros daemon stop --force` ends it\n"
        ),
    );
    assert_eq!(home.processes(), [child]);
    home.inneros(["daemon", "status"]).code(3);
    let again = home.inneros(["daemon", "restart", "--json"]).code(1).json();
    assert_eq!(again["left_pids"], serde_json::json!([child]));
    let start = home.inneros(["daemon", "start"]);
    start.refused(
        1,
        &format!(
            "not started: 1 process that the daemon before it started is still alive: pid {child} "
        ),
    );
    assert_eq!(home.processes(), [child]);
}

#[test]
fn force_goes_on_to_kill_and_starts() {
    let home = stubborn();
    home.start_until_ready();
    let child = child_of(&home);
    std::fs::remove_file(home.path().join("child")).unwrap();

    home.inneros(["daemon", "restart", "--force"]).code(0);

    assert!(!is_alive(child));
    assert!(is_alive(home.pid()));
}

#[test]
fn so_does_every_stop_and_start_where_it_is_configured() {
    let home = stubborn().setting("daemon.stop_force = true");
    let kills = |arguments: &[&str], crash: bool| {
        let pid = home.start_until_ready();
        let child = child_of(&home);
        std::fs::remove_file(home.path().join("child")).unwrap();
        std::fs::remove_file(home.path().join("ready")).unwrap();
        if crash {
            kill(pid);
        }
        home.inneros(arguments).code(0);
        assert!(!is_alive(child), "{arguments:?}");
        home.inneros(["daemon", "stop"]).exit_code();
        home.assert_no_process_is_left();
        let _ = std::fs::remove_file(home.path().join("child"));
        let _ = std::fs::remove_file(home.path().join("ready"));
    };

    kills(&["daemon", "stop"], false);
    kills(&["daemon", "restart"], false);
    kills(&["daemon", "start"], true);
}

#[test]
fn what_is_left_deliberately_is_neither_signalled_nor_waited_for() {
    let home = Home::with_daemon(
        "[ -s \"$HOME/child\" ] || { sleep 300 & echo $! > \"$HOME/child\"; }; \
         echo up > \"$HOME/ready\"",
    )
    .setting("daemon.leave = true");
    home.start_until_ready();
    let child = child_of(&home);

    home.inneros(["daemon", "restart"])
        .code(0)
        .stdout_has(&format!(
            "; 1 process that the daemon before it started is still alive: pid {child} (sleep 300)"
        ));
    assert!(is_alive(child));
    home.inneros(["daemon", "stop"]).code(0);
    assert!(is_alive(child));
}

#[test]
fn one_that_left_the_group_but_not_the_session_is_a_member() {
    let home = Home::with_daemon(
        "python3 -c 'import os, time; os.setpgid(0, 0); print(os.getpid(), flush=True)\n\
         time.sleep(300)' > \"$HOME/child\" & echo up > \"$HOME/ready\"",
    );
    home.start_until_ready();
    let child = child_of(&home);
    assert_eq!(group_of(child), child);

    home.inneros(["daemon", "restart"]).code(0);

    assert!(!is_alive(child));
}

fn group_of(pid: i32) -> i32 {
    let ps = Command::new("ps")
        .args(["-o", "pgid=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    String::from_utf8_lossy(&ps.stdout).trim().parse().unwrap()
}

/// A daemon with a member that leaves session and group, as `setsid` and what stands before it
/// in the shell's line make it.
#[cfg(target_os = "linux")]
fn with_away(how: &str) -> Home {
    Home::with_daemon(&format!(
        "{how} sh -c 'echo $$ > \"$HOME/child\"; exec sleep 300' &\n\
         while [ ! -s \"$HOME/child\" ]; do sleep 0.02; done; echo up > \"$HOME/ready\""
    ))
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_left_session_and_group_is_known_by_the_daemons_mark() {
    for crash in [false, true] {
        let home = with_away("setsid");
        let pid = home.start_until_ready();
        let child = child_of(&home);
        if crash {
            kill(pid);
        }

        std::fs::remove_file(home.path().join("child")).unwrap();
        home.inneros(["daemon", "restart"])
            .code(0)
            .stdout_has(&format!(
                "; ended what had left its session: pid {child} (sleep 300)\n"
            ));

        assert!(!is_alive(child), "crash: {crash}");
        let second = child_of(&home);
        home.inneros(["daemon", "stop"])
            .code(0)
            .stdout_has(&format!("ended what had left its session: pid {second} "));
        assert!(!is_alive(second));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_left_and_ignores_sigterm_is_named_and_killed_by_force() {
    let home = with_away("trap '' TERM; setsid").setting("daemon.stop_timeout = '100ms'");
    let home = home.setting("daemon.stop_signal = 'SIGHUP'");
    home.start_until_ready();
    let child = child_of(&home);

    home.inneros(["daemon", "restart"])
        .code(1)
        .stderr_has(&format!("is still alive: pid {child} (sleep 300)\n"));
    assert_eq!(home.processes(), [child]);
    home.inneros(["daemon", "stop", "--force"]).code(0);

    assert!(!is_alive(child));
}

#[cfg(target_os = "linux")]
#[test]
fn who_leaves_without_the_mark_or_is_left_deliberately_lives() {
    let without = with_away("env -u INNEROS_RUN setsid");
    let deliberately = with_away("setsid").setting("daemon.leave = true");
    for home in [without, deliberately] {
        home.start_until_ready();
        let child = child_of(&home);

        home.inneros(["daemon", "restart"]).code(0);
        home.inneros(["daemon", "stop"]).code(0);

        assert!(is_alive(child));
    }
}

/// A program that the daemon before has started starts another daemon: that one and what it has
/// started are its own.
#[cfg(target_os = "linux")]
#[test]
fn the_mark_is_not_handed_on_to_another_daemon() {
    let outer = Home::with_daemon("echo up > \"$HOME/ready\"");
    outer.start_until_ready();
    let mark = mark_of(outer.pid()).expect("a mark");
    let inner = Home::with_sleeper();
    let mut start = inner.command(["daemon", "start"]);
    start.env("INNEROS_RUN", &mark);
    assert!(start.output().unwrap().status.success());

    outer.inneros(["daemon", "restart"]).code(0);

    assert!(is_alive(inner.pid()));
    assert_ne!(mark_of(inner.pid()), Some(mark.clone()));
    assert_ne!(mark_of(outer.pid()), Some(mark));
}

/// What the environment of a process says it was started by.
#[cfg(target_os = "linux")]
pub fn mark_of(pid: i32) -> Option<String> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut entries = environment.split(|byte| *byte == 0);
    let mark = entries.find_map(|entry| entry.strip_prefix(b"INNEROS_RUN="))?;
    Some(String::from_utf8_lossy(mark).into_owned())
}

#[test]
fn a_suspended_member_is_let_go_on_to_end() {
    let home =
        Home::with_daemon("sleep 300 & echo $! > \"$HOME/child\"; echo up > \"$HOME/ready\"");
    home.start_until_ready();
    let child = child_of(&home);
    signal(child, rustix::process::Signal::STOP);
    wait_until("it is suspended", || state(child) == Some('T'));

    home.inneros(["daemon", "restart"]).code(0);

    assert!(!is_alive(child));
}

/// A daemon that puts itself into the background by two forks, with a session between them,
/// and has a worker; its own PID file names it.
const DOUBLE_FORK: &str = "
import os, sys, time
home = os.environ['HOME']
def note(name, pid): open(home + '/' + name, 'w').write('%d\\n' % pid)
if os.fork(): time.sleep(0.1); os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
worker = os.fork()
if not worker:
    while True: time.sleep(1)
note('child', worker)
note('.inneros/daemon.pid', os.getpid())
while True: time.sleep(1)
";

fn double_fork() -> Home {
    let home = Home::new();
    let script = home.write("daemon.py", DOUBLE_FORK);
    home.config(&format!(
        "daemon.command = ['python3', '{}']\ndaemon.pid_file_owner = 'daemon'\n\
         daemon.start_grace = '50ms'\n",
        script.display()
    ))
}

#[test]
fn of_a_daemon_that_forks_the_whole_session_ends_too() {
    let home = double_fork();
    home.start();
    let child = child_of(&home);

    home.inneros(["daemon", "restart"]).code(0);

    assert!(!is_alive(child));
    let second = child_of(&home);
    kill(home.pid());
    home.inneros(["daemon", "start"]).code(0);
    assert!(!is_alive(second));
    assert_eq!(home.processes().len(), 2);
}

/// The daemon in a session of its own, as somebody else starts it; its program runs.
fn wrapper_of_somebody_else(home: &Home) -> Stranger {
    let mut other = Command::new("setsid");
    other.args(["sh", "-c", WRAPPER]).stdout(Stdio::null());
    home.at_home(&mut other);
    let other = Stranger::running(&mut other);
    wait_until("it leads a session", || {
        group_of(other.pid()) == other.pid()
    });
    one_is_left(home);
    other
}

#[test]
fn of_a_daemon_that_somebody_else_has_started_the_session_ends_too() {
    let home = wrapper();
    let other = wrapper_of_somebody_else(&home);
    home.write_pid_file(format!("{}\n", other.pid()));
    home.inneros(["daemon", "status"]).code(0);

    home.inneros(["daemon", "restart"]).code(0);

    one_program_runs(&home);
    assert!(!is_alive(other.pid()));
}

/// Nothing but the PID file tells who it was: what it left may be its own or not.
#[test]
fn beside_what_a_daemon_without_a_record_has_left_nothing_starts_and_nobody_is_signalled() {
    let home = wrapper();
    let other = wrapper_of_somebody_else(&home);
    let program = programs(&home)[0];
    home.write_pid_file(format!("{}\n", other.pid()));
    kill(other.pid());

    for arguments in [
        &["daemon", "start"][..],
        &["daemon", "restart"],
        &["daemon", "stop"],
        &["daemon", "stop", "--force"],
    ] {
        let pid = other.pid();
        let said = format!(
            "pid {pid} in the PID file is gone, but in its session 1 process is still alive: \
             pid {program} (sleep 300)\n"
        );
        home.inneros(arguments)
            .refused(1, &said)
            .stderr_has("hint: no record shows whose it is: end it yourself, or, ");
    }

    assert_eq!(home.processes(), [program]);
    kill(program);
    home.inneros(["daemon", "start"]).code(0);
    one_program_runs(&home);
}

#[test]
fn a_daemon_without_a_session_of_its_own_takes_nobody_with_it() {
    let home = Home::with_sleeper();
    // As two jobs of a shell without job control: one group, which neither of them leads.
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "sleep 300 & echo $! > \"$HOME/daemon\"; sleep 301 & echo $! > \"$HOME/child\"; wait",
    ]);
    home.at_home(&mut shell);
    let shell = Stranger::running(&mut shell);
    let daemon = home.number_in("daemon");
    let bystander = child_of(&home);
    home.write_pid_file(format!("{daemon}\n"));

    home.inneros(["daemon", "stop", "--force"]).code(0);

    assert!(!is_alive(daemon));
    assert!(is_alive(bystander));
    shell.assert_unharmed();
}

#[test]
fn a_crowd_is_ended_and_its_end_is_bounded() {
    // The daemon makes all of them at once, so that no shell is slow.
    let home = Home::new();
    let script = home.write(
        "daemon.py",
        "import os, signal, time\n\
         signal.signal(signal.SIGTERM, signal.SIG_IGN)\n\
         for _ in range(2000):\n    \
             if not os.fork():\n        \
                 while True: time.sleep(300)\n\
         signal.signal(signal.SIGTERM, signal.SIG_DFL)\n\
         open(os.environ['HOME'] + '/ready', 'w').close()\n\
         while True: time.sleep(300)\n",
    );
    let home = home.config(&format!(
        "daemon.command = ['python3', '{}']\ndaemon.start_grace = '50ms'\n\
         daemon.stop_timeout = '2s'\n",
        script.display()
    ));
    home.start_until_ready();

    home.inneros(["daemon", "restart"])
        .refused(1, "")
        .stderr_has("2000 processes that the daemon before it started are still alive: pid ")
        .stderr_has(" and 1997 more\n");
    home.inneros(["daemon", "stop", "--force"]).code(0);

    home.assert_no_process_is_left();
}

#[test]
fn a_leader_that_dies_while_its_members_are_ended_takes_none_with_it() {
    let home = Home::with_daemon(
        "sh -c 'trap \"sleep 0.5; echo done > \\\"$HOME/tidy\\\"; exit 0\" USR1 TERM; \
         echo $$ > \"$HOME/child\"; while :; do sleep 0.05; done' &\n\
         while [ ! -s \"$HOME/child\" ]; do sleep 0.02; done\n\
         trap 'exit 3' USR1; echo up > \"$HOME/ready\"",
    )
    .setting("daemon.stop_signal = 'SIGUSR1'")
    .setting("daemon.stop_group = true");
    home.start_until_ready();
    let child = child_of(&home);

    home.inneros(["daemon", "stop"]).code(0).stderr_is("");

    assert!(!is_alive(child));
    assert!(home.has("tidy"), "it had its time");
}

/// Of a daemon that leads its group only, whoever has left the group is in the shell's session, as
/// everybody there: nobody can tell it from another job of that shell.
#[test]
fn of_a_daemon_that_leads_a_group_only_who_left_the_group_lives() {
    let home = Home::with_sleeper();
    let mut shell = Command::new("python3");
    shell.args([
        "-c",
        "import os, time\n\
         home = os.environ['HOME']\n\
         def note(name): open(home + '/' + name, 'w').write('%d\\n' % os.getpid())\n\
         if not os.fork():\n    \
             os.setpgid(0, 0)\n    \
             if not os.fork():\n        \
                 note('member'); os.execvp('sleep', ['sleep', '300'])\n    \
             if not os.fork():\n        \
                 os.setpgid(0, 0); note('child'); os.execvp('sleep', ['sleep', '300'])\n    \
             note('daemon'); os.execvp('sleep', ['sleep', '300'])\n\
         time.sleep(300)",
    ]);
    home.at_home(&mut shell);
    let shell = Stranger::running(&mut shell);
    let (daemon, member) = (home.number_in("daemon"), home.number_in("member"));
    let child = child_of(&home);
    wait_until("it runs the command", || {
        crate::process::runs(daemon, "sleep")
    });
    home.write_pid_file(format!("{daemon}\n"));

    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(daemon) && !is_alive(member));
    assert!(is_alive(child));
    shell.assert_unharmed();
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_number_of_the_session_was_given_to_since_is_left_alone() {
    let home = stubborn();
    kill(home.start_until_ready());
    let stranger = Stranger::running(Command::new("setsid").args(["sh", "-c", "sleep 300"]));
    wait_until("it leads a session", || {
        std::path::Path::new(&format!("/proc/{}", stranger.pid())).exists()
            && group_of(stranger.pid()) == stranger.pid()
    });
    // As if the dead daemon's PID had been given to it.
    home.alter_record("pid", stranger.pid());
    home.write_pid_file(format!("{}\n", stranger.pid()));

    home.inneros(["daemon", "start"]).exit_code();

    stranger.assert_unharmed();
}

/// A daemon with a child that forks and ends, as its child does, and so on; each as `each` says
/// first. It ends by itself after 15 seconds or 20,000 generations, whoever forgets it.
#[cfg(target_os = "linux")]
fn with_chain(each: &str) -> Home {
    let home = Home::new();
    let script = home.write(
        "daemon.py",
        format!(
            "import os, signal, time\n\
             over = time.monotonic() + 15\n\
             def live():\n    \
                 while time.monotonic() < over + 30: time.sleep(1)\n\
             if os.fork():\n    \
                 live(); os._exit(0)\n\
             signal.signal(signal.SIGTERM, signal.SIG_IGN)\n\
             open(os.environ['HOME'] + '/ready', 'w').close()\n\
             for generation in range(20000):\n    \
                 if time.monotonic() > over: break\n    \
                 {each}\n    \
                 if os.fork(): os._exit(0)\n"
        ),
    );
    home.config(&format!(
        "daemon.command = ['python3', '{}']\ndaemon.start_grace = '20ms'\n\
         daemon.stop_timeout = '300ms'\n",
        script.display()
    ))
}

/// Each is gone before a list of the processes is read to its end.
#[cfg(target_os = "linux")]
#[test]
fn a_chain_that_forks_without_end_is_never_taken_for_gone() {
    for each in ["pass", "os.setsid()"] {
        let home = with_chain(each);
        home.start_until_ready();

        let restart = home.inneros(["daemon", "restart"]);

        assert!(restart.has_code(1), "{each}: {restart}");
        restart
            .stderr_has("but not started: ")
            .stderr_has("still alive: pid ");
        let stop = home.inneros(["daemon", "stop", "--force"]);
        stop.code(0).stdout_has("killed what it had started: pid ");
        // Not by its own end: that is far off.
        assert_eq!(home.processes(), [0; 0], "{each}");
        std::fs::remove_file(home.path().join("ready")).unwrap();
        home.start_until_ready();
        home.inneros(["daemon", "stop", "--force"])
            .code(0)
            .stdout_has("killed what it had started: pid ");
        assert_eq!(home.processes(), [0; 0], "{each}");
    }
}
