//! The layers joined: flags over environment over file over defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{
    FileConfig, FileDaemon, FileHealth, FileNotifications, FilePath, RestartLimit, RestartWord,
    Span,
};
use super::{
    Config, Daemon, HealthCheck, Managed, Notifications, Origin, Overrides, PidFileOwner, Places,
    Ready, Tray, seconds,
};
use crate::model::life::restart::{Restart, RestartPolicy};

/// Joins the layers into the configuration that holds.
pub fn resolve(places: Places, file: FileConfig, overrides: Overrides) -> Config {
    let Places {
        user_home,
        home: (home, home_origin),
        config_file: (config_file, config_origin),
    } = places;
    let mut layers = Layers {
        origins: BTreeMap::from([("home", home_origin), ("config", config_origin)]),
    };
    let path = |path: FilePath| expand(&path.0, &user_home);
    let span = |span: Span| span.0;

    let FileDaemon {
        name,
        command,
        working_dir,
        env,
        pid_file,
        pid_file_owner,
        logs_dir,
        start_grace,
        stop_timeout,
        ready,
        ready_timeout,
        restart,
        restart_delay,
        restart_limit,
        restart_window,
    } = file.daemon;
    let restart = layers.restart(restart, restart_delay, restart_limit, restart_window);

    let working_dir = working_dir.map(path);
    let default_logs_dir = working_dir
        .as_ref()
        .map_or_else(|| home.join("logs"), |dir| dir.join(".automation/logs"));

    let daemon = Daemon {
        name: layers.pick("daemon.name", name.map(|name| name.0), || "InnerOS".into()),
        command: with_program(
            layers.pick_over(
                "daemon.command",
                overrides.command,
                command.map(|command| command.0),
                Vec::new,
            ),
            &user_home,
        ),
        working_dir: layers.pick("daemon.working_dir", working_dir, || user_home.clone()),
        env: layers.pick("daemon.env", env.map(|env| env.0), BTreeMap::new),
        pid_file: layers.pick_over(
            "daemon.pid_file",
            overrides.pid_file,
            pid_file.map(|named| path(named.into_inner())),
            || home.join("daemon.pid"),
        ),
        pid_file_owner: layers.pick(
            "daemon.pid_file_owner",
            pid_file_owner.map(|word| word.0),
            || PidFileOwner::Manager,
        ),
        logs_dir: layers.pick_over(
            "daemon.logs_dir",
            overrides.logs_dir,
            logs_dir.map(path),
            || default_logs_dir,
        ),
        start_grace: layers.pick("daemon.start_grace", start_grace.map(span), || seconds(1)),
        stop_timeout: layers.pick("daemon.stop_timeout", stop_timeout.map(span), || {
            seconds(10)
        }),
        ready: layers.pick("daemon.ready", ready.map(|word| word.0), || Ready::Alive),
        ready_timeout: layers.pick("daemon.ready_timeout", ready_timeout.map(span), || {
            seconds(30)
        }),
        restart,
    };

    let health = health(&mut layers, file.health);
    let tray = Tray {
        poll_interval: layers.pick(
            "tray.poll_interval",
            file.tray.poll_interval.map(|interval| interval.0),
            || seconds(2),
        ),
    };
    let dashboard_url = layers.pick(
        "tray.dashboard_url",
        file.tray.dashboard_url.map(|url| Some(url.0)),
        || None,
    );
    Config {
        home,
        managed: Managed {
            configured_in: config_file.clone(),
            daemon,
            health,
            dashboard_url,
        },
        config_file,
        tray,
        notifications: layers.notifications(&file.notifications),
        origins: layers.origins,
    }
}

fn health(layers: &mut Layers, file: FileHealth) -> Option<HealthCheck> {
    let url = layers.pick(
        "health.url",
        file.url.map(|url| Some(url.into_inner())),
        || None,
    );
    let timeout = layers.pick(
        "health.timeout",
        file.timeout.map(|timeout| timeout.0),
        || seconds(2),
    );
    let allow_remote = layers.pick("health.allow_remote", file.allow_remote, || false);
    url.map(|url| HealthCheck {
        url,
        timeout,
        allow_remote,
    })
}

/// Notes, while values are picked, which layer each came from.
struct Layers {
    origins: BTreeMap<&'static str, Origin>,
}

impl Layers {
    fn pick<T>(&mut self, key: &'static str, file: Option<T>, default: impl FnOnce() -> T) -> T {
        self.pick_over(key, None, file, default)
    }

    fn notifications(&mut self, said: &FileNotifications) -> Notifications {
        Notifications {
            crashed: self.pick("notifications.crashed", said.crashed, || true),
            unhealthy: self.pick("notifications.unhealthy", said.unhealthy, || true),
            started: self.pick("notifications.started", said.started, || false),
            stopped: self.pick("notifications.stopped", said.stopped, || false),
        }
    }

    fn restart(
        &mut self,
        restart: Option<RestartWord>,
        delay: Option<Span>,
        limit: Option<RestartLimit>,
        window: Option<Span>,
    ) -> RestartPolicy {
        RestartPolicy {
            restart: self.pick("daemon.restart", restart.map(|word| word.0), || {
                Restart::Never
            }),
            delay: self.pick("daemon.restart_delay", delay.map(|span| span.0), || {
                seconds(1)
            }),
            limit: self.pick("daemon.restart_limit", limit.map(|limit| limit.0), || 5),
            window: self.pick("daemon.restart_window", window.map(|span| span.0), || {
                seconds(60)
            }),
        }
    }

    fn pick_over<T>(
        &mut self,
        key: &'static str,
        environment: Option<T>,
        file: Option<T>,
        default: impl FnOnce() -> T,
    ) -> T {
        let (value, origin) = match (environment, file) {
            (Some(value), _) => (value, Origin::Environment),
            (None, Some(value)) => (value, Origin::File),
            (None, None) => (default(), Origin::Default),
        };
        self.origins.insert(key, origin);
        value
    }
}

/// A command line whose program may be given from the user's home folder on. Its arguments
/// are the daemon's business.
fn with_program(mut command: Vec<String>, user_home: &Path) -> Vec<String> {
    if let Some(program) = command.first_mut() {
        *program = expand(program, user_home).display().to_string();
    }
    command
}

/// Puts the user's home folder in the place of a leading `~`.
fn expand(path: &str, user_home: &Path) -> PathBuf {
    match path.strip_prefix('~') {
        Some("") => user_home.to_owned(),
        Some(rest) if rest.starts_with('/') => user_home.join(rest.trim_start_matches('/')),
        Some(_) | None => PathBuf::from(path),
    }
}
