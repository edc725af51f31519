//! The tray's desktop entry.

use std::fs;

use super::Desk;
use super::entry::{ENTRY, exec, value};
use crate::home::Home;

#[test]
fn the_tray_is_enabled_and_disabled() {
    let desk = Desk::new();
    desk.autostart(["status", "tray"])
        .code(3)
        .stdout_is("tray   disabled (desktop entry)\n");

    desk.autostart(["enable"])
        .code(0)
        .stdout_is("tray: enabled\n");

    let text = desk.read(ENTRY);
    assert_eq!(exec(&text), [desk.installed("inneros-tray")]);
    assert_eq!(value(&text, "TryExec"), desk.installed("inneros-tray"));
    assert_eq!(value(&text, "Type"), "Application");
    desk.autostart(["status", "tray"])
        .code(0)
        .stdout_has("tray   enabled (desktop entry '")
        .stdout_has(ENTRY);

    desk.autostart(["disable"])
        .code(0)
        .stdout_is("tray: disabled\n");

    assert!(!desk.has(ENTRY));
    desk.autostart(["status", "tray"]).code(3);
    assert!(desk.asked().is_empty());
}

#[test]
fn switching_twice_changes_nothing() {
    let desk = Desk::new();
    desk.autostart(["disable", "tray"])
        .code(0)
        .stdout_is("tray: already disabled\n");
    assert!(!desk.has(""), "nothing to remove, but something was made");
    desk.autostart(["enable", "tray"]).code(0);
    let before = desk.home.files_and_folders();

    desk.autostart(["enable", "tray"])
        .code(0)
        .stdout_is("tray: already enabled\n");

    assert_eq!(desk.home.files_and_folders(), before);
}

#[test]
fn looking_changes_nothing() {
    let desk = Desk::new();
    desk.autostart(["enable"]).code(0);
    let before = desk.home.files_and_folders();

    desk.autostart(["status"]).code(3);
    desk.autostart(["status", "tray", "--json"]).code(0);

    assert_eq!(desk.home.files_and_folders(), before);
}

#[test]
fn xdg_config_home_is_respected() {
    let desk = Desk::new().setup("export XDG_CONFIG_HOME=\"$HOME/xdg home\"");

    desk.autostart(["enable"]).code(0);

    assert!(desk.home.has(&format!("xdg home/{ENTRY}")));
    assert!(!desk.has(""));
    desk.autostart(["status", "tray"]).code(0);
    desk.autostart(["disable"]).code(0);
    assert!(!desk.home.has(&format!("xdg home/{ENTRY}")));
}

#[test]
fn an_xdg_config_home_that_is_not_absolute_is_ignored() {
    for setup in ["export XDG_CONFIG_HOME=xdg", "export XDG_CONFIG_HOME="] {
        let desk = Desk::new().setup(setup);

        desk.autostart(["enable"]).code(0);

        assert!(desk.has(ENTRY), "{setup}");
        assert!(!desk.home.has("xdg"));
    }
}

#[test]
fn another_home_and_configuration_are_kept() {
    let desk = Desk::new();
    let path = |name: &str| desk.home.path().join(name).display().to_string();
    let arguments = ["enable", "--home", "my home", "--config", "my.toml"];
    desk.autostart(arguments)
        .refused(2, "cannot read configuration file '");
    desk.home.write("my.toml", "");

    desk.autostart(["enable", "--home", "my home", "--config", "my.toml"])
        .code(0);
    let tray = desk.installed("inneros-tray");
    let flags = ["--home", &path("my home"), "--config", &path("my.toml")];
    assert_eq!(
        exec(&desk.read(ENTRY)),
        [[&*tray].as_slice(), &flags].concat()
    );
    desk.autostart(["status", "tray", "--home", "my home", "--config", "my.toml"])
        .code(0);
    desk.autostart(["status", "tray"])
        .code(1)
        .stdout_has("enabled with other arguments")
        .stdout_has("my home")
        .stdout_has("`inneros autostart enable tray`");

    desk.autostart(["enable"])
        .code(0)
        .stdout_is("tray: enabled\n");
    assert_eq!(exec(&desk.read(ENTRY)), [&*tray]);
    let default = path(".inneros");
    desk.autostart(["enable", "--home", &default])
        .code(0)
        .stdout_is("tray: already enabled\n");
}

#[test]
fn what_variables_say_now_is_kept() {
    let desk = Desk::new()
        .setup("export INNEROS_HOME=\"$HOME/a\"; export INNEROS_CONFIG=\"$HOME/b.toml\"");
    desk.home.write("b.toml", "");

    desk.autostart(["enable"]).code(0);

    let words = exec(&desk.read(ENTRY));
    let path = |name: &str| desk.home.path().join(name).display().to_string();
    assert_eq!(
        words[1..],
        ["--home", &*path("a"), "--config", &*path("b.toml")]
    );
}

#[test]
fn a_missing_tray_is_not_registered() {
    let desk = Desk::new();
    fs::remove_file(desk.home.path().join("bin/inneros-tray")).unwrap();

    desk.autostart(["enable"])
        .refused(1, "bin/inneros-tray'")
        .stderr_has("\nhint: keep `inneros` and `inneros-tray` together");

    assert!(!desk.has(""));
}

#[test]
fn a_folder_that_cannot_be_written_is_permission_denied() {
    let desk = Desk::at(Home::new().unprivileged());
    desk.make_folder(".config/autostart");
    desk.home.mode(".config/autostart", 0o500);
    let before = desk.home.files_and_folders();

    desk.autostart(["enable"])
        .refused(4, "permission denied: cannot write")
        .stderr_has(ENTRY)
        .stderr_has("\nhint: ");

    assert_eq!(desk.home.files_and_folders(), before);
    desk.home.mode(".config/autostart", 0o700);
    desk.autostart(["enable"]).code(0);
    desk.home.mode(".config/autostart", 0o500);
    desk.autostart(["disable"])
        .refused(4, "permission denied: cannot remove");
    desk.autostart(["status", "tray"]).code(0);
    desk.home.mode(".config/autostart", 0o000);
    desk.autostart(["status"])
        .refused(4, "permission denied: cannot read");
}

#[test]
fn the_entry_is_private_like_all_our_files() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();

    desk.autostart(["enable"]).code(0);

    let mode = |name: &str| {
        fs::metadata(desk.config(name))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode(ENTRY) & 0o777, 0o600);
    assert_eq!(mode("autostart") & 0o777, 0o700);
}

#[test]
fn answers_in_json_have_every_key() {
    let desk = Desk::new();
    let keys = |answer: &serde_json::Value| -> Vec<String> {
        answer.as_object().unwrap().keys().cloned().collect()
    };
    let item = [
        "enabled", "hint", "item", "kind", "path", "program", "state",
    ];

    let enable = desk.autostart(["enable", "--json"]).code(0).json();
    let again = desk.autostart(["enable", "--json"]).code(0).json();
    let status = desk.autostart(["status", "tray", "--json"]).code(0).json();
    let both = desk.autostart(["status", "--json"]).code(3).json();
    let disable = desk.autostart(["disable", "--json"]).code(0).json();

    for answer in [&enable, &again, &disable] {
        for key in item
            .iter()
            .chain(&["schema", "success", "message", "changed"])
        {
            assert!(keys(answer).iter().any(|k| k == key), "{key}: {answer}");
        }
        assert_eq!(keys(answer).len(), item.len() + 4);
        assert_eq!(answer["success"], true);
    }
    let tray = desk.installed("inneros-tray");
    assert_eq!(enable["message"], "tray: enabled");
    assert_eq!(
        (&enable["changed"], &again["changed"]),
        (&true.into(), &false.into())
    );
    assert_eq!(
        (&enable["state"], &disable["state"]),
        (&"enabled".into(), &"disabled".into())
    );
    assert_eq!(
        (&enable["enabled"], &disable["enabled"]),
        (&true.into(), &false.into())
    );
    assert_eq!(
        (&enable["program"], &disable["program"]),
        (&tray.into(), &().into())
    );
    assert_eq!(status["kind"], "desktop entry");
    assert_eq!(status["path"], desk.config(ENTRY).display().to_string());
    assert_eq!(keys(&both["tray"]), item);
    assert_eq!(keys(&both["daemon"]), item);
    assert_eq!(both["daemon"]["state"], "disabled");
    assert_eq!(both["message"], "tray: enabled; daemon: disabled");

    desk.write(ENTRY, "");
    let refused = desk.autostart(["enable", "--json"]).code(1).json();
    assert_eq!(refused["success"], false);
    assert!(refused["hint"].as_str().unwrap().contains("--force"));
}

#[test]
fn quiet_leaves_the_exit_code() {
    let desk = Desk::new();

    desk.autostart(["-q", "status"])
        .code(3)
        .stdout_is("")
        .stderr_is("");
    desk.autostart(["-q", "enable"])
        .code(0)
        .stdout_is("")
        .stderr_is("");
    desk.autostart(["-q", "status", "tray"])
        .code(0)
        .stdout_is("");
}

#[test]
fn a_broken_configuration_is_no_reason_to_start_at_login() {
    let desk = Desk::at(Home::new().config("[daemon\n"));

    desk.autostart(["enable"]).refused(2, "config.toml:1");
    desk.autostart(["status"]).code(3);
    desk.autostart(["disable"]).code(0);
}

#[test]
fn wrong_words_are_a_matter_of_usage() {
    let desk = Desk::new();

    desk.autostart(["enable", "dock"]).refused(2, "'dock'");
    desk.autostart(["status", "--force"]).refused(2, "--force");
    desk.autostart(["enable", "--help"])
        .code(0)
        .stdout_has("Examples:")
        .stdout_has("Exit codes:");
}
