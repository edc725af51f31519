//! `inneros completions`

use crate::home::Home;

#[test]
fn every_shell_has_its_completions() {
    let home = Home::new();
    for (shell, mark) in [
        ("bash", "complete -F _inneros"),
        ("zsh", "#compdef inneros"),
        ("fish", "complete -c inneros"),
        ("elvish", "edit:completion:arg-completer[inneros]"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        home.inneros(["completions", shell])
            .code(0)
            .stderr_is("")
            .stdout_has(mark)
            .stdout_has("restart")
            .stdout_has("timeout");
    }
}

#[test]
fn an_unknown_shell_is_a_usage_error() {
    let home = Home::new();

    home.inneros(["completions", "tcsh"])
        .refused(2, "invalid value 'tcsh'")
        .stderr_has("bash");
    home.inneros(["completions"]).refused(2, "<SHELL>");
}

#[test]
fn completions_need_no_configuration() {
    let home = Home::new().config("[daemon\n");

    home.inneros(["completions", "bash"]).code(0);
}
