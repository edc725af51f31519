//! What a user may not do. Root may do everything, so these run as somebody else.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::home::Home;
use crate::process::{Stranger, is_alive, kill};
use crate::skip::is_root;

#[test]
fn a_home_that_cannot_be_written_is_permission_denied() {
    let home = Home::with_sleeper().unprivileged();
    home.mode(".inneros", 0o500);
    let before = home.files_and_folders();

    for verb in ["start", "stop", "restart"] {
        home.inneros(["daemon", verb])
            .refused(4, "permission denied")
            .stderr_has("\nhint: ");
    }
    let answer = home.inneros(["daemon", "start", "--json"]).code(4).json();

    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("permission denied"), "{message}");
    assert_eq!(home.files_and_folders(), before);
    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn a_home_that_cannot_be_made_is_permission_denied() {
    let home = Home::new().unprivileged();
    home.mode("", 0o500);
    let mut start = home.command(["daemon", "start"]);
    start.env("INNEROS_DAEMON_COMMAND", "sleep 300");

    crate::answer::Answer::of(start)
        .refused(4, "permission denied")
        .stderr_has(".inneros'");

    home.inneros(["daemon", "status"]).code(3);
    home.inneros(["config", "init"])
        .refused(4, "permission denied");
    assert!(!home.has(".inneros"));
}

#[test]
fn a_folder_that_was_closed_after_a_stop_is_permission_denied() {
    let home = Home::with_sleeper().unprivileged();
    home.start();
    home.inneros(["daemon", "stop"]).code(0);
    home.mode(".inneros", 0o500);
    let before = home.files();

    home.inneros(["daemon", "start"])
        .refused(4, "permission denied")
        .stderr_has("daemon.json");

    assert_eq!(home.files(), before);
    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn a_daemon_whose_folder_was_closed_is_not_signalled() {
    let home = Home::with_sleeper().unprivileged();
    let pid = home.start();
    home.mode(".inneros", 0o500);
    let before = home.files();

    home.inneros(["daemon", "status"]).code(0);
    home.inneros(["daemon", "stop"])
        .refused(4, "permission denied");
    home.inneros(["daemon", "restart"])
        .refused(4, "permission denied");

    assert_eq!(home.files(), before);
    assert!(is_alive(pid));
}

#[test]
fn a_pid_file_that_cannot_be_read_is_permission_denied() {
    let home = Home::with_sleeper().unprivileged();
    home.write_pid_file("812\n");
    home.mode(".inneros/daemon.pid", 0o000);
    let before = home.files_and_folders();

    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has("permission denied: cannot read PID file");
    assert_eq!(home.files_and_folders(), before);
    for verb in ["start", "stop", "restart"] {
        home.inneros(["daemon", verb])
            .refused(4, "permission denied: cannot read PID file");
    }
    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn a_home_that_cannot_be_entered_is_permission_denied() {
    let home = Home::with_sleeper().unprivileged();
    home.start();
    home.mode(".inneros", 0o000);

    home.inneros(["daemon", "status"])
        .refused(4, "permission denied")
        .stderr_has("config.toml");
}

#[test]
fn a_configuration_that_cannot_be_read_is_permission_denied() {
    let home = Home::with_sleeper().unprivileged();
    home.mode(".inneros/config.toml", 0o000);

    home.inneros(["daemon", "start"])
        .refused(4, "permission denied: cannot read configuration file")
        .stderr_has("\nhint: ");
}

#[test]
fn logs_that_cannot_be_read_are_permission_denied() {
    let home = Home::new().unprivileged();
    home.write(".inneros/logs/d.log", "secret\n");
    home.mode(".inneros/logs/d.log", 0o000);
    home.inneros(["daemon", "logs"])
        .refused(4, "permission denied: cannot read log file");

    home.mode(".inneros/logs", 0o000);
    home.inneros(["daemon", "logs"])
        .refused(4, "permission denied: cannot read logs folder")
        .stderr_has("\nhint: ");
}

#[test]
fn a_working_folder_that_cannot_be_entered_is_said() {
    let home = Home::with_sleeper()
        .setting("daemon.working_dir = '~/work'")
        .unprivileged();
    home.write("work/file", "");
    home.mode("work", 0o000);

    home.inneros(["daemon", "start"])
        .refused(2, "cannot use working folder '")
        .stderr_has("ermission denied");
}

#[test]
fn the_pid_file_of_another_user_is_refused() {
    if !is_root() {
        return;
    }
    let home = Home::with_sleeper().unprivileged();
    let pid = home.start();
    fs::remove_file(home.ours("daemon.json")).unwrap();
    home.inneros(["daemon", "status"]).code(0);
    chown(home.ours("daemon.pid"), Some(0), Some(0)).unwrap();
    home.mode(".inneros/daemon.pid", 0o644);

    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has("refused PID file")
        .stdout_has("it belongs to another user");
    home.inneros(["daemon", "stop"])
        .refused(4, "refused PID file");

    assert!(is_alive(pid));
}

#[test]
fn a_process_of_another_user_cannot_be_the_daemon() {
    if !is_root() {
        return;
    }
    let stranger = Stranger::new();
    let home = Home::with_sleeper().unprivileged();
    home.write_pid_file(stranger.pid());

    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has("it belongs to another user");
    home.inneros(["daemon", "stop"]).refused(4, "foreign");

    stranger.assert_unharmed();
}

/// Root could signal it.
#[test]
fn to_root_the_process_of_another_user_is_foreign() {
    if !is_root() {
        return;
    }
    let home = Home::with_sleeper();
    let mut sleep = Command::new("sleep");
    sleep.arg("300").uid(65534).gid(65534);
    let stranger = Stranger::running(&mut sleep);
    home.write_pid_file(stranger.pid());

    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has("it belongs to another user");
    for arguments in [&["daemon", "stop"][..], &["daemon", "stop", "--force"]] {
        home.inneros(arguments).refused(4, "foreign");
    }
    let pid = home.start();

    assert_ne!(pid, stranger.pid());
    stranger.assert_unharmed();
}

#[cfg(target_os = "linux")]
#[test]
fn a_daemon_that_gives_up_root_is_still_the_daemon() {
    if !is_root() {
        return;
    }
    let home = Home::new().config(
        "daemon.command = ['setpriv', '--reuid', '65534', '--clear-groups', 'sleep', '300']\n\
         daemon.start_grace = '50ms'\n",
    );
    let pid = home.start();
    crate::process::wait_until("it has given up root", || {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        status.contains("Uid:\t65534\t")
    });

    home.inneros(["daemon", "status"]).code(0);
    home.inneros(["daemon", "start"])
        .refused(5, "already running");
    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
}

/// What the record of a user says, counts for what that user may do.
#[test]
fn a_record_that_names_the_process_of_another_user_gives_no_power_over_it() {
    if !is_root() {
        return;
    }
    let stranger = Stranger::new();
    let home = Home::with_sleeper().unprivileged();
    kill(home.start());
    home.name_exactly(stranger.pid());
    home.write_pid_file(format!("{}\n", stranger.pid()));

    for arguments in [&["daemon", "stop"][..], &["daemon", "stop", "--force"]] {
        home.inneros(arguments).refused(4, "cannot signal");
        assert_eq!(home.record()["phase"], "running", "no stop is under way");
    }
    home.inneros(["daemon", "start"])
        .refused(5, "already running");

    stranger.assert_unharmed();
}

#[test]
fn an_unprivileged_user_has_a_whole_life_of_a_daemon() {
    let home = Home::with_sleeper().unprivileged();

    let pid = home.start();
    home.inneros(["daemon", "status"]).code(0);
    home.inneros(["daemon", "restart"]).code(0);
    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
    assert_eq!(home.processes(), [0; 0]);
}
