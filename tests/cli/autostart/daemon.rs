//! The daemon's unit of systemd.

use std::fs;
use std::os::unix::fs::symlink;

use super::Desk;
use super::entry::{LINK, SYSTEMCTL, UNIT, value};
use crate::home::Home;

/// What systemctl says where the user has no systemd, with its exit code.
const NO_BUS: &str = "#!/bin/sh\necho \"$*\" >>\"$HOME/asked\"\n\
    echo 'Failed to connect to bus: No medium found' >&2\nexit 1\n";

#[test]
fn the_daemon_is_enabled_and_disabled() {
    let desk = Desk::with_systemctl(SYSTEMCTL);
    desk.autostart(["status", "daemon"])
        .code(3)
        .stdout_is("daemon disabled (systemd unit)\n");

    desk.autostart(["enable", "daemon"])
        .code(0)
        .stdout_is("daemon: enabled\n");

    let text = desk.read(UNIT);
    assert_eq!(
        value(&text, "ExecStart"),
        format!("{} daemon run", desk.installed("inneros"))
    );
    assert_eq!(value(&text, "Type"), "exec");
    assert_eq!(value(&text, "Restart"), "no");
    assert_eq!(value(&text, "WantedBy"), "default.target");
    assert_eq!(
        desk.asked(),
        [
            "--user daemon-reload",
            "--user enable inneros-daemon.service"
        ]
    );
    desk.autostart(["status", "daemon"])
        .code(0)
        .stdout_has(UNIT);
    desk.autostart(["enable", "daemon"])
        .code(0)
        .stdout_is("daemon: already enabled\n");
    assert_eq!(desk.asked().len(), 2, "systemd need not be asked");

    desk.autostart(["disable", "daemon"])
        .code(0)
        .stdout_is("daemon: disabled\n");

    assert!(!desk.has(UNIT) && !desk.has(LINK));
    assert_eq!(
        desk.asked()[2..],
        [
            "--user disable inneros-daemon.service",
            "--user daemon-reload"
        ]
    );
    desk.autostart(["status", "daemon"]).code(3);
    desk.autostart(["disable", "daemon"])
        .code(0)
        .stdout_is("daemon: already disabled\n");
}

#[test]
fn the_unit_goes_where_xdg_config_home_says() {
    let desk = Desk::with_systemctl(SYSTEMCTL).setup("export XDG_CONFIG_HOME=$HOME/xdg");

    desk.autostart(["enable", "daemon"]).code(0);

    assert!(desk.home.has(&format!("xdg/{UNIT}")));
    assert!(!desk.has(""));
    desk.autostart(["status", "daemon"]).code(0);
    desk.autostart(["disable", "daemon"]).code(0);
    assert!(!desk.home.has(&format!("xdg/{UNIT}")));
    assert!(!desk.home.has(&format!("xdg/{LINK}")));
}

#[test]
fn a_failing_systemctl_is_quoted_and_nothing_is_left() {
    let desk = Desk::with_systemctl(NO_BUS);

    desk.autostart(["enable", "daemon"])
        .refused(
            1,
            "`systemctl --user daemon-reload` failed with exit code 1: \
             Failed to connect to bus: No medium found",
        )
        .stderr_has("\nhint: log in as this user");

    assert!(!desk.has(UNIT) && !desk.has(LINK));
    assert_eq!(desk.asked(), ["--user daemon-reload"]);
    desk.autostart(["status", "daemon"]).code(3);
}

#[test]
fn a_failure_puts_back_what_was_there() {
    let desk = Desk::with_systemctl(NO_BUS);
    desk.write(UNIT, "# mine\n");

    desk.autostart(["enable", "daemon", "--force"]).code(1);

    assert_eq!(desk.read(UNIT), "# mine\n");
}

#[test]
fn without_systemd_the_way_out_is_named() {
    let desk = Desk::new();

    desk.autostart(["enable", "daemon"])
        .refused(1, "cannot find `systemctl`")
        .stderr_has("\nhint: ")
        .stderr_has("inneros daemon run");

    assert!(!desk.has(UNIT));
    desk.autostart(["status"]).code(3);
    desk.autostart(["enable", "tray"]).code(0);
}

#[test]
fn what_is_left_goes_without_systemd_too() {
    for systemctl in [None, Some(NO_BUS)] {
        let desk = Desk::with_systemctl(SYSTEMCTL);
        desk.autostart(["enable", "daemon"]).code(0);
        fs::remove_file(desk.home.path().join("tools/systemctl")).unwrap();
        if let Some(script) = systemctl {
            desk.home.write_program("tools/systemctl", script);
        }

        desk.autostart(["status", "daemon"]).code(0);
        desk.autostart(["disable", "daemon"]).code(0);

        assert!(!desk.has(UNIT) && !desk.has(LINK));
    }
}

#[test]
fn links_without_a_unit_and_on_other_targets_are_removed() {
    let desk = Desk::with_systemctl(SYSTEMCTL);
    let other = LINK.replace("default.target", "graphical-session.target");
    for link in [LINK, &other] {
        let path = desk.config(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink("/nowhere", path).unwrap();
    }

    desk.autostart(["disable", "daemon"])
        .code(0)
        .stdout_is("daemon: disabled\n");

    assert!(!desk.has(LINK) && !desk.has(&other));
}

#[test]
fn a_unit_that_is_not_linked_is_disabled() {
    let desk = Desk::with_systemctl(SYSTEMCTL);
    desk.autostart(["enable", "daemon"]).code(0);
    fs::remove_file(desk.config(LINK)).unwrap();

    desk.autostart(["status", "daemon"]).code(3);
    desk.autostart(["enable", "daemon"])
        .code(0)
        .stdout_is("daemon: enabled\n");
    assert!(desk.has(LINK));
}

#[test]
fn a_unit_that_systemd_has_enabled_elsewhere_is_enabled() {
    let desk = Desk::with_systemctl(SYSTEMCTL);
    desk.autostart(["enable", "daemon"]).code(0);
    fs::remove_file(desk.config(LINK)).unwrap();
    desk.home
        .write_program("tools/systemctl", "#!/bin/sh\nexit 0\n");

    desk.autostart(["status", "daemon"]).code(0);
}

#[test]
fn a_unit_edited_by_hand_is_left_alone() {
    let desk = Desk::with_systemctl(SYSTEMCTL);
    desk.autostart(["enable", "daemon"]).code(0);
    let edited = desk.read(UNIT).replace("Restart=no", "Restart=always");
    desk.write(UNIT, &edited);

    for verb in ["enable", "disable"] {
        desk.autostart([verb, "daemon"])
            .refused(1, "edited by hand: left alone");
    }
    desk.autostart(["status", "daemon"])
        .code(0)
        .stdout_has("enabled, edited by hand");

    assert_eq!(desk.read(UNIT), edited);
    desk.autostart(["enable", "daemon", "--force"]).code(0);
    assert!(desk.read(UNIT).contains("Restart=no"));
}

#[test]
fn a_masked_unit_is_left_alone() {
    let desk = Desk::with_systemctl(SYSTEMCTL);
    fs::create_dir_all(desk.config(UNIT).parent().unwrap()).unwrap();
    symlink("/dev/null", desk.config(UNIT)).unwrap();

    desk.autostart(["status", "daemon"])
        .code(3)
        .stdout_has("disabled, edited by hand");
    desk.autostart(["enable", "daemon"])
        .refused(1, "edited by hand");

    assert!(
        desk.asked()
            .iter()
            .all(|asked| asked.contains("is-enabled"))
    );
}

#[test]
fn a_moved_program_is_noticed() {
    let desk = Desk::with_systemctl(SYSTEMCTL);
    desk.autostart(["enable", "daemon"]).code(0);
    fs::rename(desk.home.path().join("bin"), desk.home.path().join("moved")).unwrap();

    desk.run("moved", ["status", "daemon"])
        .code(1)
        .stdout_has("bin/inneros' no longer exists")
        .stdout_has("`inneros autostart enable daemon`");

    desk.run("moved", ["enable", "daemon"]).code(0);
    desk.run("moved", ["status", "daemon"]).code(0);
}

#[test]
fn the_daemon_has_as_long_to_end_as_it_may_take() {
    let desk = Desk::with_systemctl(SYSTEMCTL);
    desk.home
        .write(".inneros/config.toml", "daemon.stop_timeout = '5m'\n");
    desk.autostart(["enable", "daemon"]).code(0);
    assert_eq!(value(&desk.read(UNIT), "TimeoutStopSec"), "320");

    desk.home
        .write(".inneros/config.toml", "daemon.stop_timeout = '10s'\n");
    desk.autostart(["enable", "daemon"])
        .code(0)
        .stdout_is("daemon: enabled\n");
    assert_eq!(value(&desk.read(UNIT), "TimeoutStopSec"), "30");
}

#[test]
fn what_only_this_shell_knows_is_said() {
    let desk = Desk::with_systemctl(SYSTEMCTL);
    desk.autostart(["enable", "daemon"])
        .code(0)
        .stderr_has("hint: no daemon is configured yet");

    let desk = desk.setup("export INNEROS_DAEMON_COMMAND='sleep 1'");
    desk.autostart(["enable", "daemon"])
        .code(0)
        .stderr_has("hint: `daemon.command` comes from this shell's environment");
    let answer = desk.autostart(["enable", "daemon", "--json"]).json();
    assert!(answer["hint"].as_str().unwrap().contains("daemon.command"));

    let configured = Desk::at(Home::with_sleeper());
    configured.home.write_program("tools/systemctl", SYSTEMCTL);
    configured
        .autostart(["enable", "daemon"])
        .code(0)
        .stderr_is("");
}

#[test]
fn the_status_of_both_is_the_gravest() {
    let desk = Desk::with_systemctl(SYSTEMCTL);
    desk.autostart(["status"]).code(3);
    desk.autostart(["enable", "tray"]).code(0);
    desk.autostart(["status"]).code(3);
    desk.autostart(["enable", "daemon"]).code(0);
    desk.autostart(["status"])
        .code(0)
        .stdout_has("tray   enabled (desktop entry '")
        .stdout_has("daemon enabled (systemd unit '");
    fs::remove_file(desk.home.path().join("bin/inneros-tray")).unwrap();
    desk.autostart(["disable", "daemon"]).code(0);
    desk.autostart(["status"]).code(1);
}

#[test]
fn a_folder_that_cannot_be_written_is_permission_denied() {
    let desk = Desk::at(Home::new().unprivileged());
    desk.home.write_program("tools/systemctl", SYSTEMCTL);
    desk.make_folder(".config");
    desk.home.mode(".config", 0o500);

    desk.autostart(["enable", "daemon"])
        .refused(4, "permission denied: cannot create folder")
        .stderr_has("systemd/user'")
        .stderr_has("\nhint: ");

    assert!(desk.asked().is_empty());
}
