//! Commands, folders and times that are none: said clearly, nothing half-written.

use std::os::unix::fs::symlink;

use crate::answer::Answer;
use crate::home::Home;

#[test]
fn a_command_that_cannot_be_run_is_said_and_nothing_is_written() {
    let home = Home::new();
    let program = |name: &str, text: &str| home.write_program(name, text).display().to_string();
    let folder = home.path().display().to_string();
    let no_permission = program("no-permission", "#!/bin/sh\n");
    home.mode("no-permission", 0o644);
    let no_interpreter = program("no-interpreter", "#!/no/such/interpreter\n");
    let no_hash_bang = program("no-hash-bang", "echo hello\n");
    for (command, code, message) in [
        (
            "no-such-command",
            2,
            "cannot find program 'no-such-command' in PATH",
        ),
        (
            "/no/such/command",
            2,
            "cannot find program '/no/such/command'",
        ),
        ("./no-such", 2, "cannot find program"),
        (&folder, 2, "is not a file"),
        (&no_permission, 2, "permission denied: program '"),
        (
            &no_interpreter,
            1,
            "cannot execute the program: No such file",
        ),
        (&no_hash_bang, 1, "cannot execute the program: Exec format"),
    ] {
        home.write(
            ".inneros/config.toml",
            format!("daemon.command = ['{command}']\n"),
        );
        let files = || {
            let mut files = home.files();
            files.retain(|name, _| !name.ends_with("/daemon.out"));
            files
        };
        let before = files();

        home.inneros(["daemon", "start"])
            .refused(code, message)
            .stderr_has("\nhint: ");

        assert_eq!(files(), before, "{command}");
        assert_eq!(home.processes(), [0; 0]);
        home.inneros(["daemon", "status"]).code(3);
    }
}

#[test]
fn a_working_folder_that_is_none_is_said() {
    let home = Home::with_sleeper();
    home.write("file", "");
    for (folder, cause) in [("~/missing", "No such file"), ("~/file", "Not a directory")] {
        home.write(
            ".inneros/config.toml",
            format!("daemon.command = ['sleep', '300']\ndaemon.working_dir = '{folder}'\n"),
        );
        let before = home.files();

        home.inneros(["daemon", "start"])
            .refused(2, "cannot use working folder '")
            .stderr_has(cause)
            .stderr_has("\nhint: ");

        assert_eq!(home.files(), before);
        assert_eq!(home.processes(), [0; 0]);
    }
}

#[test]
fn a_home_that_is_a_file_is_said() {
    let home = Home::new();
    home.write(".inneros", "");
    let mut start = home.command(["daemon", "start"]);
    start.env("INNEROS_DAEMON_COMMAND", "sleep 300");

    Answer::of(start)
        .refused(2, "cannot read configuration file")
        .stderr_has("Not a directory");

    assert_eq!(home.read(".inneros"), "");
}

#[test]
fn a_capture_file_that_leads_elsewhere_is_refused() {
    let home = Home::with_sleeper();
    home.write("precious", "mine\n");
    symlink(home.path().join("precious"), home.ours("daemon.out")).unwrap();

    home.inneros(["daemon", "start"])
        .refused(1, "cannot open '");

    assert_eq!(home.read("precious"), "mine\n");
    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn times_that_are_none_are_refused() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let before = home.files_and_folders();
    for time in ["", "soon", "-1", "1e9", "NaN", "inf", "1x"] {
        for arguments in [
            ["daemon", "stop", "--timeout"],
            ["daemon", "start", "--wait"],
        ] {
            home.inneros(arguments.iter().copied().chain([time]))
                .refused(2, "");
        }
    }

    assert_eq!(home.files_and_folders(), before);
    assert_eq!(home.processes(), [pid]);
}

#[test]
fn files_of_ours_that_are_something_else_are_said() {
    for (name, message) in [
        ("daemon.lock", "cannot open lock file '"),
        ("daemon.json", "daemon.json'"),
        ("daemon.out", "cannot open '"),
    ] {
        let home = Home::with_sleeper();
        std::fs::create_dir(home.ours(name)).unwrap();

        home.inneros(["daemon", "start"]).refused(1, message);

        assert!(!home.has(".inneros/daemon.pid"));
        assert_eq!(home.processes(), [0; 0]);
        home.inneros(["daemon", "status"]).code(3);
    }
}

#[test]
fn a_lock_file_that_leads_elsewhere_is_refused() {
    let home = Home::with_sleeper();
    symlink(home.path().join("elsewhere"), home.ours("daemon.lock")).unwrap();

    home.inneros(["daemon", "start"])
        .refused(1, "cannot open lock file '");

    assert!(!home.has("elsewhere"));
    assert_eq!(home.processes(), [0; 0]);
}
