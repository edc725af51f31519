//! `inneros doctor`

use serde_json::Value;

use crate::answer::Answer;
use crate::home::Home;
use crate::skip::is_root;

/// The verdict of one check.
fn verdict(answer: &Value, name: &str) -> String {
    let checks = answer["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    check
        .map_or("absent", |check| check["verdict"].as_str().unwrap())
        .to_owned()
}

#[test]
fn a_home_that_is_well_has_nothing_broken() {
    let home = Home::with_sleeper();
    home.start();

    let answer = home.inneros(["doctor", "--json"]);

    let json = answer.code(0).json();
    assert_eq!(json["success"], true);
    for name in [
        "configuration",
        "command",
        "working folder",
        "home folder",
        "daemon",
    ] {
        assert_eq!(verdict(&json, name), "ok", "{json:#}");
    }
}

#[test]
fn everything_that_is_wrong_is_named_at_once_with_the_way_out() {
    let home = Home::new().config(
        "[daemon]\ncommand = [\"no-such-program\"]\nworking_dir = \"/nowhere\"\n\
         [health]\nurl = \"http://127.0.0.1:1/\"\n",
    );
    home.write_pid_file("abc");

    let answer = home.inneros(["doctor"]);

    answer
        .code(1)
        .stdout_has("cannot find program 'no-such-program'")
        .stdout_has("'/nowhere'")
        .stdout_has("invalid PID")
        .stdout_has("found 'abc'")
        .stdout_has("2 errors");
}

#[test]
fn a_broken_file_does_not_keep_the_doctor_from_the_rest() {
    let home = Home::new().config("[daemon]\ncomand = [\"x\"]\n");

    home.inneros(["doctor"])
        .code(1)
        .stdout_has("config.toml:2: comand")
        .stdout_has("daemon");
}

#[test]
fn a_home_that_others_may_write_is_broken() {
    let home = Home::with_sleeper();
    home.mode(".inneros", 0o777);

    let json = home.inneros(["doctor", "--json"]).code(1).json();

    assert_eq!(verdict(&json, "home folder"), "fail", "{json:#}");
}

#[test]
fn looking_changes_nothing() {
    let home = Home::with_sleeper();
    home.start();
    let before = home.files_and_folders();

    home.inneros(["doctor"]).code(0);

    assert_eq!(home.files_and_folders(), before);
}

/// As one command under sudo leaves them.
#[test]
fn files_of_another_user_that_a_start_needs_are_named() {
    if !is_root() {
        return;
    }
    for name in ["daemon.lock", "daemon.out"] {
        let home = Home::with_sleeper().unprivileged();
        let path = home.write(&format!(".inneros/{name}"), "");
        std::os::unix::fs::chown(&path, Some(0), Some(0)).unwrap();
        home.mode(&format!(".inneros/{name}"), 0o600);
        let before = home.files();

        home.inneros(["doctor"])
            .code(1)
            .stdout_has(&format!("cannot write '{}'", path.display()))
            .stdout_has("it belongs to user 0")
            .stdout_has("sudo chown 65534 ");
        assert_eq!(home.files(), before);
    }
}

/// What one `sudo` leaves: files of root in a folder of one's own.
#[test]
fn each_file_of_another_user_that_a_start_needs_is_named_with_its_owner() {
    if !is_root() {
        return;
    }
    let home = Home::with_sleeper();
    home.start();
    home.inneros(["daemon", "stop"]).code(0);
    home.write_pid_file("1");
    home.write(".inneros/daemon.json", "{}");
    let home = home.unprivileged();
    let names = ["daemon.lock", "daemon.out", "daemon.json", "daemon.pid"];
    for name in names {
        std::os::unix::fs::chown(home.ours(name), Some(0), Some(0)).unwrap();
    }

    let answer = home.inneros(["doctor"]);

    answer.code(1);
    for name in names {
        let path = home.ours(name).display().to_string();
        answer
            .stdout_has(&format!("'{path}': it belongs to user 0\n"))
            .stdout_has(&format!("sudo chown 65534 '{path}'\n"));
    }
}

#[test]
fn root_is_told_whose_home_it_writes_into_before_it_does() {
    if !is_root() {
        return;
    }
    let home = Home::with_sleeper();
    std::os::unix::fs::chown(home.path(), Some(65534), Some(65534)).unwrap();
    std::os::unix::fs::chown(home.ours(""), Some(65534), Some(65534)).unwrap();
    let told = "warning: root is writing to the home folder of user 65534";

    for arguments in [
        &["daemon", "start"][..],
        &["daemon", "restart"],
        &["daemon", "stop"],
        &["config", "init", "--force"],
        &["job", "run", "true", "--", "true"],
    ] {
        home.inneros(arguments).code(0).stderr_has(told);
    }
    home.inneros(["job", "acknowledge", "nobody"])
        .code(4)
        .stderr_has(told);
    home.inneros(["job", "list"]).stderr_is("");
    // Scripts read one object, and who looks leaves nothing.
    home.inneros(["daemon", "stop", "--json"]).code(3).json();
    home.inneros(["daemon", "status"]).code(3).stderr_is("");
    let home = Home::with_sleeper();
    home.inneros(["daemon", "start"]).code(0).stderr_is("");
}

/// A virtual environment may have an `inneros` of its own.
#[test]
fn the_doctor_says_which_inneros_a_shell_finds_first() {
    let home = Home::with_sleeper();
    let other = home.write_program("venv/inneros", "#!/bin/sh\n");
    let ours = home.program().canonicalize().unwrap();
    let with_path = |path: &str| {
        let mut command = home.command(["doctor"]);
        command.env("PATH", path);
        Answer::of(command)
    };
    let (venv, bin) = (other.parent().unwrap(), ours.parent().unwrap());
    let (venv, bin) = (venv.display(), bin.display());

    with_path(&format!("{venv}:{bin}:/usr/bin:/bin"))
        .stdout_has(&format!(
            "a shell runs '{}' as 'inneros', not this program, '{}'\n",
            other.display(),
            ours.display()
        ))
        .stdout_has("`deactivate`");
    with_path(&format!("{bin}:{venv}:/usr/bin:/bin")).stdout_has(&format!(
        "'inneros' is '{}'; there is another in PATH, '{}'\n",
        ours.display(),
        other.display()
    ));
    let alone = with_path(&format!("{bin}:{bin}:/usr/bin:/bin"));
    assert!(
        !alone.stdout().contains("'inneros' is"),
        "{}",
        alone.stdout()
    );
}
