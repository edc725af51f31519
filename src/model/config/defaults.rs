//! The values of keys that nobody sets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{
    Daemon, Draft, Elsewhere, Managed, Notifications, Origin, PidFileOwner, Places, Ready,
    Standing, Tray, UNKNOWN_HOME, Wanted, seconds,
};
use crate::model::life::restart::{Restart, RestartPolicy};

/// What commands call the daemon of `[daemon]` where its name is no word for them.
pub(super) const MAIN: &str = "daemon";

/// What holds for somebody whose home folder is called `~`.
pub(super) fn blank() -> Draft {
    defaults(&nowhere())
}

/// The places of somebody whose home folder is called `~`.
pub(super) fn nowhere() -> Places {
    let home = Path::new(UNKNOWN_HOME).join(".inneros");
    Places {
        user_home: UNKNOWN_HOME.into(),
        config_file: (home.join("config.toml"), Origin::Default),
        home: (home, Origin::Default),
    }
}

/// What holds where nobody says anything. Of the keys it is not told that they are at their
/// defaults.
pub(super) fn defaults(places: &Places) -> Draft {
    let home = &places.home.0;
    Draft {
        managed: Managed {
            id: MAIN.into(),
            standing: Standing::Configured,
            wanted: Wanted::Always,
            after: Vec::new(),
            group: String::new(),
            description: String::new(),
            configured_in: places.config_file.0.clone(),
            daemon: Daemon {
                name: "InnerOS".into(),
                command: Vec::new(),
                working_dir: places.user_home.clone(),
                env: BTreeMap::new(),
                pid_file: home.join("daemon.pid"),
                pid_file_owner: PidFileOwner::Manager,
                logs_dirs: vec![home.join("logs")],
                log_format: String::new(),
                log_zone: "auto".into(),
                start_grace: seconds(1),
                stop_timeout: seconds(10),
                stop_signal: "SIGTERM".into(),
                stop_group: false,
                stop_force: false,
                leave: false,
                ready: Ready::Alive,
                ready_timeout: seconds(30),
                restart: RestartPolicy {
                    restart: Restart::Never,
                    delay: seconds(1),
                    limit: 5,
                    window: seconds(60),
                },
                history_file: super::history_file(home),
            },
            health: None,
            dashboard_url: None,
            origins: BTreeMap::new(),
        },
        tray: Tray {
            poll_interval: seconds(2),
        },
        notifications: Notifications {
            crashed: true,
            unhealthy: true,
            degraded: true,
            started: false,
            stopped: false,
        },
        elsewhere: Elsewhere {
            metrics_file: PathBuf::new(),
            page_file: PathBuf::new(),
            page_mode: "0600".into(),
            hook: Vec::new(),
            heartbeat_file: PathBuf::new(),
        },
    }
}
