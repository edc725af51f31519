//! Which words lead where.

use chrono::NaiveTime;

use crate::home::Home;

/// Every command there is.
const COMMANDS: [&[&str]; 14] = [
    &[],
    &["daemon"],
    &["daemon", "start"],
    &["daemon", "stop"],
    &["daemon", "restart"],
    &["daemon", "status"],
    &["daemon", "logs"],
    &["config"],
    &["config", "init"],
    &["config", "show"],
    &["config", "path"],
    &["config", "edit"],
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
        (&["start"], "unrecognized subcommand 'start'"),
        (&["daemon", "halt"], "unrecognized subcommand 'halt'"),
        (&["config", "bogus"], "unrecognized subcommand 'bogus'"),
        (&["daemon", "start", "now"], "unexpected argument 'now'"),
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
