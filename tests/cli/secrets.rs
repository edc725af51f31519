//! What is pasted into a report has no password in it.

use crate::home::Home;

const SECRETS: [&str; 5] = ["s3cretpw", "t0ken", "hunter2", "c0mmand", "dashb0ard"];

fn home() -> Home {
    Home::new().config(
        "[daemon]\n\
         command = ['sh', '-c', 'echo \"$API_KEY\" > \"$HOME/seen\"; exec sleep 300', '--token=c0mmand']\n\
         start_grace = '50ms'\n\
         env = { API_KEY = 'hunter2', DB = 'postgres://me:hunter2@db/x', LANG = 'C' }\n\
         [health]\n\
         url = 'http://me:s3cretpw@127.0.0.1:1/health?deep=1&token=t0ken'\n\
         [tray]\n\
         dashboard_url = 'http://127.0.0.1:2/?key=dashb0ard'\n",
    )
}

#[track_caller]
fn assert_none(home: &Home, arguments: &[&str]) {
    let answer = home.inneros(arguments);
    for text in [answer.stdout(), answer.stderr()] {
        let told = SECRETS.iter().find(|secret| text.contains(**secret));
        assert_eq!(told, None, "{arguments:?}: {text}");
    }
}

#[test]
fn no_answer_shows_a_secret_of_the_configuration() {
    let home = home();
    home.inneros(["daemon", "start"]).code(0);

    for arguments in [
        &["config", "show"][..],
        &["daemon", "status"],
        &["daemon", "start"],
        &["doctor"],
        &["daemon", "logs"],
        &["daemon", "logs", "--output"],
        &["daemon", "restart"],
        &["daemon", "stop"],
        &["daemon", "status"],
    ] {
        for flag in [&[][..], &["--json"], &["-v"]] {
            assert_none(&home, &[flag, arguments].concat());
        }
    }

    assert_eq!(home.read("seen"), "hunter2\n");
}

#[test]
fn config_show_masks_secrets_and_nothing_else_unless_they_are_asked_for() {
    let home = home();

    home.inneros(["config", "show"])
        .code(0)
        .stdout_has("\"--token=***\"]")
        .stdout_has("{ API_KEY = \"***\", DB = \"postgres://***@db/x\", LANG = \"C\" }")
        .stdout_has("\"http://***@127.0.0.1:1/health?deep=1&token=***\"")
        .stdout_has("\"http://127.0.0.1:2/?key=***\"")
        .stderr_is("hint: `--show-secrets` shows what is masked\n");
    let shown = home.inneros(["config", "show", "--show-secrets"]);
    for secret in SECRETS {
        shown.code(0).stdout_has(secret).stderr_is("");
    }
    let json = home.inneros(["config", "show", "--show-secrets", "--json"]);
    let url = &json.code(0).json()["settings"]["health.url"]["value"];
    assert_eq!(
        url,
        "\"http://me:s3cretpw@127.0.0.1:1/health?deep=1&token=t0ken\""
    );
}

#[test]
fn a_flaw_in_the_configuration_is_told_without_the_secret_in_it() {
    for text in [
        "health.url = 'https://me:s3cretpw@127.0.0.1/'",
        "health.url = 'http://me:s3cretpw@127.0.0.1:99999/?token=t0ken'",
        "health.url = 'http://me:s3cretpw@10.0.0.1/?token=t0ken'",
        "health.timeout = 'http://me:s3cretpw@127.0.0.1/'",
        "tray.dashboard_url = 'ftp://me:s3cretpw@127.0.0.1/'",
        "daemon.env = { API_KEY = 'hunter2', B = 1 }",
        "daemon.env = { API_KEY = \"hunter2\\u0000\" }",
        "daemon.command = ['', '--token=c0mmand']",
    ] {
        let home = Home::new().config(text);

        home.inneros(["config", "show"]).code(2);
        assert_none(&home, &["config", "show"]);
        assert_none(&home, &["doctor"]);
    }
}
