//! What the findings mean.

use std::time::Duration;

use super::*;

/// Paths that every format has to carry.
pub const HOSTILE: [&str; 12] = [
    "/usr/bin/inneros",
    "/home/ann b/bin/inneros",
    "/home/\"ann\"/'b'/inneros",
    "/home/a&b/<c>/inneros",
    "/home/100%/%h/%%/inneros",
    "/home/$HOME/${x}/$$/inneros",
    r"/home/back\slash\\/\n/inneros",
    "/home/Åse/日本語/🦀/inneros",
    "/home/`id`/;/#/*/?/inneros",
    "/home/a=b/~/|/!/inneros",
    "/ lead/ trail / ",
    "/home/\u{a0}/\u{2028}/[x]/inneros",
];

pub fn entry(command: &[&str]) -> LoginEntry {
    LoginEntry {
        item: AtLogin::Tray,
        command: command.iter().map(|&word| word.to_owned()).collect(),
        stop_timeout: Duration::from_secs(10),
        said: Some("/Users/ann/Library/Logs/dev.inneros.daemon.log".into()),
    }
}

fn command(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn found(way: Way, text: &str) -> Found {
    Found {
        way,
        path: "/x".into(),
        entry: EntryReading::of(way, text.as_bytes()),
        switch: SystemSwitch::On,
        login_item: SystemSwitch::Off,
    }
}

fn ours() -> Found {
    let text = systemd_unit::write(&entry(&["/bin/inneros", "daemon", "run"]));
    found(Way::SystemdUnit, &text)
}

fn judged(found: &Found, named: Named) -> LoginState {
    judge(found, named, &command("/bin/inneros daemon run"))
}

#[test]
fn an_entry_of_ours_is_enabled() {
    assert_eq!(judged(&ours(), Named::Ours), LoginState::Enabled);
}

#[test]
fn no_entry_is_disabled() {
    let mut found = ours();
    found.entry = None;

    assert_eq!(judged(&found, Named::Gone), LoginState::Disabled);
    assert!(!found.is_nothing(), "a link is left");
    found.switch = SystemSwitch::Off;
    assert!(found.is_nothing());
}

#[test]
fn a_switch_outside_of_the_file_counts() {
    let mut found = ours();
    found.switch = SystemSwitch::Off;
    assert_eq!(judged(&found, Named::Ours), LoginState::Disabled);
    found.switch = SystemSwitch::NeedsApproval;
    assert_eq!(judged(&found, Named::Ours), LoginState::NeedsApproval);
}

#[test]
fn a_moved_program_is_noticed() {
    let moved = |exists| LoginState::Moved {
        registered: "/bin/inneros".into(),
        exists,
    };

    assert_eq!(judged(&ours(), Named::Other), moved(true));
    assert_eq!(judged(&ours(), Named::Gone), moved(false));
    for exists in [true, false] {
        let hint = moved(exists).hint(AtLogin::Daemon).unwrap();
        assert!(hint.contains("enable daemon"), "{hint}");
        assert!(moved(exists).sentence().contains("'/bin/inneros'"));
        assert_eq!(moved(exists).starts(), exists);
    }
}

#[test]
fn other_arguments_are_noticed() {
    let state = judge(
        &ours(),
        Named::Ours,
        &command("/elsewhere/inneros --home /x daemon run"),
    );

    assert_eq!(
        state,
        LoginState::Differs {
            command: command("/bin/inneros daemon run")
        }
    );
    // The same program may have two names.
    assert_eq!(
        judge(&ours(), Named::Ours, &command("/link/inneros daemon run")),
        LoginState::Enabled
    );
}

#[test]
fn an_edited_entry_is_told_whatever_it_names() {
    for named in [Named::Ours, Named::Other, Named::Gone] {
        let unit = found(Way::SystemdUnit, "[Service]\nExecStart=/bin/x\n");
        assert_eq!(
            judged(&unit, named),
            LoginState::EditedByHand { enabled: true }
        );
        let hidden = found(Way::DesktopEntry, "[Desktop Entry]\nExec=x\nHidden=true\n");
        assert_eq!(
            judged(&hidden, named),
            LoginState::EditedByHand { enabled: false }
        );
        let hint = judged(&unit, named).hint(AtLogin::Tray).unwrap();
        assert!(hint.contains("--force"), "{hint}");
    }
}

#[test]
fn the_systems_own_list_goes_before_a_file() {
    let mut found = ours();
    found.login_item = SystemSwitch::On;
    assert_eq!(judged(&found, Named::Gone), LoginState::Enabled);
    found.login_item = SystemSwitch::NeedsApproval;
    assert_eq!(judged(&found, Named::Ours), LoginState::NeedsApproval);
    found.entry = None;
    assert_eq!(judged(&found, Named::Gone), LoginState::NeedsApproval);
    found.switch = SystemSwitch::Off;
    assert!(!found.is_nothing());
}
