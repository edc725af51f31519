//! Which words lead where.

use chrono::NaiveTime;

use crate::answer::Answer;
use crate::home::Home;

/// Every command there is.
const COMMANDS: [&[&str]; 29] = [
    &[],
    &["daemon"],
    &["daemon", "start"],
    &["daemon", "stop"],
    &["daemon", "restart"],
    &["daemon", "status"],
    &["daemon", "logs"],
    &["status"],
    &["job"],
    &["job", "run"],
    &["job", "list"],
    &["job", "status"],
    &["job", "logs"],
    &["job", "enable"],
    &["job", "disable"],
    &["job", "acknowledge"],
    &["job", "adopt"],
    &["config"],
    &["config", "init"],
    &["config", "show"],
    &["config", "path"],
    &["config", "edit"],
    &["daemon", "list"],
    &["history"],
    &["metrics"],
    &["page"],
    &["hooks"],
    &["completions"],
    &["man"],
];

#[test]
fn every_command_has_help_with_examples() {
    let home = Home::new();
    for command in COMMANDS {
        let line = [&["inneros"], command].concat().join(" ");

        let long = home.inneros([command, &["--help"]].concat());
        let short = home.inneros([command, &["-h"]].concat());
        if let Some((_, above)) = command.split_last() {
            // What it is for is said in both places.
            let about = short.stdout().lines().next().unwrap_or_default().to_owned();
            let list = home.inneros([above, &["-h"]].concat());
            list.stdout_has(&format!("  {about}\n"));
        }

        for answer in [long, short] {
            answer
                .code(0)
                .stderr_is("")
                .stdout_has(&format!("Usage: {line} "))
                .stdout_has("\nExamples:\n  ");
        }
    }
    assert!(!home.has(".inneros"));
}

#[test]
fn the_help_of_the_whole_names_the_exit_codes_and_the_environment() {
    let home = Home::new();

    let answer = home.inneros(["--help"]);

    answer.code(0).stdout_has("Exit codes:");
    for code in 0..=5 {
        answer.stdout_has(&format!("\n  {code}  "));
    }
    for name in ["HOME", "CONFIG", "PID_FILE", "LOGS_DIR", "DAEMON_COMMAND"] {
        answer.stdout_has(&format!("INNEROS_{name}"));
    }
}

#[test]
fn help_is_a_command_too() {
    let home = Home::new();

    home.inneros(["help", "daemon", "start"])
        .code(0)
        .stdout_has("Usage: inneros daemon start");
}

#[test]
fn version_is_the_version_of_the_package() {
    let home = Home::new();
    let version = format!("inneros {}\n", env!("CARGO_PKG_VERSION"));

    home.inneros(["--version"]).code(0).stdout_is(&version);
    home.inneros(["-V"]).code(0).stdout_is(&version);
}

#[test]
fn no_command_shows_the_help_as_an_error() {
    let home = Home::new();
    for group in [&[][..], &["daemon"], &["config"]] {
        home.inneros(group)
            .code(2)
            .stdout_is("")
            .stderr_has("Usage: inneros")
            .stderr_has("Commands:");
    }
}

#[test]
fn what_is_no_command_is_a_usage_error() {
    let home = Home::new();
    for (arguments, message) in [
        (&["bogus"][..], "unrecognized subcommand 'bogus'"),
        (&["daemon", "halt"], "unrecognized subcommand 'halt'"),
        (&["config", "bogus"], "unrecognized subcommand 'bogus'"),
        (&["daemon", "start", "--now"], "unexpected argument '--now'"),
        (
            &["daemon", "stop", "--wait", "1"],
            "unexpected argument '--wait'",
        ),
        (
            &["daemon", "start", "--force"],
            "unexpected argument '--force'",
        ),
        (
            &["--color", "sometimes", "daemon", "status"],
            "invalid value 'sometimes'",
        ),
        (&["-q", "-v", "daemon", "status"], "cannot be used with"),
        (&["--config"], "a value is required for '--config <PATH>'"),
    ] {
        home.inneros(arguments).refused(2, message);
    }
    assert!(!home.has(".inneros"));
}

#[test]
fn a_command_of_the_daemon_may_stand_without_it() {
    let home = Home::with_sleeper();
    let log = home
        .write(".inneros/logs/a.log", "here\n")
        .display()
        .to_string();

    home.inneros(["status"])
        .code(3)
        .stdout_is("InnerOS is not running\n");
    home.inneros(["--home", ".inneros", "--json", "start", "--wait", "0"])
        .code(0);
    home.inneros(["start"]).refused(5, "already running");
    home.inneros(["--color=never", "restart", "--timeout", "5s"])
        .code(0);
    home.inneros(["logs", "-n", "1"])
        .code(0)
        .stdout_is("here\n");
    home.inneros(["-q", "logs"]).code(0).stdout_is("");
    home.inneros(["logs", "--path"])
        .code(0)
        .stdout_is(&format!("{log}\n"));
    home.inneros(["stop"]).code(0);
    for name in ["start", "stop", "restart", "logs", "run"] {
        let usage = format!("Usage: inneros daemon {name}");
        home.inneros([name, "--help"]).code(0).stdout_has(&usage);
        home.inneros(["help", name]).code(0).stdout_has(&usage);
    }
    home.inneros(["halt"])
        .refused(2, "unrecognized subcommand 'halt'");
}

#[test]
fn a_time_limit_is_a_number_of_seconds_or_a_duration() {
    let home = Home::with_sleeper();
    for time in ["0.05", "50ms", "0s", "0"] {
        home.inneros(["start", "--wait", time]).code(0);
        home.inneros(["restart", "--wait", time, "--timeout", "10s", "--force"])
            .code(0);
        home.inneros(["stop", "--timeout", "10s"]).code(0);
    }
    for time in ["soon", "-1", "2 days", "86401", ""] {
        home.inneros(["start", &format!("--wait={time}")]).refused(
            2,
            "expected a number of seconds from 0 to 86400, or a duration such as \"2s\"",
        );
    }
    home.write(".inneros/logs/a.log", "2020-01-01 00:00:00 INFO: old\n");
    for time in ["90", "90s"] {
        home.inneros(["logs", "--since", time])
            .code(0)
            .stdout_is("");
    }
    let home = Home::with_sleeper().setting("daemon.stop_timeout = 2.5");
    home.inneros(["config", "show"])
        .code(0)
        .stdout_has("\"2s 500ms\" # file");
}

#[test]
fn colours_are_as_they_are_asked_for_in_help_and_errors_too() {
    let home = Home::new();
    let has_color = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.envs(variables.iter().copied());
        let answer = Answer::of(command);
        answer.stdout().contains('\x1b') || answer.stderr().contains('\x1b')
    };
    for arguments in [
        &["daemon", "status"][..],
        &["--help"],
        &["bogus"],
        &["start", "--bogus"],
    ] {
        let with = |flag: &[&'static str]| [flag, arguments].concat();
        let force = ("CLICOLOR_FORCE", "1");

        assert!(!has_color(&[], arguments), "{arguments:?}");
        assert!(has_color(&[force], arguments), "{arguments:?}");
        assert!(!has_color(&[("CLICOLOR_FORCE", "0")], arguments));
        assert!(!has_color(&[force, ("NO_COLOR", "1")], arguments));
        assert!(!has_color(&[force], &with(&["--color", "never"])));
        assert!(has_color(&[], &with(&["--color=always"])), "{arguments:?}");
        assert!(has_color(
            &[("TERM", "dumb")],
            &with(&["--color", "always"])
        ));
    }
}

#[test]
fn a_typing_slip_is_answered_with_what_was_meant() {
    let home = Home::new();

    home.inneros(["daemon", "statsu"])
        .refused(2, "similar subcommands exist: 'start', 'status'");
}

#[test]
fn global_flags_stand_before_and_behind_the_command() {
    let home = Home::with_sleeper();

    for arguments in [
        ["--json", "daemon", "status"],
        ["daemon", "--json", "status"],
        ["daemon", "status", "--json"],
    ] {
        assert_eq!(home.inneros(arguments).code(3).json()["state"], "stopped");
    }
}

#[test]
fn verbose_keeps_standard_output_as_it_is() {
    let home = Home::with_sleeper();

    home.inneros(["-v", "daemon", "status"])
        .code(3)
        .stdout_is("InnerOS is not running\n");
}

#[test]
fn verbose_says_each_step_on_standard_error() {
    let home = Home::with_sleeper();

    home.inneros(["-v", "daemon", "start"])
        .code(0)
        .stderr_has("made pid ")
        .stderr_has("it must stay alive for 50ms");
    let status = home.inneros(["-v", "daemon", "status"]);
    status
        .code(0)
        .stderr_has(" the recorded process is alive: pid ");
    for line in status.stderr().lines() {
        let (time, step) = line.split_once(' ').unwrap();
        assert!(
            NaiveTime::parse_from_str(time, "%H:%M:%S%.3f").is_ok(),
            "{line}"
        );
        // Words, and not how a program is written.
        assert!(
            !step.contains(['{', '[']) && !step.contains("Some("),
            "{line}"
        );
    }
    home.inneros(["-v", "daemon", "stop"])
        .code(0)
        .stderr_has("sends signal 15 (TERM) to pid ");
}
