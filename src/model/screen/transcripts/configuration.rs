//! The configuration file is changed while the tray runs.

use super::*;

fn broken(what: &str) -> Input {
    Input::Misconfigured(Broken {
        what: what.into(),
        place: Some("/h/config.toml, line 3".into()),
    })
}

#[test]
fn a_changed_configuration_holds_at_once() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    tray.step(Input::Configured(Box::new(configured(
        "[daemon]\nname = \"Vault\"\n[notifications]\ncrashed = false",
    ))));

    assert_eq!(tray.view().tooltip, "Vault: running");
    assert_eq!(tray.look(crashed(2, None)), NOTHING);
}

#[test]
fn a_broken_one_is_told_once_and_the_last_one_stays_in_force_until_it_is_mended() {
    let mut tray = Transcript::new("[daemon]\nname = \"Vault\"");
    tray.look(running(0));

    let told = "notify Vault: the configuration cannot be used: \
                daemon.restart: invalid value / /h/config.toml, line 3";
    assert_eq!(tray.step(broken("daemon.restart: invalid value")), [told]);
    assert_eq!(tray.step(broken("daemon.restart: invalid value")), NOTHING);
    tray.look(running(2));

    assert_eq!(
        tray.view().tooltip,
        "Vault: running: configuration: daemon.restart: invalid value (/h/config.toml, line 3)"
    );
    let configuration = Command::Open(Target::Configuration);
    assert_eq!(
        tray.information()[1],
        (
            "Configuration: daemon.restart: invalid value".into(),
            configuration
        )
    );
    assert_eq!(
        tray.step(Input::Configured(Box::new(configured(
            "[daemon]\nname = \"Vault\"",
        )))),
        ["withdraw"]
    );
    assert_eq!(tray.view().tooltip, "Vault: running");
}

#[test]
fn who_has_no_configuration_is_offered_one_and_told_when_it_holds() {
    let mut tray = Transcript {
        machine: Machine::new(&config("")),
    };
    let offered = tray.step(Input::Appeared);
    assert!(
        offered[0].starts_with("notify Set up InnerOS: "),
        "{offered:?}"
    );
    tray.look(Observation {
        command: Vec::new(),
        ..nothing(0)
    });

    let configuration = Command::Open(Target::Configuration);
    let [first, second] = tray.information();
    assert_eq!(first, ("Set Up InnerOS…".into(), configuration));
    assert_eq!(second.1, configuration);
    assert_eq!(tray.click(Command::Follow), ["open Configuration"]);
    assert!(!tray.texts().iter().any(|text| text.starts_with("Open ")));

    assert_eq!(tray.step(broken("unknown field `comand`")).len(), 1);
    assert_eq!(
        tray.step(Input::Configured(Box::new(configured("")))),
        ["notify InnerOS is set up: Command: python3 -m daemon"]
    );
    tray.look(nothing(2));
    assert_eq!(tray.offered(), ["Start"]);
    tray.click(Command::Run(Operation::Start));
    assert_eq!(tray.done(Operation::Start, Ok(())), ["withdraw"]);
}

#[test]
fn the_demo_says_what_to_try_and_leaves_the_logins_alone() {
    let mut tray = Transcript {
        machine: Machine::new(&configured("")).in_demo(true),
    };

    let effects = tray.step(Input::Appeared);

    assert!(
        effects[0].starts_with("notify This is the InnerOS demo: "),
        "{effects:?}"
    );
    assert_eq!(effects[1..], ["run start"]);
    assert_eq!(tray.done(Operation::Start, Ok(())), NOTHING);
    let view = tray.view();
    for slot in [Slot::TrayLogin, Slot::DaemonLogin] {
        assert_eq!(view.command(slot.number()), None);
    }
}
