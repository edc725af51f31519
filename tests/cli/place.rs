//! A home folder that another computer or another container has, too: what runs there cannot be
//! seen from here, and is not taken for gone.

use serde_json::json;

use crate::home::Home;
use crate::namespace;
use crate::process::kill;

/// Nothing starts a second daemon or forgets the first.
#[track_caller]
fn assert_left_alone(home: &Home, place: &str) {
    let before = home.files();

    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has("InnerOS is in an unknown state\n")
        .stdout_has(&format!("it runs, or ran, {place}"))
        .stdout_has(&home.ours("daemon.json").display().to_string());
    for arguments in [
        &["daemon", "start"][..],
        &["daemon", "stop"],
        &["daemon", "stop", "--force"],
        &["daemon", "restart"],
        &["daemon", "run"],
    ] {
        home.inneros(arguments)
            .refused(4, &format!("it runs, or ran, {place}"))
            .stderr_has("hint: stop it there");
    }

    assert_eq!(home.files(), before);
}

#[test]
fn a_record_says_where_its_daemon_runs() {
    let home = Home::with_sleeper();
    home.start();

    let host = &home.record()["host"];

    assert!(!host["name"].as_str().unwrap().is_empty(), "{host}");
    if cfg!(target_os = "linux") {
        assert!(host["pid_namespace"].as_u64() > Some(0), "{host}");
    }
}

/// As a network brings it about, or a folder that was restored from a backup: the boot is
/// another one, too.
#[test]
fn the_daemon_of_another_computer_is_not_gone() {
    let home = Home::with_sleeper();
    kill(home.start());
    let there = json!({"name": "elsewhere", "machine": "0".repeat(32), "pid_namespace": 1});
    home.alter_record("host", there);
    home.alter_record("boot_id", "00000000-0000-0000-0000-000000000000");

    assert_left_alone(&home, "on elsewhere");

    // A PID file that cannot be read changes nothing about it.
    home.write_pid_file("");
    assert_left_alone(&home, "on elsewhere");

    std::fs::remove_file(home.ours("daemon.json")).unwrap();
    std::fs::remove_file(home.ours("daemon.pid")).unwrap();
    home.start();
}

/// As in a container that has the same home, or a terminal in a sandbox.
#[test]
fn the_daemon_of_another_pid_namespace_is_not_gone() {
    let home = Home::with_sleeper();
    let script = r#"
        inneros daemon start > /dev/null || exit 71
        daemon=$(cat "$files/daemon.pid")
        inside() { unshare --pid --fork --kill-child --mount-proc sh -c "$1" "$program"; }
        inside '
            for operation in status start stop "stop --force" restart; do
                "$0" daemon $operation > "$HOME/said" 2>&1; echo "$operation: $?"
                grep -q "it runs, or ran, in another container" "$HOME/said" || cat "$HOME/said"
            done'
        lives $daemon && echo lives
        says status; says stop; says status
        inside '"$0" daemon start > /dev/null; echo "start: $?"'"#;

    let Some(answer) = namespace::run(&home, script) else {
        return;
    };

    answer.code(0).stdout_is(
        "status: 4\nstart: 4\nstop: 4\nstop --force: 4\nrestart: 4\nlives\n\
         status: 0\nstop: 0\nstatus: 3\nstart: 0\n",
    );
}

/// Records of older versions do not say it.
#[test]
fn a_record_without_a_place_is_of_this_one() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let mut record = home.record();
    record.as_object_mut().unwrap().remove("host");
    home.write(".inneros/daemon.json", record.to_string());

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&format!("{pid}\n"));
    home.inneros(["daemon", "stop"]).code(0);
}
