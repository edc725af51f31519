//! A PID alone is never trusted, and never signalled.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::{Stranger, is_alive, kill};
#[cfg(target_os = "linux")]
use crate::skip::not_run;

/// As a record has it that was written before the computer was restarted.
const ANOTHER_BOOT: &str = "00000000-0000-0000-0000-000000000000";

/// A home whose PID file and record name a stranger, as after a crash when the PID
/// was given to another process.
fn home_with_reused_pid(stranger: &Stranger) -> Home {
    let home = Home::with_daemon("");
    kill(home.start());
    home.alter_record("pid", stranger.pid());
    let token = home.record()["start_token"].as_u64().unwrap();
    home.alter_record("start_token", token - 100);
    home.write_pid_file(format!("{}\n", stranger.pid()));
    home
}

#[test]
fn a_daemon_whose_pid_was_reused_has_crashed() {
    let stranger = Stranger::new();
    let home = home_with_reused_pid(&stranger);

    let answer = home.inneros(["daemon", "status", "--json"]);

    let answer = answer.code(1).json();
    assert_eq!(answer["state"], "crashed");
    assert_eq!(answer["running"], false);
    let reason = answer["reason"].as_str().unwrap();
    let note = format!(
        "pid {} is another process now ('sleep 300'), which is left alone",
        stranger.pid()
    );
    assert!(reason.ends_with(&note), "{reason}");
    home.inneros(["doctor"]).stdout_has(&note);
}

#[test]
fn stop_clears_up_after_a_daemon_whose_pid_was_reused() {
    for arguments in [&["daemon", "stop"][..], &["daemon", "stop", "--force"]] {
        let stranger = Stranger::new();
        let home = home_with_reused_pid(&stranger);

        home.inneros(arguments)
            .refused(3, "not running (a PID file left by a crash was removed)");

        stranger.assert_unharmed();
        assert!(!home.has(".inneros/daemon.pid") && !home.has(".inneros/daemon.json"));
        home.inneros(["daemon", "status"])
            .code(3)
            .stdout_is("InnerOS is not running\n  history    1 crash in 24 h\n");
    }
}

#[test]
fn start_passes_over_a_reused_pid() {
    let stranger = Stranger::new();
    let home = home_with_reused_pid(&stranger);

    let pid = home.start();

    assert_ne!(pid, stranger.pid());
    stranger.assert_unharmed();
    home.inneros(["daemon", "status"]).code(0);
}

#[test]
fn restart_passes_over_a_reused_pid() {
    let stranger = Stranger::new();
    let home = home_with_reused_pid(&stranger);

    home.inneros(["daemon", "restart"]).code(0);

    assert_ne!(home.pid(), stranger.pid());
    stranger.assert_unharmed();
}

#[test]
fn a_pid_from_before_the_computer_was_restarted_is_left_alone() {
    for operation in ["start", "stop", "restart"] {
        let stranger = Stranger::new();
        let home = home_with_reused_pid(&stranger);
        home.alter_record("boot_id", ANOTHER_BOOT);

        home.inneros(["daemon", "status"])
            .code(3)
            .stdout_has("InnerOS is not running\n")
            .stdout_has("the computer was restarted")
            .stdout_has(&format!("pid {} is another process now", stranger.pid()));
        let code = if operation == "stop" { 3 } else { 0 };
        home.inneros(["daemon", operation]).code(code);

        stranger.assert_unharmed();
        assert_eq!(home.has(".inneros/daemon.pid"), operation != "stop");
    }
}

#[test]
fn our_own_daemon_under_a_record_from_another_boot_is_not_ours() {
    let home = Home::with_sleeper();
    let pid = home.start();
    home.alter_record("boot_id", ANOTHER_BOOT);

    home.inneros(["daemon", "status"]).code(3);
    home.inneros(["daemon", "stop"]).refused(3, "not running");

    assert!(is_alive(pid));
}

/// Whatever became of it before, and whatever the clock of that time was.
#[test]
fn after_a_restart_of_the_computer_the_daemon_is_stopped() {
    let at = chrono::Local::now() + chrono::TimeDelta::days(365);
    let phases = [
        json!("running"),
        json!({"starting": {"deadline_ms": u64::MAX}}),
        json!({"ended": {"exit": {"signal": 9}, "at": at.to_rfc3339()}}),
        json!({"ended": {"exit": {"code": 0}, "at": at.to_rfc3339()}}),
    ];
    for phase in phases {
        for with_pid_file in [true, false] {
            let home = Home::with_sleeper();
            kill(home.start());
            home.alter_record("boot_id", ANOTHER_BOOT);
            home.alter_record("started_at", at.to_rfc3339());
            home.alter_record("phase", phase.clone());
            if !with_pid_file {
                std::fs::remove_file(home.ours("daemon.pid")).unwrap();
            }

            let status = home.inneros(["daemon", "status", "--json"]);

            let answer = status.code(3).json();
            assert_eq!(answer["state"], "stopped", "{status}");
            assert_eq!(answer["reason"], "the computer was restarted", "{status}");
            home.start();
        }
    }
}

#[test]
fn a_stop_after_a_restart_of_the_computer_clears_up() {
    let home = Home::with_sleeper();
    kill(home.start());
    home.alter_record("boot_id", ANOTHER_BOOT);

    home.inneros(["daemon", "stop"]).refused(3, "not running");

    assert!(!home.has(".inneros/daemon.pid") && !home.has(".inneros/daemon.json"));
}

#[test]
fn a_pid_file_alone_that_names_another_program_is_foreign() {
    let stranger = Stranger::new();
    let home = Home::with_daemon("");
    home.write_pid_file(stranger.pid());
    let before = home.files();

    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has("that is not the configured command");
    home.inneros(["daemon", "stop"]).refused(4, "not stopped");
    home.inneros(["daemon", "start"]).refused(4, "not started");
    home.inneros(["daemon", "restart"]).refused(4, "foreign");

    stranger.assert_unharmed();
    assert_eq!(home.files(), before);
    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn start_passes_over_another_program_that_is_younger_than_the_pid_file() {
    let stranger = Stranger::new();
    let home = Home::with_daemon("");
    let path = home.write_pid_file(stranger.pid());
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(hour_ago)
        .unwrap();

    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has("started after the PID file was written");
    home.inneros(["daemon", "stop"]).refused(4, "foreign");
    let pid = home.start();

    assert_ne!(pid, stranger.pid());
    stranger.assert_unharmed();
}

#[test]
fn a_daemon_that_another_tool_started_is_believed() {
    let home = Home::with_sleeper();
    let other = Stranger::new();
    home.write_pid_file(other.pid());

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&other.pid().to_string());
    home.inneros(["daemon", "start"])
        .refused(5, &format!("already running (pid {})", other.pid()));
    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(other.pid()));
    assert!(!home.has(".inneros/daemon.pid"));
}

#[test]
fn without_a_configured_command_no_stranger_is_believed() {
    let home = Home::new();
    let stranger = Stranger::new();
    home.write_pid_file(stranger.pid());

    home.inneros(["daemon", "status"]).code(4);
    home.inneros(["daemon", "stop"]).refused(4, "foreign");

    stranger.assert_unharmed();
}

#[test]
fn the_process_that_asks_is_never_signalled() {
    let home = Home::new().config("daemon.command = ['sh', 'x']\n");
    let script = "echo $$ > \"$HOME/.inneros/daemon.pid\"; \"$@\"; echo \"still here: $?\"";
    let script = home.write("x", script);

    // The shell's own command line is the configured one: only its being our parent
    // speaks against it.
    let mut shell = Command::new("sh");
    shell
        .arg("x")
        .arg(env!("CARGO_BIN_EXE_inneros"))
        .args(["daemon", "stop"])
        .current_dir(script.parent().unwrap())
        .env("HOME", home.path());
    let home = home.config(&format!(
        "daemon.command = ['sh', 'x', '{}', 'daemon', 'stop']\n",
        env!("CARGO_BIN_EXE_inneros")
    ));

    let answer = Answer::of(shell);

    answer
        .code(0)
        .stdout_is("still here: 4\n")
        .stderr_has("is never signalled");
    drop(home);
}

/// With the command's own PID in the file, and with that of whoever called it.
#[test]
fn a_pid_file_that_names_the_command_itself_or_its_caller_is_foreign() {
    let home = Home::with_sleeper();
    for script in [
        "echo $$ > .inneros/daemon.pid; chmod 644 .inneros/daemon.pid; exec \"$@\"",
        "echo $$ > .inneros/daemon.pid; chmod 644 .inneros/daemon.pid; \"$@\"; exit $?",
    ] {
        for operation in ["start", "stop", "restart"] {
            home.shell(script, ["daemon", operation])
                .refused(4, "foreign process")
                .stderr_has(&format!("pid {}", home.pid()));
        }
        home.shell(script, ["daemon", "stop", "--force"])
            .refused(4, "foreign process");
        home.shell(script, ["daemon", "status"]).code(4);
    }
    assert_eq!(home.processes(), [0; 0]);
}

/// The configured command is the command that asks: nothing but its being itself speaks
/// against it.
#[test]
fn the_command_does_not_signal_itself() {
    let home = Home::new();
    let program = home.program().display().to_string();
    let home = home.config(&format!(
        "daemon.command = ['{program}', 'daemon', 'stop']\n"
    ));

    let answer = home.shell(
        "echo $$ > .inneros/daemon.pid; chmod 644 .inneros/daemon.pid; exec \"$@\"",
        ["daemon", "stop"],
    );

    answer.refused(4, "is never signalled");
}

/// Even where the record names it, and says all that is true of it.
#[test]
fn no_process_that_the_command_descends_from_is_signalled() {
    for depth in [0, 1, 100] {
        let home = Home::with_sleeper();
        kill(home.start());
        let script = home.write(
            "deep.sh",
            "depth=$1; shift\n\
             until [ -e \"$HOME/go\" ]; do sleep 0.02; done\n\
             if [ $depth -gt 0 ]; then sh \"$0\" $((depth - 1)) \"$@\"; else \"$@\"; fi\n\
             code=$?; [ $PPID = \"$(cat \"$HOME/top\")\" ] || exit $code\n\
             echo \"still here: $code\"\n",
        );
        home.write("top", std::process::id().to_string());
        let mut shell = Command::new("sh");
        shell
            .arg(script)
            .arg(depth.to_string())
            .arg(home.program())
            .args(["daemon", "stop", "--force", "--timeout", "0.2"]);
        home.at_home(&mut shell);
        let shell = shell
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = i32::try_from(shell.id()).unwrap();
        home.name_exactly(pid);
        home.write_pid_file(format!("{pid}\n"));
        home.write("go", "");

        let answer = Answer::from_child(shell, format!("sh deep.sh {depth}"));

        answer
            .code(0)
            .stdout_is("still here: 4\n")
            .stderr_has(&format!("pid {pid} is never signalled"));
        assert_eq!(home.record()["phase"], "running", "no stop is under way");
    }
}

/// What a daemon can do that wants to be started anew.
#[cfg(target_os = "linux")]
#[test]
fn a_daemon_that_asks_for_its_own_restart_is_told_how() {
    let home = Home::with_daemon(
        "[ -e \"$HOME/outside\" ] || {\n\
         \"$PROGRAM\" daemon restart > \"$HOME/said\" 2>&1; echo $? > \"$HOME/code\"\n\
         echo > \"$HOME/outside\"; setsid -f \"$PROGRAM\" daemon restart; }",
    )
    .setting(&format!(
        "daemon.env.PROGRAM = '{}'",
        env!("CARGO_BIN_EXE_inneros")
    ));

    let first = home.start();

    assert_eq!(home.number_in("code"), 4);
    let said = home.read("said");
    assert!(
        said.starts_with(&format!(
            "error: permission denied: pid {first} is never signalled by a command that runs \
             inside of it\nhint: ask from outside it, for example with `setsid -f inneros daemon restart`"
        )),
        "{said}"
    );
    crate::process::wait_until("it is another one", || {
        let status = home.inneros(["daemon", "status", "--json"]).json();
        status["state"] == "running" && status["pid"] != first
    });
    assert!(!is_alive(first));
}

/// Nobody else will start it: where something should have, that is said.
#[cfg(target_os = "linux")]
#[test]
fn a_daemon_that_was_to_start_at_login_and_did_not_is_said_to() {
    if inneros_tray::os::process::boot_clock() < Duration::from_secs(130) {
        not_run("the computer was started just now");
        return;
    }
    let home = Home::with_sleeper();
    kill(home.start());
    home.alter_record("boot_id", ANOTHER_BOOT);
    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("  reason     the computer was restarted\n");
    let mut supervisor = home.record()["host"].clone();
    supervisor["pid"] = 4000.into();
    supervisor["start_token"] = 1.into();
    supervisor["boot_id"] = ANOTHER_BOOT.into();
    supervisor["attempt"] = 1.into();

    home.write(
        "tools/systemctl",
        "#!/bin/sh\nmkdir -p \"$HOME/.config/systemd/user/default.target.wants\"\n\
         ln -sf ../inneros-daemon.service \"$HOME/.config/systemd/user/default.target.wants/\"\n",
    );
    home.mode("tools/systemctl", 0o755);
    home.shell(
        "PATH=$HOME/tools:$PATH; exec \"$@\"",
        ["autostart", "enable", "daemon"],
    )
    .code(0);
    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("the computer was restarted; it is to start at login, and was not started");

    home.alter_record("supervisor", supervisor);
    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("`inneros daemon run`, which had started it, has not come back");
}
