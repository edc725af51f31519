//! A configuration file that is wrong: named to the line, and nothing is done.

use std::fs;
use std::path::Path;

use crate::answer::Answer;
use crate::home::Home;

/// What must say of a broken configuration that it is.
const ALL: [&[&str]; 6] = [
    &["daemon", "start"],
    &["daemon", "stop"],
    &["daemon", "restart"],
    &["daemon", "status"],
    &["daemon", "logs"],
    &["config", "show"],
];

/// Texts with a flaw: where it is, and what would be right.
const FLAWS: &[(&str, &str, &str)] = &[
    ("[daemon]\ncomand = ['a']", "2: comand: ", "`command`"),
    ("[demon]\ncommand = ['a']", "1: ", "`daemon`"),
    (
        "[daemon]\ncommand = 'a b'",
        "2: command: ",
        "found \"a b\", expected a list of texts in brackets",
    ),
    (
        "[daemon]\ncommand = ['a', 1]",
        "2: command: ",
        "expected a list of texts in brackets",
    ),
    (
        "[daemon]\n\ncommand = []",
        "3: command: ",
        "expected the program first",
    ),
    (
        "[daemon]\ncommand = ['']",
        "2: command: ",
        "expected the program first",
    ),
    ("[daemon]\ncommand = [\"a\\u0000\"]", "2: command: ", "NUL"),
    (
        "[daemon]\nworking_dir = 'dev'",
        "2: working_dir: ",
        "expected an absolute path",
    ),
    (
        "[daemon]\nworking_dir = '~me/dev'",
        "2: working_dir: ",
        "starts with \"~/\"",
    ),
    (
        "[daemon]\npid_file = 'd.pid'",
        "2: pid_file: ",
        "expected an absolute path",
    ),
    (
        "[daemon]\nlogs_dir = 7",
        "2: logs_dir: ",
        "expected an absolute path",
    ),
    (
        "[daemon]\nstart_grace = -5",
        "2: start_grace: ",
        "such as \"2s\"",
    ),
    (
        "[daemon]\nstop_timeout = 'soon'",
        "2: stop_timeout: ",
        "such as \"2s\"",
    ),
    (
        "[daemon]\nstop_timeout = '-1s'",
        "2: stop_timeout: ",
        "such as \"2s\"",
    ),
    (
        "[daemon]\npid_file_owner = 'me'",
        "2: pid_file_owner: ",
        "`manager`",
    ),
    ("[daemon]\nready = true", "2: ready: ", "`health`"),
    (
        "[daemon]\nenv = { A = 1 }",
        "2: env: ",
        "expected a table of texts",
    ),
    (
        "[daemon]\nenv = { 'A=B' = 'x' }",
        "2: env: ",
        "is not a variable",
    ),
    (
        "[daemon]\nenv = { '' = 'x' }",
        "2: env: ",
        "is not a variable",
    ),
    (
        "[daemon]\nenv = { A = \"\\u0000\" }",
        "2: env: ",
        "is not a variable",
    ),
    (
        "[daemon]\nstop_timeout = '500000000000years'",
        "2: stop_timeout: ",
        "at most a day",
    ),
    ("[health]\ntimeout = '0s'", "2: timeout: ", "\"10ms\""),
    (
        "[health]\nurl = 'https://x'",
        "2: url: https is not supported",
        "starts with \"http://\"",
    ),
    (
        "[health]\nurl = 'unix:/run/x'",
        "2: url: \"unix:/run/x\" is not a usable URL",
        "starts with \"http://\"",
    ),
    ("[health]\nurl = 7", "2: url: found 7, ", "expected a URL"),
    (
        "[health]\nurl = 'http://10.0.0.5/health'",
        "2: url: '10.0.0.5' is not this computer",
        "`allow_remote = true`",
    ),
    (
        "[health]\nallow_remote = true\nurl = 'http://127.0.0.1:99999/'",
        "3: url: ",
        "starts with \"http://\"",
    ),
    (
        "[tray]\npoll_interval = '1ms'",
        "2: poll_interval: ",
        "\"250ms\"",
    ),
    (
        "[notifications]\ncrashed = 'yes'",
        "2: crashed: ",
        "found \"yes\", expected `true` or `false`",
    ),
    ("[daemon]\nname = 'a'\nname = 'b'", "3: name: ", "duplicate"),
    ("[daemon", "1: ", ""),
    ("# ok\n\ncommand ['a']", "3: ", ""),
];

#[test]
fn a_flaw_in_the_configuration_is_named_with_file_line_key_and_what_would_be_right() {
    let home = Home::new();
    for (text, place, wanted) in FLAWS.iter().copied() {
        let path = home.write(".inneros/config.toml", text);
        let before = home.files_and_folders();

        let answer = home.inneros(["daemon", "start"]);

        let place = format!("error: {}:{place}", path.display());
        answer
            .refused(2, &place)
            .stderr_has(wanted)
            .stderr_has("\nhint: ");
        assert_eq!(home.files_and_folders(), before);
    }
}

#[test]
fn every_command_refuses_a_broken_configuration() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let home = home.config("[daemon]\nnmae = 'x'\n");
    let before = home.files_and_folders();

    for arguments in ALL {
        home.inneros(arguments).refused(2, "config.toml:2: nmae: ");
        let answer = home
            .inneros([arguments, &["--json"]].concat())
            .code(2)
            .json();
        assert_eq!(answer["success"], false);
    }

    assert_eq!(home.files_and_folders(), before);
    assert_eq!(home.processes(), [pid]);
}

#[test]
fn a_configuration_that_is_no_text_file_is_said() {
    let home = Home::new();
    fs::create_dir_all(home.ours("config.toml")).unwrap();
    home.inneros(["daemon", "status"])
        .refused(2, "cannot read configuration file");

    let home = Home::new();
    home.write(".inneros/config.toml", b"name = '\xff'");
    home.inneros(["daemon", "status"])
        .refused(
            2,
            "config.toml:1: name: byte 9 of the line, 0xFF, is not UTF-8",
        )
        .stderr_has("`iconv -f WINDOWS-1252 -t UTF-8`");
}

#[test]
fn a_configuration_in_another_encoding_is_told_with_its_line_and_the_way_out() {
    for (text, place) in [
        (
            &b"[daemon]\nname = \"Z\xfcrich\"\n"[..],
            "2: name: byte 10 of the line, 0xFC, is not UTF-8",
        ),
        (
            b"[daemon]\n# caf\xe9\n",
            "2: byte 6 of the line, 0xE9, is not UTF-8",
        ),
        (b"\xff\xfe[\0d\0", "1: the file is UTF-16"),
        (b"\xfe\xff\0[\0d", "1: the file is UTF-16"),
    ] {
        let home = Home::new();
        home.write(".inneros/config.toml", text);

        for arguments in ALL {
            home.inneros(arguments)
                .refused(2, &format!("config.toml:{place}"))
                .stderr_has("expected a text in UTF-8")
                .stderr_has("iconv -f ");
        }
        home.inneros(["doctor"]).code(1).stdout_has(place);
    }
    let home = Home::new();
    home.write(
        ".inneros/config.toml",
        "\u{feff}[daemon]\nname = 'Zürich'\n",
    );
    home.inneros(["daemon", "status"])
        .code(3)
        .stdout_has("Zürich");
}

/// The daemon's files are named after its PID file: they must not be those of others.
#[test]
fn a_pid_file_whose_files_would_be_those_of_others_is_refused() {
    let home = Home::new();
    for (name, shared) in [
        ("tray.pid", "'tray.lock' is the tray's lock"),
        ("Tray.pid", "'tray.lock' is the tray's lock"),
        ("tray", "'tray.lock' is the tray's lock"),
        (".//tray.pid", "'tray.lock' is the tray's lock"),
        ("tray.lock", "'tray.lock' is the tray's lock"),
        ("tray.log", "'tray.log' is the tray's log"),
        ("tray.log.1", "'tray.log.1' is the tray's log"),
        ("config.toml", "'config.toml' is the configuration file"),
    ] {
        let path = home.write(
            ".inneros/config.toml",
            format!("[daemon]\ncommand = ['sleep', '300']\npid_file = '~/.inneros/{name}'\n"),
        );
        let before = home.files_and_folders();
        let place = format!("error: {}:3: pid_file: ", path.display());

        for operation in ["start", "status", "stop"] {
            home.inneros(["daemon", operation])
                .refused(2, &place)
                .stderr_has(shared)
                .stderr_has("expected another name");
        }

        assert_eq!(home.files_and_folders(), before);
        home.inneros(["config", "path"]).code(0);
    }
}

#[test]
fn the_same_is_refused_where_it_is_not_the_file_that_says_so() {
    let home = Home::with_sleeper();
    let of_the_daemon = home.write(".inneros/daemon.json", "");
    let run = |variable: &str, value: &Path, arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.env(variable, value);
        Answer::of(command)
    };

    run(
        "INNEROS_PID_FILE",
        &home.ours("tray.pid"),
        &["daemon", "start"],
    )
    .refused(2, "INNEROS_PID_FILE is not valid: ")
    .stderr_has("'tray.lock' is the tray's lock");
    run("INNEROS_CONFIG", &of_the_daemon, &["daemon", "start"])
        .refused(2, "INNEROS_CONFIG is not valid: ")
        .stderr_has("'daemon.json' is the configuration file");
    home.inneros([
        "daemon",
        "start",
        "--config",
        &of_the_daemon.display().to_string(),
    ])
    .refused(2, "--config is not valid: ")
    .stderr_has("'daemon.json' is the configuration file");

    assert_eq!(home.processes(), [0; 0]);
}
