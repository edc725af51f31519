//! Linux: a session bus, a panel that shows tray icons, a notification service.

use std::time::Duration;

use futures_lite::future::{block_on, or};
use zbus5::Connection;
use zbus5::fdo::DBusProxy;
use zbus5::zvariant::Value;

use super::Need;

/// The desktop knows what opens a log.
pub const LOG_VIEWER: Option<&str> = None;

/// A bus that is there answers in milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);

pub fn needs() -> Vec<Need> {
    let hint = "start the tray from within a desktop session";
    let bus = |found| Need {
        name: "session bus",
        found,
        hint,
    };
    match block_on(or(ask(), late())) {
        Err(error) => vec![bus(Err(error))],
        Ok((watcher, notifications)) => vec![
            bus(Ok("answers".into())),
            Need {
                name: "tray",
                found: watcher
                    .then(|| "a panel shows tray icons".into())
                    .ok_or_else(|| "no panel shows tray icons".into()),
                hint: "add a StatusNotifier tray to the panel; GNOME needs the AppIndicator extension",
            },
            Need {
                name: "notifications",
                found: notifications
                    .then(|| "a service shows them".into())
                    .ok_or_else(|| "no service shows them now".into()),
                hint: "install a notification service, such as dunst or the desktop's own",
            },
        ],
    }
}

/// Puts the process into a scope of its own (`systemd.scope(5)`). systemd sets
/// `INVOCATION_ID` for whatever it runs (`systemd.exec(5)`).
pub fn leave_unit(pid: i32) {
    if std::env::var_os("INVOCATION_ID").is_none() {
        return;
    }
    if let Err(error) = block_on(or(make_scope(pid), late())) {
        tracing::warn!("the daemon will end with this program's unit: {error}");
    }
}

async fn make_scope(pid: i32) -> Result<(), String> {
    let said = |error: zbus5::Error| error.to_string();
    let pids = vec![u32::try_from(pid).map_err(|error| error.to_string())?];
    let properties = [
        ("Description", Value::from("InnerOS daemon")),
        ("PIDs", Value::from(pids)),
        ("CollectMode", Value::from("inactive-or-failed")),
    ];
    let auxiliary: [(&str, Vec<(&str, Value<'_>)>); 0] = [];
    let bus = Connection::session().await.map_err(said)?;
    bus.call_method(
        Some("org.freedesktop.systemd1"),
        "/org/freedesktop/systemd1",
        Some("org.freedesktop.systemd1.Manager"),
        "StartTransientUnit",
        &(
            format!("inneros-daemon-{pid}.scope"),
            "fail",
            properties.as_slice(),
            auxiliary.as_slice(),
        ),
    )
    .await
    .map_err(said)?;
    Ok(())
}

async fn ask() -> Result<(bool, bool), String> {
    let said = |error: zbus5::Error| error.to_string();
    let bus = Connection::session().await.map_err(said)?;
    let proxy = DBusProxy::new(&bus).await.map_err(said)?;
    let has = async |name: &'static str| {
        let name = name
            .try_into()
            .map_err(|error: zbus5::names::Error| error.to_string())?;
        let owned = proxy.name_has_owner(name).await;
        owned.map_err(|error| error.to_string())
    };
    let startable = proxy
        .list_activatable_names()
        .await
        .map_err(|error| error.to_string())?;
    let notifications = has("org.freedesktop.Notifications").await?
        || startable
            .iter()
            .any(|name| name.as_str() == "org.freedesktop.Notifications");
    Ok((has("org.kde.StatusNotifierWatcher").await?, notifications))
}

async fn late<T>() -> Result<T, String> {
    async_io::Timer::after(PATIENCE).await;
    Err("it does not answer".into())
}
