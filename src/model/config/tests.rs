//! What a configuration file may contain, and which layer wins.

use std::path::Path;

use super::*;

fn places() -> Places {
    Places {
        user_home: "/home/me".into(),
        home: ("/home/me/.inneros".into(), Origin::Default),
        config_file: ("/home/me/.inneros/config.toml".into(), Origin::Default),
    }
}

fn config(text: &str) -> Config {
    resolve(&places(), text, &Overrides::default(), &Besides::default()).expect("a valid text")
}

fn flaw(text: &str) -> Flaw {
    match resolve(&places(), text, &Overrides::default(), &Besides::default()) {
        Err(Unfit::File(flaw)) => flaw,
        other => panic!("the text should be refused: {other:?}"),
    }
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let config = config("");

    assert!(!config.main().daemon.is_configured());
    assert_eq!(
        config.main().daemon.pid_file,
        Path::new("/home/me/.inneros/daemon.pid")
    );
    assert_eq!(
        config.main().daemon.logs_dirs,
        [Path::new("/home/me/.inneros/logs")]
    );
    assert_eq!(config.tray.poll_interval, seconds(2));
    assert!(
        config
            .main()
            .origins
            .values()
            .all(|o| *o == Origin::Default)
    );
}

#[test]
fn the_template_is_valid_and_changes_nothing() {
    assert_eq!(config(&template()), config(""));
}

#[test]
fn the_template_begins_with_the_three_keys_that_matter() {
    let template = template();
    let keys = template
        .lines()
        .filter_map(|line| line.strip_prefix("# ")?.split_once(" = "));

    let first: Vec<&str> = keys.map(|(key, _)| key).take(3).collect();

    assert_eq!(first, ["command", "working_dir", "logs_dir"]);
}

#[test]
fn every_key_of_the_template_is_one_we_know() {
    let uncommented: String = template()
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") => format!("{rest}\n"),
            Some(_) | None => format!("{line}\n"),
        })
        .collect();

    let config = config(&uncommented);

    for (key, _, origin) in config.settings(config.main(), Secrets::Shown) {
        let expected = match key {
            "home" | "config" => Origin::Default,
            _ => Origin::File,
        };
        assert_eq!(origin, expected, "{key}");
    }
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "[daemon]\npid_file = \"/a.pid\"\ncommand = [\"a\"]";
    let overrides = Overrides::from([("INNEROS_PID_FILE", "/b.pid".into())]);

    let config = resolve(&places(), file, &overrides, &Besides::default()).expect("valid");

    assert_eq!(config.main().daemon.pid_file, Path::new("/b.pid"));
    assert_eq!(
        config.main().origins["daemon.pid_file"],
        Origin::Environment
    );
    assert_eq!(config.main().origins["daemon.command"], Origin::File);
}

#[test]
fn the_logs_folder_follows_the_working_folder() {
    let config = config("[daemon]\nworking_dir = \"~/inner\"");

    assert_eq!(
        config.main().daemon.logs_dirs,
        [Path::new("/home/me/inner/.automation/logs")]
    );
}

#[test]
fn the_program_may_start_at_the_home_folder_and_arguments_are_as_they_are() {
    let config = config("daemon.command = ['~/bin/run', '~/vault', '~']");

    assert_eq!(
        config.main().daemon.command,
        ["/home/me/bin/run", "~/vault", "~"]
    );
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let flaw = flaw("[daemon]\nname = \"x\"\ncomand = [\"a\"]\n");

    assert_eq!(flaw.line, 3);
    assert_eq!(flaw.key.as_deref(), Some("comand"));
    assert!(flaw.message.contains("`comand`"), "{}", flaw.message);
    assert!(flaw.message.contains("`command`"), "{}", flaw.message);
}

#[cfg(feature = "tray")]
#[test]
fn a_switch_is_set_and_comments_stay() {
    let text = "# mine\n[notifications]\ncrashed = true # loud\n\n[tray]\n";

    let set = with_bool(text, "notifications", "crashed", false).expect("valid");
    assert_eq!(set, text.replace("true", "false"));
    let added = with_bool("", "notifications", "started", true).expect("valid");
    assert_eq!(added, "[notifications]\nstarted = true\n");
}

#[test]
fn wrong_values_are_refused_with_what_would_be_right() {
    for (text, line, wanted) in [
        ("[daemon]\ncommand = \"a b\"", 2, "a list of texts"),
        ("[daemon]\ncommand = []", 2, "the command is empty"),
        ("\n[daemon]\nworking_dir = \"dev\"", 3, "absolute path"),
        ("[daemon]\nstart_grace = \"soon\"", 2, "\"500ms\""),
        ("[daemon]\nstart_grace = -5", 2, "\"500ms\""),
        ("[tray]\npoll_interval = \"1ms\"", 2, "250ms"),
        ("[health]\nurl = \"ftp://x\"", 2, "http://"),
        ("[daemon]\npid_file_owner = \"me\"", 2, "`manager`"),
        ("[daemon]\nready = true", 2, "`health`"),
        ("[notifications]\ncrashed = \"yes\"", 2, "`true`"),
        ("[daemon\n", 1, ""),
        ("[daemon]\nname = \"\"\"\n", 2, ""),
    ] {
        let flaw = flaw(text);

        assert_eq!(flaw.line, line, "{text}: {}", flaw.message);
        assert!(flaw.message.contains(wanted), "{text}: {}", flaw.message);
    }
}

#[test]
fn a_flaw_cannot_drive_a_terminal() {
    for text in [
        "[\"\\u001b[2J\"]",
        "\x1b[2J = 1",
        "[daemon]\n\"\\u009b2J\" = 1",
    ] {
        let Flaw { key, message, .. } = flaw(text);

        let said = format!("{key:?} {message}");
        assert!(!message.contains(char::is_control), "{said:?}");
        assert!(
            !key.is_some_and(|key| key.contains(char::is_control)),
            "{said:?}"
        );
    }
}

#[test]
fn the_files_of_a_daemon_are_named_after_its_pid_file() {
    let names = |pid_file: &str| {
        let text = format!("daemon.pid_file = '/run/{pid_file}'");
        let daemon = config(&text).main().daemon.clone();
        [
            daemon.record_file(),
            daemon.lock_file(),
            daemon.output_file(),
        ]
        .map(|path| path.display().to_string())
    };

    for (pid_file, base) in [
        ("a.pid", "a"),
        ("a.b.pid", "a.b"),
        ("a.txt", "a.txt"),
        ("a", "a"),
        ("a.json", "a.json"),
        (".pid", ".pid"),
    ] {
        let expected = ["json", "lock", "out"].map(|end| format!("/run/{base}.{end}"));
        assert_eq!(names(pid_file), expected);
    }
}

#[test]
fn a_file_of_the_daemon_that_would_be_one_of_ours_is_said_with_its_line() {
    let flaw = flaw("[daemon]\n\npid_file = \"~/.inneros/tray.pid\"");

    assert_eq!((flaw.line, flaw.key.as_deref()), (3, Some("pid_file")));
    assert!(flaw.message.contains("'tray.lock' is the tray's lock"));
}
