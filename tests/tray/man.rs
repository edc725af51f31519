//! The tray's manual page, which only who packs it asks for.

use std::process::Command;

#[test]
fn the_manual_has_what_the_help_has_and_nothing_hidden() {
    let home = tempfile::tempdir().unwrap();
    let said = |argument: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_inneros-tray"))
            .arg(argument)
            .env("HOME", home.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };

    let page = said("--man").replace('\\', "");

    let help = said("-h");
    let flags: Vec<&str> = help
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
        .collect();
    assert!(flags.contains(&"--demo"), "{help}");
    // The synopsis before that names them, too.
    let options = page.split("\n.SH OPTIONS\n").nth(1).unwrap_or_default();
    for flag in flags {
        assert!(options.contains(flag), "{flag}: {page}");
    }
    assert!(page.contains(".TH INNEROS-TRAY 1 "), "{page}");
    assert!(!page.contains("--sample-daemon"), "{page}");
    assert!(home.path().read_dir().unwrap().next().is_none());
}
