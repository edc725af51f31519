//! A home that cannot be written, by nobody at all. What cannot be written down is not
//! done: a daemon that was ended without a note would be taken for a crash.

use std::process::Stdio;

use crate::answer::Answer;
use crate::home::Home;
use crate::mount::Mounted;
use crate::process::{is_alive, wait_until};

fn close(mounted: &Mounted) {
    // A new mount in front of the old one, to which running daemons go on writing.
    mounted
        .shell("mount --bind . . && mount -o remount,bind,ro \"$HOME/.inneros\"")
        .code(0);
}

#[test]
fn nothing_is_started() {
    let Some(mounted) = Mounted::same_disk(Home::with_sleeper()) else {
        return;
    };
    close(&mounted);
    let before = mounted.home().files_and_folders();

    for verb in ["start", "restart"] {
        mounted
            .inneros(&["daemon", verb])
            .refused(1, "daemon.lock'")
            .stderr_has("Read-only file system")
            .stderr_has("hint: nothing was started or signalled; the disk is mounted read-only");
    }

    mounted
        .inneros(&["doctor"])
        .code(1)
        .stdout_has("fail  home folder")
        .stdout_has("the disk is mounted read-only");
    mounted.inneros(&["daemon", "status"]).code(3);
    assert_eq!(mounted.home().files_and_folders(), before);
    assert_eq!(mounted.home().processes(), [0; 0]);
}

#[test]
fn nothing_is_signalled() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let Some(mounted) = Mounted::same_disk(home) else {
        return;
    };
    close(&mounted);
    let before = mounted.home().files_and_folders();

    for arguments in [
        &["daemon", "stop"][..],
        &["daemon", "stop", "--force"],
        &["daemon", "restart"],
    ] {
        mounted
            .inneros(arguments)
            .refused(1, "Read-only file system")
            .stderr_has("hint: nothing was started or signalled; the disk is mounted read-only");
    }

    mounted
        .inneros(&["daemon", "status"])
        .code(0)
        .stdout_has(&format!("{pid}\n"));
    assert!(is_alive(pid));
    assert_eq!(mounted.home().files_and_folders(), before);
    mounted.shell("umount -l \"$HOME/.inneros\"").code(0);
    mounted.inneros(&["daemon", "stop"]).code(0);
}

#[test]
fn a_start_during_which_it_becomes_so_leaves_no_daemon() {
    let Some(mounted) = Mounted::same_disk(Home::with_sleeper()) else {
        return;
    };
    let mut start = mounted.command(&["daemon", "start", "--wait", "2"]);
    start.stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = start.spawn().unwrap();
    wait_until("it runs", || mounted.home().has(".inneros/daemon.pid"));
    close(&mounted);

    let answer = Answer::from_child(start, "start".into());

    answer.refused(1, "Read-only file system");
    mounted.home().assert_no_process_is_left();
}
