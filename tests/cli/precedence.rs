//! Flags over environment over file over defaults.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::is_alive;
use crate::skip::not_run;

fn run(home: &Home, variables: &[(&str, &str)], arguments: &[&str]) -> Answer {
    let mut command = home.command(arguments);
    command.envs(variables.iter().copied());
    Answer::of(command)
}

/// The value of a key and the layer that set it.
#[track_caller]
fn setting(answer: &Answer, key: &str) -> (String, String) {
    let shown = &answer.code(0).json()["settings"][key];
    let text = |part: &str| shown[part].as_str().unwrap().to_owned();
    (text("value"), text("origin"))
}

#[track_caller]
fn assert_setting(answer: &Answer, key: &str, value: &str, origin: &str) {
    assert_eq!(setting(answer, key), (value.into(), origin.into()), "{key}");
}

const SHOW: [&str; 3] = ["config", "show", "--json"];

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_default() {
    let home = Home::new();
    let default = format!("\"{}\"", home.ours("").display());
    let variables = [("INNEROS_HOME", "/by/environment")];

    let plain = home.inneros(SHOW);
    let environment = run(&home, &variables, &SHOW);
    let flag = run(
        &home,
        &variables,
        &[&["--home", "/by/flag"], &SHOW[..]].concat(),
    );

    assert_setting(&plain, "home", &default.replace("/\"", "\""), "default");
    assert_setting(&environment, "home", "\"/by/environment\"", "environment");
    assert_setting(&flag, "home", "\"/by/flag\"", "flag");
    assert_setting(
        &flag,
        "daemon.pid_file",
        "\"/by/flag/daemon.pid\"",
        "default",
    );
    assert_setting(&flag, "config", "\"/by/flag/config.toml\"", "default");
}

#[test]
fn the_configuration_file_is_found_by_flag_environment_or_home() {
    let home = Home::new().config("daemon.name = 'by default'\n");
    let file = |name: &str| {
        let path = home.write(name, format!("daemon.name = '{name}'\n"));
        path.display().to_string()
    };
    let (environment, flag) = (file("environment.toml"), file("flag.toml"));
    let variables = [("INNEROS_CONFIG", environment.as_str())];

    let by_home = home.inneros(SHOW);
    let by_environment = run(&home, &variables, &SHOW);
    let by_flag = run(
        &home,
        &variables,
        &[&SHOW[..], &["--config", &flag]].concat(),
    );

    assert_setting(&by_home, "daemon.name", "\"by default\"", "file");
    assert_setting(
        &by_environment,
        "daemon.name",
        "\"environment.toml\"",
        "file",
    );
    assert_setting(
        &by_environment,
        "config",
        &format!("{environment:?}"),
        "environment",
    );
    assert_setting(&by_flag, "daemon.name", "\"flag.toml\"", "file");
    assert_setting(&by_flag, "config", &format!("{flag:?}"), "flag");
}

#[test]
fn the_environment_wins_over_the_file_and_that_over_the_defaults() {
    let plain = Home::new();
    let home = Home::new().config(
        "[daemon]\ncommand = ['from', 'file']\npid_file = '/file/d.pid'\nlogs_dir = '/file/logs'\n",
    );
    let variables = [
        ("INNEROS_DAEMON_COMMAND", "from 'the environment'"),
        ("INNEROS_PID_FILE", "/environment/d.pid"),
        ("INNEROS_LOGS_DIR", "/environment/logs"),
    ];

    let default = plain.inneros(SHOW);
    let file = home.inneros(SHOW);
    let environment = run(&home, &variables, &SHOW);

    assert_setting(&default, "daemon.command", "[]", "default");
    for (key, by_file, by_environment) in [
        (
            "daemon.command",
            r#"["from", "file"]"#,
            r#"["from", "the environment"]"#,
        ),
        (
            "daemon.pid_file",
            "\"/file/d.pid\"",
            "\"/environment/d.pid\"",
        ),
        ("daemon.logs_dir", "\"/file/logs\"", "\"/environment/logs\""),
    ] {
        assert_eq!(setting(&default, key).1, "default", "{key}");
        assert_setting(&file, key, by_file, "file");
        assert_setting(&environment, key, by_environment, "environment");
    }
}

#[test]
fn show_names_the_layer_for_people_too() {
    let home = Home::new().config("daemon.name = 'Mine'\n");
    let variables = [("INNEROS_LOGS_DIR", "/logs")];

    let answer = run(&home, &variables, &["config", "show", "--home", "/by flag"]);
    let file = home.inneros(["config", "show"]);

    answer
        .code(0)
        .stdout_has("home                    = \"/by flag\" # flag\n")
        .stdout_has("daemon.logs_dir         = \"/logs\" # environment\n")
        .stdout_has("daemon.ready            = \"alive\" # default\n");
    file.stdout_has("daemon.name             = \"Mine\" # file\n");
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let home = Home::new().config("daemon.name = 'Mine'\ndaemon.command = ['a']\n");
    let variables = [
        ("INNEROS_HOME", ""),
        ("INNEROS_CONFIG", ""),
        ("INNEROS_PID_FILE", ""),
        ("INNEROS_LOGS_DIR", ""),
        ("INNEROS_DAEMON_COMMAND", ""),
    ];

    let answer = run(&home, &variables, &SHOW);

    assert_setting(&answer, "daemon.name", "\"Mine\"", "file");
    assert_setting(&answer, "daemon.command", "[\"a\"]", "file");
    assert_eq!(setting(&answer, "daemon.pid_file").1, "default");
}

#[test]
fn a_command_in_the_environment_that_is_not_one_is_named() {
    let home = Home::new();
    for line in ["'unclosed", "   ", "''"] {
        let variables = [("INNEROS_DAEMON_COMMAND", line)];

        run(&home, &variables, &["daemon", "status"])
            .refused(2, "INNEROS_DAEMON_COMMAND is not valid: ")
            .stderr_has("hint: ");
    }
}

#[test]
fn a_relative_path_in_a_flag_is_taken_from_here() {
    let home = Home::new();

    let answer = home.inneros(&[&["--home", "here"], &SHOW[..]].concat());

    let here = format!("\"{}/here\"", home.path().display());
    assert_setting(&answer, "home", &here, "flag");
}

/// From another folder it would be another daemon.
#[test]
fn a_relative_path_in_a_variable_is_refused_as_in_the_file() {
    let home = Home::with_sleeper();
    for variable in [
        "INNEROS_HOME",
        "INNEROS_CONFIG",
        "INNEROS_PID_FILE",
        "INNEROS_LOGS_DIR",
    ] {
        for value in ["run/d", "./d", "..", "~me/d"] {
            for verb in ["start", "status", "stop"] {
                run(&home, &[(variable, value)], &["daemon", verb])
                    .refused(2, &format!("{variable} is not valid: found \"{value}\""))
                    .stderr_has("expected an absolute path, or one that starts with \"~/\"\n")
                    .stderr_has("hint: correct or unset the variable");
            }
        }
        let path = match variable {
            "INNEROS_CONFIG" => home.write("there.toml", ""),
            _ => home.path().join("there"),
        };
        let path = path.display().to_string();
        run(&home, &[(variable, &path)], &SHOW).code(0);
    }
    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn a_home_that_is_no_absolute_path_is_said_to_be_none() {
    let home = Home::with_sleeper();
    for verb in ["start", "status", "stop", "logs"] {
        run(&home, &[("HOME", "rel")], &["daemon", verb])
            .refused(2, "HOME is not valid: \"rel\" is not an absolute path");
    }
    assert_eq!(home.processes(), [0; 0]);
}

/// The record and the answers are UTF-8: a start would fail at its last step.
#[test]
fn a_path_that_is_not_utf_8_is_refused_before_anything_is_done() {
    let home = Home::with_sleeper();
    let odd = OsStr::from_bytes(b"/tmp/caf\xe9");
    for variable in ["HOME", "INNEROS_HOME", "INNEROS_CONFIG", "INNEROS_PID_FILE"] {
        for verb in ["start", "status"] {
            let mut command = home.command(["daemon", verb]);
            command.env(variable, odd);
            Answer::of(command).refused(
                2,
                &format!("{variable} is not valid: \"/tmp/caf\u{fffd}\" is not UTF-8"),
            );
        }
    }
    for flag in ["--home", "--config"] {
        let mut command = home.command(["daemon", "start", flag]);
        command.arg(odd);
        Answer::of(command).refused(2, &format!("{flag} is not valid: "));
    }
    assert!(!Path::new(odd).exists());
    assert_eq!(home.processes(), [0; 0]);
}

#[test]
fn the_environment_can_name_everything_that_a_daemon_needs() {
    let home = Home::new();
    let variables = [
        ("INNEROS_HOME", "~/other"),
        ("INNEROS_PID_FILE", "~/run/d.pid"),
        ("INNEROS_DAEMON_COMMAND", "sleep 300"),
    ];

    run(&home, &variables, &["daemon", "start", "--wait", "0.05"]).code(0);

    let pid = home.number_in("run/d.pid");
    assert!(is_alive(pid));
    assert!(home.has("run/d.json"));
    assert!(!home.has(".inneros"));
    home.inneros(["daemon", "status"]).code(3);
    run(&home, &variables, &["daemon", "stop"]).code(0);
}

#[test]
fn the_files_of_two_daemons_in_one_folder_are_their_own() {
    let home = Home::with_sleeper();
    let names = ["a.pid", "a.txt", "a.b.pid", "a.run", "A.pid.old"];
    let of = |name: &str, arguments: &[&str]| {
        let path = format!("~/{name}");
        run(&home, &[("INNEROS_PID_FILE", &path)], arguments)
    };

    let pids: Vec<i32> = names
        .iter()
        .map(|name| {
            of(name, &["daemon", "start"]).code(0);
            home.number_in(name)
        })
        .collect();

    for (name, pid) in names.iter().zip(&pids) {
        of(name, &["daemon", "status"])
            .code(0)
            .stdout_has(&format!("{pid}\n"));
        of(name, &["daemon", "stop"]).code(0);
        assert!(!is_alive(*pid), "{name}");
    }
    for name in ["a.lock", "a.txt.lock", "a.b.lock", "a.run.lock"] {
        assert!(home.has(name), "{name}");
    }
}

#[test]
fn a_home_with_spaces_and_letters_of_all_kinds_is_a_home() {
    for name in ["my home", "Zoë’s café", "日本語 📓", "a'b"] {
        let home = Home::named(name);
        home.write("work/run.sh", "echo \"$PWD\"; exec sleep 300\n");
        let home = home.config(
            "[daemon]\n\
             command = ['sh', 'run.sh']\n\
             working_dir = '~/work'\n\
             start_grace = '50ms'\n",
        );
        home.write("work/.automation/logs/d.log", "here\n");

        let pid = home.start();

        home.inneros(["daemon", "status"])
            .code(0)
            .stdout_has(&format!("{pid}\n"));
        home.inneros(["daemon", "logs"]).code(0).stdout_is("here\n");
        home.inneros(["daemon", "logs", "--path"])
            .stdout_has(home.path().to_str().unwrap());
        home.inneros(["daemon", "restart"]).code(0);
        home.inneros(["daemon", "stop"]).code(0);
        assert!(home.read(".inneros/daemon.out").contains(name));
    }
}

#[test]
fn without_home_in_the_environment_the_user_has_one_all_the_same() {
    if !we_have_a_home() {
        not_run("the user who runs it is not in the list of users");
        return;
    }
    let home = Home::new();
    let mut command = home.command(["config", "path"]);
    command.env_remove("HOME");

    Answer::of(command)
        .code(0)
        .stdout_has("/.inneros/config.toml");
}

/// Whether the user who runs the tests is in the system's list.
fn we_have_a_home() -> bool {
    let id = Command::new("id").arg("-un").output().unwrap();
    id.status.success()
}

/// A home of a user whom no list of users has, such as a container may have; nothing, and that
/// is said, where there is none.
fn of_nobody_known(home: Home) -> Option<Home> {
    const NOBODY_KNOWN: u32 = 12345;
    if rustix::process::geteuid().is_root() {
        return Some(home.owned_by(NOBODY_KNOWN));
    }
    if we_have_a_home() {
        not_run("only root can run it as a user who is not in the list of users");
        return None;
    }
    Some(home)
}

#[test]
fn no_home_of_the_user_is_asked_for_where_none_is_needed() {
    let home = Home::with_sleeper();
    let config = format!(
        "[daemon]\ncommand = ['sleep', '300']\nstart_grace = '50ms'\nworking_dir = '/'\n\
         env = {{ HOME = '{}' }}\n",
        home.path().display()
    );
    let Some(home) = of_nobody_known(home.config(&config)) else {
        return;
    };
    let folder = home.ours("").display().to_string();
    let run = |by: &str, verb: &str| {
        let mut command = home.command(["daemon", verb]);
        command.env_remove("HOME");
        match by {
            "flag" => command.args(["--home", &folder]),
            "environment" => command.env("INNEROS_HOME", &folder),
            _ => &mut command,
        };
        Answer::of(command)
    };
    for by in ["flag", "environment"] {
        run(by, "status").code(3);
        run(by, "start").code(0);
        run(by, "status").code(0);
        run(by, "restart").code(0);
        run(by, "stop").code(0);
    }

    run("", "status").refused(2, "cannot find your home folder: HOME is not set");
    home.assert_no_process_is_left();
}

#[test]
fn what_needs_the_home_of_nobody_known_says_so() {
    let Some(home) = of_nobody_known(Home::with_sleeper()) else {
        return;
    };
    let run = |verb: &str| {
        let mut command = home.command(["daemon", verb, "--home"]);
        command.arg(home.ours("")).env_remove("HOME");
        Answer::of(command)
    };

    // The daemon runs in the user's home folder where nothing else is said.
    home.write("~/here", "");
    run("status").code(3);
    run("stop").code(3);
    for verb in ["start", "restart", "run"] {
        run(verb)
            .refused(2, "working folder '~'")
            .stderr_has("HOME is not set");
    }

    for line in [
        "daemon.pid_file = '~/d.pid'",
        "daemon.logs_dir = '~'",
        "daemon.working_dir = '~/work'",
        "daemon.command = ['~/bin/run', '~/x']",
    ] {
        home.write(".inneros/config.toml", line);

        run("status").refused(2, "cannot find your home folder: HOME is not set");
    }
    assert_eq!(home.processes(), [0; 0]);
}
