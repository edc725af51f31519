//! Messages before a daemon runs: how to begin, and what is wrong with a configuration.

use crate::model::screen::notice::{Action, Notice};
use crate::model::screen::problem::Broken;
use crate::model::words;

/// No daemon is configured.
pub(super) fn set_up(name: &str) -> Notice {
    Notice {
        title: format!("Set up {name}"),
        body: "No daemon is configured yet. Set Up opens a file with three keys to fill in; \
               save it, and it takes effect at once."
            .into(),
        urgent: false,
        actions: &[Action::SetUp],
    }
}

/// One is, from now on.
pub(super) fn is_set_up(name: &str, command: &[String]) -> Notice {
    Notice {
        title: format!("{name} is set up"),
        body: format!("Command: {}", words::command(command)),
        urgent: false,
        actions: &[Action::Start],
    }
}

/// The file cannot be used.
pub(super) fn misconfigured(name: &str, broken: &Broken) -> Notice {
    let lines = [Some(broken.what.as_str()), broken.place.as_deref()];
    Notice {
        title: format!("{name}: the configuration cannot be used"),
        body: lines.into_iter().flatten().collect::<Vec<_>>().join("\n"),
        urgent: false,
        actions: &[Action::OpenConfiguration],
    }
}

/// The sample daemon is about to start.
pub(super) fn demo() -> Notice {
    Notice {
        title: "This is the InnerOS demo".into(),
        body: "A small sample daemon starts now. Click the icon to stop it, start it or open its log. \
               End it with `kill` to see a crash reported."
            .into(),
        urgent: false,
        actions: &[],
    }
}
