//! The configuration file is changed while the tray runs.

use super::*;

#[test]
fn a_changed_configuration_holds_at_once() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    tray.step(Input::Configured(Box::new(config(
        "[daemon]\nname = \"Vault\"\n[notifications]\ncrashed = false",
    ))));

    assert_eq!(tray.view().tooltip, "Vault: running");
    assert_eq!(tray.look(crashed(2, None)), NOTHING);
}

#[test]
fn a_broken_one_is_said_until_it_is_mended_and_the_last_one_stays_in_force() {
    let mut tray = Transcript::new("[daemon]\nname = \"Vault\"");
    tray.look(running(0));

    let message = "/h/config.toml:3: daemon.restart: invalid value".to_owned();
    tray.step(Input::Misconfigured(message));
    tray.look(running(2));

    assert_eq!(
        tray.view().tooltip,
        "Vault: running: /h/config.toml:3: daemon.restart: invalid value"
    );
    assert_eq!(
        tray.texts()[2],
        "/h/config.toml:3: daemon.restart: invalid value"
    );
    assert!(
        tray.texts()
            .contains(&"Edit Configuration… (Cannot Be Used)".to_owned())
    );
    tray.step(Input::Configured(Box::new(config(
        "[daemon]\nname = \"Vault\"",
    ))));
    assert_eq!(tray.view().tooltip, "Vault: running");
    assert!(tray.texts().contains(&"Edit Configuration…".to_owned()));
}
