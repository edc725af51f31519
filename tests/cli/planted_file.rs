//! Something else stands where our files belong: nothing is written through it, nothing
//! waits for it, and nothing that somebody else has put there is believed.

use std::fs::{self, File};
use std::os::unix::fs::{chown, symlink};
use std::path::Path;
use std::process::Command;

use crate::home::Home;
use crate::process::{Stranger, is_alive, kill};
use crate::skip::is_root;

/// What was there first, and must still be there in the end.
const PRECIOUS: &str = "precious\n";

/// Another user than the one as whom the program runs.
const SOMEBODY: u32 = 65533;

fn make_fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// Puts something in the place of a file, and returns what must stay open meanwhile.
fn plant(home: &Home, kind: &str, name: &str) -> Option<File> {
    let precious = home.write("precious", PRECIOUS);
    let path = home.ours(name);
    match kind {
        "link" => symlink(precious, path).unwrap(),
        "link to nowhere" => symlink("nowhere", path).unwrap(),
        "link to zeros" => symlink("/dev/zero", path).unwrap(),
        "folder" => fs::create_dir(path).unwrap(),
        "FIFO" => make_fifo(&path),
        "FIFO with a reader" => {
            make_fifo(&path);
            return Some(File::options().read(true).write(true).open(path).unwrap());
        }
        "hard link" => fs::hard_link(precious, path).unwrap(),
        kind => panic!("{kind}"),
    }
    None
}

const KINDS: [&str; 6] = [
    "link",
    "link to nowhere",
    "link to zeros",
    "folder",
    "FIFO",
    "FIFO with a reader",
];

#[test]
fn what_is_not_a_file_is_not_locked() {
    for kind in KINDS {
        let home = Home::with_sleeper();
        let _open = plant(&home, kind, "daemon.lock");
        let before = home.files_and_folders();

        for operation in ["start", "stop", "restart"] {
            home.inneros(["daemon", operation])
                .refused(1, "cannot open lock file")
                .stderr_has("it is not a regular file");
        }

        assert_eq!(home.files_and_folders(), before, "{kind}");
        assert_eq!(home.processes(), [0; 0]);
    }
}

#[test]
fn no_daemon_writes_to_what_is_not_a_file() {
    for kind in KINDS {
        let home = Home::with_sleeper();
        let _open = plant(&home, kind, "daemon.out");
        let before = home.files();

        for operation in ["start", "restart"] {
            home.inneros(["daemon", operation])
                .refused(1, "daemon.out'")
                .stderr_has("it is not a regular file");
        }

        assert_eq!(home.files(), before, "{kind}");
        assert_eq!(home.processes(), [0; 0]);
    }
}

#[test]
fn a_record_replaces_what_is_in_its_place_and_does_not_follow_it() {
    for kind in KINDS.into_iter().filter(|kind| *kind != "folder") {
        let home = Home::with_sleeper();
        let _open = plant(&home, kind, "daemon.json");

        let pid = home.start();

        assert_eq!(home.record()["pid"], pid, "{kind}");
        home.inneros(["daemon", "stop"]).code(0);
        assert_eq!(home.read("precious"), PRECIOUS);
        assert!(!home.has(".inneros/nowhere"));
    }
}

#[test]
fn no_daemon_starts_that_cannot_be_recorded() {
    let home = Home::with_sleeper();
    plant(&home, "folder", "daemon.json");

    home.inneros(["daemon", "start"]).refused(1, "daemon.json'");

    assert!(!home.has(".inneros/daemon.pid"));
    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn a_file_with_a_second_name_is_not_written_to() {
    for name in ["daemon.pid", "daemon.json", "daemon.lock", "daemon.out"] {
        let home = Home::with_daemon("echo spoken; echo up > \"$HOME/ready\"");
        let precious = if name == "daemon.pid" {
            "812345\n"
        } else {
            PRECIOUS
        };
        fs::hard_link(home.write("precious", precious), home.ours(name)).unwrap();

        home.start_until_ready();
        home.inneros(["daemon", "status"]).code(0);
        home.inneros(["daemon", "restart"]).code(0);
        home.inneros(["daemon", "stop"]).code(0);

        assert_eq!(home.read("precious"), precious, "{name}");
        assert!(home.read(".inneros/daemon.out").contains("spoken"));
        home.assert_no_process_is_left();
    }
}

#[test]
fn files_that_change_into_links_under_a_running_daemon_are_left_alone() {
    for name in ["daemon.pid", "daemon.json", "daemon.out"] {
        let home = Home::with_sleeper();
        let pid = home.start();
        fs::remove_file(home.ours(name)).unwrap();
        plant(&home, "link", name);

        home.inneros(["daemon", "status"]).code(0);
        home.inneros(["daemon", "start"])
            .refused(5, "already running");
        home.inneros(["daemon", "stop"]).code(0);

        assert!(!is_alive(pid));
        assert_eq!(home.read("precious"), PRECIOUS, "{name}");
    }
}

#[test]
fn a_record_that_others_may_have_written_counts_as_none() {
    let stranger = Stranger::new();
    let home = Home::with_daemon("");
    let pid = home.start();
    home.name_exactly(stranger.pid());
    let record = home.read(".inneros/daemon.json");
    let path = home.ours("daemon.json");
    for kind in [
        "all may write",
        "a group may write",
        "link",
        "FIFO",
        "folder",
    ] {
        fs::remove_file(&path).unwrap();
        match kind {
            "all may write" => {
                home.write(".inneros/daemon.json", &record);
                home.mode(".inneros/daemon.json", 0o602);
            }
            "a group may write" => {
                home.write(".inneros/daemon.json", &record);
                home.mode(".inneros/daemon.json", 0o620);
            }
            "link" => {
                symlink(home.write("elsewhere", &record), &path).unwrap();
                home.mode("elsewhere", 0o600);
            }
            kind => drop(plant(&home, kind, "daemon.json")),
        }

        let status = home.inneros(["daemon", "status", "--json"]).code(0).json();

        assert_eq!(status["pid"], pid, "{kind}");
    }
    fs::remove_dir(&path).unwrap();
    home.inneros(["daemon", "stop"]).code(0);
    stranger.assert_unharmed();
}

/// In `/tmp`, say, with and without the sticky bit, somebody was there first.
#[test]
fn nothing_of_somebody_else_in_a_shared_folder_is_believed_or_written_to() {
    if !is_root() {
        return;
    }
    for (folder_mode, file_mode) in [(0o1777, 0o644), (0o1777, 0o666), (0o777, 0o666)] {
        for name in ["d.pid", "d.json", "d.lock", "d.out"] {
            let home = Home::with_sleeper();
            let shared = home.path().join("shared");
            fs::create_dir(&shared).unwrap();
            let setting = format!("daemon.pid_file = '{}/d.pid'", shared.display());
            let home = home.setting(&setting).unprivileged();
            chown(&shared, Some(0), Some(0)).unwrap();
            home.mode("shared", folder_mode);
            // Of this user, and running the configured command.
            let mut sleep = Command::new("sleep");
            home.at_home(sleep.arg("300"));
            let bystander = Stranger::running(&mut sleep);
            let content = match name {
                "d.pid" => format!("{}\n", bystander.pid()),
                "d.json" => record_of(bystander.pid()),
                _ => PRECIOUS.into(),
            };
            let planted = home.write(&format!("shared/{name}"), &content);
            chown(&planted, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
            home.mode(&format!("shared/{name}"), file_mode);

            for operation in [
                &["stop"][..],
                &["stop", "--force"],
                &["start"],
                &["restart"],
            ] {
                let answer = home.inneros([&["daemon"], operation].concat());
                // In a folder without the sticky bit, everybody may put files of his own
                // in the place of somebody else's: so may we.
                let replaced = name == "d.json" && folder_mode == 0o777;
                let done = replaced && (answer.has_code(0) || answer.has_code(3));
                let nothing_to_stop =
                    name != "d.pid" && operation[0] == "stop" && answer.has_code(3);
                assert!(
                    done || nothing_to_stop || answer.has_code(4),
                    "{name}: {answer}"
                );
                bystander.assert_unharmed();
            }

            let kept = fs::read_to_string(&planted).is_ok_and(|text| text == content);
            assert!(kept || name == "d.json" && folder_mode == 0o777, "{name}");
        }
    }
}

/// The record of a daemon that has this PID.
fn record_of(pid: i32) -> String {
    let home = Home::with_sleeper();
    kill(home.start());
    home.name_exactly(pid);
    home.record().to_string()
}

#[test]
fn a_pid_file_that_a_group_with_other_members_may_write_is_refused() {
    if !is_root() {
        return;
    }
    let home = Home::with_sleeper().unprivileged();
    let stranger = Stranger::new();
    let path = home.write_pid_file(stranger.pid());
    home.mode(".inneros/daemon.pid", 0o664);
    let status = |group| {
        use std::os::unix::process::CommandExt;
        chown(&path, None, Some(group)).unwrap();
        let mut command = home.command(["daemon", "status"]);
        command.gid(group);
        crate::answer::Answer::of(command)
    };

    // The user's own group has no other members; one such as `users`, which is the first
    // group of everybody, has.
    status(65534).stdout_has("foreign process");
    status(100)
        .code(4)
        .stdout_has("refused PID file")
        .stdout_has("other users can write to it");
}
