//! What a daemon started and that outlives it.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use inneros_tray::app::lifecycle::{self, Launching};
use inneros_tray::app::settings;
use serde_json::json;

use crate::home::Home;
use crate::process::{is_alive, kill, state, wait_until};

/// A daemon with a child that goes on when it ends, whoever asks it to end.
const WITH_CHILD: &str = "sh -c 'trap \"\" TERM; echo $$ > \"$HOME/child\"; exec sleep 300' &\n\
     while [ ! -s \"$HOME/child\" ]; do sleep 0.02; done; echo up > \"$HOME/ready\"";

/// What is asked to end is not waited for longer than need be.
const SHORT: &str = "daemon.stop_timeout = '100ms'";

fn with_child() -> Home {
    Home::with_daemon(WITH_CHILD).setting(SHORT)
}

/// A daemon that has crashed, and the PID of its child, which is alive.
fn crashed_with_child() -> (Home, i32) {
    let home = with_child();
    kill(home.start_until_ready());
    let child = home.number_in("child");
    (home, child)
}

fn alive(child: i32) -> String {
    format!("is still alive: pid {child} (sleep 300)")
}

#[test]
fn stop_names_what_the_daemon_has_left() {
    let home = with_child();
    let pid = home.start_until_ready();
    let child = home.number_in("child");

    let answer = home.inneros(["daemon", "stop"]);

    answer
        .code(0)
        .stdout_is(&format!(
            "InnerOS stopped (pid {pid}); 1 process that it started {}\n",
            alive(child)
        ))
        .stderr_is("hint: `inneros daemon stop --force` ends it\n");
    assert!(is_alive(child));
    assert!(!home.has(".inneros/daemon.pid"));
    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_is("InnerOS is not running\n");
}

#[test]
fn what_a_stop_has_named_can_be_killed_afterwards() {
    let home = with_child();
    home.start_until_ready();
    let child = home.number_in("child");
    let stop = home.inneros(["daemon", "stop", "--json"]).code(0).json();
    let again = home.inneros(["daemon", "stop", "--json"]).code(3).json();

    let force = home.inneros(["daemon", "stop", "--force", "--json"]);

    assert_eq!(stop["left_pids"], json!([child]));
    assert_eq!(again["left_pids"], json!([child]));
    let force = force.code(0).json();
    assert_eq!(force["killed_pids"], json!([child]));
    assert_eq!(force["left_pids"], json!([]));
    assert!(!is_alive(child));
    assert!(!home.has(".inneros/daemon.json"));
    home.inneros(["daemon", "stop", "--force"])
        .refused(3, "error: not running\n");
}

#[test]
fn force_kills_what_the_daemon_has_left_and_says_so() {
    let home = with_child();
    let pid = home.start_until_ready();
    let child = home.number_in("child");

    let answer = home.inneros(["daemon", "stop", "--force", "--timeout", "0.1"]);

    answer
        .code(0)
        .stdout_is(&format!(
            "InnerOS stopped (pid {pid}); killed what it had started: pid {child} (sleep 300)\n"
        ))
        .stderr_is("");
    assert!(!is_alive(child));
    assert!(!home.has(".inneros/daemon.json"));
}

#[test]
fn force_gives_what_the_daemon_has_left_its_time_first() {
    let home = Home::with_daemon(
        "sh -c 'trap \"sleep 1; echo tidy > \\\"$HOME/event\\\"; exit 0\" TERM; echo up > \"$HOME/child\"\n\
         while :; do sleep 0.1; done' &\n\
         while [ ! -s \"$HOME/child\" ]; do sleep 0.02; done\n\
         trap 'exit 0' TERM; echo up > \"$HOME/ready\"",
    );
    home.start_until_ready();

    let answer = home.inneros(["daemon", "stop", "--force"]);

    answer.code(0).stdout_has("InnerOS stopped");
    assert!(!answer.stdout().contains("killed"), "{answer}");
    assert_eq!(home.read("event"), "tidy\n");
}

#[test]
fn what_ends_soon_after_the_daemon_is_not_worth_a_word() {
    let home = Home::with_daemon("sleep 0.5 &\ntrap 'exit 0' TERM; echo up > \"$HOME/ready\"");
    let pid = home.start_until_ready();

    home.inneros(["daemon", "stop"])
        .code(0)
        .stdout_is(&format!("InnerOS stopped (pid {pid})\n"))
        .stderr_is("");
    assert!(!home.has(".inneros/daemon.json"));
}

#[test]
fn after_a_crash_stop_names_what_is_left_and_touches_nothing() {
    let (home, child) = crashed_with_child();
    let before = home.files();

    for _ in 0..2 {
        home.inneros(["daemon", "stop"])
            .refused(
                3,
                &format!(
                    "not running, but 1 process that it started {}\n",
                    alive(child)
                ),
            )
            .stderr_has("\nhint: `inneros daemon stop --force` ends it\n");
    }

    assert_eq!(home.files(), before);
    assert!(is_alive(child));
    home.inneros(["daemon", "status"]).code(1);
}

#[test]
fn after_a_crash_force_kills_what_is_left() {
    let (home, child) = crashed_with_child();

    let answer = home.inneros(["daemon", "stop", "--force"]);

    answer.code(0).stdout_is(&format!(
        "InnerOS was not running; killed what it had started: pid {child} (sleep 300)\n"
    ));
    assert!(!is_alive(child));
    assert!(!home.has(".inneros/daemon.pid"));
    assert!(!home.has(".inneros/daemon.json"));
}

#[test]
fn a_daemon_that_finished_has_left_it_too() {
    let home = Home::with_daemon(&format!(
        "{WITH_CHILD}\nwhile [ ! -e \"$HOME/end\" ]; do sleep 0.02; done; exit 0"
    ));
    let pid = home.start_until_ready();
    let child = home.number_in("child");
    home.write("end", "");
    wait_until("it has finished", || !is_alive(pid));

    home.inneros(["daemon", "stop", "--force"])
        .code(0)
        .stdout_has(&format!("killed what it had started: pid {child} "));

    assert!(!is_alive(child));
}

#[test]
fn only_a_few_are_named_and_the_others_counted() {
    let home = Home::with_daemon(
        "trap '' TERM; for i in 1 2 3 4 5; do sleep 300 & done\n\
         trap 'exit 0' TERM; echo up > \"$HOME/ready\"",
    )
    .setting("daemon.stop_timeout = '2s'");
    home.start_until_ready();

    let answer = home.inneros(["daemon", "stop"]);

    answer
        .code(0)
        .stdout_has("; 5 processes that it started are still alive: pid ")
        .stdout_has(" and 2 more\n")
        .stderr_has("ends them\n");
    assert_eq!(answer.stdout().matches("(sleep 300)").count(), 3);
}

#[cfg(target_os = "linux")]
#[test]
fn a_zombie_is_not_left() {
    // The zombie is in the daemon's group; its parent, which does not reap it, is not.
    let home = Home::with_daemon(
        "sh -c 'sh -c \"echo \\$\\$ > \\\"\\$HOME/child\\\"\" & exec setsid sleep 300' &\n\
         trap 'exit 0' TERM; echo up > \"$HOME/ready\"",
    );
    let pid = home.start_until_ready();
    let child = home.number_in("child");
    wait_until("it is a zombie", || state(child) == Some('Z'));

    let answer = home.inneros(["daemon", "stop"]);

    answer.code(0).stdout_has(&format!(
        "InnerOS stopped (pid {pid}); ended what had left its session: pid "
    ));
    assert_eq!(state(child), Some('Z'), "the test wants it to the end");
}

#[cfg(target_os = "linux")] // For flock(1).
#[test]
fn a_start_that_fails_because_of_what_is_left_says_so_and_how_to_end_it() {
    // A lock that children inherit, as they do a port.
    let home = Home::with_daemon(&format!(
        "exec 9> \"$HOME/port\"; flock -n 9 || {{ echo 'the port is in use'; exit 4; }}\n\
         {WITH_CHILD}"
    ))
    .setting("daemon.leave = true");
    kill(home.start_until_ready());
    let child = home.number_in("child");

    let answer = home.inneros(["daemon", "start"]);

    answer
        .refused(1, "ended during its start: exit code 4\n")
        .stderr_has("  | the port is in use\n")
        .stderr_has(&format!(
            "hint: 1 process that the daemon before it started {}, and may be why; \
             `inneros daemon stop --force` ends it\n",
            alive(child)
        ));
    assert!(is_alive(child));
    home.inneros(["daemon", "stop", "--force"]).code(0);
    assert!(!is_alive(child));
    home.start();
}

#[test]
fn a_start_that_cannot_run_its_program_keeps_what_is_left_in_reach() {
    let (home, child) = crashed_with_child();
    let broken = home.write_program("broken", "#!/no/such/interpreter\n");
    let home = home.config(&format!(
        "daemon.command = ['{}']\ndaemon.leave = true",
        broken.display()
    ));

    home.inneros(["daemon", "start"]).refused(1, "cannot start");

    home.inneros(["daemon", "stop", "--force"]).code(0);
    assert!(!is_alive(child));
}

#[test]
fn what_is_older_than_the_recorded_daemon_is_not_its_own() {
    let (home, child) = crashed_with_child();
    let token = home.record()["start_token"].as_u64().unwrap();
    home.alter_record("start_token", token + 1_000_000_000);

    home.inneros(["daemon", "stop", "--force"])
        .refused(3, "not running (a PID file left by a crash was removed)");

    assert!(is_alive(child));
}

#[test]
fn nothing_is_left_from_before_the_computer_was_restarted() {
    let (home, child) = crashed_with_child();
    home.alter_record("boot_id", "00000000-0000-0000-0000-000000000000");

    home.inneros(["daemon", "stop", "--force"])
        .refused(3, "not running");

    assert!(is_alive(child));
}

#[test]
fn a_group_in_another_session_is_not_the_daemons() {
    let home = Home::with_sleeper();
    kill(home.start());
    // As a job of an interactive shell: it leads a group, but no session.
    let mut job = Command::new("sh");
    job.args(["-c", "sleep 300 & echo $! > \"$HOME/stranger\""]);
    let mut job = job
        .env("HOME", home.path())
        .process_group(0)
        .spawn()
        .unwrap();
    job.wait().unwrap();
    let stranger = home.number_in("stranger");
    let group = i32::try_from(job.id()).unwrap();
    home.alter_record("pid", group);
    home.alter_record("start_token", 1);
    home.write_pid_file(format!("{group}\n"));

    home.inneros(["daemon", "stop", "--force"])
        .refused(3, "not running (a PID file left by a crash was removed)");

    assert!(is_alive(stranger));
}

#[cfg(target_os = "linux")] // For setpriv(1).
#[test]
fn a_process_of_another_user_is_told_of_and_never_signalled() {
    if !crate::skip::is_root() {
        return;
    }
    let home = Home::with_daemon(
        "setpriv --reuid 65534 --clear-groups sleep 300 & echo $! > \"$HOME/child\"\n\
         echo up > \"$HOME/ready\"",
    )
    .setting(SHORT);
    let pid = home.start_until_ready();
    let child = home.number_in("child");
    wait_until("it belongs to another user", || {
        let owner = std::fs::metadata(format!("/proc/{child}")).unwrap();
        std::os::unix::fs::MetadataExt::uid(&owner) == 65534
    });
    kill(pid);
    let told = format!("{} of another user\n", alive(child));

    for arguments in [
        ["daemon", "stop", "--force"],
        ["daemon", "restart", "--force"],
    ] {
        home.inneros(arguments)
            .stderr_has(&told)
            .stderr_has("hint: end it as the user whose process it is\n");
        assert!(is_alive(child));
        assert!(!home.has(".inneros/daemon.pid") || !is_alive(home.pid()));
    }
}

#[test]
fn what_is_left_may_ask_for_the_stop_itself() {
    let home = Home::with_daemon(&format!(
        "(while [ ! -e \"$HOME/crashed\" ]; do sleep 0.02; done\n\
         '{}' daemon stop --force 2> \"$HOME/answer\"\n\
         echo $? > \"$HOME/code\") &\n\
         echo up > \"$HOME/ready\"",
        env!("CARGO_BIN_EXE_inneros")
    ));
    kill(home.start_until_ready());

    home.write("crashed", "");

    assert_eq!(home.number_in("code"), 3);
    assert!(home.read("answer").starts_with("error: not running"));
}

#[test]
fn a_run_in_the_foreground_keeps_what_is_left_in_reach() {
    let home = with_child();
    let mut run = home.command(["daemon", "run"]);
    run.stdout(Stdio::null()).stderr(Stdio::null());
    let mut run = run.spawn().unwrap();
    wait_until("the daemon is ready", || {
        home.has("ready")
            && home.inneros(["daemon", "status", "--json"]).json()["state"] == "running"
    });
    let child = home.number_in("child");

    home.inneros(["daemon", "stop"])
        .code(0)
        .stdout_has(&alive(child));
    assert!(run.wait().unwrap().success());

    home.inneros(["daemon", "stop", "--force"]).code(0);
    assert!(!is_alive(child));
}

#[test]
fn whoever_reaps_the_daemon_keeps_what_is_left_in_reach() {
    let home = with_child();
    let env = format!("daemon.env = {{ HOME = '{}' }}", home.path().display());
    let home = home.setting(&env);
    let user_home = |name: &str| (name == "HOME").then(|| home.path().into());
    let config = settings::load(None, None, &user_home).unwrap();
    let pid = lifecycle::start(config.main(), Launching::default())
        .unwrap()
        .pid;
    let child = home.number_in("child");

    home.inneros(["daemon", "stop"])
        .code(0)
        .stdout_has(&alive(child));
    wait_until("the daemon is reaped", || state(pid).is_none());

    home.inneros(["daemon", "stop", "--force"]).code(0);
    assert!(!is_alive(child));
}
