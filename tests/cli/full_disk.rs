//! A disk with no room left: nothing is started that is not recorded, and what runs can
//! still be stopped.

use std::fs;
use std::process::Stdio;

use crate::answer::Answer;
use crate::home::Home;
use crate::mount::Mounted;
use crate::process::{is_alive, kill, wait_until};
use crate::strace::{first_after_opening, moments, there_is_strace, traced};

/// The calls that fill a disk, or find that it is full.
const FILLING: &[&str] = &[
    "write",
    "fsync",
    "fdatasync",
    "rename",
    "mkdir",
    "ftruncate",
];

fn fill(disk: &Mounted) {
    disk.shell("cat /dev/zero > filler; true")
        .code(0)
        .stderr_has("No space left on device");
}

fn pid(disk: &Mounted) -> i32 {
    let text = fs::read_to_string(disk.ours("daemon.pid")).unwrap();
    text.trim_end().parse().unwrap()
}

#[test]
fn a_start_fails_and_leaves_nothing() {
    let Some(disk) = Mounted::small_disk(Home::with_sleeper()) else {
        return;
    };
    fill(&disk);

    let answer = disk.inneros(&["daemon", "start"]);

    answer
        .refused(1, "No space left on device")
        .stderr_has("daemon.json'")
        .stderr_has("hint: the disk is full: free some space");
    assert_eq!(disk.home().processes(), [0; 0]);
    let names = ["config.toml", "daemon.lock", "daemon.out", "filler"];
    assert_eq!(disk.names(), names);
    disk.inneros(&["daemon", "status"]).code(3);
    disk.shell("rm filler").code(0);
    disk.inneros(&["daemon", "start"]).code(0);
}

#[test]
fn the_doctor_sees_it_and_leaves_nothing() {
    let Some(disk) = Mounted::small_disk(Home::with_sleeper()) else {
        return;
    };
    disk.inneros(&["doctor"]).stdout_has("ok    home folder");
    fill(&disk);
    let names = disk.names();

    let answer = disk.inneros(&["doctor"]);

    answer
        .code(1)
        .stdout_has("fail  home folder")
        .stdout_has("No space left on device")
        .stdout_has("the disk is full: free some space");
    assert_eq!(disk.names(), names);
}

/// Of what a start would write, each call as a disk may refuse it.
#[test]
fn the_doctor_tries_what_a_start_would_do() {
    if !there_is_strace() {
        return;
    }
    let home = Home::with_sleeper();
    home.start();
    home.inneros(["daemon", "stop"]).code(0);
    home.write("logs/daemon.log", "");
    let home = home.setting("daemon.logs_dir = '~/logs'");
    let before = home.files_and_folders();
    let calls = traced(&home, 0, &["doctor"]);
    let failing = |name: &str, call: &str, errno: &str| {
        let moment = first_after_opening(&calls, name, call);
        let mut doctor = moment.with(&format!("error={errno}"), &home, &["doctor"]);
        doctor.stdout(Stdio::piped());
        Answer::of(doctor)
    };
    for (call, errno, said, way_out) in [
        (
            "write",
            "ENOSPC",
            "No space left on device",
            "the disk is full: free some space",
        ),
        (
            "fsync",
            "EDQUOT",
            "quota exceeded",
            "your quota on this disk is used up: free some space",
        ),
        (
            "openat",
            "EROFS",
            "Read-only file system",
            "the disk is mounted read-only",
        ),
    ] {
        failing("/.daemon.json", call, errno)
            .code(1)
            .stdout_has("fail  home folder")
            .stdout_has(said)
            .stdout_has(way_out);
        assert_eq!(home.files_and_folders(), before);
    }
    failing("/daemon.lock", "openat", "EROFS")
        .code(1)
        .stdout_has("fail  files           cannot write '")
        .stdout_has("the disk is mounted read-only");
    assert_eq!(home.files_and_folders(), before);
}

#[test]
fn a_start_leaves_a_crash_as_it_was() {
    let Some(disk) = Mounted::small_disk(Home::with_sleeper()) else {
        return;
    };
    disk.inneros(&["daemon", "start"]).code(0);
    kill(pid(&disk));
    let before = disk.inneros(&["daemon", "status"]);
    fill(&disk);

    disk.inneros(&["daemon", "start"])
        .refused(1, "No space left on device");

    disk.inneros(&["daemon", "status"])
        .code(1)
        .stdout_is(before.stdout());
    assert_eq!(disk.home().processes(), [0; 0]);
}

#[test]
fn a_configuration_that_cannot_be_replaced_stays() {
    let Some(disk) = Mounted::small_disk(Home::with_sleeper()) else {
        return;
    };
    let before = disk.inneros(&["config", "show"]);
    fill(&disk);
    let names = disk.names();

    disk.inneros(&["config", "init", "--force"])
        .refused(2, "config.toml'")
        .stderr_has("hint: the disk is full: free some space");

    disk.inneros(&["config", "show"])
        .code(0)
        .stdout_is(before.stdout());
    assert_eq!(disk.names(), names);
}

#[test]
fn a_manual_that_cannot_be_replaced_stays() {
    let Some(disk) = Mounted::small_disk(Home::with_sleeper()) else {
        return;
    };
    let folder = disk.ours("man1").display().to_string();
    disk.inneros(&["man", "--dir", &folder]).code(0);
    let page = disk.ours("man1/inneros.1");
    let before = fs::read(&page).unwrap();
    fill(&disk);

    disk.inneros(&["man", "--dir", &folder])
        .refused(1, "No space left on device");

    assert_eq!(fs::read(&page).unwrap(), before);
    assert!(fs::read_dir(disk.ours("man1")).unwrap().all(|entry| {
        let name = entry.unwrap().file_name();
        !name.to_string_lossy().starts_with('.')
    }));
}

#[test]
fn a_daemon_can_be_stopped() {
    let Some(disk) = Mounted::small_disk(Home::with_sleeper()) else {
        return;
    };
    disk.inneros(&["daemon", "start"]).code(0);
    let pid = pid(&disk);
    fill(&disk);

    disk.inneros(&["daemon", "status"]).code(0);
    disk.inneros(&["daemon", "stop"])
        .code(0)
        .stdout_is(&format!("InnerOS stopped (pid {pid})\n"));

    assert!(!is_alive(pid));
    let names = [
        "config.toml",
        "daemon.lock",
        "daemon.out",
        "filler",
        "history.jsonl",
    ];
    assert_eq!(disk.names(), names);
    disk.inneros(&["daemon", "status"])
        .code(3)
        .stdout_has("InnerOS is not running");
}

#[test]
fn a_daemon_can_be_restarted() {
    let Some(disk) = Mounted::small_disk(Home::with_sleeper()) else {
        return;
    };
    disk.inneros(&["daemon", "start"]).code(0);
    let first = pid(&disk);
    fill(&disk);

    disk.inneros(&["daemon", "restart"]).code(0);

    let second = pid(&disk);
    assert_ne!(second, first);
    assert_eq!(disk.home().processes(), [second]);
    disk.inneros(&["daemon", "stop"]).code(0);
}

#[test]
fn a_stop_that_was_asked_for_is_no_crash() {
    let Some(disk) = Mounted::small_disk(Home::with_daemon(
        "trap 'echo > \"$HOME/asked\"; while [ ! -e \"$HOME/seen\" ]; do sleep 0.02; done; exit 1' TERM\n\
         echo up > \"$HOME/ready\"",
    )) else {
        return;
    };
    disk.inneros(&["daemon", "start"]).code(0);
    let pid = pid(&disk);
    wait_until("the daemon is ready", || disk.home().has("ready"));
    fill(&disk);

    // Whoever asked is killed before the daemon is gone.
    let mut stop = disk.command(&["daemon", "stop"]).spawn().unwrap();
    wait_until("the stop was noted", || !disk.ours("daemon.pid").exists());
    wait_until("the daemon was asked", || disk.home().has("asked"));
    stop.kill().unwrap();
    stop.wait().unwrap();
    disk.home().write("seen", "");
    wait_until("it is gone", || !is_alive(pid));

    disk.inneros(&["daemon", "status"])
        .code(3)
        .stdout_has("InnerOS is not running");
}

#[test]
fn a_daemon_that_does_not_end_keeps_its_pid_file() {
    let Some(disk) =
        Mounted::small_disk(Home::with_daemon("trap '' TERM; echo up > \"$HOME/ready\""))
    else {
        return;
    };
    disk.inneros(&["daemon", "start"]).code(0);
    let pid_before = pid(&disk);
    wait_until("the daemon is ready", || disk.home().has("ready"));
    fill(&disk);

    disk.inneros(&["daemon", "stop", "--timeout", "0.2"])
        .refused(1, "is still running");

    assert_eq!(pid(&disk), pid_before);
    disk.inneros(&["daemon", "status"]).code(0);
    disk.inneros(&["daemon", "stop", "--timeout", "0.2", "--force"])
        .code(0);
    disk.home().assert_no_process_is_left();
}

#[test]
fn a_daemon_that_fills_the_disk_with_its_output_lives_and_can_be_stopped() {
    let Some(disk) = Mounted::small_disk(Home::with_daemon(
        "while [ ! -e \"$HOME/go\" ]; do sleep 0.02; done\n\
         cat /dev/zero 2> /dev/null; echo up > \"$HOME/ready\"",
    )) else {
        return;
    };
    disk.inneros(&["daemon", "start"]).code(0);
    let pid = pid(&disk);
    disk.home().write("go", "");
    wait_until("its output has filled the disk", || {
        disk.home().has("ready")
    });

    disk.inneros(&["daemon", "status"])
        .code(0)
        .stdout_has(&format!("{pid}\n"));
    disk.inneros(&["daemon", "stop"]).code(0);

    disk.home().assert_no_process_is_left();
    let names = ["config.toml", "daemon.lock", "daemon.out", "history.jsonl"];
    assert_eq!(disk.names(), names);
}

/// Each write, rename and fsync of a start, a restart and a stop, as a disk may answer that
/// becomes full at that moment: what the command says is so, and whatever runs is known.
#[test]
fn at_each_moment_at_which_there_may_be_no_room_left_nothing_runs_unknown() {
    if !there_is_strace() {
        return;
    }
    let home =
        Home::new().config("daemon.command = ['sleep', '300']\ndaemon.start_grace = '5ms'\n");
    for verb in ["start", "restart", "stop"] {
        let prepare = || {
            if verb != "start" {
                home.start();
            }
        };
        prepare();
        let calls = traced(&home, 0, &["daemon", verb]);
        home.inneros(["daemon", "stop"]);
        let mut failed = 0;
        for moment in moments(&calls, 20) {
            if !moment.is_of(FILLING) {
                continue;
            }
            prepare();

            let answer = Answer::of(moment.with("error=ENOSPC", &home, &["daemon", verb]));

            let succeeded = answer.has_code(0);
            failed += u32::from(!succeeded);
            let left = home.known_daemon();
            match verb {
                "stop" => assert!(!succeeded || left.is_none(), "{moment:?}"),
                _ => assert!(!succeeded || left.is_some(), "{moment:?}"),
            }
            if left.is_some() {
                assert_eq!(home.record()["pid"], home.pid(), "{moment:?}");
            }
            let code = if left.is_some() { 0 } else { 3 };
            home.inneros(["daemon", "stop"]).code(code);
            home.inneros(["daemon", "status"]).code(3);
            assert_eq!(home.processes(), [0; 0], "{moment:?}");
        }
        assert!(failed > 0, "{verb}");
    }
}
