//! `inneros install-cli`

use std::fs;
use std::os::unix::fs::symlink;

use crate::home::Home;

fn install(home: &Home, more: &[&str]) -> crate::answer::Answer {
    let folder = home.path().join("bin").display().to_string();
    let mut arguments = vec!["install-cli", "--dir", &folder];
    arguments.extend(more);
    home.inneros(arguments)
}

#[test]
fn without_a_terminal_nothing_is_written_unless_it_is_told_to() {
    let home = Home::new();

    install(&home, &[]).refused(2, "there is no terminal to ask on");
    assert!(!home.has("bin"));

    install(&home, &["--yes"]).code(0).stdout_has("points to");
    let link = home.path().join("bin/inneros");
    let target = fs::read_link(&link).unwrap();
    assert!(target.ends_with("inneros"), "{}", target.display());
    assert!(target.is_absolute());
}

#[test]
fn linking_twice_is_harmless() {
    let home = Home::new();
    install(&home, &["--yes"]).code(0);

    install(&home, &[])
        .code(0)
        .stdout_has("already points to this program");
}

#[test]
fn an_old_link_is_replaced_and_a_file_is_not() {
    let home = Home::new();
    let link = home.path().join("bin/inneros");
    fs::create_dir(home.path().join("bin")).unwrap();
    symlink("/old/inneros", &link).unwrap();
    install(&home, &["--yes"]).code(0);
    assert_ne!(fs::read_link(&link).unwrap().to_str(), Some("/old/inneros"));

    fs::remove_file(&link).unwrap();
    home.write("bin/inneros", "mine");
    install(&home, &["--yes"]).refused(1, "is not a link: left alone");
    assert_eq!(home.read("bin/inneros"), "mine");
}

#[test]
fn a_folder_that_cannot_be_written_is_named_with_the_way_out() {
    let home = Home::new();
    home.write("file", "");
    let folder = home.path().join("file/bin").display().to_string();

    let answer = home.inneros(["install-cli", "--yes", "--dir", &folder]);

    assert!(!answer.has_code(0));
    answer.stderr_has("file/bin");
}
