//! `inneros config …`

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::answer::Answer;
use crate::home::Home;

const FILE: &str = ".inneros/config.toml";

#[test]
fn init_writes_a_valid_file_that_changes_nothing() {
    let home = Home::new();
    let path = home.ours("config.toml").display().to_string();
    let before = home.inneros(["config", "show"]).code(0).stdout().to_owned();

    let answer = home.inneros(["config", "init"]);

    answer
        .code(0)
        .stdout_has(&format!("wrote '{path}'"))
        .stderr_is("");
    assert!(home.read(FILE).contains("# command = ["));
    home.inneros(["config", "show"]).code(0).stdout_is(&before);
    home.inneros(["daemon", "status"]).code(3);
}

#[test]
fn init_keeps_its_file_and_folder_private() {
    let home = Home::new();

    home.shell("umask 000; exec \"$@\"", ["config", "init"])
        .code(0);

    let mode = |name| {
        let metadata = fs::metadata(home.path().join(name)).unwrap();
        metadata.permissions().mode() & 0o7777
    };
    assert_eq!(mode(".inneros"), 0o700);
    assert_eq!(mode(FILE), 0o600);
}

#[test]
fn init_does_not_overwrite_a_file() {
    let home = Home::new().config("daemon.name = 'Mine'\n");
    let before = home.files_and_folders();

    let answer = home.inneros(["config", "init"]);

    answer
        .refused(2, "already exists")
        .stderr_has("hint: `--force`");
    assert_eq!(home.files_and_folders(), before);
}

#[test]
fn init_with_force_keeps_the_old_file_as_a_backup() {
    let home = Home::new().config("daemon.name = 'Mine'\n");
    let backup = home.ours("config.toml.bak").display().to_string();

    let answer = home.inneros(["config", "init", "--force", "--json"]);

    assert_eq!(answer.code(0).json()["backup"], backup);
    assert_eq!(
        home.read(".inneros/config.toml.bak"),
        "daemon.name = 'Mine'\n"
    );
    assert!(home.read(FILE).contains("# command = ["));
}

#[test]
fn init_takes_a_broken_file_away_with_force() {
    let home = Home::new().config("[daemon\n");
    home.inneros(["config", "init"])
        .refused(2, "already exists");

    home.inneros(["config", "init", "--force"]).code(0);

    home.inneros(["config", "show"]).code(0);
}

#[test]
fn path_prints_the_path_even_of_a_broken_or_missing_file() {
    let home = Home::new();
    let path = format!("{}\n", home.ours("config.toml").display());
    home.inneros(["config", "path"]).code(0).stdout_is(&path);

    let home = home.config("[daemon\n");

    home.inneros(["config", "path"]).code(0).stdout_is(&path);
    let answer = home.inneros(["config", "path", "--json"]).code(0).json();
    assert_eq!(answer["path"], path.trim_end());
}

#[test]
fn show_gives_every_key_as_the_file_would_hold_it() {
    let home = Home::new().config(
        "[daemon]\n\
         command = ['sh', 'a \"b\"']\n\
         env = { B = 'two', A = 'one' }\n\
         stop_timeout = '90s'\n\
         [notifications]\n\
         started = true\n",
    );

    home.inneros(["config", "show"])
        .code(0)
        .stdout_has(r#"daemon.command          = ["sh", "a \"b\""] # file"#)
        .stdout_has(r#"daemon.env              = { A = "one", B = "two" } # file"#)
        .stdout_has(r#"daemon.stop_timeout     = "1m 30s" # file"#)
        .stdout_has("notifications.started   = true # file")
        .stdout_has("notifications.crashed   = true # default");
}

#[test]
fn what_show_gives_can_be_put_into_a_file() {
    let home = Home::with_sleeper()
        .setting(r#"daemon.env = { A = 'x', 'B c' = "\u001b[2J\u0301" }"#)
        .setting("health.url = 'http://127.0.0.1:1/health'")
        .setting("tray.dashboard_url = 'http://127.0.0.1:8000'")
        .setting("hooks.command = ['true']");
    let shown = home.inneros(["config", "show"]).code(0).stdout().to_owned();
    let (_, keys) = shown.split_once("daemon.name").unwrap();
    let home = home.config(&format!("daemon.name{keys}"));

    let again = home.inneros(["config", "show"]).code(0).stdout().to_owned();

    let values = |text: &str| text.replace("# file", "#").replace("# default", "#");
    assert_eq!(values(&again), values(&shown));
}

fn edit(home: &Home, variables: &[(&str, &str)]) -> Answer {
    let mut command = home.command(["config", "edit"]);
    command.envs(variables.iter().copied());
    Answer::of(command)
}

#[test]
fn edit_runs_the_editor_and_checks_the_file() {
    let home = Home::new().config("daemon.name = 'Mine'\n");

    edit(&home, &[("EDITOR", "true")])
        .code(0)
        .stdout_has("config.toml' is valid");

    assert_eq!(home.read(FILE), "daemon.name = 'Mine'\n");
}

#[test]
fn edit_makes_the_file_where_there_is_none() {
    let home = Home::new();

    edit(&home, &[("EDITOR", "true")]).code(0);

    assert!(home.read(FILE).contains("# command = ["));
}

#[test]
fn edit_takes_an_editor_with_arguments_and_visual_first() {
    let home = Home::new();
    let editor = home.write(
        "my editor.sh",
        "printf '%s' \"$1\" > \"$HOME/flag\"\nexit 0\n",
    );
    let visual = format!("sh '{}' --wait", editor.display());

    edit(&home, &[("EDITOR", "false"), ("VISUAL", &visual)]).code(0);

    assert_eq!(home.read("flag"), "--wait");
}

#[test]
fn edit_says_what_is_wrong_with_what_was_written() {
    let home = Home::new();
    home.write("editor.sh", "echo 'daemon.nme = 1' > \"$1\"\n");
    let editor = format!("sh {}/editor.sh", home.path().display());

    edit(&home, &[("EDITOR", &editor)])
        .refused(2, "config.toml:1: ")
        .stderr_has("`nme`");
}

#[test]
fn edit_says_that_the_file_is_gone() {
    let home = Home::new().config("daemon.name = 'Mine'\n");

    edit(&home, &[("EDITOR", "rm")])
        .refused(2, "config.toml' is gone: the editor has removed it")
        .stderr_has("hint: `inneros config init`");
}

#[test]
fn edit_can_repair_a_broken_file() {
    let home = Home::new().config("[daemon\n");
    home.write("editor.sh", "echo '[daemon]' > \"$1\"\n");
    let editor = format!("sh {}/editor.sh", home.path().display());

    edit(&home, &[("EDITOR", &editor)]).code(0);
}

#[test]
fn an_editor_that_fails_or_is_not_there_is_said() {
    let home = Home::new();

    edit(&home, &[("EDITOR", "false")])
        .refused(1, "the editor 'false' ended with exit status: 1")
        .stderr_has("hint: ");
    edit(&home, &[("EDITOR", "/nowhere/ed")]).refused(1, "cannot run the editor '/nowhere/ed'");
    edit(&home, &[("EDITOR", "'ed")]).refused(1, "cannot understand the editor");
}

#[test]
fn init_by_force_twice_keeps_both_old_files() {
    let home = Home::new().config("# mine\n");

    home.inneros(["config", "init", "--force"]).code(0);
    home.inneros(["config", "init", "--force"])
        .code(0)
        .stdout_has("config.toml.bak2");

    assert_eq!(home.read(".inneros/config.toml.bak"), "# mine\n");
    assert!(home.read(".inneros/config.toml.bak2").contains("[daemon]"));
}
