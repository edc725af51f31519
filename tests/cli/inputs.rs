//! What is given to the program is not taken at its word.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::answer::Answer;
use crate::home::Home;

const LOOKING: [&[&str]; 5] = [
    &["daemon", "status"],
    &["daemon", "stop"],
    &["daemon", "logs"],
    &["config", "show"],
    &["daemon", "start"],
];

fn run(home: &Home, variables: &[(&str, &str)], arguments: &[&str]) -> Answer {
    let mut command = home.command(arguments);
    command.envs(variables.iter().copied());
    Answer::of(command)
}

fn mkfifo(home: &Home, name: &str) {
    let made = Command::new("mkfifo")
        .arg(home.path().join(name))
        .status()
        .unwrap();
    assert!(made.success());
}

#[test]
fn a_configuration_that_is_no_small_regular_file_is_refused_at_once() {
    const CONFIG: &str = ".inneros/config.toml";
    type Make = dyn Fn(&Home);
    let make: [(&Make, &str, &str); 6] = [
        (&|home| mkfifo(home, CONFIG), "it is not a regular file", ""),
        (
            &|home| symlink("/dev/zero", home.path().join(CONFIG)).unwrap(),
            "it is not a regular file",
            "",
        ),
        (
            &|home| _ = home.write(CONFIG, "#".repeat(1024 * 1024 + 1)),
            "it is larger than 1 MiB",
            "",
        ),
        (
            &|home| fs::create_dir(home.path().join(CONFIG)).unwrap(),
            "Is a directory",
            "hint: there is a folder where a file should be",
        ),
        (
            &|home| symlink("config.toml", home.path().join(CONFIG)).unwrap(),
            "Too many levels of symbolic links",
            "hint: the symbolic links in the path form a loop",
        ),
        (
            &|home| symlink("a".repeat(300), home.path().join(CONFIG)).unwrap(),
            "File name too long",
            "hint: the path is too long",
        ),
    ];
    for (make, why, hint) in make {
        let home = Home::new();
        fs::create_dir(home.ours("")).unwrap();
        make(&home);

        for arguments in LOOKING {
            home.inneros(arguments)
                .refused(2, "cannot read configuration file '")
                .stderr_has(why)
                .stderr_has(hint);
        }
        home.inneros(["doctor"]).code(1).stdout_has(why);
        assert_eq!(home.processes(), [0; 0]);
    }
}

#[test]
fn a_configuration_in_the_path_of_a_file_is_said_to_be_there() {
    let home = Home::new();
    let file = home.write("file", "");

    let answer = run(
        &home,
        &[("INNEROS_CONFIG", &format!("{}/config.toml", file.display()))],
        &["daemon", "status"],
    );

    answer
        .refused(2, "Not a directory")
        .stderr_has("hint: a part of the path is a file, not a folder");
}

#[test]
fn a_configuration_of_a_mebibyte_is_read() {
    let text = "daemon.name = 'Long'\n";
    let home = Home::new().config(&format!("{text}{}", "#".repeat(1024 * 1024 - text.len())));

    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("Long is not running");
}

#[test]
fn a_configuration_that_is_named_and_not_there_is_an_error() {
    let home = Home::with_sleeper();
    let typo = home.path().join("typo.toml").display().to_string();
    let (flags, variables) = (["--config", &typo], [("INNEROS_CONFIG", typo.as_str())]);
    for (flags, variables) in [(&flags[..], &[][..]), (&[], &variables)] {
        for arguments in LOOKING {
            run(&home, variables, &[arguments, flags].concat())
                .refused(2, &format!("cannot read configuration file '{typo}'"))
                .stderr_has(&format!("`inneros --config {typo} config init`"));
        }
        run(&home, variables, &[&["config", "path"], flags].concat()).code(0);
    }
    assert_eq!(home.processes(), [0; 0]);

    home.inneros(["config", "init", "--config", &typo]).code(0);
    home.inneros(["daemon", "status", "--config", &typo])
        .code(3);
}

/// It would make the status untrue, and a stop would remove the lock.
#[test]
fn a_pid_file_that_is_a_file_of_ours_is_refused() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let elsewhere = Home::with_sleeper().setting("daemon.pid_file = '~/run/a.pid'");
    for (home, name, what) in [
        (&home, ".inneros/daemon.lock", "is the lock of 'daemon.pid'"),
        (
            &home,
            ".inneros/daemon.json",
            "is the run record of 'daemon.pid'",
        ),
        (
            &home,
            ".inneros/daemon.out",
            "is the output of 'daemon.pid'",
        ),
        (
            &home,
            ".inneros/daemon.out.1",
            "is the output of 'daemon.pid'",
        ),
        (
            &home,
            ".inneros/x/../daemon.lock",
            "is the lock of 'daemon.pid'",
        ),
        (&home, ".inneros/DAEMON.LOCK", "is the lock of 'daemon.pid'"),
        (&home, ".inneros/config.toml", "is the configuration file"),
        (&elsewhere, "run/a.lock", "is the lock of 'a.pid'"),
        (&elsewhere, "run/a.json", "is the run record of 'a.pid'"),
    ] {
        let path = home.path().join(name).display().to_string();
        let before = home.files_and_folders();

        for verb in ["start", "status", "stop"] {
            run(home, &[("INNEROS_PID_FILE", &path)], &["daemon", verb])
                .refused(2, "INNEROS_PID_FILE is not valid: ")
                .stderr_has(what);
        }

        assert_eq!(home.files_and_folders(), before);
    }
    for name in ["daemon.lock", "daemon.json", "daemon.out"] {
        let home = Home::with_sleeper().setting(&format!("daemon.pid_file = '~/.inneros/{name}'"));
        home.inneros(["daemon", "status"])
            .refused(2, "config.toml:")
            .stderr_has(" of 'daemon.pid'");
    }
    assert_eq!(home.processes(), [pid]);
}

#[test]
fn no_hint_asks_to_remove_what_is_not_the_daemons() {
    let home = Home::with_sleeper();
    home.write("notes.txt", "milk and bread\n".repeat(40));
    fs::create_dir(home.path().join("folder")).unwrap();
    for path in [
        "/",
        "/etc/passwd",
        "/dev/null",
        "/proc/self/mem",
        "~/folder",
        "~/notes.txt",
    ] {
        let home = Home::with_sleeper().setting(&format!("daemon.pid_file = '{path}'"));
        home.write("notes.txt", "milk and bread\n".repeat(40));
        fs::create_dir(home.path().join("folder")).unwrap();
        for verb in ["status", "start", "stop"] {
            let answer = home.inneros(["daemon", verb]);

            for text in [answer.stdout(), answer.stderr()] {
                assert!(!text.contains("remove"), "{answer}");
            }
            assert_ne!(answer.exit_code(), 0, "{answer}");
        }
        assert_eq!(home.processes(), [0; 0]);
    }
}

#[test]
fn a_name_cannot_drive_a_terminal() {
    let home = Home::with_sleeper()
        .setting("daemon.name = \"\\u001b[2J\\u001b[31mred\\u009b31m\\rX\"")
        .setting("daemon.logs_dir = \"~/\\u001b]0;x\\u0007\"");
    for arguments in [
        &["daemon", "status"][..],
        &["daemon", "start"],
        &["daemon", "start"],
        &["daemon", "status"],
        &["daemon", "logs"],
        &["daemon", "restart"],
        &["doctor"],
        &["config", "show"],
        &["daemon", "stop"],
        &["daemon", "stop"],
    ] {
        for flags in [&[][..], &["--json"], &["-v"], &["--color", "always"]] {
            let answer = home.inneros([flags, arguments].concat());

            for text in [answer.stdout(), answer.stderr()] {
                let plain = ["1;31", "1;33", "31", "32", "33", "2", "0"]
                    .iter()
                    .fold(text.to_owned(), |text, color| {
                        text.replace(&format!("\x1b[{color}m"), "")
                    });
                let drives = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
                assert!(!plain.contains(drives), "{arguments:?}: {plain:?}");
                assert!(!text.contains("\x1b[31mred"), "{arguments:?}: {text:?}");
                assert!(flags.contains(&"always") || plain == text, "{text:?}");
            }
        }
    }
}

#[test]
fn a_log_that_is_no_file_is_named() {
    let home = Home::with_sleeper().setting("daemon.logs_dir = '~/logs'");
    let logs = home.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let cases: [(&dyn Fn(), &str); 4] = [
        (
            &|| mkfifo(&home, "logs/a.log"),
            "a.log' is not a regular file",
        ),
        (
            &|| fs::create_dir(logs.join("a.log")).unwrap(),
            "a.log' is a folder",
        ),
        (
            &|| symlink("a.log", logs.join("a.log")).unwrap(),
            "a.log' is a broken symbolic link",
        ),
        (
            &|| symlink("/nowhere", logs.join("a.log")).unwrap(),
            "a.log' is a broken symbolic link",
        ),
    ];
    for (make, what) in cases {
        make();

        home.inneros(["daemon", "logs"])
            .refused(1, "no logs in '")
            .stderr_has(what);
        home.inneros(["daemon", "logs", "--all"])
            .refused(1, "no logs in '")
            .stderr_has(what);

        let path = logs.join("a.log");
        fs::remove_dir(&path)
            .or_else(|_| fs::remove_file(&path))
            .unwrap();
    }
}

/// "File exists" says neither what is there nor what to do.
#[test]
fn a_folder_that_cannot_be_made_says_what_stands_in_its_place() {
    let home = Home::with_sleeper();
    home.write("file", "");
    std::os::unix::fs::symlink("round", home.path().join("round")).unwrap();
    for (name, way_out) in [
        ("file", "a part of the path is a file, not a folder"),
        ("round", "the symbolic links in the path form a loop"),
    ] {
        let mut start = home.command(["daemon", "start"]);
        start.env("INNEROS_PID_FILE", home.path().join(name).join("x.pid"));
        Answer::of(start)
            .refused(1, "cannot create folder '")
            .stderr_has(way_out);
    }
}
